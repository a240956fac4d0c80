/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Declared NFs: one directory and one socket each, so that the path is the identity;
 * only that directory goes into the NF's container. Called by apply.c; who connects is
 * handed to session.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "ctl/platform.h"

#define BACKLOG 8

struct nf *
nf_find(struct platform *p, const char *name)
{
	int i;

	for (i = 0; i < PLATFORM_NFS_MAX; i++)
		if (p->nfs[i].used && strcmp(p->nfs[i].conf.name, name) == 0)
			return &p->nfs[i];
	return NULL;
}

static void
on_acceptable(evutil_socket_t fd, short what, void *arg)
{
	struct nf *nf = arg;
	int sock;

	(void)what;
	if (nf->tokens-- <= 0) {
		event_del(nf->acceptable); /* the backlog holds the rest until the tick */
		nf->paused = true;
		return;
	}
	sock = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (sock >= 0)
		session_start(nf, sock);
	else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
		log_warn("accept: %s", strerror(errno));
}

static void
nf_path(const struct platform *p, const char *name, char *dir, size_t size)
{
	snprintf(dir, size, "%s/%s", p->model.daemon.nf_directory, name);
}

/*
 * listen(2) by a process that ends at once: SO_PEERPIDFD gives whoever connects a handle
 * of the process that listened, and that must not be mvmpd.
 */
static int
listen_unseen(int fd)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(listen(fd, BACKLOG) == 0 ? 0 : 1);
	if (pid < 0)
		return -errno;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EOPNOTSUPP;
}

/* Who may connect: USER, or anybody if that is -1. The mode comes before the owner. */
static int
nf_rights(const char *path, int64_t user)
{
	if (chmod(path, user < 0 ? 0666 : 0600) < 0)
		return -1;
	return chown(path, user < 0 ? 0 : (uid_t)user, (gid_t)-1);
}

/* The directory's owner is root; the socket's owner is the NF's user. */
static int
nf_listen(struct nf *nf, const char *dir)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int rc = 0;

	if ((mkdir(dir, 0755) < 0 && errno != EEXIST) || chmod(dir, 0755) < 0)
		return -errno;
	if (snprintf(sun.sun_path, sizeof(sun.sun_path), "%s/sock", dir) >=
	    (int)sizeof(sun.sun_path))
		return -ENAMETOOLONG;
	nf->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (nf->listener < 0)
		return -errno;
	unlink(sun.sun_path); /* the lock says that nobody listens there */
	if (bind(nf->listener, (struct sockaddr *)&sun, sizeof(sun)) == 0 &&
	    nf_rights(sun.sun_path, nf->conf.user) == 0 &&
	    (rc = listen_unseen(nf->listener)) == 0)
		return 0;
	rc = rc < 0 ? rc : -errno;
	close(nf->listener);
	unlink(sun.sun_path);
	return rc;
}

int
nf_add(struct platform *p, const struct model_nf *conf, struct errs *e)
{
	struct nf *nf = p->nfs;
	char dir[MODEL_TEXT_MAX + MODEL_NAME_MAX];
	int rc = -ENOSPC;

	while (nf < p->nfs + PLATFORM_NFS_MAX && nf->used)
		nf++;
	if (nf < p->nfs + PLATFORM_NFS_MAX) {
		*nf = (struct nf){.conf = *conf,
				  .platform = p,
				  .listener = -1,
				  .tokens = TOKENS_MAX};
		nf_path(p, conf->name, dir, sizeof(dir));
		rc = nf_listen(nf, dir);
	}
	if (rc < 0) {
		errs_add(e, p->config_path, conf->line, "NF %s: %s", conf->name,
			 rc == -ENOSPC ? "too many NFs" : strerror(-rc));
		return rc;
	}
	nf->used = true;
	nf->acceptable =
		event_new(p->base, nf->listener, EV_READ | EV_PERSIST, on_acceptable, nf);
	event_add(nf->acceptable, NULL);
	return 0;
}

void
nf_change(struct platform *p, struct nf *nf, const struct model_nf *conf)
{
	char path[MODEL_TEXT_MAX + MODEL_NAME_MAX + 8];
	bool user = nf->conf.user != conf->user;

	nf->conf = *conf;
	if (!user)
		return;
	snprintf(path, sizeof(path), "%s/%s/sock", p->model.daemon.nf_directory,
		 conf->name);
	if (nf_rights(path, conf->user) < 0)
		log_err("%s: %s", path, strerror(errno));
	if (nf->session && conf->user >= 0 && (int64_t)nf->session->uid != conf->user)
		session_end(nf->session, "the configuration names another user");
}

void
nf_remove(struct platform *p, struct nf *nf, const char *why)
{
	char dir[MODEL_TEXT_MAX + MODEL_NAME_MAX], path[sizeof(dir) + 8];

	if (nf->session)
		session_end(nf->session, why);
	event_free(nf->acceptable);
	close(nf->listener);
	nf_path(p, nf->conf.name, dir, sizeof(dir));
	snprintf(path, sizeof(path), "%s/sock", dir);
	unlink(path);
	rmdir(dir);
	*nf = (struct nf){.used = false};
}
