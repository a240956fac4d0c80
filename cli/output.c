/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Renders views. All cells of a table are made first, so that every column is as wide
 * as its widest cell; all text in them has passed text_put.
 */
#include "output.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cell.h"
#include "text.h"

#define REAL_DIGITS 15 /* more would show 0.1 as 0.10000000000000001 */

struct grid {
	const struct table *table;
	int n_columns;
	struct row *rows;
	size_t n_rows;
	char **cells; /* n_rows x n_columns */
	size_t width[COLUMNS_MAX];
	json_int_t total[COLUMNS_MAX];
};

static void grid_collect(struct grid *g, const json_t *result);
static void grid_render(struct grid *g);
static void grid_print(const struct grid *g, FILE *out);
static void record_print(const struct grid *g, FILE *out);
static void grid_free(struct grid *g);

void
output_text(FILE *out, const struct view *view, const json_t *result)
{
	bool first = true;

	for (const struct table *t = view->tables; t->columns[0].title != NULL; t++) {
		struct grid g = {.table = t};

		grid_collect(&g, result);
		grid_render(&g);
		if (!first && (g.n_rows > 0 || t->none != NULL))
			fputc('\n', out);
		if (g.n_rows > 0 && t->rows == NULL)
			record_print(&g, out);
		else if (g.n_rows > 0)
			grid_print(&g, out);
		else if (t->none != NULL)
			fprintf(out, "%s\n", t->none);
		first = first && g.n_rows == 0 && t->none == NULL;
		grid_free(&g);
	}
	if (view->tail != NULL)
		view->tail(out, result);
}

void
output_json(FILE *out, const json_t *result, bool compact)
{
	json_dumpf(result, out,
		   JSON_ENSURE_ASCII | JSON_ENCODE_ANY |
			   JSON_REAL_PRECISION(REAL_DIGITS) |
			   (compact ? JSON_COMPACT : JSON_INDENT(2)));
	fputc('\n', out);
}

static void
grid_add(struct grid *g, const json_t *self, const json_t *parent)
{
	const char *only = g->table->only;
	const char *text;
	json_int_t n = 0;

	if (!json_is_object(self))
		return;
	if (only != NULL && !(output_number(self, only, &n) && n != 0)) {
		text = json_string_value(json_object_get(self, only));
		if (text == NULL || text[0] == '\0')
			return;
	}
	g->rows[g->n_rows++] = (struct row){.self = self, .parent = parent};
}

static size_t
rows_count(const struct table *t, const json_t *list)
{
	size_t n = json_array_size(list), i;
	const json_t *row;

	if (t->sub == NULL)
		return n;
	n = 0;
	json_array_foreach(list, i, row) n +=
		json_array_size(json_object_get(row, t->sub));
	return n;
}

/* Finds the rows of a table in the result. */
static void
grid_collect(struct grid *g, const json_t *result)
{
	const struct table *t = g->table;
	const json_t *list = t->rows != NULL ? json_object_get(result, t->rows) : NULL;
	const json_t *row, *sub, *inner;
	size_t i, j;

	while (g->n_columns < COLUMNS_MAX && t->columns[g->n_columns].title != NULL)
		g->n_columns++;
	g->rows = calloc(rows_count(t, list) + 1, sizeof(*g->rows));
	if (g->rows == NULL)
		abort();
	if (t->rows == NULL) {
		grid_add(g, result, NULL);
		return;
	}
	json_array_foreach(list, i, row)
	{
		if (t->sub == NULL) {
			grid_add(g, row, NULL);
			continue;
		}
		sub = json_object_get(row, t->sub);
		json_array_foreach(sub, j, inner) grid_add(g, inner, row);
	}
}

static void
widen(size_t *width, size_t to)
{
	if (*width < to)
		*width = to;
}

static bool
grid_has_total(const struct grid *g)
{
	for (int i = 0; i < g->n_columns; i++)
		if (g->table->columns[i].total)
			return g->n_rows > 1;
	return false;
}

