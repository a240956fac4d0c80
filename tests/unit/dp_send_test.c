/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tests of the hot path's way out: packets of an NF's own memory, packets sent by
 * reference while others hold them, full NICs, the pool and its free list, calls, and
 * waking whoever sleeps.
 */
#include <string.h>
#include <unistd.h>

#include "dp_world.h"

#define MANY 640

static struct mv_pkt pkts[MANY];

/* ---- private memory -------------------------------------------------------------- */

static void
private_packets_come_back(void **state)
{
	struct world_nf *n = world_attach(100, 8);
	struct rte_mbuf *out[8];
	int i, round;

	(void)state;
	world_open(n, MV_INLINE, WORLD_SLOTS);
	for (round = 0; round < 50; round++) {
		assert_int_equal(mv_alloc(&n->nf, pkts, 20), 8);
		for (i = 0; i < 8; i++) {
			assert_int_equal(pkts[i].nic, MV_NIC_NONE);
			assert_int_equal(mv_room(&n->nf, &pkts[i]),
					 WORLD_SIZE - SHM_HEADROOM);
			memset(mv_wdata(&n->nf, &pkts[i]), i + round, 60);
			pkts[i].len = 60;
		}
		assert_int_equal(mv_tx(n->dev, pkts, 8), 8);
		world_settle();
		assert_int_equal(mv_alloc(&n->nf, pkts, 1), 0); /* the NIC has them */
		assert_int_equal(n->dp.wrapped - atomic_load(&n->dp.unwrapped), 8);
		assert_int_equal(world_take(1, out, 8), 8);
		for (i = 0; i < 8; i++) {
			assert_int_equal(out[i]->pkt_len, 60);
			assert_int_equal(*rte_pktmbuf_mtod(out[i], uint8_t *), i + round);
		}
		rte_pktmbuf_free_bulk(out, 8);
		assert_int_equal(n->dp.wrapped, atomic_load(&n->dp.unwrapped));
	}
	assert_int_equal(n->dp.violations, 0);
	assert_int_equal(n->dp.held, 0);
}

static void
private_packets_that_cannot_go_come_back_too(void **state)
{
	struct world_nf *n = world_attach(100, 4);

	(void)state;
	world_open(n, MV_INLINE, WORLD_SLOTS);
	world.egress[WORLD_NONE] = DP_NIC_NONE;
	assert_int_equal(mv_alloc(&n->nf, pkts, 4), 4);
	pkts[0].len = 60;            /* no way out */
	pkts[1].len = WORLD_MTU + 1; /* too long */
	pkts[1].nic = 0;
	pkts[2].len = 5; /* no Ethernet header */
	pkts[2].nic = 0;
	assert_int_equal(mv_tx(n->dev, pkts, 3), 3);
	assert_int_equal(mv_free(&n->nf, pkts + 3, 1), 1); /* without asking anybody */
	world_settle();
	assert_int_equal(n->dp.drops[DP_DROP_NO_EGRESS], 1);
	assert_int_equal(n->dp.drops[DP_DROP_TOO_LONG], 1);
	assert_int_equal(n->dp.violations, 1);
	assert_int_equal(mv_alloc(&n->nf, pkts, 20), 4);
	assert_int_equal(world_sent(0) + world_sent(1), 0);
}

static void
only_private_memory_is_for_writing(void **state)
{
	struct world_nf *n = world_attach(100, 4);

	(void)state;
	world_open(n, MV_INLINE, WORLD_SLOTS);
	world_arrive(0, 1);
	world_settle();
	assert_int_equal(nf_receive(n, pkts, 1), 1);
	assert_null(mv_wdata(&n->nf, pkts));
	assert_int_equal(mv_alloc(&n->nf, pkts + 1, 1), 1);
	assert_non_null(mv_wdata(&n->nf, pkts + 1));
	pkts[1].buf = 0xff000004u; /* one behind the last */
	assert_null(mv_wdata(&n->nf, pkts + 1));
}

/* The NF is gone while a NIC has its memory: it counts as out until the NIC is done. */
static void
private_packet_outlives_its_nf(void **state)
{
	struct world_nf *n = world_attach(100, 2);

	(void)state;
	world_open(n, MV_INLINE, WORLD_SLOTS);
	mv_alloc(&n->nf, pkts, 1);
	pkts[0].len = 60;
	mv_tx(n->dev, pkts, 1);
	world_settle();
	world_kill(n);
	assert_int_equal(n->dp.wrapped - atomic_load(&n->dp.unwrapped), 1);
	dp_self = SHM_WORKERS_MAX; /* by any thread */
	assert_int_equal(world_sent(1), 1);
	dp_self = 0;
	assert_int_equal(n->dp.wrapped, atomic_load(&n->dp.unwrapped));
}

