/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The model: what the operator wants, as plain data. The libconfig reader makes one,
 * the checks judge it, ctl/apply.c brings the running platform in line with it. No
 * DPDK, no sockets, no threads here; lists are arrays that the model owns.
 */
#ifndef MVMP_MODEL_MODEL_H
#define MVMP_MODEL_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define MODEL_NAME_MAX 32  /* bytes of a name, NUL included: [A-Za-z][A-Za-z0-9_.-]* */
#define MODEL_TEXT_MAX 256 /* bytes of any other text, NUL included */

enum model_tristate { MODEL_AUTO, MODEL_ON, MODEL_OFF };

/* How a worker waits for packets. */
enum model_poll {
	MODEL_POLL_ADAPTIVE, /* spin, then sleep for a bounded time */
	MODEL_POLL_BUSY,     /* never sleep */
};

/* A list of names, e.g. the members of a device. */
struct model_names {
	char (*list)[MODEL_NAME_MAX];
	size_t n;
};

/* Settings of the daemon itself; changing one needs a restart. */
struct model_daemon {
	int64_t workers;            /* threads that poll NICs: 1..16 */
	char cores[MODEL_TEXT_MAX]; /* CPU list such as "1,3-4"; "" = not pinned */
	int64_t hugepages;          /* enum model_tristate */
	int64_t memory;             /* MiB for DPDK's own use without hugepages */
	int64_t buffers;            /* packet buffers per worker */
	int64_t buffer_size;        /* bytes, a power of two: 2048..16384 */
	int64_t poll;               /* enum model_poll */
	int64_t sleep_us;           /* longest sleep of an idle worker, us */
	int64_t profile;            /* bool: count ticks per box of the picture */
	char control_socket[MODEL_TEXT_MAX]; /* admin socket's path */
	char nf_directory[MODEL_TEXT_MAX];   /* holds NAME/sock for each declared NF */
	char group[MODEL_TEXT_MAX]; /* group that may use the admin socket; "" = root */
	char eal[MODEL_TEXT_MAX];   /* further EAL arguments */
	int line;
};

enum model_driver { MODEL_AF_PACKET, MODEL_AF_XDP };

/* A NIC: exactly one of interface, devargs and pci is set. */
struct model_nic {
	char name[MODEL_NAME_MAX];
	char interface[MODEL_NAME_MAX]; /* kernel interface */
	int64_t driver;                 /* enum model_driver, for interface */
	char devargs[MODEL_TEXT_MAX];   /* any DPDK device arguments, e.g. "net_null0" */
	char pci[MODEL_NAME_MAX];       /* PCI address */
	int64_t rx_ring;                /* receive descriptors */
	int64_t tx_ring;                /* send descriptors */
	int line;
};

struct model_device {
	char name[MODEL_NAME_MAX];
	char kind[MODEL_NAME_MAX]; /* a row of the table of kinds, see kinds.h */
	struct model_names members;
	int64_t ring; /* slots of each ring of this device, a power of two */
	int line;
};

/* A cell of the NIC x device matrix. A member without a cell receives `all`. */
struct model_cell {
	char nic[MODEL_NAME_MAX];
	char device[MODEL_NAME_MAX];
	char receive[MODEL_TEXT_MAX]; /* receive policy: "all" or "none" */
	int line;
};

struct model_nf {
	char name[MODEL_NAME_MAX];
	int64_t user;            /* uid its process must have; -1 = any */
	struct model_names open; /* devices it may open */
	int64_t quota;           /* packet buffers it may hold, per worker */
	int64_t private_buffers; /* buffers of its own memory; 0 = none */
	int64_t heartbeat;       /* ms without a sign of life until it is detached */
	int64_t violations;      /* forged descriptors until it is evicted */
	int line;
};

struct model {
	struct model_daemon daemon;
	struct model_nic *nics;
	size_t n_nics;
	struct model_device *devices;
	size_t n_devices;
	struct model_cell *cells;
	size_t n_cells;
	struct model_nf *nfs;
	size_t n_nfs;
};

/* Frees everything M owns and zeroes it. */
void model_clear(struct model *m);

/* Look-ups by name; the index, or -1. */
int model_nic_find(const struct model *m, const char *name);
int model_device_find(const struct model *m, const char *name);
int model_nf_find(const struct model *m, const char *name);
/* The cell of NIC x DEVICE, or NULL when there is none. */
const struct model_cell *
model_cell_find(const struct model *m, const char *nic, const char *device);
bool model_names_have(const struct model_names *names, const char *name);

/*
 * Reads the libconfig file PATH into M (which must be zeroed) and runs every check.
 * Returns 0, or -EINVAL with all errors in E (each with file and line) and M cleared.
 * Warnings alone do not make it fail. Bounded in time and memory whatever the file is.
 */
int model_read(struct model *m, const char *path, struct errs *e);

/* The rules that look at more than one entry; model_read calls it. FILE is for texts. */
void model_check(const struct model *m, const char *file, struct errs *e);

#endif
