/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tests of the hot path: delivery to inline NFs, what NFs may ask for and what not,
 * sending, private memory, the death of an NF. Each ends with every buffer free.
 */
#include "dp_world.h"

#define MANY 600

static struct mv_pkt pkts[MANY];

static void
inline_nf_forwards(void **state)
{
	struct world_nf *n = world_attach(100, 0);
	uint32_t i, first = world.sequence;
	struct rte_mbuf *out[WORLD_SLOTS];

	(void)state;
	world_open(n, MV_INLINE, WORLD_SLOTS);
	world_arrive(0, BURST);
	world_round();
	assert_int_equal(mv_rx(n->dev, pkts, MANY), BURST);
	for (i = 0; i < BURST; i++) {
		assert_int_equal(pkts[i].nic, 0);
		assert_int_equal(pkts[i].len, 60);
		assert_int_equal(pkts[i].flags, 0);
		assert_int_equal(nf_sequence(n, &pkts[i]), first + i);
	}
	assert_int_equal(n->dp.held, BURST);
	assert_int_equal(world_audit().by_holder[n->dp.holder], BURST);
	assert_int_equal(mv_tx(n->dev, pkts, BURST), BURST);
	world_settle();
	assert_int_equal(n->dp.held, 0);
	assert_int_equal(world_audit().nic, BURST);
	assert_int_equal(world_take(0, out, BURST), 0);
	assert_int_equal(world_take(1, out, BURST), BURST);
	for (i = 0; i < BURST; i++) /* it lies where it lay: nothing was copied */
		assert_ptr_equal(rte_pktmbuf_mtod(out[i], uint8_t *),
				 mv_data(&n->nf, &pkts[i]));
	rte_pktmbuf_free_bulk(out, BURST);
	assert_int_equal(world.nic[1].tx.packets, BURST);
	assert_int_equal(world.device.tx.bytes, BURST * 60);
}

static void
offset_and_length_are_the_nfs(void **state)
{
	struct world_nf *n = world_attach(100, 0);
	struct rte_mbuf *out;

	(void)state;
	world_open(n, MV_INLINE, WORLD_SLOTS);
	world_arrive(1, 1);
	world_round();
	assert_int_equal(nf_receive(n, pkts, 1), 1);
	pkts[0].off += 10;
	pkts[0].len -= 20;
	mv_tx(n->dev, pkts, 1);
	world_settle();
	assert_int_equal(world_take(0, &out, 1), 1);
	assert_int_equal(out->pkt_len, 40);
	assert_ptr_equal(rte_pktmbuf_mtod(out, uint8_t *), mv_data(&n->nf, pkts));
	rte_pktmbuf_free(out);
}

static void
quota_bounds_what_an_nf_holds(void **state)
{
	struct world_nf *n = world_attach(10, 0), *other = world_attach(100, 0);

	(void)state;
	world_open(n, MV_INLINE, WORLD_SLOTS);
	world_open(other, MV_INLINE, WORLD_SLOTS);
	world_arrive(0, BURST);
	world_settle();
	assert_int_equal(nf_receive(n, pkts, MANY), 10);
	assert_int_equal(n->dp.drops[DP_DROP_NF_QUOTA], BURST - 10);
	assert_int_equal(nf_drain(other), BURST);
	mv_free(&n->nf, pkts, 3);
	world_settle();
	world_arrive(0, BURST);
	world_settle();
	/* the three that it gave back, no more */
	assert_int_equal(nf_receive(n, pkts, MANY), 3);
	assert_int_equal(other->dp.drops[DP_DROP_NF_QUOTA], 0);
}

