/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A bridged device joins two NICs: what came in by one leaves by the other. A packet
 * that an NF built came in by neither, so it leaves only if the NF names its NIC.
 */
#include "model/kinds.h"

static size_t
bridged_egress(size_t n_members, size_t in, size_t *out)
{
	if (in >= n_members)
		return 0;
	out[0] = 1 - in;
	return 1;
}

const struct kind kind_bridged = {
	.name = "bridged",
	.help = "two NICs; a packet leaves by the opposite NIC",
	.min_nics = 2,
	.max_nics = 2,
	.egress = bridged_egress,
};
