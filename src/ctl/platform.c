/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Starting and stopping the platform: EAL, packet memory, workers. Called by main.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <rte_errno.h>
#include <rte_malloc.h>

#include "base/log.h"
#include "ctl/platform.h"

#define HANDOFF_SLOTS 1024

int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

uint8_t
platform_holder_take(struct platform *p)
{
	int i;

	for (i = LEDGER_FIRST; i <= LEDGER_LAST; i++) {
		if (!p->holders[i]) {
			p->holders[i] = true;
			return (uint8_t)i;
		}
	}
	return 0;
}

void
platform_holder_give(struct platform *p, uint8_t holder)
{
	p->holders[holder] = false;
}

void
platform_call(struct platform *p, struct dp_call call)
{
	uint16_t w;

	for (w = 0; w < p->n_workers; w++) {
		struct dp_call one = call;

		worker_call(&p->workers[w], &one);
	}
}

void
platform_audit(struct platform *p, struct dp_audit *audit)
{
	struct dp_call flush = {.what = DP_CALL_FLUSH};
	uint16_t w;

	/* every thread's cached buffers go home before they are counted */
	dp_call_serve(&p->workers[0], &(struct dp_call){.what = DP_CALL_FLUSH});
	platform_call(p, flush);
	for (w = 0; w < p->n_workers; w++) {
		struct dp_call call = {.what = DP_CALL_AUDIT, .audit = &audit[w]};

		worker_call(&p->workers[w], &call);
	}
}

void
platform_retire(struct platform *p)
{
	uint16_t w;

	if (platform_publish(p) == 0)
		return;
	/* what is about to be freed must be in no plan: better no traffic for now */
	log_err("out of memory: no plan, traffic stops until the next change");
	for (w = 0; w < p->n_workers; w++) {
		struct dp_call call = {.what = DP_CALL_PLAN, .plan = &p->no_plan[w]};

		worker_call(&p->workers[w], &call);
		if (call.plan != &p->no_plan[w])
			plan_free(call.plan);
	}
}

static int
start_page(struct platform *p, struct errs *e)
{
	int rc = region_make(&p->page, "mvmp-platform", sizeof(struct shm_platform),
			     false);

	if (rc == 0)
		rc = region_seal(&p->page);
	if (rc < 0)
		errs_add(e, NULL, 0, "platform memory: %s", strerror(-rc));
	return rc;
}

static int
start_handoff(struct platform *p)
{
	uint16_t from, to;
	char name[32];

	for (from = 0; from < p->n_workers; from++) {
		for (to = 0; to < p->n_workers; to++) {
			if (from == to)
				continue;
			snprintf(name, sizeof(name), "mvmp_handoff_%u_%u", from, to);
			p->handoff[from][to] =
				rte_ring_create(name, HANDOFF_SLOTS, SOCKET_ID_ANY,
						RING_F_SP_ENQ | RING_F_SC_DEQ);
			if (p->handoff[from][to] == NULL)
				return -rte_errno;
		}
	}
	return 0;
}

static int
start_worker(struct platform *p, uint16_t id, struct errs *e)
{
	const struct model_daemon *d = &p->model.daemon;
	struct shm_platform *page = (void *)p->page.addr;
	struct dp_worker *w = &p->workers[id];
	int rc;

	rc = worker_make(w, id, &page->worker[id]);
	if (rc < 0) {
		errs_add(e, NULL, 0, "worker %u: %s", id, strerror(-rc));
		return rc;
	}
	p->pools[id].owner = w;
	p->pool_list[id] = &p->pools[id];
	w->pool = &p->pools[id];
	w->pools = p->pool_list;
	w->n_pools = p->n_workers;
	rc = pool_make(&p->pools[id], &p->packets[id], (uint32_t)d->buffers,
		       (uint32_t)d->buffer_size, p->n_workers, p->huge, e);
	if (rc == 0 && id == 0)
		rc = region_attack(&p->packets[id], e);
	return rc;
}

int
platform_start(struct platform *p, struct errs *e)
{
	uint16_t i;
	int rc;

	p->started_ms = now_ms();
	p->n_workers = (uint16_t)p->model.daemon.workers;
	for (i = 0; i < SHM_WORKERS_MAX; i++)
		p->packets[i] = REGION_NONE;
	p->page = REGION_NONE;
	rc = eal_start(&p->model, &p->huge, e);
	if (rc < 0)
		return rc;
	p->workers = rte_zmalloc("mvmp", p->n_workers * sizeof(*p->workers), SHM_LINE);
	p->pools = rte_zmalloc("mvmp", p->n_workers * sizeof(*p->pools), SHM_LINE);
	if (p->workers == NULL || p->pools == NULL || start_handoff(p) < 0) {
		errs_add(e, NULL, 0, "out of DPDK memory; see daemon.memory");
		return -ENOMEM;
	}
	rc = start_page(p, e);
	for (i = 0; rc == 0 && i < p->n_workers; i++)
		rc = start_worker(p, i, e);
	if (rc == 0)
		rc = platform_publish(p);
	for (i = 0; rc == 0 && i < p->n_workers; i++) {
		rc = worker_start(&p->workers[i]);
		if (rc < 0)
			errs_add(e, NULL, 0, "worker %u does not start: %s", i,
				 strerror(-rc));
	}
	return rc;
}

static void
stop_nfs(struct platform *p)
{
	int i;

	for (i = 0; i < PLATFORM_NFS_MAX; i++)
		if (p->nfs[i].used)
			nf_remove(p, &p->nfs[i], "mvmpd stops");
}

void
platform_stop(struct platform *p)
{
	uint16_t i;

	stop_nfs(p);
	for (i = 0; p->workers && i < p->n_workers; i++)
		worker_stop(&p->workers[i]);
	for (i = 0; i < PLATFORM_NICS_MAX; i++)
		if (p->nics[i].used)
			nic_remove(p, &p->nics[i]);
	session_reap(p);
	for (i = 0; i < PLATFORM_DEVICES_MAX; i++)
		if (p->devices[i].used)
			device_remove(p, &p->devices[i]);
	for (i = 0; p->workers && i < p->n_workers; i++) {
		if (p->workers[i].plan != &p->no_plan[i])
			plan_free(p->workers[i].plan);
		if (p->workers[i].pool == NULL)
			continue;
		pool_unmake(&p->pools[i], &p->packets[i]);
		worker_unmake(&p->workers[i]);
	}
	region_free(&p->page);
	rte_free(p->pools);
	rte_free(p->workers);
	model_clear(&p->model);
	eal_stop();
}
