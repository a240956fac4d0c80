/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * model_check: the rules that look at more than one entry, one function per section.
 * Every rule is checked, so that all errors are told at once. An entry without a name
 * was refused by the reader already and is passed over.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "base/text.h"
#include "model/kinds.h"
#include "model/model.h"

#define SOCKET_PATH_MAX (sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1)
#define WORKERS_MAX     16

struct check {
	const struct model *m;
	const char *file;
	struct errs *e;
};

/* The text ", did you mean 'X'?" when one of the N names (each STRIDE bytes) is near. */
static const char *
near_text(const char *typed, const void *names, size_t n, size_t stride, char *buf,
	  size_t size)
{
	buf[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		const char *name = (const char *)names + i * stride;

		if (name[0] != '\0' && text_is_near(typed, name)) {
			snprintf(buf, size, " (did you mean '%s'?)", name);
			break;
		}
	}
	return buf;
}

static void
nic_unknown(const struct check *c, int line, const char *who, const char *nic)
{
	char near[80];

	errs_add(c->e, c->file, line, "%s: there is no NIC '%s'%s", who, nic,
		 near_text(nic, c->m->nics, c->m->n_nics, sizeof(struct model_nic), near,
			   sizeof(near)));
}

static void
device_unknown(const struct check *c, int line, const char *who, const char *device)
{
	char near[80];

	errs_add(c->e, c->file, line, "%s: there is no device '%s'%s", who, device,
		 near_text(device, c->m->devices, c->m->n_devices,
			   sizeof(struct model_device), near, sizeof(near)));
}

/* ---- daemon */

static void
cores_check(const struct check *c)
{
	const struct model_daemon *d = &c->m->daemon;
	unsigned int cpus[WORKERS_MAX];
	int n = text_cpus(d->cores, cpus, WORKERS_MAX);

	if (n == -EEXIST)
		errs_add(c->e, c->file, d->line,
			 "daemon: cores: a CPU is named twice in \"%s\"", d->cores);
	else if (n == -E2BIG)
		errs_add(c->e, c->file, d->line,
			 "daemon: cores: more than %d CPUs in \"%s\"", WORKERS_MAX,
			 d->cores);
	else if (n < 0)
		errs_add(c->e, c->file, d->line,
			 "daemon: cores: \"%s\" is not a list of CPUs such as \"1,3-4\" "
			 "(CPUs 0..%d)",
			 d->cores, TEXT_CPU_MAX);
	else if (n > 0 && n != d->workers)
		errs_add(c->e, c->file, d->line,
			 "daemon: cores: %d CPUs for %" PRId64 " workers; give one each",
			 n, d->workers);
}

static void
path_check(const struct check *c, const char *key, const char *path)
{
	int line = c->m->daemon.line;

	if (path[0] != '/')
		errs_add(c->e, c->file, line,
			 "daemon: %s: \"%s\" is not an absolute path", key, path);
}

static void
daemon_check(const struct check *c)
{
	const struct model_daemon *d = &c->m->daemon;

	cores_check(c);
	path_check(c, "control-socket", d->control_socket);
	path_check(c, "nf-directory", d->nf_directory);
	if (strlen(d->control_socket) > SOCKET_PATH_MAX)
		errs_add(c->e, c->file, d->line,
			 "daemon: control-socket: %zu bytes, a socket's path has at most "
			 "%zu",
			 strlen(d->control_socket), SOCKET_PATH_MAX);
}

/* ---- nics */

/* A PCI address: [DOMAIN:]BUS:DEVICE.FUNCTION, hexadecimal. */
static bool
is_pci(const char *s)
{
	unsigned int domain, bus, dev, fn;
	size_t hex = strspn(s, "0123456789abcdefABCDEF:.");
	int end = 0;

	if (s[hex] != '\0')
		return false;
	if (sscanf(s, "%4x:%2x:%2x.%1x%n", &domain, &bus, &dev, &fn, &end) == 4 &&
	    s[end] == '\0')
		return dev < 32 && fn < 8;
	return sscanf(s, "%2x:%2x.%1x%n", &bus, &dev, &fn, &end) == 3 && s[end] == '\0' &&
	       dev < 32 && fn < 8;
}

