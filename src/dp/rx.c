/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The rx box: one burst from each of the worker's receive queues. Packets of a NIC
 * whose driver insists on a pool of its own (af_xdp) are copied into packet memory
 * here, so that everything behind this box is the same for all NICs.
 */
#include <rte_memcpy.h>

#include "dp/dp.h"

/* Copies N mbufs into buffers of ours; returns how many there were buffers for. */
static uint32_t
rx_copy(struct dp_worker *w, const struct plan_rx *rx, struct rte_mbuf **mbufs,
	uint32_t n)
{
	struct rte_mbuf *ours[DP_BURST];
	uint32_t i, k = 0;

	if (rte_pktmbuf_alloc_bulk(w->pool->mempool, ours, n) != 0) {
		rx->count->drops[DP_DROP_NO_BUFFER] += n;
		rx->count->rx.packets += n;
		rte_pktmbuf_free_bulk(mbufs, n);
		return 0;
	}
	for (i = 0; i < n; i++) {
		const struct rte_mbuf *m = mbufs[i];
		char *to = rte_pktmbuf_append(ours[k], m->data_len);

		if (to == NULL || m->nb_segs > 1) {
			rx->count->drops[DP_DROP_TOO_LONG]++;
			rx->count->rx.packets++;
			rte_pktmbuf_free(ours[k]);
			ours[k] = ours[n - 1 - (i - k)];
			continue;
		}
		rte_memcpy(to, rte_pktmbuf_mtod(m, const void *), m->data_len);
		k++;
	}
	rte_pktmbuf_free_bulk(mbufs, n);
	for (i = 0; i < k; i++)
		mbufs[i] = ours[i];
	return k;
}

uint32_t
rx_round(struct dp_worker *w, const struct plan *plan)
{
	struct rte_mbuf *mbufs[DP_BURST];
	uint32_t i, n, got = 0;

	for (i = 0; i < plan->n_rx; i++) {
		const struct plan_rx *rx = &plan->rx[i];
		uint64_t t0 = plan->profile ? rte_rdtsc() : 0, t1;

		if (rx->count->active)
			deliver_fetch(rx);
		n = rte_eth_rx_burst(rx->port, rx->queue, mbufs, DP_BURST);
		rx->count->active = n > 0;
		if (n == 0)
			continue;
		if (rx->copy)
			n = rx_copy(w, rx, mbufs, n);
		t1 = plan->profile ? rte_rdtsc() : 0;
		if (n)
			deliver_burst(w, rx, mbufs, n);
		got += n;
		if (plan->profile) {
			w->boxes[DP_BOX_RX] += t1 - t0;
			w->boxes[DP_BOX_DELIVER] += rte_rdtsc() - t1;
		}
	}
	return got;
}
