/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Packets per second are whole, megabits (10^6, without preamble and gap) are real.
 */
#include "rates.h"

#include <stdint.h>
#include <string.h>

#include "output.h"

/* One rate: (after - before) of a counter per second, times a factor. */
struct rate {
	const char *key;     /* in the result */
	const char *counter; /* in a reading */
	double factor;       /* 0: whole packets */
};

static const struct rate traffic[] = {
	{"rx_pps", "rx_packets", 0},
	{"rx_mbps", "rx_bytes", 8e-6},
	{"tx_pps", "tx_packets", 0},
	{"tx_mbps", "tx_bytes", 8e-6},
	{NULL, NULL, 0},
};
static const struct rate drops[] = {{"lost_pps", "drops", 0}, {NULL, NULL, 0}};
static const struct rate lost[] = {{"lost_pps", "lost", 0}, {NULL, NULL, 0}};
static const struct rate reasons[] = {{"pps", "packets", 0}, {NULL, NULL, 0}};

/* A list of both readings: its key, the key that names a row, and its rates. */
static const struct group {
	const char *list, *name;
	const struct rate *rates[2];
} groups[] = {
	{"nics", "name", {traffic, drops}},
	{"devices", "name", {traffic, drops}},
	{"nfs", "name", {traffic, lost}},
	{"drops", "reason", {reasons, NULL}},
};

/* The row of LIST with the same name as ROW, or NULL. */
static const json_t *
row_find(const json_t *list, const char *key, const json_t *row)
{
	const char *name = json_string_value(json_object_get(row, key)), *other;
	const json_t *r;
	size_t i;

	if (name == NULL)
		return NULL;
	json_array_foreach(list, i, r)
	{
		other = json_string_value(json_object_get(r, key));
		if (other != NULL && strcmp(name, other) == 0)
			return r;
	}
	return NULL;
}

static json_t *
rate_make(const struct rate *rate, const json_t *before, const json_t *after, double s)
{
	json_int_t a = 0, b = 0;
	double per_s;

	if (s <= 0 || !output_number(before, rate->counter, &b) ||
	    !output_number(after, rate->counter, &a) || a < b)
		return json_null();
	per_s = ((double)a - (double)b) / s;
	if (rate->factor > 0)
		return json_real(per_s * rate->factor);
	return json_integer(per_s < 9e18 ? (json_int_t)(per_s + 0.5) : 0);
}

static json_t *
row_make(const struct group *g, const json_t *before, const json_t *after, double s)
{
	json_t *row = json_object();
	json_t *help = json_object_get(after, "help");

	json_object_set(row, g->name, json_object_get(after, g->name));
	if (help != NULL)
		json_object_set(row, "help", help);
	for (int i = 0; i < 2 && g->rates[i] != NULL; i++)
		for (const struct rate *r = g->rates[i]; r->key != NULL; r++)
			json_object_set_new(row, r->key, rate_make(r, before, after, s));
	return row;
}

/* Seconds between two readings; 0 if they cannot be compared. */
static double
seconds_between(const json_t *before, const json_t *after)
{
	json_int_t a = 0, b = 0;

	if (!output_number(before, "time_ns", &b) ||
	    !output_number(after, "time_ns", &a) || a <= b)
		return 0;
	return ((double)a - (double)b) / 1e9;
}

/* S, to the millisecond: what is finer is noise. */
static double
ms_round(double s)
{
	return (double)(int64_t)(s * 1e3 + 0.5) / 1e3;
}

json_t *
rates_between(const json_t *before, const json_t *after)
{
	double s = seconds_between(before, after);
	json_t *rates = json_object(), *rows, *row;
	const json_t *list, *old;
	size_t i;

	json_object_set_new(rates, "interval_s",
			    s > 0 ? json_real(ms_round(s)) : json_null());
	for (size_t k = 0; k < sizeof(groups) / sizeof(groups[0]); k++) {
		rows = json_array();
		list = json_object_get(after, groups[k].list);
		old = json_object_get(before, groups[k].list);
		json_array_foreach(list, i, row) json_array_append_new(
			rows,
			row_make(&groups[k], row_find(old, groups[k].name, row), row, s));
		json_object_set_new(rates, groups[k].list, rows);
	}
	return rates;
}