static void
nic_source_check(const struct check *c, const struct model_nic *nic)
{
	int n = (nic->interface[0] != '\0') + (nic->devargs[0] != '\0') +
		(nic->pci[0] != '\0');

	if (n != 1)
		errs_add(c->e, c->file, nic->line,
			 "NIC '%s': %s of interface, devargs and pci; give exactly one",
			 nic->name, n == 0 ? "none" : "several");
	if (nic->interface[0] == '\0' && nic->driver != MODEL_AF_PACKET)
		errs_add(c->e, c->file, nic->line,
			 "NIC '%s': driver is for an interface only", nic->name);
	if (strpbrk(nic->interface, "/: \t,") != NULL ||
	    strcmp(nic->interface, ".") == 0 || strcmp(nic->interface, "..") == 0)
		errs_add(c->e, c->file, nic->line,
			 "NIC '%s': interface: '%s' is no name of an interface",
			 nic->name, nic->interface);
	if (nic->pci[0] != '\0' && !is_pci(nic->pci))
		errs_add(c->e, c->file, nic->line,
			 "NIC '%s': pci: '%s' is no PCI address such as 0000:03:00.0",
			 nic->name, nic->pci);
}

/* The device of DPDK device arguments is what stands before the first comma. */
static bool
devargs_same(const char *a, const char *b)
{
	size_t n = strcspn(a, ",");

	return n > 0 && n == strcspn(b, ",") && strncmp(a, b, n) == 0;
}

static bool
text_same(const char *a, const char *b)
{
	return a[0] != '\0' && strcmp(a, b) == 0;
}

static void
nic_pair_check(const struct check *c, const struct model_nic *nic,
	       const struct model_nic *before)
{
	if (text_same(nic->name, before->name))
		errs_add(c->e, c->file, nic->line,
			 "NIC '%s': the name is taken at line %d", nic->name,
			 before->line);
	if (text_same(nic->interface, before->interface) ||
	    text_same(nic->pci, before->pci) ||
	    devargs_same(nic->devargs, before->devargs))
		errs_add(c->e, c->file, nic->line,
			 "NIC '%s': is the same as NIC '%s', line %d", nic->name,
			 before->name, before->line);
}

static void
nics_check(const struct check *c)
{
	const struct model *m = c->m;

	for (size_t i = 0; i < m->n_nics; i++) {
		nic_source_check(c, &m->nics[i]);
		for (size_t j = 0; j < i; j++)
			nic_pair_check(c, &m->nics[i], &m->nics[j]);
	}
}

/* ---- devices */

static void
kind_unknown(const struct check *c, const struct model_device *d)
{
	char list[256];
	size_t n = 0;

	for (size_t i = 0; kinds[i] != NULL && n < sizeof(list); i++)
		n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s",
				      i > 0 ? ", " : "", kinds[i]->name);
	errs_add(c->e, c->file, d->line, "device '%s': unknown kind '%s' (there are: %s)",
		 d->name, d->kind, list);
}

static void
kind_check(const struct check *c, const struct model_device *d)
{
	const struct kind *kind = kind_find(d->kind);
	size_t n = d->members.n;

	if (kind == NULL) {
		kind_unknown(c, d);
		return;
	}
	if (n >= kind->min_nics && n <= kind->max_nics)
		return;
	if (kind->min_nics == kind->max_nics)
		errs_add(c->e, c->file, d->line,
			 "device '%s': a %s device has exactly %zu members, here are %zu",
			 d->name, kind->name, kind->min_nics, n);
	else
		errs_add(c->e, c->file, d->line,
			 "device '%s': a %s device has %zu..%zu members, here are %zu",
			 d->name, kind->name, kind->min_nics, kind->max_nics, n);
}

/* True if NAMES has the name at I before I as well. */
static bool
names_repeat(const struct model_names *names, size_t i)
{
	struct model_names before = {.list = names->list, .n = i};

	return model_names_have(&before, names->list[i]);
}

static void
members_check(const struct check *c, const struct model_device *d)
{
	char who[64];

	snprintf(who, sizeof(who), "device '%s'", d->name);
	for (size_t i = 0; i < d->members.n; i++) {
		const char *nic = d->members.list[i];

		if (names_repeat(&d->members, i))
			errs_add(c->e, c->file, d->line, "%s: NIC '%s' is a member twice",
				 who, nic);
		else if (model_nic_find(c->m, nic) < 0)
			nic_unknown(c, d->line, who, nic);
	}
}

