/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The running platform, as the control thread keeps it: workers, NICs, devices, NFs and
 * their sessions. One struct, built in main and passed down. Everything here belongs to
 * the control thread; what a worker uses of it (the dp_* structs) is the worker's while
 * a plan points to it.
 */
#ifndef MVMP_CTL_PLATFORM_H
#define MVMP_CTL_PLATFORM_H

#include <event2/event.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "base/err.h"
#include "dp/plan.h"
#include "dpdk/dpdk.h"
#include "model/kinds.h"
#include "model/model.h"
#include "wire.h"

#define PLATFORM_NICS_MAX    64
#define PLATFORM_DEVICES_MAX 128
#define PLATFORM_NFS_MAX     128

/* A NIC in use; its place in platform.nics is its number in descriptors. */
struct nic {
	bool used;
	bool leaving; /* about to be removed: not found by its name any more */
	struct model_nic conf;
	struct nic_port port;
	uint16_t worker;      /* who polls it and sends by it */
	struct dp_nic *count; /* by worker */
	struct dp_txq *txq;   /* by worker */
};

struct device {
	bool used;
	struct model_device conf;
	const struct kind *kind;
	uint16_t *members;       /* NIC numbers, conf.members.n of them */
	struct dp_device *count; /* by worker */
	uint8_t holder;          /* in the ledger; 0: no ring yet */
	struct region rings;     /* device rings; made for the first bypass NF */
	struct dp_ring *ring;    /* by worker */
	uint32_t n_readers;
};

/* A device as an NF has it open, by handle. */
struct open {
	struct device *device; /* NULL: not open */
	bool gone; /* taken away; the handle stays reserved until the NF closes it */
	enum mv_mode mode;
	struct region rings;           /* inline: instance rings */
	struct dp_instance *instances; /* inline: by worker */
	struct dp_reader *readers;     /* bypass: by worker */
};

enum session_state { SESSION_HELLO, SESSION_MAPPING, SESSION_READY, SESSION_ENDED };

/* One connection of an NF. */
struct session {
	struct platform *platform;
	struct nf *nf;
	enum session_state state;
	int sock, pidfd;
	struct event *readable, *exited, *deadline;
	pid_t pid;
	uid_t uid;
	char program[WIRE_NAME_MAX];
	int64_t attached_ms;
	int64_t heartbeat_ms; /* as it was told when it attached */
	uint64_t beat;        /* heartbeat last seen */
	int64_t beat_ms;      /* and when */
	struct shm_shape shape;
	struct region down, up, private;
	int wake[2];            /* datagram sockets: the NF's end, ours */
	struct msghdr wake_msg; /* what is sent by ours */
	struct iovec wake_iov;
	_Alignas(struct cmsghdr) char wake_control[CMSG_SPACE(sizeof(struct ucred))];
	char wake_byte;
	int tokens;  /* messages it may send before the next tick */
	bool paused; /* it sent more, and is not read meanwhile */
	int bells[SHM_WORKERS_MAX];
	uint8_t holder;
	struct dp_nf *dp; /* by worker */
	struct open opens[SHM_OPENS_MAX];
	struct session *next; /* in the list of ended ones still in flight */
};

/* A declared NF. */
struct nf {
	bool used;
	struct model_nf conf;
	int listener;
	struct event *acceptable;
	struct platform *platform;
	struct session *session; /* NULL: not attached */
	int tokens;              /* connections it may make before the next tick */
	bool paused;             /* it made more; none are taken meanwhile */
	char last_exit[WIRE_TEXT_MAX];
};

struct platform {
	const char *config_path;
	struct model model;
	bool no_huge; /* by option, whatever the configuration says */
	bool huge;
	int64_t started_ms;
	struct event_base *base;
	struct event *tick;
	int64_t tick_ms;
	uint16_t n_workers;
	struct plan no_plan[SHM_WORKERS_MAX]; /* empty, for when memory runs out */
	struct region page;                   /* struct shm_platform */
	struct dp_worker *workers;
	struct dp_pool *pools;
	struct dp_pool *pool_list[SHM_WORKERS_MAX];
	struct region packets[SHM_WORKERS_MAX];
	struct rte_ring *handoff[SHM_WORKERS_MAX][SHM_WORKERS_MAX]; /* [from][to] */
	bool holders[LEDGER_LAST + 1];                              /* numbers in use */
	struct nic nics[PLATFORM_NICS_MAX];
	struct device devices[PLATFORM_DEVICES_MAX];
	struct nf nfs[PLATFORM_NFS_MAX];
	struct session *ended;
	struct admin *admin;
	int locks[2];
};

