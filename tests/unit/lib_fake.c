/* SPDX-License-Identifier: BSD-3-Clause */
/* The tiny platform of lib_fake.h. */
#include "lib_fake.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void
msg_send(struct fake *f, const void *msg, size_t size, int fd)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int))];
	} control = {.buf = {0}};
	char copy[WIRE_MSG_MAX];
	struct iovec iov = {.iov_base = copy, .iov_len = size};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
	struct cmsghdr *c;

	memcpy(copy, msg, size);
	if (fd >= 0) {
		m.msg_control = control.buf;
		m.msg_controllen = sizeof(control.buf);
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(int));
	}
	if (sendmsg(f->sock, &m, MSG_NOSIGNAL) < 0)
		return; /* an NF that has had enough */
}

static void
region_send(struct fake *f, uint32_t kind, uint32_t index, size_t size, int fd)
{
	struct wire_region r = {
		.type = WIRE_REGION, .kind = kind, .index = index, .size = size};

	if (f->fault == FAKE_SMALL && kind == WIRE_UP)
		r.size = SHM_LINE;
	if (f->fault == FAKE_INDEX && kind == WIRE_PACKETS)
		r.index = 7;
	if (f->fault == FAKE_SMALL_RING && kind == WIRE_INSTANCE)
		r.size = SHM_LINE;
	if ((f->fault == FAKE_NO_FD && kind == WIRE_DOWN) ||
	    (f->fault == FAKE_NO_RING && kind == WIRE_INSTANCE))
		fd = -1;
	msg_send(f, &r, sizeof(r), fd);
}

/* Makes a region, maps it here at *AT (before the NF has it), sends it. */
static void
memory_send(struct fake *f, uint32_t kind, size_t size, void *at)
{
	int fd = memfd_create("fake", MFD_CLOEXEC);
	void *p;

	if (ftruncate(fd, (off_t)size) < 0)
		abort();
	p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		abort();
	memcpy(at, &p, sizeof(p));
	if (kind == WIRE_DOWN)
		atomic_store(&((struct shm_down *)p)->status.state, SHM_ATTACHED);
	region_send(f, kind, 0, size, fd);
	close(fd);
}

static void
regions_send(struct fake *f)
{
	const struct shm_shape *s = &f->shape;
	void *own;

	memory_send(f, WIRE_PLATFORM, sizeof(struct shm_platform), &f->platform);
	memory_send(f, WIRE_PACKETS, 16 << s->buf_shift, &f->packets);
	region_send(f, WIRE_BELL, 0, 0, f->bell);
	memory_send(f, WIRE_DOWN, shm_down_size(s), &f->down);
	memory_send(f, WIRE_UP, shm_up_size(s), &f->up);
	memory_send(f, WIRE_PRIVATE, shm_private_size(s), &own);
	if (f->fault != FAKE_NO_WAKE)
		region_send(f, WIRE_WAKE, 0, 0, f->wake[0]);
	f->ops = (void *)((uint8_t *)f->up + shm_ops_offset(s, 0));
	f->give = (void *)((uint8_t *)f->down + shm_give_offset(s, 0));
}

static void
on_hello(struct fake *f)
{
	struct wire_welcome w = {.type = WIRE_WELCOME,
				 .version = WIRE_VERSION,
				 .regions = f->fault == FAKE_NO_WAKE ? 6 : 7,
				 .heartbeat_ms = 3000,
				 .shape = f->shape};

	switch (f->fault) {
	case FAKE_REFUSES:
		w.err = EBUSY;
		strcpy(w.text, "attached already");
		break;
	case FAKE_OLD:
		w.version = WIRE_VERSION + 1;
		break;
	case FAKE_NO_WORKERS:
		w.shape.workers = 0;
		break;
	case FAKE_ODD_RING:
		w.shape.op_slots = 100;
		break;
	case FAKE_OTHER:
		w.type = WIRE_READY;
		msg_send(f, &w, wire_size(WIRE_READY), -1);
		return;
	default:
		break;
	}
	msg_send(f, &w, sizeof(w) - (f->fault == FAKE_SHORT), -1);
	if (w.err == 0)
		regions_send(f);
}

