/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Attacks on mvmpd's process, from a container with a PID namespace of its own: what
 * the connection tells of the peer (credentials, pidfds) is used to take its
 * descriptors, trace it, signal it or enter its namespaces. Rows are run by attack.c.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attack.h"
#include "wire.h"

#ifndef SO_PASSPIDFD
#define SO_PASSPIDFD 76
#endif
#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif
#ifndef SCM_PIDFD
#define SCM_PIDFD 4
#endif
#define FDS_TRIED 64

static pid_t
peer_pid(int sock)
{
	struct ucred cred = {.pid = 0};
	socklen_t len = sizeof(cred);

	getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &cred, &len);
	return cred.pid;
}

static int
pidfd_of_socket(int sock)
{
	socklen_t len = sizeof(int);
	int fd = -1;

	if (getsockopt(sock, SOL_SOCKET, SO_PEERPIDFD, &fd, &len) < 0)
		return -1;
	return fd;
}

/* Whether FD is a handle of this process, or of the one that forked it. */
static bool
pidfd_is_own(int fd)
{
	char path[64], line[128];
	int pid = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		sscanf(line, "Pid: %d", &pid);
	if (f)
		fclose(f);
	return pid == (int)getpid() || pid == (int)getppid();
}

/* Makes mvmpd answer, and takes the pidfd of who sent the answer. */
static int
pidfd_of_message(int sock)
{
	struct wire_close req = {.type = WIRE_CLOSE, .handle = UINT32_MAX};
	char data[WIRE_MSG_MAX], control[256];
	struct iovec iov = {.iov_base = data, .iov_len = sizeof(data)};
	struct msghdr m = {.msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = control,
			   .msg_controllen = sizeof(control)};
	struct cmsghdr *c;
	int fd, one = 1;

	if (setsockopt(sock, SOL_SOCKET, SO_PASSPIDFD, &one, sizeof(one)) < 0 ||
	    send(sock, &req, sizeof(req), MSG_NOSIGNAL) < 0 || recvmsg(sock, &m, 0) <= 0)
		return -1;
	for (c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_PIDFD)
			continue;
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
		if (!pidfd_is_own(fd))
			return fd;
		errno = ESRCH;
		return -1;
	}
	errno = ENODATA;
	return -1;
}

static enum outcome
pidfd_steal(int pidfd)
{
	int fd, i;

	if (pidfd < 0)
		return REFUSED;
	for (i = 0; i < FDS_TRIED; i++) {
		fd = (int)syscall(SYS_pidfd_getfd, pidfd, i, 0);
		if (fd >= 0)
			return THROUGH;
		if (errno == ENOSYS)
			return ABSENT;
	}
	return REFUSED;
}

/* In a child, which would be lost in the other namespace. */
static enum outcome
pidfd_enter(int pidfd)
{
	static const int spaces[] = {CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWNET,
				     CLONE_NEWIPC, CLONE_NEWUTS};
	int i, status;
	pid_t pid;

	if (pidfd < 0)
		return REFUSED;
	pid = fork();
	if (pid == 0) {
		for (i = 0; i < (int)(sizeof(spaces) / sizeof(spaces[0])); i++)
			if (setns(pidfd, spaces[i]) == 0)
				_exit(0);
		_exit(errno);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return ABSENT;
	errno = WEXITSTATUS(status);
	return errno ? REFUSED : THROUGH;
}

static enum outcome
pidfd_signal(int pidfd)
{
	if (pidfd < 0)
		return REFUSED;
	return syscall(SYS_pidfd_send_signal, pidfd, 0, NULL, 0) == 0 ? THROUGH : REFUSED;
}

static enum outcome
pidfd_advise(int pidfd)
{
	struct iovec iov = {.iov_base = NULL, .iov_len = 1ul << 46};

	if (pidfd < 0)
		return REFUSED;
	return syscall(SYS_process_madvise, pidfd, &iov, 1, MADV_COLD, 0) >= 0 ? THROUGH
									       : REFUSED;
}

#define BY_SOCKET(name)                                                                  \
	static enum outcome socket_##name(int sock)                                      \
	{                                                                                \
		return pidfd_##name(pidfd_of_socket(sock));                              \
	}                                                                                \
	static enum outcome message_##name(int sock)                                     \
	{                                                                                \
		return pidfd_##name(pidfd_of_message(sock));                             \
	}
BY_SOCKET(steal)
BY_SOCKET(enter)
BY_SOCKET(signal)
BY_SOCKET(advise)

static enum outcome
peer_trace(int sock)
{
	pid_t pid = peer_pid(sock);

	if (pid <= 0) {
		errno = ESRCH;
		return REFUSED;
	}
	return ptrace(PTRACE_SEIZE, pid, NULL, NULL) == 0 ? THROUGH : REFUSED;
}

static enum outcome
peer_kill(int sock)
{
	pid_t pid = peer_pid(sock);

	if (pid <= 0) {
		errno = ESRCH;
		return REFUSED;
	}
	return kill(pid, 0) == 0 ? THROUGH : REFUSED;
}

/* Every process there is to be seen, but this one and its container's first. */
static enum outcome
peer_search(int sock)
{
	char path[64], name[32] = "";
	FILE *f;
	int pid;

	(void)sock;
	for (pid = 1; pid < 65536; pid++) {
		snprintf(path, sizeof(path), "/proc/%d/comm", pid);
		f = fopen(path, "re");
		if (f == NULL)
			continue;
		if (fgets(name, sizeof(name), f) && strncmp(name, "mvmpd", 5) == 0) {
			fclose(f);
			return THROUGH;
		}
		fclose(f);
	}
	errno = ENOENT;
	return REFUSED;
}

const struct process_attack attacks_process[] = {
	{"ptrace by SO_PEERCRED", peer_trace},
	{"kill by SO_PEERCRED", peer_kill},
	{"find mvmpd in /proc", peer_search},
	{"pidfd_getfd by SO_PEERPIDFD", socket_steal},
	{"setns by SO_PEERPIDFD", socket_enter},
	{"signal by SO_PEERPIDFD", socket_signal},
	{"process_madvise by SO_PEERPIDFD", socket_advise},
	{"pidfd_getfd by SO_PASSPIDFD", message_steal},
	{"setns by SO_PASSPIDFD", message_enter},
	{"signal by SO_PASSPIDFD", message_signal},
	{"process_madvise by SO_PASSPIDFD", message_advise},
	{NULL, NULL},
};
