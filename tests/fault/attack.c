/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Attacks the memory that mvmpd shares with an NF, from the NF's place, and says how
 * each attack ended: one JSON object per line. What is behind the attacks is in
 * attack_region.c, attack_kernel.c and attack_process.c.
 *
 * usage: attack [-p] SOCKET DEVICE...     attached, on every region; -p: on the process
 *        attack -b MODE SOCKET            before the NF's own memory is sealed
 *        attack -c                        on unsealed memory, to see that attacks work
 *
 * Exit status 0: it ran to its end, whatever the attacks did.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "attack.h"
#include "peer.h"

#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC 0x20
#endif

const uint8_t attack_probe[PROBE_SIZE] = "ZZZZZZZZZZZZZZZ";

static uint8_t before[PROBE_SIZE]; /* what is where the probe would be */
static sigjmp_buf on_fault;
static volatile sig_atomic_t fault;

static void
on_signal(int sig)
{
	fault = sig;
	siglongjmp(on_fault, 1);
}

bool
attack_arrived(const struct target *t)
{
	return memcmp(t->map + t->at, before, PROBE_SIZE) != 0;
}

bool
attack_map_write(const struct target *t, int fd)
{
	uint8_t *p = mmap(NULL, t->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		return false;
	memcpy(p + t->at, attack_probe, PROBE_SIZE);
	munmap(p, t->size);
	return true;
}

static void
report(const char *kind, const char *name, enum outcome o, int err)
{
	static const char *const words[] = {"refused", "absent", "through"};

	printf("{\"region\": \"%s\", \"attack\": \"%s\", \"result\": \"%s\", "
	       "\"why\": \"%s\"}\n",
	       kind, name, words[o],
	       fault ? strsignal(fault)
	       : err ? strerror(err)
		     : "no effect");
	fflush(stdout);
}

/* Runs A; memory that is gone afterwards (SIGBUS) means that it got through. */
static enum outcome
run_guarded(const struct attack *a, const struct target *t)
{
	errno = 0;
	fault = 0;
	if (sigsetjmp(on_fault, 1) == 0)
		return a->run(t);
	return fault == SIGBUS ? THROUGH : REFUSED;
}

static void
run_table(const struct attack *a, const struct target *t, bool own)
{
	enum outcome o;

	for (; a->name; a++) {
		if (own && !a->own)
			continue;
		memcpy(before, t->map + t->at, PROBE_SIZE);
		o = run_guarded(a, t);
		report(t->kind, a->name, o, errno);
	}
}

/* A store through a read-only map. */
static void
run_store(const struct target *t)
{
	volatile enum outcome o = REFUSED;

	fault = 0;
	if (sigsetjmp(on_fault, 1) == 0) {
		*(volatile uint8_t *)(t->map + t->at) = attack_probe[0];
		o = THROUGH;
	}
	report(t->kind, "store", o, 0);
}

static int
attack_region(struct peer_region *r)
{
	bool own = peer_is_own(r);
	struct target t = {
		.kind = peer_kind(r),
		.fd = r->fd,
		.size = r->msg.size,
		.map = r->map ? r->map : peer_map(r, PROT_READ),
		.at = r->msg.size - 4 * PROBE_SIZE,
	};

	if (t.map == NULL) {
		fprintf(stderr, "cannot map %s: %s\n", t.kind, strerror(errno));
		return 1;
	}
	run_table(attacks_region, &t, own);
	run_table(attacks_kernel, &t, own);
	if (!own)
		run_store(&t);
	return 0;
}

/* The NF's own regions must be mapped before they are sealed. */
static int
map_own(struct peer *p)
{
	int i;

	for (i = 0; i < p->n; i++)
		if (peer_is_own(&p->regions[i]) &&
		    peer_map(&p->regions[i], PROT_READ | PROT_WRITE) == NULL)
			return -errno;
	return 0;
}

static int
attack_all(const char *path, char **devices, bool process)
{
	const struct process_attack *a;
	struct peer p;
	int i, rc;

	rc = peer_attach(&p, path, "attack");
	if (rc == 0)
		rc = map_own(&p);
	if (rc == 0)
		rc = peer_ready(&p);
	for (; rc >= 0 && *devices; devices++)
		rc = peer_open(&p, *devices,
			       strncmp(*devices, "tap", 3) ? MV_INLINE : MV_BYPASS, NULL);
	if (rc < 0)
		return 1;
	for (i = 0; i < p.n; i++)
		if (peer_is_memory(&p.regions[i]) && attack_region(&p.regions[i]))
			return 1;
	for (a = attacks_process; process && a->name; a++) {
		enum outcome o;

		errno = 0;
		fault = 0;
		o = a->run(p.sock);
		report("process", a->name, o, errno);
	}
	peer_close(&p);
	return 0;
}

/* ---- memory that is not protected at all */

static int
control_table(const struct attack *a, int prot)
{
	struct target t = {.kind = "control", .size = 1 << 16, .at = 1 << 15};
	enum outcome o;

	for (; a->name; a++) {
		t.fd = memfd_create("control", MFD_ALLOW_SEALING);
		if (t.fd < 0 || ftruncate(t.fd, (off_t)t.size) < 0)
			return 1;
		t.map = mmap(NULL, t.size, prot, MAP_SHARED, t.fd, 0);
		if (t.map == MAP_FAILED)
			return 1;
		memcpy(before, t.map + t.at, PROBE_SIZE);
		o = run_guarded(a, &t);
		report(t.kind, a->name, o, errno);
		munmap(t.map, t.size);
		close(t.fd);
	}
	return 0;
}

static int
attack_control(void)
{
	/* the kernel writes to a map of its caller's only where that could itself */
	return control_table(attacks_region, PROT_READ) ||
	       control_table(attacks_kernel, PROT_READ | PROT_WRITE);
}

/* ---- before the seals */

struct early {
	struct peer *peer;
	_Atomic bool stop;
};

static void
early_punch(struct peer *p)
{
	int i;

	for (i = 0; i < p->n; i++)
		if (peer_is_own(&p->regions[i]))
			fallocate(p->regions[i].fd,
				  FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
				  (off_t)p->regions[i].msg.size);
}

static void *
early_hammer(void *arg)
{
	struct early *e = arg;

	while (!atomic_load(&e->stop))
		early_punch(e->peer);
	return NULL;
}

static int
early_seal(struct peer *p, int seal)
{
	struct peer_region *up = peer_find(p, WIRE_UP, 0);

	return fcntl(up->fd, F_ADD_SEALS, seal) < 0 ? -errno : 0;
}

/* What MODE does before MAPPED is sent; 0 or -errno. */
static int
early_run(struct peer *p, const char *mode)
{
	struct peer_region *up = peer_find(p, WIRE_UP, 0);

	if (strcmp(mode, "punch") == 0)
		early_punch(p);
	else if (strcmp(mode, "truncate") == 0)
		return ftruncate(up->fd, 0) < 0 ? -errno : 0;
	else if (strcmp(mode, "grow") == 0)
		return ftruncate(up->fd, (off_t)up->msg.size * 2) < 0 ? -errno : 0;
	else if (strcmp(mode, "seal-seal") == 0)
		return early_seal(p, F_SEAL_SEAL);
	else if (strcmp(mode, "seal-write") == 0)
		return early_seal(p, F_SEAL_WRITE);
	else if (strcmp(mode, "seal-future-write") == 0)
		return early_seal(p, F_SEAL_FUTURE_WRITE);
	else if (strcmp(mode, "seal-exec") == 0)
		return early_seal(p, F_SEAL_EXEC);
	return 0;
}

static int
attack_early(const char *path, const char *mode)
{
	struct peer p;
	struct early e = {.peer = &p};
	bool hammer = strcmp(mode, "hammer") == 0;
	pthread_t thread;
	int rc, early;

	rc = peer_attach(&p, path, "attack");
	if (rc == 0 && strcmp(mode, "unmapped") != 0)
		rc = map_own(&p);
	if (rc < 0)
		return 1;
	early = early_run(&p, mode);
	if (hammer && pthread_create(&thread, NULL, early_hammer, &e) != 0)
		return 1;
	rc = peer_ready(&p);
	if (hammer) {
		atomic_store(&e.stop, true);
		pthread_join(thread, NULL);
	}
	printf("{\"mode\": \"%s\", \"done\": \"%s\", \"attach\": \"%s\", "
	       "\"text\": \"%.*s\"}\n",
	       mode, strerror(-early), strerror(-rc), WIRE_TEXT_MAX, p.ready.text);
	peer_close(&p);
	return 0;
}

int
main(int argc, char **argv)
{
	struct sigaction sa = {.sa_handler = on_signal};
	const char *early = NULL;
	bool process = false, control = false;
	int c;

	while ((c = getopt(argc, argv, "b:cp")) != -1) {
		if (c == 'b')
			early = optarg;
		else if (c == 'c')
			control = true;
		else if (c == 'p')
			process = true;
		else
			return 2;
	}
	if (optind >= argc && !control) {
		fprintf(stderr,
			"usage: attack [-p] SOCKET DEVICE... | -b MODE SOCKET | -c\n");
		return 2;
	}
	sigaction(SIGSEGV, &sa, NULL);
	sigaction(SIGBUS, &sa, NULL);
	if (control)
		return attack_control();
	if (early)
		return attack_early(argv[optind], early);
	return attack_all(argv[optind], argv + optind + 1, process);
}