static void
on_open(struct fake *f)
{
	struct wire_opened r = {.type = WIRE_OPENED, .slots = FAKE_SLOTS, .regions = 1};

	f->opens++;
	if (f->fault == FAKE_NO_DEVICE) {
		r.err = EACCES;
		memset(r.text, 'x', sizeof(r.text)); /* and no NUL */
	}
	if (f->fault == FAKE_HANDLE)
		r.handle = SHM_OPENS_MAX;
	if (f->fault == FAKE_ODD_SLOTS)
		r.slots = 100;
	if (f->fault == FAKE_TWO_REGIONS)
		r.regions = 2;
	msg_send(f, &r, sizeof(r), -1);
	if (r.err == 0)
		memory_send(f, WIRE_INSTANCE, shm_rings_size(&f->shape, FAKE_SLOTS),
			    &f->ring);
}

static void
on_message(struct fake *f, uint32_t type)
{
	struct wire_ready ready = {.type = WIRE_READY};
	struct wire_closed closed = {.type = WIRE_CLOSED};

	if (f->fault == FAKE_EVENT_FIRST)
		fake_event(f, WIRE_DEVICE_GONE, 9, "somebody else's");
	switch (type) {
	case WIRE_HELLO:
		on_hello(f);
		break;
	case WIRE_MAPPED:
		if (f->fault == FAKE_NOT_READY) {
			ready.err = EPERM;
			strcpy(ready.text, "cannot be sealed");
		}
		msg_send(f, &ready, sizeof(ready), -1);
		break;
	case WIRE_OPEN:
		on_open(f);
		break;
	case WIRE_CLOSE:
		f->closes++;
		if (f->fault == FAKE_CLOSE_FAILS) {
			closed.err = EBADF;
			strcpy(closed.text, "not open");
		}
		msg_send(f, &closed, sizeof(closed), -1);
		break;
	}
}

static void *
fake_main(void *arg)
{
	struct fake *f = arg;
	union {
		uint32_t type;
		struct wire_hello hello;
		char bytes[WIRE_MSG_MAX];
	} m;
	ssize_t n;

	f->sock = accept4(f->listener, NULL, NULL, SOCK_CLOEXEC);
	while (f->sock >= 0 && (n = recv(f->sock, &m, sizeof(m), 0)) > 0) {
		if ((size_t)n != wire_size(m.type))
			break;
		if (m.type == WIRE_HELLO)
			f->hello = m.hello;
		if (m.type == WIRE_HELLO && f->fault == FAKE_HANGS_UP)
			break;
		on_message(f, m.type);
	}
	shutdown(f->sock, SHUT_RDWR);
	return NULL;
}

struct fake *
fake_start(enum fake_fault fault)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	struct fake *f = calloc(1, sizeof(*f));

	f->fault = fault;
	f->sock = -1;
	f->shape = (struct shm_shape){.workers = 1,
				      .buf_shift = 11,
				      .op_slots = FAKE_OPS,
				      .give_slots = 64,
				      .private_bufs = FAKE_PRIVATE};
	strcpy(f->folder, "/tmp/lib_testXXXXXX");
	f->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	f->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (mkdtemp(f->folder) == NULL || pipe2(f->wake, O_CLOEXEC | O_NONBLOCK) < 0)
		abort();
	snprintf(f->path, sizeof(f->path), "%s/sock", f->folder);
	strcpy(sun.sun_path, f->path);
	if (bind(f->listener, (struct sockaddr *)&sun, sizeof(sun)) < 0 ||
	    listen(f->listener, 1) < 0 ||
	    pthread_create(&f->thread, NULL, fake_main, f) != 0)
		abort();
	return f;
}

void
fake_hang_up(struct fake *f)
{
	shutdown(f->sock, SHUT_RDWR);
}

void
fake_stop(struct fake *f)
{
	shutdown(f->listener, SHUT_RDWR); /* if nobody ever came */
	pthread_join(f->thread, NULL);
	close(f->listener);
	if (f->sock >= 0)
		close(f->sock);
	close(f->bell);
	close(f->wake[0]);
	close(f->wake[1]);
	unlink(f->path);
	rmdir(f->folder);
	free(f);
}

void
fake_event(struct fake *f, uint32_t what, uint32_t handle, const char *text)
{
	struct wire_event e = {.type = WIRE_EVENT, .what = what, .handle = handle};

	snprintf(e.text, sizeof(e.text), "%s", text);
	msg_send(f, &e, sizeof(e), -1);
}
