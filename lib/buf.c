/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The NF's private buffers: memory of its own, from which the platform sends without a
 * copy. A buffer is the NF's until mv_tx(), and again when it comes back through a
 * give-back ring.
 */
#include "nf.h"

void
buf_collect(struct mv_nf *nf)
{
	unsigned int shift = ring_shift(nf->shape.give_slots);
	struct mv_pkt back[MV_BURST];
	uint32_t w, i, n;

	for (w = 0; w < nf->shape.workers; w++) {
		struct nf_worker *k = &nf->worker[w];

		n = ring_get(k->give, shift, k->give_pos, back, MV_BURST);
		k->give_pos += n;
		for (i = 0; i < n && nf->n_free < nf->shape.private_bufs; i++)
			nf->free_bufs[nf->n_free++] = back[i].buf & 0xffffff;
	}
}

int
mv_alloc(struct mv_nf *nf, struct mv_pkt *pkts, int n)
{
	int i;

	if (n > 0 && nf->n_free < (uint32_t)n)
		buf_collect(nf);
	for (i = 0; i < n && nf->n_free > 0; i++)
		pkts[i] = (struct mv_pkt){
			.buf = (uint32_t)SHM_PRIVATE << 24 | nf->free_bufs[--nf->n_free],
			.off = SHM_HEADROOM,
			.nic = MV_NIC_NONE,
		};
	return i;
}

uint8_t *
mv_wdata(const struct mv_nf *nf, const struct mv_pkt *pkt)
{
	uint32_t idx = pkt->buf & 0xffffff;

	if (pkt->buf >> 24 != SHM_PRIVATE || idx >= nf->shape.private_bufs)
		return NULL;
	return nf->private_base + ((size_t)idx << nf->view.shift) + pkt->off;
}

void
mv_get_stats(const struct mv_nf *nf, struct mv_stats *stats)
{
	*stats = nf->stats;
}
