/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tests of base/text.c: the borders of integers, names, CPU lists and distances.
 */
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"

static const struct {
	const char *text;
	int64_t min, max;
	int rc;
	int64_t v;
} ints[] = {
	{"0", 0, 10, 0, 0},
	{"10", 0, 10, 0, 10},
	{"11", 0, 10, -ERANGE, 0},
	{"-1", 0, 10, -ERANGE, 0},
	{"-1", -1, 10, 0, -1},
	{"007", 0, 10, 0, 7},
	{"", 0, 10, -EINVAL, 0},
	{"-", -10, 10, -EINVAL, 0},
	{"--1", -10, 10, -EINVAL, 0},
	{"+1", 0, 10, -EINVAL, 0},
	{" 1", 0, 10, -EINVAL, 0},
	{"1 ", 0, 10, -EINVAL, 0},
	{"1x", 0, 10, -EINVAL, 0},
	{"0x1", 0, 10, -EINVAL, 0},
	{"4294967297", 0, 10, -ERANGE, 0},
	{"9223372036854775807", INT64_MIN, INT64_MAX, 0, INT64_MAX},
	{"9223372036854775808", INT64_MIN, INT64_MAX, -ERANGE, 0},
	{"-9223372036854775808", INT64_MIN, INT64_MAX, 0, INT64_MIN},
	{"-9223372036854775809", INT64_MIN, INT64_MAX, -ERANGE, 0},
	{"18446744073709551617", 0, 10, -ERANGE, 0},
	{"99999999999999999999x", 0, 10, -EINVAL, 0},
};

static void
int_borders(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(ints) / sizeof(ints[0]); i++) {
		int64_t v = 0;

		print_message("%s\n", ints[i].text);
		assert_int_equal(text_int(ints[i].text, ints[i].min, ints[i].max, &v),
				 ints[i].rc);
		assert_true(v == ints[i].v);
	}
}

static void
name_borders(void **state)
{
	(void)state;
	assert_true(text_is_name("a", 32));
	assert_true(text_is_name("NIC1", 32));
	assert_true(text_is_name("a_b.c-D9", 32));
	assert_true(text_is_name("abc", 4));
	assert_false(text_is_name("abcd", 4));
	assert_false(text_is_name("", 32));
	assert_false(text_is_name("1a", 32));
	assert_false(text_is_name(".a", 32));
	assert_false(text_is_name("-a", 32));
	assert_false(text_is_name("a/b", 32));
	assert_false(text_is_name("a b", 32));
	assert_false(text_is_name("a\n", 32));
	assert_false(text_is_name("\xc3\xa4", 32));
}

static void
copy_fits_or_fails(void **state)
{
	char buf[4] = "zzz";

	(void)state;
	assert_int_equal(text_copy(buf, sizeof(buf), "abc"), 0);
	assert_string_equal(buf, "abc");
	assert_int_equal(text_copy(buf, sizeof(buf), "abcd"), -ENAMETOOLONG);
	assert_string_equal(buf, "");
}

static void
printable_is_ascii(void **state)
{
	char buf[] = " a~\x1f\x7f\xc3\xa4\n";

	(void)state;
	assert_true(text_is_printable(""));
	assert_true(text_is_printable(" a~"));
	assert_false(text_is_printable(buf));
	text_printable(buf);
	assert_string_equal(buf, " a~?????");
	assert_true(text_is_printable(buf));
}

static void
cpus_good(void **state)
{
	unsigned int cpus[4];

	(void)state;
	assert_int_equal(text_cpus("", cpus, 4), 0);
	assert_int_equal(text_cpus("7", cpus, 4), 1);
	assert_int_equal(cpus[0], 7);
	assert_int_equal(text_cpus("5,1,3-4", cpus, 4), 4);
	assert_int_equal(cpus[0], 5);
	assert_int_equal(cpus[1], 1);
	assert_int_equal(cpus[2], 3);
	assert_int_equal(cpus[3], 4);
	assert_int_equal(text_cpus("1023", cpus, 4), 1);
}

static void
cpus_bad(void **state)
{
	unsigned int cpus[4];

	(void)state;
	assert_int_equal(text_cpus(",", cpus, 4), -EINVAL);
	assert_int_equal(text_cpus("1,", cpus, 4), -EINVAL);
	assert_int_equal(text_cpus(" 1", cpus, 4), -EINVAL);
	assert_int_equal(text_cpus("1-", cpus, 4), -EINVAL);
	assert_int_equal(text_cpus("4-3", cpus, 4), -EINVAL);
	assert_int_equal(text_cpus("1;2", cpus, 4), -EINVAL);
	assert_int_equal(text_cpus("1024", cpus, 4), -ERANGE);
	assert_int_equal(text_cpus("1-99999999999999999999", cpus, 4), -ERANGE);
	assert_int_equal(text_cpus("1,2,1", cpus, 4), -EEXIST);
	assert_int_equal(text_cpus("0-4", cpus, 4), -E2BIG);
}

static void
distances(void **state)
{
	char big[100];

	(void)state;
	memset(big, 'a', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	assert_int_equal(text_distance("", ""), 0);
	assert_int_equal(text_distance("", "abc"), 3);
	assert_int_equal(text_distance("abc", ""), 3);
	assert_int_equal(text_distance("workers", "workers"), 0);
	assert_int_equal(text_distance("wokrers", "workers"), 1);
	assert_int_equal(text_distance("kitten", "sitting"), 3);
	assert_true(text_distance(big, "a") == UINT_MAX);
	assert_true(text_is_near("devarg", "devargs"));
	assert_true(text_is_near("nisc", "nics"));
	assert_false(text_is_near("flag", "pci"));
	assert_false(text_is_near("e", "d"));
	assert_false(text_is_near(big, "pci"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(int_borders),        cmocka_unit_test(name_borders),
		cmocka_unit_test(cpus_good),          cmocka_unit_test(cpus_bad),
		cmocka_unit_test(printable_is_ascii), cmocka_unit_test(distances),
		cmocka_unit_test(copy_fits_or_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
