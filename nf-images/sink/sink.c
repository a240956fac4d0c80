/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sink: reads along on a device (bypass), counts, and drops. Prints its counts when it
 * is ended, and every SECONDS with -i.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <mvmp.h>

static volatile sig_atomic_t stop;

static void
on_signal(int sig)
{
	stop = sig;
}

static void
print_counts(const struct mv_nf *nf, uint64_t bytes)
{
	struct mv_stats s;

	mv_get_stats(nf, &s);
	printf("packets %" PRIu64 " bytes %" PRIu64 " lost %" PRIu64 "\n", s.rx_packets,
	       bytes, s.lost);
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	struct mv_pkt pkts[MV_BURST];
	const char *path = NULL;
	uint64_t bytes = 0;
	struct mv_dev *dev;
	struct mv_nf *nf;
	time_t next, interval = 0;
	int c, i, n;

	while ((c = getopt(argc, argv, "i:s:")) != -1) {
		if (c == 'i')
			interval = atoi(optarg);
		else if (c == 's')
			path = optarg;
		else
			return 2;
	}
	if (optind + 1 != argc || interval < 0) {
		fprintf(stderr, "usage: sink [-i SECONDS] [-s SOCKET] DEVICE\n");
		return 2;
	}
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	nf = mv_attach(path, "sink");
	dev = nf ? mv_open(nf, argv[optind], MV_BYPASS) : NULL;
	if (dev == NULL) {
		fprintf(stderr, "sink: %s\n", mv_error());
		mv_detach(nf);
		return 1;
	}
	next = time(NULL) + interval;
	while (!stop && (n = mv_rx(dev, pkts, MV_BURST)) >= 0) {
		for (i = 0; i < n; i++)
			bytes += pkts[i].len;
		if (n == 0 && mv_wait(nf, interval ? 200 : -1) < 0)
			break;
		if (interval && time(NULL) >= next) {
			print_counts(nf, bytes);
			next = time(NULL) + interval;
		}
	}
	if (!stop)
		fprintf(stderr, "sink: %s\n", mv_error());
	print_counts(nf, bytes);
	mv_detach(nf);
	return stop ? 0 : 1;
}
