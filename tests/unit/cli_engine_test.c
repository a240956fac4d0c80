/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tests of the command language: abbreviation, ambiguity, optional groups, pipes,
 * quotes, error positions, completion, and of the real table of commands itself.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../cli/args.h"
#include "../../cli/commands.h"
#include "../../cli/engine.h"
#include "../../cli/explain.h"

#define KEY(t)                                                                           \
	{                                                                                \
		.text = t, .help = t " help"                                             \
	}
#define ARG(t, a)                                                                        \
	{                                                                                \
		.text = t, .help = t " help", .arg = &(a)                                \
	}
#define OPT(g, t)                                                                        \
	{                                                                                \
		.text = t, .help = t " help", .opt = g                                   \
	}
#define OPTN(g, t)                                                                       \
	{                                                                                \
		.text = t, .help = t " help", .opt = g, .arg = &arg_uint, .max = 9       \
	}

enum { MODE_OTHER = 2 };

/* Rows chosen for what the real table has not (yet): see each test. */
static const struct command rows[] = {
	{.words = {KEY("show"), KEY("nic")}, .id = 1, .pipe = PIPE_TEXT},
	{.words = {KEY("show"), KEY("nics")}, .id = 2, .pipe = PIPE_TEXT | PIPE_JSON},
	{.words = {KEY("show"), KEY("nfs")}, .id = 3},
	{.words = {KEY("set"), OPT(1, "a"), OPTN(1, "A"), OPT(2, "b"), KEY("end")},
	 .id = 4},
	{.words = {KEY("mtu"), {.text = "N", .arg = &arg_uint, .min = 68, .max = 9000}},
	 .id = 5},
	{.words = {KEY("only"), KEY("there")}, .modes = MODE_OTHER, .id = 6},
	{.words = {KEY("find"), ARG("RE", arg_regex)}, .id = 7},
	{.words = {KEY("live")}, .pipe = PIPE_JSON, .id = 8},
	{.words = {KEY("pick"), ARG("RE", arg_regex)}, .id = 9},
	{.words = {KEY("pick"), KEY("first")}, .id = 10},
};

static struct grammar
grammar(void)
{
	struct grammar g = mvctl_grammar;

	g.commands = rows;
	g.n_commands = sizeof(rows) / sizeof(rows[0]);
	return g;
}

static struct parsed p;

static enum parse_status
parse(const char *line)
{
	struct grammar g = grammar();

	parsed_free(&p);
	return engine_parse(&g, MODE_EXEC, line, &p);
}

static enum parse_status
complete(const char *line)
{
	struct grammar g = grammar();

	parsed_free(&p);
	return engine_complete(&g, MODE_EXEC, line, &p);
}

static void
assert_row(const char *line, int id)
{
	assert_int_equal(parse(line), PARSE_OK);
	assert_int_equal(p.stages[0].cmd->id, id);
}

static void
assert_invalid(const char *line, size_t at)
{
	assert_int_equal(parse(line), PARSE_INVALID);
	assert_int_equal(p.at, at);
}

/* The candidates, in order, as one text. */
static void
assert_candidates(const char *text)
{
	char got[256] = "";

	for (int i = 0; i < p.expected.n; i++) {
		strcat(got, i > 0 ? " " : "");
		strcat(got, p.expected.list[i].text);
	}
	assert_string_equal(got, text);
}

static void
test_abbreviation(void **state)
{
	(void)state;
	assert_row("show nfs", 3);
	assert_row("  sh   nf  ", 3);
	assert_row("SHOW NFS", 3);
	assert_row("show nic", 1); /* a complete word wins over a longer one */
	assert_row("show nics", 2);
}

static void
test_ambiguous(void **state)
{
	(void)state;
	assert_int_equal(parse("sh n"), PARSE_AMBIGUOUS);
	assert_candidates("nfs nic nics");
	assert_int_equal(p.word_at, 3);
	assert_int_equal(p.word_end, 4);
	assert_int_equal(parse("show ni"), PARSE_AMBIGUOUS);
	assert_int_equal(parse("s nfs"),
			 PARSE_AMBIGUOUS); /* set, show: not looked ahead */
	/* A value that is also the beginning of a keyword; quoted it is the value. */
	assert_int_equal(parse("pick fi"), PARSE_AMBIGUOUS);
	assert_row("pick first", 10);
	assert_row("pick \"first\"", 9);
	assert_row("pick x", 9);
}

static void
test_empty(void **state)
{
	(void)state;
	assert_int_equal(parse(""), PARSE_EMPTY);
	assert_int_equal(parse(" \t"), PARSE_EMPTY);
	assert_int_equal(parse("! show nics"), PARSE_EMPTY);
	assert_int_equal(parse("# show nics"), PARSE_EMPTY);
}

static void
test_incomplete(void **state)
{
	(void)state;
	assert_int_equal(parse("show"), PARSE_INCOMPLETE);
	assert_candidates("nfs nic nics");
	assert_int_equal(parse("mtu"), PARSE_INCOMPLETE);
	assert_int_equal(parse("set a"), PARSE_INCOMPLETE);
	assert_int_equal(parse("show nics |"), PARSE_INCOMPLETE);
	assert_int_equal(parse("show nics | include"), PARSE_INCOMPLETE);
	assert_int_equal(parse("show nics | include a |"), PARSE_INCOMPLETE);
}

