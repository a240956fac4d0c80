/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tests of what mvctl prints: tables, totals, closing lines, filters, rates, and that
 * nothing a daemon sends can crash it or reach the terminal raw.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../cli/commands.h"
#include "../../cli/output.h"
#include "../../cli/pipe.h"
#include "../../cli/rates.h"
#include "../../cli/text.h"
#include "../../cli/views.h"

static json_t *
json(const char *text)
{
	json_error_t err;
	json_t *v = json_loads(text, JSON_DECODE_ANY, &err);

	if (v == NULL)
		fail_msg("%s: %s", text, err.text);
	return v;
}

/* RESULT as VIEW shows it; the caller frees it. */
static char *
shown(const struct view *view, const char *result)
{
	json_t *v = json(result);
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	output_text(f, view, v);
	fclose(f);
	json_decref(v);
	return text;
}

static void
assert_shown(const struct view *view, const char *result, const char *want)
{
	char *text = shown(view, result);

	assert_string_equal(text, want);
	free(text);
}

static void
assert_shows(const struct view *view, const char *result, const char *part)
{
	char *text = shown(view, result);

	if (strstr(text, part) == NULL)
		fail_msg("\"%s\" is not in:\n%s", part, text);
	free(text);
}

static void
test_table(void **state)
{
	(void)state;
	assert_shown(
		&view_rings,
		"{\"rings\":["
		"{\"kind\":\"instance\",\"nf\":\"fw\",\"device\":\"br0\",\"worker\":0,"
		"\"size\":1024,\"used\":512,\"passed\":1234567890123,\"dropped\":7},"
		"{\"kind\":\"op\",\"nf\":\"fw\",\"device\":\"\",\"worker\":12,"
		"\"size\":0,\"used\":0,\"passed\":1,\"dropped\":0}]}",
		"Kind      NF  Device  Worker  Size  Used  Used %         Passed  "
		"Dropped\n"
		"--------  --  ------  ------  ----  ----  ------  -------------  "
		"-------\n"
		"instance  fw  br0          0  1024   512    50.0  1234567890123        "
		"7\n"
		"op        fw  -           12     0     0       -              1        "
		"0\n"
		"--------  --  ------  ------  ----  ----  ------  -------------  "
		"-------\n"
		"Total                                512          1234567890124        "
		"7\n");
}

static void
test_lists(void **state)
{
	const char *devices =
		"{\"devices\":[{\"name\":\"br0\",\"kind\":\"bridged\",\"ring\":64,"
		"\"members\":[\"a\",\"b\"],\"nfs\":[{\"name\":\"fw\",\"mode\":\"inline\"}"
		","
		"{\"name\":\"ids\",\"mode\":\"bypass\"}],\"drops\":{\"x\":2,\"y\":3}}]}";

	(void)state;
	assert_shows(&view_devices, devices, "a, b     fw (inline), ids (bypass)\n");
	assert_shows(&view_devices, devices,
		     "-         -           -         -      5\n");
	assert_shows(&view_devices, "{\"devices\":[]}", "No devices.\n");
}

static void
test_duration(void **state)
{
	(void)state;
	assert_shows(&view_version, "{\"uptime_s\":59}", "00:00:59\n");
	assert_shows(&view_version, "{\"uptime_s\":273906}", "3d04:05:06\n");
	assert_shows(&view_version, "{\"uptime_s\":-1}", "00:00:00\n");
	assert_shows(&view_version, "{\"hugepages\":false}", "no\n");
}

static void
test_buffers(void **state)
{
	static const char fmt[] =
		"{\"workers\":[],\"free\":8000,\"nic\":20,\"rings\":100,"
		"\"held\":%d,\"total\":8192,\"lost\":%d,\"ok\":%s}";
	static const struct {
		int held, lost;
		const char *ok, *want;
	} cases[] = {
		{72, 0, "true", " + held 72 = 8192 of 8192 (ok)\n"},
		{70, 2, "false", " + held 70 = 8190 of 8192 (2 missing)\n"},
		{75, 0, "false", " + held 75 = 8195 of 8192 (3 too many)\n"},
		{72, 4, "false", "= 8192 of 8192 (4 lost)\n"},
		{72, 0, "false", "= 8192 of 8192 (a worker's sum is wrong, see above)\n"},
	};
	char text[256];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text), fmt, cases[i].held, cases[i].lost,
			 cases[i].ok);
		assert_shows(&view_buffers, text, cases[i].want);
		assert_shows(&view_buffers, text, "\nfree 8000 + NIC 20 + rings 100 + ");
	}
}