static void
full_ring_drops_for_that_nf_alone(void **state)
{
	struct world_nf *slow = world_attach(500, 0), *fast = world_attach(500, 0);
	uint32_t i, got = 0;

	(void)state;
	world_open(slow, MV_INLINE, WORLD_SLOTS);
	world_open(fast, MV_INLINE, WORLD_SLOTS);
	for (i = 0; i < 5; i++) {
		world_arrive(0, BURST);
		world_settle();
		got += nf_drain(fast);
	}
	assert_int_equal(got, 5 * BURST);
	assert_int_equal(slow->dp.drops[DP_DROP_NF_RING], 5 * BURST - WORLD_SLOTS);
	assert_int_equal(slow->instance.dropped, 5 * BURST - WORLD_SLOTS);
	assert_int_equal(fast->dp.drops[DP_DROP_NF_RING], 0);
	assert_int_equal(nf_drain(slow), WORLD_SLOTS);
	/* in = out + drops, for each of them */
	assert_int_equal(slow->dp.rx.packets + slow->dp.drops[DP_DROP_NF_RING],
			 world.device.rx.packets);
	assert_int_equal(fast->dp.rx.packets, world.device.rx.packets);
}

static void
nobody_listens(void **state)
{
	(void)state;
	world_arrive(0, 7);
	world_settle();
	assert_int_equal(world.device.drops[DP_DROP_NO_NF], 7);
	world.rx[0].n_devices = 0;
	world_arrive(0, 5);
	world_settle();
	assert_int_equal(world.nic[0].drops[DP_DROP_NO_DEVICE], 5);
	assert_int_equal(world.nic[0].rx.packets, 12);
	assert_int_equal(world_audit().free, WORLD_BUFS);
}

/* ---- what is not believed -------------------------------------------------------- */

/* Two NFs, each with one packet that the other does not hold. */
static void
one_packet_each(struct world_nf *a, struct mv_pkt *pa, struct world_nf *b,
		struct mv_pkt *pb)
{
	world_open(a, MV_INLINE, WORLD_SLOTS);
	world_open(b, MV_INLINE, WORLD_SLOTS);
	world_arrive(0, 2);
	world_settle();
	assert_int_equal(nf_receive(a, pkts, 2), 2);
	assert_int_equal(nf_receive(b, pkts, 2), 2);
	*pa = pkts[0];
	*pb = pkts[1];
	mv_free(&a->nf, pb, 1);
	mv_free(&b->nf, pa, 1);
	world_settle();
}

static void
forged_ops_change_nothing(void **state)
{
	struct world_nf *n = world_attach(100, 4), *victim = world_attach(100, 0);
	struct dp_audit before, after;
	struct mv_pkt own, theirs, elsewhere;
	uint32_t k;

	(void)state;
	one_packet_each(n, &own, victim, &theirs);
	elsewhere = own;
	elsewhere.buf |= 1u << 24; /* the same place at another worker */
	before = world_audit();

	const struct {
		struct mv_pkt op;
		uint16_t what, tag;
	} forged[] = {
		{theirs, SHM_OP_FREE, 0},
		{theirs, SHM_OP_TX, 0},
		{theirs, SHM_OP_CLAIM, 0}, /* it has no bypass device */
		{own, SHM_OP_CLAIM, 0},
		{own, SHM_OP_CLAIM, SHM_OPENS_MAX},
		{own, SHM_OP_CLAIM, 0xffff},
		{own, 0, 0},
		{own, 99, 0},
		{{.buf = WORLD_BUFS}, SHM_OP_FREE, 0},
		{{.buf = 0xffffff}, SHM_OP_FREE, 0},
		{elsewhere, SHM_OP_FREE, 0},
		{elsewhere, SHM_OP_TX, 0},
		{{.buf = 0xfeu << 24}, SHM_OP_TX, 0}, /* nobody's */
		{{.buf = 0xff000004u}, SHM_OP_TX, 0}, /* beyond its private memory */
		{{.buf = 0xffffffffu}, SHM_OP_FREE, 0},
		{{.buf = 0xff000000u}, SHM_OP_CLAIM, 0},
	};
	for (k = 0; k < sizeof(forged) / sizeof(forged[0]); k++) {
		nf_forge(n, forged[k].op, forged[k].what, forged[k].tag);
		world_settle();
		assert_int_equal(n->dp.violations, k + 1);
	}
	after = world_audit();
	assert_memory_equal(&before, &after, sizeof(after));
	assert_int_equal(world_sent(0) + world_sent(1), 0);
	assert_int_equal(victim->dp.violations, 0);
	mv_free(&victim->nf, &theirs, 1);
	mv_free(&n->nf, &own, 1);
	world_settle();
	assert_int_equal(n->dp.violations, k);
	assert_int_equal(n->dp.held + victim->dp.held, 0);
}

