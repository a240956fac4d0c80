/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Starts DPDK's environment (EAL) as part of mvmpd: in memory only, no files, no
 * secondary processes, no devices but those that are configured.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>

#include "base/log.h"
#include "base/text.h"
#include "dpdk/dpdk.h"

#define ARGS_MAX  64
#define EAL_PAGES 32 /* 2 MB pages that DPDK itself wants, about */
#define PAGE_2M   (2u << 20)
#define FREE_2M   "/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages"

struct args {
	char *v[ARGS_MAX + 1];
	int n;
};

static void
args_add(struct args *a, const char *text)
{
	char *copy = a->n < ARGS_MAX ? strdup(text) : NULL;

	if (copy)
		a->v[a->n++] = copy;
}

static void
args_free(struct args *a)
{
	while (a->n > 0)
		free(a->v[--a->n]);
}

static long
hugepages_free(void)
{
	FILE *f = fopen(FREE_2M, "re");
	long n = 0;

	if (f == NULL)
		return 0;
	if (fscanf(f, "%ld", &n) != 1)
		n = 0;
	fclose(f);
	return n;
}

static int
hugepages_decide(const struct model_daemon *d, bool *huge, struct errs *e)
{
	long have = hugepages_free();
	long want = EAL_PAGES;

	*huge = false;
	if (d->hugepages == MODEL_OFF)
		return 0;
	want += (long)((d->workers * d->buffers * d->buffer_size + PAGE_2M - 1) /
		       PAGE_2M);
	if (have >= want) {
		*huge = true;
		return 0;
	}
	if (d->hugepages == MODEL_ON) {
		errs_add(e, NULL, 0,
			 "hugepages: %ld free pages of 2 MB, %ld needed; "
			 "try: sysctl vm.nr_hugepages=%ld",
			 have, want, want);
		return -ENOMEM;
	}
	errs_warn(e, NULL, 0,
		  "hugepages: %ld free pages of 2 MB, %ld needed; using ordinary pages "
		  "(slower); try: sysctl vm.nr_hugepages=%ld",
		  have, want, want);
	return 0;
}

/* "0@(0,1),1@(0,1),..." : lcore 0 is the control thread, lcore i + 1 worker i. */
static void
args_lcores(struct args *a, const struct model_daemon *d)
{
	char all[1024] = "", text[4096];
	unsigned int cpus[SHM_WORKERS_MAX];
	size_t len;
	cpu_set_t set;
	int i, pinned;

	CPU_ZERO(&set);
	sched_getaffinity(0, sizeof(set), &set);
	for (i = 0, len = 0; i < CPU_SETSIZE && len < sizeof(all) - 8; i++)
		if (CPU_ISSET(i, &set))
			len += (size_t)snprintf(all + len, sizeof(all) - len, "%s%d",
						len ? "," : "", i);
	pinned = d->cores[0] ? text_cpus(d->cores, cpus, SHM_WORKERS_MAX) : 0;
	len = (size_t)snprintf(text, sizeof(text), "--lcores=0@(%s)", all);
	for (i = 0; i < d->workers && len < sizeof(text); i++) {
		if (i < pinned)
			len += (size_t)snprintf(text + len, sizeof(text) - len, ",%d@%u",
						i + 1, cpus[i]);
		else
			len += (size_t)snprintf(text + len, sizeof(text) - len,
						",%d@(%s)", i + 1, all);
	}
	args_add(a, text);
}

static void
args_pci(struct args *a, const struct model *m)
{
	char text[MODEL_NAME_MAX + 16];
	size_t i, n = 0;

	for (i = 0; i < m->n_nics; i++) {
		if (m->nics[i].pci[0] == '\0')
			continue;
		snprintf(text, sizeof(text), "--allow=%s", m->nics[i].pci);
		args_add(a, text);
		n++;
	}
	if (n == 0)
		args_add(a, "--no-pci");
}

static void
args_more(struct args *a, const char *more)
{
	char *copy = strdup(more), *word, *save = NULL;

	for (word = copy ? strtok_r(copy, " \t", &save) : NULL; word;
	     word = strtok_r(NULL, " \t", &save))
		args_add(a, word);
	free(copy);
}

int
eal_start(const struct model *m, bool *huge, struct errs *e)
{
	struct args a = {.n = 0};
	char *v[ARGS_MAX + 1];
	char text[64];
	int rc;

	rc = hugepages_decide(&m->daemon, huge, e);
	if (rc < 0)
		return rc;
	args_add(&a, "mvmpd");
	args_add(&a, "--no-telemetry");
	args_add(&a, "--iova-mode=va");
	args_add(&a, "--log-level=error");
	if (*huge) {
		args_add(&a, "--in-memory");
	} else { /* the EAL takes --in-memory only with hugepages; no files either way */
		args_add(&a, "--no-shconf");
		args_add(&a, "--no-huge");
		snprintf(text, sizeof(text), "-m%lld", (long long)m->daemon.memory);
		args_add(&a, text);
	}
	args_lcores(&a, &m->daemon);
	args_pci(&a, m);
	args_more(&a, m->daemon.eal);
	memcpy(v, a.v, sizeof(v)); /* the EAL permutes its arguments */
	v[a.n] = NULL;
	rc = rte_eal_init(a.n, v);
	args_free(&a);
	if (rc < 0) {
		errs_add(e, NULL, 0, "DPDK does not start: %s", rte_strerror(rte_errno));
		return -rte_errno;
	}
	return 0;
}

void
eal_stop(void)
{
	rte_eal_cleanup();
}
