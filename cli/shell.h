/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The interactive prompt. Called by main when stdin and stdout are a terminal.
 */
#ifndef MVMP_CLI_SHELL_H
#define MVMP_CLI_SHELL_H

#include "session.h"

/* Reads and runs lines until exit or the end of input. Returns an exit status. */
enum status shell_run(struct session *s);

#endif
