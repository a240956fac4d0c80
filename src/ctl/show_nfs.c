/* SPDX-License-Identifier: BSD-3-Clause */
/* show nfs, rings and buffers. Called by the admin server's table. */
#include <string.h>

#include "ctl/show.h"

void
show_nf_sum(const struct session *s, struct dp_nf *sum)
{
	uint16_t w;

	memset(sum, 0, sizeof(*sum));
	for (w = 0; s && s->dp && w < s->platform->n_workers; w++) {
		const struct dp_nf *dp = &s->dp[w];

		sum->rx.packets += dp->rx.packets;
		sum->tx.packets += dp->tx.packets;
		sum->rx.bytes += dp->rx.bytes;
		sum->tx.bytes += dp->tx.bytes;
		sum->freed += dp->freed;
		sum->claimed += dp->claimed;
		sum->violations += dp->violations;
		sum->held += dp->held;
		show_add_drops(sum->drops, dp->drops);
	}
}

uint64_t
show_nf_lost(const struct session *s)
{
	uint64_t lost = 0;
	uint16_t w;
	int h;

	for (h = 0; s && h < SHM_OPENS_MAX; h++)
		for (w = 0; s->opens[h].readers && w < s->platform->n_workers; w++)
			lost += s->opens[h].readers[w].lost;
	return lost;
}

/* Packets a bypass NF was offered: what its cursors have passed. */
static uint64_t
nf_borrowed(const struct session *s)
{
	uint64_t n = 0;
	uint16_t w;
	int h;

	for (h = 0; s && h < SHM_OPENS_MAX; h++)
		for (w = 0; s->opens[h].readers && w < s->platform->n_workers; w++)
			n += s->opens[h].readers[w].read;
	return n;
}

static json_t *
nf_opens(const struct session *s)
{
	json_t *list = json_array();
	int h;

	for (h = 0; s && h < SHM_OPENS_MAX; h++)
		if (s->opens[h].device)
			json_array_append_new(
				list, json_pack("{s:s, s:s, s:i}", "device",
						s->opens[h].device->conf.name, "mode",
						s->opens[h].mode == MV_INLINE ? "inline"
									      : "bypass",
						"handle", h));
	return list;
}

static json_t *
nf_show(const struct nf *nf)
{
	const struct session *s =
		nf->session && nf->session->state == SESSION_READY ? nf->session : NULL;
	json_t *allowed = json_array();
	int64_t now = now_ms();
	struct dp_nf sum;
	size_t i;

	show_nf_sum(s, &sum);
	for (i = 0; i < nf->conf.open.n; i++)
		json_array_append_new(allowed, json_string(nf->conf.open.list[i]));
	return json_pack("{s:s, s:s, s:s, s:i, s:I, s:I, s:o, s:o, s:I, s:I, s:I, s:I, "
			 "s:I, s:I, s:I, s:I, s:I, "
			 "s:I, s:I, s:o, s:s}",
			 "name", nf->conf.name, "state", s ? "attached" : "declared",
			 "program", s ? s->program : "", "pid", s ? (int)s->pid : 0,
			 "uid", s ? (json_int_t)s->uid : (json_int_t)nf->conf.user,
			 "attached_s", s ? (json_int_t)(now - s->attached_ms) / 1000 : 0,
			 "allowed", allowed, "opens", nf_opens(s), "quota",
			 (json_int_t)nf->conf.quota, "held", (json_int_t)sum.held,
			 "rx_packets", (json_int_t)(sum.rx.packets + nf_borrowed(s)),
			 "rx_bytes", (json_int_t)sum.rx.bytes, "tx_packets",
			 (json_int_t)sum.tx.packets, "tx_bytes", (json_int_t)sum.tx.bytes,
			 "freed", (json_int_t)sum.freed, "claimed",
			 (json_int_t)sum.claimed, "lost", (json_int_t)show_nf_lost(s),
			 "violations", (json_int_t)sum.violations, "heartbeat_age_ms",
			 s ? (json_int_t)(now - s->beat_ms) : 0, "drops",
			 show_drops(sum.drops), "last_exit", nf->last_exit);
}

json_t *
show_nfs(struct platform *p)
{
	json_t *list = json_array(), *o;
	int i;

	for (i = 0; i < PLATFORM_NFS_MAX; i++) {
		if (!p->nfs[i].used)
			continue;
		o = nf_show(&p->nfs[i]);
		json_object_set_new(o, "heartbeat_ms",
				    json_integer(p->nfs[i].conf.heartbeat));
		json_array_append_new(list, o);
	}
	return json_pack("{s:o}", "nfs", list);
}

static void
ring_add(json_t *list, const char *kind, const char *nf, const char *device,
	 uint16_t worker, unsigned int shift, uint64_t head, uint64_t tail,
	 uint64_t dropped)
{
	json_array_append_new(
		list,
		json_pack("{s:s, s:s, s:s, s:i, s:I, s:I, s:I, s:I}", "kind", kind, "nf",
			  nf, "device", device, "worker", (int)worker, "size",
			  (json_int_t)1 << shift, "used", (json_int_t)(head - tail),
			  "passed", (json_int_t)head, "dropped", (json_int_t)dropped));
}

