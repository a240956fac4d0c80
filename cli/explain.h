/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What people are told about the grammar: why a line is wrong and what was expected,
 * what can follow, and the list of all commands.
 */
#ifndef MVMP_CLI_EXPLAIN_H
#define MVMP_CLI_EXPLAIN_H

#include <stdio.h>

#include "engine.h"

/* Where a wrong line is on the screen. */
struct place_shown {
	const char
		*where; /* put in front of the message, for instance "FILE: line 3: " */
	int prompt_len; /* columns left of the typed line; -1: it is not on the screen */
	int width;      /* of the terminal */
};

/* Says why LINE, read into P, is wrong. */
void explain_error(FILE *f, const char *line, const struct parsed *p,
		   const struct place_shown *ps);

/* Lists candidates with their help, one per line. */
void explain_candidates(FILE *f, const struct candidates *c);

/* Lists the rows of a table as they are typed, with the help of their last keyword. */
void explain_rows(FILE *f, const struct command *rows, size_t n);

/* The candidate that TYPED is probably a misspelling of, or NULL. */
const char *explain_guess(const struct candidates *c, const char *typed);

#endif
