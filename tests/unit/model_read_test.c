/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tests of the reader: values arrive, defaults are there, and what is wrong with one
 * entry is said with its line. What needs two entries is in model_check_test.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/read.h"
#include "model_text.h"

static void
defaults_are_set(void **state)
{
	static const char text[] =
		"nics = ( { name = \"N\"; devargs = \"net_null0\"; } );\n"
		"devices = ( { name = \"d\"; kind = \"direct\"; members = [ \"N\" ]; } "
		");\n"
		"policies = ( { nic = \"N\"; device = \"d\"; } );\n"
		"nfs = ( { name = \"f\"; } );\n";
	struct model m = {0};
	struct errs e = {0};

	(void)state;
	assert_int_equal(model_read_text(&m, "f", text, strlen(text), &e), 0);
	assert_int_equal(m.daemon.workers, 1);
	assert_string_equal(m.daemon.cores, "");
	assert_int_equal(m.daemon.hugepages, MODEL_AUTO);
	assert_int_equal(m.daemon.memory, 128);
	assert_int_equal(m.daemon.buffers, 16384);
	assert_int_equal(m.daemon.buffer_size, 2048);
	assert_int_equal(m.daemon.poll, MODEL_POLL_ADAPTIVE);
	assert_int_equal(m.daemon.sleep_us, 1000);
	assert_int_equal(m.daemon.profile, 0);
	assert_string_equal(m.daemon.control_socket, "/run/mvmp/ctl.sock");
	assert_string_equal(m.daemon.nf_directory, "/run/mvmp/nf");
	assert_string_equal(m.daemon.group, "");
	assert_string_equal(m.daemon.eal, "");
	assert_int_equal(m.nics[0].driver, MODEL_AF_PACKET);
	assert_int_equal(m.nics[0].rx_ring, 1024);
	assert_int_equal(m.nics[0].tx_ring, 1024);
	assert_string_equal(m.nics[0].interface, "");
	assert_int_equal(m.devices[0].ring, 1024);
	assert_string_equal(m.cells[0].receive, "all");
	assert_int_equal(m.nfs[0].user, -1);
	assert_int_equal(m.nfs[0].open.n, 0);
	assert_int_equal(m.nfs[0].quota, 2048);
	assert_int_equal(m.nfs[0].private_buffers, 512);
	assert_int_equal(m.nfs[0].heartbeat, 3000);
	assert_int_equal(m.nfs[0].violations, 1000);
	model_clear(&m);
}

static const char whole_text[] =
	"daemon = { workers = 2; cores = \"1,3\"; hugepages = \"off\"; memory = 256;\n"
	" buffers = 16384; buffer-size = 4096; poll = \"busy\"; sleep-us = 5;\n"
	" profile = true; control-socket = \"/tmp/c\"; nf-directory = \"/tmp/nf\";\n"
	" group = \"staff\"; eal = \"--log-level=8\"; };\n"
	"nics = ( { name = \"N1\"; interface = \"eth1\"; driver = \"af_xdp\";\n"
	"           rx-ring = 128; tx-ring = 32768; },\n"
	"         { name = \"N2\"; devargs = \"net_null0,size=64\"; },\n"
	"         { name = \"N3\"; pci = \"0000:03:00.0\"; } );\n"
	"devices = ( { name = \"b\"; kind = \"bridged\"; ring = 256;\n"
	"              members = ( \"N1\", \"N2\" ); } );\n"
	"policies = ( { nic = \"N1\"; device = \"b\"; receive = \"none\"; } );\n"
	"nfs = ( { name = \"f\"; user = 4294967294; open = [ \"b\" ]; quota = 16384;\n"
	"          private-buffers = 0; heartbeat = 100; violations = 0x10; } );\n";

static void
whole_daemon_is_read(void **state)
{
	struct model m = {0};
	struct errs e = {0};

	(void)state;
	assert_int_equal(model_read_text(&m, "f", whole_text, strlen(whole_text), &e), 0);
	assert_int_equal(e.n, 0);
	assert_int_equal(m.daemon.workers, 2);
	assert_string_equal(m.daemon.cores, "1,3");
	assert_int_equal(m.daemon.hugepages, MODEL_OFF);
	assert_int_equal(m.daemon.memory, 256);
	assert_int_equal(m.daemon.buffers, 16384);
	assert_int_equal(m.daemon.buffer_size, 4096);
	assert_int_equal(m.daemon.poll, MODEL_POLL_BUSY);
	assert_int_equal(m.daemon.sleep_us, 5);
	assert_int_equal(m.daemon.profile, 1);
	assert_string_equal(m.daemon.control_socket, "/tmp/c");
	assert_string_equal(m.daemon.nf_directory, "/tmp/nf");
	assert_string_equal(m.daemon.group, "staff");
	assert_string_equal(m.daemon.eal, "--log-level=8");
	assert_int_equal(m.daemon.line, 1);
	model_clear(&m);
}

