/* SPDX-License-Identifier: BSD-3-Clause */
/* show version, nics, devices and counters. Called by the admin server's table. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_version.h>

#include "ctl/show.h"

json_t *
show_version(struct platform *p)
{
	return json_pack("{s:s, s:s, s:s, s:i, s:i, s:I, s:i, s:b, s:s, s:I, s:I}",
			 "name", "mvmpd", "version", PACKAGE_VERSION, "dpdk",
			 rte_version(), "protocol", WIRE_VERSION, "pid", (int)getpid(),
			 "uptime_s", (json_int_t)((now_ms() - p->started_ms) / 1000),
			 "workers", (int)p->n_workers, "hugepages", (int)p->huge,
			 "config", p->config_path, "buffers_per_worker",
			 (json_int_t)p->pools[0].n, "buffer_size",
			 (json_int_t)1 << p->pools[0].shift);
}

json_t *
show_drops(const uint64_t drops[DP_DROP_N])
{
	json_t *o = json_object();
	int i;

	for (i = 0; i < DP_DROP_N; i++)
		if (drops[i])
			json_object_set_new(o, dp_drop_words[i],
					    json_integer((json_int_t)drops[i]));
	return o;
}

void
show_add_drops(uint64_t to[DP_DROP_N], const uint64_t from[DP_DROP_N])
{
	int i;

	for (i = 0; i < DP_DROP_N; i++)
		to[i] += from[i];
}

static void
flow_add(struct dp_flow *to, const struct dp_flow *from)
{
	to->packets += from->packets;
	to->bytes += from->bytes;
}

static void
flow_set(json_t *o, const struct dp_flow *rx, const struct dp_flow *tx)
{
	json_object_set_new(o, "rx_packets", json_integer((json_int_t)rx->packets));
	json_object_set_new(o, "rx_bytes", json_integer((json_int_t)rx->bytes));
	json_object_set_new(o, "tx_packets", json_integer((json_int_t)tx->packets));
	json_object_set_new(o, "tx_bytes", json_integer((json_int_t)tx->bytes));
}

static void
nic_source(const struct model_nic *conf, char *text, size_t size)
{
	if (conf->interface[0])
		snprintf(text, size, "interface %s (%s)", conf->interface,
			 conf->driver == MODEL_AF_XDP ? "af_xdp" : "af_packet");
	else if (conf->pci[0])
		snprintf(text, size, "pci %s", conf->pci);
	else
		snprintf(text, size, "%s", conf->devargs);
}

static json_t *
nic_show(struct platform *p, const struct nic *nic)
{
	struct dp_nic sum = {.drops = {0}};
	struct nic_state st;
	char source[2 * MODEL_TEXT_MAX];
	uint16_t w;
	json_t *o;

	nic_look(&nic->port, &st);
	nic_source(&nic->conf, source, sizeof(source));
	for (w = 0; w < p->n_workers; w++) {
		flow_add(&sum.rx, &nic->count[w].rx);
		flow_add(&sum.tx, &nic->count[w].tx);
		show_add_drops(sum.drops, nic->count[w].drops);
	}
	o = json_pack("{s:s, s:s, s:i, s:s, s:s, s:i, s:i, s:i, s:I, s:I, s:I, s:I, s:o}",
		      "name", nic->conf.name, "source", source, "port",
		      (int)nic->port.port, "mac", st.mac, "link", st.up ? "up" : "down",
		      "speed_mbps", (int)st.speed_mbps, "mtu", (int)st.mtu, "worker",
		      (int)nic->worker, "rx_nombuf", (json_int_t)st.stats.rx_nombuf,
		      "rx_missed", (json_int_t)st.stats.imissed, "rx_errors",
		      (json_int_t)st.stats.ierrors, "tx_errors",
		      (json_int_t)st.stats.oerrors, "drops", show_drops(sum.drops));
	flow_set(o, &sum.rx, &sum.tx);
	return o;
}

json_t *
show_nics(struct platform *p)
{
	json_t *list = json_array();
	int i;

	for (i = 0; i < PLATFORM_NICS_MAX; i++)
		if (p->nics[i].used)
			json_array_append_new(list, nic_show(p, &p->nics[i]));
	return json_pack("{s:o}", "nics", list);
}

static json_t *
device_nfs(struct platform *p, const struct device *dev)
{
	json_t *list = json_array();
	int i, h;

	for (i = 0; i < PLATFORM_NFS_MAX; i++) {
		const struct session *s = p->nfs[i].used ? p->nfs[i].session : NULL;

		for (h = 0; s && h < SHM_OPENS_MAX; h++)
			if (s->opens[h].device == dev)
				json_array_append_new(
					list, json_pack("{s:s, s:s}", "name",
							p->nfs[i].conf.name, "mode",
							s->opens[h].mode == MV_INLINE
								? "inline"
								: "bypass"));
	}
	return list;
}

static json_t *
device_show(struct platform *p, const struct device *dev)
{
	struct dp_device sum = {.drops = {0}};
	json_t *o, *members = json_array();
	uint16_t w;
	size_t i;

	for (i = 0; i < dev->conf.members.n; i++)
		json_array_append_new(members, json_string(dev->conf.members.list[i]));
	for (w = 0; w < p->n_workers; w++) {
		flow_add(&sum.rx, &dev->count[w].rx);
		flow_add(&sum.tx, &dev->count[w].tx);
		show_add_drops(sum.drops, dev->count[w].drops);
	}
	o = json_pack("{s:s, s:s, s:o, s:I, s:o, s:o}", "name", dev->conf.name, "kind",
		      dev->kind->name, "members", members, "ring",
		      (json_int_t)dev->conf.ring, "nfs", device_nfs(p, dev), "drops",
		      show_drops(sum.drops));
	flow_set(o, &sum.rx, &sum.tx);
	return o;
}

json_t *
show_devices(struct platform *p)
{
	json_t *list = json_array();
	int i;

	for (i = 0; i < PLATFORM_DEVICES_MAX; i++)
		if (p->devices[i].used)
			json_array_append_new(list, device_show(p, &p->devices[i]));
	return json_pack("{s:o}", "devices", list);
}

/* Every reason with its help and sum over NICs, devices and NFs. */
static json_t *
drops_show(struct platform *p)
{
	uint64_t sum[DP_DROP_N] = {0};
	json_t *list = json_array();
	uint16_t w;
	int i;

	for (w = 0; w < p->n_workers; w++) {
		for (i = 0; i < PLATFORM_NICS_MAX; i++)
			if (p->nics[i].used)
				show_add_drops(sum, p->nics[i].count[w].drops);
		for (i = 0; i < PLATFORM_DEVICES_MAX; i++)
			if (p->devices[i].used)
				show_add_drops(sum, p->devices[i].count[w].drops);
		for (i = 0; i < PLATFORM_NFS_MAX; i++)
			if (p->nfs[i].used && p->nfs[i].session && p->nfs[i].session->dp)
				show_add_drops(sum, p->nfs[i].session->dp[w].drops);
	}
	for (i = 0; i < DP_DROP_N; i++)
		json_array_append_new(list, json_pack("{s:s, s:s, s:I}", "reason",
						      dp_drop_words[i], "help",
						      dp_drop_helps[i], "packets",
						      (json_int_t)sum[i]));
	return list;
}

