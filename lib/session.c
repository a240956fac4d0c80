/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The NF's end of its connection to mvmpd: attaching, requests and answers, events.
 */
#include <errno.h>
#include <linux/membarrier.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "nf.h"

#define ANSWER_MS 5000

union message {
	uint32_t type;
	struct wire_event event;
	uint8_t bytes[WIRE_MSG_MAX];
};

int
session_gone(struct mv_nf *nf, const char *text)
{
	if (!nf->gone)
		error_set(ENOTCONN, "detached: %s", text);
	nf->gone = true;
	errno = ENOTCONN;
	return -ENOTCONN;
}

int
session_send(struct mv_nf *nf, const void *msg, uint32_t type)
{
	if (nf->gone)
		return -ENOTCONN;
	if (send(nf->sock, msg, wire_size(type), MSG_NOSIGNAL) < 0 && errno != EPIPE &&
	    errno != ECONNRESET)
		return session_gone(nf, "the platform has gone");
	return 0; /* if it has closed, it may have said why: session_recv() reads on */
}

/* One message; *FD gets its descriptor or -1. Bytes, 0 at the end, -errno. */
static ssize_t
session_read(struct mv_nf *nf, union message *m, int *fd, int flags)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = {.iov_base = m, .iov_len = sizeof(*m)};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control.buf,
			     .msg_controllen = sizeof(control.buf)};
	struct cmsghdr *c;
	int tries = 1;
	ssize_t n;

	*fd = -1;
	/* a reset is told once, before the messages that were sent ahead of it */
	do
		n = recvmsg(nf->sock, &msg, flags | MSG_CMSG_CLOEXEC);
	while (n < 0 && (errno == EINTR || (errno == ECONNRESET && tries-- > 0)));
	if (n < 0)
		return -errno;
	c = CMSG_FIRSTHDR(&msg);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
		memcpy(fd, CMSG_DATA(c), sizeof(int));
	return n;
}

static void
session_event(struct mv_nf *nf, union message *m)
{
	m->event.text[WIRE_TEXT_MAX - 1] = '\0';
	if (m->event.what == WIRE_EVICTED)
		session_gone(nf, m->event.text);
	else if (m->event.what == WIRE_DEVICE_GONE && m->event.handle < SHM_OPENS_MAX &&
		 nf->devs[m->event.handle])
		nf->devs[m->event.handle]->gone = true;
}

int
session_recv(struct mv_nf *nf, void *msg, uint32_t type, int *fd)
{
	int64_t left, end = nf_now_ms() + ANSWER_MS;
	union message m;
	ssize_t n;
	int got;

	while ((left = end - nf_now_ms()) > 0) {
		struct pollfd p = {.fd = nf->sock, .events = POLLIN};

		if (nf->gone)
			return -ENOTCONN;
		if (poll(&p, 1, (int)left) <= 0)
			continue;
		n = session_read(nf, &m, &got, 0);
		if (n <= 0)
			return session_gone(nf, "the platform has closed the connection");
		if (got >= 0 && (m.type != type || fd == NULL)) {
			close(got);
			got = -1;
		}
		if ((size_t)n != wire_size(m.type))
			return error_set(EPROTO,
					 "the platform sent a message of %zd bytes", n);
		if (m.type == WIRE_EVENT) {
			session_event(nf, &m);
			continue;
		}
		if (m.type != type)
			return error_set(EPROTO, "the platform sent message %u, not %u",
					 m.type, type);
		memcpy(msg, &m, wire_size(type));
		if (fd)
			*fd = got;
		return 0;
	}
	return error_set(ETIMEDOUT, "the platform does not answer");
}

void
session_poll(struct mv_nf *nf)
{
	union message m;
	ssize_t n;
	int fd;

	while (!nf->gone) {
		n = session_read(nf, &m, &fd, MSG_DONTWAIT);
		if (fd >= 0)
			close(fd);
		if (n == -EAGAIN)
			return;
		if (n <= 0)
			session_gone(nf, "the platform has closed the connection");
		else if (m.type == WIRE_EVENT && (size_t)n == wire_size(WIRE_EVENT))
			session_event(nf, &m);
	}
}

static int
session_connect(struct mv_nf *nf, const char *path)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};

	if (path == NULL)
		path = getenv("MVMP_SOCKET");
	if (path == NULL)
		path = MV_SOCKET;
	if (strlen(path) >= sizeof(sun.sun_path))
		return error_set(ENAMETOOLONG,
				 "%.60s...: longer than a socket's path can be (%zu)",
				 path, sizeof(sun.sun_path) - 1);
	strcpy(sun.sun_path, path);
	nf->sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (nf->sock < 0)
		return error_set(errno, "socket: %s", strerror(errno));
	if (connect(nf->sock, (struct sockaddr *)&sun, sizeof(sun)) < 0)
		return error_set(errno, "%s: %s%s", path, strerror(errno),
				 errno == EACCES
					 ? ""
					 : "; is mvmpd running, is this NF declared?");
	return 0;
}

