/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An NF that writes to the first packet it receives, which must be the end of it: the
 * kernel ends it with SIGSEGV. usage: scribble SOCKET DEVICE
 */
#include <stdio.h>

#include <mvmp.h>

int
main(int argc, char **argv)
{
	struct mv_nf *nf = argc == 3 ? mv_attach(argv[1], "scribble") : NULL;
	struct mv_dev *dev = nf ? mv_open(nf, argv[2], MV_INLINE) : NULL;
	struct mv_pkt pkt;
	int n = 0;

	while (dev && (n = mv_rx(dev, &pkt, 1)) == 0 && mv_wait(nf, -1) >= 0)
		;
	if (n != 1) {
		fprintf(stderr, "scribble: %s\n", mv_error());
		return 1;
	}
	printf("writing to a packet of %u bytes\n", pkt.len);
	fflush(stdout);
	*(volatile uint8_t *)(uintptr_t)mv_data(nf, &pkt) = 0x5a;
	printf("written\n");
	return 0;
}
