/* SPDX-License-Identifier: BSD-3-Clause */
/* Devices: their members and their rings. Called by apply.c and opens.c. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_malloc.h>

#include "ctl/platform.h"

struct device *
device_find(struct platform *p, const char *name)
{
	int i;

	for (i = 0; i < PLATFORM_DEVICES_MAX; i++)
		if (p->devices[i].used && strcmp(p->devices[i].conf.name, name) == 0)
			return &p->devices[i];
	return NULL;
}

int
device_change(struct platform *p, struct device *dev, const struct model_device *conf)
{
	size_t i, n = conf->members.n;
	uint16_t *members = calloc(n + 1, sizeof(*members));
	char(*names)[MODEL_NAME_MAX] = calloc(n + 1, sizeof(*names));

	if (members == NULL || names == NULL) {
		free(members);
		free(names);
		return -ENOMEM;
	}
	for (i = 0; i < n; i++) {
		memcpy(names[i], conf->members.list[i], sizeof(names[i]));
		members[i] = (uint16_t)(nic_find(p, names[i]) - p->nics);
	}
	free(dev->members);
	free(dev->conf.members.list);
	dev->conf = *conf;
	dev->conf.members.list = names;
	dev->members = members;
	dev->kind = kind_find(conf->kind);
	return 0;
}

int
device_add(struct platform *p, const struct model_device *conf, struct errs *e)
{
	struct device *dev = p->devices;
	int rc = -ENOSPC;

	while (dev < p->devices + PLATFORM_DEVICES_MAX && dev->used)
		dev++;
	if (dev < p->devices + PLATFORM_DEVICES_MAX) {
		*dev = (struct device){.rings = REGION_NONE};
		dev->count = rte_zmalloc("mvmp_device",
					 p->n_workers * sizeof(*dev->count), SHM_LINE);
		rc = dev->count ? device_change(p, dev, conf) : -ENOMEM;
	}
	if (rc < 0)
		errs_add(e, p->config_path, conf->line, "device %s: %s", conf->name,
			 rc == -ENOSPC ? "too many devices" : "out of memory");
	else
		dev->used = true;
	return rc;
}

void
device_remove(struct platform *p, struct device *dev)
{
	rte_free(dev->count);
	rte_free(dev->ring);
	region_free(&dev->rings);
	if (dev->holder)
		platform_holder_give(p, dev->holder);
	free(dev->members);
	free(dev->conf.members.list);
	*dev = (struct device){.rings = REGION_NONE};
}

int
device_rings(struct platform *p, struct device *dev)
{
	uint32_t slots = (uint32_t)dev->conf.ring;
	uint16_t w;
	int rc;

	if (dev->ring)
		return 0;
	dev->holder = platform_holder_take(p);
	if (dev->holder == 0)
		return -ENOSPC;
	rc = region_make(&dev->rings, "mvmp-device-rings",
			 p->n_workers * shm_ring_size(slots), false);
	if (rc == 0)
		rc = region_seal(&dev->rings);
	if (rc == 0)
		dev->ring = rte_zmalloc("mvmp_rings", p->n_workers * sizeof(*dev->ring),
					SHM_LINE);
	if (dev->ring == NULL) {
		region_free(&dev->rings);
		platform_holder_give(p, dev->holder);
		dev->holder = 0;
		return rc < 0 ? rc : -ENOMEM;
	}
	for (w = 0; w < p->n_workers; w++) {
		dev->ring[w].slots = (void *)(dev->rings.addr + w * shm_ring_size(slots));
		dev->ring[w].shift = ring_shift(slots);
		dev->ring[w].holder = dev->holder;
	}
	return 0;
}