static void
test_drops(void **state)
{
	const char *some =
		"{\"drops\":[{\"reason\":\"r1\",\"help\":\"h1\",\"packets\":0},"
		"{\"reason\":\"r2\",\"help\":\"h2\",\"packets\":5}]}";
	char *text;

	(void)state;
	assert_shows(&view_counters, some, "\nr2            5  h2\n");
	text = shown(&view_counters, some);
	assert_null(strstr(text, "r1"));
	assert_null(strstr(text, "no drops"));
	free(text);
	assert_shows(&view_counters, "{\"drops\":[{\"reason\":\"r1\",\"packets\":0}]}",
		     "\nno drops\n");
	text = shown(&view_counters, "{\"nics\":[{\"name\":\"n\",\"tx_errors\":0,"
				     "\"rx_missed\":3}],\"drops\":[]}");
	assert_null(strstr(text, "no drops"));
	free(text);
}

static void
test_workers(void **state)
{
	(void)state;
	assert_shows(&view_counters,
		     "{\"workers\":[{\"worker\":0,\"moved\":7,\"sleeps\":3}]}",
		     "\nWorker  Moved  Busy %  Sleeps\n");
}

static void
test_user(void **state)
{
	(void)state;
	assert_shows(&view_nfs, "{\"nfs\":[{\"name\":\"f\",\"uid\":-1}]}", "  any  ");
	assert_shows(&view_nfs, "{\"nfs\":[{\"name\":\"f\",\"uid\":0}]}", "    0  ");
}

/* Everything may be missing or of another type. */
static void
test_hostile(void **state)
{
	static const struct view *const views[] = {
		&view_version, &view_nics,    &view_devices,  &view_nfs,
		&view_rings,   &view_buffers, &view_counters, &view_rates,
	};
	static const char *const results[] = {
		"{}",
		"[]",
		"null",
		"1",
		"\"x\"",
		"{\"nics\":1,\"devices\":{},\"nfs\":\"\",\"rings\":null,\"workers\":"
		"true}",
		"{\"nics\":[1,null,[],{}],\"devices\":[{\"nfs\":[1,{}],\"members\":[1]}],"
		"\"nfs\":[{\"opens\":5,\"attached_s\":[],\"name\":7}],\"drops\":[{}],"
		"\"workers\":[{\"holders\":[1,{}]},2],\"rings\":[{\"used\":1.5,\"size\":-"
		"1}]}",
		"{\"free\":9223372036854775807,\"nic\":9223372036854775807,\"rings\":1,"
		"\"held\":-9223372036854775808,\"total\":-9223372036854775808,\"lost\":-"
		"1}",
		"{\"workers\":[{\"busy_ticks\":9223372036854775807,\"rx_packets\":"
		"9223372036854775807,\"idle_ticks\":9223372036854775807},{\"rx_packets\":"
		"9223372036854775807}],\"nics\":[{\"drops\":{\"a\":9223372036854775807,"
		"\"b\":9223372036854775807,\"c\":\"x\"},\"rx_packets\":1e300}]}",
	};
	char *text;

	(void)state;
	for (size_t v = 0; v < sizeof(views) / sizeof(views[0]); v++)
		for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++) {
			text = shown(views[v], results[i]);
			free(text);
		}
}

static void
assert_clean(const char *in, const char *want)
{
	char *text = text_clean(in);

	assert_string_equal(text, want);
	free(text);
}

static void
test_clean(void **state)
{
	(void)state;
	assert_clean("plain, M\303\274nchen \360\237\230\200",
		     "plain, M\303\274nchen \360\237\230\200");
	assert_clean("\033]0;x\a\n\t\177", "\\x1B]0;x\\x07\\x0A\\x09\\x7F");
	assert_clean("\302\233"
		     "2J",
		     "\\u{9B}2J");                     /* C1 control */
	assert_clean("a\342\200\256b", "a\\u{202E}b"); /* right to left */
	assert_clean("\377\300\257\355\240\200", "\\xFF\\xC0\\xAF\\xED\\xA0\\x80");
	assert_clean("\342\202", "\\xE2\\x82"); /* cut short */
	assert_int_equal(text_width("M\303\274"), 2);
	assert_shows(&view_nics, "{\"nics\":[{\"name\":\"\\u001b[31mred\"}]}",
		     "\\x1B[31mred");
}

/* The text behind LINE's filters; the caller frees it. */
static char *
piped(const char *line, const char *in)
{
	char *copy = text_dup(in), *out = NULL;
	struct parsed p;
	size_t len;
	FILE *f = open_memstream(&out, &len);

	assert_int_equal(engine_parse(&mvctl_grammar, MODE_EXEC, line, &p), PARSE_OK);
	pipe_run(copy, strlen(copy), &p.stages[1], p.n_stages - 1, f);
	fclose(f);
	parsed_free(&p);
	free(copy);
	return out;
}

