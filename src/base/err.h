/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A list of error texts. Whoever finds an error adds one line to the list it was
 * handed; only the edge (main, the admin server) prints the list. All rules of a
 * configuration are checked before anything is refused, so the list can be long.
 */
#ifndef MVMP_BASE_ERR_H
#define MVMP_BASE_ERR_H

#include <stdbool.h>

#define ERRS_MAX 64 /* texts kept; further ones are only counted */

struct err {
	char *text; /* one line, no newline; "FILE:LINE: " in front when known */
	bool warning;
};

struct errs {
	struct err list[ERRS_MAX];
	int n;          /* texts in list */
	int n_errors;   /* errors seen, kept or not */
	int n_warnings; /* warnings seen, kept or not */
};

/* Adds an error. FILE may be NULL and LINE 0 when the place is not known. */
void errs_add(struct errs *e, const char *file, int line, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Adds a warning: reported like an error, but nothing is refused for it. */
void errs_warn(struct errs *e, const char *file, int line, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Frees all texts; E is empty afterwards and can be used again. */
void errs_clear(struct errs *e);

#endif
