/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The tx box: packets on their way to a NIC wait in a stage, are sent a burst at a
 * time, and stay a while when the NIC is full. A NIC is sent to by one worker; others
 * hand their packets over. A packet that is not a plain buffer of ours (it has other
 * holders, or lies in an NF's memory) is sent by an mbuf that refers to it, a wrap.
 * Packets come from reclaim; worker has them sent at the end of each round.
 */
#include "dp/dp.h"

/* Behind the header of each wrap mbuf. */
struct wrap {
	struct rte_mbuf_ext_shared_info shared;
	struct dp_pool *pool; /* shared: whose buffer idx */
	struct dp_nf *nf;     /* private: whose buffer idx, else NULL */
	uint32_t idx;
};

_Static_assert(sizeof(struct wrap) <= DP_WRAP_PRIV, "room behind a wrap's header");

void
tx_stage(struct dp_worker *w, uint16_t nic, struct rte_mbuf *m)
{
	struct dp_txq *q = w->plan->tx[nic].txq;

	if (unlikely(q->n == DP_STAGE)) {
		q->nic->drops[DP_DROP_NIC_FULL]++;
		rte_pktmbuf_free(m);
		return;
	}
	q->stage[q->n++] = m;
	q->bytes += m->pkt_len;
}

/* Takes the first SENT packets out of the stage. */
static void
stage_shift(struct dp_txq *q, uint16_t sent)
{
	uint16_t i;

	q->n -= sent;
	for (i = 0; i < q->n; i++)
		q->stage[i] = q->stage[sent + i];
}

static uint32_t
txq_handoff(struct dp_txq *q)
{
	uint16_t i, sent;

	for (i = 0; i < q->n; i++)
		q->stage[i]->port = q->number;
	sent = (uint16_t)rte_ring_sp_enqueue_burst(q->handoff, (void **)q->stage, q->n,
						   NULL);
	q->bytes = 0; /* counted by who sends them */
	if (sent)
		dp_wake_check(&q->wake);
	stage_shift(q, sent);
	return sent;
}

static uint32_t
txq_send(struct dp_txq *q)
{
	uint64_t left = 0;
	uint16_t i, sent;

	if (q->handoff)
		return txq_handoff(q);
	sent = rte_eth_tx_burst(q->port, q->queue, q->stage, q->n);
	for (i = sent; i < q->n; i++)
		left += q->stage[i]->pkt_len;
	q->nic->tx.packets += sent;
	q->nic->tx.bytes += q->bytes - left;
	q->bytes = left;
	stage_shift(q, sent);
	return sent;
}

/* Stages what other workers handed over, as far as there is room. */
static void
tx_inbound(struct dp_worker *w, const struct plan *plan)
{
	struct rte_mbuf *mbufs[DP_BURST];
	uint32_t i, k, n;

	for (i = 0; i < plan->n_inbound; i++) {
		n = rte_ring_sc_dequeue_burst(plan->inbound[i], (void **)mbufs, DP_BURST,
					      NULL);
		for (k = 0; k < n; k++) {
			uint16_t nic = mbufs[k]->port;

			if (nic < plan->n_nics && plan->tx[nic].txq &&
			    !plan->tx[nic].txq->handoff)
				tx_stage(w, nic, mbufs[k]);
			else
				rte_pktmbuf_free(
					mbufs[k]); /* the NIC has gone meanwhile */
		}
	}
}

uint32_t
tx_round(struct dp_worker *w, const struct plan *plan)
{
	uint64_t t0 = plan->profile ? rte_rdtsc() : 0;
	uint32_t i, sent = 0;

	tx_inbound(w, plan);
	for (i = 0; i < plan->n_nics; i++)
		if (plan->tx[i].txq && plan->tx[i].txq->n)
			sent += txq_send(plan->tx[i].txq);
	if (plan->profile && sent)
		w->boxes[DP_BOX_TX] += rte_rdtsc() - t0;
	return sent;
}

/* The wrap's mbuf has been freed: by any thread. */
static void
wrap_done(void *addr, void *opaque)
{
	struct wrap *wrap = opaque;

	(void)addr;
	if (wrap->nf) {
		if (dp_self < SHM_WORKERS_MAX) {
			struct dp_nf *mine = wrap->nf - wrap->nf->worker + dp_self;

			ring_put(mine->give, mine->give_shift, mine->give_pos++,
				 (struct mv_pkt){.buf = (uint32_t)SHM_PRIVATE << 24 |
							wrap->idx});
		}
		atomic_fetch_add_explicit(&wrap->nf->unwrapped, 1, memory_order_release);
	} else if (dp_self == wrap->pool->owner->id) {
		pool_unwrap(wrap->pool, wrap->idx);
	} else {
		pool_return_wrapped(wrap->pool, wrap->idx);
	}
}

static struct rte_mbuf *
wrap_make(struct dp_worker *w, struct dp_nf *nf, uint8_t *addr, rte_iova_t iova,
	  const struct mv_pkt *d)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(w->pool->wraps);
	struct wrap *wrap;

	if (m == NULL)
		return NULL;
	wrap = rte_mbuf_to_priv(m);
	wrap->pool = w->pool;
	wrap->nf = nf;
	wrap->idx = d->buf & 0xffffff;
	wrap->shared.free_cb = wrap_done;
	wrap->shared.fcb_opaque = wrap;
	rte_mbuf_ext_refcnt_set(&wrap->shared, 1);
	rte_pktmbuf_attach_extbuf(m, addr, iova, (uint16_t)(1u << w->pool->shift),
				  &wrap->shared);
	m->data_off = d->off;
	m->data_len = d->len;
	m->pkt_len = d->len;
	return m;
}

struct rte_mbuf *
tx_wrap_shared(struct dp_worker *w, uint32_t idx, const struct mv_pkt *d)
{
	struct ledger_entry *e = &w->pool->ledger[idx];
	struct rte_mbuf *m;

	if (!ledger_add(&e->holders, LEDGER_NIC))
		return NULL;
	m = wrap_make(w, NULL, e->mbuf->buf_addr, e->mbuf->buf_iova, d);
	if (m == NULL)
		ledger_drop(&e->holders, LEDGER_NIC);
	return m;
}

struct rte_mbuf *
tx_wrap_private(struct dp_worker *w, struct dp_nf *nf, const struct mv_pkt *d)
{
	uint8_t *addr =
		nf->private_base + ((size_t)(d->buf & 0xffffff) << w->pool->shift);
	uint64_t back = atomic_load_explicit(&nf->unwrapped, memory_order_relaxed);
	struct rte_mbuf *m = NULL;

	/* one that sends a buffer again and again must not use up everybody's wraps */
	if (nf->wrapped - back < nf->private_n)
		m = wrap_make(w, nf, addr, (rte_iova_t)(uintptr_t)addr, d);

	if (m)
		nf->wrapped++;
	return m;
}