static int
session_hello(struct mv_nf *nf, const char *program, struct wire_welcome *welcome)
{
	struct wire_hello hello = {
		.type = WIRE_HELLO, .magic = WIRE_MAGIC, .version = WIRE_VERSION};
	const struct shm_shape *s = &welcome->shape;
	int rc;

	if (program)
		snprintf(hello.program, sizeof(hello.program), "%s", program);
	rc = session_send(nf, &hello, WIRE_HELLO);
	if (rc == 0)
		rc = session_recv(nf, welcome, WIRE_WELCOME, NULL);
	if (rc < 0)
		return rc;
	welcome->text[WIRE_TEXT_MAX - 1] = '\0';
	if (welcome->err)
		return error_set((int)welcome->err, "refused: %s", welcome->text);
	if (welcome->version != WIRE_VERSION || s->workers == 0 ||
	    s->workers > SHM_WORKERS_MAX || s->buf_shift < 10 || s->buf_shift > 16 ||
	    s->op_slots & (s->op_slots - 1) || s->give_slots & (s->give_slots - 1) ||
	    s->op_slots == 0 || s->give_slots == 0)
		return error_set(EPROTO,
				 "the platform speaks protocol %u, this library %u",
				 welcome->version, WIRE_VERSION);
	nf->shape = *s;
	nf->view.shift = s->buf_shift;
	nf->heartbeat_ms = welcome->heartbeat_ms;
	return 0;
}

static int
session_regions(struct mv_nf *nf, uint32_t n)
{
	struct wire_region r;
	uint32_t i;
	int fd, rc;

	for (i = 0; i < n; i++) {
		rc = session_recv(nf, &r, WIRE_REGION, &fd);
		if (rc < 0)
			return rc;
		if (fd < 0)
			return error_set(EPROTO,
					 "the platform sent a region without descriptor");
		rc = map_region(nf, &r, fd);
		if (rc < 0)
			return rc;
	}
	if (!nf->platform || !nf->down || !nf->up || nf->wake < 0)
		return error_set(EPROTO, "the platform did not send all regions");
	return 0;
}

static int
session_ready(struct mv_nf *nf)
{
	struct wire_mapped mapped = {.type = WIRE_MAPPED};
	struct wire_ready ready;
	int rc;

	rc = session_send(nf, &mapped, WIRE_MAPPED);
	if (rc == 0)
		rc = session_recv(nf, &ready, WIRE_READY, NULL);
	if (rc < 0)
		return rc;
	ready.text[WIRE_TEXT_MAX - 1] = '\0';
	return ready.err ? error_set((int)ready.err, "refused: %s", ready.text) : 0;
}

static int
session_buffers(struct mv_nf *nf)
{
	uint32_t i, n = nf->private_base ? nf->shape.private_bufs : 0;

	nf->free_bufs = calloc(n + 1u, sizeof(*nf->free_bufs));
	if (nf->free_bufs == NULL)
		return error_set(ENOMEM, "out of memory");
	for (i = 0; i < n; i++)
		nf->free_bufs[i] = n - 1 - i;
	nf->n_free = n;
	for (i = 0; i < nf->shape.workers; i++)
		nf->worker[i].ops_limit = nf->shape.op_slots;
	return 0;
}

/* One descriptor that polls readable for packets and for the platform's messages. */
static int
session_epoll(struct mv_nf *nf)
{
	struct epoll_event ev = {.events = EPOLLIN};

	nf->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (nf->epoll < 0 || epoll_ctl(nf->epoll, EPOLL_CTL_ADD, nf->wake, &ev) < 0 ||
	    epoll_ctl(nf->epoll, EPOLL_CTL_ADD, nf->sock, &ev) < 0)
		return error_set(errno, "epoll: %s", strerror(errno));
	return 0;
}

struct mv_nf *
mv_attach(const char *path, const char *program)
{
	struct mv_nf *nf = calloc(1, sizeof(*nf));
	struct wire_welcome welcome;
	int i, rc;

	if (nf == NULL) {
		error_set(ENOMEM, "out of memory");
		return NULL;
	}
	nf->sock = nf->wake = nf->epoll = -1;
	for (i = 0; i < SHM_WORKERS_MAX; i++)
		nf->worker[i].bell = -1;
	/* lets a worker about to sleep put a barrier on our CPU; see shm.h */
	nf->membarrier = syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED,
				 0, 0) == 0;
	rc = session_connect(nf, path);
	if (rc == 0)
		rc = session_hello(nf, program, &welcome);
	if (rc == 0)
		rc = session_regions(nf, welcome.regions);
	if (rc == 0)
		rc = session_ready(nf);
	if (rc == 0)
		rc = session_buffers(nf);
	if (rc == 0)
		rc = session_epoll(nf);
	if (rc == 0)
		return nf;
	mv_detach(nf);
	errno = -rc;
	return NULL;
}

void
mv_detach(struct mv_nf *nf)
{
	int i;

	if (nf == NULL)
		return;
	for (i = 0; i < SHM_OPENS_MAX; i++)
		if (nf->devs[i])
			mv_close(nf->devs[i]);
	for (i = 0; i < SHM_WORKERS_MAX; i++)
		if (nf->worker[i].bell >= 0)
			close(nf->worker[i].bell);
	if (nf->epoll >= 0)
		close(nf->epoll);
	if (nf->wake >= 0)
		close(nf->wake);
	if (nf->sock >= 0)
		close(nf->sock);
	map_free(nf);
	free(nf->free_bufs);
	free(nf);
}