/* ---- by reference ---------------------------------------------------------------- */

/* An inline NF sends what a bypass NF is still reading: whoever is done last frees. */
static void
sent_while_read(void **state)
{
	struct world_nf *in = world_attach(100, 0), *by = world_attach(100, 0);
	struct rte_mbuf *out;
	int nic_first;

	(void)state;
	world_open(in, MV_INLINE, WORLD_SLOTS);
	world_open(by, MV_BYPASS, WORLD_SLOTS);
	assert_int_equal(mv_rx(by->dev, pkts, 1), 0);
	world_settle(); /* it has joined */
	for (nic_first = 0; nic_first < 2; nic_first++) {
		world_arrive(0, 1);
		world_settle();
		assert_int_equal(nf_receive(in, pkts, 1), 1);
		assert_int_equal(mv_tx(in->dev, pkts, 1), 1);
		world_settle();
		assert_int_equal(mv_rx(by->dev, pkts, 1), 1);
		assert_true(pkts[0].flags & MV_PKT_BORROWED);
		assert_int_equal(world_take(1, &out, 1), 1);
		assert_ptr_equal(rte_pktmbuf_mtod(out, const uint8_t *),
				 mv_data(&by->nf, pkts));
		if (nic_first)
			rte_pktmbuf_free(out);
		else
			mv_rx(by->dev, pkts, 1);
		world_settle();
		assert_int_equal(world_audit().free, WORLD_BUFS - 1);
		if (nic_first)
			mv_rx(by->dev, pkts, 1);
		else
			rte_pktmbuf_free(out);
		world_settle();
		assert_int_equal(world_audit().free, WORLD_BUFS);
	}
}

static void
no_wrap_is_a_drop(void **state)
{
	struct world_nf *a = world_attach(100, 0), *b = world_attach(100, 0);
	struct rte_mbuf *all[WORLD_BUFS];
	uint32_t n = 0;

	(void)state;
	world_open(a, MV_INLINE, WORLD_SLOTS);
	world_open(b, MV_INLINE, WORLD_SLOTS);
	while (n < WORLD_BUFS && (all[n] = rte_pktmbuf_alloc(world.pool.wraps)))
		n++;
	world_arrive(0, 5);
	world_settle();
	assert_int_equal(nf_receive(a, pkts, 5), 5);
	assert_int_equal(mv_tx(a->dev, pkts, 5), 5);
	world_settle();
	assert_int_equal(a->dp.drops[DP_DROP_NO_WRAP], 5);
	assert_int_equal(a->dp.held, 0);
	rte_pktmbuf_free_bulk(all, n);
	assert_int_equal(nf_drain(b), 5);
	world_settle();
	assert_int_equal(world_audit().free, WORLD_BUFS);
}

static void
full_nic_keeps_some_and_drops_the_rest(void **state)
{
	struct world_nf *n = world_attach(MANY, 0);
	uint32_t i, got = 0, wire = WORLD_WIRE - 1;

	(void)state;
	world_open(n, MV_INLINE, WORLD_SLOTS);
	for (i = 0; i < MANY / BURST; i++) {
		world_arrive(0, BURST);
		world_settle();
		got = nf_receive(n, pkts, MANY);
		mv_tx(n->dev, pkts, (int)got);
	}
	world_settle();
	assert_int_equal(world.txq[1].n, DP_STAGE);
	assert_int_equal(world.nic[1].drops[DP_DROP_NIC_FULL], MANY - wire - DP_STAGE);
	assert_int_equal(world_audit().nic, wire + DP_STAGE);
	assert_int_equal(world_sent(1), wire + DP_STAGE);
	assert_int_equal(world.nic[1].tx.packets, wire + DP_STAGE);
	assert_int_equal(n->dp.tx.packets,
			 world.nic[1].tx.packets + world.nic[1].drops[DP_DROP_NIC_FULL]);
}

/* ---- the pool -------------------------------------------------------------------- */

