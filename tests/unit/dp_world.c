/* SPDX-License-Identifier: BSD-3-Clause */
/* The world of dp_world.h. */
#include "dp_world.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_eth_ring.h>
#include <rte_ethdev.h>

#define SEQUENCE_AT 14 /* behind the Ethernet header */
#define OP_SLOTS    1024

struct world world;

static int
wire_make(uint16_t i)
{
	struct rte_eth_conf conf = {.rxmode.mq_mode = RTE_ETH_MQ_RX_NONE};
	char name[32];
	int port, rc;

	snprintf(name, sizeof(name), "in%u", i);
	world.in[i] = rte_ring_create(name, WORLD_BUFS, SOCKET_ID_ANY, 0);
	snprintf(name, sizeof(name), "out%u", i);
	world.out[i] = rte_ring_create(name, WORLD_WIRE, SOCKET_ID_ANY, 0);
	if (world.in[i] == NULL || world.out[i] == NULL)
		return -1;
	snprintf(name, sizeof(name), "wire%u", i);
	port = rte_eth_from_rings(name, &world.in[i], 1, &world.out[i], 1, 0);
	if (port < 0)
		return port;
	world.port[i] = (uint16_t)port;
	rc = rte_eth_dev_configure(world.port[i], 1, 1, &conf);
	if (rc == 0)
		rc = rte_eth_rx_queue_setup(world.port[i], 0, 64, 0, NULL,
					    world.pool.mempool);
	if (rc == 0)
		rc = rte_eth_tx_queue_setup(world.port[i], 0, 64, 0, NULL);
	return rc == 0 ? rte_eth_dev_start(world.port[i]) : rc;
}

int
world_start(void **state)
{
	struct model m = {.daemon = {.workers = 1,
				     .hugepages = MODEL_OFF,
				     .memory = 64,
				     .buffers = WORLD_BUFS,
				     .buffer_size = WORLD_SIZE}};
	struct errs e = {.n = 0};
	bool huge;
	int rc;

	(void)state;
	rc = eal_start(&m, &huge, &e);
	world.worker.pool = &world.pool;
	world.pools[0] = &world.pool;
	world.worker.pools = world.pools;
	world.worker.n_pools = 1;
	world.worker.asleep = &world.page.worker[0];
	world.pool.owner = &world.worker;
	if (rc == 0)
		rc = pool_make(&world.pool, &world.packets, WORLD_BUFS, WORLD_SIZE, 1,
			       huge, &e);
	if (rc == 0)
		rc = wire_make(0);
	if (rc == 0)
		rc = wire_make(1);
	if (rc != 0 && e.n > 0)
		print_error("%s\n", e.list[0].text);
	errs_clear(&e);
	dp_self = 0; /* this thread is worker 0 */
	return rc;
}

int
world_stop(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		rte_eth_dev_stop(world.port[i]);
		rte_eth_dev_close(world.port[i]);
		rte_ring_free(world.in[i]);
		rte_ring_free(world.out[i]);
	}
	pool_unmake(&world.pool, &world.packets);
	eal_stop();
	return 0;
}

static void
plan_make(void)
{
	struct plan *p = &world.plan;
	uint16_t i;

	for (i = 0; i < 2; i++) {
		world.rx[i] = (struct plan_rx){.port = world.port[i],
					       .nic = i,
					       .count = &world.nic[i],
					       .n_devices = 1,
					       .devices = world.takers};
		world.txq[i] =
			(struct dp_txq){.port = world.port[i], .nic = &world.nic[i]};
		world.tx[i] =
			(struct plan_tx){.txq = &world.txq[i], .max_len = WORLD_MTU};
	}
	world.egress[0] = 1;
	world.egress[1] = 0;
	world.egress[WORLD_NONE] = 1;
	world.takers[0] = &world.device_plan;
	world.device_plan = (struct plan_device){.device = &world.device,
						 .instances = world.instances,
						 .readers = world.readers,
						 .egress = world.egress};
	*p = (struct plan){.n_rx = 2,
			   .n_devices = 1,
			   .n_nics = 2,
			   .rx = world.rx,
			   .devices = &world.device_plan,
			   .nfs = world.plan_nfs,
			   .tx = world.tx,
			   .busy = true};
	world.worker.plan = p;
}

