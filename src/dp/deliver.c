/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The deliver box: a burst of one NIC's packets becomes descriptors in the rings of
 * every device that takes them. The packets themselves are not touched. Called by rx.
 */
#include "dp/dp.h"

/* One burst on its way into rings. */
struct burst {
	uint32_t n;
	uint64_t bytes;
	struct mv_pkt pkts[DP_BURST];
	uint64_t holders[DP_BURST]; /* who will hold each */
	struct rte_mbuf *mbufs[DP_BURST];
};

/* Room in an instance ring; looks at the NF's cursor only when it must. */
static uint32_t
instance_room(struct dp_instance *in, uint32_t want)
{
	uint32_t size = 1u << in->shift;
	uint64_t cursor;

	if (size - (in->head - in->tail) >= want)
		return want;
	cursor = ring_cursor_read(in->cursor);
	if (cursor - in->tail > in->head - in->tail)
		in->nf->violations++; /* not between what we saw and what we wrote */
	else
		in->tail = cursor;
	return RTE_MIN(want, size - (uint32_t)(in->head - in->tail));
}

static void
instance_put(struct dp_instance *in, struct burst *b)
{
	struct dp_nf *nf = in->nf;
	uint32_t quota = nf->held < nf->quota ? nf->quota - nf->held : 0;
	uint32_t i, n = b->n;
	uint64_t bytes = b->bytes;

	if (n > quota) {
		nf->drops[DP_DROP_NF_QUOTA] += n - quota;
		n = quota;
	}
	i = instance_room(in, n);
	if (n > i) {
		nf->drops[DP_DROP_NF_RING] += n - i;
		n = i;
	}
	in->dropped += b->n - n;
	for (i = 0; i < n; i++)
		if (!ledger_add(&b->holders[i], nf->holder))
			break;
	ring_put_burst(in->slots, in->shift, in->head, b->pkts, i, 0);
	nf->drops[DP_DROP_HOLDERS] += n - i;
	n = i;
	for (; i < b->n; i++)
		bytes -= b->pkts[i].len;
	in->head += n;
	ring_fetch_write(in->slots, in->shift, in->head, DP_BURST); /* the next burst's */
	nf->held += n;
	nf->rx.packets += n;
	nf->rx.bytes += bytes;
	dp_wake_check(&nf->wake);
}

static void
device_put(const struct plan_device *d, struct burst *b)
{
	uint32_t i;

	d->device->rx.packets += b->n;
	d->device->rx.bytes += b->bytes;
	if (d->ring) {
		for (i = 0; i < b->n; i++)
			if (!ledger_add(&b->holders[i], d->ring->holder))
				break;
		d->device->drops[DP_DROP_HOLDERS] += b->n - i;
		share_put(d, b->pkts, i);
	}
	for (i = 0; i < d->n_instances; i++)
		instance_put(d->instances[i], b);
	if (!d->ring && d->n_instances == 0)
		d->device->drops[DP_DROP_NO_NF] += b->n;
}

/* Turns mbufs into descriptors; what cannot be one is dropped. */
static void
burst_fill(struct dp_worker *w, const struct plan_rx *rx, struct burst *b,
	   struct rte_mbuf **mbufs, uint32_t n)
{
	uint32_t i, owner = (uint32_t)w->id << 24;

	b->n = 0;
	b->bytes = 0;
	for (i = 0; i < n; i++) {
		struct rte_mbuf *m = mbufs[i];

		if (unlikely(m->nb_segs > 1)) {
			rx->count->drops[DP_DROP_TOO_LONG]++;
			rte_pktmbuf_free(m);
			continue;
		}
		b->pkts[b->n] = (struct mv_pkt){
			.buf = owner | pool_index(w->pool, m),
			.off = m->data_off,
			.len = m->data_len,
			.nic = rx->nic,
		};
		b->holders[b->n] = 0;
		b->mbufs[b->n++] = m;
		b->bytes += m->data_len;
	}
}

void
deliver_burst(struct dp_worker *w, const struct plan_rx *rx, struct rte_mbuf **mbufs,
	      uint32_t n)
{
	struct ledger_entry *ledger = w->pool->ledger;
	struct dp_bin bin = {.n = 0};
	struct burst b;
	uint32_t i;

	for (i = 0; i < rx->n_devices; i++)
		if (rx->devices[i]->ring)
			share_room(w, rx->devices[i], n);
	burst_fill(w, rx, &b, mbufs, n);
	rx->count->rx.packets += n;
	rx->count->rx.bytes += b.bytes;
	if (rx->n_devices == 0)
		rx->count->drops[DP_DROP_NO_DEVICE] += b.n;
	for (i = 0; i < rx->n_devices; i++)
		device_put(rx->devices[i], &b);
	for (i = 0; i < b.n; i++) {
		struct ledger_entry *e = &ledger[b.pkts[i].buf & 0xffffff];

		e->holders = b.holders[i];
		if (b.holders[i] == 0)
			bin_add(&bin, w->pool, e);
	}
	bin_flush(&bin, w->pool);
}
