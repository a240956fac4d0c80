/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An NF's connection: attaching, its messages, detaching. What it says is a fixed-size
 * message, copied once; passed descriptors are never taken. mvmpd never waits for it:
 * whoever does not read its answers is detached. Started by nfserver.c when somebody
 * connects, then driven by the event loop; handlers.c does what the messages ask for.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"
#include "ctl/session.h"

#define HANDSHAKE_S      5
#define MESSAGES_AT_ONCE 16

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

/* Adds a control message of TYPE to M, whose buffer has room for it. */
static void
control_add(struct msghdr *m, int type, const void *data, size_t len)
{
	struct cmsghdr *c;

	c = (struct cmsghdr *)(void *)((char *)m->msg_control + m->msg_controllen);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(c), data, len);
	m->msg_controllen += CMSG_SPACE(len);
}

/*
 * Each message names the NF itself as its sender's process: with SO_PASSPIDFD the NF
 * would otherwise get a handle of mvmpd's process, by which a container that may trace
 * could take mvmpd's descriptors. To name another process takes CAP_SYS_ADMIN.
 */
int
session_send(struct session *s, const void *msg, uint32_t type, int fd)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(struct ucred))];
	} control = {.buf = {0}};
	struct ucred cred = {.pid = s->pid, .uid = getuid(), .gid = getgid()};
	union wire_any copy; /* sendmsg() wants it writable */
	struct iovec iov = {.iov_base = &copy, .iov_len = wire_size(type)};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.buf};

	memcpy(&copy, msg, wire_size(type));
	if (fd >= 0)
		control_add(&m, SCM_RIGHTS, &fd, sizeof(fd));
	control_add(&m, SCM_CREDENTIALS, &cred, sizeof(cred));
	return sendmsg(s->sock, &m, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int
session_send_region(struct session *s, uint32_t kind, uint32_t index,
		    const struct region *r, int fd)
{
	struct wire_region msg = {.type = WIRE_REGION, .kind = kind, .index = index};

	if (r) {
		msg.size = r->size;
		fd = r->fd;
	}
	return session_send(s, &msg, WIRE_REGION, fd);
}

static void
session_message(struct session *s, const union wire_any *m, size_t len)
{
	if (len < sizeof(m->type) || len != wire_size(m->type)) {
		session_end(s, "it sent a message of a wrong size");
		return;
	}
	switch (m->type) {
#define NF(NAME, name)                                                                   \
	case WIRE_##NAME:                                                                \
		session_on_##name(s, &m->name);                                          \
		return;
#define MVMPD(NAME, name)
#define X(NAME, name, who) who(NAME, name)
		WIRE_TABLE(X)
#undef X
#undef NF
#undef MVMPD
	}
	session_end(s, "it sent a message that only mvmpd sends");
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct session *s = arg;
	struct nf *nf = s->nf;
	union wire_any m;
	ssize_t n;
	int i;

	(void)what;
	/* the session may end while its messages are handled */
	for (i = 0; i < MESSAGES_AT_ONCE && nf->session == s; i++) {
		if (s->tokens-- <= 0) {
			event_del(s->readable);
			s->paused = true;
			return;
		}
		n = recv(fd, &m, sizeof(m), MSG_DONTWAIT | MSG_TRUNC);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0)
			session_end(s, "it closed its connection");
		else if ((size_t)n > sizeof(m))
			session_end(s, "it sent a message that is too long");
		else
			session_message(s, &m, (size_t)n);
	}
}

static void
on_exited(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	session_end(arg, "its process has ended");
}

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct session *s = arg;

	(void)fd;
	(void)what;
	if (s->state != SESSION_READY)
		session_end(s, "it did not finish attaching in time");
}

/* Who is at the other end. 0, or -errno when it may not be this NF. */
static int
session_peer(struct session *s)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(s->sock, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		return -errno;
	s->pid = cred.pid;
	s->uid = cred.uid;
	len = sizeof(s->pidfd);
	if (getsockopt(s->sock, SOL_SOCKET, SO_PEERPIDFD, &s->pidfd, &len) < 0)
		s->pidfd = (int)syscall(SYS_pidfd_open, cred.pid, 0);
	if (s->nf->conf.user >= 0 && (int64_t)cred.uid != s->nf->conf.user)
		return -EACCES;
	return 0;
}

