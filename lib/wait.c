/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Waiting for packets: spin, then yield (NFs may share a core), then sleep until the
 * platform sends to the wake socket. See struct shm_word for how no wake-up is lost.
 */
#include <linux/membarrier.h>
#include <poll.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "nf.h"

#define SPINS     64 /* looks before the first yield */
#define YIELDS    16 /* yields before the sleep */
#define UNSURE_MS 1  /* longest sleep where membarrier is not to be had */

static bool
ring_has(const struct mv_nf *nf, const struct mv_dev *dev, uint32_t w)
{
	const struct dev_ring *r = &dev->ring[w];
	uint32_t seq;

	if (dev->gone) /* worth a call of mv_rx(), which says so */
		return true;
	if (dev->mode == MV_BYPASS) {
		seq = atomic_load_explicit(&nf->down->lap[dev->handle][w].seq,
					   memory_order_acquire);
		if (seq & 1) /* worth a call of mv_rx() while not acknowledged */
			return atomic_load_explicit(&nf->up->reader[dev->handle][w].ack,
						    memory_order_relaxed) != seq;
		if (seq != r->seq)
			return true;
	}
	return ring_ready(r->slots, dev->shift, r->pos);
}

static bool
nf_has(const struct mv_nf *nf)
{
	uint32_t i, w;

	for (i = 0; i < SHM_OPENS_MAX; i++)
		for (w = 0; nf->devs[i] && w < nf->shape.workers; w++)
			if (ring_has(nf, nf->devs[i], w))
				return true;
	return false;
}

int
mv_heartbeat_ms(const struct mv_nf *nf)
{
	return (int)(nf->heartbeat_ms / 3 ? nf->heartbeat_ms / 3 : 1);
}

int
mv_fd(const struct mv_nf *nf)
{
	return nf->epoll;
}

static void
wake_clear(struct mv_nf *nf)
{
	char buf[64];

	while (read(nf->wake, buf, sizeof(buf)) > 0)
		;
}

static void
sleep_word(struct mv_nf *nf, bool asleep)
{
	nf->sleep_seq += 1 + ((nf->sleep_seq & 1) == asleep);
	atomic_store_explicit(&nf->up->sleep.asleep, nf->sleep_seq, memory_order_seq_cst);
	if (asleep) /* W1 */
		syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL_EXPEDITED, 0, 0);
}

int
mv_arm(struct mv_nf *nf)
{
	nf_beat(nf);
	wake_clear(nf);
	session_poll(nf);
	if (nf_detached(nf))
		return session_gone(nf, "by the platform");
	sleep_word(nf, true);
	return nf_has(nf);
}

/* Sleeps once, for MS at the most; 1 when there are packets already, 0, or -ENOTCONN. */
static int
wait_sleep(struct mv_nf *nf, int ms)
{
	struct pollfd p[] = {{.fd = nf->wake, .events = POLLIN},
			     {.fd = nf->sock, .events = POLLIN}};
	int rc = mv_arm(nf);

	if (rc == 0) {
		if (ms < 0 || ms > mv_heartbeat_ms(nf))
			ms = mv_heartbeat_ms(nf);
		if (!nf->membarrier && ms > UNSURE_MS)
			ms = UNSURE_MS;
		poll(p, 2, ms); /* a signal ends it too, and that is all right */
	}
	sleep_word(nf, false);
	return rc;
}

int
mv_wait(struct mv_nf *nf, int timeout_ms)
{
	int i, rc;

	nf_beat(nf);
	for (i = 0; i < SPINS; i++) {
		if (nf_has(nf))
			return 1;
		ring_pause();
	}
	for (i = 0; i < YIELDS; i++) {
		sched_yield();
		if (nf_has(nf))
			return 1;
	}
	rc = wait_sleep(nf, timeout_ms);
	if (rc < 0)
		return rc;
	return rc || nf_has(nf);
}
