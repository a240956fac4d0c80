/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tests of device rings: one descriptor for all bypass NFs, cursors, lapping and its
 * records, claims. Each ends with every buffer free.
 */
#include <string.h>

#include "dp_world.h"

#define MANY 1000

static struct mv_pkt pkts[MANY];

/* N bypass NFs that have joined. */
static void
readers_make(struct world_nf **n, uint32_t count)
{
	uint32_t i;

	for (i = 0; i < count; i++) {
		n[i] = world_attach(100, 0);
		world_open(n[i], MV_BYPASS, WORLD_SLOTS);
		assert_int_equal(mv_rx(n[i]->dev, pkts, MANY), 0); /* acknowledges */
	}
	world_settle();
	for (i = 0; i < count; i++) {
		assert_int_equal(mv_rx(n[i]->dev, pkts, MANY), 0); /* goes on */
		assert_false(n[i]->reader.lapped);
	}
}

/* Bursts arrive, and READER keeps up with them; how many it got. */
static uint32_t
bursts_read(struct world_nf *reader, uint32_t bursts)
{
	uint32_t i, got = 0;

	for (i = 0; i < bursts; i++) {
		world_arrive(0, BURST);
		world_settle();
		got += nf_receive(reader, pkts, MANY);
		mv_rx(reader->dev, pkts, 1); /* done with them */
	}
	return got;
}

static void
one_descriptor_for_all(void **state)
{
	struct world_nf *n[3];
	uint32_t i, k, first;

	(void)state;
	readers_make(n, 3);
	first = world.sequence;
	world_arrive(0, 20);
	world_settle();
	assert_int_equal(world.ring.head, 20);
	assert_int_equal(world_audit().by_holder[RING_HOLDER], 20);
	for (i = 0; i < 3; i++) {
		assert_int_equal(mv_rx(n[i]->dev, pkts, MANY), 20);
		for (k = 0; k < 20; k++) {
			assert_int_equal(nf_sequence(n[i], &pkts[k]), first + k);
			assert_int_equal(pkts[k].flags, MV_PKT_BORROWED);
		}
		assert_int_equal(mv_free(&n[i]->nf, pkts, 20), 20); /* nothing to do */
		world_settle();
		assert_int_equal(n[i]->dp.violations, 0);
		/* not before the last of them has passed */
		assert_int_equal(world_audit().free, WORLD_BUFS - 20);
		mv_rx(n[i]->dev, pkts, 1);
		world_settle();
	}
	assert_int_equal(world_audit().free, WORLD_BUFS);
}

/* ---- lapping --------------------------------------------------------------------- */

static void
slow_reader_is_lapped_alone(void **state)
{
	struct world_nf *n[2], *slow, *fast;
	struct mv_pkt kept[10];
	uint32_t first, i, total = 20 * BURST;
	struct dp_audit a;

	(void)state;
	readers_make(n, 2);
	slow = n[0];
	fast = n[1];
	first = world.sequence;
	world_arrive(0, BURST);
	world_settle();
	assert_int_equal(mv_rx(slow->dev, kept, 10), 10);
	assert_int_equal(bursts_read(fast, 19), total);
	assert_true(slow->reader.lapped);
	assert_false(fast->reader.lapped);
	assert_int_equal(fast->reader.lost + fast->nf.stats.lost, 0);
	/* what it was given is as it was, though the pool went round meanwhile */
	for (i = 0; i < 10; i++)
		assert_int_equal(nf_sequence(slow, &kept[i]), first + i);
	a = world_audit();
	assert_true(a.refs[RING_HOLDER] >= 10 && a.refs[RING_HOLDER] <= 2 * WORLD_SLOTS);

	assert_int_equal(mv_rx(slow->dev, pkts, MANY), 0); /* acknowledges */
	world_settle();
	assert_false(slow->reader.lapped);
	assert_int_equal(world_audit().free, WORLD_BUFS); /* the record has let go */
	assert_int_equal(mv_rx(slow->dev, pkts, MANY), 0);
	assert_int_equal(slow->nf.stats.lost, total - 10);
	assert_int_equal(slow->reader.lost, total - 10);
	assert_int_equal(slow->reader.read, 10);

	first = world.sequence;
	world_arrive(0, 3);
	world_settle();
	assert_int_equal(mv_rx(slow->dev, pkts, MANY), 3);
	assert_int_equal(nf_sequence(slow, pkts), first);
	assert_int_equal(slow->dp.violations + fast->dp.violations, 0);
}

