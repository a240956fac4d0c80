/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The data through which the rest of mvmpd reaches the workers. Two sorts of things:
 *
 *  - the plan: what a worker is to do, compiled at commit time, immutable, one per
 *    worker. A new one is handed over by DP_CALL_PLAN between two bursts, and the old
 *    one belongs to the caller again when the call returns;
 *  - the objects that a plan points to and that live longer than one plan (rings, NFs,
 *    queues, counters). Each belongs to one worker, which alone touches its fields;
 *    the control thread reads counters, and frees an object when no plan has it.
 */
#ifndef MVMP_DP_PLAN_H
#define MVMP_DP_PLAN_H

#include <sys/socket.h>

#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_ring.h>

#include "dp/counters.h"
#include "dp/ledger.h"
#include "ring.h"
#include "shm.h"

#define DP_BURST    64     /* packets moved at once */
#define DP_STAGE    256    /* packets waiting for a NIC, per worker and NIC */
#define DP_NIC_NONE 0xffff /* no NIC, in an egress table */

_Static_assert(RING_SLOTS_MIN >= 2 * DP_BURST, "lapping makes half a ring of room");

/* ---- a worker's packet buffers ------------------------------------------------- */

/* The store behind a worker's mempool; see pool.c. */
struct dp_store {
	struct rte_mbuf **stack; /* the free buffers */
	uint32_t n;              /* how many */
	uint32_t size;
	struct dp_pool *pool; /* NULL until the ledger is bound */
};

struct dp_pool {
	uint8_t *base;               /* first byte of the PACKETS region, in mvmpd */
	unsigned int shift;          /* a buffer has 1 << shift bytes */
	uint32_t n;                  /* buffers */
	struct ledger_entry *ledger; /* n entries */
	struct rte_mempool *mempool;
	struct dp_store *store;
	struct rte_mempool
		*wraps; /* mbufs without data, for shared and private packets */
	struct dp_worker *owner;
	struct rte_ring *returns[SHM_WORKERS_MAX + 1]; /* buffers freed by another worker,
							 * last: by the control thread */
	uint64_t bad_frees; /* returns that the ledger did not agree with */
} __rte_cache_aligned;

/* ---- NFs ----------------------------------------------------------------------- */

/*
 * How to wake who reads a ring. Whoever it is may make a wake-up dear, by having many
 * wait for it: one that takes longer than LIMIT is paid for with 32 times as long
 * without.
 */
struct dp_wake {
	const _Atomic uint32_t *asleep; /* the reader's asleep word */
	uint32_t kicked;                /* last odd value answered */
	int fd;                   /* msg: a datagram socket; else an eventfd or a pipe */
	const struct msghdr *msg; /* what is sent, or NULL */
	uint64_t limit;           /* ticks; 0 = none */
	uint64_t not_before;      /* no kick before this tick */
};

/* One NF as one worker sees it. */
struct dp_nf {
	uint16_t worker;          /* this is element [worker] of the NF's array */
	uint8_t holder;           /* its number in the ledger */
	const struct mv_pkt *ops; /* op ring, in the NF's memory */
	unsigned int ops_shift;
	uint64_t ops_pos;
	uint64_t ops_told;          /* last published to the NF */
	bool active;                /* it had ops last time */
	struct shm_cursor *ops_out; /* where ops_pos is published */
	struct mv_pkt *give;        /* give-back ring */
	unsigned int give_shift;
	uint64_t give_pos;
	uint8_t *private_base; /* the NF's buffers, as mapped here */
	uint32_t private_n;
	uint32_t held; /* bytes of this holder in the ledger */
	uint32_t quota;
	uint32_t refused; /* claims refused, whose send or free is still to come */
	struct dp_wake wake;
	uint64_t wrapped;           /* private packets given to a NIC */
	_Atomic uint64_t unwrapped; /* of those, given back; the NIC's worker adds */

	struct dp_flow rx, tx; /* to the NF; from it to NICs */
	uint64_t freed, claimed, violations;
	uint64_t drops[DP_DROP_N];
} __rte_cache_aligned;

