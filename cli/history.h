/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The lines typed in earlier runs: ~/.mvctl_history, readable by its owner only. Used
 * by shell.
 */
#ifndef MVMP_CLI_HISTORY_H
#define MVMP_CLI_HISTORY_H

#include <histedit.h>

/* A history with the lines of earlier runs, or NULL with errno. */
History *lines_open(void);

/* Adds a line and saves all; a file that cannot be written is not an error. */
void lines_add(History *h, const char *line);

void lines_close(History *h);

#endif