static void
open_rings(json_t *list, const struct session *s, const struct open *o, uint16_t w)
{
	const struct dp_instance *in;

	if (o->device == NULL || o->mode != MV_INLINE)
		return;
	in = &o->instances[w];
	ring_add(list, "instance", s->nf->conf.name, o->device->conf.name, w, in->shift,
		 in->head, ring_cursor_read(in->cursor), in->dropped);
}

static void
session_rings(json_t *list, const struct session *s, uint16_t w)
{
	const struct dp_nf *dp = &s->dp[w];
	int h;

	for (h = 0; h < SHM_OPENS_MAX; h++)
		open_rings(list, s, &s->opens[h], w);
	ring_add(list, "op", s->nf->conf.name, "", w, dp->ops_shift, dp->ops_pos,
		 dp->ops_pos, 0);
	if (s->shape.private_bufs)
		ring_add(list, "give-back", s->nf->conf.name, "", w, dp->give_shift,
			 dp->give_pos, dp->give_pos, 0);
}

json_t *
show_rings(struct platform *p)
{
	json_t *list = json_array();
	uint16_t w;
	int i;

	for (w = 0; w < p->n_workers; w++) {
		for (i = 0; i < PLATFORM_DEVICES_MAX; i++) {
			const struct device *dev = &p->devices[i];

			if (dev->used && dev->ring)
				ring_add(list, "device", "", dev->conf.name, w,
					 dev->ring[w].shift, dev->ring[w].head,
					 dev->ring[w].tail, 0);
		}
		for (i = 0; i < PLATFORM_NFS_MAX; i++) {
			const struct session *s =
				p->nfs[i].used ? p->nfs[i].session : NULL;

			if (s && s->state == SESSION_READY)
				session_rings(list, s, w);
		}
	}
	return json_pack("{s:o}", "rings", list);
}

const char *
show_holder(const struct platform *p, unsigned int holder, bool *is_device)
{
	const struct session *s;
	int i;

	*is_device = false;
	for (i = 0; i < PLATFORM_NFS_MAX; i++) {
		s = p->nfs[i].used ? p->nfs[i].session : NULL;
		if (s && s->state == SESSION_READY && s->holder == holder)
			return p->nfs[i].conf.name;
	}
	*is_device = true;
	for (i = 0; i < PLATFORM_DEVICES_MAX; i++)
		if (p->devices[i].used && p->devices[i].holder == holder && holder)
			return p->devices[i].conf.name;
	return NULL;
}

struct buffers {
	uint32_t total, free, nic, rings, held, lost;
};

/* One worker's buffers: those of a holder that nobody is, or uncounted, are lost. */
static json_t *
worker_buffers(struct platform *p, uint16_t w, const struct dp_audit *a,
	       struct buffers *sum)
{
	struct buffers b = {.total = a->total, .free = a->free, .nic = a->nic};
	json_t *holders = json_array();
	unsigned int h;
	bool is_device, ok;

	for (h = LEDGER_FIRST; h <= LEDGER_LAST; h++) {
		const char *name = show_holder(p, h, &is_device);

		if (a->refs[h] && name == NULL)
			b.lost += a->refs[h];
		if (name == NULL)
			continue;
		*(is_device ? &b.rings : &b.held) += a->by_holder[h];
		if (a->refs[h])
			json_array_append_new(holders, json_pack("{s:s, s:I}", "name",
								 name, "buffers",
								 (json_int_t)a->refs[h]));
	}
	b.lost += a->free > a->store ? a->free - a->store : a->store - a->free;
	ok = b.lost == 0 && a->bad_frees == 0 &&
	     b.free + b.nic + b.rings + b.held == b.total;
	sum->total += b.total;
	sum->free += b.free;
	sum->nic += b.nic;
	sum->rings += b.rings;
	sum->held += b.held;
	sum->lost += b.lost + (uint32_t)a->bad_frees;
	return json_pack("{s:i, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:o}", "worker",
			 (int)w, "total", (json_int_t)b.total, "free", (json_int_t)b.free,
			 "nic", (json_int_t)b.nic, "rings", (json_int_t)b.rings, "held",
			 (json_int_t)b.held, "sum",
			 (json_int_t)(b.free + b.nic + b.rings + b.held), "ok", (int)ok,
			 "holders", holders);
}

json_t *
show_buffers(struct platform *p)
{
	struct dp_audit audit[SHM_WORKERS_MAX];
	struct buffers sum = {0};
	json_t *list = json_array();
	uint16_t w;

	platform_audit(p, audit);
	for (w = 0; w < p->n_workers; w++)
		json_array_append_new(list, worker_buffers(p, w, &audit[w], &sum));
	return json_pack("{s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:b}", "workers", list,
			 "total", (json_int_t)sum.total, "free", (json_int_t)sum.free,
			 "nic", (json_int_t)sum.nic, "rings", (json_int_t)sum.rings,
			 "held", (json_int_t)sum.held, "lost", (json_int_t)sum.lost, "ok",
			 (int)(sum.lost == 0 &&
			       sum.free + sum.nic + sum.rings + sum.held == sum.total));
}
