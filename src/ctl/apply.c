/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The one way to change anything: bring the running platform in line with a model.
 * What can fail (opening NICs, listening for NFs) is done first, beside what runs, and
 * undone if anything fails; then plans are published; then what is no longer wanted
 * goes. Called at start-up and by every reload.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "ctl/platform.h"

static void changes_add(struct changes *c, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void
changes_add(struct changes *c, const char *fmt, ...)
{
	char **list, *text;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	log_info("%s", text);
	list = c ? realloc(c->list, (c->n + 1) * sizeof(*list)) : NULL;
	if (list == NULL) {
		free(text);
		return;
	}
	c->list = list;
	c->list[c->n++] = text;
}

void
changes_clear(struct changes *c)
{
	while (c->n > 0)
		free(c->list[--c->n]);
	free(c->list);
	c->list = NULL;
}

/* Settings of the daemon itself cannot change while it runs. */
static void
check_daemon(const struct model *old, const struct model *m, const char *file,
	     struct errs *e)
{
	struct model_daemon a = old->daemon, b = m->daemon;

	a.line = b.line = 0;
	if (memcmp(&a, &b, sizeof(a)) != 0)
		errs_add(
			e, file, m->daemon.line,
			"daemon: these settings take effect when mvmpd is started again");
}

/* Old devices go only after new ones have come: there must be places for both. */
static void
check_devices(struct platform *p, const struct model *m, struct errs *e)
{
	size_t i, n = m->n_devices;

	for (i = 0; i < PLATFORM_DEVICES_MAX; i++)
		if (p->devices[i].used &&
		    model_device_find(m, p->devices[i].conf.name) < 0)
			n++;
	if (n > PLATFORM_DEVICES_MAX)
		errs_add(e, p->config_path, 0,
			 "%zu devices, new ones and those that go, are more than %d", n,
			 PLATFORM_DEVICES_MAX);
}

static bool
nic_same(const struct model_nic *a, const struct model_nic *b)
{
	struct model_nic x = *a, y = *b;

	x.line = y.line = 0;
	return memcmp(&x, &y, sizeof(x)) == 0;
}

static bool
names_same(const struct model_names *a, const struct model_names *b)
{
	size_t i;

	for (i = 0; i < a->n && i < b->n; i++)
		if (strcmp(a->list[i], b->list[i]) != 0)
			return false;
	return a->n == b->n;
}

static bool
device_same(const struct model_device *a, const struct model_device *b)
{
	return strcmp(a->kind, b->kind) == 0 && a->ring == b->ring &&
	       names_same(&a->members, &b->members);
}

static bool
nf_same(const struct model_nf *a, const struct model_nf *b)
{
	return a->user == b->user && a->quota == b->quota &&
	       a->private_buffers == b->private_buffers && a->heartbeat == b->heartbeat &&
	       a->violations == b->violations && names_same(&a->open, &b->open);
}

/* Marks what goes or changes, opens what comes. What it added is told by ADDED. */
static int
open_nics(struct platform *p, const struct model *m, bool *added, struct errs *e)
{
	int i, k, rc = 0;

	for (i = 0; i < PLATFORM_NICS_MAX; i++) {
		struct nic *nic = &p->nics[i];

		if (!nic->used)
			continue;
		k = model_nic_find(m, nic->conf.name);
		nic->leaving = k < 0 || !nic_same(&nic->conf, &m->nics[k]) ||
			       nic_gone(&nic->port);
	}
	for (k = 0; rc == 0 && (size_t)k < m->n_nics; k++) {
		if (nic_find(p, m->nics[k].name))
			continue;
		rc = nic_add(p, &m->nics[k], e);
		if (rc == 0)
			added[nic_find(p, m->nics[k].name) - p->nics] = true;
	}
	return rc;
}

static void
undo_nics(struct platform *p, const bool *added)
{
	int i;

	for (i = 0; i < PLATFORM_NICS_MAX; i++) {
		p->nics[i].leaving = false;
		if (added[i])
			nic_remove(p, &p->nics[i]);
	}
}

static int
listen_nfs(struct platform *p, const struct model *m, bool *added, struct errs *e)
{
	size_t k;
	int rc = 0;

	for (k = 0; rc == 0 && k < m->n_nfs; k++) {
		if (nf_find(p, m->nfs[k].name))
			continue;
		rc = nf_add(p, &m->nfs[k], e);
		if (rc == 0)
			added[nf_find(p, m->nfs[k].name) - p->nfs] = true;
	}
	return rc;
}

static void
undo_nfs(struct platform *p, const bool *added)
{
	int i;

	for (i = 0; i < PLATFORM_NFS_MAX; i++)
		if (added[i])
			nf_remove(p, &p->nfs[i], "it is not declared after all");
}

/* Takes DEV away from every NF that has it open and may not any more. */
static void
revoke(struct platform *p, struct device *dev, const char *why)
{
	int i;
	uint32_t h;

	for (i = 0; i < PLATFORM_NFS_MAX; i++) {
		struct nf *nf = &p->nfs[i];

		for (h = 0; h < SHM_OPENS_MAX; h++)
			if (nf->used && nf->session &&
			    nf->session->opens[h].device == dev &&
			    (why || !model_names_have(&nf->conf.open, dev->conf.name)))
				open_revoke(nf->session, h,
					    why ? why : "is no longer allowed");
	}
}

static int
change_devices(struct platform *p, const struct model *m, struct changes *c,
	       struct errs *e)
{
	size_t k;
	int rc = 0;

	for (k = 0; rc == 0 && k < m->n_devices; k++) {
		struct device *dev = device_find(p, m->devices[k].name);

		if (dev == NULL) {
			rc = device_add(p, &m->devices[k], e);
			if (rc == 0)
				changes_add(c, "device %s added", m->devices[k].name);
			continue;
		}
		if (!device_same(&dev->conf, &m->devices[k]))
			changes_add(c, "device %s changed", dev->conf.name);
		rc = device_change(p, dev,
				   &m->devices[k]); /* members may have new numbers */
	}
	return rc;
}

static void
remove_devices(struct platform *p, struct changes *c)
{
	int i;

	for (i = 0; i < PLATFORM_DEVICES_MAX; i++) {
		struct device *dev = &p->devices[i];

		if (!dev->used)
			continue;
		if (model_device_find(&p->model, dev->conf.name) >= 0) {
			revoke(p, dev, NULL);
			continue;
		}
		revoke(p, dev, "was removed from the configuration");
		changes_add(c, "device %s removed", dev->conf.name);
		dev->used = false;
		platform_retire(p);
		device_remove(p, dev);
	}
}

static void
remove_nics(struct platform *p, const bool *added, struct changes *c)
{
	int i;

	for (i = 0; i < PLATFORM_NICS_MAX; i++) {
		if (added[i])
			changes_add(c, "NIC %s added", p->nics[i].conf.name);
		if (!p->nics[i].used || !p->nics[i].leaving)
			continue;
		changes_add(c, "NIC %s removed", p->nics[i].conf.name);
		nic_remove(p, &p->nics[i]);
	}
}

static void
change_nfs(struct platform *p, const bool *added, struct changes *c)
{
	int i, k;

	for (i = 0; i < PLATFORM_NFS_MAX; i++) {
		struct nf *nf = &p->nfs[i];

		if (!nf->used)
			continue;
		k = model_nf_find(&p->model, nf->conf.name);
		if (added[i])
			changes_add(c, "NF %s added", nf->conf.name);
		if (k >= 0) {
			if (!added[i] && !nf_same(&nf->conf, &p->model.nfs[k]))
				changes_add(c, "NF %s changed", nf->conf.name);
			nf_change(p, nf, &p->model.nfs[k]);
			continue;
		}
		changes_add(c, "NF %s removed", nf->conf.name);
		nf_remove(p, nf, "it is no longer declared");
	}
}

/* Devices that are to go have no NIC any more, whatever happens next. */
static void
empty_devices(struct platform *p, const struct model *m)
{
	int i;

	for (i = 0; i < PLATFORM_DEVICES_MAX; i++)
		if (p->devices[i].used &&
		    model_device_find(m, p->devices[i].conf.name) < 0)
			p->devices[i].conf.members.n = 0;
}

int
apply_model(struct platform *p, struct model *m, struct changes *c, struct errs *e)
{
	bool nics[PLATFORM_NICS_MAX] = {false}, nfs[PLATFORM_NFS_MAX] = {false};
	struct model old;
	int rc;

	check_daemon(&p->model, m, p->config_path, e);
	check_devices(p, m, e);
	if (e->n_errors)
		return -EINVAL;
	rc = open_nics(p, m, nics, e);
	if (rc == 0)
		rc = listen_nfs(p, m, nfs, e);
	if (rc < 0) {
		undo_nfs(p, nfs);
		undo_nics(p, nics);
		return rc;
	}
	old = p->model;
	p->model = *m;
	*m = (struct model){.n_nics = 0};
	empty_devices(p, &p->model);
	rc = change_devices(p, &p->model, c, e);
	platform_retire(p);
	change_nfs(p, nfs, c);
	remove_devices(p, c);
	remove_nics(p, nics, c);
	model_clear(&old);
	return rc;
}

int
apply_file(struct platform *p, struct changes *c, struct errs *e)
{
	struct model m = {.n_nics = 0};
	int rc;

	rc = model_read(&m, p->config_path, e);
	if (p->no_huge)
		m.daemon.hugepages = MODEL_OFF;
	if (rc == 0)
		rc = apply_model(p, &m, c, e);
	model_clear(&m);
	return rc;
}
