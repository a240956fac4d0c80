/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The messages between an NF and mvmpd: SOCK_SEQPACKET, one message per packet, each
 * type of a fixed size. The NF asks, mvmpd answers; only EVENT comes unasked. File
 * descriptors travel from mvmpd to the NF, one with each REGION message, never back.
 *
 * A session: HELLO -> WELCOME, REGION * n; the NF maps all of them; MAPPED -> READY;
 * then OPEN -> OPENED, REGION * n and CLOSE -> CLOSED as often as wanted. Closing the
 * socket ends it.
 */
#ifndef MVMP_WIRE_H
#define MVMP_WIRE_H

#include <stdint.h>

#include "shm.h"

#define WIRE_MAGIC    0x504d564dU /* "MVMP" */
#define WIRE_VERSION  1           /* raised when a message or a region changes shape */
#define WIRE_NAME_MAX 32          /* bytes of a name, NUL included */
#define WIRE_TEXT_MAX 160         /* bytes of an error text, NUL included */
#define WIRE_MSG_MAX  512         /* no message is longer */

/*
 * The table: X(NAME, name, who sends it). mvmpd has a handler session_on_NAME for each
 * row that an NF sends; leaving one out does not link.
 */
#define WIRE_TABLE(X)                                                                    \
	X(HELLO, hello, NF)                                                              \
	X(WELCOME, welcome, MVMPD)                                                       \
	X(REGION, region, MVMPD)                                                         \
	X(MAPPED, mapped, NF)                                                            \
	X(READY, ready, MVMPD)                                                           \
	X(OPEN, open, NF)                                                                \
	X(OPENED, opened, MVMPD)                                                         \
	X(CLOSE, close, NF)                                                              \
	X(CLOSED, closed, MVMPD)                                                         \
	X(EVENT, event, MVMPD)

enum wire_type {
	WIRE_NONE,
#define X(NAME, name, who) WIRE_##NAME,
	WIRE_TABLE(X)
#undef X
};

struct wire_hello {
	uint32_t type;
	uint32_t magic;
	uint32_t version;
	uint32_t spare;
	char program[WIRE_NAME_MAX]; /* for the operator's eyes */
};

/* Answers carry err: 0 or a positive errno value, with the reason in text. */
struct wire_welcome {
	uint32_t type;
	uint32_t err;
	uint32_t version; /* mvmpd's, also when it refuses */
	uint32_t regions; /* REGION messages that follow */
	uint32_t heartbeat_ms;
	struct shm_shape shape;
	char text[WIRE_TEXT_MAX];
};

enum wire_region_kind {
	WIRE_PLATFORM = 1,
	WIRE_PACKETS, /* index: worker */
	WIRE_DOWN,
	WIRE_UP,       /* to be mapped for writing */
	WIRE_PRIVATE,  /* to be mapped for writing */
	WIRE_INSTANCE, /* index: handle */
	WIRE_DEVICE,   /* index: handle */
	WIRE_WAKE,     /* not memory: a socket to read, mvmpd wakes the NF by it */
	WIRE_BELL,     /* not memory: an eventfd to write, wakes worker index */
};

struct wire_region {
	uint32_t type;
	uint32_t kind; /* enum wire_region_kind */
	uint32_t index;
	uint32_t spare;
	uint64_t size; /* bytes to map */
};

struct wire_mapped {
	uint32_t type;
};

struct wire_ready {
	uint32_t type;
	uint32_t err;
	char text[WIRE_TEXT_MAX];
};

struct wire_open {
	uint32_t type;
	uint32_t mode; /* enum mv_mode */
	char device[WIRE_NAME_MAX];
};

struct wire_opened {
	uint32_t type;
	uint32_t err;
	uint32_t handle;
	uint32_t slots; /* of each ring of this device */
	uint32_t regions;
	char text[WIRE_TEXT_MAX];
};

struct wire_close {
	uint32_t type;
	uint32_t handle;
};

struct wire_closed {
	uint32_t type;
	uint32_t err;
	char text[WIRE_TEXT_MAX];
};

enum wire_event_what {
	WIRE_EVICTED = 1, /* the NF has been detached; the socket closes next */
	WIRE_DEVICE_GONE, /* handle: the device was removed from the configuration */
};

struct wire_event {
	uint32_t type;
	uint32_t what; /* enum wire_event_what */
	uint32_t handle;
	char text[WIRE_TEXT_MAX];
};

#define X(NAME, name, who)                                                               \
	_Static_assert(sizeof(struct wire_##name) <= WIRE_MSG_MAX, "fits");              \
	_Static_assert(offsetof(struct wire_##name, type) == 0, "type is first");
WIRE_TABLE(X)
#undef X

/* Exact size of a message of TYPE; 0 when there is no such type. */
static inline size_t
wire_size(uint32_t type)
{
	switch (type) {
#define X(NAME, name, who)                                                               \
	case WIRE_##NAME:                                                                \
		return sizeof(struct wire_##name);
		WIRE_TABLE(X)
#undef X
	}
	return 0;
}

#endif
