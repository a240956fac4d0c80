/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Attacks on a region by its descriptor and by files: mapping, opening it again,
 * resizing, punching, seals, links. Rows of the table are run by attack.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <linux/mount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "attack.h"

#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC 0x20
#endif

static void
fd_path(int fd, char *path, size_t size)
{
	snprintf(path, size, "/proc/self/fd/%d", fd);
}

static bool
is_whole(const struct target *t)
{
	struct stat st;

	return fstat(t->fd, &st) == 0 && (size_t)st.st_size == t->size;
}

/* Everything that a writable descriptor of the region would allow. */
static enum outcome
use_writable(const struct target *t, int fd)
{
	int err = 0;

	if (fd < 0)
		return REFUSED;
	if (attack_map_write(t, fd) ||
	    pwrite(fd, attack_probe, PROBE_SIZE, (off_t)t->at) > 0 ||
	    ftruncate(fd, 0) == 0 || ftruncate(fd, (off_t)t->size * 2) == 0 ||
	    fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
		      (off_t)t->size) == 0)
		err = -1;
	else
		err = errno;
	close(fd);
	errno = err < 0 ? 0 : err;
	return err < 0 ? THROUGH : REFUSED;
}

static enum outcome
map_rw(const struct target *t)
{
	return attack_map_write(t, t->fd) ? THROUGH : REFUSED;
}

static enum outcome
map_protect(const struct target *t)
{
	uint8_t *p = mmap(NULL, t->size, PROT_READ, MAP_SHARED, t->fd, 0);
	enum outcome o = REFUSED;

	if (p == MAP_FAILED)
		return REFUSED;
	if (mprotect(p, t->size, PROT_READ | PROT_WRITE) == 0)
		o = THROUGH;
	munmap(p, t->size);
	return o;
}

static enum outcome
map_remap(const struct target *t)
{
	uint8_t *q, *p = mmap(NULL, t->size, PROT_READ, MAP_SHARED, t->fd, 0);
	enum outcome o = REFUSED;
	int err;

	if (p == MAP_FAILED)
		return REFUSED;
	q = mremap(p, t->size, t->size * 2, MREMAP_MAYMOVE);
	if (q == MAP_FAILED) {
		err = errno;
		munmap(p, t->size);
		errno = err;
		return REFUSED;
	}
	if (mprotect(q, t->size, PROT_READ | PROT_WRITE) == 0)
		o = THROUGH;
	err = errno;
	munmap(q, t->size * 2);
	errno = err;
	return o;
}

static enum outcome
map_exec_rw(const struct target *t)
{
	void *p = mmap(NULL, t->size, PROT_READ | PROT_WRITE | PROT_EXEC,
		       MAP_SHARED_VALIDATE, t->fd, 0);

	if (p == MAP_FAILED)
		return REFUSED;
	munmap(p, t->size);
	return THROUGH;
}

/* A private map may be written: it must not reach the region. */
static enum outcome
map_private(const struct target *t)
{
	uint8_t *p = mmap(NULL, t->size, PROT_READ | PROT_WRITE, MAP_PRIVATE, t->fd, 0);

	if (p == MAP_FAILED)
		return REFUSED;
	memcpy(p + t->at, attack_probe, PROBE_SIZE);
	munmap(p, t->size);
	errno = 0;
	return attack_arrived(t) ? THROUGH : REFUSED;
}

static enum outcome
fd_write(const struct target *t)
{
	return pwrite(t->fd, attack_probe, PROBE_SIZE, (off_t)t->at) > 0 ? THROUGH
									 : REFUSED;
}

static enum outcome
fd_splice(const struct target *t)
{
	off_t at = (off_t)t->at;
	enum outcome o = REFUSED;
	int fds[2], err;

	if (pipe(fds) < 0)
		return ABSENT;
	if (write(fds[1], attack_probe, PROBE_SIZE) == PROBE_SIZE &&
	    splice(fds[0], NULL, t->fd, &at, PROBE_SIZE, 0) > 0)
		o = THROUGH;
	err = errno;
	close(fds[0]);
	close(fds[1]);
	errno = err;
	return o;
}

static enum outcome
fd_copy(const struct target *t)
{
	int err, from = memfd_create("probe", 0);
	off_t in = 0, out = (off_t)t->at;
	enum outcome o = REFUSED;

	if (from < 0 || write(from, attack_probe, PROBE_SIZE) != PROBE_SIZE)
		return ABSENT;
	if (copy_file_range(from, &in, t->fd, &out, PROBE_SIZE, 0) > 0)
		o = THROUGH;
	lseek(t->fd, (off_t)t->at, SEEK_SET);
	in = 0;
	if (o == REFUSED && sendfile(t->fd, from, &in, PROBE_SIZE) > 0)
		o = THROUGH;
	err = errno;
	close(from);
	errno = err;
	return o;
}

static enum outcome
fd_truncate(const struct target *t)
{
	char path[64];

	fd_path(t->fd, path, sizeof(path));
	if (ftruncate(t->fd, 0) == 0 || ftruncate(t->fd, (off_t)t->size * 2) == 0 ||
	    truncate(path, 0) == 0 || truncate(path, (off_t)t->size * 2) == 0)
		return THROUGH;
	return is_whole(t) ? REFUSED : THROUGH;
}

