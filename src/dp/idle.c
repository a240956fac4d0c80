/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sleeping and waking: the only system calls of the hot path, made when there is
 * nothing to do, or for somebody who sleeps. See struct shm_word for the protocol.
 * worker sleeps by it, deliver and share wake NFs by it.
 */
#include <linux/membarrier.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <rte_cycles.h>

#include "dp/dp.h"

void
idle_kick(struct dp_wake *wake, uint32_t asleep)
{
	const uint64_t one = 1;
	uint64_t cost, t = rte_rdtsc();
	ssize_t n;

	if (t < wake->not_before)
		return; /* looked at again with the next burst or idle round */
	/* neither can block: a queue or counter that is full wakes as well */
	if (wake->msg)
		n = sendmsg(wake->fd, wake->msg, MSG_DONTWAIT | MSG_NOSIGNAL);
	else
		n = write(wake->fd, &one, sizeof(one));
	(void)n;
	wake->kicked = asleep;
	cost = rte_rdtsc() - t;
	if (wake->limit && cost > wake->limit)
		wake->not_before = t + 33 * cost;
}

static bool
idle_work(struct dp_worker *w, const struct plan *plan)
{
	uint32_t i;

	if (atomic_load_explicit(&w->call, memory_order_relaxed))
		return true;
	for (i = 0; i < plan->n_nfs; i++) {
		const struct dp_nf *nf = plan->nfs[i].nf;

		if (ring_written(nf->ops, nf->ops_shift, nf->ops_pos))
			return true;
	}
	for (i = 0; i < plan->n_inbound; i++)
		if (!rte_ring_empty(plan->inbound[i]))
			return true;
	return false;
}

void
idle_sleep(struct dp_worker *w, const struct plan *plan, uint32_t us)
{
	struct timespec timeout = {.tv_nsec = (long)us * 1000};
	struct epoll_event event;

	if (timeout.tv_nsec >= 1000000000)
		timeout = (struct timespec){.tv_sec = 1};
	if (!(w->sleep_seq & 1)) { /* else still said so since the last sleep */
		atomic_store_explicit(&w->asleep->asleep, ++w->sleep_seq,
				      memory_order_seq_cst);
		/* W1; where it fails the time-out bounds the wait */
		syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL_EXPEDITED, 0, 0);
	}
	if (idle_work(w, plan))
		return;
	epoll_pwait2(w->epoll, &event, 1, &timeout, NULL);
	w->sleeps++;
}

void
idle_awake(struct dp_worker *w)
{
	atomic_store_explicit(&w->asleep->asleep, ++w->sleep_seq, memory_order_relaxed);
}
