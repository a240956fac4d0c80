/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every drop reason, one line each: a line here is summed over workers, shown by `show
 * counters`, and in the JSON. Also the boxes whose ticks are counted. Other counters are
 * members of the structs in plan.h that count (dp_nf, dp_device, dp_nic, dp_worker). All
 * have one writer, a worker; the control thread reads them at any time.
 */
#ifndef MVMP_DP_COUNTERS_H
#define MVMP_DP_COUNTERS_H

#include <stdint.h>

/* X(NAME, "word", "help"): why a packet, or one NF's copy of it, went no further. */
#define DP_DROPS(X)                                                                      \
	X(NO_DEVICE, "no-device", "received by a NIC that no device takes it from")      \
	X(NO_NF, "no-nf", "no NF has the device open")                                   \
	X(TOO_LONG, "too-long", "longer than a buffer, or than the NIC's MTU")           \
	X(NF_RING, "nf-ring-full", "the NF does not keep up with its ring")              \
	X(NF_QUOTA, "nf-quota", "the NF holds as many buffers as it may")                \
	X(HOLDERS, "holders", "more than 8 holders at once of one packet")               \
	X(NO_EGRESS, "no-egress", "the send policy names no NIC for it")                 \
	X(NIC_FULL, "nic-full", "the NIC does not send as fast as it is given")          \
	X(NO_WRAP, "no-wrap", "no mbuf left to send a shared or private packet")         \
	X(NO_BUFFER, "no-buffer", "no buffer left to copy a received packet into")

enum dp_drop {
#define X(NAME, word, help) DP_DROP_##NAME,
	DP_DROPS(X)
#undef X
		DP_DROP_N
};

/* Packets and bytes in one direction. */
struct dp_flow {
	uint64_t packets;
	uint64_t bytes;
};

/* X(NAME, "word"): a box of the worker's picture, for ticks per box. */
#define DP_BOXES(X)                                                                      \
	X(RX, "rx")                                                                      \
	X(DELIVER, "deliver")                                                            \
	X(RECLAIM, "reclaim")                                                            \
	X(TX, "tx")

enum dp_box {
#define X(NAME, word) DP_BOX_##NAME,
	DP_BOXES(X)
#undef X
		DP_BOX_N
};

#endif
