/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The deliver box: a burst of one NIC's packets becomes descriptors in the rings of
 * every device that takes them. The packets themselves are not touched. Called by rx.
 */
#include "dp/dp.h"

/* Who takes how many packets, from the front, of a burst. */
struct taker {
	uint8_t holder;
	uint32_t n;
};

/* One burst on its way into rings. */
struct burst {
	uint32_t n;
	uint32_t n_takers;
	uint64_t bytes;
	struct taker takers[LEDGER_HOLDERS_MAX];
	struct mv_pkt pkts[DP_BURST];
};

/* HOLDER takes the first N packets. False when the ledger has no room for it. */
static bool
burst_take(struct burst *b, uint8_t holder, uint32_t n)
{
	if (b->n_takers == LEDGER_HOLDERS_MAX)
		return false;
	b->takers[b->n_takers].holder = holder;
	b->takers[b->n_takers++].n = n;
	return true;
}

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

/* How many of the burst's packets the instance can take; counts why not all. */
static uint32_t
instance_limit(struct dp_instance *in, uint32_t want)
{
	struct dp_nf *nf = in->nf;
	uint32_t quota = nf->held < nf->quota ? nf->quota - nf->held : 0;
	uint32_t n = RTE_MIN(want, quota), room = instance_room(in, n);

	nf->drops[DP_DROP_NF_QUOTA] += want - n;
	nf->drops[DP_DROP_NF_RING] += n - room;
	in->dropped += want - room;
	return room;
}

static void
instance_put(struct dp_instance *in, struct burst *b)
{
	struct dp_nf *nf = in->nf;
	uint32_t i, n = instance_limit(in, b->n);
	uint64_t bytes = b->bytes;

	if (n == 0) {
		dp_wake_check(&nf->wake); /* asleep on a full ring? */
		return;
	}
	if (!burst_take(b, nf->holder, n)) {
		nf->drops[DP_DROP_HOLDERS] += n;
		return;
	}
	ring_put_burst(in->slots, in->shift, in->head, b->pkts, n,
		       (struct ring_mark){.flags = 0});
	for (i = n; i < b->n; i++)
		bytes -= b->pkts[i].len;
	in->head += n;
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
	if (d->ring && burst_take(b, d->ring->holder, b->n)) {
		ring_put_burst(d->ring->slots, d->ring->shift, d->ring->head, b->pkts,
			       b->n, (struct ring_mark){.flags = MV_PKT_BORROWED});
		share_done(d, b->n);
	} else if (d->ring) {
		d->device->drops[DP_DROP_HOLDERS] += b->n;
	}
	for (i = 0; i < d->n_instances; i++)
		instance_put(d->instances[i], b);
	if (!d->ring && d->n_instances == 0)
		d->device->drops[DP_DROP_NO_NF] += b->n;
}

/* Turns mbufs into descriptors; what cannot be one is dropped. */
static void
burst_fill(const struct dp_worker *w, const struct plan_rx *rx, struct burst *b,
	   struct rte_mbuf **mbufs, uint32_t n)
{
	const uint32_t owner = (uint32_t)w->id << 24;
	const struct dp_pool *pool = w->pool;
	uint32_t i, k = 0;
	uint64_t bytes = 0;

	for (i = 0; i < n; i++) {
		struct rte_mbuf *m = mbufs[i];

		if (unlikely(m->nb_segs > 1)) {
			rx->count->drops[DP_DROP_TOO_LONG]++;
			rte_pktmbuf_free(m);
			continue;
		}
		b->pkts[k++] = (struct mv_pkt){
			.buf = owner | pool_index(pool, m),
			.off = m->data_off,
			.len = m->data_len,
			.nic = rx->nic,
		};
		bytes += m->data_len;
	}
	b->n = k;
	b->n_takers = 0;
	b->bytes = bytes;
}

/* Enters in the ledger who took which packets; what nobody took is freed. */
static void
burst_enter(struct dp_worker *w, const struct burst *b)
{
	struct ledger_entry *ledger = w->pool->ledger;
	uint64_t all = 0;
	struct dp_bin bin;
	uint32_t i, t, whole = b->n;

	bin.n = 0;
	for (t = 0; t < b->n_takers; t++) {
		all = all << 8 | b->takers[t].holder;
		whole = RTE_MIN(whole, b->takers[t].n);
	}
	if (b->n_takers == 0)
		whole = 0;
	for (i = 0; i < whole; i++)
		ledger[b->pkts[i].buf & 0xffffff].holders = all;
	for (; i < b->n; i++) {
		struct ledger_entry *e = &ledger[b->pkts[i].buf & 0xffffff];

		e->holders = LEDGER_FREE;
		for (t = 0; t < b->n_takers; t++)
			if (i < b->takers[t].n)
				ledger_add(&e->holders, b->takers[t].holder);
		if (e->holders == LEDGER_FREE)
			bin_add(&bin, w->pool, e);
	}
	bin_flush(&bin, w->pool);
}

void
deliver_fetch(const struct plan_rx *rx)
{
	uint32_t i, k;

	for (i = 0; i < rx->n_devices; i++) {
		const struct plan_device *d = rx->devices[i];

		if (d->ring)
			ring_fetch_write(d->ring->slots, d->ring->shift, d->ring->head,
					 DP_BURST);
		for (k = 0; k < d->n_instances; k++)
			ring_fetch_write(d->instances[k]->slots, d->instances[k]->shift,
					 d->instances[k]->head, DP_BURST);
	}
}

void
deliver_burst(struct dp_worker *w, const struct plan_rx *rx, struct rte_mbuf **mbufs,
	      uint32_t n)
{
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
	burst_enter(w, &b);
}
