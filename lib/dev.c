/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Open devices: opening and closing, receiving, sending, claiming, giving back. The
 * burst functions make no system call unless a worker sleeps and has to be woken.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "nf.h"

static int
dev_regions(struct mv_dev *dev, uint32_t n)
{
	struct wire_region r;
	int fd, rc;

	if (n != 1)
		return error_set(EPROTO, "the platform sends %u regions for a device", n);
	rc = session_recv(dev->nf, &r, WIRE_REGION, &fd);
	if (rc < 0)
		return rc;
	if (fd < 0)
		return error_set(EPROTO, "the platform sent a region without descriptor");
	return map_device(dev, &r, fd);
}

static int
dev_request(struct mv_dev *dev, const char *name)
{
	struct wire_open req = {.type = WIRE_OPEN, .mode = dev->mode};
	struct wire_opened rep;
	int rc;

	snprintf(req.device, sizeof(req.device), "%s", name);
	rc = session_send(dev->nf, &req, WIRE_OPEN);
	if (rc == 0)
		rc = session_recv(dev->nf, &rep, WIRE_OPENED, NULL);
	if (rc < 0)
		return rc;
	rep.text[WIRE_TEXT_MAX - 1] = '\0';
	if (rep.err)
		return error_set((int)rep.err, "%s", rep.text);
	if (rep.handle >= SHM_OPENS_MAX || dev->nf->devs[rep.handle] ||
	    rep.slots < RING_SLOTS_MIN || rep.slots > RING_SLOTS_MAX ||
	    rep.slots & (rep.slots - 1))
		return error_set(EPROTO, "the platform's answer makes no sense");
	dev->handle = rep.handle;
	dev->shift = ring_shift(rep.slots);
	dev->nf->devs[dev->handle] = dev; /* open from here on, to be closed on failure */
	return dev_regions(dev, rep.regions);
}

struct mv_dev *
mv_open(struct mv_nf *nf, const char *name, enum mv_mode mode)
{
	struct mv_dev *dev;
	char why[256];
	int rc;

	if (strlen(name) >= WIRE_NAME_MAX) {
		error_set(ENODEV, "there is no device %s", name);
		return NULL;
	}
	dev = calloc(1, sizeof(*dev));
	if (dev == NULL) {
		error_set(ENOMEM, "out of memory");
		return NULL;
	}
	dev->nf = nf;
	dev->mode = mode;
	rc = dev_request(dev, name);
	if (rc < 0) {
		snprintf(why, sizeof(why), "%s", mv_error());
		if (nf->devs[dev->handle] == dev)
			mv_close(dev); /* half open: the platform counts it as open */
		else
			free(dev);
		error_set(-rc, "%s", why);
		return NULL;
	}
	return dev;
}

static void
dev_publish(struct mv_dev *dev, uint32_t w)
{
	struct dev_ring *r = &dev->ring[w];

	if (r->told == r->pos)
		return;
	ring_cursor_publish(&dev->nf->up->reader[dev->handle][w].pos, r->pos);
	r->told = r->pos;
}

static uint32_t
dev_rx_inline(struct mv_dev *dev, uint32_t w, struct mv_pkt *pkts, uint32_t n)
{
	struct dev_ring *r = &dev->ring[w];
	uint32_t got = ring_get(r->slots, dev->shift, r->pos, pkts, n);

	r->pos += got;
	if (got == n) /* there may be more: have it here for the next call */
		ring_fetch_ready(r->slots, dev->shift, r->pos, n);
	if (got == 0 || r->pos - r->told >= 1u << (dev->shift - 3))
		dev_publish(dev, w);
	return got;
}

/*
 * Whether the ring may be read. While it is lapped, acknowledges (A1), which lets the
 * platform take back what was borrowed; afterwards goes on where it says. The load of seq
 * is L2.
 */
static bool
dev_in_step(struct mv_dev *dev, uint32_t w)
{
	const struct shm_lap *lap = &dev->nf->down->lap[dev->handle][w];
	struct shm_reader *own = &dev->nf->up->reader[dev->handle][w];
	struct dev_ring *r = &dev->ring[w];
	uint32_t seq = atomic_load_explicit(&lap->seq, memory_order_acquire);
	uint64_t resume;

	if (seq == r->seq)
		return true;
	if (seq & 1) {
		if (atomic_load_explicit(&own->ack, memory_order_relaxed) != seq) {
			ring_cursor_publish(&own->pos, r->pos);
			r->told = r->pos;
			atomic_store_explicit(&own->ack, seq, memory_order_release);
		}
		return false;
	}
	resume = atomic_load_explicit(&lap->resume, memory_order_relaxed);
	if (r->joined)
		dev->nf->stats.lost += resume - r->pos;
	r->joined = true;
	r->seq = seq;
	r->pos = resume;
	dev_publish(dev, w);
	return true;
}

