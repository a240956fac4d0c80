/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Regions: memory that many processes see and exactly one may write. A region is a
 * memfd. One that mvmpd writes is sealed as soon as it is mapped here, before anybody
 * gets the descriptor. One that an NF writes is sealed once the NF has mapped it, and
 * used only then. A read-only descriptor would not do: its receiver can re-open it for
 * writing through /proc/self/fd.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dpdk/dpdk.h"

#define SEALS_SIZE (F_SEAL_SHRINK | F_SEAL_GROW)
#define SEALS_ALL  (SEALS_SIZE | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL)
#define PAGE_2M    (2u << 20)

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

int
region_make(struct region *r, const char *name, size_t size, bool huge)
{
	size_t page = huge ? PAGE_2M : (size_t)sysconf(_SC_PAGESIZE);
	unsigned int flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int rc;

	*r = REGION_NONE;
	r->page = page;
	r->size = (size + page - 1) / page * page;
	r->fd = memfd_create(name, huge ? flags | MFD_HUGETLB | MFD_HUGE_2MB : flags);
	if (r->fd < 0)
		return -errno;
	if (ftruncate(r->fd, (off_t)r->size) < 0 ||
	    fcntl(r->fd, F_ADD_SEALS, SEALS_SIZE) < 0)
		goto fail;
	r->addr = mmap(NULL, r->size, PROT_READ | PROT_WRITE, MAP_SHARED, r->fd, 0);
	if (r->addr == MAP_FAILED)
		goto fail;
	return 0;
fail:
	rc = -errno;
	close(r->fd);
	*r = REGION_NONE;
	return rc;
}

int
region_seal(struct region *r)
{
	if (fcntl(r->fd, F_ADD_SEALS, SEALS_ALL) < 0)
		return -errno;
	if (fcntl(r->fd, F_GET_SEALS) != SEALS_ALL)
		return -EPERM;
	if (madvise(r->addr, r->size, MADV_POPULATE_WRITE) < 0)
		return -errno;
	return 0;
}

void
region_free(struct region *r)
{
	if (r->fd < 0)
		return;
	munmap(r->addr, r->size);
	close(r->fd);
	*r = REGION_NONE;
}

static bool
attack_map(int fd, size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	return p != MAP_FAILED;
}

static bool
attack_protect(int fd, size_t size)
{
	void *p = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);

	return p != MAP_FAILED && (mprotect(p, size, PROT_READ | PROT_WRITE) == 0 ||
				   madvise(p, size, MADV_REMOVE) == 0);
}

static bool
attack_write(int fd, size_t size)
{
	char c = 0;

	(void)size;
	return pwrite(fd, &c, 1, 0) == 1;
}

static bool
attack_truncate(int fd, size_t size)
{
	return ftruncate(fd, 0) == 0 || ftruncate(fd, (off_t)size * 2) == 0;
}

static bool
attack_punch(int fd, size_t size)
{
	return fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
			 (off_t)size) == 0;
}

static bool
attack_reopen(int fd, size_t size)
{
	char path[64];
	int again;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	fchmod(fd, 0666);
	again = open(path, O_RDWR | O_CLOEXEC);
	return again >= 0 && (attack_map(again, size) || attack_write(again, size) ||
			      attack_truncate(again, size) || attack_punch(again, size));
}

static bool
attack_open_truncate(int fd, size_t size)
{
	char path[64];
	struct stat st;
	int again;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, O_RDWR | O_TRUNC | O_CLOEXEC);
	return again >= 0 && (fstat(fd, &st) < 0 || (size_t)st.st_size != size);
}

static bool
attack_seals(int fd, size_t size)
{
	(void)size;
	/* it has that one already: only F_SEAL_SEAL forbids it */
	return fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) == 0;
}

static const struct {
	const char *name;
	bool (*try)(int fd, size_t size);
} attacks[] = {
	{"mapping it for writing", attack_map},
	{"making a map writable", attack_protect},
	{"writing to it", attack_write},
	{"resizing it", attack_truncate},
	{"punching a hole", attack_punch},
	{"opening it again", attack_reopen},
	{"opening it with O_TRUNC", attack_open_truncate},
	{"changing its seals", attack_seals},
};

int
region_attack(const struct region *r, struct errs *e)
{
	const int n = (int)(sizeof(attacks) / sizeof(attacks[0]));
	int i, status;
	pid_t pid;

	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0) {
		munmap(r->addr, r->size);
		for (i = 0; i < n; i++)
			if (attacks[i].try(r->fd, r->size))
				_exit(i + 1);
		_exit(0);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	i = WIFEXITED(status) ? WEXITSTATUS(status) - 1 : -1;
	errs_add(e, NULL, 0, "packet memory is not safe on this kernel: %s succeeds",
		 i >= 0 && i < n ? attacks[i].name : "an unknown attack");
	return -EPERM;
}
