/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tests of lib/ring.h: order, phases over the wrap of their 16 bits, a lapped reader,
 * and a producer and a consumer at full speed (worth running under TSan as well).
 */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ring.h"

#define SHIFT   6
#define SLOTS   (1u << SHIFT)
#define PACKETS 400000u

static struct mv_pkt slots[SLOTS];

/* Every field follows from the position, so that a torn or wrong slot is seen. */
static struct mv_pkt
pkt_at(uint64_t pos)
{
	return (struct mv_pkt){
		.buf = (uint32_t)pos,
		.off = (uint16_t)(pos * 3),
		.len = (uint16_t)(pos * 5),
		.nic = (uint16_t)(pos * 7),
		.flags = (uint16_t)(pos * 11),
		.tag = (uint16_t)(pos * 13),
	};
}

static int
pkt_is_of(const struct mv_pkt *got, uint64_t pos)
{
	struct mv_pkt want = pkt_at(pos);

	want.phase = ring_phase(pos, SHIFT);
	return memcmp(got, &want, sizeof(want)) == 0;
}

/* A ring that has gone on for POS slots, the last SLOTS of which are still in it. */
static void
ring_preset(uint64_t pos)
{
	uint64_t i;

	memset(slots, 0, sizeof(slots));
	for (i = pos < SLOTS ? 0 : pos - SLOTS; i < pos; i++)
		ring_put(slots, SHIFT, i, pkt_at(i));
}

static void
zeroed_ring_is_empty(void **state)
{
	struct mv_pkt out[SLOTS];
	uint64_t pos;

	(void)state;
	ring_preset(0);
	for (pos = 0; pos < SLOTS; pos++) {
		assert_false(ring_ready(slots, SHIFT, pos));
		assert_int_equal(ring_get(slots, SHIFT, pos, out, 1), 0);
	}
}

static void
order_and_fields_are_kept(void **state)
{
	struct mv_pkt out[SLOTS];
	uint64_t put = 0, got = 0;
	unsigned int i, n, round;

	(void)state;
	ring_preset(0);
	for (round = 0; round < 1000; round++) {
		for (i = 0; i < 1 + round % 37 && put - got < SLOTS; i++, put++)
			ring_put(slots, SHIFT, put, pkt_at(put));
		n = ring_get(slots, SHIFT, got, out, 1 + round % 23);
		for (i = 0; i < n; i++)
			assert_true(pkt_is_of(&out[i], got + i));
		got += n;
		assert_int_equal(ring_ready(slots, SHIFT, got), got < put);
	}
	assert_true(put > 10 * SLOTS);
}

static void
full_ring_gives_no_more_than_it_holds(void **state)
{
	struct mv_pkt out[2 * SLOTS];

	(void)state;
	ring_preset(SLOTS);
	assert_int_equal(ring_get(slots, SHIFT, 0, out, 2 * SLOTS), SLOTS);
	assert_int_equal(ring_get(slots, SHIFT, SLOTS, out, 1), 0);
	assert_false(ring_ready(slots, SHIFT, SLOTS));
}

/* The 16 bits of the phase wrap after 65536 rounds: nothing is to be seen of it. */
static void
phase_wraps(void **state)
{
	const uint64_t wrap = UINT64_C(65536) << SHIFT;
	const uint64_t starts[] = {wrap - SLOTS,
				   wrap - 1,
				   wrap,
				   3 * wrap - 7,
				   (UINT64_C(1) << 40) - 5,
				   UINT64_MAX - 3 * SLOTS};
	struct mv_pkt out[SLOTS];
	uint64_t pos, end;
	size_t i;

	(void)state;
	assert_int_equal(ring_phase(wrap - SLOTS - 1, SHIFT), 65535);
	assert_int_equal(ring_phase(wrap - SLOTS, SHIFT), 0);
	assert_int_equal(ring_phase(wrap, SHIFT), 1);
	for (i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		ring_preset(starts[i]);
		end = starts[i] + 2 * SLOTS;
		for (pos = starts[i]; pos != end; pos++) {
			assert_false(ring_ready(slots, SHIFT, pos));
			assert_false(ring_peek(slots, SHIFT, pos, out));
			ring_put(slots, SHIFT, pos, pkt_at(pos));
			assert_true(ring_ready(slots, SHIFT, pos));
			assert_int_equal(ring_get(slots, SHIFT, pos, out, 2), 1);
			assert_true(pkt_is_of(out, pos));
		}
	}
}

/* A reader that is D rounds behind sees none of the slots that replaced its own. */
static void
lapped_reader_sees_no_slot(void **state)
{
	const uint64_t laps[] = {1, 2, 3, 100, 32768, 65534, 65535};
	struct mv_pkt out[1];
	uint64_t pos;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(laps) / sizeof(laps[0]); i++) {
		uint64_t head = UINT64_C(1) << 30;

		ring_preset(head);
		for (pos = head - SLOTS; pos < head; pos++) {
			uint64_t behind = pos - laps[i] * SLOTS;

			assert_int_equal(ring_get(slots, SHIFT, behind, out, 1), 0);
			assert_true(ring_get(slots, SHIFT, pos, out, 1) == 1);
		}
	}
	/* and one that is a round behind is told to look */
	ring_preset(10 * SLOTS);
	assert_true(ring_ready(slots, SHIFT, 8 * SLOTS));
}

