/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A tiny platform for tests of libmvmp: a thread that listens on a socket in a folder
 * of its own, hands out real regions, and misbehaves as it is told to.
 */
#ifndef MVMP_TESTS_LIB_FAKE_H
#define MVMP_TESTS_LIB_FAKE_H

#include <pthread.h>

#include "ring.h"
#include "wire.h"

#define FAKE_SLOTS   RING_SLOTS_MIN
#define FAKE_OPS     64
#define FAKE_PRIVATE 4

/* What it does otherwise than it should. */
enum fake_fault {
	FAKE_FINE,
	FAKE_REFUSES,     /* WELCOME with err and text */
	FAKE_OLD,         /* WELCOME of another version */
	FAKE_NO_WORKERS,  /* a shape that makes no sense */
	FAKE_ODD_RING,    /* op rings that are no power of two */
	FAKE_HANGS_UP,    /* closes after HELLO */
	FAKE_SHORT,       /* WELCOME of a wrong size */
	FAKE_OTHER,       /* READY instead of WELCOME */
	FAKE_NO_FD,       /* REGION without a descriptor */
	FAKE_SMALL,       /* REGION that is smaller than the shape says */
	FAKE_NO_WAKE,     /* one region too few */
	FAKE_INDEX,       /* REGION of a worker that there is not */
	FAKE_NOT_READY,   /* READY with err and text */
	FAKE_NO_DEVICE,   /* OPENED with err and text */
	FAKE_HANDLE,      /* OPENED with a handle out of range */
	FAKE_ODD_SLOTS,   /* OPENED with slots that are no power of two */
	FAKE_TWO_REGIONS, /* OPENED with two regions */
	FAKE_NO_RING,     /* ring's REGION without a descriptor */
	FAKE_SMALL_RING,  /* ring's REGION too small */
	FAKE_CLOSE_FAILS, /* CLOSED with err and text */
	FAKE_EVENT_FIRST, /* DEVICE_GONE of handle 9 before each answer */
};

struct fake {
	enum fake_fault fault;
	char folder[32], path[64];
	int listener, sock; /* sock: -1 before and after the connection */
	pthread_t thread;
	int wake[2], bell;
	struct wire_hello hello; /* as received */
	struct shm_shape shape;
	struct shm_platform *platform;
	struct shm_down *down;
	struct shm_up *up;
	struct mv_pkt *ops, *give, *ring; /* of worker 0; ring: of handle 0 */
	uint8_t *packets;
	unsigned int opens, closes;
};

/* Starts one that is about to FAULT. */
struct fake *fake_start(enum fake_fault fault);
/* The NF has gone, or is told that the platform has; frees F. */
void fake_stop(struct fake *f);
/* Ends the connection from this side. */
void fake_hang_up(struct fake *f);
/* Sends an event. */
void fake_event(struct fake *f, uint32_t what, uint32_t handle, const char *text);

#endif
