/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * mvmpd: reads the configuration, becomes a daemon, starts the platform, and runs the
 * control thread's event loop until it is told to stop. The only file that knows every
 * layer, and the only one that exits.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "ctl/platform.h"

struct options {
	const char *config, *pidfile;
	bool check, foreground, no_huge, debug;
};

static const char usage[] =
	"usage: mvmpd [-f FILE] [--foreground] [--no-huge] [--pidfile FILE] [--debug]\n"
	"       mvmpd --check FILE\n"
	"       mvmpd --version | --help\n";

enum { OPT_CHECK = 256, OPT_FOREGROUND, OPT_NO_HUGE, OPT_PIDFILE, OPT_DEBUG };

static const struct option long_options[] = {
	{"check", required_argument, NULL, OPT_CHECK},
	{"foreground", no_argument, NULL, OPT_FOREGROUND},
	{"no-huge", no_argument, NULL, OPT_NO_HUGE},
	{"pidfile", required_argument, NULL, OPT_PIDFILE},
	{"debug", no_argument, NULL, OPT_DEBUG},
	{"version", no_argument, NULL, 'V'},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

/* -1: go on; else the exit status. */
static int
parse_options(int argc, char **argv, struct options *o)
{
	int c;

	while ((c = getopt_long(argc, argv, "f:Vh", long_options, NULL)) != -1) {
		switch (c) {
		case OPT_CHECK:
			o->check = true;
			o->config = optarg;
			break;
		case 'f':
			o->config = optarg;
			break;
		case OPT_FOREGROUND:
			o->foreground = true;
			break;
		case OPT_NO_HUGE:
			o->no_huge = true;
			break;
		case OPT_PIDFILE:
			o->pidfile = optarg;
			break;
		case OPT_DEBUG:
			o->debug = true;
			break;
		case 'V':
			printf("mvmpd %s\n", PACKAGE_VERSION);
			return 0;
		case 'h':
			fputs(usage, stdout);
			return 0;
		default:
			fputs(usage, stderr);
			return 2;
		}
	}
	if (optind == argc)
		return -1;
	fprintf(stderr, "mvmpd: what is \"%s\"?\n%s", argv[optind], usage);
	return 2;
}

static void
print_errors(const struct errs *e)
{
	int i;

	for (i = 0; i < e->n; i++) {
		if (e->list[i].warning)
			log_warn("%s", e->list[i].text);
		else
			log_err("%s", e->list[i].text);
	}
	if (e->n_errors + e->n_warnings > e->n)
		log_err("and %d more", e->n_errors + e->n_warnings - e->n);
}

/* Takes the lock beside PATH; -EBUSY when another mvmpd has it. */
static int
take_lock(const char *path, struct errs *e)
{
	char file[MODEL_TEXT_MAX + 16], dir[MODEL_TEXT_MAX], *slash;
	int fd;

	snprintf(dir, sizeof(dir), "%s", path);
	slash = strrchr(dir, '/');
	if (slash && slash != dir) {
		*slash = '\0';
		mkdir(dir, 0755);
	}
	snprintf(file, sizeof(file), "%s.lock", path);
	fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0) {
		errs_add(e, NULL, 0, "%s: %s%s", file, strerror(errno),
			 errno == EACCES ? "; mvmpd is started as root" : "");
		return -errno;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	close(fd);
	errs_add(e, NULL, 0, "another mvmpd serves %s already", path);
	return -EBUSY;
}

static int
take_locks(struct platform *p, struct errs *e)
{
	const struct model_daemon *d = &p->model.daemon;

	p->locks[0] = take_lock(d->control_socket, e);
	p->locks[1] = p->locks[0] < 0 ? -1 : take_lock(d->nf_directory, e);
	if (p->locks[1] < 0)
		return -EBUSY;
	if (mkdir(d->nf_directory, 0755) < 0 && errno != EEXIST) {
		errs_add(e, NULL, 0, "%s: %s", d->nf_directory, strerror(errno));
		return -errno;
	}
	return 0;
}

/* The file stays open and locked as long as mvmpd runs. */
static int
write_pidfile(const char *path, struct errs *e)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);

	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0 || ftruncate(fd, 0) < 0 ||
	    dprintf(fd, "%d\n", (int)getpid()) < 0) {
		errs_add(e, NULL, 0, "%s: %s", path,
			 errno == EWOULDBLOCK ? "another mvmpd has it" : strerror(errno));
		return -EINVAL;
	}
	return fd;
}

