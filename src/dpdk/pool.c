/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Builds a worker's packet pool: the packets' bytes in a shared region that NFs map
 * read-only, everything else (mbuf headers, ledger, free list) in mvmpd's own memory.
 */
#define ALLOW_EXPERIMENTAL_API /* rte_pktmbuf_pool_create_extbuf */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>
#include <rte_mbuf_pool_ops.h>

#include "dpdk/dpdk.h"

#define CACHE     256  /* buffers in a mempool's per-thread cache */
#define WRAPS_MAX 4096 /* packets at once that are sent by reference, per worker */
#define PAGE_2M   (2u << 20)

/* One piece per 2 MB page, so that no buffer straddles two. */
static struct rte_pktmbuf_extmem *
pool_pieces(const struct region *r, uint32_t n, uint32_t size, unsigned int *n_pieces)
{
	uint32_t per = PAGE_2M / size, i;
	struct rte_pktmbuf_extmem *piece;

	*n_pieces = (n + per - 1) / per;
	piece = calloc(*n_pieces, sizeof(*piece));
	for (i = 0; piece && i < *n_pieces; i++) {
		uint32_t here = i + 1 < *n_pieces ? per : n - i * per;

		piece[i].buf_ptr = r->addr + (size_t)i * PAGE_2M;
		piece[i].buf_iova = (rte_iova_t)(uintptr_t)piece[i].buf_ptr;
		piece[i].buf_len = (size_t)here * size;
		piece[i].elt_size = (uint16_t)size;
	}
	return piece;
}

static int
pool_mempool(struct dp_pool *pool, const struct region *r, uint32_t size)
{
	struct rte_pktmbuf_extmem *pieces;
	unsigned int n_pieces;
	char name[32];

	pieces = pool_pieces(r, pool->n, size, &n_pieces);
	if (pieces == NULL)
		return -ENOMEM;
	snprintf(name, sizeof(name), "mvmp_packets_%u", pool->owner->id);
	rte_mbuf_set_user_mempool_ops(DP_POOL_OPS);
	pool->mempool = rte_pktmbuf_pool_create_extbuf(
		name, pool->n, CACHE, 0, (uint16_t)size, SOCKET_ID_ANY, pieces, n_pieces);
	rte_mbuf_set_user_mempool_ops(RTE_MBUF_DEFAULT_MEMPOOL_OPS);
	free(pieces);
	if (pool->mempool == NULL)
		return -rte_errno;
	snprintf(name, sizeof(name), "mvmp_wraps_%u", pool->owner->id);
	pool->wraps = rte_pktmbuf_pool_create(name, RTE_MIN(pool->n, WRAPS_MAX),
					      CACHE / 2, DP_WRAP_PRIV, 0, SOCKET_ID_ANY);
	return pool->wraps ? 0 : -rte_errno;
}

static int
pool_returns(struct dp_pool *pool, uint16_t n_workers)
{
	uint16_t i;
	char name[32];

	for (i = 0; i <= SHM_WORKERS_MAX; i++) {
		if (i == pool->owner->id || (i >= n_workers && i < SHM_WORKERS_MAX))
			continue;
		snprintf(name, sizeof(name), "mvmp_returns_%u_%u", pool->owner->id, i);
		pool->returns[i] =
			rte_ring_create(name, rte_align32pow2(pool->n + 1), SOCKET_ID_ANY,
					RING_F_SP_ENQ | RING_F_SC_DEQ);
		if (pool->returns[i] == NULL)
			return -rte_errno;
	}
	return 0;
}

int
pool_make(struct dp_pool *pool, struct region *r, uint32_t n, uint32_t size,
	  uint16_t n_workers, bool huge, struct errs *e)
{
	char name[32];
	int rc;

	pool->n = n;
	pool->shift = (unsigned int)__builtin_ctz(size);
	snprintf(name, sizeof(name), "mvmp-packets-%u", pool->owner->id);
	rc = region_make(r, name, (size_t)n * size, huge);
	if (rc == 0)
		rc = region_seal(r);
	if (rc < 0) {
		errs_add(e, NULL, 0, "packet memory of worker %u, %zu MB: %s",
			 pool->owner->id, r->size >> 20, rte_strerror(-rc));
		return rc;
	}
	pool->base = r->addr;
	pool->ledger = rte_zmalloc("mvmp_ledger", n * sizeof(*pool->ledger), SHM_LINE);
	rc = pool->ledger ? pool_mempool(pool, r, size) : -ENOMEM;
	if (rc == 0)
		rc = pool_returns(pool, n_workers);
	if (rc == 0)
		rc = dp_pool_bind(pool);
	if (rc < 0)
		errs_add(e, NULL, 0,
			 "packet pool of worker %u, %u buffers: %s; without hugepages "
			 "daemon.memory may be too small",
			 pool->owner->id, n, rte_strerror(-rc));
	return rc;
}

void
pool_unmake(struct dp_pool *pool, struct region *r)
{
	uint16_t i;

	rte_mempool_free(pool->mempool);
	rte_mempool_free(pool->wraps);
	for (i = 0; i <= SHM_WORKERS_MAX; i++)
		rte_ring_free(pool->returns[i]);
	rte_free(pool->ledger);
	region_free(r);
}
