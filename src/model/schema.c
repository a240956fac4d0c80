/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The table of knobs, see schema.h, and what can be said about it without a file.
 */
#include "model/schema.h"

#include <inttypes.h>
#include <string.h>

#include "model/model.h"

#define RING_MIN    128
#define RING_MAX    32768
#define TEXT_LEN    (MODEL_TEXT_MAX - 1)
#define BUFFERS_MIN 512
#define BUFFERS_MAX 16777215 /* what the index of a descriptor can say */

static const char *const tristate_words[] = {"auto", "on", "off", NULL};
static const char *const poll_words[] = {"adaptive", "busy", NULL};
static const char *const switch_words[] = {"off", "on", NULL};
static const char *const driver_words[] = {"af_packet", "af_xdp", NULL};

#define ENTRY_LIST(array, count, type)                                                   \
	.is_list = true, .entry_size = sizeof(struct type),                              \
	.entry_offset = offsetof(struct model, array),                                   \
	.count_offset = offsetof(struct model, count),                                   \
	.line_offset = offsetof(struct type, line)

const struct schema_section schema_sections[SECTION_COUNT] = {
	[SECTION_DAEMON] =
		{
			.key = "daemon",
			.noun = "daemon",
			.max = 1,
			.entry_size = sizeof(struct model_daemon),
			.entry_offset = offsetof(struct model, daemon),
			.line_offset = offsetof(struct model_daemon, line),
		},
	[SECTION_NICS] =
		{
			.key = "nics",
			.noun = "NIC",
			.max = 32, /* RTE_MAX_ETHPORTS */
			ENTRY_LIST(nics, n_nics, model_nic),
		},
	[SECTION_DEVICES] =
		{
			.key = "devices",
			.noun = "device",
			.max = 128,
			ENTRY_LIST(devices, n_devices, model_device),
		},
	[SECTION_POLICIES] =
		{
			.key = "policies",
			.noun = "policy",
			.max = 4096, /* all NICs x devices */
			ENTRY_LIST(cells, n_cells, model_cell),
		},
	[SECTION_NFS] =
		{
			.key = "nfs",
			.noun = "NF",
			.max = 128,
			ENTRY_LIST(nfs, n_nfs, model_nf),
		},
};

/* The columns of a row: what is accepted and the default, the field, the help. */
#define INT(min_, max_, unit_, def_)                                                     \
	.type = KNOB_INT, .min = (min_), .max = (max_), .unit = (unit_), .def = (def_)
#define ENUM(words_, def_) .type = KNOB_ENUM, .words = (words_), .def = (def_)
#define TEXT(min_, max_, def_)                                                           \
	.type = KNOB_TEXT, .min = (min_), .max = (max_), .def_text = (def_)
#define NAME        .type = KNOB_NAME, .min = 1, .max = MODEL_NAME_MAX - 1
#define NAMES(max_) .type = KNOB_NAMES, .min = 0, .max = (max_)
#define FIELD(type_, field_)                                                             \
	.offset = offsetof(struct type_, field_),                                        \
	.size = sizeof(((struct type_ *)NULL)->field_)
#define POWER2      .flags = KNOB_POWER2
#define REQUIRED    .flags = KNOB_REQUIRED
#define HELP(text_) .help = (text_)