static void
whole_lists_are_read(void **state)
{
	struct model m = {0};
	struct errs e = {0};

	(void)state;
	assert_int_equal(model_read_text(&m, "f", whole_text, strlen(whole_text), &e), 0);
	assert_int_equal(m.n_nics, 3);
	assert_string_equal(m.nics[0].interface, "eth1");
	assert_int_equal(m.nics[0].driver, MODEL_AF_XDP);
	assert_int_equal(m.nics[0].rx_ring, 128);
	assert_int_equal(m.nics[0].tx_ring, 32768);
	assert_string_equal(m.nics[1].devargs, "net_null0,size=64");
	assert_string_equal(m.nics[2].pci, "0000:03:00.0");
	assert_int_equal(m.nics[2].line, 8);
	assert_int_equal(m.n_devices, 1);
	assert_string_equal(m.devices[0].kind, "bridged");
	assert_int_equal(m.devices[0].ring, 256);
	assert_int_equal(m.devices[0].members.n, 2);
	assert_string_equal(m.devices[0].members.list[1], "N2");
	assert_int_equal(m.n_cells, 1);
	assert_string_equal(m.cells[0].receive, "none");
	assert_int_equal(m.n_nfs, 1);
	assert_true(m.nfs[0].user == 4294967294);
	assert_string_equal(m.nfs[0].open.list[0], "b");
	assert_int_equal(m.nfs[0].quota, 16384);
	assert_int_equal(m.nfs[0].private_buffers, 0);
	assert_int_equal(m.nfs[0].heartbeat, 100);
	assert_int_equal(m.nfs[0].violations, 16);
	assert_int_equal(model_nic_find(&m, "N2"), 1);
	assert_int_equal(model_nic_find(&m, "b"), -1);
	assert_int_equal(model_device_find(&m, "b"), 0);
	assert_int_equal(model_nf_find(&m, "f"), 0);
	assert_non_null(model_cell_find(&m, "N1", "b"));
	assert_null(model_cell_find(&m, "N2", "b"));
	model_clear(&m);
}

static const struct model_case values[] = {
	{"", ""},
	{"daemon = { };", ""},
	{"daemon = { workers = 16L; };", ""},
	{"daemon = { workers = 17; };",
	 "f:1: daemon: workers: 17 is out of range 1..16\n"},
	{"daemon = {\n workers = 4294967297; };",
	 "f:2: daemon: workers: 4294967297 is out of range 1..16\n"},
	{"daemon = {\n workers = 0x100000001; };",
	 "f:2: daemon: workers: 4294967297 is out of range 1..16\n"},
	{"daemon = { workers = -1; };",
	 "f:1: daemon: workers: -1 is out of range 1..16\n"},
	{"daemon = { workers = \"2\"; };",
	 "f:1: daemon: workers: expected an integer, found a string\n"},
	{"daemon = { workers = 1.5; };",
	 "f:1: daemon: workers: expected an integer, found a float\n"},
	{"daemon = { workers = true; };",
	 "f:1: daemon: workers: expected an integer, found a boolean\n"},
	{"daemon = { workers = [ 1 ]; };",
	 "f:1: daemon: workers: expected an integer, found a list\n"},
	{"daemon = { workers = { }; };",
	 "f:1: daemon: workers: expected an integer, found a group\n"},
	{"daemon = { buffer-size = 3000; };",
	 "f:1: daemon: buffer-size: 3000 is not a power of two (2048..16384)\n"},
	{"daemon = { hugepages = true; };", ""},
	{"daemon = { hugepages = \"maybe\"; };",
	 "f:1: daemon: hugepages: 'maybe' is unknown; must be \"auto\", \"on\" or "
	 "\"off\", default \"auto\"\n"},
	{"daemon = { poll = true; };",
	 "f:1: daemon: poll: 'on' is unknown; must be \"adaptive\" or \"busy\", default "
	 "\"adaptive\"\n"},
	{"daemon = { poll = 1; };",
	 "f:1: daemon: poll: expected a string, found an integer\n"},
	{"daemon = { eal = 1; };",
	 "f:1: daemon: eal: expected a string, found an integer\n"},
	{"daemon = { eal = \"a\\nb\"; };",
	 "f:1: daemon: eal: only printable ASCII is possible in 'a?b'\n"},
	{"daemon = { control-socket = \"\"; };",
	 "f:1: daemon: control-socket: must not be empty\n"},
	{"nics = ( { name = \"N\"; interface = \"sixteen-bytes-it\"; } );",
	 "f:1: NIC 'N': interface: 16 bytes, at most 15 are possible\n"
	 "f:1: NIC 'N': none of interface, devargs and pci; give exactly one\n"},
};

