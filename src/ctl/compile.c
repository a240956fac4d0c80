/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The plan compiler: from the running platform (NICs, devices, open devices of NFs) to
 * one immutable plan per worker, and its hand-over. Everything that can be decided at
 * commit time is decided here. Called by apply.c and whenever an NF comes or goes.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/platform.h"

static bool
cell_receives(const struct platform *p, const struct nic *nic, const struct device *dev)
{
	const struct model_cell *c =
		model_cell_find(&p->model, nic->conf.name, dev->conf.name);

	return c == NULL || strcmp(c->receive, "none") != 0;
}

static bool
device_has(const struct device *dev, uint16_t nic)
{
	size_t i;

	for (i = 0; i < dev->conf.members.n; i++)
		if (dev->members[i] == nic)
			return true;
	return false;
}

/* By which NIC a packet leaves DEV, by the NIC it came in by; entry n_nics: none. */
static uint16_t *
compile_egress(const struct device *dev, uint32_t n_nics)
{
	size_t i, n = dev->conf.members.n;
	uint16_t *egress = calloc(n_nics + 1, sizeof(*egress));
	size_t *out = calloc(n + 1, sizeof(*out));

	if (egress == NULL || out == NULL) {
		free(egress);
		free(out);
		return NULL;
	}
	for (i = 0; i <= n_nics; i++)
		egress[i] = DP_NIC_NONE;
	for (i = 0; n > 0 && i <= n; i++)
		if (dev->kind->egress(n, i, out) > 0)
			egress[i < n ? dev->members[i] : n_nics] = dev->members[out[0]];
	free(out);
	return egress;
}

/* Lists who has DEV open, for worker W. */
static int
compile_device(struct plan *plan, struct plan_device *pd, struct device *dev, uint16_t w)
{
	uint32_t i, k;

	pd->device = &dev->count[w];
	pd->instances = calloc(plan->n_nfs + 1, sizeof(*pd->instances));
	pd->readers = calloc(plan->n_nfs + 1, sizeof(*pd->readers));
	pd->egress = compile_egress(dev, plan->n_nics);
	if (pd->instances == NULL || pd->readers == NULL || pd->egress == NULL)
		return -ENOMEM;
	for (i = 0; i < plan->n_nfs; i++) {
		struct session *s = plan->nfs[i].owner;

		for (k = 0; k < SHM_OPENS_MAX; k++) {
			struct open *o = &s->opens[k];
			struct plan_handle *h = &plan->nfs[i].handles[k];

			if (o->device != dev)
				continue;
			h->device = pd->device;
			h->egress = pd->egress;
			if (o->mode == MV_INLINE) {
				pd->instances[pd->n_instances++] = &o->instances[w];
				continue;
			}
			h->ring = pd->ring = &dev->ring[w];
			pd->readers[pd->n_readers].reader = &o->readers[w];
			pd->readers[pd->n_readers++].nf = &plan->nfs[i];
		}
	}
	return 0;
}

static int
compile_rx(struct platform *p, struct plan *plan, struct plan_device **by_device,
	   uint16_t w)
{
	uint16_t i, d;

	for (i = 0; i < plan->n_nics; i++) {
		struct nic *nic = &p->nics[i];
		struct plan_rx *rx = &plan->rx[plan->n_rx];

		if (!nic->used || nic->leaving || nic->worker != w)
			continue;
		plan->n_rx++;
		rx->port = nic->port.port;
		rx->nic = i;
		rx->copy = nic->port.copy;
		rx->count = &nic->count[w];
		rx->devices = calloc(plan->n_devices + 1, sizeof(struct plan_device *));
		if (rx->devices == NULL)
			return -ENOMEM;
		for (d = 0; d < PLATFORM_DEVICES_MAX; d++)
			if (by_device[d] && device_has(&p->devices[d], i) &&
			    cell_receives(p, nic, &p->devices[d]))
				rx->devices[rx->n_devices++] = by_device[d];
	}
	return 0;
}

