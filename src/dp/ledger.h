/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The ledger: who holds which packet buffer. One entry per buffer, private to the
 * worker that owns it, never in shared memory, and the only truth. An entry is a set
 * of up to 8 holders, one byte each, lowest byte first and without gaps; 0 = free.
 * A holder is the NIC (or the worker on its behalf), a device ring, or an NF.
 */
#ifndef MVMP_DP_LEDGER_H
#define MVMP_DP_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>

#define LEDGER_FREE        0
#define LEDGER_NIC         1 /* the NIC, a worker, or the wire holds it */
#define LEDGER_FIRST       2 /* first number for device rings and NFs */
#define LEDGER_LAST        255
#define LEDGER_HOLDERS_MAX 8

struct ledger_entry {
	uint64_t holders;
	struct rte_mbuf *mbuf;
};

/* Adds holder H. False when 8 hold it already. */
static inline bool
ledger_add(uint64_t *holders, uint8_t h)
{
	if (*holders >> 56)
		return false;
	*holders = *holders << 8 | h;
	return true;
}

/* Bit position of H's byte, or -1. */
static inline int
ledger_find(uint64_t holders, uint8_t h)
{
	const uint64_t ones = 0x0101010101010101u;
	uint64_t x = holders ^ h * ones;
	uint64_t zero = (x - ones) & ~x & ones << 7;

	return zero ? __builtin_ctzll(zero) - 7 : -1;
}

static inline bool
ledger_has(uint64_t holders, uint8_t h)
{
	return ledger_find(holders, h) >= 0;
}

/* How often H holds it. */
static inline unsigned int
ledger_count(uint64_t holders, uint8_t h)
{
	unsigned int n = 0;

	for (; holders; holders >>= 8)
		n += (holders & 0xff) == h;
	return n;
}

/* Takes one byte of H out. False, and nothing changed, if H does not hold it. */
static inline bool
ledger_drop(uint64_t *holders, uint8_t h)
{
	uint64_t below;
	int at;

	if (*holders == h) {
		*holders = 0;
		return true;
	}
	at = ledger_find(*holders, h);
	if (at < 0)
		return false;
	below = (UINT64_C(1) << at) - 1;
	*holders = (*holders & below) | (*holders >> 8 & ~below);
	return true;
}

#endif