static const struct model_case keys[] = {
	{"demon = { };", "f:1: unknown section 'demon' (did you mean 'daemon'?)\n"},
	{"wombats = 1;",
	 "f:1: unknown section 'wombats' (there are: daemon, nics, devices, "
	 "policies, nfs)\n"},
	{"daemon = {\n\n wokers = 2; };",
	 "f:3: daemon: unknown key 'wokers' (did you mean 'workers'?)\n"},
	{"policies = ( { nic = \"N\"; device = \"d\"; zzzzzzzz = 1; } );",
	 "f:1: policy: unknown key 'zzzzzzzz' (there are: nic, device, receive)\n"
	 "f:1: policy: there is no NIC 'N'\nf:1: policy: there is no device 'd'\n"},
	{"daemon = ( );", "f:1: daemon: must be a group: { ... }\n"},
	{"nics = { };", "f:1: nics: must be a list of groups: ( { ... }, { ... } )\n"},
	{"nics = 5;", "f:1: nics: must be a list of groups: ( { ... }, { ... } )\n"},
	{"nics = ( );", ""},
	{"nics = ( 5 );", "f:1: nics: entry 1 is not a group { ... }\n"},
	{"nfs = (\n { user = 3; } );", "f:2: NF: 'name' is missing\n"},
	{"nfs = ( { name = \"1x\"; } );",
	 "f:1: NF '1x': name: '1x' is not a name (a letter, then letters, digits, '_', "
	 "'.', '-'; at most 31 bytes)\n"},
	{"nfs = ( { name = \"a23456789012345678901234567890123\"; } );",
	 "f:1: NF 'a23456789012345678901234567890123': name: "
	 "'a23456789012345678901234567890123' is not a name (a letter, then letters, "
	 "digits, '_', '.', '-'; at most 31 bytes)\n"},
	{"nfs = ( { name = \"f\"; open = \"b\"; } );",
	 "f:1: NF 'f': open: expected a list of names: [ \"A\", \"B\" ], found a "
	 "string\n"},
	{"nfs = ( { name = \"f\"; open = [ 1 ]; } );",
	 "f:1: NF 'f': open: expected a name, found an integer\n"},
	{"nfs = ( { name = \"f\"; open = [ ]; } );", ""},
	{"daemon = { workers = 1;\n workers = 2; };", "f:2: duplicate setting name\n"},
	{"daemon = { };\ndaemon = { };", "f:2: duplicate setting name\n"},
	{"daemon = {\n workers = ; };", "f:2: syntax error\n"},
	{"daemon = {", "f:1: syntax error\n"},
};

static void
values_are_judged(void **state)
{
	(void)state;
	CASES_RUN(values);
}

static void
keys_are_judged(void **state)
{
	(void)state;
	CASES_RUN(keys);
}

/* One past what a list may hold. */
static void
lists_are_bounded(void **state)
{
	char text[8192] = "nfs = ( { name = \"f\"; }";
	struct model m = {0};
	struct errs e = {0};

	(void)state;
	for (int i = 0; i < 128; i++)
		strcat(text, ", { name = \"f\"; }");
	strcat(text, " );");
	assert_int_not_equal(model_read_text(&m, "f", text, strlen(text), &e), 0);
	assert_string_equal(e.list[0].text,
			    "f:1: nfs: 129 entries, at most 128 are possible");
	assert_int_equal(e.n, ERRS_MAX);
	errs_clear(&e);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_set),
		cmocka_unit_test(whole_daemon_is_read),
		cmocka_unit_test(whole_lists_are_read),
		cmocka_unit_test(values_are_judged),
		cmocka_unit_test(keys_are_judged),
		cmocka_unit_test(lists_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