static void
compile_tx(struct platform *p, struct plan *plan, uint16_t w)
{
	uint16_t i;

	for (i = 0; i < plan->n_nics; i++) {
		struct nic *nic = &p->nics[i];

		if (!nic->used || nic->leaving)
			continue;
		plan->tx[i].txq = &nic->txq[w];
		plan->tx[i].max_len = nic->port.max_len;
	}
	for (i = 0; i < p->n_workers; i++)
		if (i != w)
			plan->inbound[plan->n_inbound++] = p->handoff[i][w];
}

static void
compile_nfs(struct platform *p, struct plan *plan, uint16_t w)
{
	int i;

	for (i = 0; i < PLATFORM_NFS_MAX; i++) {
		struct session *s = p->nfs[i].used ? p->nfs[i].session : NULL;

		if (s == NULL || s->state != SESSION_READY)
			continue;
		plan->nfs[plan->n_nfs].owner = s;
		plan->nfs[plan->n_nfs++].nf = &s->dp[w];
	}
}

static int
compile_parts(struct platform *p, struct plan *plan, uint16_t w)
{
	struct plan_device *by_device[PLATFORM_DEVICES_MAX] = {NULL};
	int i, rc = 0;

	compile_nfs(p, plan, w);
	for (i = 0; rc == 0 && i < PLATFORM_DEVICES_MAX; i++) {
		if (!p->devices[i].used)
			continue;
		by_device[i] = &plan->devices[plan->n_devices++];
		rc = compile_device(plan, by_device[i], &p->devices[i], w);
	}
	if (rc == 0)
		rc = compile_rx(p, plan, by_device, w);
	compile_tx(p, plan, w);
	return rc;
}

static struct plan *
plan_compile(struct platform *p, uint16_t w)
{
	struct plan *plan = calloc(1, sizeof(*plan));
	uint32_t i;

	if (plan == NULL)
		return NULL;
	for (i = 0; i < PLATFORM_NICS_MAX; i++)
		if (p->nics[i].used)
			plan->n_nics = i + 1;
	plan->busy = p->model.daemon.poll == MODEL_POLL_BUSY;
	plan->profile = p->model.daemon.profile;
	plan->sleep_us = (uint32_t)p->model.daemon.sleep_us;
	plan->rx = calloc(PLATFORM_NICS_MAX, sizeof(*plan->rx));
	plan->tx = calloc(PLATFORM_NICS_MAX, sizeof(*plan->tx));
	plan->devices = calloc(PLATFORM_DEVICES_MAX, sizeof(*plan->devices));
	plan->nfs = calloc(PLATFORM_NFS_MAX, sizeof(*plan->nfs));
	plan->inbound = calloc(SHM_WORKERS_MAX, sizeof(struct rte_ring *));
	if (plan->rx && plan->tx && plan->devices && plan->nfs && plan->inbound &&
	    compile_parts(p, plan, w) == 0)
		return plan;
	plan_free(plan);
	return NULL;
}

void
plan_free(struct plan *plan)
{
	uint32_t i;

	if (plan == NULL)
		return;
	for (i = 0; plan->rx && i < plan->n_rx; i++)
		free(plan->rx[i].devices);
	for (i = 0; plan->devices && i < plan->n_devices; i++) {
		free(plan->devices[i].instances);
		free(plan->devices[i].readers);
		free(plan->devices[i].egress);
	}
	free(plan->rx);
	free(plan->tx);
	free(plan->devices);
	free(plan->nfs);
	free(plan->inbound);
	free(plan);
}

int
platform_publish(struct platform *p)
{
	struct plan *plans[SHM_WORKERS_MAX];
	uint16_t w;

	for (w = 0; w < p->n_workers; w++) {
		plans[w] = plan_compile(p, w);
		if (plans[w] == NULL) {
			while (w-- > 0)
				plan_free(plans[w]);
			return -ENOMEM;
		}
	}
	for (w = 0; w < p->n_workers; w++) {
		struct dp_call call = {.what = DP_CALL_PLAN, .plan = plans[w]};

		worker_call(&p->workers[w], &call);
		if (call.plan != &p->no_plan[w])
			plan_free(call.plan);
	}
	return 0;
}