static void
freed_twice_is_noticed(void **state)
{
	struct dp_call flush = {.what = DP_CALL_FLUSH};
	struct rte_mbuf *m = rte_pktmbuf_alloc(world.pool.mempool);

	(void)state;
	assert_non_null(m);
	rte_mempool_put(world.pool.mempool, m);
	rte_mempool_put(world.pool.mempool, m);
	dp_call_serve(&world.worker, &flush);
	assert_int_equal(world.pool.bad_frees, 1);
	assert_int_equal(world.pool.store->n, WORLD_BUFS);
	/* and so is a NIC that gives back what an NF holds */
	world.pool.ledger[pool_index(&world.pool, m)].holders = NF_HOLDER;
	world.pool.store->n--;
	rte_mempool_ops_enqueue_bulk(world.pool.mempool, (void *const *)&m, 1);
	assert_int_equal(world.pool.bad_frees, 2);
	pool_unwrap(&world.pool, pool_index(&world.pool, m));
	assert_int_equal(world.pool.bad_frees, 3);
	world.pool.ledger[pool_index(&world.pool, m)].holders = LEDGER_FREE;
	world.pool.store->n++;
	world.pool.bad_frees = 0;
}

static void
pool_can_be_emptied(void **state)
{
	struct rte_mbuf *all[WORLD_BUFS + 1];
	uint32_t i;

	(void)state;
	for (i = 0; i < WORLD_BUFS; i++) {
		all[i] = rte_pktmbuf_alloc(world.pool.mempool);
		assert_non_null(all[i]);
	}
	assert_null(rte_pktmbuf_alloc(world.pool.mempool));
	assert_int_equal(world_audit().nic, WORLD_BUFS);
	rte_pktmbuf_free_bulk(all, WORLD_BUFS);
	assert_int_equal(world_audit().free, WORLD_BUFS);
}

/* While the worker runs, another thread's frees wait in a ring for the owner. */
static void
other_threads_leave_it_to_the_owner(void **state)
{
	struct dp_call flush = {.what = DP_CALL_FLUSH};
	struct rte_mbuf *m[40];

	(void)state;
	assert_int_equal(rte_pktmbuf_alloc_bulk(world.pool.mempool, m, 40), 0);
	dp_call_serve(&world.worker, &flush);
	atomic_store(&world.worker.running, 1);
	dp_self = SHM_WORKERS_MAX;
	rte_mempool_ops_enqueue_bulk(world.pool.mempool, (void *const *)m, 40);
	assert_int_equal(world.pool.store->n, WORLD_BUFS - 40);
	dp_self = 0;
	pool_collect(&world.pool);
	pool_collect(&world.pool);
	assert_int_equal(world.pool.store->n, WORLD_BUFS);
	atomic_store(&world.worker.running, 0);
}

/* ---- calls, waking --------------------------------------------------------------- */

static void
plans_are_swapped(void **state)
{
	struct plan next = world.plan;
	struct dp_call call = {.what = DP_CALL_PLAN, .plan = &next};

	(void)state;
	dp_call_serve(&world.worker, &call);
	assert_ptr_equal(world.worker.plan, &next);
	assert_ptr_equal(call.plan, &world.plan);
	assert_int_equal(atomic_load(&call.done), 1);
	dp_call_serve(&world.worker, &call);
	assert_ptr_equal(world.worker.plan, &world.plan);
}

static void
a_sleeper_is_woken_once(void **state)
{
	struct world_nf *n = world_attach(100, 0);
	char buf[16];
	int i;

	(void)state;
	world_open(n, MV_INLINE, WORLD_SLOTS);
	for (i = 0; i < 3; i++) {
		world_arrive(0, 1);
		world_settle();
		assert_int_equal(read(n->wake[0], buf, sizeof(buf)), -1); /* awake */
		atomic_store(&n->up->sleep.asleep, 2u * (uint32_t)i + 1);
		world_arrive(0, 1);
		world_settle();
		world_arrive(0, 1);
		world_settle();
		assert_int_equal(read(n->wake[0], buf, sizeof(buf)), 8);
		atomic_store(&n->up->sleep.asleep, 2u * (uint32_t)i + 2);
	}
	nf_drain(n);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
		TEST(private_packets_come_back),
		TEST(private_packets_that_cannot_go_come_back_too),
		TEST(only_private_memory_is_for_writing),
		TEST(private_packet_outlives_its_nf),
		TEST(sent_while_read),
		TEST(no_wrap_is_a_drop),
		TEST(full_nic_keeps_some_and_drops_the_rest),
		TEST(freed_twice_is_noticed),
		TEST(pool_can_be_emptied),
		TEST(other_threads_leave_it_to_the_owner),
		TEST(plans_are_swapped),
		TEST(a_sleeper_is_woken_once),
	};

	return cmocka_run_group_tests(tests, world_start, world_stop);
}
