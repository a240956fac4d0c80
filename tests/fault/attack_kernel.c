/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Attacks that let the kernel write to a read-only map on the NF's behalf: results of
 * system calls, /proc/self/mem, ptrace, userfaultfd, io_uring. Rows of the table are
 * run by attack.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/userfaultfd.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attack.h"

static enum outcome
arrived(const struct target *t, bool worked)
{
	return worked || attack_arrived(t) ? THROUGH : REFUSED;
}

/* A pipe with the probe in it; its read end. */
static int
probe_pipe(void)
{
	int fds[2];

	if (pipe(fds) < 0 || write(fds[1], attack_probe, PROBE_SIZE) != PROBE_SIZE)
		return -1;
	close(fds[1]);
	return fds[0];
}

static enum outcome
read_into(const struct target *t)
{
	int err, fd = probe_pipe();
	bool worked = read(fd, t->map + t->at, PROBE_SIZE) > 0;

	err = errno;
	close(fd);
	errno = err;
	return arrived(t, worked);
}

static enum outcome
vm_write(const struct target *t)
{
	uint8_t probe[PROBE_SIZE];
	struct iovec from = {.iov_base = probe, .iov_len = PROBE_SIZE};
	struct iovec to = {.iov_base = t->map + t->at, .iov_len = PROBE_SIZE};

	memcpy(probe, attack_probe, PROBE_SIZE);
	return arrived(t, process_vm_writev(getpid(), &from, 1, &to, 1, 0) > 0);
}

static enum outcome
proc_mem(const struct target *t)
{
	int err, fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	bool worked;

	if (fd < 0)
		return ABSENT;
	worked = pwrite(fd, attack_probe, PROBE_SIZE,
			(off_t)(uintptr_t)(t->map + t->at)) > 0;
	err = errno;
	close(fd);
	errno = err;
	return arrived(t, worked);
}

static enum outcome
ptrace_poke(const struct target *t)
{
	pid_t pid = fork();
	int status, err;
	long rc;

	if (pid < 0)
		return ABSENT;
	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	rc = ptrace(PTRACE_POKEDATA, pid, t->map + t->at, 0x5a5a5a5a5a5a5a5aL);
	err = errno;
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	errno = err;
	return arrived(t, rc == 0);
}

static int
fault_open(void)
{
	struct uffdio_api api = {.api = UFFD_API};
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);

	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) < 0)
		return -1;
	return fd;
}

static enum outcome
fault_copy(const struct target *t)
{
	uint8_t page[4096];
	struct uffdio_register reg = {
		.range = {.start = (uintptr_t)t->map, .len = t->size},
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	struct uffdio_copy copy = {
		.dst = ((uintptr_t)t->map + t->at) & ~UINT64_C(4095),
		.src = (uintptr_t)page,
		.len = sizeof(page),
	};
	int err, fd = fault_open();
	bool worked;

	if (fd < 0)
		return ABSENT;
	memset(page, attack_probe[0], sizeof(page));
	madvise(t->map, t->size, MADV_DONTNEED);
	/* a registered range is enough: a copy fails where a page is there already */
	worked = ioctl(fd, UFFDIO_REGISTER, &reg) == 0;
	if (worked)
		ioctl(fd, UFFDIO_COPY, &copy);
	err = errno;
	close(fd);
	errno = err;
	return arrived(t, worked);
}

/* The two rings of an io_uring, as small as they come. */
struct uring {
	int fd;
	struct io_uring_params p;
	uint8_t *sq, *cq;
	struct io_uring_sqe *sqes;
};

static int
uring_open(struct uring *u)
{
	memset(u, 0, sizeof(*u));
	u->fd = (int)syscall(SYS_io_uring_setup, 4, &u->p);
	if (u->fd < 0)
		return -1;
	u->sq = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, u->fd,
		     IORING_OFF_SQ_RING);
	u->cq = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, u->fd,
		     IORING_OFF_CQ_RING);
	u->sqes = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, u->fd,
		       IORING_OFF_SQES);
	return u->sq != MAP_FAILED && u->cq != MAP_FAILED && (void *)u->sqes != MAP_FAILED
		       ? 0
		       : -1;
}

static void
uring_close(struct uring *u)
{
	munmap(u->sq, 4096);
	munmap(u->cq, 4096);
	munmap(u->sqes, 4096);
	close(u->fd);
}

/* One request, waited for; its result. */
static int
uring_read(struct uring *u, int fd, uint8_t *to)
{
	_Atomic uint32_t *tail = (void *)(u->sq + u->p.sq_off.tail);
	uint32_t *array = (void *)(u->sq + u->p.sq_off.array);
	struct io_uring_cqe *cqe = (void *)(u->cq + u->p.cq_off.cqes);

	u->sqes[0] = (struct io_uring_sqe){
		.opcode = IORING_OP_READ,
		.fd = fd,
		.addr = (uintptr_t)to,
		.len = PROBE_SIZE,
		.off = (uint64_t)-1,
	};
	array[0] = 0;
	atomic_fetch_add(tail, 1);
	if (syscall(SYS_io_uring_enter, u->fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		return -errno;
	return cqe->res;
}

static enum outcome
uring_into(const struct target *t)
{
	struct iovec fixed = {.iov_base = t->map, .iov_len = 4096};
	struct uring u;
	int rc, fd;
	bool worked;

	if (uring_open(&u) < 0)
		return ABSENT;
	fd = probe_pipe();
	rc = uring_read(&u, fd, t->map + t->at);
	close(fd);
	worked = rc > 0 || syscall(SYS_io_uring_register, u.fd, IORING_REGISTER_BUFFERS,
				   &fixed, 1) == 0;
	uring_close(&u);
	errno = rc < 0 ? -rc : 0;
	return arrived(t, worked);
}

static enum outcome
futex_wake_op(const struct target *t)
{
	/* FUTEX_WAKE_OP stores to its second address; FUTEX_OP(SET, 0x5a, EQ, 0) */
	uint32_t own = 0;
	long rc = syscall(SYS_futex, &own, 5, 1, NULL, t->map + t->at, 0x5a << 12);

	return arrived(t, rc >= 0);
}

const struct attack attacks_kernel[] = {
	{"read() into the map", read_into, false},
	{"process_vm_writev", vm_write, false},
	{"/proc/self/mem", proc_mem, false},
	{"ptrace POKEDATA of a child", ptrace_poke, false},
	{"userfaultfd copy", fault_copy, false},
	{"io_uring read and fixed buffers", uring_into, false},
	{"futex wake-op", futex_wake_op, false},
	{NULL, NULL, false},
};
