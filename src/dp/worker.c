/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The worker: a thread that goes round the boxes, serves a call of the control thread
 * between two rounds, and sleeps when it has had nothing to do for a while. Run on its
 * lcore by dpdk/lcore.c.
 */
#include <rte_cycles.h>

#include "dp/dp.h"

#define RELEASE_ROUNDS 64  /* busy rounds between looks at all device rings */
#define SPIN_ROUNDS    256 /* empty rounds before the first sleep */
#define SLEEP_FIRST_US 10  /* doubled with each further empty sleep */

/* One round; false when there was nothing to do. */
static bool
worker_round(struct dp_worker *w)
{
	const struct plan *plan = w->plan;
	uint64_t before = w->moved;
	uint32_t i, sent;

	reclaim_fetch(plan);
	w->moved += rx_round(w, plan);
	reclaim_round(w, plan);
	sent = tx_round(w, plan);
	/* also under load: a quiet device's readers wait to join, or to return packets */
	if (w->moved == before || ++w->rounds % RELEASE_ROUNDS == 0) {
		for (i = 0; i < plan->n_devices; i++)
			if (plan->devices[i].ring)
				share_release(w, &plan->devices[i]);
		for (i = 0; i < plan->n_nfs; i++)
			if (plan->nfs[i].nf->wake.not_before) /* a kick was put off */
				dp_wake_check(&plan->nfs[i].nf->wake);
	}
	if (w->n_pools > 1)
		pool_collect(w->pool);
	return w->moved != before || sent > 0;
}

int
dp_worker_run(void *arg)
{
	struct dp_worker *w = arg;
	struct dp_call *call;
	uint64_t now, last = rte_rdtsc();
	uint32_t empty = 0, us = SLEEP_FIRST_US;

	dp_self = w->id;
	w->stop = false;
	while (!w->stop) {
		bool active;

		call = atomic_load_explicit(&w->call, memory_order_acquire); /* D2 */
		if (call) {
			atomic_store_explicit(&w->call, NULL, memory_order_relaxed);
			/* it may take ops in; who put them need not wake us for more */
			if (w->sleep_seq & 1)
				idle_awake(w);
			dp_call_serve(w, call);
			continue;
		}
		active = worker_round(w);
		if (active) {
			if (w->sleep_seq & 1)
				idle_awake(w);
			empty = 0;
			us = SLEEP_FIRST_US;
		} else if (++empty > SPIN_ROUNDS && !w->plan->busy) {
			us = RTE_MIN(us, w->plan->sleep_us);
			idle_sleep(w, w->plan, us);
			us *= 2;
		}
		now = rte_rdtsc();
		*(active ? &w->busy_ticks : &w->idle_ticks) += now - last;
		last = now;
	}
	dp_self = SHM_WORKERS_MAX;
	return 0;
}
