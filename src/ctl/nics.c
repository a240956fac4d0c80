/* SPDX-License-Identifier: BSD-3-Clause */
/* NICs in use: opening them into their place, and closing them. Called by apply.c. */
#include <errno.h>
#include <string.h>

#include <rte_malloc.h>

#include "ctl/platform.h"

struct nic *
nic_find(struct platform *p, const char *name)
{
	int i;

	for (i = 0; i < PLATFORM_NICS_MAX; i++)
		if (p->nics[i].used && !p->nics[i].leaving &&
		    strcmp(p->nics[i].conf.name, name) == 0)
			return &p->nics[i];
	return NULL;
}

/* The worker with the fewest NICs. */
static uint16_t
nic_worker(const struct platform *p)
{
	uint16_t n[SHM_WORKERS_MAX] = {0}, i, best = 0;

	for (i = 0; i < PLATFORM_NICS_MAX; i++)
		if (p->nics[i].used)
			n[p->nics[i].worker]++;
	for (i = 1; i < p->n_workers; i++)
		if (n[i] < n[best])
			best = i;
	return best;
}

static int
nic_queues(struct platform *p, struct nic *nic)
{
	uint16_t w;

	nic->count =
		rte_zmalloc("mvmp_nic", p->n_workers * sizeof(*nic->count), SHM_LINE);
	nic->txq = rte_zmalloc("mvmp_nic", p->n_workers * sizeof(*nic->txq), SHM_LINE);
	if (nic->count == NULL || nic->txq == NULL)
		return -ENOMEM;
	for (w = 0; w < p->n_workers; w++) {
		nic->txq[w].port = nic->port.port;
		nic->txq[w].nic = &nic->count[w];
		nic->txq[w].number = (uint16_t)(nic - p->nics);
		if (w == nic->worker)
			continue;
		nic->txq[w].handoff = p->handoff[w][nic->worker];
		nic->txq[w].wake.asleep = &p->workers[nic->worker].asleep->asleep;
		nic->txq[w].wake.fd = p->workers[nic->worker].bell;
	}
	return 0;
}

/* The NIC's hardware gets at the packets, and at what NFs send of their own. */
static int
nic_memory(struct platform *p, struct nic *nic)
{
	int i, rc = 0;

	for (i = 0; rc == 0 && i < p->n_workers; i++)
		rc = nic_map(&nic->port, &p->packets[i]);
	for (i = 0; rc == 0 && i < PLATFORM_NFS_MAX; i++)
		if (p->nfs[i].used && p->nfs[i].session)
			rc = nic_map(&nic->port, &p->nfs[i].session->private);
	return rc;
}

int
nic_add(struct platform *p, const struct model_nic *conf, struct errs *e)
{
	struct nic *nic = p->nics;
	int rc;

	while (nic < p->nics + PLATFORM_NICS_MAX && nic->used)
		nic++;
	if (nic == p->nics + PLATFORM_NICS_MAX) {
		errs_add(e, p->config_path, conf->line, "NIC %s: more than %d NICs",
			 conf->name, PLATFORM_NICS_MAX);
		return -ENOSPC;
	}
	*nic = (struct nic){.conf = *conf, .worker = nic_worker(p)};
	rc = nic_open(&nic->port, &nic->conf, (uint16_t)(nic - p->nics),
		      &p->pools[nic->worker], p->config_path, e);
	if (rc < 0)
		return rc;
	nic->used = true;
	rc = nic_queues(p, nic);
	if (rc == 0)
		rc = nic_memory(p, nic);
	if (rc < 0) {
		errs_add(e, p->config_path, conf->line, "NIC %s: %s", conf->name,
			 strerror(-rc));
		nic_remove(p, nic);
	}
	return rc;
}

void
nic_remove(struct platform *p, struct nic *nic)
{
	uint16_t w;

	for (w = 0; nic->txq && w < p->n_workers; w++)
		rte_pktmbuf_free_bulk(nic->txq[w].stage, nic->txq[w].n);
	nic_close(&nic->port);
	rte_free(nic->count);
	rte_free(nic->txq);
	*nic = (struct nic){.used = false};
}
