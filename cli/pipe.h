/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The filters behind "|": lines in, lines out. Called by session for a command whose
 * output was collected.
 */
#ifndef MVMP_CLI_PIPE_H
#define MVMP_CLI_PIPE_H

#include <stdio.h>

#include "engine.h"

/* Whether a filter works on text; FILTER_JSON chooses the form of the output instead. */
bool pipe_is_text(const struct match *filter);

/*
 * Sends the LEN bytes at TEXT through the N filters, in order, to OUT. TEXT is
 * changed. The filters' expressions were checked when the line was read.
 */
void pipe_run(char *text, size_t len, const struct match *filters, int n, FILE *out);

#endif