static void
only_own_slot_changes(void **state)
{
	struct mv_pkt before[SLOTS];
	uint32_t i;

	(void)state;
	ring_preset(5 * SLOTS);
	memcpy(before, slots, sizeof(before));
	ring_put(slots, SHIFT, 5 * SLOTS + 9, pkt_at(77));
	for (i = 0; i < SLOTS; i++)
		assert_int_equal(memcmp(&slots[i], &before[i], sizeof(slots[i])) == 0,
				 i != 9);
}

/* Over the end of the ring and the wrap of the phase; nothing beside the burst. */
static void
bursts_are_as_single_puts(void **state)
{
	const uint64_t wrap = UINT64_C(65536) << SHIFT;
	struct mv_pkt burst[SLOTS], out[SLOTS], want;
	uint64_t pos;
	unsigned int n, i;

	(void)state;
	for (n = 0; n <= SLOTS; n += 7) {
		for (pos = wrap - 2 * SLOTS - 9; pos < wrap + 9; pos += 5) {
			ring_preset(pos);
			for (i = 0; i < n; i++)
				burst[i] = pkt_at(pos + i);
			ring_put_burst(slots, SHIFT, pos, burst, n,
				       (struct ring_mark){.flags = 0x8000, .tag = 7});
			assert_int_equal(ring_get(slots, SHIFT, pos, out, SLOTS), n);
			for (i = 0; i < n; i++) {
				want = burst[i];
				want.flags = 0x8000;
				want.tag = 7;
				want.phase = ring_phase(pos + i, SHIFT);
				assert_memory_equal(&out[i], &want, sizeof(want));
			}
			i = SLOTS - n; /* the oldest went, the others are there */
			assert_int_equal(ring_get(slots, SHIFT, pos - i, out, SLOTS),
					 SLOTS);
		}
	}
}

static void
shift_of_slots(void **state)
{
	(void)state;
	assert_int_equal(1u << ring_shift(RING_SLOTS_MIN), RING_SLOTS_MIN);
	assert_int_equal(1u << ring_shift(RING_SLOTS_MAX), RING_SLOTS_MAX);
}

/* ---- two threads ----------------------------------------------------------------- */

static _Atomic uint64_t cursor;
static uint32_t data[SLOTS]; /* what a slot stands for; P1 and C1 keep it in step */

static void *
produce(void *arg)
{
	uint64_t pos, limit = SLOTS;

	(void)arg;
	for (pos = 0; pos < PACKETS; pos++) {
		while (pos == limit) {
			limit = ring_cursor_read(&cursor) + SLOTS;
			if (pos == limit)
				sched_yield();
		}
		data[pos & (SLOTS - 1)] = (uint32_t)pos;
		ring_put(slots, SHIFT, pos, pkt_at(pos));
	}
	return NULL;
}

static void
producer_and_consumer(void **state)
{
	struct mv_pkt out[16];
	uint64_t pos = 0;
	uint32_t i, n, bad = 0;
	pthread_t thread;

	(void)state;
	ring_preset(0);
	atomic_store(&cursor, 0);
	assert_int_equal(pthread_create(&thread, NULL, produce, NULL), 0);
	while (pos < PACKETS) {
		n = ring_get(slots, SHIFT, pos, out, 16);
		if (n == 0)
			sched_yield();
		for (i = 0; i < n; i++, pos++)
			bad += !pkt_is_of(&out[i], pos) ||
			       data[pos & (SLOTS - 1)] != (uint32_t)pos;
		ring_cursor_publish(&cursor, pos);
	}
	pthread_join(thread, NULL);
	assert_int_equal(bad, 0);
	assert_false(ring_ready(slots, SHIFT, pos));
}

static void *
produce_freely(void *arg)
{
	uint64_t pos;

	(void)arg;
	for (pos = 0; pos < PACKETS; pos++)
		ring_put(slots, SHIFT, pos, pkt_at(pos));
	return NULL;
}

/* Nobody waits for this reader: it may miss slots, but sees no wrong or torn one. */
static void
reader_that_is_lapped(void **state)
{
	struct mv_pkt out;
	uint64_t pos = 0;
	uint32_t tries = 0, seen = 0, bad = 0;
	pthread_t thread;

	(void)state;
	ring_preset(0);
	assert_int_equal(pthread_create(&thread, NULL, produce_freely, NULL), 0);
	while (pos < PACKETS) {
		if (ring_peek(slots, SHIFT, pos, &out)) {
			bad += !pkt_is_of(&out, pos);
			seen++;
			pos++;
		} else if (++tries % 64 == 0) {
			pos++; /* not yet there, or gone */
		}
	}
	pthread_join(thread, NULL);
	assert_int_equal(bad, 0);
	assert_true(seen > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zeroed_ring_is_empty),
		cmocka_unit_test(order_and_fields_are_kept),
		cmocka_unit_test(full_ring_gives_no_more_than_it_holds),
		cmocka_unit_test(phase_wraps),
		cmocka_unit_test(lapped_reader_sees_no_slot),
		cmocka_unit_test(only_own_slot_changes),
		cmocka_unit_test(bursts_are_as_single_puts),
		cmocka_unit_test(shift_of_slots),
		cmocka_unit_test(producer_and_consumer),
		cmocka_unit_test(reader_that_is_lapped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
