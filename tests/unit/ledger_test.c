/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tests of dp/ledger.h: an entry of up to 8 holders, by hand and against a naive model.
 * The seed of the random run is printed; LEDGER_SEED=N repeats one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "dp/ledger.h"

#define ROUNDS 300000

static void
one_holder(void **state)
{
	uint64_t e = LEDGER_FREE;

	(void)state;
	assert_false(ledger_has(e, LEDGER_NIC));
	assert_false(ledger_drop(&e, 7));
	assert_int_equal(e, LEDGER_FREE);
	assert_true(ledger_add(&e, 7));
	assert_int_equal(e, 7);
	assert_true(ledger_has(e, 7));
	assert_false(ledger_has(e, 6));
	assert_false(ledger_drop(&e, 6));
	assert_int_equal(e, 7);
	assert_true(ledger_drop(&e, 7));
	assert_int_equal(e, LEDGER_FREE);
	assert_false(ledger_drop(&e, 7));
}

static void
eight_holders_and_no_more(void **state)
{
	uint64_t e = LEDGER_FREE, full;
	uint8_t h;

	(void)state;
	for (h = 248; h != 0; h++)
		assert_true(ledger_add(&e, h));
	full = e;
	assert_false(ledger_add(&e, 9));
	assert_int_equal(e, full);
	for (h = 248; h != 0; h++)
		assert_true(ledger_has(e, h));
	assert_true(ledger_drop(&e, 251));
	assert_false(ledger_has(e, 251));
	assert_true(ledger_add(&e, 9));
	assert_false(ledger_add(&e, 10));
}

/* The same holder may be there more than once: each drop takes one. */
static void
a_holder_twice(void **state)
{
	uint64_t e = LEDGER_FREE;

	(void)state;
	assert_true(ledger_add(&e, 5));
	assert_true(ledger_add(&e, LEDGER_NIC));
	assert_true(ledger_add(&e, 5));
	assert_true(ledger_drop(&e, 5));
	assert_true(ledger_has(e, 5));
	assert_true(ledger_drop(&e, 5));
	assert_false(ledger_has(e, 5));
	assert_int_equal(e, LEDGER_NIC);
}

/* Every position of every value: neighbours that differ in one bit are not mistaken. */
static void
every_value_at_every_place(void **state)
{
	uint64_t e, want;
	int h, at;

	(void)state;
	for (h = 1; h < 256; h++) {
		uint8_t other = (uint8_t)(h ^ 1 ? h ^ 1 : h ^ 2);

		for (at = 0; at < 8; at++) {
			e = 0x0101010101010101u * other;
			want = e >> 8;
			e = (e & ~(UINT64_C(0xff) << 8 * at)) | (uint64_t)h << 8 * at;
			assert_true(ledger_has(e, (uint8_t)h));
			assert_int_equal(ledger_find(e, (uint8_t)h), 8 * at);
			assert_true(ledger_drop(&e, (uint8_t)h));
			assert_true(e == want);
			assert_false(ledger_has(e, (uint8_t)h));
		}
	}
}

/* ---- against a model that cannot be wrong ---------------------------------------- */

struct naive {
	int count[256];
	int total;
};

static unsigned int
seed_make(void)
{
	const char *text = getenv("LEDGER_SEED");

	return text ? (unsigned int)strtoul(text, NULL, 10) : (unsigned int)time(NULL);
}

/* Bytes are lowest first without a gap, and each as often as the model says. */
static void
naive_compare(uint64_t e, const struct naive *m)
{
	int seen[256] = {0}, i, h;

	for (i = 0; i < m->total; i++)
		seen[e >> 8 * i & 0xff]++;
	assert_int_equal(seen[0], 0);
	assert_true(m->total == 8 || e >> 8 * m->total == 0);
	for (h = 1; h < 256; h++) {
		assert_int_equal(seen[h], m->count[h]);
		assert_int_equal(ledger_has(e, (uint8_t)h), m->count[h] > 0);
	}
}

static void
random_ops_agree_with_the_model(void **state)
{
	struct naive m = {.total = 0};
	unsigned int seed = seed_make();
	uint64_t e = LEDGER_FREE;
	int i;

	(void)state;
	print_message("LEDGER_SEED=%u\n", seed);
	for (i = 0; i < ROUNDS; i++) {
		/* few values, so that holders meet; now and then any */
		int r = rand_r(&seed);
		uint8_t h = (uint8_t)(1 + (r & 16 ? r >> 8 & 7 : (r >> 8) % 255));
		bool done;

		if (r & 1) {
			done = ledger_add(&e, h);
			assert_int_equal(done, m.total < LEDGER_HOLDERS_MAX);
			m.count[h] += done;
			m.total += done;
		} else {
			done = ledger_drop(&e, h);
			assert_int_equal(done, m.count[h] > 0);
			m.count[h] -= done;
			m.total -= done;
		}
		if (i % 16 == 0)
			naive_compare(e, &m);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_holder),
		cmocka_unit_test(eight_holders_and_no_more),
		cmocka_unit_test(a_holder_twice),
		cmocka_unit_test(every_value_at_every_place),
		cmocka_unit_test(random_ops_agree_with_the_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
