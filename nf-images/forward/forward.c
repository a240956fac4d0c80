/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * forward: sends every packet of a device back to it, so that a bridged device becomes
 * a wire and a direct one an echo. With -m it swaps the MAC addresses of each packet.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <mvmp.h>

static volatile sig_atomic_t stop;

static void
on_signal(int sig)
{
	stop = sig;
}

/* Packets are read-only: the swapped ones are copies in the NF's own memory. */
static int
swap_macs(struct mv_nf *nf, struct mv_pkt *pkts, int n)
{
	struct mv_pkt own[MV_BURST];
	int i, have = mv_alloc(nf, own, n);

	for (i = 0; i < have; i++) {
		const uint8_t *from = mv_data(nf, &pkts[i]);
		uint8_t *to = mv_wdata(nf, &own[i]);

		own[i].len = pkts[i].len < mv_room(nf, &own[i]) ? pkts[i].len : 0;
		own[i].nic = pkts[i].nic;
		memcpy(to, from, own[i].len);
		memcpy(to, from + 6, 6);
		memcpy(to + 6, from, 6);
	}
	mv_free(nf, pkts, n);
	memcpy(pkts, own, (size_t)have * sizeof(own[0]));
	return have;
}

int
main(int argc, char **argv)
{
	struct mv_pkt pkts[MV_BURST];
	const char *path = NULL;
	struct mv_dev *dev;
	struct mv_nf *nf;
	int c, n, sent, swap = 0;

	while ((c = getopt(argc, argv, "ms:")) != -1) {
		if (c == 'm')
			swap = 1;
		else if (c == 's')
			path = optarg;
		else
			return 2;
	}
	if (optind + 1 != argc) {
		fprintf(stderr, "usage: forward [-m] [-s SOCKET] DEVICE\n");
		return 2;
	}
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	nf = mv_attach(path, "forward");
	dev = nf ? mv_open(nf, argv[optind], MV_INLINE) : NULL;
	if (dev == NULL) {
		fprintf(stderr, "forward: %s\n", mv_error());
		mv_detach(nf);
		return 1;
	}
	while (!stop && (n = mv_rx(dev, pkts, MV_BURST)) >= 0) {
		if (n == 0 && mv_wait(nf, -1) < 0)
			break;
		if (swap)
			n = swap_macs(nf, pkts, n);
		sent = mv_tx(dev, pkts, n);
		mv_free(nf, pkts + sent, n - sent);
	}
	if (!stop)
		fprintf(stderr, "forward: %s\n", mv_error());
	mv_detach(nf);
	return stop ? 0 : 1;
}