static void
test_caret(void **state)
{
	(void)state;
	assert_invalid("shaw nics", 2);
	assert_invalid("show nfz", 7);
	assert_invalid("show x", 5);
	assert_invalid("show nfs x", 9);
	assert_invalid("show nfs | count", 9); /* has nothing to filter */
	assert_invalid("show nics | zap", 12);
	assert_invalid("\"show\" nics", 0);
}

static void
test_modes(void **state)
{
	struct grammar g = grammar();

	(void)state;
	assert_invalid("only there", 0);
	parsed_free(&p);
	assert_int_equal(engine_parse(&g, MODE_OTHER, "only there", &p), PARSE_OK);
	assert_int_equal(p.stages[0].cmd->id, 6);
}

static void
test_options(void **state)
{
	(void)state;
	assert_row("set end", 4);
	assert_row("set b a 7 end", 4);
	assert_int_equal(match_uint(&p.stages[0], "A", 0), 7);
	assert_row("set a 7 b end", 4);
	assert_row("set b end", 4);
	assert_int_equal(match_uint(&p.stages[0], "A", 42), 42);
	assert_invalid("set b b end", 6); /* at most once */
	assert_invalid("set a b end", 6); /* its value is missing */
	assert_int_equal(complete("set a 7 "), PARSE_OK);
	assert_candidates("b end");
}

static void
test_uint(void **state)
{
	(void)state;
	assert_row("mtu 68", 5);
	assert_row("mtu 9000", 5);
	assert_invalid("mtu 67", 4);
	assert_non_null(p.why);
	assert_invalid("mtu 9001", 4);
	assert_invalid("mtu 99999999999999999999", 4);
	assert_invalid("mtu 4294967364", 4); /* 2^32 + 68 */
	assert_invalid("mtu 15oo", 6);
	assert_invalid("mtu -68", 4);
	assert_invalid("mtu \"\"", 4);
}

static void
test_pipe(void **state)
{
	(void)state;
	assert_row("show nics|inc veth1|veth2 | exclude  a b  |count", 2);
	assert_int_equal(p.n_stages, 3); /* "|count" is part of the expression */
	assert_string_equal(match_arg(&p.stages[1], "RE"), "veth1|veth2");
	assert_string_equal(match_arg(&p.stages[2], "RE"), "a b  |count");
	assert_row("show nics | json | begin \"a | b\" | count", 2);
	assert_int_equal(p.n_stages, 4);
	assert_int_equal(p.stages[1].cmd->id, FILTER_JSON);
	assert_string_equal(match_arg(&p.stages[2], "RE"), "a | b");
	assert_int_equal(p.stages[3].cmd->id, FILTER_COUNT);
	assert_row("live | json", 8);
	assert_invalid("live | count", 7);
	assert_invalid("live | json | count", 12);
	assert_invalid("show nic | json", 11);
	assert_invalid("show nics | count | json", 20); /* no JSON any more */
	assert_invalid("show nics | include [", 20);
	assert_non_null(p.why);
}

static void
test_pipe_many(void **state)
{
	char line[512] = "show nics";

	(void)state;
	for (int i = 1; i < STAGES_MAX; i++)
		strcat(line, " | count");
	assert_int_equal(parse(line), PARSE_OK);
	strcat(line, " | count");
	assert_int_equal(parse(line), PARSE_INVALID);
	assert_non_null(p.why);
}

static void
test_quotes(void **state)
{
	(void)state;
	assert_row("find \"a \\\"b\\\\ \\.\"", 7);
	assert_string_equal(match_arg(&p.stages[0], "RE"), "a \"b\\ \\.");
	assert_row("find a\\.b", 7);
	assert_string_equal(match_arg(&p.stages[0], "RE"), "a\\.b");
	assert_invalid("find \"abc", 5);
	assert_non_null(p.why);
	assert_invalid("show nics\"", 9);
}

static void
test_complete(void **state)
{
	(void)state;
	assert_int_equal(complete(""), PARSE_OK);
	assert_candidates("find live mtu pick set show");
	assert_int_equal(complete("s"), PARSE_OK);
	assert_candidates("set show");
	assert_int_equal(p.word_at, 0);
	assert_int_equal(complete("sh n"), PARSE_OK);
	assert_candidates("nfs nic nics");
	assert_int_equal(p.word_at, 3);
	assert_int_equal(complete("show nics "), PARSE_OK);
	assert_candidates("| <cr>");
	assert_int_equal(complete("show nfs "), PARSE_OK);
	assert_candidates("<cr>");
	assert_int_equal(complete("show nics | "), PARSE_OK);
	assert_candidates("begin count exclude include json");
	assert_int_equal(complete("show nics | count | "), PARSE_OK);
	assert_candidates("begin count exclude include");
	assert_int_equal(complete("mtu "), PARSE_OK);
	assert_candidates("N");
	assert_int_equal(complete("show zzz"), PARSE_OK);
	assert_candidates("");
	assert_int_equal(complete("show zzz "), PARSE_INVALID);
	assert_int_equal(complete("sh n "), PARSE_AMBIGUOUS);
}

