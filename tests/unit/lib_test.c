/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tests of libmvmp against a tiny platform (lib_fake.h): attaching to good and bad
 * ones, opening, events, the op ring, waiting. The good path with a real worker is in
 * dp_test.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib_fake.h"
#include "mvmp.h"

static struct mv_pkt pkts[FAKE_SLOTS];

/* What the test works on: a platform, an NF attached to it, device "d" opened inline. */
struct setup {
	struct fake *fake;
	struct mv_nf *nf;
	struct mv_dev *dev;
};

static struct setup
setup_make(enum fake_fault fault)
{
	struct setup s = {.fake = fake_start(fault)};

	s.nf = mv_attach(s.fake->path, "tester");
	assert_non_null(s.nf);
	s.dev = mv_open(s.nf, "d", MV_INLINE);
	assert_non_null(s.dev);
	return s;
}

static void
setup_end(struct setup *s)
{
	mv_detach(s->nf);
	fake_stop(s->fake);
}

static int
fds_open(void)
{
	int fd, n = 0;

	for (fd = 0; fd < 200; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* ---- attaching ------------------------------------------------------------------- */

static void
attach_and_detach(void **state)
{
	struct mv_stats stats;
	int before = fds_open();
	struct setup s = setup_make(FAKE_FINE);

	(void)state;
	assert_int_equal(s.fake->hello.magic, WIRE_MAGIC);
	assert_int_equal(s.fake->hello.version, WIRE_VERSION);
	assert_string_equal(s.fake->hello.program, "tester");
	assert_int_equal(mv_heartbeat_ms(s.nf), 1000);
	mv_get_stats(s.nf, &stats);
	assert_int_equal(stats.rx_packets + stats.tx_packets + stats.lost, 0);
	mv_detach(s.nf);
	mv_detach(NULL);
	assert_int_equal(s.fake->closes, 1); /* with the device it had open */
	fake_stop(s.fake);
	assert_int_equal(fds_open(), before);
}

static void
socket_is_found_by_environment(void **state)
{
	struct fake *f = fake_start(FAKE_FINE);
	struct mv_nf *nf;

	(void)state;
	setenv("MVMP_SOCKET", f->path, 1);
	nf = mv_attach(NULL, "a name that is longer than the message has room for");
	unsetenv("MVMP_SOCKET");
	assert_non_null(nf);
	assert_int_equal(strlen(f->hello.program), WIRE_NAME_MAX - 1);
	mv_detach(nf);
	fake_stop(f);
}

static void
nobody_there(void **state)
{
	char path[150];

	(void)state;
	assert_null(mv_attach("/nonexistent/sock", NULL));
	assert_int_equal(errno, ENOENT);
	assert_non_null(strstr(mv_error(), "/nonexistent/sock"));
	memset(path, 'p', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_null(mv_attach(path, NULL));
	assert_int_equal(errno, ENAMETOOLONG);
	assert_non_null(strstr(mv_error(), "107"));
	assert_null(mv_attach(NULL, NULL)); /* MV_SOCKET, which is for containers */
}

/* Every way in which a platform can be wrong: an error with a reason, nothing kept. */
static void
bad_platforms_are_refused(void **state)
{
	static const struct {
		enum fake_fault fault;
		int err;
		const char *text;
	} rows[] = {
		{FAKE_REFUSES, EBUSY, "refused: attached already"},
		{FAKE_OLD, EPROTO, "protocol"},
		{FAKE_NO_WORKERS, EPROTO, "protocol"},
		{FAKE_ODD_RING, EPROTO, "protocol"},
		{FAKE_HANGS_UP, ENOTCONN, "closed the connection"},
		{FAKE_SHORT, EPROTO, "bytes"},
		{FAKE_OTHER, EPROTO, "sent message"},
		{FAKE_NO_FD, EPROTO, "without descriptor"},
		{FAKE_SMALL, EPROTO, "wrong size"},
		{FAKE_NO_WAKE, EPROTO, "all regions"},
		{FAKE_INDEX, EPROTO, "makes no sense"},
		{FAKE_NOT_READY, EPERM, "refused: cannot be sealed"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int before = fds_open();
		struct fake *f = fake_start(rows[i].fault);
		struct mv_nf *nf = mv_attach(f->path, "tester");
		int err = errno;

		assert_null(nf);
		assert_int_equal(err, rows[i].err);
		assert_non_null(strstr(mv_error(), rows[i].text));
		fake_stop(f);
		assert_int_equal(fds_open(), before);
	}
}

/* ---- opening --------------------------------------------------------------------- */

static void
bad_opens_are_refused(void **state)
{
	static const struct {
		enum fake_fault fault;
		int err;
		const char *text;
	} rows[] = {
		{FAKE_NO_DEVICE, EACCES, "xxxxxxxx"},
		{FAKE_HANDLE, EPROTO, "makes no sense"},
		{FAKE_ODD_SLOTS, EPROTO, "makes no sense"},
		{FAKE_TWO_REGIONS, EPROTO, "2 regions"},
		{FAKE_NO_RING, EPROTO, "without descriptor"},
		{FAKE_SMALL_RING, EPROTO, "wrong size"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fake *f = fake_start(rows[i].fault);
		struct mv_nf *nf = mv_attach(f->path, "tester");

		assert_non_null(nf);
		assert_null(mv_open(nf, "d", MV_INLINE));
		assert_int_equal(errno, rows[i].err);
		assert_non_null(strstr(mv_error(), rows[i].text));
		mv_detach(nf);
		fake_stop(f);
	}
}

static void
long_device_names_do_not_exist(void **state)
{
	struct setup s = setup_make(FAKE_FINE);
	char name[WIRE_NAME_MAX + 1];

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_null(mv_open(s.nf, name, MV_INLINE));
	assert_int_equal(errno, ENODEV);
	assert_int_equal(s.fake->opens, 1); /* only that of the set-up */
	setup_end(&s);
}

static void
events_come_between_answers(void **state)
{
	struct setup s = setup_make(FAKE_EVENT_FIRST);

	(void)state;
	assert_int_equal(mv_rx(s.dev, pkts, 1), 0);
	assert_int_equal(mv_close(s.dev), 0);
	setup_end(&s);
}

static void
close_tells_what_went_wrong(void **state)
{
	struct setup s = setup_make(FAKE_CLOSE_FAILS);

	(void)state;
	assert_int_equal(mv_close(s.dev), -EBADF);
	assert_string_equal(mv_error(), "not open");
	setup_end(&s);
}

/* A handle that is opened again starts from the beginning of a new ring. */
static void
reopened_device_starts_afresh(void **state)
{
	struct setup s = setup_make(FAKE_FINE);
	uint64_t pos;

	(void)state;
	for (pos = 0; pos < 20; pos++)
		ring_put(s.fake->ring, ring_shift(FAKE_SLOTS), pos, (struct mv_pkt){0});
	assert_int_equal(mv_rx(s.dev, pkts, FAKE_SLOTS), 20);
	assert_int_equal(mv_rx(s.dev, pkts, FAKE_SLOTS), 0);
	assert_int_equal(atomic_load(&s.fake->up->reader[0][0].pos), 20);
	assert_int_equal(mv_close(s.dev), 0);
	s.dev = mv_open(s.nf, "d", MV_INLINE);
	assert_non_null(s.dev);
	/* else the platform takes 20 slots for read that nobody has seen */
	assert_int_equal(atomic_load(&s.fake->up->reader[0][0].pos), 0);
	setup_end(&s);
}

/* ---- packets --------------------------------------------------------------------- */

static void
received_packets_and_ops(void **state)
{
	struct setup s = setup_make(FAKE_FINE);
	unsigned int shift = ring_shift(FAKE_SLOTS);
	struct mv_pkt op;
	uint64_t pos;

	(void)state;
	for (pos = 0; pos < 10; pos++)
		ring_put(s.fake->ring, shift, pos,
			 (struct mv_pkt){.buf = (uint32_t)pos, .off = 128, .len = 60});
	s.fake->packets[(3u << 11) + 128] = 0xab;
	assert_int_equal(mv_rx(s.dev, pkts, 4), 4);
	assert_int_equal(*mv_data(s.nf, &pkts[3]), 0xab);
	assert_int_equal(mv_rx(s.dev, pkts + 4, FAKE_SLOTS), 6);
	assert_int_equal(mv_tx(s.dev, pkts, 3), 3);
	assert_int_equal(mv_free(s.nf, pkts + 3, 7), 7);
	for (pos = 0; pos < 10; pos++) {
		assert_true(ring_peek(s.fake->ops, ring_shift(FAKE_OPS), pos, &op));
		assert_int_equal(op.buf, pos);
		assert_int_equal(op.flags, pos < 3 ? SHM_OP_TX : SHM_OP_FREE);
	}
	assert_int_equal(mv_tx(s.dev, pkts, 0), 0);
	assert_int_equal(mv_tx(s.dev, pkts, -1), 0);
	assert_int_equal(mv_rx(s.dev, pkts, -1), 0);
	setup_end(&s);
}

static void
full_op_ring_takes_no_more(void **state)
{
	struct setup s = setup_make(FAKE_FINE);
	int i;

	(void)state;
	memset(pkts, 0, sizeof(pkts));
	assert_int_equal(mv_tx(s.dev, pkts, 50), 50);
	assert_int_equal(mv_tx(s.dev, pkts, 50), FAKE_OPS - 50);
	assert_int_equal(mv_free(s.nf, pkts, 5), 0);
	atomic_store(&s.fake->down->ops[0].pos, 10); /* the worker has read ten */
	assert_int_equal(mv_free(s.nf, pkts, 5), 5);
	assert_int_equal(mv_tx(s.dev, pkts, 50), 5);
	/* borrowed packets need two slots each, or none */
	for (i = 0; i < 5; i++)
		pkts[i].flags = MV_PKT_BORROWED;
	atomic_store(&s.fake->down->ops[0].pos, 15);
	assert_int_equal(mv_tx(s.dev, pkts, 5), 2);
	assert_int_equal(mv_claim(s.dev, pkts, 5), 1);
	assert_int_equal(mv_free(s.nf, pkts + 1, 4), 4); /* nothing to be done */
	setup_end(&s);
}

static void
sleeping_worker_is_woken_once(void **state)
{
	struct setup s = setup_make(FAKE_FINE);
	uint64_t rings;
	uint32_t i;

	(void)state;
	memset(pkts, 0, sizeof(pkts));
	assert_int_equal(mv_free(s.nf, pkts, 1), 1);
	assert_int_equal(read(s.fake->bell, &rings, sizeof(rings)), -1); /* awake */
	for (i = 1; i < 6; i += 2) {
		atomic_store(&s.fake->platform->worker[0].asleep, i);
		assert_int_equal(mv_free(s.nf, pkts, 3), 3);
		assert_int_equal(mv_tx(s.dev, pkts, 2), 2);
		assert_int_equal(read(s.fake->bell, &rings, sizeof(rings)), 8);
		assert_int_equal(rings, 1);
	}
	setup_end(&s);
}

/* ---- the end --------------------------------------------------------------------- */

static void
evicted_nf_is_told_why(void **state)
{
	struct setup s = setup_make(FAKE_FINE);

	(void)state;
	atomic_store(&s.fake->down->status.state, SHM_DETACHED);
	fake_event(s.fake, WIRE_EVICTED, 0, "too lazy");
	fake_hang_up(s.fake);
	assert_int_equal(mv_rx(s.dev, pkts, 1), -ENOTCONN);
	assert_string_equal(mv_error(), "detached: too lazy");
	assert_int_equal(mv_wait(s.nf, -1), -ENOTCONN);
	assert_int_equal(mv_arm(s.nf), -ENOTCONN);
	assert_null(mv_open(s.nf, "e", MV_INLINE));
	assert_int_equal(errno, ENOTCONN);
	assert_int_equal(mv_close(s.dev), -ENOTCONN);
	setup_end(&s);
}

static void
platform_that_dies_is_noticed(void **state)
{
	struct setup s = setup_make(FAKE_FINE);

	(void)state;
	fake_hang_up(s.fake);
	assert_int_equal(mv_wait(s.nf, 3000), -ENOTCONN);
	setup_end(&s);
}

static void
removed_device_is_noticed(void **state)
{
	struct setup s = setup_make(FAKE_FINE);

	(void)state;
	fake_event(s.fake, WIRE_DEVICE_GONE, 77, "not its own");
	fake_event(s.fake, WIRE_DEVICE_GONE, 0, "device d: removed");
	assert_int_equal(mv_arm(s.nf), 1); /* there is something for mv_rx() to say */
	assert_int_equal(mv_rx(s.dev, pkts, 1), -ENODEV);
	assert_int_equal(mv_wait(s.nf, 3000), 1);
	assert_int_equal(mv_close(s.dev), 0);
	assert_int_equal(mv_wait(s.nf, 1), 0);
	setup_end(&s);
}

/* ---- waiting --------------------------------------------------------------------- */

static void
wait_ends_with_a_packet(void **state)
{
	struct setup s = setup_make(FAKE_FINE);

	(void)state;
	assert_int_equal(mv_wait(s.nf, 0), 0);
	assert_int_equal(mv_wait(s.nf, 10), 0);
	ring_put(s.fake->ring, ring_shift(FAKE_SLOTS), 0, (struct mv_pkt){.len = 60});
	assert_int_equal(mv_wait(s.nf, -1), 1);
	assert_int_equal(mv_rx(s.dev, pkts, 8), 1);
	assert_int_equal(mv_wait(s.nf, 1), 0);
	setup_end(&s);
}

static void *
wake_when_asleep(void *arg)
{
	struct fake *f = arg;

	while (!(atomic_load(&f->up->sleep.asleep) & 1))
		;
	ring_put(f->ring, ring_shift(FAKE_SLOTS), 0, (struct mv_pkt){.len = 60});
	if (write(f->wake[1], "", 1) != 1)
		abort();
	return NULL;
}

static void
sleeper_is_woken_by_the_pipe(void **state)
{
	struct setup s = setup_make(FAKE_FINE);
	pthread_t thread;

	(void)state;
	pthread_create(&thread, NULL, wake_when_asleep, s.fake);
	assert_int_equal(mv_wait(s.nf, -1), 1);
	pthread_join(thread, NULL);
	assert_int_equal(mv_rx(s.dev, pkts, 8), 1);
	setup_end(&s);
}

static void
arming_for_a_poll_loop(void **state)
{
	struct setup s = setup_make(FAKE_FINE);
	struct pollfd p = {.fd = mv_fd(s.nf), .events = POLLIN};
	uint32_t word;

	(void)state;
	assert_int_equal(mv_arm(s.nf), 0);
	word = atomic_load(&s.fake->up->sleep.asleep);
	assert_int_equal(word & 1, 1);
	assert_int_equal(poll(&p, 1, 0), 0);
	assert_int_equal(mv_arm(s.nf), 0); /* a new sleep: a new word */
	assert_true(atomic_load(&s.fake->up->sleep.asleep) > word);
	ring_put(s.fake->ring, ring_shift(FAKE_SLOTS), 0, (struct mv_pkt){.len = 60});
	assert_int_equal(write(s.fake->wake[1], "", 1), 1);
	assert_int_equal(poll(&p, 1, 1000), 1);
	assert_int_equal(mv_arm(s.nf), 1);
	assert_int_equal(poll(&p, 1, 0), 0); /* the pipe has been emptied */
	setup_end(&s);
}

static void
every_call_is_a_sign_of_life(void **state)
{
	struct setup s = setup_make(FAKE_FINE);
	_Atomic uint64_t *beat = &s.fake->up->heartbeat;
	uint64_t was = atomic_load(beat);

	(void)state;
	mv_rx(s.dev, pkts, 1);
	assert_true(atomic_load(beat) > was);
	was = atomic_load(beat);
	mv_tx(s.dev, pkts, 0);
	assert_true(atomic_load(beat) > was);
	was = atomic_load(beat);
	mv_wait(s.nf, 0);
	assert_true(atomic_load(beat) > was);
	was = atomic_load(beat);
	mv_arm(s.nf);
	assert_true(atomic_load(beat) > was);
	setup_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(attach_and_detach),
		cmocka_unit_test(socket_is_found_by_environment),
		cmocka_unit_test(nobody_there),
		cmocka_unit_test(bad_platforms_are_refused),
		cmocka_unit_test(bad_opens_are_refused),
		cmocka_unit_test(long_device_names_do_not_exist),
		cmocka_unit_test(events_come_between_answers),
		cmocka_unit_test(close_tells_what_went_wrong),
		cmocka_unit_test(reopened_device_starts_afresh),
		cmocka_unit_test(received_packets_and_ops),
		cmocka_unit_test(full_op_ring_takes_no_more),
		cmocka_unit_test(sleeping_worker_is_woken_once),
		cmocka_unit_test(evicted_nf_is_told_why),
		cmocka_unit_test(platform_that_dies_is_noticed),
		cmocka_unit_test(removed_device_is_noticed),
		cmocka_unit_test(wait_ends_with_a_packet),
		cmocka_unit_test(sleeper_is_woken_by_the_pipe),
		cmocka_unit_test(arming_for_a_poll_loop),
		cmocka_unit_test(every_call_is_a_sign_of_life),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
