/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An NF without libmvmp, for hostile ones: it speaks the protocol of wire.h itself,
 * keeps every descriptor it is sent, and maps nothing by itself. Used by the programs
 * of this folder. Functions return 0 or -errno and say on stderr what went wrong.
 */
#ifndef FAULT_PEER_H
#define FAULT_PEER_H

#include "mvmp.h"
#include "shm.h"
#include "wire.h"

#define PEER_REGIONS_MAX 64

struct peer_region {
	struct wire_region msg;
	int fd;
	uint8_t *map; /* by peer_map(), else NULL */
};

struct peer {
	int sock;
	struct wire_welcome welcome;
	struct wire_ready ready;
	struct peer_region regions[PEER_REGIONS_MAX];
	int n;
};

/* Connects, says HELLO and takes the regions. Nothing is mapped yet. */
int peer_attach(struct peer *p, const char *path, const char *program);
/* Sends MAPPED; the answer is in p->ready, its err is the result. */
int peer_ready(struct peer *p);
/* Opens DEVICE; a handle. Its region is the last one of P then. */
int peer_open(struct peer *p, const char *device, enum mv_mode mode, uint32_t *slots);
void peer_close(struct peer *p);

/* Region of KIND and INDEX, NULL if it was not sent. */
struct peer_region *peer_find(struct peer *p, uint32_t kind, uint32_t index);
/* Maps R with PROT; NULL if that fails. */
uint8_t *peer_map(struct peer_region *r, int prot);
/* Whether R is to be mapped for writing, by the protocol. */
int peer_is_own(const struct peer_region *r);
/* Whether R is memory at all. */
int peer_is_memory(const struct peer_region *r);
const char *peer_kind(const struct peer_region *r);

#endif
