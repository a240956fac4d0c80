/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the control thread asks of a worker, served between two bursts, so that the
 * plan, the rings and the ledger have one thread that touches them and need no lock.
 * Called by worker, or by the control thread for a worker that does not run. The words of
 * counters.h are here too.
 */
#include <errno.h>

#include <rte_lcore.h>
#include <rte_mempool.h>

#include "dp/dp.h"

const char *const dp_drop_words[DP_DROP_N] = {
#define X(NAME, word, help) word,
	DP_DROPS(X)
#undef X
};

const char *const dp_drop_helps[DP_DROP_N] = {
#define X(NAME, word, help) help,
	DP_DROPS(X)
#undef X
};

const char *const dp_box_words[DP_BOX_N] = {
#define X(NAME, word) word,
	DP_BOXES(X)
#undef X
};

static void
call_plan(struct dp_worker *w, struct dp_call *call)
{
	struct plan *old = w->plan;

	w->plan = call->plan;
	call->plan = old;
}

static void
call_settle(struct dp_worker *w, const struct dp_nf *nf)
{
	bool drained;
	uint32_t i;

	for (i = 0; i < w->plan->n_nfs; i++)
		if (w->plan->nfs[i].nf == nf)
			reclaim_nf(w, &w->plan->nfs[i], 1u << nf->ops_shift, &drained);
}

/* Takes every byte of a holder that is gone out of the ledger. */
static void
call_drop(struct dp_worker *w, struct dp_call *call)
{
	struct dp_bin bin;
	uint32_t i;

	bin.n = 0;
	for (i = 0; i < w->pool->n; i++) {
		struct ledger_entry *e = &w->pool->ledger[i];
		bool had = false;

		while (ledger_drop(&e->holders, call->holder))
			had = true;
		if (had && e->holders == 0)
			bin_add(&bin, w->pool, e);
	}
	bin_flush(&bin, w->pool);
}

static void
call_flush(struct dp_worker *w)
{
	uint16_t i;

	for (i = 0; i < w->n_pools; i++) {
		struct rte_mempool *mp = w->pools[i]->mempool;
		struct rte_mempool_cache *cache =
			rte_mempool_default_cache(mp, rte_lcore_id());

		if (cache)
			rte_mempool_cache_flush(cache, mp);
	}
}

static void
call_audit(struct dp_worker *w, struct dp_audit *a)
{
	uint32_t i, k;

	pool_collect(w->pool);
	call_flush(w);
	*a = (struct dp_audit){.total = w->pool->n};
	for (i = 0; i < w->pool->n; i++) {
		uint64_t h = w->pool->ledger[i].holders;

		if (h == LEDGER_FREE)
			a->free++;
		else if ((h & 0xff) == LEDGER_NIC)
			a->nic++;
		else
			a->by_holder[h & 0xff]++;
		for (k = 0; k < LEDGER_HOLDERS_MAX && h; k++, h >>= 8)
			a->refs[h & 0xff]++;
	}
	a->store = w->pool->store->n;
	a->bad_frees = w->pool->bad_frees;
}

void
dp_call_serve(struct dp_worker *w, struct dp_call *call)
{
	call->result = 0;
	switch (call->what) {
	case DP_CALL_PLAN:
		call_plan(w, call);
		break;
	case DP_CALL_SETTLE:
		call_settle(w, call->nf);
		break;
	case DP_CALL_DROP:
		call_drop(w, call);
		break;
	case DP_CALL_LEAVE:
		share_leave(w, call->ring, call->reader);
		break;
	case DP_CALL_DRAIN:
		share_drain(w, call->ring);
		break;
	case DP_CALL_FLUSH:
		call_flush(w);
		break;
	case DP_CALL_AUDIT:
		call_audit(w, call->audit);
		break;
	case DP_CALL_TAKE:
		call->result = rte_mempool_ops_dequeue_bulk(w->pool->mempool, call->objs,
							    call->n);
		break;
	case DP_CALL_STOP:
		w->stop = true;
		break;
	}
	atomic_store_explicit(&call->done, 1, memory_order_release); /* D1 */
}