/* Whatever lies behind the ledger's end, no op gets to it. */
static void
indexes_end_with_the_pool(void **state)
{
	struct world_nf *n = world_attach(100, 0);
	struct mv_pkt p;

	(void)state;
	world_open(n, MV_INLINE, WORLD_SLOTS);
	world_arrive(0, 1);
	world_settle();
	assert_int_equal(nf_receive(n, &p, 1), 1);
	world.pool.n = p.buf; /* just too small for it */
	nf_forge(n, p, SHM_OP_TX, 0);
	nf_forge(n, p, SHM_OP_FREE, 0);
	world_settle();
	world.pool.n = WORLD_BUFS;
	assert_int_equal(n->dp.violations, 2);
	assert_int_equal(n->dp.held, 1);
	assert_int_equal(world_sent(1), 0);
}

/* Sends that are the NF's right but cannot be: the packet is freed, and counted. */
static void
impossible_sends_free_the_packet(void **state)
{
	struct world_nf *n = world_attach(100, 0);
	struct mv_pkt p[6];

	(void)state;
	world_open(n, MV_INLINE, WORLD_SLOTS);
	world_arrive(0, 6);
	world_settle();
	assert_int_equal(nf_receive(n, p, 6), 6);
	p[0].len = 13;
	p[1].off = WORLD_SIZE - 20;
	p[1].len = 21;
	p[2].off = 65535;
	p[2].len = 65535;
	p[3].len = WORLD_MTU + 1;
	world.egress[1] = DP_NIC_NONE;
	p[4].nic = 1;
	nf_forge(n, p[5], SHM_OP_TX, 9); /* a device it does not have */
	assert_int_equal(mv_tx(n->dev, p, 5), 5);
	world_settle();
	assert_int_equal(n->dp.violations, 3);
	assert_int_equal(n->dp.drops[DP_DROP_TOO_LONG], 1);
	assert_int_equal(n->dp.drops[DP_DROP_NO_EGRESS], 2);
	assert_int_equal(n->dp.tx.packets, 0);
	assert_int_equal(n->dp.held, 0);
	assert_int_equal(world_audit().free, WORLD_BUFS);
}

static void
a_packet_is_given_back_once(void **state)
{
	struct world_nf *n = world_attach(100, 0);

	(void)state;
	world_open(n, MV_INLINE, WORLD_SLOTS);
	world_arrive(0, 1);
	world_settle();
	nf_receive(n, pkts, 1);
	mv_tx(n->dev, pkts, 1);
	mv_tx(n->dev, pkts, 1);
	mv_free(&n->nf, pkts, 1);
	mv_free(&n->nf, pkts, 1);
	world_settle();
	assert_int_equal(n->dp.violations, 3);
	assert_int_equal(n->dp.held, 0);
	assert_int_equal(world_sent(1), 1);
}

/* An op ring in which every slot seems new costs the worker one ring, not for ever. */
static void
op_ring_without_end(void **state)
{
	struct world_nf *n = world_attach(500, 0);
	struct nf_worker *k = &n->nf.worker[0];
	uint32_t slots = n->nf.shape.op_slots, i;
	bool drained;

	(void)state;
	world_open(n, MV_INLINE, WORLD_SLOTS);
	for (i = 0; i < slots; i++)
		ring_put(k->ops, ring_shift(slots), i,
			 (struct mv_pkt){.flags = SHM_OP_FREE});
	assert_int_equal(reclaim_nf(&world.worker, world.plan_nfs, DP_BURST, &drained),
			 DP_BURST);
	assert_false(drained);
	world_settle();
	assert_int_equal(n->dp.violations, slots);
	/* a cursor from nowhere */
	atomic_store(&n->up->reader[0][0].pos, UINT64_MAX / 2);
	for (i = 0; i < 4; i++) {
		world_arrive(0, BURST);
		world_settle();
	}
	assert_int_equal(n->instance.head - n->instance.tail, WORLD_SLOTS);
	assert_true(n->dp.violations > slots);
}

