/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One cell of a table: a value of the daemon's JSON written as its column says. Called
 * by output for every cell.
 */
#ifndef MVMP_CLI_CELL_H
#define MVMP_CLI_CELL_H

#include "output.h"

/* A row, and the row it was nested in, which has the keys it has not. */
struct row {
	const json_t *self, *parent;
};

/* The cell as clean text; the caller frees it. Never NULL. */
char *cell_make(const struct column *c, const struct row *r);

#endif