int
world_setup(void **state)
{
	(void)state;
	memset(world.nic, 0, sizeof(world.nic));
	memset(&world.device, 0, sizeof(world.device));
	memset(&world.ring, 0, sizeof(world.ring));
	memset(world.nfs, 0, sizeof(world.nfs));
	memset(world.plan_nfs, 0, sizeof(world.plan_nfs));
	world.n_nfs = 0;
	world.pool.bad_frees = 0;
	world.slots = aligned_alloc(SHM_LINE, shm_ring_size(WORLD_SLOTS));
	memset(world.slots, 0, shm_ring_size(WORLD_SLOTS));
	world.ring.slots = world.slots;
	world.ring.shift = ring_shift(WORLD_SLOTS);
	world.ring.holder = RING_HOLDER;
	plan_make();
	return 0;
}

static void
nf_release(struct world_nf *n)
{
	free(n->nf.free_bufs);
	free(n->down);
	free(n->up);
	free(n->private);
	close(n->wake[0]);
	close(n->wake[1]);
}

int
world_teardown(void **state)
{
	struct dp_audit a;
	struct dp_lap *lap;
	uint32_t i;

	(void)state;
	for (i = 0; i < world.n_nfs; i++)
		world_kill(&world.nfs[i]);
	world_settle();
	world_sent(0);
	world_sent(1);
	a = world_audit();
	for (i = 0; i < world.n_nfs; i++)
		nf_release(&world.nfs[i]);
	while ((lap = world.ring.laps)) {
		world.ring.laps = lap->next;
		free(lap);
	}
	free(world.slots);
	if (a.free == WORLD_BUFS && a.store == WORLD_BUFS && a.bad_frees == 0)
		return 0;
	print_error("free %u, in the store %u of %u, bad frees %lu\n", a.free, a.store,
		    WORLD_BUFS, (unsigned long)a.bad_frees);
	return -1;
}

static void *
zeroed(size_t size)
{
	void *p = aligned_alloc(SHM_LINE, RTE_ALIGN(size, SHM_LINE));

	memset(p, 0, size);
	return p;
}

/* The NF's view of its attachment, as session.c makes it. */
static void
nf_view(struct world_nf *n)
{
	struct mv_nf *nf = &n->nf;
	uint32_t i;

	nf->sock = nf->wake = nf->epoll = -1;
	nf->view.shift = world.pool.shift;
	nf->view.base[0] = world.pool.base;
	nf->view.base[SHM_PRIVATE] = nf->private_base = n->private;
	nf->platform = &world.page;
	nf->down = n->down;
	nf->up = n->up;
	nf->free_bufs = calloc(nf->shape.private_bufs + 1, sizeof(*nf->free_bufs));
	for (i = 0; i < nf->shape.private_bufs; i++)
		nf->free_bufs[nf->n_free++] = i;
	nf->worker[0].ops = (void *)((uint8_t *)n->up + shm_ops_offset(&nf->shape, 0));
	nf->worker[0].give =
		(void *)((uint8_t *)n->down + shm_give_offset(&nf->shape, 0));
	nf->worker[0].ops_limit = nf->shape.op_slots;
	nf->worker[0].bell = -1;
}

struct world_nf *
world_attach(uint32_t quota, uint32_t private_n)
{
	struct world_nf *n = &world.nfs[world.n_nfs];
	struct shm_shape *s = &n->nf.shape;
	struct dp_nf *dp = &n->dp;

	*s = (struct shm_shape){.workers = 1,
				.buf_shift = world.pool.shift,
				.op_slots = OP_SLOTS,
				.give_slots = RING_SLOTS_MIN,
				.private_bufs = private_n};
	n->down = zeroed(shm_down_size(s));
	n->up = zeroed(shm_up_size(s));
	n->private = zeroed(shm_private_size(s) + 1);
	assert_int_equal(pipe2(n->wake, O_CLOEXEC | O_NONBLOCK), 0);
	atomic_store(&n->down->status.state, SHM_ATTACHED);
	nf_view(n);
	*dp = (struct dp_nf){
		.holder = (uint8_t)(NF_HOLDER + world.n_nfs),
		.ops = n->nf.worker[0].ops,
		.ops_shift = ring_shift(s->op_slots),
		.ops_out = &n->down->ops[0],
		.give = (void *)((uint8_t *)n->down + shm_give_offset(s, 0)),
		.give_shift = ring_shift(s->give_slots),
		.private_base = n->private,
		.private_n = private_n,
		.quota = quota,
		.wake = {.asleep = &n->up->sleep.asleep, .fd = n->wake[1]},
	};
	world.plan_nfs[world.n_nfs].nf = dp;
	world.plan.n_nfs = ++world.n_nfs;
	return n;
}

