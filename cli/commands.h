/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The grammar of mvctl as data, and the identities of the filters. The functions the
 * rows name are declared in session.h, the views in views.h.
 */
#ifndef MVMP_CLI_COMMANDS_H
#define MVMP_CLI_COMMANDS_H

#include "engine.h"

enum filter_id {
	FILTER_BEGIN = 1,
	FILTER_COUNT,
	FILTER_EXCLUDE,
	FILTER_INCLUDE,
	FILTER_JSON,
};

extern const struct grammar mvctl_grammar;

#endif
