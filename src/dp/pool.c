/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The store of free buffers behind a worker's mempool, written as a DPDK mempool
 * handler, so that PMDs that allocate and free mbufs keep the ledger exact without
 * knowing it. A store belongs to one worker. Another thread that frees its buffers
 * (a NIC that another worker sends by) leaves them in a ring for the owner; another
 * thread that needs some (a PMD set up by the control thread) asks the owner.
 */
#include <errno.h>

#include <rte_malloc.h>
#include <rte_mempool.h>

#include "dp/dp.h"

#define RETURN_WRAPPED 1u /* low bit of a returned pointer: an index, not an mbuf */

_Thread_local uint16_t dp_self = SHM_WORKERS_MAX;
int (*dp_pool_take)(struct dp_pool *pool, void **objs, unsigned int n);

static bool
pool_is_mine(const struct dp_pool *pool)
{
	return dp_self == pool->owner->id || !atomic_load(&pool->owner->running);
}

/* One buffer back on the stack, unless nobody had taken it. */
static void
store_push(struct dp_store *s, struct rte_mbuf *m)
{
	struct dp_pool *pool = s->pool;
	struct ledger_entry *e = &pool->ledger[pool_index(pool, m)];

	if (e->holders != LEDGER_NIC || s->n == s->size) {
		pool->bad_frees++;
		return;
	}
	e->holders = LEDGER_FREE;
	s->stack[s->n++] = m;
}

void
pool_unwrap(struct dp_pool *pool, uint32_t idx)
{
	struct ledger_entry *e = &pool->ledger[idx];
	struct rte_mbuf *m = e->mbuf;

	if (!ledger_drop(&e->holders, LEDGER_NIC)) {
		pool->bad_frees++;
		return;
	}
	if (e->holders == 0) {
		e->holders = LEDGER_NIC;
		pool_free(pool, &m, 1);
	}
}

void
pool_collect(struct dp_pool *pool)
{
	void *objs[DP_BURST];
	unsigned int i, k, n;

	for (i = 0; i <= SHM_WORKERS_MAX; i++) {
		if (pool->returns[i] == NULL)
			continue;
		n = rte_ring_sc_dequeue_burst(pool->returns[i], objs, DP_BURST, NULL);
		for (k = 0; k < n; k++) {
			uintptr_t v = (uintptr_t)objs[k];

			if (v & RETURN_WRAPPED)
				pool_unwrap(pool, (uint32_t)(v >> 1));
			else
				store_push(pool->store, objs[k]);
		}
	}
}

void
pool_return_wrapped(struct dp_pool *pool, uint32_t idx)
{
	void *v = (void *)((uintptr_t)idx << 1 | RETURN_WRAPPED);

	rte_ring_sp_enqueue(pool->returns[dp_self], v);
}

void
pool_free(struct dp_pool *pool, struct rte_mbuf **mbufs, uint32_t n)
{
	rte_mempool_put_bulk(pool->mempool, (void *const *)mbufs, n);
}

static int
store_alloc(struct rte_mempool *mp)
{
	struct dp_store *s =
		rte_zmalloc_socket("mvmp_store", sizeof(*s), 0, mp->socket_id);

	if (s == NULL)
		return -ENOMEM;
	s->size = mp->size;
	s->stack = rte_zmalloc_socket("mvmp_store", s->size * sizeof(*s->stack), 0,
				      mp->socket_id);
	if (s->stack == NULL) {
		rte_free(s);
		return -ENOMEM;
	}
	mp->pool_data = s;
	return 0;
}

static void
store_free(struct rte_mempool *mp)
{
	struct dp_store *s = mp->pool_data;

	rte_free(s->stack);
	rte_free(s);
}

static int
store_enqueue(struct rte_mempool *mp, void *const *objs, unsigned int n)
{
	struct dp_store *s = mp->pool_data;
	unsigned int i;

	if (s->pool == NULL) { /* being filled for the first time */
		for (i = 0; i < n; i++)
			s->stack[s->n++] = objs[i];
		return 0;
	}
	if (!pool_is_mine(s->pool)) {
		/* as large as the pool: never full */
		rte_ring_sp_enqueue_bulk(s->pool->returns[dp_self], objs, n, NULL);
		return 0;
	}
	for (i = 0; i < n; i++)
		store_push(s, objs[i]);
	return 0;
}

static int
store_dequeue(struct rte_mempool *mp, void **objs, unsigned int n)
{
	struct dp_store *s = mp->pool_data;
	struct dp_pool *pool = s->pool;
	unsigned int i;

	if (pool == NULL)
		return -ENOBUFS;
	if (!pool_is_mine(pool))
		return dp_pool_take(pool, objs, n);
	if (s->n < n)
		pool_collect(pool);
	if (s->n < n)
		return -ENOBUFS;
	for (i = 0; i < n; i++) {
		struct rte_mbuf *m = s->stack[--s->n];

		pool->ledger[pool_index(pool, m)].holders = LEDGER_NIC;
		objs[i] = m;
	}
	return 0;
}

static unsigned int
store_count(const struct rte_mempool *mp)
{
	return ((const struct dp_store *)mp->pool_data)->n;
}

static struct rte_mempool_ops store_ops = {
	.name = DP_POOL_OPS,
	.alloc = store_alloc,
	.free = store_free,
	.enqueue = store_enqueue,
	.dequeue = store_dequeue,
	.get_count = store_count,
};
RTE_MEMPOOL_REGISTER_OPS(store_ops)

int
dp_pool_bind(struct dp_pool *pool)
{
	struct dp_store *s = pool->mempool->pool_data;
	uint32_t i;

	if (s->n != pool->n)
		return -EINVAL;
	for (i = 0; i < s->n; i++) {
		uint32_t idx = pool_index(pool, s->stack[i]);

		if (idx >= pool->n || pool->ledger[idx].mbuf != NULL)
			return -EINVAL;
		pool->ledger[idx].mbuf = s->stack[i];
	}
	pool->store = s;
	s->pool = pool;
	return 0;
}
