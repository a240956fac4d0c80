/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The ring: one producer, any number of readers, no lock and no shared index. A slot
 * carries the wrap count of its position (the phase), so a reader polls the slot
 * itself: phase equal = new, one less = not yet written, anything else = the reader has
 * been lapped. Used by mvmpd and libmvmp for every ring there is; header-only.
 *
 * Positions are 64-bit and never wrap; slot = position & mask; phase = low 16 bits of
 * (position >> shift) + 1, so a zeroed ring is an empty one.
 *
 * Barriers. P1 (release, in ring_slot_write) pairs with C1 (acquire, in ring_peek): what
 * the producer wrote before the slot is seen by who has seen the slot. C2 (release, in
 * ring_cursor_publish) pairs with P2 (acquire, in ring_cursor_read): the reader is done
 * with every slot below the cursor. ring_ready and ring_fetch_* order nothing: they only
 * look, or bring lines nearer.
 *
 * On x86-64 a slot is one aligned 16-byte store and load, which is atomic on every CPU
 * with AVX. The portable form orders two 8-byte halves; there the reader of a ring that
 * can lap re-checks the half with the phase.
 */
#ifndef MVMP_RING_H
#define MVMP_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mvmp.h"

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define MV_RING_PORTABLE 1 /* the sanitizer does not understand vector stores */
#endif
#endif
#if defined(__x86_64__) && !defined(MV_RING_PORTABLE) && !defined(__SANITIZE_THREAD__)
#define MV_RING_VECTOR 1
#include <emmintrin.h>
#endif

#define RING_SLOTS_MIN 128u
#define RING_SLOTS_MAX 32768u

/* The two halves of a descriptor, as they stand in memory (little or big endian). */
union ring_words {
	struct mv_pkt pkt;
	uint64_t w[2];
};

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the phase is the top of w[1]");
_Static_assert(sizeof(struct mv_pkt) == 16, "a slot is 16 bytes");
_Static_assert(_Alignof(struct mv_pkt) == 16, "a slot is one aligned store");
_Static_assert(offsetof(struct mv_pkt, phase) == 14, "the phase is stored last");

