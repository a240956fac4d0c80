/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A small world for tests of the hot path: one worker that is this thread, two NICs
 * that are rings (the "wires"), one device between them, and NFs in this process that
 * use the real library on the real layout of memory. Plans are built by hand.
 */
#ifndef MVMP_TESTS_DP_WORLD_H
#define MVMP_TESTS_DP_WORLD_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "dp/dp.h"
#include "dpdk/dpdk.h"
#include "nf.h"

#define WORLD_BUFS  1024
#define WORLD_SIZE  2048
#define WORLD_SLOTS RING_SLOTS_MIN /* of a device's rings */
#define WORLD_WIRE  256
#define BURST       (WORLD_SLOTS / 2) /* packets that tests let arrive at once */
#define WORLD_NFS   10
#define WORLD_MTU   1500
#define WORLD_NONE  2 /* place of "built by an NF" in the egress table */

#define RING_HOLDER 2
#define NF_HOLDER   10 /* of the first NF; the next have the next numbers */

struct world_nf {
	struct mv_nf nf; /* its side, for mv_*() */
	struct dp_nf dp; /* the worker's side */
	struct shm_down *down;
	struct shm_up *up;
	uint8_t *private;
	struct mv_dev *dev; /* its open device, handle 0 */
	struct dp_instance instance;
	struct dp_reader reader;
	int wake[2];
};

struct world {
	struct dp_worker worker;
	struct dp_pool pool;
	struct dp_pool *pools[1];
	struct region packets;
	struct shm_platform page;
	struct rte_ring *in[2], *out[2]; /* to and from the NICs */
	uint16_t port[2];
	struct dp_nic nic[2];
	struct dp_txq txq[2];
	struct dp_device device;
	struct dp_ring ring;
	struct mv_pkt *slots; /* of the device ring */
	uint32_t sequence;    /* of the next packet */
	uint32_t n_nfs;
	struct world_nf nfs[WORLD_NFS];

	struct plan plan;
	struct plan_rx rx[2];
	struct plan_tx tx[2];
	struct plan_nf plan_nfs[WORLD_NFS];
	struct plan_device device_plan, *takers[1];
	struct dp_instance *instances[WORLD_NFS];
	struct plan_reader readers[WORLD_NFS];
	uint16_t egress[3];
};

/* The one world there is. */
extern struct world world;

/* For cmocka: the EAL, memory and NICs once; NFs and counters for each test. */
int world_start(void **state);
int world_stop(void **state);
int world_setup(void **state);
/* Fails the test unless every buffer is free and was freed once. */
int world_teardown(void **state);

/* Attaches an NF that may hold QUOTA buffers and has PRIVATE_N of its own. */
struct world_nf *world_attach(uint32_t quota, uint32_t private_n);
/* Opens the device for it, inline with SLOTS slots, or bypass. */
void world_open(struct world_nf *n, enum mv_mode mode, uint32_t slots);
/* Takes the device from it as an orderly close does. */
void world_close(struct world_nf *n);
/* It is no more: its rings, then its buffers. */
void world_kill(struct world_nf *n);

/* N packets arrive at NIC number NIC; each has its sequence number in it. */
void world_arrive(uint16_t nic, uint32_t n);
/* One round of the worker; an idle one also honours cursors. What was moved. */
uint32_t world_round(void);
/* Rounds until nothing moves. */
void world_settle(void);
/* Takes what NIC has sent off the wire and frees it; how many there were. */
uint32_t world_sent(uint16_t nic);
/* The same, but keeps up to MAX of them. */
uint32_t world_take(uint16_t nic, struct rte_mbuf **mbufs, uint32_t max);

/* Who has how many buffers; the sum is checked. */
struct dp_audit world_audit(void);

/* Receives and frees everything there is for N; how many there were. */
uint32_t nf_drain(struct world_nf *n);
/* Receives up to MAX packets, as many as there are. */
uint32_t nf_receive(struct world_nf *n, struct mv_pkt *pkts, uint32_t max);
/* Writes an op as it is, whatever the library thinks of it. */
void nf_forge(struct world_nf *n, struct mv_pkt op, uint16_t what, uint16_t tag);
/* The sequence number in a packet. */
uint32_t nf_sequence(const struct world_nf *n, const struct mv_pkt *pkt);

#endif
