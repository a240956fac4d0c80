/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a show looks like: one description of tables and columns over the daemon's
 * JSON result. The text is rendered from it; the JSON is the result itself. The
 * descriptions are in views.c.
 */
#ifndef MVMP_CLI_OUTPUT_H
#define MVMP_CLI_OUTPUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#define COLUMNS_MAX 14

/* How a cell is written. A value that is missing is always "-". */
enum format {
	FMT_TEXT,     /* string, number or truth value; the only one aligned left ... */
	FMT_LIST,     /* ... with an array of strings: a, b */
	FMT_PAIRS,    /* ... and an array of objects: the first text (the others) */
	FMT_INT,      /* integer */
	FMT_ID,       /* integer, 0 means none */
	FMT_USER,     /* integer, -1 means any */
	FMT_REAL,     /* number with one decimal */
	FMT_SPEED,    /* Mbit/s as 10G or 100M; 0 means unknown */
	FMT_DURATION, /* seconds */
	FMT_SUM,      /* object of integers: their sum */
	FMT_SHARE,    /* per cent that KEY is of KEY and KEY2 together */
	FMT_USE,      /* per cent that KEY is of KEY2 */
};

struct column {
	const char *title;
	const char *key;
	enum format format;
	bool total; /* summed in the last line */
	const char *key2;
};

struct table {
	const char *title; /* line above the table, or NULL */
	const char *rows;  /* key of the array of rows; NULL: the result as one record */
	const char *sub;   /* key of an array in every row; its elements are the rows */
	const char *only;  /* key that must not be missing, 0 or "" for a row to count */
	const char *none;  /* text instead of a table without rows; NULL: nothing */
	struct column columns[COLUMNS_MAX];
};

struct view {
	const char *method;                            /* of the daemon */
	const struct table *tables;                    /* the last one has no columns */
	void (*tail)(FILE *out, const json_t *result); /* further lines, or NULL */
};

/* Writes RESULT as text. Anything may be missing from it or have another type. */
void output_text(FILE *out, const struct view *view, const json_t *result);

/* Writes RESULT as JSON in ASCII, over many lines or, COMPACT, on one. */
void output_json(FILE *out, const json_t *result, bool compact);

/*
 * The value of KEY in ROW as an integer: an object of integers counts as their sum, a
 * real is cut off. False when there is no such thing.
 */
bool output_number(const json_t *row, const char *key, json_int_t *value);

#endif
