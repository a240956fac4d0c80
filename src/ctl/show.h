/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the admin socket shows: one function per method, each returning a new JSON
 * object (jansson), or NULL when out of memory. Read-only, on the control thread.
 */
#ifndef MVMP_CTL_SHOW_H
#define MVMP_CTL_SHOW_H

#include <jansson.h>

#include "ctl/platform.h"

json_t *show_version(struct platform *p);
json_t *show_nics(struct platform *p);
json_t *show_devices(struct platform *p);
json_t *show_nfs(struct platform *p);
json_t *show_rings(struct platform *p);
json_t *show_buffers(struct platform *p);
json_t *show_counters(struct platform *p);

/* {"reason": packets, ...} of the reasons that are not zero. */
json_t *show_drops(const uint64_t drops[DP_DROP_N]);
/* Adds FROM to TO. */
void show_add_drops(uint64_t to[DP_DROP_N], const uint64_t from[DP_DROP_N]);
/* The counters of all of one NF's workers, added up. */
void show_nf_sum(const struct session *s, struct dp_nf *sum);
uint64_t show_nf_lost(const struct session *s);
/* Who has a ledger number: an NF's or a device's name, or NULL. */
const char *show_holder(const struct platform *p, unsigned int holder, bool *is_device);

#endif
