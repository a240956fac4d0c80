/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How each format of a column is written.
 */
#include "cell.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>

#include "text.h"

static void cell_put(FILE *f, const struct column *c, const struct row *r);

char *
cell_make(const struct column *c, const struct row *r)
{
	char *buf = NULL;
	size_t len;
	FILE *f = open_memstream(&buf, &len);

	if (f == NULL)
		abort();
	cell_put(f, c, r);
	if (fclose(f) != 0)
		abort();
	return buf;
}

bool
output_number(const json_t *row, const char *key, json_int_t *value)
{
	const json_t *v = json_object_get(row, key);
	const char *name;
	uint64_t sum = 0;
	json_t *part;

	if (json_is_integer(v)) {
		*value = json_integer_value(v);
		return true;
	}
	if (json_is_real(v)) {
		double d = json_real_value(v);

		*value = d > 9e18 ? INT64_MAX : d < -9e18 ? INT64_MIN : (json_int_t)d;
		return true;
	}
	if (!json_is_object(v))
		return false;
	/* json_object_foreach changes nothing, but wants to be allowed to. */
	json_object_foreach((json_t *)(uintptr_t)v, name, part) sum +=
		(uint64_t)json_integer_value(part);
	*value = (json_int_t)sum;
	return true;
}

static void
list_put(FILE *f, const json_t *list)
{
	const char *sep = "";
	const json_t *v;
	size_t i;

	json_array_foreach(list, i, v)
	{
		if (!json_is_string(v))
			continue;
		fputs(sep, f);
		text_put(f, json_string_value(v));
		sep = ", ";
	}
	if (sep[0] == '\0')
		fputc('-', f);
}

/* The texts of one object: the first, and the others in brackets. */
static void
pair_put(FILE *f, const json_t *pair)
{
	const char *key;
	json_t *v;
	int n = 0;

	json_object_foreach((json_t *)(uintptr_t)pair, key, v)
	{
		if (!json_is_string(v))
			continue;
		fputs(n == 0 ? "" : n == 1 ? " (" : ", ", f);
		text_put(f, json_string_value(v));
		n++;
	}
	if (n > 1)
		fputc(')', f);
}

static void
pairs_put(FILE *f, const json_t *list)
{
	const json_t *pair;
	size_t i;

	json_array_foreach(list, i, pair)
	{
		if (i > 0)
			fputs(", ", f);
		pair_put(f, pair);
	}
	if (json_array_size(list) == 0)
		fputc('-', f);
}

static void
speed_put(FILE *f, json_int_t mbps)
{
	if (mbps <= 0 || mbps >= UINT32_MAX)
		fputc('-', f);
	else if (mbps % 1000 == 0)
		fprintf(f, "%" JSON_INTEGER_FORMAT "G", mbps / 1000);
	else
		fprintf(f, "%" JSON_INTEGER_FORMAT "M", mbps);
}

/* In doubles, because the sum of two counters may not fit. */
static void
percent_put(FILE *f, double part, double whole)
{
	if (whole > 0)
		fprintf(f, "%.1f", 100.0 * part / whole);
	else
		fputc('-', f);
}

static void
text_cell_put(FILE *f, const json_t *v)
{
	if (json_is_string(v) && json_string_length(v) > 0)
		text_put(f, json_string_value(v));
	else if (json_is_boolean(v))
		fputs(json_is_true(v) ? "yes" : "no", f);
	else if (json_is_integer(v))
		fprintf(f, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
	else
		fputc('-', f);
}

/* Writes the cells whose value is a number. */
static void
number_put(FILE *f, const struct column *c, json_int_t n, json_int_t n2)
{
	switch (c->format) {
	case FMT_SPEED:
		speed_put(f, n);
		break;
	case FMT_DURATION:
		text_duration(f, n < 0 ? 0 : n);
		break;
	case FMT_SHARE:
		percent_put(f, (double)n, (double)n + (double)n2);
		break;
	case FMT_USE:
		percent_put(f, (double)n, (double)n2);
		break;
	case FMT_ID:
		if (n == 0)
			fputc('-', f);
		else
			fprintf(f, "%" JSON_INTEGER_FORMAT, n);
		break;
	case FMT_USER:
		if (n == -1)
			fputs("any", f);
		else
			fprintf(f, "%" JSON_INTEGER_FORMAT, n);
		break;
	default:
		fprintf(f, "%" JSON_INTEGER_FORMAT, n);
	}
}

static const json_t *
row_value(const struct row *r, const char *key)
{
	const json_t *v = json_object_get(r->self, key);

	return v != NULL ? v : json_object_get(r->parent, key);
}

static void
cell_put(FILE *f, const struct column *c, const struct row *r)
{
	const json_t *v = row_value(r, c->key);
	json_int_t n = 0, n2 = 0;
	bool ok;

	switch (c->format) {
	case FMT_TEXT:
		text_cell_put(f, v);
		return;
	case FMT_LIST:
		list_put(f, v);
		return;
	case FMT_PAIRS:
		pairs_put(f, v);
		return;
	case FMT_REAL:
		if (json_is_number(v))
			fprintf(f, "%.1f", json_number_value(v));
		else
			fputc('-', f);
		return;
	default:
		ok = output_number(r->self, c->key, &n) ||
		     output_number(r->parent, c->key, &n);
		if (ok && c->key2 != NULL)
			ok = output_number(r->self, c->key2, &n2);
		if (ok)
			number_put(f, c, n, n2);
		else
			fputc('-', f);
	}
}
