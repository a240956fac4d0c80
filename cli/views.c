/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What every show prints: tables and columns over the daemon's results, and for three
 * of them a closing line. A table here and a row in commands.c are a new show.
 */
#include "views.h"

#include <inttypes.h>
#include <stdint.h>

#include "version.h"

static void version_tail(FILE *out, const json_t *result);
static void buffers_tail(FILE *out, const json_t *result);
static void counters_tail(FILE *out, const json_t *result);

/* Columns: as they are, of two keys, an integer that is summed, a sum that is. */
#define COL(t, k, f)                                                                     \
	{                                                                                \
		.title = t, .key = k, .format = f                                        \
	}
#define COL2(t, k, f, k2)                                                                \
	{                                                                                \
		.title = t, .key = k, .format = f, .key2 = k2                            \
	}
#define SUM(t, k)                                                                        \
	{                                                                                \
		.title = t, .key = k, .format = FMT_INT, .total = true                   \
	}
#define SUM_ALL(t, k)                                                                    \
	{                                                                                \
		.title = t, .key = k, .format = FMT_SUM, .total = true                   \
	}

/* Counters that NICs and devices have in common. */
#define TRAFFIC_COLUMNS                                                                  \
	SUM("RX packets", "rx_packets"), SUM("RX bytes", "rx_bytes"),                    \
		SUM("TX packets", "tx_packets"), SUM("TX bytes", "tx_bytes")

#define NIC_COUNTERS(empty)                                                              \
	{                                                                                \
		.title = "NIC counters", .rows = "nics", .none = (empty),                \
		.columns = {COL("Name", "name", FMT_TEXT), TRAFFIC_COLUMNS},             \
	}

#define NIC_LOSSES                                                                       \
	{                                                                                \
		.title = "NIC losses", .rows = "nics",                                   \
		.columns = {                                                             \
			COL("Name", "name", FMT_TEXT), SUM("Missed", "rx_missed"),       \
			SUM("No buffer", "rx_nombuf"), SUM("RX errors", "rx_errors"),    \
			SUM("TX errors", "tx_errors"), SUM_ALL("Drops", "drops"),        \
		},                                                                       \
	}

#define DEVICE_COUNTERS(empty)                                                           \
	{                                                                                \
		.title = "Device counters (RX: NICs to device, TX: device to NICs)",     \
		.rows = "devices", .none = (empty),                                      \
		.columns = {                                                             \
			COL("Name", "name", FMT_TEXT),                                   \
			TRAFFIC_COLUMNS,                                                 \
			SUM_ALL("Drops", "drops"),                                       \
		},                                                                       \
	}

#define NF_COUNTERS(empty, ...)                                                          \
	{                                                                                \
		.title = "NF counters", .rows = "nfs", .none = (empty),                  \
		.columns = {COL("Name", "name", FMT_TEXT),                               \
			    SUM("RX packets", "rx_packets"),                             \
			    SUM("TX packets", "tx_packets"),                             \
			    SUM("Freed", "freed"),                                       \
			    SUM("Claimed", "claimed"),                                   \
			    SUM("Lost", "lost"),                                         \
			    SUM("Violations", "violations"),                             \
			    SUM("Held", "held"),                                         \
			    __VA_ARGS__},                                                \
	}

static const struct table version_tables[] = {
	{.columns =
		 {
			 COL("Daemon", "name", FMT_TEXT),
			 COL("Version", "version", FMT_TEXT),
			 COL("DPDK", "dpdk", FMT_TEXT),
			 COL("NF protocol", "protocol", FMT_INT),
			 COL("Process", "pid", FMT_INT),
			 COL("Uptime", "uptime_s", FMT_DURATION),
			 COL("Workers", "workers", FMT_INT),
			 COL("Hugepages", "hugepages", FMT_TEXT),
			 COL("Configuration", "config", FMT_TEXT),
			 COL("Buffers per worker", "buffers_per_worker", FMT_INT),
			 COL("Buffer size", "buffer_size", FMT_INT),
		 }},
	{.title = NULL},
};
const struct view view_version = {"show.version", version_tables, version_tail};

