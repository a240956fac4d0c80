/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tests of the guard in front of libconfig: what it hands on, and what it refuses.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/scan.h"

static const struct {
	const char *in, *out; /* OUT begins with "f:" when it is the error */
} texts[] = {
	{"", ""},
	{"a = 1; # c\nb = 2; // c\n", "a = 1; \nb = 2; \n"},
	{"a/* x\n\" @ */= 1;", "a \n= 1;"},
	{"a = \"# // /* @include \\\" \\\\\";", "a = \"# // /* @include \\\" \\\\\";"},
	{"a = 2147483647;", "a = 2147483647;"},
	{"a = 2147483648;", "a = 2147483648L;"},
	{"a = -2147483648;", "a = -2147483648L;"},
	{"a = 5L; b = 5LL;", "a = 5L; b = 5L;"},
	{"a = 0xffffffff;", "a = 0xffffffffL;"},
	{"a = 0x10;", "a = 0x10;"},
	{"a9223372036854775808 = 1;", "a9223372036854775808 = 1;"},
	{"a = 9223372036854775807;", "a = 9223372036854775807L;"},
	{"a = 1.5; b = 1e9; c = 99999999999.5e-3;",
	 "a = 1.5; b = 1e9; c = 99999999999.5e-3;"},
	{"\n\na = 9223372036854775808;", "f:3: integer does not fit in 64 bits"},
	{"a = 99999999999999999999999;", "f:1: integer does not fit in 64 bits"},
	{"a = 0x1ffffffffffffffff;", "f:1: integer does not fit in 64 bits"},
	{"@include \"/etc\"", "f:1: '@' here: @include is not supported"},
	{"a = 1;\n\t@include \"x\"", "f:2: '@' here: @include is not supported"},
	{"a = \"x\ny\";", "f:1: string is not closed on its line"},
	{"a = \"x\\\";", "f:1: string is not closed on its line"},
	{"\n/* x\n\n", "f:2: comment is never closed"},
	{"\n/*/", "f:2: comment is never closed"},
	{"a = \"\\x00\";", "f:1: NUL in a string"},
};

static void
texts_are_judged(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct errs e = {0};
		char *out = scan_text("f", texts[i].in, strlen(texts[i].in), &e);

		print_message("%s\n", texts[i].in);
		assert_string_equal(out != NULL ? out : e.list[0].text, texts[i].out);
		assert_int_equal(e.n, out == NULL);
		free(out);
		errs_clear(&e);
	}
}

/* COUNT times PART behind BEFORE; the only error must be EXPECTED, NULL: none. */
static void
repeated(const char *before, const char *part, size_t count, const char *expected)
{
	size_t len = strlen(before), step = strlen(part);
	char *text = malloc(len + count * step + 1), *out;
	struct errs e = {0};

	strcpy(text, before);
	for (size_t i = 0; i < count; i++)
		strcpy(text + len + i * step, part);
	out = scan_text("f", text, len + count * step, &e);
	if (expected == NULL)
		assert_non_null(out);
	else
		assert_string_equal(e.list[0].text, expected);
	assert_int_equal(e.n, expected != NULL);
	free(out);
	free(text);
	errs_clear(&e);
}

static void
limits_hold(void **state)
{
	(void)state;
	repeated("a=", "(", 16, NULL);
	repeated("a=", "(", 17, "f:1: nested deeper than 16");
	repeated("a=(", "(),", 100, NULL);
	repeated("a=", "\"x\" ", 4096, NULL);
	repeated("a=", "\"x\"\n", 4097, "f:4097: string is longer than 4096 bytes");
	repeated("a=(", "\"x\",", 5000, NULL);
	repeated("", "a=1;", 64, NULL);
	repeated("", "a=1;", 65, "f:1: more than 64 keys in one group");
	repeated("", "a=({b=1;c:2;});", 64, NULL);
}

static void
nul_is_refused(void **state)
{
	static const char text[] = "a = 1;\nb = \0 2;";
	struct errs e = {0};

	(void)state;
	assert_null(scan_text("f", text, sizeof(text) - 1, &e));
	assert_string_equal(e.list[0].text, "f:2: NUL byte: this is not a text file");
	errs_clear(&e);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_judged),
		cmocka_unit_test(limits_hold),
		cmocka_unit_test(nul_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
