/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Worker threads (EAL lcores; worker i runs on lcore i + 1) and calls into them.
 */
#include <errno.h>
#include <linux/membarrier.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <rte_launch.h>
#include <rte_lcore.h>

#include "dpdk/dpdk.h"

#define SLACK_NS 1000 /* timer slack of a worker's sleep */

static int
take_from_worker(struct dp_pool *pool, void **objs, unsigned int n)
{
	struct dp_call call = {.what = DP_CALL_TAKE, .objs = objs, .n = n};

	worker_call(pool->owner, &call);
	return call.result;
}

int
worker_make(struct dp_worker *w, uint16_t id, struct shm_word *asleep)
{
	int rc;

	w->id = id;
	w->asleep = asleep;
	w->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (w->epoll < 0)
		return -errno;
	w->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (w->bell < 0)
		return -errno;
	rc = worker_add_bell(w, w->bell);
	dp_pool_take = take_from_worker;
	/* so that an NF about to sleep can put a barrier on our CPUs */
	syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED, 0, 0);
	return rc;
}

void
worker_unmake(struct dp_worker *w)
{
	close(w->epoll);
	close(w->bell);
}

int
worker_add_bell(struct dp_worker *w, int fd)
{
	/* edge-triggered: each ring wakes once and nobody has to read it */
	struct epoll_event ev = {.events = EPOLLIN | EPOLLET};

	return epoll_ctl(w->epoll, EPOLL_CTL_ADD, fd, &ev) < 0 ? -errno : 0;
}

void
worker_remove_bell(struct dp_worker *w, int fd)
{
	epoll_ctl(w->epoll, EPOLL_CTL_DEL, fd, NULL);
}

static int
worker_main(void *arg)
{
	struct dp_worker *w = arg;

	prctl(PR_SET_TIMERSLACK, SLACK_NS, 0, 0, 0);
	return dp_worker_run(w);
}

int
worker_start(struct dp_worker *w)
{
	int rc;

	atomic_store(&w->running, 1);
	rc = rte_eal_remote_launch(worker_main, w, w->id + 1u);
	if (rc < 0)
		atomic_store(&w->running, 0);
	return rc;
}

void
worker_call(struct dp_worker *w, struct dp_call *call)
{
	uint64_t one = 1;
	ssize_t n;

	atomic_store_explicit(&call->done, 0, memory_order_relaxed);
	if (!atomic_load(&w->running)) {
		dp_call_serve(w, call);
		return;
	}
	atomic_store_explicit(&w->call, call, memory_order_release); /* D2 */
	n = write(w->bell, &one, sizeof(one));
	(void)n; /* a bell that is full rings as well */
	while (!atomic_load_explicit(&call->done, memory_order_acquire)) /* D1 */
		sched_yield();
}

void
worker_stop(struct dp_worker *w)
{
	struct dp_call call = {.what = DP_CALL_STOP};

	if (!atomic_load(&w->running))
		return;
	worker_call(w, &call);
	rte_eal_wait_lcore(w->id + 1u);
	atomic_store(&w->running, 0);
}
