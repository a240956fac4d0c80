/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the files of libmvmp know of each other: an attachment and its open devices.
 * session.c talks to mvmpd, map.c maps what it sends, dev.c opens, receives and sends,
 * buf.c keeps private buffers, wait.c sleeps, error.c keeps the last error's text.
 */
#ifndef MVMP_NF_H
#define MVMP_NF_H

#include <stdbool.h>
#include <time.h>

#include "mvmp.h"
#include "ring.h"
#include "shm.h"
#include "wire.h"

struct nf_map {
	void *addr; /* NULL: not mapped */
	size_t size;
};

/* What the NF keeps of one worker. */
struct nf_worker {
	struct mv_pkt *ops; /* op ring, ours to write */
	uint64_t ops_pos;
	uint64_t ops_limit; /* first position that may not be written yet */
	const struct mv_pkt *give;
	uint64_t give_pos;
	uint32_t kicked; /* last odd asleep word answered */
	int bell;        /* eventfd that wakes it */
};

struct mv_nf {
	struct mv_view view; /* first: mvmp.h reads it */
	struct nf_map maps[SHM_WORKERS_MAX + 8];
	int n_maps;
	int sock, wake, epoll;
	bool gone; /* detached: errors from now on */
	bool membarrier;
	struct shm_shape shape;
	const struct shm_platform *platform;
	const struct shm_down *down;
	struct shm_up *up;
	uint8_t *private_base;
	uint32_t *free_bufs; /* private buffers not in use */
	uint32_t n_free;
	uint32_t heartbeat_ms;
	uint64_t beats;
	uint32_t sleep_seq;
	struct nf_worker worker[SHM_WORKERS_MAX];
	struct mv_dev *devs[SHM_OPENS_MAX];
	struct mv_stats stats;
};

/* One ring of an open device. */
struct dev_ring {
	const struct mv_pkt *slots;
	uint64_t pos;  /* next to read */
	uint64_t told; /* cursor last published */
	uint32_t seq;  /* bypass: last even lap word */
	bool joined;   /* bypass */
};

struct mv_dev {
	struct mv_nf *nf;
	uint32_t handle;
	enum mv_mode mode;
	bool gone;          /* removed from the configuration */
	unsigned int shift; /* rings have 1 << shift slots */
	uint32_t next;      /* worker to begin with */
	struct nf_map map;
	struct dev_ring ring[SHM_WORKERS_MAX];
};

/* error.c: keeps a text for mv_error(), sets errno to ERR and returns -ERR. */
int error_set(int err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* session.c: sends MSG of TYPE. 0 or -errno. */
int session_send(struct mv_nf *nf, const void *msg, uint32_t type);
/*
 * Waits for a message of TYPE, handling events meanwhile. *FD is the descriptor that
 * came with it or -1; FD may be NULL. 0 or -errno.
 */
int session_recv(struct mv_nf *nf, void *msg, uint32_t type, int *fd);
/* Handles events that are there; marks NF gone when the platform has gone. */
void session_poll(struct mv_nf *nf);
/* Marks NF as detached because of TEXT; returns -ENOTCONN. */
int session_gone(struct mv_nf *nf, const char *text);

/* map.c: maps or keeps what a REGION message brought; FD is taken over. 0 or -errno. */
int map_region(struct mv_nf *nf, const struct wire_region *r, int fd);
int map_device(struct mv_dev *dev, const struct wire_region *r, int fd);
void map_free(struct mv_nf *nf);

/* buf.c: takes in private buffers that the platform has given back. */
void buf_collect(struct mv_nf *nf);

/* Monotonic time in ms. */
static inline int64_t
nf_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Shows a sign of life. */
static inline void
nf_beat(struct mv_nf *nf)
{
	atomic_store_explicit(&nf->up->heartbeat, ++nf->beats, memory_order_relaxed);
}

static inline bool
nf_detached(const struct mv_nf *nf)
{
	return nf->gone || atomic_load_explicit(&nf->down->status.state,
						memory_order_relaxed) != SHM_ATTACHED;
}

#endif