/* Many times over: what is received and what is lost is what there was. */
static void
losses_are_exact(void **state)
{
	struct world_nf *n[2];
	uint32_t i, got = 0, total = 0;

	(void)state;
	readers_make(n, 2);
	for (i = 0; i < 200; i++) {
		bursts_read(n[1], i % 7);
		total += (i % 7) * BURST;
		got += (uint32_t)mv_rx(n[0]->dev, pkts, 1 + (int)(i % 50));
	}
	do {
		world_settle();
		i = nf_receive(n[0], pkts, MANY);
		got += i;
		mv_rx(n[0]->dev, pkts, 0);
	} while (i > 0 || n[0]->reader.lapped);
	world_settle();
	nf_receive(n[0], pkts, 0);
	mv_rx(n[0]->dev, pkts, 1);
	world_settle();
	assert_true(n[0]->nf.stats.lost > 0);
	assert_int_equal(got + n[0]->nf.stats.lost, total);
	assert_int_equal(n[0]->reader.lost, n[0]->nf.stats.lost);
	assert_int_equal(n[0]->reader.read, got);
	assert_int_equal(n[1]->nf.stats.lost, 0);
	assert_int_equal(world_audit().free, WORLD_BUFS);
}

/* The smallest ring there can be, whole bursts of the NIC, and a reader BEHIND them. */
static void
bursts_and_a_reader_behind(uint32_t behind)
{
	struct world_nf *n = &world.nfs[0];
	uint32_t i, read = 0;

	for (i = 0; i < 50; i++) {
		world_arrive(0, DP_BURST);
		world_settle();
		assert_true(world.ring.head - world.ring.tail <= WORLD_SLOTS);
		read += (uint32_t)mv_rx(n->dev, pkts, WORLD_SLOTS - (int)behind);
		atomic_store(&n->up->reader[0][0].pos, n->dev->ring[0].pos);
	}
	do {
		world_settle();
		i = nf_receive(n, pkts, MANY);
		read += i;
	} while (i > 0 || n->reader.lapped);
	world_settle();
	read += nf_receive(n, pkts, MANY);
	world_settle();
	assert_int_equal(read + n->nf.stats.lost, 50 * DP_BURST);
	assert_int_equal(n->reader.lost, n->nf.stats.lost);
	assert_int_equal(world_audit().free, WORLD_BUFS);
	n->nf.stats.lost = n->reader.lost = 0;
}

static void
bursts_as_large_as_the_ring(void **state)
{
	struct world_nf *n[1];
	uint32_t behind;

	(void)state;
	readers_make(n, 1);
	for (behind = 0; behind <= WORLD_SLOTS; behind += 8)
		bursts_and_a_reader_behind(behind);
}

/* Lapped at once, two readers share a record; the second acknowledgement frees it. */
static void
a_record_for_two(void **state)
{
	struct world_nf *n[3];

	(void)state;
	readers_make(n, 3);
	bursts_read(n[2], 3);
	assert_true(n[0]->reader.lapped && n[1]->reader.lapped);
	assert_non_null(n[0]->reader.lap);
	assert_ptr_equal(n[0]->reader.lap, n[1]->reader.lap);
	mv_rx(n[0]->dev, pkts, 1);
	world_settle();
	assert_false(n[0]->reader.lapped);
	assert_true(world_audit().free < WORLD_BUFS);
	mv_rx(n[1]->dev, pkts, 1);
	world_settle();
	assert_int_equal(world_audit().free, WORLD_BUFS);
}

static void
leaving_lets_go(void **state)
{
	struct world_nf *n[3];

	(void)state;
	readers_make(n, 3);
	bursts_read(n[2], 3);
	assert_true(n[0]->reader.lapped);
	world_kill(n[0]); /* lapped, shares a record */
	assert_true(world_audit().free < WORLD_BUFS);
	world_close(n[1]); /* the record's last */
	world_settle();
	assert_int_equal(world_audit().free, WORLD_BUFS);
	assert_int_equal(bursts_read(n[2], 10), 10 * BURST);
	world_arrive(0, 9);
	world_settle();
	world_close(n[2]); /* what is in the ring goes with the last reader */
	assert_int_equal(world_audit().free, WORLD_BUFS);
}

