/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A hostile NF: everything that it may write (op rings, cursors, acknowledgements) it
 * writes wrongly. It says what it did in one JSON line, then keeps its heart beating
 * until mvmpd ends the connection or it is told to stop.
 *
 * usage: forge SOCKET MODE DEVICE [NUMBER [SEED [TAPPED]]]
 *   sweep     (holds nothing) ops on buffers 0..NUMBER-1 and beyond, each a violation
 *   held      takes packets and misuses each, NUMBER of them
 *   cursor    inline: a cursor ahead of the ring by NUMBER
 *   reader    bypass: the same
 *   scribble  random words in all that it may write, NUMBER ms long; the device TAPPED is
 *             opened bypass as well
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "peer.h"
#include "ring.h"

struct forge {
	struct peer peer;
	struct shm_shape shape;
	const struct shm_down *down;
	struct shm_up *up;
	size_t up_size;
	uint64_t pos[SHM_WORKERS_MAX]; /* of the op rings */
	uint32_t handle, slots;
	const uint8_t *rings; /* of the device */
	uint64_t beats;
	uint64_t sent, expected; /* ops, violations */
	uint64_t number, seed;
};

static volatile sig_atomic_t stop;

static void
on_signal(int sig)
{
	stop = sig;
}

static int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static uint64_t
random_next(uint64_t *s)
{
	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return *s;
}

/* True once mvmpd has closed the connection or this is to stop; says the reason. */
static bool
is_over(struct forge *f)
{
	struct pollfd p = {.fd = f->peer.sock, .events = POLLIN};
	struct wire_event e;
	ssize_t n;

	if (stop)
		return true;
	if (poll(&p, 1, 0) <= 0)
		return false;
	n = recv(f->peer.sock, &e, sizeof(e), 0);
	if (n == (ssize_t)sizeof(e) && e.type == WIRE_EVENT) {
		printf("{\"event\": \"%.*s\"}\n", WIRE_TEXT_MAX, e.text);
		fflush(stdout);
	}
	return n != (ssize_t)sizeof(e) || e.what == WIRE_EVICTED;
}

static void
beat(struct forge *f)
{
	atomic_store(&f->up->heartbeat, ++f->beats);
}

static void
ring_bells(struct forge *f)
{
	uint64_t one = 1;
	uint32_t w;

	for (w = 0; w < f->shape.workers; w++)
		if (write(peer_find(&f->peer, WIRE_BELL, w)->fd, &one, sizeof(one)) < 0)
			return;
}

/* One op to worker W, when its ring has room. */
static void
op_put(struct forge *f, uint32_t w, struct mv_pkt op)
{
	struct mv_pkt *ops = (void *)((uint8_t *)f->up + shm_ops_offset(&f->shape, w));

	while (f->pos[w] - atomic_load(&f->down->ops[w].pos) >= f->shape.op_slots) {
		ring_bells(f);
		beat(f);
		if (stop)
			return;
	}
	ring_put(ops, ring_shift(f->shape.op_slots), f->pos[w]++, op);
	f->sent++;
	if (f->sent % 64 == 0)
		beat(f);
}

/* ---- sweep: it holds nothing, so every op is a violation */

static const uint16_t sweep_ops[] = {SHM_OP_FREE, SHM_OP_TX, SHM_OP_CLAIM, 0,
				     4,           0x8000,    UINT16_MAX};

static void
sweep_buffer(struct forge *f, uint32_t w, uint32_t buf)
{
	struct mv_pkt op = {.buf = buf, .off = SHM_HEADROOM, .len = 60};
	size_t i;

	for (i = 0; i < sizeof(sweep_ops) / sizeof(sweep_ops[0]); i++) {
		op.flags = sweep_ops[i];
		op.tag = (uint16_t)f->handle;
		op_put(f, w, op);
	}
}