static void
devices_check(const struct check *c)
{
	const struct model *m = c->m;

	for (size_t i = 0; i < m->n_devices; i++) {
		const struct model_device *d = &m->devices[i];
		int first = model_device_find(m, d->name);

		if (d->name[0] != '\0' && (size_t)first < i)
			errs_add(c->e, c->file, d->line,
				 "device '%s': the name is taken at line %d", d->name,
				 m->devices[first].line);
		if (d->kind[0] != '\0')
			kind_check(c, d);
		members_check(c, d);
		/* a reader that stands still holds a whole ring of buffers */
		if (d->ring * 2 > m->daemon.buffers)
			errs_add(c->e, c->file, d->line,
				 "device '%s': ring: %lld is more than half of the %lld "
				 "buffers of a worker",
				 d->name, (long long)d->ring,
				 (long long)m->daemon.buffers);
	}
}

/* ---- policies */

/* NIC and DEVICE of CELL are there and belong together. */
static void
cell_place_check(const struct check *c, const struct model_cell *cell)
{
	int device = model_device_find(c->m, cell->device);
	int nic = model_nic_find(c->m, cell->nic);

	if (nic < 0)
		nic_unknown(c, cell->line, "policy", cell->nic);
	if (device < 0)
		device_unknown(c, cell->line, "policy", cell->device);
	if (nic >= 0 && device >= 0 &&
	    !model_names_have(&c->m->devices[device].members, cell->nic))
		errs_add(c->e, c->file, cell->line,
			 "policy: NIC '%s' is not a member of device '%s'", cell->nic,
			 cell->device);
}

static void
cells_check(const struct check *c)
{
	const struct model *m = c->m;

	for (size_t i = 0; i < m->n_cells; i++) {
		const struct model_cell *cell = &m->cells[i], *first;

		if (cell->nic[0] == '\0' || cell->device[0] == '\0')
			continue;
		cell_place_check(c, cell);
		first = model_cell_find(m, cell->nic, cell->device);
		if (first != cell)
			errs_add(c->e, c->file, cell->line,
				 "policy: NIC '%s' in device '%s' has one at line %d "
				 "already",
				 cell->nic, cell->device, first->line);
		if (strcmp(cell->receive, "all") != 0 &&
		    strcmp(cell->receive, "none") != 0)
			errs_add(c->e, c->file, cell->line,
				 "policy: receive: '%s' is unknown; must be \"all\" or "
				 "\"none\"",
				 cell->receive);
	}
}

/* ---- nfs */

static void
nf_open_check(const struct check *c, const struct model_nf *nf)
{
	char who[64];

	snprintf(who, sizeof(who), "NF '%s'", nf->name);
	for (size_t i = 0; i < nf->open.n; i++) {
		if (names_repeat(&nf->open, i))
			errs_add(c->e, c->file, nf->line,
				 "%s: device '%s' is in open twice", who,
				 nf->open.list[i]);
		else if (model_device_find(c->m, nf->open.list[i]) < 0)
			device_unknown(c, nf->line, who, nf->open.list[i]);
	}
}

static void
nf_limits_check(const struct check *c, const struct model_nf *nf)
{
	const struct model_daemon *d = &c->m->daemon;
	size_t path = strlen(d->nf_directory) + strlen("/") + strlen(nf->name) +
		      strlen("/sock");

	if (nf->quota > d->buffers)
		errs_add(c->e, c->file, nf->line,
			 "NF '%s': quota: %" PRId64 " is more than the %" PRId64
			 " buffers of a worker",
			 nf->name, nf->quota, d->buffers);
	if (path > SOCKET_PATH_MAX)
		errs_add(c->e, c->file, nf->line,
			 "NF '%s': the path of its socket, %s/%s/sock, has %zu bytes; at "
			 "most "
			 "%zu are possible",
			 nf->name, d->nf_directory, nf->name, path, SOCKET_PATH_MAX);
}

static void
nfs_check(const struct check *c)
{
	const struct model *m = c->m;

	for (size_t i = 0; i < m->n_nfs; i++) {
		const struct model_nf *nf = &m->nfs[i];
		int first = model_nf_find(m, nf->name);

		if (nf->name[0] != '\0' && (size_t)first < i)
			errs_add(c->e, c->file, nf->line,
				 "NF '%s': the name is taken at line %d", nf->name,
				 m->nfs[first].line);
		nf_open_check(c, nf);
		nf_limits_check(c, nf);
	}
}

void
model_check(const struct model *m, const char *file, struct errs *e)
{
	const struct check c = {.m = m, .file = file, .e = e};

	daemon_check(&c);
	nics_check(&c);
	devices_check(&c);
	cells_check(&c);
	nfs_check(&c);
}
