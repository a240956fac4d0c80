/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * model_read: the configuration file as bytes. It may be anything (a FIFO, a device, a
 * file that grows), so it is opened without waiting and read up to a limit.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/model.h"
#include "model/read.h"

#define FILE_SIZE_MAX (1024u * 1024u)

/* Opens PATH if it is a regular file; the descriptor, or -1 with an error in E. */
static int
file_open(const char *path, struct errs *e)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0) {
		errs_add(e, path, 0, "cannot open: %s", strerror(errno));
		return -1;
	}
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fd;
	errs_add(e, path, 0, "is not a regular file");
	close(fd);
	return -1;
}

/* Reads FD into BUF of SIZE bytes; the bytes read (SIZE: maybe more), or -errno. */
static ssize_t
file_read(int fd, char *buf, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while (len < size) {
		n = read(fd, buf + len, size - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

int
model_read(struct model *m, const char *path, struct errs *e)
{
	char *buf = NULL;
	int fd = file_open(path, e), rc = -EINVAL;
	ssize_t len;

	if (fd < 0)
		return -EINVAL;
	buf = malloc(FILE_SIZE_MAX + 1);
	len = buf == NULL ? -ENOMEM : file_read(fd, buf, FILE_SIZE_MAX + 1);
	if (len < 0)
		errs_add(e, path, 0, "cannot read: %s", strerror((int)-len));
	else if ((size_t)len > FILE_SIZE_MAX)
		errs_add(e, path, 0, "is longer than %u bytes", FILE_SIZE_MAX);
	else
		rc = model_read_text(m, path, buf, (size_t)len, e);
	free(buf);
	close(fd);
	return rc;
}