static enum outcome
fd_punch(const struct target *t)
{
	static const int modes[] = {
		FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		FALLOC_FL_ZERO_RANGE,
		FALLOC_FL_COLLAPSE_RANGE,
		FALLOC_FL_INSERT_RANGE,
	};
	size_t i;

	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (fallocate(t->fd, modes[i], 0, (off_t)t->size) == 0)
			return THROUGH;
	return REFUSED;
}

static enum outcome
map_remove(const struct target *t)
{
	return madvise(t->map, t->size, MADV_REMOVE) == 0 ? THROUGH : REFUSED;
}

static enum outcome
open_again(const struct target *t)
{
	char path[64];

	fd_path(t->fd, path, sizeof(path));
	return use_writable(t, open(path, O_RDWR | O_CLOEXEC));
}

static enum outcome
open_truncate(const struct target *t)
{
	char path[64];
	int fd;

	fd_path(t->fd, path, sizeof(path));
	fd = open(path, O_RDWR | O_TRUNC | O_CLOEXEC);
	if (!is_whole(t))
		return THROUGH;
	return use_writable(t, fd);
}

static enum outcome
open_chmod(const struct target *t)
{
	char path[64];

	if (fchmod(t->fd, 0777) < 0)
		return REFUSED;
	fd_path(t->fd, path, sizeof(path));
	return use_writable(t, open(path, O_RDWR | O_CLOEXEC));
}

static enum outcome
open_map_files(const struct target *t)
{
	unsigned long from = (unsigned long)t->map;
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/map_files/%lx-%lx", from,
		 from + t->size);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0 && errno != EACCES)
		return errno == ENOENT ? ABSENT : REFUSED;
	return use_writable(t, fd);
}

static enum outcome
open_tree_attr(const struct target *t)
{
	struct mount_attr attr = {.attr_clr = MOUNT_ATTR_RDONLY};
	char path[64];
	int tree = (int)syscall(SYS_open_tree, t->fd, "",
				OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
	enum outcome o;
	int err;

	if (tree < 0)
		return REFUSED;
	syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attr, sizeof(attr));
	fd_path(tree, path, sizeof(path));
	o = use_writable(t, open(path, O_RDWR | O_CLOEXEC));
	err = errno;
	close(tree);
	errno = err;
	return o;
}

static enum outcome
open_handle(const struct target *t)
{
	union {
		struct file_handle h;
		char bytes[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} u = {.h.handle_bytes = MAX_HANDLE_SZ};
	int mount;

	if (name_to_handle_at(t->fd, "", &u.h, &mount, AT_EMPTY_PATH) < 0)
		return REFUSED;
	return use_writable(t, open_by_handle_at(t->fd, &u.h, O_RDWR | O_CLOEXEC));
}

static enum outcome
open_link(const struct target *t)
{
	char path[64], name[] = "/tmp/attack-XXXXXX";
	int fd = mkstemp(name);

	if (fd >= 0) {
		close(fd);
		unlink(name);
	}
	fd_path(t->fd, path, sizeof(path));
	if (linkat(t->fd, "", AT_FDCWD, name, AT_EMPTY_PATH) < 0 &&
	    linkat(AT_FDCWD, path, AT_FDCWD, name, AT_SYMLINK_FOLLOW) < 0)
		return REFUSED;
	fd = open(name, O_RDWR | O_CLOEXEC);
	unlink(name);
	return use_writable(t, fd);
}

static enum outcome
seal_add(const struct target *t)
{
	static const int seals[] = {F_SEAL_WRITE, F_SEAL_SHRINK, F_SEAL_EXEC, 0};
	size_t i;
	int before = fcntl(t->fd, F_GET_SEALS);

	for (i = 0; i < sizeof(seals) / sizeof(seals[0]); i++)
		if (fcntl(t->fd, F_ADD_SEALS, seals[i]) == 0)
			return THROUGH;
	return fcntl(t->fd, F_GET_SEALS) == before ? REFUSED : THROUGH;
}

const struct attack attacks_region[] = {
	{"map read-write", map_rw, true},
	{"mprotect", map_protect, true},
	{"mremap and mprotect", map_remap, true},
	{"map read-write-execute", map_exec_rw, true},
	{"write to a private map", map_private, false},
	{"write()", fd_write, true},
	{"splice()", fd_splice, true},
	{"copy_file_range(), sendfile()", fd_copy, true},
	{"truncate and grow", fd_truncate, true},
	{"punch a hole", fd_punch, true},
	{"MADV_REMOVE", map_remove, true},
	{"open /proc/self/fd read-write", open_again, true},
	{"open with O_TRUNC", open_truncate, true},
	{"fchmod and open again", open_chmod, true},
	{"open /proc/self/map_files read-write", open_map_files, true},
	{"open_tree and mount_setattr", open_tree_attr, true},
	{"open_by_handle_at", open_handle, true},
	{"linkat", open_link, true},
	{"add seals", seal_add, true},
	{NULL, NULL, false},
};
