/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tests of the table of kinds and of the send policy of each kind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/kinds.h"

#define ROOM 32

/* Every kind is whole, found by its name, and never leaves by what it does not have. */
static void
table_is_whole(void **state)
{
	size_t out[ROOM];

	(void)state;
	for (size_t i = 0; kinds[i] != NULL; i++) {
		const struct kind *k = kinds[i];

		assert_ptr_equal(kind_find(k->name), k);
		assert_true(strlen(k->help) > 0);
		assert_true(k->min_nics <= k->max_nics && k->max_nics <= ROOM);
		for (size_t n = k->min_nics; n <= k->max_nics; n++) {
			for (size_t in = 0; in <= n; in++) {
				size_t got = k->egress(n, in, out);

				assert_true(got <= n);
				for (size_t j = 0; j < got; j++)
					assert_true(out[j] < n);
			}
		}
	}
	assert_null(kind_find("nosuch"));
	assert_null(kind_find(""));
}

static void
bridged_leaves_opposite(void **state)
{
	size_t out[2] = {9, 9};

	(void)state;
	assert_int_equal(kind_bridged.egress(2, 0, out), 1);
	assert_int_equal(out[0], 1);
	assert_int_equal(kind_bridged.egress(2, 1, out), 1);
	assert_int_equal(out[0], 0);
	assert_int_equal(kind_bridged.egress(2, 2, out), 0);
	assert_int_equal(kind_bridged.min_nics, 2);
	assert_int_equal(kind_bridged.max_nics, 2);
}

static void
direct_leaves_by_its_nic(void **state)
{
	size_t out[1] = {9};

	(void)state;
	assert_int_equal(kind_direct.egress(1, 0, out), 1);
	assert_int_equal(out[0], 0);
	out[0] = 9;
	assert_int_equal(kind_direct.egress(1, 1, out), 1);
	assert_int_equal(out[0], 0);
	assert_int_equal(kind_direct.min_nics, 1);
	assert_int_equal(kind_direct.max_nics, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_is_whole),
		cmocka_unit_test(bridged_leaves_opposite),
		cmocka_unit_test(direct_leaves_by_its_nic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
