/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The table of device kinds. A kind says how many NICs a device of it has and, as
 * data, by which NIC a packet leaves (its send policy). The hot path never sees a
 * kind: the plan compiler asks once, at commit time.
 */
#ifndef MVMP_MODEL_KINDS_H
#define MVMP_MODEL_KINDS_H

#include <stddef.h>

#include "model/model.h"

struct kind {
	const char *name;
	const char *help;
	size_t min_nics, max_nics;
	/*
	 * Which members a packet may leave by that came in by member IN (an index into
	 * the device's members; n_members means: built by an NF, no ingress). Fills OUT
	 * (room for n_members) with member indexes, returns their count; 0 = drop. The
	 * plan compiler takes the first.
	 */
	size_t (*egress)(size_t n_members, size_t in, size_t *out);
};

/* All kinds, ended by NULL. */
extern const struct kind *const kinds[];

/* NULL when there is no such kind. */
const struct kind *kind_find(const char *name);

extern const struct kind kind_direct, kind_bridged;

#endif