static void
open_inline(struct world_nf *n, uint32_t slots)
{
	struct mv_pkt *ring = zeroed(shm_ring_size(slots));

	n->instance = (struct dp_instance){.nf = &n->dp,
					   .slots = ring,
					   .shift = ring_shift(slots),
					   .cursor = &n->up->reader[0][0].pos};
	n->dev->ring[0].slots = ring;
	world.instances[world.device_plan.n_instances++] = &n->instance;
}

static void
open_bypass(struct world_nf *n, struct plan_nf *p)
{
	struct plan_device *d = &world.device_plan;
	struct shm_lap *ours = &n->down->lap[0][0];
	uint32_t seq = atomic_load(&ours->seq);

	n->reader = (struct dp_reader){.nf = &n->dp,
				       .theirs = &n->up->reader[0][0],
				       .ours = ours,
				       .lapped = true};
	n->reader.spare =
		zeroed(sizeof(struct dp_lap) + (sizeof(uint32_t) << world.ring.shift));
	atomic_store(&ours->seq, (seq | 1) + (seq & 1 ? 2 : 0));
	n->dev->ring[0].slots = world.slots;
	d->ring = p->handles[0].ring = &world.ring;
	p->handles[0].reader = &n->reader;
	d->readers[d->n_readers++] = (struct plan_reader){&n->reader, p};
}

void
world_open(struct world_nf *n, enum mv_mode mode, uint32_t slots)
{
	struct plan_nf *p = &world.plan_nfs[n - world.nfs];

	n->dev = calloc(1, sizeof(*n->dev));
	n->dev->nf = &n->nf;
	n->dev->mode = mode;
	n->dev->shift = ring_shift(slots);
	n->nf.devs[0] = n->dev;
	p->handles[0] =
		(struct plan_handle){.device = &world.device, .egress = world.egress};
	if (mode == MV_INLINE)
		open_inline(n, slots);
	else
		open_bypass(n, p);
}

static void
plan_forget(const struct world_nf *n)
{
	struct plan_device *d = &world.device_plan;
	uint32_t i;

	for (i = 0; i < d->n_instances; i++)
		if (d->instances[i] == &n->instance)
			d->instances[i--] = d->instances[--d->n_instances];
	for (i = 0; i < d->n_readers; i++)
		if (d->readers[i].reader == &n->reader)
			d->readers[i--] = d->readers[--d->n_readers];
	if (d->n_readers == 0)
		d->ring = NULL;
}

/* No plan has its device any more, and then nobody has its rings. */
static void
nf_leave(struct world_nf *n)
{
	struct dp_call call = {
		.what = DP_CALL_LEAVE, .ring = &world.ring, .reader = &n->reader};

	plan_forget(n);
	world.plan_nfs[n - world.nfs].handles[0] = (struct plan_handle){.device = NULL};
	if (n->dev->mode != MV_BYPASS)
		return;
	dp_call_serve(&world.worker, &call);
	call.what = DP_CALL_DRAIN;
	if (world.device_plan.n_readers == 0)
		dp_call_serve(&world.worker, &call);
}

static void
dev_release(struct world_nf *n)
{
	if (n->dev->mode == MV_INLINE)
		free(n->instance.slots);
	free(n->reader.spare);
	free(n->dev);
	n->reader.spare = NULL;
	n->dev = n->nf.devs[0] = NULL;
}

