/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What mvmpd wants of DPDK and of the kernel's memory: the EAL, shared regions, packet
 * pools, NICs, and worker threads that can be called into. Used by ctl only, from the
 * control thread.
 */
#ifndef MVMP_DPDK_DPDK_H
#define MVMP_DPDK_DPDK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "dp/plan.h"
#include "model/model.h"

/* ---- eal.c --------------------------------------------------------------------- */

/*
 * Starts the EAL in memory for M's workers and PCI NICs. *HUGE tells whether packets
 * go to hugepages; when there are too few of them that is a warning, or, if M insists,
 * an error. 0 or -errno with the reason in E.
 */
int eal_start(const struct model *m, bool *huge, struct errs *e);
void eal_stop(void);

/* ---- region.c ------------------------------------------------------------------ */

/* A piece of memory with one writer: a sealed memfd. fd is -1 when not in use. */
struct region {
	int fd;
	uint8_t *addr; /* mapped here for writing */
	size_t size;   /* bytes, whole pages */
	size_t page;   /* bytes of a page */
};

#define REGION_NONE ((struct region){.fd = -1})

/* Makes a zeroed region of SIZE bytes, mapped here, on 2 MB pages if HUGE; or -errno. */
int region_make(struct region *r, const char *name, size_t size, bool huge);
/*
 * Seals R: nobody can map it for writing, resize it or punch holes from now on; maps
 * that exist stay. -EPERM if somebody was faster and seals otherwise. All pages are
 * there afterwards, so that touching one cannot fail. 0 or -errno.
 */
int region_seal(struct region *r);
void region_free(struct region *r);
/*
 * Attacks sealed R from a forked child as an NF that has its fd could: re-open, map,
 * write, truncate, punch, unseal. 0 if nothing succeeds; -EPERM with the reason in E.
 */
int region_attack(const struct region *r, struct errs *e);

/* ---- pool.c -------------------------------------------------------------------- */

/* Fills POOL with N buffers of SIZE bytes in a new region R. POOL->owner is set. */
int pool_make(struct dp_pool *pool, struct region *r, uint32_t n, uint32_t size,
	      uint16_t n_workers, bool huge, struct errs *e);
void pool_unmake(struct dp_pool *pool, struct region *r);

/* ---- nic.c --------------------------------------------------------------------- */

struct nic_port {
	uint16_t port;
	bool copy;                   /* receives into own pool */
	bool dma;                    /* hardware: regions must be mapped for it */
	struct rte_mempool *own;     /* with copy, else NULL */
	const char *interface;       /* kernel interface, or NULL */
	unsigned int ifindex;        /* its number when it was opened */
	uint32_t max_len;            /* bytes of the longest frame it sends */
	char device[MODEL_TEXT_MAX]; /* DPDK's name of the device */
};

struct nic_state {
	bool up;
	uint32_t speed_mbps; /* 0: not known */
	uint16_t mtu;
	char mac[18];
	struct rte_eth_stats stats;
};

/*
 * Probes, configures and starts NIC as number NUMBER, receiving into POOL; NIC stays
 * where it is as long as P is open. 0 or -errno with E; FILE is
 * where NIC is configured, for its texts.
 */
int nic_open(struct nic_port *p, const struct model_nic *nic, uint16_t number,
	     struct dp_pool *pool, const char *file, struct errs *e);
void nic_close(struct nic_port *p);
/* Whether its kernel interface has gone, or is another one of the same name. */
bool nic_gone(const struct nic_port *p);
/*
 * Lets the NIC's hardware read and write region R (its IOMMU, if it has one), and no
 * longer. Nothing to do for devices that are software. 0 or -errno.
 */
int nic_map(const struct nic_port *p, const struct region *r);
void nic_unmap(const struct nic_port *p, const struct region *r);
void nic_look(const struct nic_port *p, struct nic_state *s);

/* ---- lcore.c ------------------------------------------------------------------- */

/* Prepares worker ID: its wake-up descriptors, not yet its thread. 0 or -errno. */
int worker_make(struct dp_worker *w, uint16_t id, struct shm_word *asleep);
void worker_unmake(struct dp_worker *w);
/* Starts W's thread on its lcore; W->plan must be set. */
int worker_start(struct dp_worker *w);
/* Stops W and waits for its thread. */
void worker_stop(struct dp_worker *w);
/* Has W serve CALL and waits for it; bounded by one round of the worker. */
void worker_call(struct dp_worker *w, struct dp_call *call);
/* Lets FD (an eventfd) wake W out of its sleep. 0 or -errno. */
int worker_add_bell(struct dp_worker *w, int fd);
/* No longer; closing FD would not do while an NF has it too. */
void worker_remove_bell(struct dp_worker *w, int fd);

#endif