/* An inline open: the ring from one worker to one NF. */
struct dp_instance {
	struct dp_nf *nf;
	struct mv_pkt *slots;
	unsigned int shift;
	uint64_t head;                  /* next position to write */
	uint64_t tail;                  /* last cursor seen */
	const _Atomic uint64_t *cursor; /* in the NF's memory */
	uint64_t dropped;
} __rte_cache_aligned;

/*
 * Buffers of a device ring that lapped readers may still be reading: the record holds
 * them, in the ring's name, until every one of these readers has acknowledged. One
 * record for each reader a ring has, so there is always a free one.
 */
struct dp_lap {
	struct dp_lap *next; /* free list of the ring */
	uint32_t refs;       /* lapped readers that have not acknowledged */
	uint32_t n;
	uint32_t bufs[]; /* room for as many as the ring has slots */
};

/* A bypass open: one reader of one device ring. */
struct dp_reader {
	struct dp_nf *nf;
	const struct shm_reader *theirs; /* cursor and acknowledgement */
	struct shm_lap *ours;            /* seq and resume */
	uint64_t pos;         /* everything below has been read; valid unless lapped */
	uint64_t seen;        /* cursor read, not yet honoured */
	bool joined;          /* has been active once */
	bool lapped;          /* not active: waiting for its acknowledgement */
	struct dp_lap *lap;   /* what it may still be reading, or NULL */
	struct dp_lap *spare; /* brought along when joining, handed back on leaving */
	uint64_t read;        /* packets its cursor has passed */
	uint64_t lost;
} __rte_cache_aligned;

/* A device's ring to all of its bypass NFs. */
struct dp_ring {
	struct mv_pkt *slots;
	unsigned int shift;
	uint8_t holder; /* its number in the ledger */
	uint64_t head;
	uint64_t tail;       /* slots below have been returned, or are in a lap */
	struct dp_lap *laps; /* free records */
} __rte_cache_aligned;

/* ---- devices and NICs ---------------------------------------------------------- */

/* One device as one worker counts it. */
struct dp_device {
	struct dp_flow rx, tx; /* from NICs; to NICs */
	uint64_t drops[DP_DROP_N];
} __rte_cache_aligned;

/* One NIC as one worker counts it. */
struct dp_nic {
	struct dp_flow rx, tx;
	bool active; /* the last poll received something */
	uint64_t drops[DP_DROP_N];
} __rte_cache_aligned;

/* The way of one worker to one NIC: its own queue, or the worker that has one. */
struct dp_txq {
	uint16_t port, queue;
	uint16_t number;          /* the NIC's */
	uint16_t n;               /* staged packets */
	struct rte_ring *handoff; /* not NULL: hand over, another worker sends */
	struct dp_wake wake;      /* that worker */
	struct dp_nic *nic;
	uint64_t bytes; /* of the staged packets */
	struct rte_mbuf *stage[DP_STAGE];
} __rte_cache_aligned;

/* ---- the plan ------------------------------------------------------------------ */

struct plan_nf;

struct plan_reader {
	struct dp_reader *reader;
	struct plan_nf *nf;
};

/* A device as deliver sees it. */
struct plan_device {
	struct dp_device *device;
	struct dp_ring *ring; /* NULL when there is no bypass NF */
	uint32_t n_instances, n_readers;
	struct dp_instance **instances;
	struct plan_reader *readers;
	uint16_t *egress; /* by ingress NIC, n_nics + 1 entries; last: built by an NF */
};

/* A NIC's receive queue: a row of the policy matrix. */
struct plan_rx {
	uint16_t port, queue, nic;
	bool copy; /* its packets are in a pool of its own: copy them into ours */
	struct dp_nic *count;
	uint32_t n_devices;
	struct plan_device **devices; /* who takes this NIC's packets */
};

/* An open device as reclaim sees it, by handle. */
struct plan_handle {
	struct dp_device *device; /* NULL: handle not open */
	struct dp_ring *ring;     /* bypass: where packets may be claimed from */
	struct dp_reader *reader;
	const uint16_t *egress; /* the device's */
};

struct plan_nf {
	struct dp_nf *nf;
	void *owner; /* the control thread's, no worker looks at it */
	struct plan_handle handles[SHM_OPENS_MAX];
};

struct plan_tx {
	struct dp_txq *txq;
	uint32_t max_len; /* bytes of the longest frame */
};

