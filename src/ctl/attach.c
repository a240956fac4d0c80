/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The memory of an attachment: the regions an NF gets, sealed once it has mapped them,
 * and what the workers keep of it. Regions live for one attachment and are never given
 * to another. Called by handlers.c, and by session.c at the end.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_malloc.h>

#include "base/log.h"
#include "ctl/session.h"

#define OP_SLOTS_MIN 1024u
#define KICK_MAX_US  20 /* a wake-up that takes longer is put off, see struct dp_wake */

static uint32_t
slots_for(uint64_t n)
{
	uint32_t slots = RING_SLOTS_MIN;

	while (slots < n)
		slots <<= 1;
	return slots;
}

/*
 * The NF's and our end of what wakes it: datagram sockets, each connected to the other.
 * A pipe would not do: whoever has one end can hold its lock for as long as it likes
 * (splice), and an eventfd could be made to block. Not socketpair(): it tells each end's
 * owner who made it (SO_PEERPIDFD).
 */
static int
wake_pair(int fds[2])
{
	struct sockaddr_un name[2] = {{.sun_family = AF_UNIX}, {.sun_family = AF_UNIX}};
	socklen_t len[2];
	int i;

	for (i = 0; i < 2; i++) {
		fds[i] = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		len[i] = sizeof(name[i]);
		/* a name of the kernel's choice, in no directory */
		if (fds[i] < 0 ||
		    bind(fds[i], (struct sockaddr *)&name[i], sizeof(sa_family_t)) < 0 ||
		    getsockname(fds[i], (struct sockaddr *)&name[i], &len[i]) < 0)
			return -errno;
	}
	for (i = 0; i < 2; i++)
		if (connect(fds[i], (struct sockaddr *)&name[1 - i], len[1 - i]) < 0)
			return -errno;
	return 0;
}

/* What is sent to wake the NF: a byte that names the NF itself as its sender. */
static void
wake_message(struct session *s)
{
	struct ucred cred = {.pid = s->pid, .uid = getuid(), .gid = getgid()};
	struct cmsghdr *c = (void *)s->wake_control;

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_CREDENTIALS;
	c->cmsg_len = CMSG_LEN(sizeof(cred));
	memcpy(CMSG_DATA(c), &cred, sizeof(cred));
	s->wake_iov = (struct iovec){.iov_base = &s->wake_byte, .iov_len = 1};
	s->wake_msg = (struct msghdr){.msg_iov = &s->wake_iov,
				      .msg_iovlen = 1,
				      .msg_control = s->wake_control,
				      .msg_controllen = CMSG_SPACE(sizeof(cred))};
}

static int
attach_descriptors(struct session *s)
{
	uint16_t w;
	int rc = wake_pair(s->wake);

	if (rc < 0)
		return rc;
	wake_message(s);
	for (w = 0; w < s->platform->n_workers; w++) {
		s->bells[w] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (s->bells[w] < 0)
			return -errno;
	}
	return 0;
}

static void
attach_dp(struct session *s)
{
	const struct model_nf *conf = &s->nf->conf;
	struct shm_down *down = (void *)s->down.addr;
	struct shm_up *up = (void *)s->up.addr;
	uint16_t w;

	for (w = 0; w < s->platform->n_workers; w++) {
		struct dp_nf *dp = &s->dp[w];

		dp->worker = w;
		dp->holder = s->holder;
		dp->ops = (void *)(s->up.addr + shm_ops_offset(&s->shape, w));
		dp->ops_shift = ring_shift(s->shape.op_slots);
		dp->ops_out = &down->ops[w];
		dp->give = (void *)(s->down.addr + shm_give_offset(&s->shape, w));
		dp->give_shift = ring_shift(s->shape.give_slots);
		dp->private_base = s->private.addr;
		dp->private_n = s->shape.private_bufs;
		dp->quota = (uint32_t)conf->quota;
		dp->wake.asleep = &up->sleep.asleep;
		dp->wake.fd = s->wake[1];
		dp->wake.msg = &s->wake_msg;
		dp->wake.limit = rte_get_tsc_hz() / 1000000 * KICK_MAX_US;
	}
	atomic_store(&down->status.state, SHM_ATTACHED);
}