static const struct table nics_tables[] = {
	{.rows = "nics",
	 .none = "No NICs.",
	 .columns =
		 {
			 COL("Name", "name", FMT_TEXT),
			 COL("Link", "link", FMT_TEXT),
			 COL("Speed", "speed_mbps", FMT_SPEED),
			 COL("MTU", "mtu", FMT_INT),
			 COL("MAC", "mac", FMT_TEXT),
			 COL("Worker", "worker", FMT_INT),
			 COL("Source", "source", FMT_TEXT),
		 }},
	NIC_COUNTERS(NULL),
	NIC_LOSSES,
	{.title = NULL},
};
const struct view view_nics = {"show.nics", nics_tables, NULL};

static const struct table devices_tables[] = {
	{.rows = "devices",
	 .none = "No devices.",
	 .columns =
		 {
			 COL("Name", "name", FMT_TEXT),
			 COL("Kind", "kind", FMT_TEXT),
			 COL("Ring", "ring", FMT_INT),
			 COL("Members", "members", FMT_LIST),
			 COL("NFs", "nfs", FMT_PAIRS),
		 }},
	DEVICE_COUNTERS(NULL),
	{.title = NULL},
};
const struct view view_devices = {"show.devices", devices_tables, NULL};

static const struct table nfs_tables[] = {
	{.rows = "nfs",
	 .none = "No network functions.",
	 .columns =
		 {
			 COL("Name", "name", FMT_TEXT),
			 COL("State", "state", FMT_TEXT),
			 COL("PID", "pid", FMT_ID),
			 COL("UID", "uid", FMT_USER),
			 COL("Attached", "attached_s", FMT_DURATION),
			 COL("Beat ms", "heartbeat_ms", FMT_INT),
			 COL("Age ms", "heartbeat_age_ms", FMT_INT),
			 COL("Opens", "opens", FMT_PAIRS),
			 COL("Allowed", "allowed", FMT_LIST),
		 }},
	NF_COUNTERS(NULL, SUM("Quota", "quota")),
	{.title = "Last detached",
	 .rows = "nfs",
	 .only = "last_exit",
	 .columns =
		 {
			 COL("Name", "name", FMT_TEXT),
			 COL("Why", "last_exit", FMT_TEXT),
		 }},
	{.title = NULL},
};
const struct view view_nfs = {"show.nfs", nfs_tables, NULL};

static const struct table rings_tables[] = {
	{.rows = "rings",
	 .none = "No rings.",
	 .columns =
		 {
			 COL("Kind", "kind", FMT_TEXT),
			 COL("NF", "nf", FMT_TEXT),
			 COL("Device", "device", FMT_TEXT),
			 COL("Worker", "worker", FMT_INT),
			 COL("Size", "size", FMT_INT),
			 SUM("Used", "used"),
			 COL2("Used %", "used", FMT_USE, "size"),
			 SUM("Passed", "passed"),
			 SUM("Dropped", "dropped"),
		 }},
	{.title = NULL},
};
const struct view view_rings = {"show.rings", rings_tables, NULL};

static const struct table buffers_tables[] = {
	{.rows = "workers",
	 .none = "No workers.",
	 .columns =
		 {
			 COL("Worker", "worker", FMT_TEXT),
			 SUM("Free", "free"),
			 SUM("NIC", "nic"),
			 SUM("Rings", "rings"),
			 SUM("Held", "held"),
			 SUM("Sum", "sum"),
			 SUM("Total", "total"),
			 COL("OK", "ok", FMT_TEXT),
		 }},
	{.title = "Holders",
	 .rows = "workers",
	 .sub = "holders",
	 .columns =
		 {
			 COL("Holder", "name", FMT_TEXT),
			 COL("Worker", "worker", FMT_TEXT),
			 SUM("Buffers", "buffers"),
		 }},
	{.title = NULL},
};
const struct view view_buffers = {"show.buffers", buffers_tables, buffers_tail};

static const struct table counters_tables[] = {
	NIC_COUNTERS("No NICs."),
	NIC_LOSSES,
	DEVICE_COUNTERS("No devices."),
	NF_COUNTERS("No network functions."),
	{.title = "Workers",
	 .rows = "workers",
	 .columns =
		 {
			 COL("Worker", "worker", FMT_TEXT),
			 SUM("Moved", "moved"),
			 COL2("Busy %", "busy_ticks", FMT_SHARE, "idle_ticks"),
			 SUM("Sleeps", "sleeps"),
		 }},
	{.title = "Drops",
	 .rows = "drops",
	 .only = "packets",
	 .columns =
		 {
			 COL("Reason", "reason", FMT_TEXT),
			 SUM("Packets", "packets"),
			 COL("Meaning", "help", FMT_TEXT),
		 }},
	{.title = NULL},
};
const struct view view_counters = {"show.counters", counters_tables, counters_tail};

