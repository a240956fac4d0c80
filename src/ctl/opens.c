/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Open devices of an NF: the rings an open needs, and taking them away again. Called
 * by the session's message handlers, and when an NF or a device goes.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_malloc.h>

#include "base/log.h"
#include "ctl/platform.h"

static int
refuse(char *text, int err, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static int
refuse(char *text, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, WIRE_TEXT_MAX, fmt, ap);
	va_end(ap);
	return -err;
}

static struct shm_reader *
their_reader(struct session *s, uint32_t handle, uint16_t w)
{
	struct shm_up *up = (void *)s->up.addr;

	return &up->reader[handle][w];
}

static int
open_inline(struct session *s, struct open *o, uint32_t handle)
{
	uint32_t slots = (uint32_t)o->device->conf.ring;
	struct platform *p = s->platform;
	uint16_t w;
	int rc;

	rc = region_make(&o->rings, "mvmp-instance-rings",
			 p->n_workers * shm_ring_size(slots), false);
	if (rc == 0)
		rc = region_seal(&o->rings);
	if (rc < 0)
		return rc;
	o->instances =
		rte_zmalloc("mvmp_open", p->n_workers * sizeof(*o->instances), SHM_LINE);
	for (w = 0; o->instances && w < p->n_workers; w++) {
		o->instances[w].nf = &s->dp[w];
		o->instances[w].slots =
			(void *)(o->rings.addr + w * shm_ring_size(slots));
		o->instances[w].shift = ring_shift(slots);
		o->instances[w].cursor = &their_reader(s, handle, w)->pos;
	}
	return o->instances ? 0 : -ENOMEM;
}

static int
open_bypass(struct session *s, struct open *o, uint32_t handle)
{
	struct platform *p = s->platform;
	struct shm_down *down = (void *)s->down.addr;
	size_t lap;
	uint16_t w;
	int rc;

	rc = device_rings(p, o->device);
	if (rc < 0)
		return rc;
	lap = sizeof(struct dp_lap) + (sizeof(uint32_t) << o->device->ring[0].shift);
	o->readers =
		rte_zmalloc("mvmp_open", p->n_workers * sizeof(*o->readers), SHM_LINE);
	if (o->readers == NULL)
		return -ENOMEM;
	for (w = 0; w < p->n_workers; w++) {
		struct shm_lap *ours = &down->lap[handle][w];
		uint32_t seq = atomic_load(&ours->seq);

		o->readers[w].nf = &s->dp[w];
		o->readers[w].theirs = their_reader(s, handle, w);
		o->readers[w].ours = ours;
		o->readers[w].lapped = true; /* until it has joined */
		o->readers[w].spare = rte_zmalloc("mvmp_lap", lap, SHM_LINE);
		if (o->readers[w].spare == NULL)
			return -ENOMEM;
		/* odd: each open of the same handle begins with an acknowledgement */
		atomic_store(&ours->seq, (seq | 1) + (seq & 1 ? 2 : 0));
	}
	o->device->n_readers++;
	return 0;
}

static void
open_free(struct session *s, struct open *o)
{
	uint16_t w;

	for (w = 0; o->readers && w < s->platform->n_workers; w++)
		rte_free(o->readers[w].spare);
	rte_free(o->readers);
	rte_free(o->instances);
	region_free(&o->rings);
	*o = (struct open){.rings = REGION_NONE};
}

static int
open_check(struct session *s, const char *name, uint32_t mode, char *text)
{
	struct device *dev = device_find(s->platform, name);
	int i;

	if (dev == NULL)
		return refuse(text, ENODEV, "there is no device %s", name);
	if (!model_names_have(&s->nf->conf.open, name))
		return refuse(text, EACCES, "device %s is not allowed for NF %s", name,
			      s->nf->conf.name);
	if (mode != MV_INLINE && mode != MV_BYPASS)
		return refuse(text, EINVAL, "device %s: there is no mode %u", name, mode);
	for (i = 0; i < SHM_OPENS_MAX; i++)
		if (s->opens[i].device == dev)
			return refuse(text, EBUSY, "device %s is open already", name);
	for (i = 0; i < SHM_OPENS_MAX && (s->opens[i].device || s->opens[i].gone); i++)
		;
	if (i == SHM_OPENS_MAX)
		return refuse(text, ENOSPC, "device %s: an NF can have %d devices open",
			      name, SHM_OPENS_MAX);
	return i;
}

int
open_add(struct session *s, const char *device, uint32_t mode, char *text)
{
	int rc, handle = open_check(s, device, mode, text);
	struct open *o;

	if (handle < 0)
		return handle;
	o = &s->opens[handle];
	o->device = device_find(s->platform, device);
	o->mode = mode;
	rc = mode == MV_INLINE ? open_inline(s, o, (uint32_t)handle)
			       : open_bypass(s, o, (uint32_t)handle);
	if (rc < 0) {
		open_free(s, o);
		return refuse(text, -rc, "device %s: %s", device, strerror(-rc));
	}
	rc = platform_publish(s->platform);
	if (rc < 0) {
		if (mode == MV_BYPASS)
			o->device->n_readers--;
		open_free(s, o);
		return refuse(text, -rc, "device %s: out of memory", device);
	}
	log_info("NF %s opened %s %s", s->nf->conf.name, device,
		 mode == MV_INLINE ? "inline" : "bypass");
	return handle;
}

void
open_remove(struct session *s, uint32_t handle)
{
	struct open *o = &s->opens[handle];
	struct device *dev = o->device;
	struct open was = *o;
	uint16_t w;

	/* what was sent by it, or claimed from it, before now still counts */
	for (w = 0; w < s->platform->n_workers; w++)
		worker_call(&s->platform->workers[w],
			    &(struct dp_call){.what = DP_CALL_SETTLE, .nf = &s->dp[w]});
	*o = (struct open){.rings = REGION_NONE}; /* plans no longer have it */
	platform_retire(s->platform);
	for (w = 0; was.readers && w < s->platform->n_workers; w++) {
		struct dp_call call = {.what = DP_CALL_LEAVE,
				       .ring = &dev->ring[w],
				       .reader = &was.readers[w]};

		worker_call(&s->platform->workers[w], &call);
		if (dev->n_readers > 1)
			continue;
		call.what = DP_CALL_DRAIN;
		worker_call(&s->platform->workers[w], &call);
	}
	if (was.readers)
		dev->n_readers--;
	open_free(s, &was);
}

void
open_revoke(struct session *s, uint32_t handle, const char *why)
{
	struct wire_event event = {
		.type = WIRE_EVENT, .what = WIRE_DEVICE_GONE, .handle = handle};

	snprintf(event.text, sizeof(event.text), "device %s: %s",
		 s->opens[handle].device->conf.name, why);
	log_info("NF %s: %s", s->nf->conf.name, event.text);
	open_remove(s, handle);
	s->opens[handle].gone = true;
	if (session_send(s, &event, WIRE_EVENT, -1) < 0)
		session_end(s, "it does not take its messages");
}
