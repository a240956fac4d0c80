/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The deliver box: a burst of one NIC's packets becomes descriptors in the rings of
 * every device that takes them. The packets themselves are not touched. Called by rx.
 */
#include "dp/dp.h"

/* A ring that takes packets of a burst: the first N of them. */
struct taker {
	uint8_t holder;
	uint32_t n;
	struct dp_instance *instance; /* one of the two */
	const struct plan_device *shared;
};

/* One burst on its way into rings. */
struct burst {
	uint32_t n;
	uint32_t n_takers;
	uint64_t bytes;
	struct taker takers[LEDGER_HOLDERS_MAX]; /* the ledger has room for no more */
	struct mv_pkt pkts[DP_BURST];
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

/* False when there is no room in the ledger for one more holder of these packets. */
static bool
burst_take(struct burst *b, struct taker taker)
{
	if (b->n_takers == LEDGER_HOLDERS_MAX)
		return false;
	b->takers[b->n_takers++] = taker;
	return true;
}

static void
instance_take(struct dp_instance *in, struct burst *b)
{
	struct dp_nf *nf = in->nf;
	uint32_t n = instance_limit(in, b->n);

	if (n == 0)
		dp_wake_check(&nf->wake); /* asleep on a full ring? */
	else if (!burst_take(b, (struct taker){nf->holder, n, in, NULL}))
		nf->drops[DP_DROP_HOLDERS] += n;
}

/* Lists the rings of D that take packets of the burst. */
static void
device_take(const struct plan_device *d, struct burst *b)
{
	uint32_t i;

	if (d->ring && !burst_take(b, (struct taker){d->ring->holder, b->n, NULL, d}))
		d->device->drops[DP_DROP_HOLDERS] += b->n;
	for (i = 0; i < d->n_instances; i++)
		instance_take(d->instances[i], b);
	if (!d->ring && d->n_instances == 0)
		d->device->drops[DP_DROP_NO_NF] += b->n;
}

static inline struct ledger_entry *
burst_describe(const struct dp_worker *w, const struct plan_rx *rx, struct burst *b,
	       const struct rte_mbuf *m, uint32_t i)
{
	uint32_t idx = pool_index(w->pool, m);

	b->pkts[i] = (struct mv_pkt){
		.buf = (uint32_t)w->id << 24 | idx,
		.off = m->data_off,
		.len = m->data_len,
		.nic = rx->nic,
	};
	b->bytes += m->data_len;
	return &w->pool->ledger[idx];
}

/*
 * Turns mbufs into descriptors and enters in the ledger who will have them; what nobody
 * takes is freed. Comes before the rings are written: stores are done in order, and
 * those to rings may have to wait for their lines.
 */
static void
burst_fill(struct dp_worker *w, const struct plan_rx *rx, struct burst *b,
	   struct rte_mbuf **mbufs)
{
	uint32_t i, t, whole = b->n_takers ? b->n : 0;
	struct dp_bin bin;
	uint64_t all = 0;

	bin.n = 0;
	for (t = 0; t < b->n_takers; t++) {
		all = all << 8 | b->takers[t].holder;
		whole = RTE_MIN(whole, b->takers[t].n);
	}
	for (i = 0; i < whole; i++)
		burst_describe(w, rx, b, mbufs[i], i)->holders = all;
	for (; i < b->n; i++) {
		struct ledger_entry *e = burst_describe(w, rx, b, mbufs[i], i);

		e->holders = LEDGER_FREE;
		for (t = 0; t < b->n_takers; t++)
			if (i < b->takers[t].n)
				ledger_add(&e->holders, b->takers[t].holder);
		if (e->holders == LEDGER_FREE)
			bin_add(&bin, w->pool, e);
	}
	bin_flush(&bin, w->pool);
}

static void
instance_put(struct dp_instance *in, const struct burst *b, uint32_t n)
{
	struct dp_nf *nf = in->nf;
	uint64_t bytes = b->bytes;
	uint32_t i;

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
taker_put(const struct taker *t, const struct burst *b)
{
	struct dp_ring *ring;

	if (t->instance) {
		instance_put(t->instance, b, t->n);
		return;
	}
	ring = t->shared->ring;
	ring_put_burst(ring->slots, ring->shift, ring->head, b->pkts, b->n,
		       (struct ring_mark){.flags = MV_PKT_BORROWED});
	share_done(t->shared, b->n);
}

/* Drops packets that are in more than one buffer; how many are left. */
static uint32_t
burst_check(const struct plan_rx *rx, struct rte_mbuf **mbufs, uint32_t n)
{
	uint32_t i, k, segs = 1;

	for (i = 0; i < n; i++)
		segs |= mbufs[i]->nb_segs;
	if (likely(segs == 1))
		return n;
	for (i = k = 0; i < n; i++) {
		if (mbufs[i]->nb_segs == 1) {
			mbufs[k++] = mbufs[i];
			continue;
		}
		rx->count->drops[DP_DROP_TOO_LONG]++;
		rte_pktmbuf_free(mbufs[i]);
	}
	return k;
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

	rx->count->rx.packets += n;
	b.n = burst_check(rx, mbufs, n);
	b.n_takers = 0;
	b.bytes = 0;
	for (i = 0; i < rx->n_devices; i++)
		if (rx->devices[i]->ring)
			share_room(w, rx->devices[i], b.n);
	for (i = 0; i < rx->n_devices; i++)
		device_take(rx->devices[i], &b);
	if (rx->n_devices == 0)
		rx->count->drops[DP_DROP_NO_DEVICE] += b.n;
	burst_fill(w, rx, &b, mbufs);
	rx->count->rx.bytes += b.bytes;
	for (i = 0; i < b.n_takers; i++)
		taker_put(&b.takers[i], &b);
	for (i = 0; i < rx->n_devices; i++) {
		rx->devices[i]->device->rx.packets += b.n;
		rx->devices[i]->device->rx.bytes += b.bytes;
	}
}