/* ---- several holders ------------------------------------------------------------- */

static void
shared_packet_is_sent_by_both(void **state)
{
	struct world_nf *a = world_attach(100, 0), *b = world_attach(100, 0);
	struct rte_mbuf *out[4];

	(void)state;
	world_open(a, MV_INLINE, WORLD_SLOTS);
	world_open(b, MV_INLINE, WORLD_SLOTS);
	world_arrive(0, 1);
	world_settle();
	assert_int_equal(nf_receive(a, pkts, 1), 1);
	mv_tx(a->dev, pkts, 1);
	world_settle();
	assert_int_equal(nf_receive(b, pkts, 1), 1);
	mv_tx(b->dev, pkts, 1);
	world_settle();
	assert_int_equal(world_audit().nic, 1);
	assert_int_equal(world_take(1, out, 4), 2);
	assert_ptr_equal(rte_pktmbuf_mtod(out[0], void *),
			 rte_pktmbuf_mtod(out[1], void *));
	rte_pktmbuf_free(out[0]);
	assert_int_equal(world_audit().nic, 1);
	rte_pktmbuf_free(out[1]);
	assert_int_equal(world_audit().free, WORLD_BUFS);
}

static void
nine_holders_are_too_many(void **state)
{
	struct world_nf *n[9];
	uint32_t i;

	(void)state;
	for (i = 0; i < 9; i++) {
		n[i] = world_attach(100, 0);
		world_open(n[i], MV_INLINE, WORLD_SLOTS);
	}
	world_arrive(0, 3);
	world_settle();
	for (i = 0; i < 8; i++)
		assert_int_equal(nf_receive(n[i], pkts, MANY), 3);
	assert_int_equal(nf_receive(n[8], pkts, MANY), 0);
	assert_int_equal(n[8]->dp.drops[DP_DROP_HOLDERS], 3);
	assert_int_equal(n[8]->dp.held, 0);
	assert_int_equal(world_audit().refs[n[7]->dp.holder], 3);
}

static void
death_frees_what_nobody_else_holds(void **state)
{
	struct world_nf *dead = world_attach(500, 0), *alive = world_attach(500, 0);
	struct mv_pkt theirs[10];
	struct dp_audit a;

	(void)state;
	world_open(dead, MV_INLINE, WORLD_SLOTS);
	world_open(alive, MV_INLINE, WORLD_SLOTS);
	world_arrive(0, 30);
	world_settle();
	nf_receive(dead, pkts, 20); /* and ten in its ring */
	nf_receive(alive, theirs, 10);
	mv_free(&alive->nf, theirs, 5);
	world_settle();
	mv_tx(dead->dev, pkts, 3); /* asked for, never looked at */
	world_kill(dead);
	a = world_audit();
	assert_int_equal(a.refs[dead->dp.holder], 0);
	assert_int_equal(a.by_holder[alive->dp.holder], 25);
	assert_int_equal(a.free, WORLD_BUFS - 25);
	assert_int_equal(mv_tx(alive->dev, theirs + 5, 5), 5);
	world_settle();
	assert_int_equal(world_sent(1), 5);
	assert_int_equal(nf_drain(alive), 20);
	world_settle();
	assert_int_equal(world_audit().free, WORLD_BUFS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
		TEST(inline_nf_forwards),
		TEST(offset_and_length_are_the_nfs),
		TEST(quota_bounds_what_an_nf_holds),
		TEST(full_ring_drops_for_that_nf_alone),
		TEST(nobody_listens),
		TEST(forged_ops_change_nothing),
		TEST(indexes_end_with_the_pool),
		TEST(impossible_sends_free_the_packet),
		TEST(a_packet_is_given_back_once),
		TEST(op_ring_without_end),
		TEST(shared_packet_is_sent_by_both),
		TEST(nine_holders_are_too_many),
		TEST(death_frees_what_nobody_else_holds),
	};

	return cmocka_run_group_tests(tests, world_start, world_stop);
}
