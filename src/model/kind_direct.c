/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A direct device is one NIC: everything leaves by it, wherever it came in.
 */
#include "model/kinds.h"

static size_t
direct_egress(size_t n_members, size_t in, size_t *out)
{
	(void)n_members;
	(void)in;
	out[0] = 0;
	return 1;
}

const struct kind kind_direct = {
	.name = "direct",
	.help = "one NIC; a packet leaves by it",
	.min_nics = 1,
	.max_nics = 1,
	.egress = direct_egress,
};