static void
test_pipe(void **state)
{
	static const struct {
		const char *filters, *want;
	} cases[] = {
		{"show nics | include b", "b1\nb2\nabc\n"},
		{"show nics | exclude b", "a\n\nlast\n"},
		{"show nics | begin ^b", "b1\nb2\n\nabc\nlast\n"},
		{"show nics | count", "6\n"},
		{"show nics | include b | exclude 1 | count", "2\n"},
		{"show nics | include b | begin 2", "b2\nabc\n"},
		{"show nics | include no-such", ""},
		{"show nics | count | include 6", "6\n"},
		{"show nics | count | include 7", ""},
		{"show nics | include ^(a|last)$", "a\nlast\n"},
	};
	char *out;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		/* The last line has no end. */
		out = piped(cases[i].filters, "a\nb1\nb2\n\nabc\nlast");
		assert_string_equal(out, cases[i].want);
		free(out);
	}
}

static void
assert_rates(const char *before, const char *after, const char *want)
{
	json_t *b = before != NULL ? json(before) : NULL, *a = json(after);
	json_t *rates = rates_between(b, a);
	json_t *row = json_array_get(json_object_get(rates, "nics"), 0);
	char *text = json_dumps(row, JSON_COMPACT);

	assert_string_equal(text, want);
	free(text);
	json_decref(rates);
	json_decref(a);
	json_decref(b);
}

#define NIC(rx, bytes)                                                                   \
	"\"nics\":[{\"name\":\"n\",\"rx_packets\":" rx ",\"rx_bytes\":" bytes "}]}"
#define UNKNOWN                                                                          \
	"{\"name\":\"n\",\"rx_pps\":null,\"rx_mbps\":null,\"tx_pps\":null,\"tx_mbps\":"  \
	"null,\"lost_pps\":null}"

static void
test_rates(void **state)
{
	(void)state;
	assert_rates("{\"time_ns\":1000000000," NIC("100", "0"),
		     "{\"time_ns\":3000000000," NIC("300", "2500000"),
		     "{\"name\":\"n\",\"rx_pps\":100,\"rx_mbps\":10.0,\"tx_pps\":null,"
		     "\"tx_mbps\":null,\"lost_pps\":null}");
	/* No reading before; time that stands or goes back; counters that went back. */
	assert_rates(NULL, "{\"time_ns\":3000000000," NIC("300", "1"), UNKNOWN);
	assert_rates("{\"time_ns\":5," NIC("1", "1"), "{\"time_ns\":5," NIC("9", "9"),
		     UNKNOWN);
	assert_rates("{\"time_ns\":6," NIC("1", "1"), "{\"time_ns\":5," NIC("9", "9"),
		     UNKNOWN);
	assert_rates("{\"time_ns\":1," NIC("9", "9"), "{\"time_ns\":9," NIC("1", "1"),
		     UNKNOWN);
	/* A NIC that was not there before. */
	assert_rates("{\"time_ns\":1,\"nics\":[]}", "{\"time_ns\":9," NIC("1", "1"),
		     UNKNOWN);
}

static void
test_interval(void **state)
{
	json_t *before = json_pack("{s:I}", "time_ns", (json_int_t)1000000000);
	json_t *after = json_pack("{s:I}", "time_ns", (json_int_t)2001234567);
	json_t *rates = rates_between(before, after);
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	assert_non_null(f);
	output_json(f, json_object_get(rates, "interval_s"), true);
	assert_int_equal(fclose(f), 0);
	assert_string_equal(text, "1.001\n");
	free(text);
	json_decref(rates);
	json_decref(before);
	json_decref(after);
}

/* Every view is complete enough to be shown. */
static void
test_views(void **state)
{
	(void)state;
	for (size_t i = 0; i < mvctl_grammar.n_commands; i++) {
		const struct view *view = mvctl_grammar.commands[i].data;

		if (view == NULL)
			continue;
		assert_non_null(view->method);
		for (const struct table *t = view->tables; t->columns[0].title; t++)
			for (int c = 0; c < COLUMNS_MAX && t->columns[c].title; c++)
				assert_non_null(t->columns[c].key);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),    cmocka_unit_test(test_lists),
		cmocka_unit_test(test_duration), cmocka_unit_test(test_buffers),
		cmocka_unit_test(test_drops),    cmocka_unit_test(test_user),
		cmocka_unit_test(test_workers),  cmocka_unit_test(test_interval),
		cmocka_unit_test(test_hostile),  cmocka_unit_test(test_clean),
		cmocka_unit_test(test_pipe),     cmocka_unit_test(test_rates),
		cmocka_unit_test(test_views),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
