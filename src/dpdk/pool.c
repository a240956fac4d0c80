/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Builds a worker's packet pool: the packets' bytes in a shared region that NFs map
 * read-only, everything else (mbuf headers, ledger, free list) in mvmpd's own memory.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>

#include "dpdk/dpdk.h"

#define CACHE     256  /* buffers in a mempool's per-thread cache */
#define WRAPS_MAX 4096 /* packets at once that are sent by reference, per worker */

/*
 * Gives an mbuf header its place in packet memory. Headers are not behind or before
 * the bytes they stand for, yet to DPDK these are ordinary (direct) mbufs: with its
 * "pinned external buffer" pools each free costs more; see doc/performance.md.
 */
static void
pool_mbuf_init(struct rte_mempool *mp, void *arg, void *obj, unsigned int i)
{
	const struct dp_pool *pool = arg;
	struct rte_mbuf *m = obj;

	memset(m, 0, sizeof(*m));
	m->buf_addr = pool->base + ((size_t)i << pool->shift);
	m->buf_iova = (rte_iova_t)(uintptr_t)m->buf_addr; /* --iova-mode=va */
	m->buf_len = (uint16_t)(1u << pool->shift);
	m->data_off = RTE_PKTMBUF_HEADROOM;
	m->pool = mp;
	m->nb_segs = 1;
	m->port = RTE_MBUF_PORT_INVALID;
	rte_mbuf_refcnt_set(m, 1);
}

static int
pool_mempool(struct dp_pool *pool)
{
	struct rte_pktmbuf_pool_private private = {
		.mbuf_data_room_size = (uint16_t)(1u << pool->shift),
	};
	char name[32];
	int rc;

	snprintf(name, sizeof(name), "mvmp_packets_%u", pool->owner->id);
	pool->mempool =
		rte_mempool_create_empty(name, pool->n, sizeof(struct rte_mbuf), CACHE,
					 sizeof(private), SOCKET_ID_ANY, 0);
	if (pool->mempool == NULL)
		return -rte_errno;
	rc = rte_mempool_set_ops_byname(pool->mempool, DP_POOL_OPS, NULL);
	if (rc < 0)
		return rc;
	rte_pktmbuf_pool_init(pool->mempool, &private);
	rc = rte_mempool_populate_default(pool->mempool);
	if (rc < 0)
		return rc;
	rte_mempool_obj_iter(pool->mempool, pool_mbuf_init, pool);
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
			 pool->owner->id, ((size_t)n * size) >> 20, rte_strerror(-rc));
		return rc;
	}
	pool->base = r->addr;
	pool->ledger = rte_zmalloc("mvmp_ledger", n * sizeof(*pool->ledger), SHM_LINE);
	rc = pool->ledger ? pool_mempool(pool) : -ENOMEM;
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