static void
a_handle_is_used_again(void **state)
{
	struct world_nf *n[2];
	int round;

	(void)state;
	readers_make(n, 2);
	for (round = 0; round < 5; round++) {
		bursts_read(n[1], 2);
		world_close(n[0]);
		world_open(n[0], MV_BYPASS, WORLD_SLOTS);
		world_arrive(0, 5); /* before it has joined: not for it, and not lost */
		world_settle();
		assert_int_equal(nf_receive(n[0], pkts, MANY), 0);
		world_settle();
		world_arrive(0, 4);
		world_settle();
		assert_int_equal(nf_receive(n[0], pkts, MANY), 4);
		nf_receive(n[1], pkts, MANY);
		mv_rx(n[1]->dev, pkts, 1);
		assert_int_equal(n[0]->nf.stats.lost, 0);
	}
}

/* ---- claims ---------------------------------------------------------------------- */

static void
claimed_packets_stay(void **state)
{
	struct world_nf *n[2];
	struct mv_pkt kept[4];
	uint32_t first, i;

	(void)state;
	readers_make(n, 2);
	first = world.sequence;
	world_arrive(0, 10);
	world_settle();
	assert_int_equal(mv_rx(n[0]->dev, kept, 4), 4);
	assert_int_equal(mv_claim(n[0]->dev, kept, 3), 3);
	assert_false(kept[2].flags & MV_PKT_BORROWED);
	assert_int_equal(mv_tx(n[0]->dev, kept + 3, 1), 1); /* claims by itself */
	nf_receive(n[0], pkts, MANY);
	mv_rx(n[0]->dev, pkts, 1);
	nf_receive(n[1], pkts, MANY);
	mv_rx(n[1]->dev, pkts, 1);
	world_settle();
	assert_int_equal(bursts_read(n[1], 10) + bursts_read(n[0], 0), 10 * BURST);
	assert_int_equal(n[0]->dp.claimed, 4);
	assert_int_equal(n[0]->dp.held, 3);
	for (i = 0; i < 3; i++)
		assert_int_equal(nf_sequence(n[0], &kept[i]), first + i);
	assert_int_equal(mv_tx(n[0]->dev, kept, 2), 2);
	assert_int_equal(mv_free(&n[0]->nf, kept + 2, 1), 1);
	world_settle();
	assert_int_equal(world_sent(1), 3);
	assert_int_equal(n[0]->dp.violations, 0);
}

/* The op ring is read before a cursor is honoured, though the cursor is seen first. */
static void
claims_come_before_the_cursor(void **state)
{
	struct world_nf *n[1];
	struct mv_pkt kept[8];

	(void)state;
	readers_make(n, 1);
	world_arrive(0, 8);
	world_settle();
	assert_int_equal(mv_rx(n[0]->dev, kept, 8), 8);
	assert_int_equal(mv_claim(n[0]->dev, kept, 8), 8);
	mv_rx(n[0]->dev, pkts, 1); /* the cursor passes them */
	share_release(&world.worker, &world.device_plan);
	assert_int_equal(n[0]->dp.claimed, 8);
	assert_int_equal(n[0]->dp.violations, 0);
	assert_int_equal(mv_free(&n[0]->nf, kept, 8), 8);
}

/* The same when the reader is lapped and its acknowledgement takes the cursor's place. */
static void
claims_come_before_the_acknowledgement(void **state)
{
	struct world_nf *n[2];
	struct mv_pkt kept[8];

	(void)state;
	readers_make(n, 2);
	world_arrive(0, 8);
	world_settle();
	assert_int_equal(mv_rx(n[0]->dev, kept, 8), 8);
	bursts_read(n[1], 4);
	assert_true(n[0]->reader.lapped);
	assert_int_equal(mv_claim(n[0]->dev, kept, 8), 8);
	mv_rx(n[0]->dev, pkts, 1); /* acknowledges */
	share_release(&world.worker, &world.device_plan);
	assert_int_equal(n[0]->dp.claimed, 8);
	assert_int_equal(n[0]->dp.violations, 0);
	assert_int_equal(mv_free(&n[0]->nf, kept, 8), 8);
	world_settle();
	assert_int_equal(n[0]->dp.violations, 0);
}

