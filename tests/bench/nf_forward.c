/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * nf_forward [-s SOCKET] [-d SECONDS] [-b BURST] DEVICE: the loop of nf-images/forward
 * with a clock in it. scripts/bench runs it as the NF whose cost per packet it wants. It
 * ends after SECONDS or at SIGTERM and prints one line of JSON.
 *
 * Ticks count as busy when the round they went into moved packets. The run is cut into
 * slices of some ms; one in which this thread was involuntarily switched out, as
 * getrusage tells, is dropped, so that p10, p50 and p90 of ticks per packet are those of
 * the NF alone.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <mvmp.h>

#define SLICE_TICKS (UINT64_C(1) << 24) /* 6 ms at 2.6 GHz */
#define SLICES_MAX  16384               /* more are not kept */

/* What is counted, over the whole run and in one slice of it. */
struct count {
	uint64_t busy, idle; /* ticks */
	uint64_t packets;
	uint64_t bursts; /* that had packets in them */
};

struct bench {
	struct count all, slice;
	uint64_t slice_end;
	long switches; /* involuntary ones until the slice began */
	double per_packet[SLICES_MAX];
	uint32_t kept, dropped;
};

static volatile sig_atomic_t stop;

static void
on_signal(int sig)
{
	stop = sig;
}

static long
switches_now(void)
{
	struct rusage use;

	getrusage(RUSAGE_THREAD, &use);
	return use.ru_nivcsw;
}

static void
slice_close(struct bench *b, uint64_t now)
{
	struct count *s = &b->slice;
	long switches = switches_now();

	if (switches != b->switches)
		b->dropped++;
	else if (s->packets && b->kept < SLICES_MAX)
		b->per_packet[b->kept++] = (double)s->busy / (double)s->packets;
	b->all.busy += s->busy;
	b->all.idle += s->idle;
	b->all.packets += s->packets;
	b->all.bursts += s->bursts;
	b->slice = (struct count){0};
	b->slice_end = now + SLICE_TICKS;
	b->switches = switches;
}

static void
round_count(struct bench *b, uint64_t ticks, int moved)
{
	*(moved ? &b->slice.busy : &b->slice.idle) += ticks;
	b->slice.packets += (uint64_t)moved;
	b->slice.bursts += moved > 0;
}

/* True if it ended because it was told to. */
static bool
forward(struct bench *b, struct mv_nf *nf, struct mv_dev *dev, int burst)
{
	uint64_t now, last = __builtin_ia32_rdtsc();
	struct mv_pkt pkts[MV_BURST];
	int n, sent;

	b->switches = switches_now();
	b->slice_end = last + SLICE_TICKS;
	while (!stop && (n = mv_rx(dev, pkts, burst)) >= 0) {
		if (n == 0 && mv_wait(nf, -1) < 0)
			break;
		sent = mv_tx(dev, pkts, n);
		mv_free(nf, pkts + sent, n - sent);
		now = __builtin_ia32_rdtsc();
		round_count(b, now - last, n);
		last = now;
		if (now >= b->slice_end) {
			slice_close(b, now);
			last = __builtin_ia32_rdtsc();
		}
	}
	slice_close(b, last);
	return stop != 0;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
percentile(const struct bench *b, uint32_t p)
{
	return b->kept ? b->per_packet[(uint64_t)(b->kept - 1) * p / 100] : 0;
}

static void
report(struct bench *b)
{
	const struct count *c = &b->all;

	qsort(b->per_packet, b->kept, sizeof(b->per_packet[0]), compare);
	printf("{\"packets\": %" PRIu64 ", \"bursts\": %" PRIu64
	       ", \"busy_ticks\": %" PRIu64 ", \"idle_ticks\": %" PRIu64
	       ", \"p10\": %.2f, \"p50\": %.2f, \"p90\": %.2f, "
	       "\"slices\": %" PRIu32 ", \"dropped_slices\": %" PRIu32
	       ", \"switches\": %ld}\n",
	       c->packets, c->bursts, c->busy, c->idle, percentile(b, 10),
	       percentile(b, 50), percentile(b, 90), b->kept, b->dropped, switches_now());
}

static int
fail(struct mv_nf *nf)
{
	fprintf(stderr, "nf_forward: %s\n", mv_error());
	mv_detach(nf);
	return 1;
}

int
main(int argc, char **argv)
{
	static struct bench bench;
	const char *path = NULL;
	struct mv_dev *dev;
	struct mv_nf *nf;
	int c, burst = MV_BURST, seconds = 0;

	while ((c = getopt(argc, argv, "s:d:b:")) != -1) {
		if (c == 's')
			path = optarg;
		else if (c == 'd')
			seconds = atoi(optarg);
		else if (c == 'b')
			burst = atoi(optarg);
		else
			return 2;
	}
	if (optind + 1 != argc || burst < 1 || burst > MV_BURST || seconds < 0) {
		fprintf(stderr, "usage: nf_forward [-s SOCKET] [-d SECONDS] "
				"[-b BURST] DEVICE\n");
		return 2;
	}
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	signal(SIGALRM, on_signal);
	alarm((unsigned int)seconds);
	nf = mv_attach(path, "nf_forward");
	dev = nf ? mv_open(nf, argv[optind], MV_INLINE) : NULL;
	if (dev == NULL || !forward(&bench, nf, dev, burst))
		return fail(nf);
	report(&bench);
	mv_detach(nf);
	return 0;
}
