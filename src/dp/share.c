/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Device rings: one ring per device and worker, read by all bypass NFs of the device,
 * each at its own cursor. Whatever their number, a packet costs one descriptor; a
 * cursor that passes a slot is the return of its packet. Called by deliver, for room and
 * what it has put; by worker, to honour cursors; by calls, when readers go.
 *
 * A reader that is so slow that the ring is full is lapped: a record takes over every
 * buffer it may still be reading, its place is marked (odd seq), and nobody waits for
 * it any more. When it has acknowledged, the record lets go and the reader goes on
 * from the head; how much it missed is known to both sides.
 */
#include "dp/dp.h"

/*
 * Ops of a reader's NF that are handled before its cursor is honoured. One that puts
 * more, and faster, is simply not honoured, and in the end lapped.
 */
#define SHARE_OPS (4 * DP_BURST)

static uint32_t
share_size(const struct dp_ring *ring)
{
	return 1u << ring->shift;
}

/* The ring (or a record on its behalf) lets go of one buffer. */
static void
share_let_go(struct dp_worker *w, struct dp_ring *ring, uint32_t idx, struct dp_bin *bin)
{
	struct ledger_entry *e = &w->pool->ledger[idx];

	if (!ledger_drop(&e->holders, ring->holder)) {
		w->pool->bad_frees++;
		return;
	}
	if (e->holders == 0)
		bin_add(bin, w->pool, e);
}

static void
share_return(struct dp_worker *w, struct dp_ring *ring, uint64_t until)
{
	struct dp_bin bin;
	uint32_t mask = share_size(ring) - 1;

	bin.n = 0;
	for (; ring->tail != until; ring->tail++)
		share_let_go(w, ring, ring->slots[ring->tail & mask].buf & 0xffffff,
			     &bin);
	bin_flush(&bin, w->pool);
}

/* One lapped reader less waits for LAP. */
static void
lap_unref(struct dp_worker *w, struct dp_ring *ring, struct dp_lap *lap)
{
	struct dp_bin bin;
	uint32_t i;

	bin.n = 0;
	if (lap == NULL || --lap->refs > 0)
		return;
	for (i = 0; i < lap->n; i++)
		share_let_go(w, ring, lap->bufs[i], &bin);
	bin_flush(&bin, w->pool);
	lap->n = 0;
	lap->next = ring->laps;
	ring->laps = lap;
}

/* Laps every reader that is more than half a ring behind; makes half a ring of room. */
static void
share_lap(struct dp_worker *w, const struct plan_device *d)
{
	struct dp_ring *ring = d->ring;
	struct dp_lap *lap = ring->laps;
	uint64_t pos, min = ring->head;
	uint32_t i, mask = share_size(ring) - 1;

	ring->laps = lap->next;
	for (i = 0; i < d->n_readers; i++) {
		struct dp_reader *r = d->readers[i].reader;
		uint32_t seq;

		if (r->lapped)
			continue;
		if (ring->head - r->pos <= share_size(ring) / 2) {
			min = RTE_MIN(min, r->pos);
			continue;
		}
		r->lapped = true;
		r->lap = lap;
		lap->refs++;
		seq = atomic_load_explicit(&r->ours->seq, memory_order_relaxed);
		atomic_store_explicit(&r->ours->seq, seq + 1, memory_order_release);
	}
	for (pos = ring->tail; pos != ring->head; pos++) {
		uint32_t idx = ring->slots[pos & mask].buf & 0xffffff;

		/* below min the ring's own hold passes to the record */
		if (pos >= min &&
		    !ledger_add(&w->pool->ledger[idx].holders, ring->holder))
			d->device->drops[DP_DROP_HOLDERS]++;
		else
			lap->bufs[lap->n++] = idx;
	}
	ring->tail = min;
}

/* A lapped reader has acknowledged, or is new: it goes on from the head. */
static void
reader_join(struct dp_worker *w, struct dp_ring *ring, struct dp_reader *r, uint32_t seq)
{
	uint64_t theirs = ring_cursor_read(&r->theirs->pos);

	if (r->spare) {
		r->spare->next = ring->laps;
		ring->laps = r->spare;
		r->spare = NULL;
	}
	lap_unref(w, ring, r->lap);
	r->lap = NULL;
	if (theirs - r->pos > ring->head - r->pos)
		theirs = r->pos;
	if (r->joined) {
		r->read += theirs - r->pos;
		r->lost += ring->head - theirs;
	}
	r->joined = true;
	r->lapped = false;
	r->pos = ring->head;
	atomic_store_explicit(&r->ours->resume, ring->head, memory_order_relaxed);
	atomic_store_explicit(&r->ours->seq, seq + 1, memory_order_release); /* L1 */
	dp_wake_check(&r->nf->wake);
}

/* Looks where a reader is; one that has acknowledged (A2) joins, its claims first. */
static void
reader_look(struct dp_worker *w, struct dp_ring *ring, const struct plan_reader *pr)
{
	struct dp_reader *r = pr->reader;
	bool drained;
	uint32_t seq;

	if (!r->lapped) {
		r->seen = ring_cursor_read(&r->theirs->pos);
		return;
	}
	seq = atomic_load_explicit(&r->ours->seq, memory_order_relaxed);
	if (atomic_load_explicit(&r->theirs->ack, memory_order_acquire) == seq) {
		reclaim_nf(w, pr->nf, SHARE_OPS, &drained);
		if (drained)
			reader_join(w, ring, r, seq);
	}
	r->seen = r->pos;
}

void
share_release(struct dp_worker *w, const struct plan_device *d)
{
	struct dp_ring *ring = d->ring;
	uint64_t min = ring->head;
	uint32_t i;
	bool drained;

	for (i = 0; i < d->n_readers; i++)
		reader_look(w, ring, &d->readers[i]);
	for (i = 0; i < d->n_readers; i++) {
		struct dp_reader *r = d->readers[i].reader;

		if (r->lapped)
			continue;
		if ((int64_t)(ring->head - r->seen) < 0) {
			r->nf->violations++; /* ahead of what there is */
		} else if ((int64_t)(r->seen - r->pos) > 0) {
			/* claims made before the cursor moved come first */
			reclaim_nf(w, d->readers[i].nf, SHARE_OPS, &drained);
			if (drained) {
				r->read += r->seen - r->pos;
				r->pos = r->seen;
			}
		}
		min = RTE_MIN(min, r->pos);
	}
	share_return(w, ring, min);
}

void
share_room(struct dp_worker *w, const struct plan_device *d, uint32_t n)
{
	struct dp_ring *ring = d->ring;

	if (ring->head - ring->tail > share_size(ring) / 8)
		share_release(w, d);
	if (share_size(ring) - (ring->head - ring->tail) < n)
		share_lap(w, d);
}

void
share_done(const struct plan_device *d, uint32_t n)
{
	struct dp_ring *ring = d->ring;
	uint32_t i;

	ring->head += n;
	for (i = 0; i < d->n_readers; i++)
		dp_wake_check(&d->readers[i].reader->nf->wake);
}

void
share_leave(struct dp_worker *w, struct dp_ring *ring, struct dp_reader *r)
{
	if (r->lapped)
		lap_unref(w, ring, r->lap);
	r->lap = NULL;
	if (r->spare == NULL) {
		r->spare = ring->laps;
		ring->laps = r->spare->next;
	}
}

void
share_drain(struct dp_worker *w, struct dp_ring *ring)
{
	share_return(w, ring, ring->head);
}