static void
claims_over_quota_are_refused_whole(void **state)
{
	struct world_nf *n[1];
	struct mv_pkt kept[8];

	(void)state;
	readers_make(n, 1);
	n[0]->dp.quota = 5;
	world_arrive(0, 8);
	world_settle();
	assert_int_equal(mv_rx(n[0]->dev, kept, 8), 8);
	assert_int_equal(mv_tx(n[0]->dev, kept, 8), 8);
	world_settle();
	/* each claim is followed by its send: never more than one is held */
	assert_int_equal(n[0]->dp.drops[DP_DROP_NF_QUOTA], 0);
	world_arrive(0, 8);
	world_settle();
	assert_int_equal(mv_rx(n[0]->dev, kept, 8), 8);
	assert_int_equal(mv_claim(n[0]->dev, kept, 8), 8);
	assert_int_equal(mv_tx(n[0]->dev, kept, 8), 8);
	world_settle();
	assert_int_equal(n[0]->dp.drops[DP_DROP_NF_QUOTA], 3);
	assert_int_equal(n[0]->dp.violations,
			 0); /* the sends of the three are no crime */
	assert_int_equal(n[0]->dp.held, 0);
	assert_int_equal(world_sent(1), 8 + 5);
}

static void
only_what_is_in_the_ring_can_be_claimed(void **state)
{
	struct world_nf *n[1];
	uint32_t i;

	(void)state;
	readers_make(n, 1);
	world_arrive(0, 2);
	world_settle();
	assert_int_equal(mv_rx(n[0]->dev, pkts, 2), 2);
	for (i = 0; i < WORLD_BUFS; i++)
		nf_forge(n[0], (struct mv_pkt){.buf = i}, SHM_OP_CLAIM, 0);
	world_settle();
	assert_int_equal(n[0]->dp.claimed, 2);
	assert_int_equal(n[0]->dp.held, 2);
	assert_int_equal(n[0]->dp.violations, WORLD_BUFS - 2);
}

static void
forged_cursors_free_nothing(void **state)
{
	struct world_nf *n[2];
	const uint64_t forged[] = {11, 1000, UINT64_MAX / 2, UINT64_MAX};
	uint32_t i;

	(void)state;
	readers_make(n, 2);
	world_arrive(0, 10);
	world_settle();
	nf_receive(n[1], pkts, MANY);
	mv_rx(n[1]->dev, pkts, 1);
	for (i = 0; i < 4; i++) {
		atomic_store(&n[0]->up->reader[0][0].pos, forged[i]);
		share_release(&world.worker, &world.device_plan);
		assert_int_equal(world_audit().by_holder[RING_HOLDER], 10);
	}
	assert_true(n[0]->dp.violations > 0);
	/* back again is not accepted either: 6 of 10 */
	atomic_store(&n[0]->up->reader[0][0].pos, 6);
	world_settle();
	atomic_store(&n[0]->up->reader[0][0].pos, 2);
	world_settle();
	assert_int_equal(world_audit().by_holder[RING_HOLDER], 4);
	/* acknowledging what was not asked for */
	atomic_store(&n[0]->up->reader[0][0].ack, 77);
	world_settle();
	assert_int_equal(world_audit().by_holder[RING_HOLDER], 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
		TEST(one_descriptor_for_all),
		TEST(slow_reader_is_lapped_alone),
		TEST(losses_are_exact),
		TEST(bursts_as_large_as_the_ring),
		TEST(a_record_for_two),
		TEST(leaving_lets_go),
		TEST(a_handle_is_used_again),
		TEST(claimed_packets_stay),
		TEST(claims_come_before_the_cursor),
		TEST(claims_come_before_the_acknowledgement),
		TEST(claims_over_quota_are_refused_whole),
		TEST(only_what_is_in_the_ring_can_be_claimed),
		TEST(forged_cursors_free_nothing),
	};

	return cmocka_run_group_tests(tests, world_start, world_stop);
}