void
world_close(struct world_nf *n)
{
	nf_leave(n);
	if (n->dev->mode == MV_INLINE)
		nf_drain(n);
	dev_release(n);
}

void
world_kill(struct world_nf *n)
{
	struct dp_call call = {.what = DP_CALL_DROP, .holder = n->dp.holder};

	if (n->dev) {
		nf_leave(n);
		dev_release(n);
	}
	n->dp.ops_pos = n->nf.worker[0].ops_pos; /* nobody reads its ops any more */
	dp_call_serve(&world.worker, &call);
	n->dp.held = 0;
}

/* ---- traffic --------------------------------------------------------------------- */

void
world_arrive(uint16_t nic, uint32_t n)
{
	struct rte_mbuf *m;
	uint32_t i;
	char *data;

	for (i = 0; i < n; i++) {
		m = rte_pktmbuf_alloc(world.pool.mempool);
		assert_non_null(m);
		data = rte_pktmbuf_append(m, 60);
		memset(data, 0x55, 60);
		memcpy(data + SEQUENCE_AT, &world.sequence, sizeof(world.sequence));
		world.sequence++;
		assert_int_equal(rte_ring_enqueue(world.in[nic], m), 0);
	}
}

uint32_t
world_round(void)
{
	uint32_t moved = rx_round(&world.worker, &world.plan);

	moved += reclaim_round(&world.worker, &world.plan);
	tx_round(&world.worker, &world.plan);
	if (moved == 0 && world.device_plan.ring)
		share_release(&world.worker, &world.device_plan);
	return moved;
}

void
world_settle(void)
{
	while (world_round() > 0)
		;
}

uint32_t
world_take(uint16_t nic, struct rte_mbuf **mbufs, uint32_t max)
{
	return rte_ring_dequeue_burst(world.out[nic], (void **)mbufs, max, NULL);
}

uint32_t
world_sent(uint16_t nic)
{
	struct rte_mbuf *mbufs[BURST];
	uint32_t n, all = 0;

	while ((n = world_take(nic, mbufs, BURST)) > 0) {
		rte_pktmbuf_free_bulk(mbufs, n);
		all += n;
		tx_round(&world.worker, &world.plan); /* what waited for room */
	}
	return all;
}

struct dp_audit
world_audit(void)
{
	struct dp_audit a;
	struct dp_call call = {.what = DP_CALL_AUDIT, .audit = &a};
	uint32_t h, sum;

	dp_call_serve(&world.worker, &call);
	sum = a.free + a.nic;
	for (h = LEDGER_FIRST; h <= LEDGER_LAST; h++)
		sum += a.by_holder[h];
	assert_int_equal(a.total, WORLD_BUFS);
	assert_int_equal(sum, a.total);
	assert_int_equal(a.free, a.store);
	return a;
}

/* ---- NFs ------------------------------------------------------------------------- */

uint32_t
nf_receive(struct world_nf *n, struct mv_pkt *pkts, uint32_t max)
{
	uint32_t all = 0;
	int got;

	while (all < max && (got = mv_rx(n->dev, pkts + all, (int)(max - all))) > 0)
		all += (uint32_t)got;
	return all;
}

uint32_t
nf_drain(struct world_nf *n)
{
	struct mv_pkt pkts[BURST];
	uint32_t got, all = 0;

	while ((got = nf_receive(n, pkts, BURST)) > 0) {
		assert_int_equal(mv_free(&n->nf, pkts, (int)got), got);
		all += got;
	}
	return all;
}

void
nf_forge(struct world_nf *n, struct mv_pkt op, uint16_t what, uint16_t tag)
{
	struct nf_worker *k = &n->nf.worker[0];

	op.flags = what;
	op.tag = tag;
	ring_put(k->ops, ring_shift(n->nf.shape.op_slots), k->ops_pos++, op);
}

uint32_t
nf_sequence(const struct world_nf *n, const struct mv_pkt *pkt)
{
	uint32_t sequence;

	memcpy(&sequence, mv_data(&n->nf, pkt) + SEQUENCE_AT, sizeof(sequence));
	return sequence;
}