/* For loops that look at a ring again and again. */
static inline void
ring_pause(void)
{
#if defined(__x86_64__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

/* log2 of SLOTS, which is a power of two. */
static inline unsigned int
ring_shift(uint32_t slots)
{
	return (unsigned int)__builtin_ctz(slots);
}

static inline uint16_t
ring_phase(uint64_t pos, unsigned int shift)
{
	return (uint16_t)((pos >> shift) + 1);
}

/* Writes D, whose phase is set, to a slot that is free to be written. */
static inline void
ring_slot_write(struct mv_pkt *slot, struct mv_pkt d)
{
	union ring_words u;

	u.pkt = d;
#ifdef MV_RING_VECTOR
	atomic_signal_fence(memory_order_release); /* P1: TSO orders the stores */
	*(volatile __m128i *)(void *)slot =
		_mm_set_epi64x((long long)u.w[1], (long long)u.w[0]);
#else
	_Atomic uint64_t *w = (_Atomic uint64_t *)(void *)slot;

	/* Not readable as the old slot, nor yet as the new one, while w[0] changes. */
	union ring_words none = {.pkt.phase = (uint16_t)(d.phase - 2)};
	atomic_store_explicit(&w[1], none.w[1], memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
	atomic_store_explicit(&w[0], u.w[0], memory_order_relaxed);
	atomic_store_explicit(&w[1], u.w[1], memory_order_release); /* P1 */
#endif
}

/* Writes D at POS. The caller knows that the slot is free to be written. */
static inline void
ring_put(struct mv_pkt *slots, unsigned int shift, uint64_t pos, struct mv_pkt d)
{
	d.phase = ring_phase(pos, shift);
	ring_slot_write(&slots[pos & ((1u << shift) - 1)], d);
}

/* What ring_put_burst() writes into every slot in place of the packet's flags and tag. */
struct ring_mark {
	uint16_t flags;
	uint16_t tag;
};

static inline void
ring_slot_mark(struct mv_pkt *slot, const struct mv_pkt *pkt, struct ring_mark mark,
	       uint16_t phase)
{
	struct mv_pkt d = *pkt;

	d.flags = mark.flags;
	d.tag = mark.tag;
	d.phase = phase;
	ring_slot_write(slot, d);
}

/*
 * Writes N slots (at most a whole ring) from POS on, each with MARK, the last one first.
 * A reader goes by the first, so it sees the whole burst at once and takes no line from
 * under the writer while it is being filled.
 */
static inline void
ring_put_burst(struct mv_pkt *slots, unsigned int shift, uint64_t pos,
	       const struct mv_pkt *pkts, unsigned int n, struct ring_mark mark)
{
	uint32_t mask = (1u << shift) - 1, first = (uint32_t)pos & mask;
	uint16_t phase = ring_phase(pos, shift);
	unsigned int i = n;

	for (; i > 0 && first + i - 1 > mask; i--)
		ring_slot_mark(&slots[first + i - 1 - (mask + 1)], &pkts[i - 1], mark,
			       (uint16_t)(phase + 1));
	for (; i > 0; i--)
		ring_slot_mark(&slots[first + i - 1], &pkts[i - 1], mark, phase);
}

/* Copies SLOT once into *D. False if its phase is not PHASE. */
static inline bool
ring_slot_read(const struct mv_pkt *slot, uint16_t phase, struct mv_pkt *d)
{
#ifdef MV_RING_VECTOR
	/* volatile: exactly one load, however often the value is used */
	__m128i v = *(const volatile __m128i *)(const void *)slot;

	if ((uint16_t)_mm_extract_epi16(v, 7) != phase)
		return false;
	atomic_signal_fence(memory_order_acquire); /* C1: TSO orders the loads */
	_mm_store_si128((__m128i *)(void *)d, v);
	return true;
#else
	const _Atomic uint64_t *w = (const _Atomic uint64_t *)(const void *)slot;
	union ring_words u;

	u.w[1] = atomic_load_explicit(&w[1], memory_order_acquire); /* C1 */
	if (u.pkt.phase != phase)
		return false;
	u.w[0] = atomic_load_explicit(&w[0], memory_order_relaxed);
	atomic_thread_fence(memory_order_acquire);
	if (atomic_load_explicit(&w[1], memory_order_relaxed) != u.w[1])
		return false;
	*d = u.pkt;
	return true;
#endif
}

/* Copies the slot at POS once into *D. False if it is not (or no longer) POS's. */
static inline bool
ring_peek(const struct mv_pkt *slots, unsigned int shift, uint64_t pos, struct mv_pkt *d)
{
	return ring_slot_read(&slots[pos & ((1u << shift) - 1)], ring_phase(pos, shift),
			      d);
}

/* True if the slot at POS is written, in a ring that does not lap. */
static inline bool
ring_written(const struct mv_pkt *slots, unsigned int shift, uint64_t pos)
{
	const _Atomic uint64_t *w =
		(const _Atomic uint64_t *)(const void *)&slots[pos & ((1u << shift) - 1)];
	union ring_words u;

	u.w[1] = atomic_load_explicit(&w[1], memory_order_relaxed);
	return u.pkt.phase == ring_phase(pos, shift);
}

/* True if there is a slot to read at POS, or POS has been lapped. */
static inline bool
ring_ready(const struct mv_pkt *slots, unsigned int shift, uint64_t pos)
{
	const _Atomic uint64_t *w =
		(const _Atomic uint64_t *)(const void *)&slots[pos & ((1u << shift) - 1)];
	union ring_words u;

	u.w[1] = atomic_load_explicit(&w[1], memory_order_relaxed);
	return u.pkt.phase != (uint16_t)(ring_phase(pos, shift) - 1) &&
	       u.pkt.phase != (uint16_t)(ring_phase(pos, shift) - 2);
}

/*
 * Fetches the lines of the N slots from POS on if the first is written, and so, bursts
 * being written last slot first, most likely all of them. Across cores a line takes 70
 * cycles or more; fetched at once they overlap. A line fetched before it is written
 * would be taken from under its writer.
 */
static inline void
ring_fetch_ready(const struct mv_pkt *slots, unsigned int shift, uint64_t pos,
		 unsigned int n)
{
	unsigned int i;

	if (!ring_written(slots, shift, pos))
		return;
	for (i = 4; i < n; i += 4)
		__builtin_prefetch(&slots[(pos + i) & ((1u << shift) - 1)], 0);
}

/* Fetches the line of ADDR, in a ring or elsewhere, to be written. */
static inline void
ring_fetch_line(const void *addr)
{
#ifdef __x86_64__
	/* a no-op where the CPU does not know it; GCC wants a flag for it */
	__asm__ volatile("prefetchw %0" : : "m"(*(const char *)addr));
#else
	__builtin_prefetch(addr, 1);
#endif
}

/* Fetches the lines of N slots, which the reader is done with, to be written. */
static inline void
ring_fetch_write(const struct mv_pkt *slots, unsigned int shift, uint64_t pos,
		 unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i += 4)
		ring_fetch_line(&slots[(pos + i) & ((1u << shift) - 1)]);
}

/* Copies up to N slots (at most a whole ring) from POS on into OUT; the count of them. */
static inline unsigned int
ring_get(const struct mv_pkt *slots, unsigned int shift, uint64_t pos, struct mv_pkt *out,
	 unsigned int n)
{
	uint32_t size = 1u << shift, first = (uint32_t)pos & (size - 1);
	uint32_t i, before = size - first < n ? size - first : n; /* the ring wraps */
	uint16_t phase = ring_phase(pos, shift);

	for (i = 0; i < before; i++)
		if (!ring_slot_read(&slots[first + i], phase, &out[i]))
			return i;
	for (phase++; i < n; i++)
		if (!ring_slot_read(&slots[first + i - size], phase, &out[i]))
			break;
	return i;
}

/* The reader is done with every slot below POS. */
static inline void
ring_cursor_publish(_Atomic uint64_t *cursor, uint64_t pos)
{
	atomic_store_explicit(cursor, pos, memory_order_release); /* C2 */
}

static inline uint64_t
ring_cursor_read(const _Atomic uint64_t *cursor)
{
	return atomic_load_explicit(cursor, memory_order_acquire); /* P2 */
}

#endif