static json_t *
workers_show(struct platform *p)
{
	json_t *list = json_array(), *boxes;
	uint16_t i;
	int b;

	for (i = 0; i < p->n_workers; i++) {
		const struct dp_worker *w = &p->workers[i];

		boxes = json_object();
		for (b = 0; b < DP_BOX_N; b++)
			json_object_set_new(boxes, dp_box_words[b],
					    json_integer((json_int_t)w->boxes[b]));
		json_array_append_new(
			list, json_pack("{s:i, s:I, s:I, s:I, s:I, s:I, s:o}", "worker",
					(int)i, "moved", (json_int_t)w->moved,
					"busy_ticks", (json_int_t)w->busy_ticks,
					"idle_ticks", (json_int_t)w->idle_ticks, "sleeps",
					(json_int_t)w->sleeps, "tsc_hz",
					(json_int_t)rte_get_tsc_hz(), "boxes", boxes));
	}
	return list;
}

json_t *
show_counters(struct platform *p)
{
	json_t *o = show_nics(p), *part = show_devices(p);

	json_object_update(o, part);
	json_decref(part);
	part = show_nfs(p);
	json_object_update(o, part);
	json_decref(part);
	json_object_set_new(o, "drops", drops_show(p));
	json_object_set_new(o, "workers", workers_show(p));
	json_object_set_new(o, "time_ns", json_integer((json_int_t)now_ms() * 1000000));
	return o;
}
