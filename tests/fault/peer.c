/* SPDX-License-Identifier: BSD-3-Clause */
/* An NF without libmvmp, see peer.h. */
#include "peer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const char *const kinds[] = {
	[WIRE_PLATFORM] = "platform", [WIRE_PACKETS] = "packets",
	[WIRE_DOWN] = "down",         [WIRE_UP] = "up",
	[WIRE_PRIVATE] = "private",   [WIRE_INSTANCE] = "instance",
	[WIRE_DEVICE] = "device",     [WIRE_WAKE] = "wake",
	[WIRE_BELL] = "bell",
};

static int
peer_send(struct peer *p, const void *msg, uint32_t type)
{
	return send(p->sock, msg, wire_size(type), MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* One message of TYPE into MSG; *FD as well, unless NULL. */
static int
peer_recv(struct peer *p, void *msg, uint32_t type, int *fd)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int))];
	} control;
	union {
		struct wire_event event;
		char bytes[WIRE_MSG_MAX];
	} in;
	struct iovec iov = {.iov_base = &in, .iov_len = sizeof(in)};
	struct msghdr m = {.msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = control.buf,
			   .msg_controllen = sizeof(control.buf)};
	struct cmsghdr *c;
	ssize_t n = recvmsg(p->sock, &m, MSG_CMSG_CLOEXEC);

	if (n <= 0)
		return n < 0 ? -errno : -ECONNRESET;
	if (in.event.type == WIRE_EVENT)
		fprintf(stderr, "event: %.*s\n", WIRE_TEXT_MAX, in.event.text);
	if (in.event.type != type || (size_t)n != wire_size(type))
		return -EPROTO;
	memcpy(msg, &in, (size_t)n);
	c = CMSG_FIRSTHDR(&m);
	if (fd && c && c->cmsg_type == SCM_RIGHTS)
		memcpy(fd, CMSG_DATA(c), sizeof(int));
	return 0;
}

static int
peer_take(struct peer *p, uint32_t n)
{
	int rc = 0;

	while (rc == 0 && n-- > 0 && p->n < PEER_REGIONS_MAX) {
		struct peer_region *r = &p->regions[p->n];

		*r = (struct peer_region){.fd = -1};
		rc = peer_recv(p, &r->msg, WIRE_REGION, &r->fd);
		if (rc == 0)
			p->n++;
	}
	return rc;
}

static int
peer_connect(struct peer *p, const char *path)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	p->sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (p->sock < 0 || connect(p->sock, (struct sockaddr *)&sun, sizeof(sun)) < 0)
		return -errno;
	return 0;
}

int
peer_attach(struct peer *p, const char *path, const char *program)
{
	struct wire_hello hello = {
		.type = WIRE_HELLO, .magic = WIRE_MAGIC, .version = WIRE_VERSION};
	int rc;

	memset(p, 0, sizeof(*p));
	snprintf(hello.program, sizeof(hello.program), "%s", program);
	rc = peer_connect(p, path);
	if (rc == 0)
		rc = peer_send(p, &hello, WIRE_HELLO);
	if (rc == 0)
		rc = peer_recv(p, &p->welcome, WIRE_WELCOME, NULL);
	if (rc == 0 && p->welcome.err) {
		fprintf(stderr, "refused: %.*s\n", WIRE_TEXT_MAX, p->welcome.text);
		rc = -(int)p->welcome.err;
	}
	if (rc == 0)
		rc = peer_take(p, p->welcome.regions);
	if (rc < 0)
		fprintf(stderr, "%s: cannot attach: %s\n", path, strerror(-rc));
	return rc;
}

int
peer_ready(struct peer *p)
{
	struct wire_mapped mapped = {.type = WIRE_MAPPED};
	int rc;

	rc = peer_send(p, &mapped, WIRE_MAPPED);
	if (rc == 0)
		rc = peer_recv(p, &p->ready, WIRE_READY, NULL);
	return rc < 0 ? rc : -(int)p->ready.err;
}

int
peer_open(struct peer *p, const char *device, enum mv_mode mode, uint32_t *slots)
{
	struct wire_open req = {.type = WIRE_OPEN, .mode = mode};
	struct wire_opened rep = {.type = 0};
	int rc;

	snprintf(req.device, sizeof(req.device), "%s", device);
	rc = peer_send(p, &req, WIRE_OPEN);
	if (rc == 0)
		rc = peer_recv(p, &rep, WIRE_OPENED, NULL);
	if (rc == 0 && rep.err)
		rc = -(int)rep.err;
	if (rc == 0)
		rc = peer_take(p, rep.regions);
	if (rc < 0) {
		fprintf(stderr, "open %s: %s %.*s\n", device, strerror(-rc),
			WIRE_TEXT_MAX, rep.text);
		return rc;
	}
	if (slots)
		*slots = rep.slots;
	return (int)rep.handle;
}

void
peer_close(struct peer *p)
{
	while (p->n > 0) {
		struct peer_region *r = &p->regions[--p->n];

		if (r->map)
			munmap(r->map, r->msg.size);
		close(r->fd);
	}
	close(p->sock);
}

struct peer_region *
peer_find(struct peer *p, uint32_t kind, uint32_t index)
{
	int i;

	for (i = 0; i < p->n; i++)
		if (p->regions[i].msg.kind == kind && p->regions[i].msg.index == index)
			return &p->regions[i];
	return NULL;
}

uint8_t *
peer_map(struct peer_region *r, int prot)
{
	void *map = mmap(NULL, r->msg.size, prot, MAP_SHARED, r->fd, 0);

	r->map = map == MAP_FAILED ? NULL : map;
	return r->map;
}

int
peer_is_own(const struct peer_region *r)
{
	return r->msg.kind == WIRE_UP || r->msg.kind == WIRE_PRIVATE;
}

int
peer_is_memory(const struct peer_region *r)
{
	return r->msg.kind != WIRE_WAKE && r->msg.kind != WIRE_BELL;
}

const char *
peer_kind(const struct peer_region *r)
{
	return r->msg.kind < sizeof(kinds) / sizeof(kinds[0]) && kinds[r->msg.kind]
		       ? kinds[r->msg.kind]
		       : "unknown";
}
