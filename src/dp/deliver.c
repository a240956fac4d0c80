/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The deliver box: a burst of one NIC's packets becomes descriptors in the rings of
 * every device that takes them. The packets themselves are not touched. Called by rx.
 */
#include "dp/dp.h"

/* One ring that takes packets of a burst: the first N of them. */
struct taker {
	struct mv_pkt *slots;
	uint32_t mask, first; /* slot of the first packet */
	uint16_t phase, flags;
	uint8_t holder;
	uint32_t n;
	uint64_t bytes;               /* of these packets; counted while they are put */
	struct dp_instance *instance; /* NULL: a device ring */
};

struct takers {
	uint32_t n;
	struct taker list[LEDGER_HOLDERS_MAX]; /* the ledger has room for no more */
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

/* Adds a ring at HEAD; false when there are too many. */
static bool
takers_add(struct takers *t, struct mv_pkt *slots, unsigned int shift, uint64_t head,
	   uint8_t holder, uint32_t n)
{
	struct taker *k = &t->list[t->n];

	if (t->n == LEDGER_HOLDERS_MAX)
		return false;
	t->n++;
	*k = (struct taker){
		.slots = slots,
		.mask = (1u << shift) - 1,
		.first = (uint32_t)head & ((1u << shift) - 1),
		.phase = ring_phase(head, shift),
		.holder = holder,
		.n = n,
	};
	return true;
}

/*
 * Makes room, and fetches the lines about to be written: the readers' CPUs read ahead
 * and may have taken some.
 */
static void
device_prepare(struct dp_worker *w, const struct plan_device *d, uint32_t n)
{
	uint32_t i;

	if (d->ring) {
		share_room(w, d, n);
		ring_fetch_write(d->ring->slots, d->ring->shift, d->ring->head, n);
	}
	for (i = 0; i < d->n_instances; i++) {
		const struct dp_instance *in = d->instances[i];

		ring_fetch_write(in->slots, in->shift, in->head, n);
	}
}

/* Lists the rings of D that take packets of a burst of N. */
static void
device_takers(const struct plan_device *d, uint32_t n, struct takers *t)
{
	struct dp_ring *ring = d->ring;
	uint32_t i, k;

	if (ring && takers_add(t, ring->slots, ring->shift, ring->head, ring->holder, n))
		t->list[t->n - 1].flags = MV_PKT_BORROWED;
	else if (ring)
		d->device->drops[DP_DROP_HOLDERS] += n;
	for (i = 0; i < d->n_instances; i++) {
		struct dp_instance *in = d->instances[i];

		k = instance_limit(in, n);
		if (k == 0) {
			dp_wake_check(&in->nf->wake); /* asleep on a full ring? */
			continue;
		}
		if (takers_add(t, in->slots, in->shift, in->head, in->nf->holder, k))
			t->list[t->n - 1].instance = in;
		else
			in->nf->drops[DP_DROP_HOLDERS] += k;
	}
	if (!ring && d->n_instances == 0)
		d->device->drops[DP_DROP_NO_NF] += n;
}

static inline void
taker_put(struct taker *k, uint32_t i, struct mv_pkt d)
{
	uint32_t at = k->first + i;

	d.flags = k->flags;
	d.phase = (uint16_t)(k->phase + (at > k->mask));
	ring_slot_write(&k->slots[at & k->mask], d);
	k->bytes += d.len;
}

/*
 * Puts N packets into the rings of T and who took them into the ledger, in one pass;
 * the last one first, see ring_put_burst(). Returns their bytes.
 */
static inline uint64_t
burst_put(struct dp_worker *w, uint16_t nic, struct rte_mbuf **mbufs, uint32_t n,
	  struct taker *list, uint32_t n_takers, struct dp_bin *bin)
{
	const uint32_t owner = (uint32_t)w->id << 24;
	struct dp_pool *pool = w->pool;
	uint64_t bytes = 0;
	uint32_t t;

	while (n-- > 0) {
		const struct rte_mbuf *m = mbufs[n];
		uint32_t idx = pool_index(pool, m);
		struct ledger_entry *e = &pool->ledger[idx];
		uint64_t holders = LEDGER_FREE;
		struct mv_pkt d = {
			.buf = owner | idx,
			.off = m->data_off,
			.len = m->data_len,
			.nic = nic,
		};

		for (t = 0; t < n_takers; t++) {
			if (n >= list[t].n)
				continue;
			taker_put(&list[t], n, d);
			holders = holders << 8 | list[t].holder;
		}
		bytes += d.len;
		e->holders = holders;
		if (unlikely(holders == LEDGER_FREE))
			bin_add(bin, pool, e);
	}
	return bytes;
}

/* The packets are in an instance ring: moves its head. For device rings, device_done. */
static void
taker_done(const struct taker *k)
{
	struct dp_instance *in = k->instance;
	struct dp_nf *nf;

	if (in == NULL)
		return;
	nf = in->nf;
	in->head += k->n;
	ring_fetch_write(in->slots, in->shift, in->head, DP_BURST); /* the next burst's */
	nf->held += k->n;
	nf->rx.packets += k->n;
	nf->rx.bytes += k->bytes;
	dp_wake_check(&nf->wake);
}

static void
device_done(const struct plan_device *d, uint32_t n, uint64_t bytes,
	    const struct takers *t)
{
	uint32_t i;

	d->device->rx.packets += n;
	d->device->rx.bytes += bytes;
	for (i = 0; d->ring && i < t->n; i++)
		if (t->list[i].slots == d->ring->slots)
			share_done(d, n);
}

/* Drops packets in more than one buffer; returns how many are left. */
static uint32_t
burst_check(const struct plan_rx *rx, struct rte_mbuf **mbufs, uint32_t n)
{
	uint32_t i, k = 0;

	for (i = 0; i < n; i++) {
		struct rte_mbuf *m = mbufs[i];

		mbufs[k] = m;
		if (likely(m->nb_segs == 1)) {
			k++;
			continue;
		}
		rx->count->drops[DP_DROP_TOO_LONG]++;
		rte_pktmbuf_free(m);
	}
	return k;
}

void
deliver_burst(struct dp_worker *w, const struct plan_rx *rx, struct rte_mbuf **mbufs,
	      uint32_t n)
{
	struct takers t;
	struct dp_bin bin;
	uint64_t bytes;
	uint32_t i;

	t.n = 0;
	bin.n = 0;
	rx->count->rx.packets += n;
	n = burst_check(rx, mbufs, n);
	for (i = 0; i < rx->n_devices; i++)
		device_prepare(w, rx->devices[i], n);
	for (i = 0; i < rx->n_devices; i++)
		device_takers(rx->devices[i], n, &t);
	if (rx->n_devices == 0)
		rx->count->drops[DP_DROP_NO_DEVICE] += n;
	if (t.n == 1) /* so usual that it gets a loop of its own */
		bytes = burst_put(w, rx->nic, mbufs, n, t.list, 1, &bin);
	else
		bytes = burst_put(w, rx->nic, mbufs, n, t.list, t.n, &bin);
	rx->count->rx.bytes += bytes;
	for (i = 0; i < t.n; i++)
		taker_done(&t.list[i]);
	for (i = 0; i < rx->n_devices; i++)
		device_done(rx->devices[i], n, bytes, &t);
	bin_flush(&bin, w->pool);
}
