/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * mvAPI: what a network function (NF) sees of MVMP. An NF attaches to the platform
 * over its UNIX socket, opens devices, and then receives, sends and frees packets in
 * bursts. Packets stay where the NIC put them, in memory that the NF can only read;
 * what moves is a 16-byte descriptor.
 *
 * The library depends on libc only, starts no threads, never prints and never exits.
 * One mv_nf and all of its devices belong to one thread at a time.
 *
 * Unless said otherwise a function returns 0 or a count on success and a negative
 * errno value on failure; mv_error() then gives the reason as text.
 */
#ifndef MVMP_H
#define MVMP_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MV_SOCKET   "/run/mvmp/sock" /* where an NF finds its socket in a container */
#define MV_BURST    64               /* a good burst size */
#define MV_NIC_NONE UINT16_MAX       /* ingress NIC of a packet that an NF built */

/* How a device is opened. */
enum mv_mode {
	MV_INLINE, /* each packet becomes this NF's: it must be sent or freed */
	MV_BYPASS, /* the NF reads along: nothing to free, see mv_rx() */
};

/* mv_pkt.flags */
#define MV_PKT_BORROWED 0x0001 /* received by bypass and not claimed */

/*
 * A packet descriptor: 16 bytes, the same in rings and in the hands of an NF. An NF
 * may change off and len (to send less, or from further on) and nic (to name the NIC
 * a packet counts as having come in by); the rest is the library's.
 */
struct mv_pkt {
	uint32_t buf;   /* buffer: memory region << 24 | index in the region */
	uint16_t off;   /* first byte of the packet, from the start of the buffer */
	uint16_t len;   /* bytes of the packet */
	uint16_t nic;   /* ingress NIC's number, or MV_NIC_NONE */
	uint16_t flags; /* MV_PKT_* */
	uint16_t tag;   /* library's: handle of a device */
	uint16_t phase; /* library's: wrap count of the ring */
} __attribute__((aligned(16)));

/* Where each memory region is mapped; the first member of a mv_nf, for mv_data(). */
struct mv_view {
	const uint8_t *base[256]; /* by region; NULL = not mapped */
	unsigned int shift;       /* a buffer has 1 << shift bytes */
};

struct mv_nf;  /* an attachment to the platform */
struct mv_dev; /* an open device */

/* Counters of one attachment, by the NF's own count. */
struct mv_stats {
	uint64_t rx_packets; /* received on all devices */
	uint64_t tx_packets; /* handed over by mv_tx() */
	uint64_t freed;      /* handed over by mv_free() */
	uint64_t lost;       /* missed by bypass devices because this NF was too slow */
};

/*
 * Attaches to the platform whose socket is PATH (NULL: the environment's MVMP_SOCKET,
 * or MV_SOCKET). PROGRAM is a name for the operator's eyes, at most 31 bytes; may be
 * NULL. Blocks until the platform answers, 5 s at most each time. Returns NULL on failure
 * with errno set: ENOENT/ECONNREFUSED no platform there, EACCES wrong user, EPROTO
 * another protocol version, EBUSY already attached.
 */
struct mv_nf *mv_attach(const char *path, const char *program);

/* Gives everything back and frees NF, its devices included. NULL is allowed. */
void mv_detach(struct mv_nf *nf);

/*
 * Opens device NAME, which the operator must have allowed for this NF. Blocks as
 * mv_attach() does. Returns NULL with errno set: ENODEV no such device, EACCES not
 * allowed, EBUSY already open, ENOSPC too many open devices.
 */
struct mv_dev *mv_open(struct mv_nf *nf, const char *name, enum mv_mode mode);

/* Closes DEV and frees it. Received packets that are still held stay held. */
int mv_close(struct mv_dev *dev);

/*
 * Receives up to N packets from DEV. Never blocks. Returns how many were put into
 * PKTS, -ENOTCONN once the NF has been detached, or -ENODEV when the device has been
 * taken away (it can then only be closed).
 * Inline: the packets are the NF's until mv_tx() or mv_free().
 * Bypass: the packets may be read until the next mv_rx() on DEV; to keep one longer,
 * mv_claim() it before that. mv_tx() claims by itself.
 */
int mv_rx(struct mv_dev *dev, struct mv_pkt *pkts, int n);

/*
 * Sends N packets by DEV: received, claimed or allocated ones, in any mix, by any open
 * device. Returns how many were taken, from the front; these are no longer the NF's.
 * Fewer than N only if the platform has fallen far behind; the NF then tries again or
 * frees the rest. Never blocks.
 */
int mv_tx(struct mv_dev *dev, const struct mv_pkt *pkts, int n);

/* Gives N packets back; borrowed ones are skipped. Returns N, or less as mv_tx(). */
int mv_free(struct mv_nf *nf, const struct mv_pkt *pkts, int n);

/*
 * Makes N borrowed packets of DEV the NF's own, as if received inline, and clears
 * their MV_PKT_BORROWED. Returns how many, from the front.
 */
int mv_claim(struct mv_dev *dev, struct mv_pkt *pkts, int n);

/*
 * Takes up to N buffers of the NF's private memory, where it may build packets:
 * mv_wdata() is writable, len is 0 and off leaves room for headers. To be sent, or
 * freed. Returns how many there were.
 */
int mv_alloc(struct mv_nf *nf, struct mv_pkt *pkts, int n);

/* Bytes that fit behind PKT's off in its buffer. */
static inline uint32_t
mv_room(const struct mv_nf *nf, const struct mv_pkt *pkt)
{
	return (1u << ((const struct mv_view *)(const void *)nf)->shift) - pkt->off;
}

/* The packet's first byte; len bytes may be read. */
static inline const uint8_t *
mv_data(const struct mv_nf *nf, const struct mv_pkt *pkt)
{
	const struct mv_view *v = (const struct mv_view *)(const void *)nf;

	return v->base[pkt->buf >> 24] + ((size_t)(pkt->buf & 0xffffff) << v->shift) +
	       pkt->off;
}

/* Where to write a packet that came from mv_alloc(); NULL for any other packet. */
uint8_t *mv_wdata(const struct mv_nf *nf, const struct mv_pkt *pkt);

/*
 * Waits until one of the open devices has a packet: spins, yields, then sleeps, for
 * TIMEOUT_MS at the most (-1: no limit of the caller's). Returns 1 when there is one, 0
 * when there is none yet: after TIMEOUT_MS, or sooner, because of a signal or for a sign
 * of life (so a loop that looks at a flag after each call always ends), and -ENOTCONN
 * once detached.
 */
int mv_wait(struct mv_nf *nf, int timeout_ms);

/*
 * For an NF's own poll loop. mv_fd() is a descriptor that polls readable when there is
 * something to do. Before polling call mv_arm(): 1 means do not poll, there are packets
 * already; 0 means poll, for mv_heartbeat_ms() at the most; -ENOTCONN as mv_wait().
 */
int mv_fd(const struct mv_nf *nf);
int mv_arm(struct mv_nf *nf);

/*
 * The platform detaches an NF that shows no sign of life for its heartbeat time-out.
 * Every mv_rx(), mv_tx(), mv_free(), mv_claim(), mv_wait() and mv_arm() is one (a store
 * to memory, no system call). This is how long an NF may go without, in ms: a third of
 * the time-out.
 */
int mv_heartbeat_ms(const struct mv_nf *nf);

/* The NF's own counters. */
void mv_get_stats(const struct mv_nf *nf, struct mv_stats *stats);

/* Why the last failing call of this thread failed; never NULL. */
const char *mv_error(void);

#ifdef __cplusplus
}
#endif

#endif
