/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The reclaim box: what NFs ask for. Each op is copied out of the NF's memory once and
 * believed in nothing: a send, a free or a claim is accepted if the ledger says that
 * this NF may, else it is counted as a violation and changes nothing. Called by worker
 * each round, by share before it honours a cursor, and by calls before a handle goes.
 */
#include <rte_prefetch.h>

#include "dp/dp.h"

#define FRAME_MIN  14 /* an Ethernet header */
#define CLAIMS_MAX 2  /* of one packet by one NF, which may read it on two devices */

/*
 * The way that most ops of a burst go: sends by the same device, of packets from the
 * same NIC, that nobody else holds. What they have in common is looked up once.
 */
struct lane {
	uint64_t want;  /* upper half of such an op: nic, flags and tag, no phase */
	uint32_t first; /* number of the pool's first buffer */
	uint32_t max_len;
	struct dp_txq *txq; /* NULL: no lane */
	struct dp_device *device;
	uint32_t packets; /* taken, not yet counted */
	uint64_t bytes;
};

#define LANE_MASK UINT64_C(0x0000ffffffffffff) /* all but the phase */

static uint64_t
lane_key(const struct mv_pkt *d)
{
	const union ring_words *u = (const union ring_words *)(const void *)d;

	return u->w[1] & LANE_MASK;
}

static void
nf_violation(struct dp_nf *nf)
{
	if (nf->refused)
		nf->refused--; /* the other half of a claim that was refused */
	else
		nf->violations++;
}

/* The NIC number that D leaves by, or DP_NIC_NONE. */
static uint16_t
op_egress(const struct plan *plan, const struct plan_nf *p, const struct mv_pkt *d)
{
	const struct plan_handle *h;

	if (d->tag >= SHM_OPENS_MAX)
		return DP_NIC_NONE;
	h = &p->handles[d->tag];
	if (h->device == NULL)
		return DP_NIC_NONE;
	return h->egress[RTE_MIN((uint32_t)d->nic, plan->n_nics)];
}

/* Whether D can leave by NIC; counts why not. */
static bool
op_may_leave(const struct dp_worker *w, const struct plan_nf *p, const struct mv_pkt *d,
	     uint16_t nic)
{
	struct dp_nf *nf = p->nf;

	if (d->len < FRAME_MIN || (uint32_t)d->off + d->len > 1u << w->pool->shift) {
		nf->violations++;
		return false;
	}
	if (nic == DP_NIC_NONE) {
		nf->drops[DP_DROP_NO_EGRESS]++;
		return false;
	}
	if (d->len > w->plan->tx[nic].max_len) {
		nf->drops[DP_DROP_TOO_LONG]++;
		return false;
	}
	return true;
}

static void
op_sent(struct dp_worker *w, const struct plan_nf *p, const struct mv_pkt *d,
	uint16_t nic, struct rte_mbuf *m)
{
	struct dp_device *device = p->handles[d->tag].device;

	p->nf->tx.packets++;
	p->nf->tx.bytes += d->len;
	device->tx.packets++;
	device->tx.bytes += d->len;
	tx_stage(w, nic, m);
}

/* The NF is the only holder: the buffer itself goes out. */
static void
op_tx_whole(struct dp_worker *w, const struct plan_nf *p, const struct mv_pkt *d,
	    struct ledger_entry *e, struct dp_bin *bin)
{
	uint16_t nic = op_egress(w->plan, p, d);
	struct rte_mbuf *m = e->mbuf;

	p->nf->held--;
	if (unlikely(!op_may_leave(w, p, d, nic))) {
		bin_add(bin, w->pool, e);
		return;
	}
	e->holders = LEDGER_NIC;
	m->data_off = d->off;
	m->data_len = d->len;
	m->pkt_len = d->len;
	op_sent(w, p, d, nic, m);
}

/* Others hold the buffer too: it goes out by reference. */
static void
op_tx_shared(struct dp_worker *w, const struct plan_nf *p, const struct mv_pkt *d,
	     struct ledger_entry *e)
{
	uint16_t nic = op_egress(w->plan, p, d);
	struct rte_mbuf *m;

	ledger_drop(&e->holders, p->nf->holder);
	p->nf->held--;
	if (!op_may_leave(w, p, d, nic))
		return;
	m = tx_wrap_shared(w, d->buf & 0xffffff, d);
	if (m)
		op_sent(w, p, d, nic, m);
	else
		p->nf->drops[DP_DROP_NO_WRAP]++;
}

static void
give_back(struct dp_nf *nf, uint32_t buf)
{
	ring_put(nf->give, nf->give_shift, nf->give_pos++, (struct mv_pkt){.buf = buf});
}