/* Writes what explain_error says about LINE to TEXT, of TEXT_MAX bytes. */
#define TEXT_MAX 1024
static void
explained(char *text, const char *line, int prompt_len, int width)
{
	struct place_shown ps = {.where = "", .prompt_len = prompt_len, .width = width};
	FILE *f = fmemopen(text, TEXT_MAX, "w");

	assert_non_null(f);
	parse(line);
	explain_error(f, line, &p, &ps);
	fclose(f);
}

static void
assert_explained(const char *line, int prompt_len, int width, const char *want)
{
	char text[TEXT_MAX] = "";

	explained(text, line, prompt_len, width);
	assert_string_equal(text, want);
}

static void
test_explain(void **state)
{
	(void)state;
	assert_explained("show nfz", 6, 80,
			 "             ^\n"
			 "% Invalid input detected at '^' marker.\n"
			 "  expected: nfs, nic, nics\n"
			 "  did you mean \"nfs\"?\n");
	assert_explained("sh n | count", 6, 80,
			 "% Ambiguous command:  \"sh n\"\n"
			 "  could be: nfs, nic, nics\n");
	assert_explained("show", 6, 80,
			 "% Incomplete command.\n"
			 "  expected: nfs, nic, nics\n");
	assert_explained("qqq", -1, 80,
			 "% Invalid input detected at '^' marker.\n"
			 "  qqq\n"
			 "  ^\n"
			 "  expected: find, live, mtu, pick, set, show\n");
	/* Not one raw escape character gets out. */
	assert_explained("mtu \033[2J", -1, 80,
			 "% Invalid input detected at '^' marker.\n"
			 "  mtu \\x1B[2J\n"
			 "      ^\n"
			 "  expected: N\n");
}

/* A line over the terminal's edge is shown again in part, the caret below its place. */
static void
test_explain_long(void **state)
{
	char line[400] = "show nics | include ";
	char text[TEXT_MAX] = "";
	const char *second;

	(void)state;
	memset(line + 20, 'a', 200);
	strcpy(line + 220, " | zap");
	explained(text, line, 6, 80);
	second = strchr(text, '\n') + 1;
	assert_true(second - text <= 80);
	assert_int_equal(text[strcspn(second, "^")], 'z');
}

static void
test_guess(void **state)
{
	(void)state;
	complete("show ");
	assert_string_equal(explain_guess(&p.expected, "nsf"), "nfs");
	assert_string_equal(explain_guess(&p.expected, "nicss"), "nics");
	assert_null(explain_guess(&p.expected, "elephant"));
	assert_null(explain_guess(&p.expected, "x"));
	assert_null(explain_guess(&p.expected, "a very long word that nobody has meant"));
}

/* Every word of the real table has a help, wherever it can be typed. */
static void
help_check(const struct command *cmd, const char *before)
{
	char line[256];

	snprintf(line, sizeof(line), "%s", before);
	for (int i = 0; i < WORDS_MAX && cmd->words[i].text != NULL; i++) {
		const struct word *w = &cmd->words[i];

		parsed_free(&p);
		assert_int_equal(engine_complete(&mvctl_grammar, MODE_EXEC, line, &p),
				 PARSE_OK);
		for (int k = 0; k < p.expected.n; k++)
			assert_non_null(p.expected.list[k].help);
		strcat(line, w->arg == &arg_uint ? "1" : w->arg != NULL ? "x" : w->text);
		strcat(line, " ");
	}
	parsed_free(&p);
	assert_int_equal(engine_parse(&mvctl_grammar, MODE_EXEC, line, &p), PARSE_OK);
	assert_ptr_equal(p.stages[p.n_stages - 1].cmd, cmd);
}

static void
test_table(void **state)
{
	(void)state;
	assert_true(mvctl_grammar.n_commands <= ROWS_MAX);
	for (size_t i = 0; i < mvctl_grammar.n_commands; i++) {
		assert_non_null(mvctl_grammar.commands[i].run);
		help_check(&mvctl_grammar.commands[i], "");
	}
	for (size_t i = 0; i < mvctl_grammar.n_filters; i++)
		help_check(&mvctl_grammar.filters[i], "show nics | ");
}

static int
teardown(void **state)
{
	(void)state;
	parsed_free(&p);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_abbreviation), cmocka_unit_test(test_ambiguous),
		cmocka_unit_test(test_empty),        cmocka_unit_test(test_incomplete),
		cmocka_unit_test(test_caret),        cmocka_unit_test(test_modes),
		cmocka_unit_test(test_options),      cmocka_unit_test(test_uint),
		cmocka_unit_test(test_pipe),         cmocka_unit_test(test_pipe_many),
		cmocka_unit_test(test_quotes),       cmocka_unit_test(test_complete),
		cmocka_unit_test(test_explain),      cmocka_unit_test(test_explain_long),
		cmocka_unit_test(test_guess),        cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