static void
total_add(struct grid *g, int i, const struct row *r)
{
	json_int_t n = 0;

	if (g->table->columns[i].total &&
	    output_number(r->self, g->table->columns[i].key, &n))
		g->total[i] = (json_int_t)((uint64_t)g->total[i] + (uint64_t)n);
}

/* Makes all cells, widths and totals. */
static void
grid_render(struct grid *g)
{
	char number[32];
	size_t k = 0;

	g->cells = calloc(g->n_rows * (size_t)g->n_columns + 1, sizeof(*g->cells));
	if (g->cells == NULL)
		abort();
	for (size_t r = 0; r < g->n_rows; r++)
		for (int i = 0; i < g->n_columns; i++, k++) {
			g->cells[k] = cell_make(&g->table->columns[i], &g->rows[r]);
			widen(&g->width[i], text_width(g->cells[k]));
			total_add(g, i, &g->rows[r]);
		}
	for (int i = 0; i < g->n_columns; i++) {
		widen(&g->width[i], text_width(g->table->columns[i].title));
		if (!grid_has_total(g))
			continue;
		snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT, g->total[i]);
		widen(&g->width[i], g->table->columns[i].total ? strlen(number)
				    : i == 0                   ? strlen("Total")
							       : 0);
	}
}

/* Writes one cell; the last of a line without blanks behind it. */
static void
cell_print(const struct grid *g, int i, const char *s, FILE *out)
{
	int pad = (int)(g->width[i] - text_width(s));
	bool left = g->table->columns[i].format <= FMT_PAIRS;

	if (i > 0 && (s[0] != '\0' || i + 1 < g->n_columns))
		fputs("  ", out);
	if (!left)
		fprintf(out, "%*s%s", pad, "", s);
	else if (i + 1 < g->n_columns)
		fprintf(out, "%s%*s", s, pad, "");
	else
		fputs(s, out);
	if (i + 1 == g->n_columns)
		fputc('\n', out);
}

static void
rule_print(const struct grid *g, FILE *out)
{
	for (int i = 0; i < g->n_columns; i++) {
		if (i > 0)
			fputs("  ", out);
		for (size_t n = 0; n < g->width[i]; n++)
			fputc('-', out);
	}
	fputc('\n', out);
}

static void
total_print(const struct grid *g, FILE *out)
{
	char number[32];

	rule_print(g, out);
	for (int i = 0; i < g->n_columns; i++) {
		snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT, g->total[i]);
		cell_print(g, i,
			   g->table->columns[i].total ? number
			   : i == 0                   ? "Total"
						      : "",
			   out);
	}
}

static void
grid_print(const struct grid *g, FILE *out)
{
	size_t k = 0;

	if (g->table->title != NULL)
		fprintf(out, "%s\n", g->table->title);
	for (int i = 0; i < g->n_columns; i++)
		cell_print(g, i, g->table->columns[i].title, out);
	rule_print(g, out);
	for (size_t r = 0; r < g->n_rows; r++)
		for (int i = 0; i < g->n_columns; i++)
			cell_print(g, i, g->cells[k++], out);
	if (grid_has_total(g))
		total_print(g, out);
}

/* One value per line, behind its title. */
static void
record_print(const struct grid *g, FILE *out)
{
	size_t width = 0;

	for (int i = 0; i < g->n_columns; i++)
		widen(&width, text_width(g->table->columns[i].title));
	for (int i = 0; i < g->n_columns; i++)
		fprintf(out, "%-*s  %s\n", (int)width, g->table->columns[i].title,
			g->cells[i]);
}

static void
grid_free(struct grid *g)
{
	for (size_t k = 0; k < g->n_rows * (size_t)g->n_columns; k++)
		free(g->cells[k]);
	free(g->cells);
	free(g->rows);
}