struct plan {
	uint32_t n_rx, n_devices, n_nfs, n_nics, n_inbound;
	struct plan_rx *rx;
	struct plan_device *devices;
	struct plan_nf *nfs;
	struct plan_tx *tx;        /* by NIC number */
	struct rte_ring **inbound; /* packets that other workers hand over, port = NIC */
	bool busy;                 /* never sleep */
	bool profile;              /* count ticks per box */
	uint32_t sleep_us;
};

/* ---- calls into a worker ------------------------------------------------------- */

enum dp_call_what {
	DP_CALL_PLAN,   /* swap plans: takes plan, returns the old one in it */
	DP_CALL_SETTLE, /* handle the ops that nf has put, before its handles change */
	DP_CALL_DROP,   /* holder is gone: take it out of the ledger, free what is free */
	DP_CALL_LEAVE,  /* reader leaves ring */
	DP_CALL_DRAIN,  /* ring has no readers any more: return its slots */
	DP_CALL_FLUSH,  /* empty every pool's cache of this thread */
	DP_CALL_AUDIT,  /* walk the ledger into audit */
	DP_CALL_TAKE,   /* take n buffers out of the pool for another thread */
	DP_CALL_STOP,   /* leave dp_worker_run */
};

/* The state of a worker's buffers at one moment; each buffer is in one class. */
struct dp_audit {
	uint32_t total, free, nic;
	uint32_t by_holder[LEDGER_LAST + 1]; /* by the latest holder of each buffer */
	uint32_t refs[LEDGER_LAST + 1];      /* how many buffers a holder is in */
	uint32_t store; /* depth of the store; must be equal to free */
	uint64_t bad_frees;
};

struct dp_call {
	enum dp_call_what what;
	union {
		struct plan *plan;
		struct dp_nf *nf;
		uint8_t holder;
		struct {
			struct dp_ring *ring;
			struct dp_reader *reader;
		};
		struct dp_audit *audit;
		struct {
			void **objs;
			uint32_t n;
		};
	};
	int result;
	_Atomic int
		done; /* D1: release store by the worker pairs with the caller's load */
};

/* ---- the worker ---------------------------------------------------------------- */

struct dp_worker {
	uint16_t id;
	struct plan *plan;
	struct dp_pool *pool;
	struct dp_pool **pools; /* all workers' */
	uint16_t n_pools;
	struct shm_word *asleep; /* in the PLATFORM region */
	uint32_t sleep_seq;
	int bell;                       /* eventfd of the control thread and of workers */
	int epoll;                      /* bells of all NFs and of the control thread */
	_Atomic(struct dp_call *) call; /* D2: posted by the control thread */
	_Atomic int running;
	bool stop;
	uint32_t rounds;  /* busy ones */
	uint32_t nf_next; /* where the next round over the NFs starts */

	uint64_t busy_ticks, idle_ticks, sleeps;
	uint64_t moved; /* packets received, and ops of NFs handled */
	uint64_t boxes[DP_BOX_N];
} __rte_cache_aligned;

/* Runs a worker until DP_CALL_STOP; W is a struct dp_worker. For lcores. */
int dp_worker_run(void *w);

/* Which worker this thread is: its id, or SHM_WORKERS_MAX for any other thread. */
extern _Thread_local uint16_t dp_self;

/* Serves one call in the calling thread, for a worker that is not running. */
void dp_call_serve(struct dp_worker *w, struct dp_call *call);

/* Bytes of private area that the mbufs of dp_pool.wraps must have. */
#define DP_WRAP_PRIV 64

/* Name of the mempool handler on struct dp_store; see pool.c. */
#define DP_POOL_OPS "mvmp_store"

/* Binds POOL's ledger to its mempool when it has just been made. 0 or -errno. */
int dp_pool_bind(struct dp_pool *pool);

/* How another thread takes buffers from a worker's pool (set once at start-up). */
extern int (*dp_pool_take)(struct dp_pool *pool, void **objs, unsigned int n);

extern const char *const dp_drop_words[DP_DROP_N];
extern const char *const dp_drop_helps[DP_DROP_N];
extern const char *const dp_box_words[DP_BOX_N];

#endif
