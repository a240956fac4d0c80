/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random life of a worker: inline and bypass NFs receive, keep, send, free and claim,
 * come, go and die, one of them forges. The buffers must add up all the time, and in
 * the end all be free. The seed is printed; DP_SEED=N repeats a run.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dp_world.h"

#define STEPS 20000
#define KEPT  200
#define NFS   5

static unsigned int seed;

/* What an NF has and has not yet given away. */
static struct kept {
	struct mv_pkt pkts[KEPT];
	uint32_t n;
} kept[NFS];

static uint32_t
random_below(uint32_t n)
{
	return (uint32_t)rand_r(&seed) % n;
}

/* Keeps what it owns; the borrowed ones are claimed, or sent, or forgotten. */
static void
nf_take_in(struct world_nf *n, struct kept *k)
{
	uint32_t i, got = 0, want = random_below(KEPT - k->n + 1);
	struct mv_pkt pkts[KEPT];
	int rc = mv_rx(n->dev, pkts, (int)want);

	got = rc > 0 ? (uint32_t)rc : 0;
	for (i = 0; i < got; i++) {
		if (!(pkts[i].flags & MV_PKT_BORROWED))
			k->pkts[k->n++] = pkts[i];
		else if (random_below(4) == 0 && mv_claim(n->dev, &pkts[i], 1) == 1)
			k->pkts[k->n++] = pkts[i];
		else if (random_below(4) == 0)
			mv_tx(n->dev, &pkts[i], 1);
	}
}

static void
nf_give_away(struct world_nf *n, struct kept *k)
{
	uint32_t some = random_below(k->n + 1);
	int done;

	k->n -= some;
	if (random_below(2))
		done = mv_tx(n->dev, k->pkts + k->n, (int)some);
	else
		done = mv_free(&n->nf, k->pkts + k->n, (int)some);
	assert_int_equal(done, some);
}

static void
nf_build(struct world_nf *n)
{
	struct mv_pkt p;

	if (mv_alloc(&n->nf, &p, 1) < 1)
		return;
	memset(mv_wdata(&n->nf, &p), 1, 60);
	p.len = 60;
	p.nic = (uint16_t)random_below(3);
	assert_int_equal(mv_tx(n->dev, &p, 1), 1);
}

static void
nf_forge_some(struct world_nf *n)
{
	struct mv_pkt op = {.buf = random_below(8) ? random_below(WORLD_BUFS)
						   : (uint32_t)rand_r(&seed),
			    .off = (uint16_t)rand_r(&seed),
			    .len = (uint16_t)rand_r(&seed),
			    .nic = (uint16_t)random_below(4)};

	nf_forge(n, op, (uint16_t)random_below(5), (uint16_t)random_below(3));
	if (random_below(50) == 0 && n->dev->mode == MV_BYPASS) {
		atomic_store(&n->up->reader[0][0].pos, (uint64_t)rand_r(&seed));
		atomic_store(&n->up->reader[0][0].ack, random_below(100));
	}
}

/* Leaves or dies, and comes back in any mode. */
static void
nf_reborn(struct world_nf *n, struct kept *k)
{
	if (n->dev && random_below(2)) {
		world_settle();
		world_close(n);
		world_settle();
	} else {
		world_kill(n);
		k->n = 0;
	}
	world_open(n, random_below(2) ? MV_INLINE : MV_BYPASS, WORLD_SLOTS);
	/* as a new attachment, or as the library does when it closes */
	atomic_store(&n->up->reader[0][0].pos, 0);
	mv_rx(n->dev, NULL, 0);
}

static void
world_step(uint32_t forger)
{
	uint32_t who = random_below(NFS), free = world.pool.store->n;
	struct world_nf *n = &world.nfs[who];

	switch (random_below(8)) {
	case 0:
	case 1:
		if (free > 300) /* of NICs there is always enough */
			world_arrive((uint16_t)random_below(2), random_below(DP_BURST));
		break;
	case 2:
		world_round();
		break;
	case 3:
		nf_take_in(n, &kept[who]);
		break;
	case 4:
		nf_give_away(n, &kept[who]);
		break;
	case 5:
		nf_build(n);
		break;
	case 6:
		world_sent((uint16_t)random_below(2));
		if (who == forger)
			nf_forge_some(n);
		break;
	default:
		if (random_below(40) == 0)
			nf_reborn(n, &kept[who]);
	}
}

static void
life(uint32_t forger)
{
	uint32_t i;

	print_message("DP_SEED=%u\n", seed);
	memset(kept, 0, sizeof(kept));
	for (i = 0; i < NFS; i++) {
		world_attach(KEPT, 16);
		world_open(&world.nfs[i], i < 2 ? MV_INLINE : MV_BYPASS, WORLD_SLOTS);
	}
	for (i = 0; i < STEPS; i++) {
		world_step(forger);
		if (i % 16 == 0)
			world_audit();
	}
	for (i = 0; i < NFS; i++) {
		world_settle();
		nf_give_away(&world.nfs[i], &kept[i]);
	}
	world_settle();
	print_message("lost by readers %lu, dropped at full rings %lu\n",
		      (unsigned long)world.nfs[4].nf.stats.lost,
		      (unsigned long)world.nfs[0].dp.drops[DP_DROP_NF_RING]);
}

static void
all_are_honest(void **state)
{
	uint32_t i;

	(void)state;
	life(NFS);
	for (i = 0; i < NFS; i++)
		assert_int_equal(world.nfs[i].dp.violations, 0);
}

/* One forges, and reaps violations; the others have none, the books are right. */
static void
one_forges(void **state)
{
	uint32_t i;

	(void)state;
	life(2);
	for (i = 0; i < NFS; i++)
		assert_int_equal(world.nfs[i].dp.violations > 0, i == 2);
}

int
main(void)
{
	const char *text = getenv("DP_SEED");
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
		TEST(all_are_honest),
		TEST(one_forges),
	};

	seed = text ? (unsigned int)strtoul(text, NULL, 10) : (unsigned int)time(NULL);
	return cmocka_run_group_tests(tests, world_start, world_stop);
}