#define RATE_COLUMNS                                                                     \
	COL("Name", "name", FMT_TEXT), COL("RX pps", "rx_pps", FMT_INT),                 \
		COL("RX Mbit/s", "rx_mbps", FMT_REAL), COL("TX pps", "tx_pps", FMT_INT), \
		COL("TX Mbit/s", "tx_mbps", FMT_REAL),                                   \
		COL("Lost pps", "lost_pps", FMT_INT)

static const struct table rates_tables[] = {
	{.title = "NICs", .rows = "nics", .none = "No NICs.", .columns = {RATE_COLUMNS}},
	{.title = "Devices",
	 .rows = "devices",
	 .none = "No devices.",
	 .columns = {RATE_COLUMNS}},
	{.title = "NFs",
	 .rows = "nfs",
	 .none = "No network functions.",
	 .columns = {RATE_COLUMNS}},
	{.title = "Drops",
	 .rows = "drops",
	 .only = "pps",
	 .columns =
		 {
			 COL("Reason", "reason", FMT_TEXT),
			 COL("pps", "pps", FMT_INT),
			 COL("Meaning", "help", FMT_TEXT),
		 }},
	{.title = NULL},
};
const struct view view_rates = {"show.counters", rates_tables, NULL};

/* The daemon says its own version; the shell adds its. */
static void
version_tail(FILE *out, const json_t *result)
{
	(void)result;
	fprintf(out, "%-18s  %s\n", "mvctl", MVMP_VERSION);
}

/* Whether a number of KEYS, ended by NULL, is not 0 in a row of LIST. */
static bool
any_counted(const json_t *list, const char *const *keys)
{
	const json_t *row;
	json_int_t n;
	size_t i;

	json_array_foreach(list, i, row)
	{
		for (const char *const *k = keys; *k != NULL; k++)
			if (output_number(row, *k, &n) && n != 0)
				return true;
	}
	return false;
}

/* Said only if nothing was lost anywhere: neither in the daemon nor by a NIC. */
static void
counters_tail(FILE *out, const json_t *result)
{
	static const char *const drops[] = {"packets", NULL};
	static const char *const losses[] = {"rx_missed", "rx_nombuf", "rx_errors",
					     "tx_errors", NULL};

	if (!any_counted(json_object_get(result, "drops"), drops) &&
	    !any_counted(json_object_get(result, "nics"), losses))
		fputs("\nno drops\n", out);
}

/* The sum that must hold at every moment, or what is wrong with it. */
static void
buffers_tail(FILE *out, const json_t *result)
{
	static const char *const keys[] = {"free", "nic",   "rings",
					   "held", "total", "lost"};
	json_int_t n[6] = {0}, sum;
	bool ok = json_is_true(json_object_get(result, "ok"));

	for (int i = 0; i < 6; i++)
		if (!output_number(result, keys[i], &n[i]) && i < 5)
			return;
	sum = (json_int_t)((uint64_t)n[0] + (uint64_t)n[1] + (uint64_t)n[2] +
			   (uint64_t)n[3]);
	fprintf(out,
		"\nfree %" JSON_INTEGER_FORMAT " + NIC %" JSON_INTEGER_FORMAT
		" + rings %" JSON_INTEGER_FORMAT " + held %" JSON_INTEGER_FORMAT
		" = %" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT " ",
		n[0], n[1], n[2], n[3], sum, n[4]);
	if (sum < n[4])
		fprintf(out, "(%" PRIu64 " missing)\n", (uint64_t)n[4] - (uint64_t)sum);
	else if (sum > n[4])
		fprintf(out, "(%" PRIu64 " too many)\n", (uint64_t)sum - (uint64_t)n[4]);
	else if (n[5] != 0)
		fprintf(out, "(%" JSON_INTEGER_FORMAT " lost)\n", n[5]);
	else
		fputs(ok ? "(ok)\n" : "(a worker's sum is wrong, see above)\n", out);
}