/* An op on the NF's own memory. */
static void
op_private(struct dp_worker *w, const struct plan_nf *p, const struct mv_pkt *d)
{
	struct dp_nf *nf = p->nf;
	struct rte_mbuf *m = NULL;
	uint16_t nic;

	if ((d->buf & 0xffffff) >= nf->private_n ||
	    (d->flags != SHM_OP_TX && d->flags != SHM_OP_FREE)) {
		nf->violations++;
		return;
	}
	nic = op_egress(w->plan, p, d);
	if (d->flags == SHM_OP_TX && op_may_leave(w, p, d, nic)) {
		m = tx_wrap_private(w, nf, d);
		nf->drops[DP_DROP_NO_WRAP] += m == NULL;
	}
	if (m)
		op_sent(w, p, d, nic, m);
	else
		give_back(nf, d->buf);
}

/* A bypass NF wants to keep a packet of the device ring it reads. */
static void
op_claim(const struct plan_nf *p, const struct mv_pkt *d, struct ledger_entry *e)
{
	struct dp_nf *nf = p->nf;
	const struct dp_ring *ring;

	ring = d->tag < SHM_OPENS_MAX ? p->handles[d->tag].ring : NULL;
	if (ring == NULL || !ledger_has(e->holders, ring->holder) ||
	    ledger_count(e->holders, nf->holder) >= CLAIMS_MAX) {
		nf->violations++;
	} else if (nf->held >= nf->quota) {
		nf->drops[DP_DROP_NF_QUOTA]++;
		nf->refused += nf->refused < nf->quota;
	} else if (!ledger_add(&e->holders, nf->holder)) {
		nf->drops[DP_DROP_HOLDERS]++;
		nf->refused += nf->refused < nf->quota;
	} else {
		nf->held++;
		nf->claimed++;
	}
}

static void
op_free(const struct plan_nf *p, struct ledger_entry *e, struct dp_worker *w,
	struct dp_bin *bin)
{
	if (!ledger_drop(&e->holders, p->nf->holder)) {
		nf_violation(p->nf);
		return;
	}
	p->nf->held--;
	p->nf->freed++;
	if (e->holders == 0)
		bin_add(bin, w->pool, e);
}

static void
op_handle(struct dp_worker *w, const struct plan_nf *p, const struct mv_pkt *d,
	  struct dp_bin *bin)
{
	uint32_t idx = d->buf & 0xffffff;
	struct ledger_entry *e = &w->pool->ledger[idx];

	if (d->buf >> 24 == SHM_PRIVATE) {
		op_private(w, p, d);
		return;
	}
	if (d->buf >> 24 != w->id || idx >= w->pool->n) {
		p->nf->violations++;
		return;
	}
	switch (d->flags) {
	case SHM_OP_TX:
		if (likely(e->holders == p->nf->holder))
			op_tx_whole(w, p, d, e, bin);
		else if (ledger_has(e->holders, p->nf->holder))
			op_tx_shared(w, p, d, e);
		else
			nf_violation(p->nf);
		break;
	case SHM_OP_FREE:
		op_free(p, e, w, bin);
		break;
	case SHM_OP_CLAIM:
		op_claim(p, d, e);
		break;
	default:
		p->nf->violations++;
	}
}

static void
lane_count(const struct plan_nf *p, struct lane *lane)
{
	struct dp_nf *nf = p->nf;

	if (lane->packets == 0)
		return;
	nf->held -= lane->packets;
	nf->tx.packets += lane->packets;
	nf->tx.bytes += lane->bytes;
	lane->device->tx.packets += lane->packets;
	lane->device->tx.bytes += lane->bytes;
	lane->txq->bytes += lane->bytes;
	lane->packets = 0;
	lane->bytes = 0;
}

/* Makes the way of D, a send, the lane. */
static void
lane_set(const struct dp_worker *w, const struct plan_nf *p, const struct mv_pkt *d,
	 struct lane *lane)
{
	uint16_t nic = op_egress(w->plan, p, d);

	lane->txq = NULL;
	if (nic == DP_NIC_NONE)
		return;
	lane->want = lane_key(d);
	lane->first = (uint32_t)w->id << 24;
	lane->max_len = w->plan->tx[nic].max_len;
	lane->txq = w->plan->tx[nic].txq;
	lane->device = p->handles[d->tag].device;
}

/*
 * Takes ops from the front as long as they are of the lane and right in every respect;
 * returns how many. The first that is not is looked at closely.
 */