static uint32_t
dev_rx_bypass(struct mv_dev *dev, uint32_t w, struct mv_pkt *pkts, uint32_t n)
{
	struct dev_ring *r = &dev->ring[w];
	uint32_t i, got;

	if (!dev_in_step(dev, w))
		return 0;
	/* all that was received before this call is done with */
	if (r->pos - r->told >= 1u << (dev->shift - 3))
		dev_publish(dev, w);
	got = ring_get(r->slots, dev->shift, r->pos, pkts, n);
	if (got == 0)
		dev_publish(dev, w);
	r->pos += got;
	for (i = 0; i < got; i++)
		pkts[i].tag = (uint16_t)dev->handle;
	return got;
}

/* Nothing was received: because there is nothing, or because there never will be? */
static int
dev_empty(struct mv_dev *dev)
{
	if (nf_detached(dev->nf)) {
		session_poll(dev->nf);
		return session_gone(dev->nf, "by the platform");
	}
	if (dev->gone)
		return error_set(ENODEV, "the device has been removed");
	return 0;
}

int
mv_rx(struct mv_dev *dev, struct mv_pkt *pkts, int n)
{
	struct mv_nf *nf = dev->nf;
	uint32_t i, w, workers = nf->shape.workers, got = 0,
		       want = n < 0 ? 0 : (uint32_t)n;

	nf_beat(nf);
	for (i = 0; i < workers; i++) {
		w = dev->next;
		dev->next = w + 1 < workers ? w + 1 : 0;
		got += dev->mode == MV_INLINE
			       ? dev_rx_inline(dev, w, pkts + got, want - got)
			       : dev_rx_bypass(dev, w, pkts + got, want - got);
	}
	nf->stats.rx_packets += got;
	return got ? (int)got : dev_empty(dev);
}

/* Whether N more ops fit in the op ring of worker W. */
static bool
ops_room(struct mv_nf *nf, uint32_t w, uint32_t n)
{
	struct nf_worker *k = &nf->worker[w];

	if (k->ops_limit - k->ops_pos >= n)
		return true;
	k->ops_limit = ring_cursor_read(&nf->down->ops[w].pos) + nf->shape.op_slots;
	return k->ops_limit - k->ops_pos >= n;
}

static void
ops_put(struct mv_nf *nf, uint32_t w, struct mv_pkt op, uint16_t what, uint32_t handle)
{
	struct nf_worker *k = &nf->worker[w];

	op.flags = what;
	op.tag = (uint16_t)handle;
	ring_put(k->ops, ring_shift(nf->shape.op_slots), k->ops_pos++, op);
}

/* Wakes worker W if it sleeps and has not been woken for this sleep; W2. */
static void
ops_kick(struct mv_nf *nf, uint32_t w)
{
	struct nf_worker *k = &nf->worker[w];
	uint32_t asleep = atomic_load_explicit(&nf->platform->worker[w].asleep,
					       memory_order_relaxed);
	uint64_t one = 1;

	if ((asleep & 1) && asleep != k->kicked && write(k->bell, &one, sizeof(one)) >= 0)
		k->kicked = asleep;
}

/* A burst of N ops is written to the workers in TOUCHED. */
static void
ops_done(struct mv_nf *nf, uint32_t touched, uint32_t n)
{
	uint32_t w;

	for (w = 0; touched; w++, touched >>= 1) {
		if (!(touched & 1))
			continue;
		ops_kick(nf, w);
		/* the worker has long read the slots of the next burst */
		ring_fetch_write(nf->worker[w].ops, ring_shift(nf->shape.op_slots),
				 nf->worker[w].ops_pos, n);
	}
}

/* The worker that handles ops on PKT. */
static uint32_t
pkt_worker(const struct mv_nf *nf, const struct mv_pkt *pkt)
{
	uint32_t region = pkt->buf >> 24;

	return region < nf->shape.workers ? region : 0;
}

/*
 * The usual burst, all of one worker and nothing borrowed, written last one first (see
 * ring_put_burst). Returns N, or 0 when it is not a usual one.
 */
static int
tx_plain(struct mv_dev *dev, const struct mv_pkt *pkts, int n)
{
	struct mv_nf *nf = dev->nf;
	uint32_t w = pkt_worker(nf, &pkts[0]);
	struct nf_worker *k = &nf->worker[w];
	unsigned int shift = ring_shift(nf->shape.op_slots);
	uint32_t other = 0, flags = 0;
	int i;

	if (!ops_room(nf, w, (uint32_t)n))
		return 0;
	ring_fetch_write(k->ops, shift, k->ops_pos, (uint32_t)n);
	for (i = 0; i < n; i++) {
		other |= pkts[i].buf ^ pkts[0].buf;
		flags |= pkts[i].flags;
	}
	if (other >> 24 || flags & MV_PKT_BORROWED)
		return 0;
	ring_put_burst(k->ops, shift, k->ops_pos, pkts, (uint32_t)n,
		       (struct ring_mark){SHM_OP_TX, (uint16_t)dev->handle});
	k->ops_pos += (uint32_t)n;
	ops_done(nf, 1u << w, (uint32_t)n);
	return n;
}

