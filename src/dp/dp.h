/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the boxes of the hot path know of each other. A burst goes
 *
 *   NIC - rx - deliver -> rings -> NF -> op ring - reclaim - tx -> NIC
 *                                                     `-----> pool
 *
 * one file per box, plus worker.c (the thread that goes round them), share.c (device
 * rings), pool.c (buffers), idle.c (sleeping and waking), calls.c (what the control
 * thread asks for). Nothing here allocates (but the making of a pool), locks or logs, and
 * nothing waits but idle.c.
 */
#ifndef MVMP_DP_DP_H
#define MVMP_DP_DP_H

#include "dp/plan.h"

/* rx.c: receives one burst of each NIC and delivers it; packets received. */
uint32_t rx_round(struct dp_worker *w, const struct plan *plan);

/*
 * deliver.c: fetches the slots that the next burst of RX will be written to. Their
 * readers' CPUs have them, and take 70 cycles or more to give each back; here that goes
 * on while the NIC is polled.
 */
void deliver_fetch(const struct plan_rx *rx);
/* Gives N packets of row RX to every device that takes them. */
void deliver_burst(struct dp_worker *w, const struct plan_rx *rx, struct rte_mbuf **mbufs,
		   uint32_t n);

/*
 * reclaim.c: fetches the ops that busy NFs have put. Comes first in a round: the lines
 * travel while the NICs are polled, reclaim_round() finds them here.
 */
void reclaim_fetch(const struct plan *plan);
/* Handles a burst of ops of each NF; ops handled. */
uint32_t reclaim_round(struct dp_worker *w, const struct plan *plan);
/* Handles up to BUDGET ops of one NF; *DRAINED tells if none were left. */
uint32_t
reclaim_nf(struct dp_worker *w, const struct plan_nf *p, uint32_t budget, bool *drained);

/*
 * share.c: makes room for N packets in a device ring. Handles ops of NFs, so it comes
 * before anything of a burst is put into any ring.
 */
void share_room(struct dp_worker *w, const struct plan_device *d, uint32_t n);
/* N packets have been put at the head, for which there was room. */
void share_done(const struct plan_device *d, uint32_t n);
/* Takes back what all readers have read, and lets acknowledged ones join again. */
void share_release(struct dp_worker *w, const struct plan_device *d);
/*
 * R, which no plan has any more, leaves RING: what is kept for it is let go, and it takes
 * one record of the ring along.
 */
void share_leave(struct dp_worker *w, struct dp_ring *ring, struct dp_reader *r);
/* RING has no readers any more: everything in it goes back. */
void share_drain(struct dp_worker *w, struct dp_ring *ring);

/* tx.c: stages M for NIC number NIC, which must be in the plan. */
void tx_stage(struct dp_worker *w, uint16_t nic, struct rte_mbuf *m);
/* Sends what is staged and what other workers handed over; packets sent. */
uint32_t tx_round(struct dp_worker *w, const struct plan *plan);
/* An mbuf for buffer IDX, which other holders keep as well; NULL: none left. */
struct rte_mbuf *
tx_wrap_shared(struct dp_worker *w, uint32_t idx, const struct mv_pkt *d);
/* An mbuf for buffer D of NF's private memory; NULL: none left. */
struct rte_mbuf *
tx_wrap_private(struct dp_worker *w, struct dp_nf *nf, const struct mv_pkt *d);

/* pool.c: gives N buffers back whose ledger entries say LEDGER_NIC. */
void pool_free(struct dp_pool *pool, struct rte_mbuf **mbufs, uint32_t n);
/* The NIC is done with buffer IDX, which was sent wrapped. Owner's thread only. */
void pool_unwrap(struct dp_pool *pool, uint32_t idx);
/* Takes in what other threads have freed. */
void pool_collect(struct dp_pool *pool);
/* From a thread that is not the owner: buffer IDX as in pool_unwrap. */
void pool_return_wrapped(struct dp_pool *pool, uint32_t idx);

/* Index of M's buffer in POOL. */
static inline uint32_t
pool_index(const struct dp_pool *pool, const struct rte_mbuf *m)
{
	return (uint32_t)(((uintptr_t)m->buf_addr - (uintptr_t)pool->base) >>
			  pool->shift);
}

/* idle.c: wakes the reader, which has said ASLEEP and not been woken for that yet. */
void idle_kick(struct dp_wake *wake, uint32_t asleep);
/* Sleeps for up to US microseconds unless there is something to do. */
void idle_sleep(struct dp_worker *w, const struct plan *plan, uint32_t us);
/* There was something to do after a sleep: nobody has to wake W any more. */
void idle_awake(struct dp_worker *w);

/* Cheap look whether idle_kick is needed; W2 in shm.h. */
static inline void
dp_wake_check(struct dp_wake *wake)
{
	uint32_t asleep = atomic_load_explicit(wake->asleep, memory_order_relaxed);

	if (__builtin_expect((asleep & 1) && asleep != wake->kicked, 0))
		idle_kick(wake, asleep);
}

/* A set of buffers to be given back at once. */
struct dp_bin {
	struct rte_mbuf *mbufs[2 * DP_BURST];
	uint32_t n;
};

static inline void
bin_flush(struct dp_bin *bin, struct dp_pool *pool)
{
	if (bin->n)
		pool_free(pool, bin->mbufs, bin->n);
	bin->n = 0;
}

/* Puts the buffer of E, which nobody holds any more, into BIN. */
static inline void
bin_add(struct dp_bin *bin, struct dp_pool *pool, struct ledger_entry *e)
{
	e->holders = LEDGER_NIC;
	bin->mbufs[bin->n++] = e->mbuf;
	if (bin->n == 2 * DP_BURST)
		bin_flush(bin, pool);
}

#endif