/*
 * Forks; the parent waits until the child is ready and exits with its verdict. Returns
 * in the child, with the descriptor by which it tells.
 */
static int
become_daemon(void)
{
	int fds[2];
	char verdict = 1;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0 || (pid = fork()) < 0) {
		log_err("cannot become a daemon: %s", strerror(errno));
		exit(1);
	}
	if (pid > 0) {
		close(fds[1]);
		if (read(fds[0], &verdict, 1) != 1)
			verdict = 1;
		_exit(verdict);
	}
	close(fds[0]);
	setsid();
	return fds[1];
}

static void
tell_ready(int fd, const struct options *o)
{
	int null;

	if (o->foreground) {
		fprintf(stderr, "mvmpd: ready\n");
		return;
	}
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	log_open("mvmpd", true, o->debug);
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	close(null);
	if (write(fd, "", 1) != 1)
		log_warn("nobody waits for mvmpd to be ready");
	close(fd);
	log_info("ready");
}

static void
on_stop(evutil_socket_t sig, short what, void *arg)
{
	struct platform *p = arg;

	(void)what;
	log_info("stopping: %s", strsignal((int)sig));
	event_base_loopexit(p->base, NULL);
}

static void
on_reload(evutil_socket_t sig, short what, void *arg)
{
	struct errs e = {.n = 0};

	(void)sig;
	(void)what;
	if (apply_file(arg, NULL, &e) < 0)
		log_err("configuration not reloaded, nothing was changed");
	else
		log_info("configuration reloaded");
	print_errors(&e);
	errs_clear(&e);
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	liveness_tick(arg);
}

/* Starts everything in turn; on failure the reasons are in E. */
static int
start(struct platform *p, struct model *m, struct errs *e)
{
	int rc;

	rc = platform_start(p, e);
	if (rc == 0)
		rc = apply_model(p, m, NULL, e);
	if (rc == 0)
		rc = admin_start(p, e);
	return rc;
}

static void
run(struct platform *p)
{
	struct event *ev[] = {
		evsignal_new(p->base, SIGTERM, on_stop, p),
		evsignal_new(p->base, SIGINT, on_stop, p),
		evsignal_new(p->base, SIGHUP, on_reload, p),
		event_new(p->base, -1, EV_PERSIST, on_tick, p),
	};
	const struct timeval tick = {.tv_usec = LIVENESS_MS * 1000};
	size_t i;

	for (i = 0; i < 3; i++)
		event_add(ev[i], NULL);
	p->tick_ms = now_ms();
	event_add(ev[3], &tick);
	event_base_dispatch(p->base);
	for (i = 0; i < 4; i++)
		event_free(ev[i]);
}

static int
serve(struct platform *p, struct model *m, const struct options *o)
{
	struct errs e = {.n = 0};
	int ready = o->foreground ? -1 : become_daemon();
	int rc;

	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	rc = take_locks(p, &e);
	if (rc == 0 && o->pidfile)
		rc = write_pidfile(o->pidfile, &e) < 0 ? -EINVAL : 0;
	if (rc < 0) {
		print_errors(&e);
		errs_clear(&e);
		return 1;
	}
	p->base = event_base_new();
	rc = start(p, m, &e);
	print_errors(&e);
	errs_clear(&e);
	if (rc == 0) {
		tell_ready(ready, o);
		run(p);
	}
	admin_stop(p);
	platform_stop(p);
	event_base_free(p->base);
	if (o->pidfile)
		unlink(o->pidfile);
	return rc == 0 ? 0 : 1;
}

int
main(int argc, char **argv)
{
	struct options o = {.config = MVMP_CONF};
	static struct platform platform;
	struct model m = {.n_nics = 0};
	struct errs e = {.n = 0};
	char *path;
	int rc;

	rc = parse_options(argc, argv, &o);
	if (rc >= 0)
		return rc;
	log_open("mvmpd", false, o.debug);
	rc = model_read(&m, o.config, &e);
	print_errors(&e);
	errs_clear(&e);
	if (rc < 0)
		return 1;
	if (o.check) {
		printf("%s: correct\n", o.config);
		model_clear(&m);
		return 0;
	}
	if (o.no_huge)
		m.daemon.hugepages = MODEL_OFF;
	/* read again at each reload, whatever the working directory is then */
	path = realpath(o.config, NULL);
	platform.config_path = path ? path : o.config;
	platform.no_huge = o.no_huge;
	platform.model.daemon = m.daemon;
	rc = serve(&platform, &m, &o);
	model_clear(&m);
	free(path);
	return rc;
}