static int
tx_mixed(struct mv_dev *dev, const struct mv_pkt *pkts, int n)
{
	struct mv_nf *nf = dev->nf;
	uint32_t touched = 0;
	int i;

	for (i = 0; i < n; i++) {
		bool borrowed = pkts[i].flags & MV_PKT_BORROWED;
		uint32_t w = pkt_worker(nf, &pkts[i]);

		if (!ops_room(nf, w, 1u + borrowed))
			break;
		if (borrowed)
			ops_put(nf, w, pkts[i], SHM_OP_CLAIM, pkts[i].tag);
		ops_put(nf, w, pkts[i], SHM_OP_TX, dev->handle);
		touched |= 1u << w;
	}
	ops_done(nf, touched, (uint32_t)i);
	return i;
}

int
mv_tx(struct mv_dev *dev, const struct mv_pkt *pkts, int n)
{
	int sent;

	nf_beat(dev->nf);
	if (n <= 0)
		return 0;
	sent = tx_plain(dev, pkts, n);
	if (sent == 0)
		sent = tx_mixed(dev, pkts, n);
	dev->nf->stats.tx_packets += (uint64_t)sent;
	return sent;
}

int
mv_free(struct mv_nf *nf, const struct mv_pkt *pkts, int n)
{
	uint32_t touched = 0;
	int i;

	nf_beat(nf);
	for (i = 0; i < n; i++) {
		uint32_t w = pkt_worker(nf, &pkts[i]);

		if (pkts[i].flags & MV_PKT_BORROWED)
			continue;
		if (pkts[i].buf >> 24 == SHM_PRIVATE) {
			if (nf->n_free < nf->shape.private_bufs)
				nf->free_bufs[nf->n_free++] = pkts[i].buf & 0xffffff;
			continue;
		}
		if (!ops_room(nf, w, 1))
			break;
		ops_put(nf, w, pkts[i], SHM_OP_FREE, 0);
		nf->stats.freed++;
		touched |= 1u << w;
	}
	ops_done(nf, touched, (uint32_t)i);
	return i;
}

int
mv_claim(struct mv_dev *dev, struct mv_pkt *pkts, int n)
{
	struct mv_nf *nf = dev->nf;
	uint32_t touched = 0;
	int i;

	nf_beat(nf);
	for (i = 0; i < n; i++) {
		uint32_t w = pkt_worker(nf, &pkts[i]);

		if (!(pkts[i].flags & MV_PKT_BORROWED))
			continue;
		if (!ops_room(nf, w, 1))
			break;
		ops_put(nf, w, pkts[i], SHM_OP_CLAIM, dev->handle);
		pkts[i].flags &= (uint16_t)~MV_PKT_BORROWED;
		touched |= 1u << w;
	}
	ops_done(nf, touched, (uint32_t)i);
	return i;
}

/* What was delivered but never received goes back; the platform delivers no more. */
static void
dev_drain(struct mv_dev *dev)
{
	struct mv_pkt pkts[MV_BURST];
	uint32_t w, n;

	for (w = 0; dev->map.addr && dev->mode == MV_INLINE && w < dev->nf->shape.workers;
	     w++)
		while ((n = dev_rx_inline(dev, w, pkts, MV_BURST)) > 0)
			mv_free(dev->nf, pkts, (int)n);
}

int
mv_close(struct mv_dev *dev)
{
	struct wire_close req = {.type = WIRE_CLOSE, .handle = dev->handle};
	struct wire_closed rep;
	uint32_t w;
	int rc;

	rc = session_send(dev->nf, &req, WIRE_CLOSE);
	if (rc == 0)
		rc = session_recv(dev->nf, &rep, WIRE_CLOSED, NULL);
	if (rc == 0 && rep.err)
		rc = error_set((int)rep.err, "%.*s", WIRE_TEXT_MAX - 1, rep.text);
	dev_drain(dev);
	/* whoever gets this handle next starts at 0 */
	for (w = 0; w < dev->nf->shape.workers; w++)
		ring_cursor_publish(&dev->nf->up->reader[dev->handle][w].pos, 0);
	if (dev->map.addr)
		munmap(dev->map.addr, dev->map.size);
	dev->nf->devs[dev->handle] = NULL;
	free(dev);
	return rc;
}
