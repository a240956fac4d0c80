/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The types of arguments that grammar rows use. A new type is one struct here.
 */
#ifndef MVMP_CLI_ARGS_H
#define MVMP_CLI_ARGS_H

#include "engine.h"

extern const struct arg_type arg_uint;  /* an integer from the word's min to its max */
extern const struct arg_type arg_regex; /* an extended regular expression, to the end */

#endif
