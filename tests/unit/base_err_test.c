/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tests of base/err.c: what a text looks like and that the list is bounded.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"

static void
place_is_in_front(void **state)
{
	struct errs e = {0};

	(void)state;
	errs_add(&e, "a.conf", 7, "bad %s", "thing");
	errs_add(&e, "a.conf", 0, "no line");
	errs_add(&e, NULL, 0, "no place");
	errs_warn(&e, "a.conf", 9, "odd");
	assert_int_equal(e.n, 4);
	assert_int_equal(e.n_errors, 3);
	assert_int_equal(e.n_warnings, 1);
	assert_string_equal(e.list[0].text, "a.conf:7: bad thing");
	assert_string_equal(e.list[1].text, "a.conf: no line");
	assert_string_equal(e.list[2].text, "no place");
	assert_string_equal(e.list[3].text, "a.conf:9: odd");
	assert_false(e.list[0].warning);
	assert_true(e.list[3].warning);
	errs_clear(&e);
	assert_int_equal(e.n, 0);
	assert_int_equal(e.n_errors, 0);
}

static void
list_is_bounded(void **state)
{
	struct errs e = {0};

	(void)state;
	for (int i = 0; i < ERRS_MAX + 10; i++)
		errs_add(&e, NULL, 0, "error %d", i);
	assert_int_equal(e.n, ERRS_MAX);
	assert_int_equal(e.n_errors, ERRS_MAX + 10);
	errs_clear(&e);
}

static void
text_is_one_bounded_line(void **state)
{
	struct errs e = {0};
	char big[5000];

	(void)state;
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	errs_add(&e, NULL, 0, "a\nb\033c\x7f\xff");
	errs_add(&e, NULL, 0, "%s", big);
	assert_string_equal(e.list[0].text, "a?b?c??");
	assert_true(strlen(e.list[1].text) < 1024);
	errs_clear(&e);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(place_is_in_front),
		cmocka_unit_test(list_is_bounded),
		cmocka_unit_test(text_is_one_bounded_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