static uint32_t
lane_run(const struct dp_pool *pool, uint8_t holder, struct lane *lane,
	 const struct mv_pkt *ops, uint32_t n)
{
	struct dp_txq *q = lane->txq;
	struct rte_mbuf **stage = q->stage + q->n;
	const uint32_t size = 1u << pool->shift;
	uint64_t bytes = 0;
	uint32_t i;

	n = RTE_MIN(n, (uint32_t)DP_STAGE - q->n);
	for (i = 0; i < n; i++) {
		const struct mv_pkt *d = &ops[i];
		uint32_t idx = d->buf - lane->first, len = d->len;
		struct ledger_entry *e;

		if (lane_key(d) != lane->want || idx >= pool->n ||
		    len - FRAME_MIN > lane->max_len - FRAME_MIN || d->off + len > size)
			break;
		e = &pool->ledger[idx];
		if (e->holders != holder)
			break;
		e->holders = LEDGER_NIC;
		stage[i] = e->mbuf;
		stage[i]->data_off = d->off;
		stage[i]->data_len = d->len;
		stage[i]->pkt_len = len;
		bytes += len;
	}
	q->n += (uint16_t)i;
	lane->packets += i;
	lane->bytes += bytes;
	return i;
}

static void
ops_handle(struct dp_worker *w, const struct plan_nf *p, const struct mv_pkt *ops,
	   uint32_t n, struct dp_bin *bin)
{
	const struct dp_pool *pool = w->pool;
	struct lane lane = {.txq = NULL};
	uint32_t i;

	for (i = 0; i < n; i++) {
		if (ops[i].flags == SHM_OP_TX && lane.txq == NULL)
			lane_set(w, p, &ops[i], &lane);
		if (lane.txq)
			i += lane_run(pool, p->nf->holder, &lane, ops + i, n - i);
		lane_count(p, &lane);
		if (i == n)
			break;
		lane.txq = NULL;
		op_handle(w, p, &ops[i], bin);
	}
}

/* Copies up to a burst of ops, each once, and fetches their buffers' headers. */
static uint32_t
ops_take(const struct dp_nf *nf, const struct dp_pool *pool, struct mv_pkt *ops)
{
	uint32_t i, idx, n;

	n = ring_get(nf->ops, nf->ops_shift, nf->ops_pos, ops, DP_BURST);
	for (i = 0; i < n; i++) {
		idx = ops[i].buf & 0xffffff;
		if (idx < pool->n)
			ring_fetch_line(pool->ledger[idx].mbuf);
	}
	return n;
}

uint32_t
reclaim_nf(struct dp_worker *w, const struct plan_nf *p, uint32_t budget, bool *drained)
{
	struct dp_nf *nf = p->nf;
	struct mv_pkt ops[DP_BURST];
	struct dp_bin bin;
	uint32_t n, done = 0;

	bin.n = 0;
	do {
		n = ops_take(nf, w->pool, ops);
		nf->ops_pos += n;
		ops_handle(w, p, ops, n, &bin);
		done += n;
	} while (n == DP_BURST && done < budget);
	if (done)
		bin_flush(&bin, w->pool);
	nf->active = done > 0;
	w->moved += done;
	*drained = n < DP_BURST;
	if (nf->ops_pos != nf->ops_told &&
	    (*drained || nf->ops_pos - nf->ops_told > 1u << (nf->ops_shift - 3))) {
		ring_cursor_publish(&nf->ops_out->pos, nf->ops_pos);
		nf->ops_told = nf->ops_pos;
	}
	return done;
}

void
reclaim_fetch(const struct plan *plan)
{
	uint32_t i;

	for (i = 0; i < plan->n_nfs; i++) {
		const struct dp_nf *nf = plan->nfs[i].nf;

		if (nf->active)
			ring_fetch_ready(nf->ops, nf->ops_shift, nf->ops_pos, DP_BURST);
	}
}

uint32_t
reclaim_round(struct dp_worker *w, const struct plan *plan)
{
	uint64_t t0 = plan->profile ? rte_rdtsc() : 0;
	uint32_t i, k, done = 0;
	bool drained;

	/* who is served first this time is served last next time */
	k = w->nf_next < plan->n_nfs ? w->nf_next : 0;
	w->nf_next = k + 1;
	for (i = 0; i < plan->n_nfs; i++, k++) {
		if (k == plan->n_nfs)
			k = 0;
		done += reclaim_nf(w, &plan->nfs[k], DP_BURST, &drained);
	}
	if (plan->profile && done)
		w->boxes[DP_BOX_RECLAIM] += rte_rdtsc() - t0;
	return done;
}