int
attach_make(struct session *s)
{
	const struct model_nf *conf = &s->nf->conf;
	struct platform *p = s->platform;
	int rc;

	s->shape = (struct shm_shape){
		.workers = p->n_workers,
		.buf_shift = p->pools[0].shift,
		/* a buffer held can have two ops under way, a claim and a send */
		.op_slots = RTE_MAX(slots_for(2 * (uint64_t)conf->quota +
					      (uint64_t)conf->private_buffers),
				    OP_SLOTS_MIN),
		.give_slots = slots_for((uint64_t)conf->private_buffers),
		.private_bufs = (uint32_t)conf->private_buffers,
	};
	s->holder = platform_holder_take(p);
	if (s->holder == 0)
		return -ENOSPC;
	s->dp = rte_zmalloc("mvmp_nf", p->n_workers * sizeof(*s->dp), SHM_LINE);
	if (s->dp == NULL)
		return -ENOMEM;
	rc = region_make(&s->down, "mvmp-nf-down", shm_down_size(&s->shape), false);
	if (rc == 0)
		rc = region_seal(&s->down);
	if (rc == 0)
		rc = region_make(&s->up, "mvmp-nf-up", shm_up_size(&s->shape), false);
	if (rc == 0 && s->shape.private_bufs)
		rc = region_make(&s->private, "mvmp-nf-private",
				 shm_private_size(&s->shape), false);
	if (rc == 0)
		rc = attach_descriptors(s);
	if (rc == 0)
		attach_dp(s);
	return rc;
}

int
attach_send(struct session *s, bool count_only)
{
	struct platform *p = s->platform;
	int n = 0, rc = 0;
	uint16_t w;

#define SEND(kind, index, region, fd)                                                    \
	do {                                                                             \
		if (!count_only && rc == 0)                                              \
			rc = session_send_region(s, kind, index, region, fd);            \
		n++;                                                                     \
	} while (0)

	SEND(WIRE_PLATFORM, 0, &p->page, -1);
	for (w = 0; w < p->n_workers; w++) {
		SEND(WIRE_PACKETS, w, &p->packets[w], -1);
		SEND(WIRE_BELL, w, NULL, s->bells[w]);
	}
	SEND(WIRE_DOWN, 0, &s->down, -1);
	SEND(WIRE_UP, 0, &s->up, -1);
	if (s->shape.private_bufs)
		SEND(WIRE_PRIVATE, 0, &s->private, -1);
	SEND(WIRE_WAKE, 0, NULL, s->wake[0]);
#undef SEND
	return rc < 0 ? rc : n;
}

int
attach_seal(struct session *s)
{
	struct platform *p = s->platform;
	uint16_t w;
	int i, rc;

	rc = region_seal(&s->up);
	if (rc == 0 && s->shape.private_bufs)
		rc = region_seal(&s->private);
	for (i = 0; rc == 0 && i < PLATFORM_NICS_MAX; i++)
		if (p->nics[i].used)
			rc = nic_map(&p->nics[i].port, &s->private);
	for (w = 0; rc == 0 && w < p->n_workers; w++)
		rc = worker_add_bell(&p->workers[w], s->bells[w]);
	if (rc < 0)
		return rc;
	s->state = SESSION_READY;
	s->attached_ms = s->beat_ms = now_ms();
	rc = platform_publish(p);
	if (rc < 0)
		s->state = SESSION_MAPPING;
	return rc;
}

void
session_release(struct session *s)
{
	struct platform *p = s->platform;
	uint16_t w;
	int i;

	for (i = 0; i < PLATFORM_NICS_MAX; i++)
		if (p->nics[i].used)
			nic_unmap(&p->nics[i].port, &s->private);
	for (w = 0; w < SHM_WORKERS_MAX; w++) {
		if (s->bells[w] < 0)
			continue;
		worker_remove_bell(&p->workers[w], s->bells[w]);
		close(s->bells[w]);
	}
	for (i = 0; i < 2; i++)
		if (s->wake[i] >= 0)
			close(s->wake[i]);
	if (s->pidfd >= 0)
		close(s->pidfd);
	if (s->sock >= 0)
		close(s->sock);
	region_free(&s->down);
	region_free(&s->up);
	region_free(&s->private);
	if (s->holder)
		platform_holder_give(p, s->holder);
	rte_free(s->dp);
	free(s);
}
