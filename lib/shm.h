/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Layout of the shared regions. The rule: each region has exactly one process that may
 * write it, and the kernel enforces that (a sealed memfd that the others can map only
 * for reading). The comment of every struct names the writer. Offsets, never pointers.
 *
 *   region     | one per               | writer | contents
 *   PLATFORM   | mvmpd                 | mvmpd  | struct shm_platform
 *   PACKETS    | worker                | mvmpd  | packet buffers, 1 << buf_shift each
 *   DOWN       | NF                    | mvmpd  | struct shm_down, then give-back rings
 *   UP         | NF                    | NF     | struct shm_up, then op rings
 *   PRIVATE    | NF                    | NF     | the NF's own buffers
 *   INSTANCE   | inline open           | mvmpd  | an instance ring for each worker
 *   DEVICE     | device                | mvmpd  | a device ring for each worker
 */
#ifndef MVMP_SHM_H
#define MVMP_SHM_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "mvmp.h"

#define SHM_LINE        64   /* bytes of a cache line: one writer each */
#define SHM_WORKERS_MAX 16   /* workers, and so packet regions */
#define SHM_OPENS_MAX   16   /* devices an NF may have open; a handle is below this */
#define SHM_PRIVATE     0xff /* region (mv_pkt.buf >> 24) of the NF's own buffers */
#define SHM_HEADROOM    128  /* free bytes in front of a packet */

/* An op in an op ring is a mv_pkt with this in flags; tag is the handle it is about. */
enum shm_op {
	SHM_OP_FREE = 1, /* give buf back */
	SHM_OP_TX,       /* send [off, off + len) of buf by device tag, ingress nic */
	SHM_OP_CLAIM,    /* buf, borrowed from bypass device tag, becomes the NF's */
};

/*
 * Asleep words, of workers and of NFs: odd while the owner sleeps or is about to, and
 * larger with each change. A worker stays odd over a row of short sleeps, until it has
 * had something to do. A producer kicks once for each odd value it has seen.
 * W1: the sleeper stores the odd value, then runs a barrier on every CPU (membarrier),
 * then looks at its rings a last time; W2: the producer writes its slot, then loads the
 * word. Without membarrier the sleeper sleeps for short, bounded times instead.
 */
struct shm_word {
	_Atomic uint32_t asleep;
	uint8_t pad[SHM_LINE - 4];
};

/* Writer: mvmpd, each line its worker. */
struct shm_platform {
	struct shm_word worker[SHM_WORKERS_MAX];
};

enum shm_state {
	SHM_ATTACHED = 1,
	SHM_DETACHED, /* by the platform: nothing in this memory moves any more */
};

/* Writer: mvmpd's control thread. */
struct shm_status {
	_Atomic uint32_t state; /* enum shm_state */
	uint8_t pad[SHM_LINE - 4];
};

/* Writer: one worker. How far it has read the NF's op ring. */
struct shm_cursor {
	_Atomic uint64_t pos;
	uint8_t pad[SHM_LINE - 8];
};

/*
 * Writer: one worker. Where a bypass reader stands, see "lapping" in
 * doc/architecture.md. Odd seq: lapped (or not yet joined), stop and acknowledge.
 * Even seq: read on from resume. L1 (release store of seq) pairs with L2 (acquire load).
 */
struct shm_lap {
	_Atomic uint32_t seq;
	uint32_t pad32;
	_Atomic uint64_t resume;
	uint8_t pad[SHM_LINE - 16];
};

/* Writer: mvmpd. */
struct shm_down {
	struct shm_status status;
	struct shm_cursor ops[SHM_WORKERS_MAX];
	struct shm_lap lap[SHM_OPENS_MAX][SHM_WORKERS_MAX];
};

/*
 * Writer: the NF. How far it has read a ring; ack repeats an odd shm_lap.seq. A1 (release
 * store of ack, after pos and ops) pairs with A2 (acquire load).
 */
struct shm_reader {
	_Atomic uint64_t pos;
	_Atomic uint32_t ack;
	uint8_t pad[SHM_LINE - 12];
};

/* Writer: the NF. */
struct shm_up {
	_Atomic uint64_t heartbeat; /* moves whenever the NF calls the library */
	uint8_t pad[SHM_LINE - 8];
	struct shm_word sleep;
	struct shm_reader reader[SHM_OPENS_MAX][SHM_WORKERS_MAX];
};

/* Sizes of an attachment, told in the WELCOME message; all rings a power of two. */
struct shm_shape {
	uint32_t workers;
	uint32_t buf_shift;
	uint32_t op_slots;     /* slots of each op ring */
	uint32_t give_slots;   /* slots of each give-back ring */
	uint32_t private_bufs; /* buffers in the PRIVATE region */
};

_Static_assert(sizeof(struct shm_word) == SHM_LINE, "one line");
_Static_assert(sizeof(struct shm_status) == SHM_LINE, "one line");
_Static_assert(sizeof(struct shm_cursor) == SHM_LINE, "one line");
_Static_assert(sizeof(struct shm_lap) == SHM_LINE, "one line");
_Static_assert(sizeof(struct shm_reader) == SHM_LINE, "one line");
_Static_assert(sizeof(struct shm_down) % SHM_LINE == 0, "rings follow aligned");
_Static_assert(sizeof(struct shm_up) % SHM_LINE == 0, "rings follow aligned");

/* Bytes of one ring, and of one for each worker (INSTANCE and DEVICE regions). */
static inline size_t
shm_ring_size(uint32_t slots)
{
	return (size_t)slots * sizeof(struct mv_pkt);
}

static inline size_t
shm_rings_size(const struct shm_shape *s, uint32_t slots)
{
	return s->workers * shm_ring_size(slots);
}

static inline size_t
shm_down_size(const struct shm_shape *s)
{
	return sizeof(struct shm_down) + s->workers * shm_ring_size(s->give_slots);
}

/* Where the give-back ring of WORKER starts in the DOWN region. */
static inline size_t
shm_give_offset(const struct shm_shape *s, uint32_t worker)
{
	return sizeof(struct shm_down) + worker * shm_ring_size(s->give_slots);
}

static inline size_t
shm_up_size(const struct shm_shape *s)
{
	return sizeof(struct shm_up) + s->workers * shm_ring_size(s->op_slots);
}

/* Where the op ring of WORKER starts in the UP region. */
static inline size_t
shm_ops_offset(const struct shm_shape *s, uint32_t worker)
{
	return sizeof(struct shm_up) + worker * shm_ring_size(s->op_slots);
}

static inline size_t
shm_private_size(const struct shm_shape *s)
{
	return (size_t)s->private_bufs << s->buf_shift;
}

#endif
