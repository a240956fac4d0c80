/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tests of the contract, lib/wire.h and lib/shm.h: the table of messages and the layout
 * of shared memory. Numbers are written out: whoever changes one changes the protocol,
 * and has WIRE_VERSION to raise.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ring.h"
#include "wire.h"

static void
sizes_are_those_of_this_version(void **state)
{
	static const size_t sizes[] = {
		[WIRE_HELLO] = 48,   [WIRE_WELCOME] = 200, [WIRE_REGION] = 24,
		[WIRE_MAPPED] = 4,   [WIRE_READY] = 168,   [WIRE_OPEN] = 40,
		[WIRE_OPENED] = 180, [WIRE_CLOSE] = 8,     [WIRE_CLOSED] = 168,
		[WIRE_EVENT] = 172,
	};
	uint32_t i;

	(void)state;
	assert_int_equal(WIRE_VERSION, 1);
	for (i = 1; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		assert_int_equal(wire_size(i), sizes[i]);
		assert_true(wire_size(i) <= WIRE_MSG_MAX);
	}
	assert_int_equal(wire_size(i), 0);
	assert_int_equal(wire_size(WIRE_NONE), 0);
	assert_int_equal(wire_size(UINT32_MAX), 0);
}

/* No hidden bytes: what is sent is what was written, never what lay on the stack. */
static void
messages_have_no_holes(void **state)
{
	(void)state;
	assert_int_equal(sizeof(struct wire_hello), 4 * 4 + WIRE_NAME_MAX);
	assert_int_equal(sizeof(struct wire_welcome),
			 5 * 4 + sizeof(struct shm_shape) + WIRE_TEXT_MAX);
	assert_int_equal(sizeof(struct wire_region), 4 * 4 + 8);
	assert_int_equal(sizeof(struct wire_opened), 5 * 4 + WIRE_TEXT_MAX);
	assert_int_equal(sizeof(struct wire_event), 3 * 4 + WIRE_TEXT_MAX);
	assert_int_equal(sizeof(struct shm_shape), 5 * 4);
}

static void
types_are_numbered_from_one(void **state)
{
	uint32_t n = 0;

	(void)state;
#define X(NAME, name, who) assert_int_equal(WIRE_##NAME, ++n);
	WIRE_TABLE(X)
#undef X
	assert_int_equal(n, 10);
}

static void
descriptor_is_as_documented(void **state)
{
	(void)state;
	assert_int_equal(sizeof(struct mv_pkt), 16);
	assert_int_equal(offsetof(struct mv_pkt, buf), 0);
	assert_int_equal(offsetof(struct mv_pkt, off), 4);
	assert_int_equal(offsetof(struct mv_pkt, len), 6);
	assert_int_equal(offsetof(struct mv_pkt, nic), 8);
	assert_int_equal(offsetof(struct mv_pkt, flags), 10);
	assert_int_equal(offsetof(struct mv_pkt, tag), 12);
	assert_int_equal(offsetof(struct mv_pkt, phase), 14);
	assert_int_equal(SHM_OP_FREE, 1);
	assert_int_equal(SHM_OP_TX, 2);
	assert_int_equal(SHM_OP_CLAIM, 3);
}

/* One writer per line: whatever has another writer is on another line. */
static void
lines_are_not_shared(void **state)
{
	(void)state;
	assert_int_equal(sizeof(struct shm_platform), SHM_WORKERS_MAX * SHM_LINE);
	assert_int_equal(offsetof(struct shm_down, ops), SHM_LINE);
	assert_int_equal(offsetof(struct shm_down, lap),
			 (1 + SHM_WORKERS_MAX) * SHM_LINE);
	assert_int_equal(sizeof(struct shm_down),
			 (1 + SHM_WORKERS_MAX + SHM_OPENS_MAX * SHM_WORKERS_MAX) *
				 SHM_LINE);
	assert_int_equal(offsetof(struct shm_up, sleep), SHM_LINE);
	assert_int_equal(offsetof(struct shm_up, reader), 2 * SHM_LINE);
	assert_int_equal(sizeof(struct shm_up),
			 (2 + SHM_OPENS_MAX * SHM_WORKERS_MAX) * SHM_LINE);
	assert_int_equal(offsetof(struct shm_reader, ack), 8);
	assert_int_equal(offsetof(struct shm_lap, resume), 8);
}

/* For shapes of all sorts: rings are aligned, in a row, and inside the region. */
static void
rings_are_inside_their_regions(void **state)
{
	static const uint32_t slots[] = {RING_SLOTS_MIN, 1024, RING_SLOTS_MAX};
	uint32_t i, w;

	(void)state;
	for (i = 0; i < 9; i++) {
		struct shm_shape s = {.workers = i % 3 == 0   ? 1
						 : i % 3 == 1 ? 3
							      : 16,
				      .buf_shift = 11,
				      .op_slots = slots[i / 3],
				      .give_slots = slots[2 - i / 3],
				      .private_bufs = 512};
		size_t op = s.op_slots * 16u, give = s.give_slots * 16u;

		for (w = 0; w < s.workers; w++) {
			assert_int_equal(shm_ops_offset(&s, w) % SHM_LINE, 0);
			assert_int_equal(shm_give_offset(&s, w) % SHM_LINE, 0);
			assert_int_equal(shm_ops_offset(&s, w),
					 sizeof(struct shm_up) + w * op);
			assert_int_equal(shm_give_offset(&s, w),
					 sizeof(struct shm_down) + w * give);
		}
		assert_int_equal(shm_up_size(&s), shm_ops_offset(&s, s.workers));
		assert_int_equal(shm_down_size(&s), shm_give_offset(&s, s.workers));
		assert_int_equal(shm_private_size(&s), 512 << 11);
		assert_int_equal(shm_rings_size(&s, 64), s.workers * 1024u);
	}
}

static void
limits_fit_the_descriptor(void **state)
{
	(void)state;
	assert_true(SHM_WORKERS_MAX <= SHM_PRIVATE);
	assert_int_equal(RING_SLOTS_MIN & (RING_SLOTS_MIN - 1), 0);
	assert_int_equal(RING_SLOTS_MAX & (RING_SLOTS_MAX - 1), 0);
	assert_true(sizeof(MV_SOCKET) <= 108);
	assert_true(MV_BURST <= RING_SLOTS_MIN);
	assert_int_equal(WIRE_MAGIC, 0x504d564d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_are_those_of_this_version),
		cmocka_unit_test(messages_have_no_holes),
		cmocka_unit_test(types_are_numbered_from_one),
		cmocka_unit_test(descriptor_is_as_documented),
		cmocka_unit_test(lines_are_not_shared),
		cmocka_unit_test(rings_are_inside_their_regions),
		cmocka_unit_test(limits_fit_the_descriptor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