const struct knob schema_knobs[] = {
	{SECTION_DAEMON, "workers", INT(1, 16, "", 1), FIELD(model_daemon, workers),
	 HELP("threads that poll NICs")},
	{SECTION_DAEMON, "cores", TEXT(0, TEXT_LEN, ""), FIELD(model_daemon, cores),
	 HELP("CPUs of the workers, one each; empty: not pinned")},
	{SECTION_DAEMON, "hugepages", ENUM(tristate_words, MODEL_AUTO),
	 FIELD(model_daemon, hugepages), HELP("keep packet memory on hugepages")},
	{SECTION_DAEMON, "memory", INT(32, 1048576, "MiB", 128),
	 FIELD(model_daemon, memory),
	 HELP("memory for DPDK's own use when there are no hugepages")},
	{SECTION_DAEMON, "buffers", INT(BUFFERS_MIN, BUFFERS_MAX, "", 16384),
	 FIELD(model_daemon, buffers), HELP("packet buffers of each worker")},
	{SECTION_DAEMON, "buffer-size", INT(2048, 16384, "bytes", 2048), POWER2,
	 FIELD(model_daemon, buffer_size), HELP("size of a packet buffer")},
	{SECTION_DAEMON, "poll", ENUM(poll_words, MODEL_POLL_ADAPTIVE),
	 FIELD(model_daemon, poll), HELP("how an idle worker waits for packets")},
	{SECTION_DAEMON, "sleep-us", INT(0, 100000, "us", 1000),
	 FIELD(model_daemon, sleep_us), HELP("longest sleep of an idle worker")},
	{SECTION_DAEMON, "profile", ENUM(switch_words, false),
	 FIELD(model_daemon, profile),
	 HELP("count the ticks of each step of a packet's way")},
	{SECTION_DAEMON, "control-socket", TEXT(1, TEXT_LEN, "/run/mvmp/ctl.sock"),
	 FIELD(model_daemon, control_socket), HELP("socket for mvctl")},
	{SECTION_DAEMON, "nf-directory", TEXT(1, TEXT_LEN, "/run/mvmp/nf"),
	 FIELD(model_daemon, nf_directory), HELP("holds NAME/sock for each declared NF")},
	{SECTION_DAEMON, "group", TEXT(0, MODEL_NAME_MAX, ""), FIELD(model_daemon, group),
	 HELP("group that may use the control socket; empty: root only")},
	{SECTION_DAEMON, "eal", TEXT(0, TEXT_LEN, ""), FIELD(model_daemon, eal),
	 HELP("further arguments for DPDK's EAL")},

	{SECTION_NICS, "name", NAME, REQUIRED, FIELD(model_nic, name),
	 HELP("name of the NIC in this file and in mvctl")},
	{SECTION_NICS, "interface", TEXT(1, 15, ""), FIELD(model_nic, interface),
	 HELP("kernel interface")},
	{SECTION_NICS, "driver", ENUM(driver_words, MODEL_AF_PACKET),
	 FIELD(model_nic, driver), HELP("how a kernel interface is used")},
	{SECTION_NICS, "devargs", TEXT(1, TEXT_LEN, ""), FIELD(model_nic, devargs),
	 HELP("any DPDK device with its arguments")},
	{SECTION_NICS, "pci", TEXT(1, MODEL_NAME_MAX - 1, ""), FIELD(model_nic, pci),
	 HELP("PCI address")},
	{SECTION_NICS, "rx-ring", INT(RING_MIN, RING_MAX, "descriptors", 1024), POWER2,
	 FIELD(model_nic, rx_ring), HELP("size of the receive ring")},
	{SECTION_NICS, "tx-ring", INT(RING_MIN, RING_MAX, "descriptors", 1024), POWER2,
	 FIELD(model_nic, tx_ring), HELP("size of the send ring")},

	{SECTION_DEVICES, "name", NAME, REQUIRED, FIELD(model_device, name),
	 HELP("name by which NFs open the device")},
	{SECTION_DEVICES, "kind", NAME, REQUIRED, FIELD(model_device, kind),
	 HELP("how the device uses its NICs")},
	{SECTION_DEVICES, "members", NAMES(32), FIELD(model_device, members),
	 HELP("NICs of the device")},
	{SECTION_DEVICES, "ring", INT(RING_MIN, RING_MAX, "descriptors", 1024), POWER2,
	 FIELD(model_device, ring), HELP("size of each ring of the device")},

	{SECTION_POLICIES, "nic", NAME, REQUIRED, FIELD(model_cell, nic),
	 HELP("NIC, a member of the device")},
	{SECTION_POLICIES, "device", NAME, REQUIRED, FIELD(model_cell, device),
	 HELP("device")},
	{SECTION_POLICIES, "receive", TEXT(1, TEXT_LEN, "all"),
	 FIELD(model_cell, receive), HELP("which packets of the NIC the device gets")},

	{SECTION_NFS, "name", NAME, REQUIRED, FIELD(model_nf, name),
	 HELP("name of the NF and of its directory")},
	{SECTION_NFS, "user", INT(-1, UINT32_MAX - INT64_C(1), "uid", -1),
	 FIELD(model_nf, user), HELP("user its process must run as; -1: any")},
	{SECTION_NFS, "open", NAMES(128), FIELD(model_nf, open),
	 HELP("devices it may open")},
	{SECTION_NFS, "quota", INT(1, BUFFERS_MAX, "", 2048), FIELD(model_nf, quota),
	 HELP("packet buffers it may hold, per worker")},
	{SECTION_NFS, "private-buffers", INT(0, 65536, "", 512),
	 FIELD(model_nf, private_buffers), HELP("buffers of its own memory")},
	{SECTION_NFS, "heartbeat", INT(100, 3600000, "ms", 3000),
	 FIELD(model_nf, heartbeat),
	 HELP("time without a sign of life until it is detached")},
	{SECTION_NFS, "violations", INT(1, INT32_MAX, "", 1000),
	 FIELD(model_nf, violations), HELP("forged descriptors until it is evicted")},
	{.key = NULL},
};

