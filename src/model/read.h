/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The reader's inside: from text to model. model_read (file.c) is what others call;
 * this header is for it, the unit tests and the fuzzer.
 */
#ifndef MVMP_MODEL_READ_H
#define MVMP_MODEL_READ_H

#include <stddef.h>

#include "base/err.h"
#include "model/model.h"

/* As model_read, of the LEN bytes of TEXT; FILE is for texts only. */
int model_read_text(struct model *m, const char *file, const char *text, size_t len,
		    struct errs *e);

#endif