int64_t now_ms(void);

/* ---- platform.c ---------------------------------------------------------------- */

/* Starts EAL, memory and workers for P->model; then apply.c adds NICs and the rest. */
int platform_start(struct platform *p, struct errs *e);
void platform_stop(struct platform *p);
/* A free number for the ledger; 0 when there is none. */
uint8_t platform_holder_take(struct platform *p);
void platform_holder_give(struct platform *p, uint8_t holder);
/* The same call into every worker. CALL is a template. */
void platform_call(struct platform *p, struct dp_call call);
/* Counts every buffer of every worker; AUDIT has n_workers elements. */
void platform_audit(struct platform *p, struct dp_audit *audit);

/* ---- compile.c ----------------------------------------------------------------- */

/* Compiles plans from what P is now and hands them to the workers. 0 or -ENOMEM. */
int platform_publish(struct platform *p);
/* The same before something is freed that the plans have: it is in none afterwards. */
void platform_retire(struct platform *p);
void plan_free(struct plan *plan);

/* ---- nics.c, devices.c --------------------------------------------------------- */

/* Opens NIC CONF into a free place. 0 or -errno with E. */
int nic_add(struct platform *p, const struct model_nic *conf, struct errs *e);
/* Closes it; no plan has it any more. */
void nic_remove(struct platform *p, struct nic *nic);
struct nic *nic_find(struct platform *p, const char *name);

int device_add(struct platform *p, const struct model_device *conf, struct errs *e);
/* Brings members and so on in line with CONF; the rings stay as they are. */
int
device_change(struct platform *p, struct device *dev, const struct model_device *conf);
void device_remove(struct platform *p, struct device *dev);
struct device *device_find(struct platform *p, const char *name);
/* Makes the device rings if there are none yet. 0 or -errno. */
int device_rings(struct platform *p, struct device *dev);

/* ---- apply.c ------------------------------------------------------------------- */

/* A list of lines for the operator: what a change did. */
struct changes {
	char **list;
	size_t n;
};

/*
 * Brings the platform in line with M, which it takes over on success. On failure
 * nothing is changed and E says why. C may be NULL.
 */
int apply_model(struct platform *p, struct model *m, struct changes *c, struct errs *e);
/* Reads the configuration file again and applies it. */
int apply_file(struct platform *p, struct changes *c, struct errs *e);
void changes_clear(struct changes *c);

/* ---- nfserver.c, session.c, opens.c, liveness.c -------------------------------- */

/* Listens for NF CONF in a free place. 0 or -errno with E. */
int nf_add(struct platform *p, const struct model_nf *conf, struct errs *e);
/* Takes over CONF: rights of its socket, and an end to a session of another user. */
void nf_change(struct platform *p, struct nf *nf, const struct model_nf *conf);
/* Detaches it because of WHY and listens no more. */
void nf_remove(struct platform *p, struct nf *nf, const char *why);
struct nf *nf_find(struct platform *p, const char *name);

/* A new connection of NF; SOCK is taken over. */
void session_start(struct nf *nf, int sock);
/* Detaches: tells the NF why, stops its rings, takes all of its buffers back. */
void session_end(struct session *s, const char *why);
/* Ends sessions whose packets have left the NICs meanwhile; called by the tick. */
void session_reap(struct platform *p);
/* Sends MSG of TYPE, with FD unless it is -1. 0 or -errno. */
int session_send(struct session *s, const void *msg, uint32_t type, int fd);

/* Opens DEV for S. A handle, or -errno with TEXT (WIRE_TEXT_MAX bytes). */
int open_add(struct session *s, const char *device, uint32_t mode, char *text);
/* Closes a handle; everything borrowed or ringed by it goes back. */
void open_remove(struct session *s, uint32_t handle);
/* Takes it away and tells the NF why. May end S. */
void open_revoke(struct session *s, uint32_t handle, const char *why);

/* Heartbeats, violations, ended sessions: every LIVENESS_MS. */
#define LIVENESS_MS 50
#define TOKENS_MAX  64 /* messages of a session, connections of an NF, at once */
#define TOKENS_TICK 10 /* and more with each tick: 200 a second */
void liveness_tick(struct platform *p);

/* ---- admin.c ------------------------------------------------------------------- */

int admin_start(struct platform *p, struct errs *e);
void admin_stop(struct platform *p);

#endif