const struct schema_section *
schema_section_find(const char *key)
{
	for (size_t i = 0; i < SECTION_COUNT; i++)
		if (strcmp(schema_sections[i].key, key) == 0)
			return &schema_sections[i];
	return NULL;
}

const struct knob *
schema_knob_find(enum schema_section_id section, const char *key)
{
	for (const struct knob *k = schema_knobs; k->key != NULL; k++)
		if (k->section == section && strcmp(k->key, key) == 0)
			return k;
	return NULL;
}

void
schema_defaults(enum schema_section_id section, void *entry)
{
	for (const struct knob *k = schema_knobs; k->key != NULL; k++) {
		char *field = (char *)entry + k->offset;

		if (k->section != section)
			continue;
		if (k->type == KNOB_INT || k->type == KNOB_ENUM)
			memcpy(field, &k->def, sizeof(k->def));
		else if (k->def_text != NULL)
			memcpy(field, k->def_text, strlen(k->def_text) + 1);
	}
}

static void
words_describe(const struct knob *k, char *buf, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; k->words[i] != NULL && n < size; i++) {
		const char *comma = i == 0 ? "" : k->words[i + 1] == NULL ? " or " : ", ";

		n += (size_t)snprintf(buf + n, size - n, "%s\"%s\"", comma, k->words[i]);
	}
	if (n < size)
		snprintf(buf + n, size - n, ", default \"%s\"", k->words[k->def]);
}

void
schema_describe(const struct knob *k, char *buf, size_t size)
{
	switch (k->type) {
	case KNOB_INT:
		snprintf(buf, size,
			 "integer %" PRId64 "..%" PRId64 "%s%s%s, default %" PRId64,
			 k->min, k->max, k->unit[0] != '\0' ? " " : "", k->unit,
			 k->flags & KNOB_POWER2 ? ", a power of two" : "", k->def);
		break;
	case KNOB_ENUM:
		words_describe(k, buf, size);
		break;
	case KNOB_TEXT:
		if (k->min > 0 && k->def_text[0] == '\0')
			snprintf(buf, size, "text, not set by default");
		else
			snprintf(buf, size, "text, default \"%s\"", k->def_text);
		break;
	case KNOB_NAME:
		snprintf(buf, size, "name, required");
		break;
	case KNOB_NAMES:
		snprintf(buf, size, "list of names, empty by default");
		break;
	}
}

void
schema_print(FILE *f)
{
	char text[256];

	for (const struct knob *k = schema_knobs; k->key != NULL; k++) {
		schema_describe(k, text, sizeof(text));
		fprintf(f, "%s\t%s\t%s\t%s\n", schema_sections[k->section].key, k->key,
			text, k->help);
	}
}