static void
sweep_private(struct forge *f)
{
	struct mv_pkt op = {.buf = (uint32_t)SHM_PRIVATE << 24 | f->shape.private_bufs,
			    .off = SHM_HEADROOM,
			    .len = 60,
			    .flags = SHM_OP_TX};

	op_put(f, 0, op);
	op.flags = SHM_OP_FREE;
	op_put(f, 0, op);
	op.buf = (uint32_t)SHM_PRIVATE << 24 | 0xffffff;
	op_put(f, 0, op);
	op.buf = (uint32_t)SHM_PRIVATE << 24;
	op.flags = SHM_OP_CLAIM;
	op_put(f, 0, op);
	op.flags = SHM_OP_TX;
	op.len = 0;
	op_put(f, 0, op);
}

static void
sweep_run(struct forge *f)
{
	uint32_t n = (uint32_t)f->number, w, i;

	for (w = 0; w < f->shape.workers; w++) {
		for (i = 0; i < n; i++)
			sweep_buffer(f, w, w << 24 | i);
		sweep_buffer(f, w, w << 24 | n);
		sweep_buffer(f, w, w << 24 | (n + 1));
		sweep_buffer(f, w, w << 24 | 0xffffff);
		sweep_buffer(f, w, (w + 1) << 24); /* another worker's, or none */
		sweep_buffer(f, w, 0x7fu << 24);
		sweep_buffer(f, w, 0xfeu << 24);
	}
	sweep_private(f);
	f->expected = f->sent;
}

/* ---- held: packets that it has been given, misused */

#define KEEP UINT16_MAX /* this field as it was received */

/* Ops on one packet: what, and how its fields are changed. */
static const struct misuse {
	int violations;
	struct {
		uint16_t what, off, len, tag;
		uint32_t buf_xor;
	} ops[2];
} misuses[] = {
	{1, {{SHM_OP_TX, KEEP, 0, KEEP, 0}}},
	{1, {{SHM_OP_TX, KEEP, 13, KEEP, 0}}},
	{1, {{SHM_OP_TX, KEEP, 65534, KEEP, 0}}},
	{1, {{SHM_OP_TX, 65534, 14, KEEP, 0}}},
	{1, {{SHM_OP_TX, 65534, 65534, KEEP, 0}}},
	{1, {{SHM_OP_TX, 2035, 14, KEEP, 0}}},
	{0, {{SHM_OP_TX, KEEP, KEEP, SHM_OPENS_MAX, 0}}},
	{0, {{SHM_OP_TX, KEEP, KEEP, SHM_OPENS_MAX - 1, 0}}},
	{0, {{SHM_OP_TX, KEEP, KEEP, 65534, 0}}},
	{1, {{SHM_OP_FREE, KEEP, KEEP, KEEP, 0}, {SHM_OP_FREE, KEEP, KEEP, KEEP, 0}}},
	{1, {{SHM_OP_TX, KEEP, KEEP, KEEP, 0}, {SHM_OP_FREE, KEEP, KEEP, KEEP, 0}}},
	{1, {{SHM_OP_TX, KEEP, KEEP, KEEP, 0}, {SHM_OP_TX, KEEP, KEEP, KEEP, 0}}},
	{1, {{SHM_OP_FREE, KEEP, KEEP, KEEP, 0}, {SHM_OP_TX, KEEP, KEEP, KEEP, 0}}},
	{1, {{SHM_OP_CLAIM, KEEP, KEEP, KEEP, 0}, {SHM_OP_FREE, KEEP, KEEP, KEEP, 0}}},
	{1, {{77, KEEP, KEEP, KEEP, 0}, {SHM_OP_FREE, KEEP, KEEP, KEEP, 0}}},
	{1,
	 {{SHM_OP_FREE, KEEP, KEEP, KEEP, 0x10000000},
	  {SHM_OP_FREE, KEEP, KEEP, KEEP, 0}}},
};