static struct session *
session_new(struct nf *nf, int sock)
{
	struct session *s = calloc(1, sizeof(*s));
	int i;

	if (s == NULL)
		return NULL;
	s->platform = nf->platform;
	s->tokens = TOKENS_MAX;
	s->nf = nf;
	s->sock = sock;
	s->pidfd = s->wake[0] = s->wake[1] = -1;
	s->down = s->up = s->private = REGION_NONE;
	for (i = 0; i < SHM_WORKERS_MAX; i++)
		s->bells[i] = -1;
	for (i = 0; i < SHM_OPENS_MAX; i++)
		s->opens[i].rings = REGION_NONE;
	return s;
}

void
session_start(struct nf *nf, int sock)
{
	struct wire_welcome no = {
		.type = WIRE_WELCOME, .version = WIRE_VERSION, .err = EBUSY};
	struct session *s = session_new(nf, sock);
	struct event_base *base = nf->platform->base;
	bool refused;

	if (s == NULL) {
		close(sock);
		return;
	}
	refused = session_peer(s) < 0;
	if (nf->session) {
		snprintf(no.text, sizeof(no.text),
			 "NF %s is attached already, by process %d", nf->conf.name,
			 (int)nf->session->pid);
	} else if (refused) {
		no.err = EACCES;
		snprintf(no.text, sizeof(no.text), "NF %s must run as user %lld, not %u",
			 nf->conf.name, (long long)nf->conf.user, s->uid);
	} else {
		no.err = 0;
	}
	if (no.err) {
		log_warn("process %d refused: %s", (int)s->pid, no.text);
		session_send(s, &no, WIRE_WELCOME, -1);
		session_release(s);
		return;
	}
	nf->session = s;
	s->readable = event_new(base, sock, EV_READ | EV_PERSIST, on_readable, s);
	s->deadline = event_new(base, -1, 0, on_deadline, s);
	event_add(s->readable, NULL);
	event_add(s->deadline, &(struct timeval){.tv_sec = HANDSHAKE_S});
	if (s->pidfd >= 0) {
		s->exited = event_new(base, s->pidfd, EV_READ, on_exited, s);
		event_add(s->exited, NULL);
	}
}

/* Packets of the NF's own memory that NICs still have. */
static bool
session_in_flight(const struct session *s)
{
	uint64_t out = 0;
	uint16_t w;

	for (w = 0; s->dp && w < s->platform->n_workers; w++)
		out += s->dp[w].wrapped -
		       atomic_load_explicit(&s->dp[w].unwrapped, memory_order_acquire);
	return out > 0;
}

static void
session_events_free(struct session *s)
{
	struct event **ev[] = {&s->readable, &s->exited, &s->deadline};
	size_t i;

	for (i = 0; i < sizeof(ev) / sizeof(ev[0]); i++) {
		if (*ev[i])
			event_free(*ev[i]);
		*ev[i] = NULL;
	}
}

void
session_end(struct session *s, const char *why)
{
	struct wire_event bye = {.type = WIRE_EVENT, .what = WIRE_EVICTED};
	struct shm_down *down = (void *)s->down.addr;
	enum session_state was = s->state;
	uint32_t h;

	snprintf(s->nf->last_exit, sizeof(s->nf->last_exit), "%s", why);
	log_info("NF %s (process %d) detached: %s", s->nf->conf.name, (int)s->pid, why);
	if (down)
		atomic_store(&down->status.state, SHM_DETACHED);
	snprintf(bye.text, sizeof(bye.text), "%s", why);
	session_send(s, &bye, WIRE_EVENT, -1);
	session_events_free(s);
	s->nf->session = NULL;
	s->state = SESSION_ENDED;
	if (was == SESSION_READY) {
		for (h = 0; h < SHM_OPENS_MAX; h++)
			if (s->opens[h].device)
				open_remove(s, h);
		platform_retire(s->platform);
		platform_call(s->platform, (struct dp_call){.what = DP_CALL_DROP,
							    .holder = s->holder});
	}
	if (s->holder)
		platform_holder_give(s->platform, s->holder);
	s->holder = 0; /* no buffer of the platform is held by it any more */
	close(s->sock);
	s->sock = -1;
	if (session_in_flight(s)) {
		s->next = s->platform->ended;
		s->platform->ended = s;
		return;
	}
	session_release(s);
}

void
session_reap(struct platform *p)
{
	struct session **at = &p->ended;

	while (*at) {
		struct session *s = *at;

		if (session_in_flight(s)) {
			at = &s->next;
			continue;
		}
		*at = s->next;
		session_release(s);
	}
}