static void
held_misuse(struct forge *f, const struct misuse *m, struct mv_pkt pkt)
{
	uint32_t w = pkt.buf >> 24;
	int i;

	for (i = 0; i < 2 && m->ops[i].what; i++) {
		struct mv_pkt op = pkt;

		op.flags = m->ops[i].what;
		op.buf ^= m->ops[i].buf_xor;
		op.tag = (uint16_t)f->handle;
		if (m->ops[i].off != KEEP)
			op.off = m->ops[i].off;
		if (m->ops[i].len != KEEP)
			op.len = m->ops[i].len;
		if (m->ops[i].tag != KEEP)
			op.tag = m->ops[i].tag;
		op_put(f, w, op);
	}
	f->expected += (uint64_t)m->violations;
}

static const struct mv_pkt *
device_slots(const struct forge *f, uint32_t w)
{
	return (const void *)(f->rings + w * shm_ring_size(f->slots));
}

static void
held_run(struct forge *f)
{
	unsigned int shift = ring_shift(f->slots);
	uint64_t pos[SHM_WORKERS_MAX] = {0}, done = 0;
	struct mv_pkt pkt;
	uint32_t w;

	while (done < f->number && !is_over(f)) {
		for (w = 0; w < f->shape.workers; w++) {
			if (!ring_peek(device_slots(f, w), shift, pos[w], &pkt))
				continue;
			pos[w]++;
			held_misuse(
				f,
				&misuses[done++ % (sizeof(misuses) / sizeof(misuses[0]))],
				pkt);
			ring_cursor_publish(&f->up->reader[f->handle][w].pos, pos[w]);
		}
		beat(f);
		ring_bells(f);
	}
}

/* ---- cursors */

static void
cursor_run(struct forge *f, bool bypass)
{
	unsigned int shift = ring_shift(f->slots);
	uint64_t pos[SHM_WORKERS_MAX] = {0};
	uint32_t w, seq;

	for (w = 0; bypass && w < f->shape.workers; w++) {
		struct shm_reader *own = &f->up->reader[f->handle][w];

		do { /* joins as a good NF does, once */
			ring_bells(f);
			beat(f);
			seq = atomic_load(&f->down->lap[f->handle][w].seq);
			atomic_store(&own->ack, seq);
		} while ((seq & 1) && !is_over(f));
		pos[w] = atomic_load(&f->down->lap[f->handle][w].resume);
	}
	while (!is_over(f)) {
		for (w = 0; w < f->shape.workers; w++) {
			struct mv_pkt pkt;

			while (ring_peek(device_slots(f, w), shift, pos[w], &pkt))
				pos[w]++;
			atomic_store(&f->up->reader[f->handle][w].pos,
				     pos[w] + f->number);
		}
		beat(f);
	}
}

/* ---- scribble */

struct scribbler {
	struct forge *f;
	uint64_t seed;
	_Atomic bool stop;
	uint64_t stores;
};

/* Any word of the UP region. */
static void *
scribble_words(void *arg)
{
	struct scribbler *s = arg;
	_Atomic uint64_t *words = (void *)s->f->up;
	uint64_t r, n = s->f->up_size / sizeof(*words);

	while (!atomic_load_explicit(&s->stop, memory_order_relaxed)) {
		r = random_next(&s->seed);
		atomic_store_explicit(&words[(r >> 8) % n],
				      r & 1 ? random_next(&s->seed) : r >> 48,
				      memory_order_relaxed);
		s->stores++;
	}
	return NULL;
}

/* Ops that are read, of random content, between the random words. */
static void
scribble_op(struct forge *f, uint64_t *seed)
{
	uint32_t w = (uint32_t)(random_next(seed) % f->shape.workers);
	uint64_t a = random_next(seed), b = random_next(seed);
	struct mv_pkt op = {.buf = (a & 1 ? w : (uint32_t)(a >> 32)) << 24 |
				   (uint32_t)(a >> 8) % 4096,
			    .off = (uint16_t)b,
			    .len = (uint16_t)(b >> 16),
			    .nic = (uint16_t)(b >> 32),
			    .flags = (uint16_t)(b >> 48) % 5,
			    .tag = (uint16_t)(b >> 56) % 3};
	struct mv_pkt *ops = (void *)((uint8_t *)f->up + shm_ops_offset(&f->shape, w));

	if (a & 2) { /* may well be sent, if it is held */
		op.off %= 512;
		op.len = (uint16_t)(op.len % 1400 + 14);
	}
	f->pos[w] = atomic_load(&f->down->ops[w].pos);
	ring_put(ops, ring_shift(f->shape.op_slots), f->pos[w] + (a >> 60), op);
	f->sent++;
}

static void
scribble_run(struct forge *f)
{
	struct scribbler s = {.f = f, .seed = f->seed * 77 + 1};
	int64_t end = now_ms() + (int64_t)f->number;
	uint64_t seed = f->seed;
	pthread_t thread;

	if (pthread_create(&thread, NULL, scribble_words, &s) != 0)
		return;
	while (now_ms() < end && !is_over(f)) {
		int i;

		for (i = 0; i < 256; i++)
			scribble_op(f, &seed);
		atomic_store(&f->up->heartbeat, random_next(&seed));
		ring_bells(f);
	}
	atomic_store(&s.stop, true);
	pthread_join(thread, NULL);
	f->sent += s.stores;
}

/* ---- main */

static const char usage[] = "usage: forge SOCKET MODE DEVICE [NUMBER [SEED [TAPPED]]]\n";

static int
forge_attach(struct forge *f, const char *path)
{
	struct peer_region *up, *down;
	int rc = peer_attach(&f->peer, path, "forge");

	if (rc < 0)
		return rc;
	f->shape = f->peer.welcome.shape;
	up = peer_find(&f->peer, WIRE_UP, 0);
	down = peer_find(&f->peer, WIRE_DOWN, 0);
	if (!up || !down || !peer_map(up, PROT_READ | PROT_WRITE) ||
	    !peer_map(down, PROT_READ))
		return -EPROTO;
	f->up = (void *)up->map;
	f->up_size = up->msg.size;
	f->down = (const void *)down->map;
	return peer_ready(&f->peer);
}

static int
forge_open(struct forge *f, const char *device, enum mv_mode mode)
{
	int handle = peer_open(&f->peer, device, mode, &f->slots);

	if (handle < 0)
		return handle;
	f->handle = (uint32_t)handle;
	f->rings = peer_map(&f->peer.regions[f->peer.n - 1], PROT_READ);
	return f->rings ? 0 : -errno;
}

static void
forge_run(struct forge *f, const char *mode)
{
	if (strcmp(mode, "sweep") == 0)
		sweep_run(f);
	else if (strcmp(mode, "held") == 0)
		held_run(f);
	else if (strcmp(mode, "cursor") == 0)
		cursor_run(f, false);
	else if (strcmp(mode, "reader") == 0)
		cursor_run(f, true);
	else
		scribble_run(f);
	printf("{\"sent\": %llu, \"expected\": %llu}\n", (unsigned long long)f->sent,
	       (unsigned long long)f->expected);
	fflush(stdout);
	while (!is_over(f)) {
		beat(f);
		ring_bells(f);
		poll(NULL, 0, 5);
	}
}

int
main(int argc, char **argv)
{
	static struct forge f;
	bool bypass;
	int rc;

	if (argc < 4) {
		fputs(usage, stderr);
		return 2;
	}
	signal(SIGTERM, on_signal);
	signal(SIGPIPE, SIG_IGN);
	f.number = argc > 4 ? strtoull(argv[4], NULL, 0) : 0;
	f.seed = argc > 5 ? strtoull(argv[5], NULL, 0) : 1;
	bypass = strcmp(argv[2], "reader") == 0;
	rc = forge_attach(&f, argv[1]);
	if (rc == 0 && strcmp(argv[2], "scribble") == 0 && argc > 6)
		rc = forge_open(&f, argv[6], MV_BYPASS);
	if (rc == 0)
		rc = forge_open(&f, argv[3], bypass ? MV_BYPASS : MV_INLINE);
	if (rc < 0) {
		fprintf(stderr, "forge: %s\n", strerror(-rc));
		return 1;
	}
	printf("{\"open\": \"%s\"}\n", argv[3]);
	fflush(stdout);
	forge_run(&f, argv[2]);
	peer_close(&f.peer);
	return 0;
}
