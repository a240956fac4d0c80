/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tests of the rules that look at more than one entry: each is broken once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model_text.h"

#define P50 "/2345678901234567890123456789012345678901234567890"
#define NICS                                                                             \
	"nics = ( { name = \"N1\"; devargs = \"net_null0\"; },\n"                        \
	" { name = \"N2\"; devargs = \"net_null1\"; } );\n"
#define DIRECT "devices = ( { name = \"d\"; kind = \"direct\"; members = [\"N1\"]; } );\n"

static const struct model_case daemons[] = {
	{"daemon = { workers = 2; cores = \"0-1\"; };", ""},
	{"daemon = { workers = 2; cores = \"1\"; };",
	 "f:1: daemon: cores: 1 CPUs for 2 workers; give one each\n"},
	{"daemon = { workers = 1; cores = \"0-1\"; };",
	 "f:1: daemon: cores: 2 CPUs for 1 workers; give one each\n"},
	{"daemon = { cores = \"x\"; };", "f:1: daemon: cores: \"x\" is not a list of "
					 "CPUs such as \"1,3-4\" (CPUs 0..1023)\n"},
	{"daemon = { workers = 2; cores = \"1,1\"; };",
	 "f:1: daemon: cores: a CPU is named twice in \"1,1\"\n"},
	{"daemon = { cores = \"0-16\"; };",
	 "f:1: daemon: cores: more than 16 CPUs in \"0-16\"\n"},
	{"daemon = { control-socket = \"c\"; };",
	 "f:1: daemon: control-socket: \"c\" is not an absolute path\n"},
	{"daemon = { nf-directory = \"n\"; };",
	 "f:1: daemon: nf-directory: \"n\" is not an absolute path\n"},
	{"daemon = { control-socket = \"" P50 P50 "1234567\"; };", ""},
	{"daemon = { control-socket = \"" P50 P50 "12345678\"; };",
	 "f:1: daemon: control-socket: 108 bytes, a socket's path has at most 107\n"},
	{"daemon = { nf-directory = \"" P50 P50 "\"; };\nnfs = ( { name = \"f\"; } );",
	 ""},
	{"daemon = { nf-directory = \"" P50 P50 "\"; };\nnfs = ( { name = \"ff\"; } );",
	 "f:2: NF 'ff': the path of its socket, " P50 P50
	 "/ff/sock, has 108 bytes; at most 107 are possible\n"},
};

static const struct model_case nics[] = {
	{"nics = ( { name = \"N\"; } );",
	 "f:1: NIC 'N': none of interface, devargs and pci; give exactly one\n"},
	{"nics = ( { name = \"N\"; interface = \"e\"; pci = \"03:00.0\"; } );",
	 "f:1: NIC 'N': several of interface, devargs and pci; give exactly one\n"},
	{"nics = ( { name = \"N\"; pci = \"03:00\"; } );",
	 "f:1: NIC 'N': pci: '03:00' is no PCI address such as 0000:03:00.0\n"},
	{"nics = ( { name = \"N\"; pci = \"0000:03:20.0\"; } );",
	 "f:1: NIC 'N': pci: '0000:03:20.0' is no PCI address such as 0000:03:00.0\n"},
	{"nics = ( { name = \"N\"; interface = \"a/b\"; } );",
	 "f:1: NIC 'N': interface: 'a/b' is no name of an interface\n"},
	{"nics = ( { name = \"N\"; devargs = \"net_null0\"; driver = \"af_xdp\"; } );",
	 "f:1: NIC 'N': driver is for an interface only\n"},
	{"nics = ( { name = \"N\"; interface = \"a\"; },\n"
	 "{ name = \"N\"; interface = \"b\"; } );",
	 "f:2: NIC 'N': the name is taken at line 1\n"},
	{"nics = ( { name = \"N\"; interface = \"a\"; },\n"
	 "{ name = \"M\"; interface = \"a\"; } );",
	 "f:2: NIC 'M': is the same as NIC 'N', line 1\n"},
	{"nics = ( { name = \"N\"; devargs = \"net_null0,size=64\"; },\n"
	 "{ name = \"M\"; devargs = \"net_null0\"; } );",
	 "f:2: NIC 'M': is the same as NIC 'N', line 1\n"},
	{"nics = ( { name = \"N\"; devargs = \"net_null1\"; },\n"
	 "{ name = \"M\"; devargs = \"net_null11\"; } );",
	 ""},
};

static const struct model_case devices[] = {
	{NICS "devices = ( { name = \"d\"; kind = \"bonded2\"; members = [ ]; } );",
	 "f:3: device 'd': unknown kind 'bonded2' (there are: bridged, direct)\n"},
	{NICS "devices = ( { name = \"d\"; kind = \"bridged\"; members = [\"N1\"]; } );",
	 "f:3: device 'd': a bridged device has exactly 2 members, here are 1\n"},
	{NICS "devices = ( { name = \"d\"; kind = \"direct\"; } );",
	 "f:3: device 'd': a direct device has exactly 1 members, here are 0\n"},
	{NICS "devices = ( { name = \"d\"; kind = \"direct\"; members = [\"N3\"]; } );",
	 "f:3: device 'd': there is no NIC 'N3' (did you mean 'N1'?)\n"},
	{NICS "devices = ( { name = \"d\"; kind = \"bridged\";\n"
	      "members = [ \"N1\", \"N1\" ]; } );",
	 "f:3: device 'd': NIC 'N1' is a member twice\n"},
	{NICS "devices = ( { name = \"d\"; kind = \"direct\"; members = [\"N1\"]; },\n"
	      "{ name = \"d\"; kind = \"direct\"; members = [\"N1\"]; } );",
	 "f:4: device 'd': the name is taken at line 3\n"},
	{NICS "devices = ( { name = \"d\"; kind = \"direct\"; members = [\"N1\"]; },\n"
	      "{ name = \"e\"; kind = \"direct\"; members = [\"N1\"]; } );",
	 ""},
};

static const struct model_case policies[] = {
	{NICS DIRECT "policies = ( { nic = \"N1\"; device = \"d\"; } );", ""},
	{NICS DIRECT "policies = ( { nic = \"wan\"; device = \"d\"; } );",
	 "f:4: policy: there is no NIC 'wan'\n"},
	{NICS DIRECT "policies = ( { nic = \"N1\"; device = \"bridge\"; } );",
	 "f:4: policy: there is no device 'bridge'\n"},
	{NICS DIRECT "policies = ( { nic = \"N2\"; device = \"d\"; } );",
	 "f:4: policy: NIC 'N2' is not a member of device 'd'\n"},
	{NICS DIRECT "policies = ( { nic = \"N1\"; device = \"d\"; },\n"
		     "{ nic = \"N1\"; device = \"d\"; } );",
	 "f:5: policy: NIC 'N1' in device 'd' has one at line 4 already\n"},
	{NICS DIRECT
	 "policies = ( { nic = \"N1\"; device = \"d\"; receive = \"tcp\"; } );",
	 "f:4: policy: receive: 'tcp' is unknown; must be \"all\" or \"none\"\n"},
};

static const struct model_case nfs[] = {
	{NICS DIRECT "nfs = ( { name = \"f\"; open = [ \"d\" ]; } );", ""},
	{NICS DIRECT "nfs = ( { name = \"f\"; open = [ \"bridge\" ]; } );",
	 "f:4: NF 'f': there is no device 'bridge'\n"},
	{NICS DIRECT "nfs = ( { name = \"f\"; open = [ \"d\", \"d\" ]; } );",
	 "f:4: NF 'f': device 'd' is in open twice\n"},
	{"nfs = ( { name = \"f\"; },\n{ name = \"f\"; } );",
	 "f:2: NF 'f': the name is taken at line 1\n"},
	{"daemon = { buffers = 2048; };\nnfs = ( { name = \"f\"; } );", ""},
	{"daemon = { buffers = 2047; };\nnfs = ( { name = \"f\"; } );",
	 "f:2: NF 'f': quota: 2048 is more than the 2047 buffers of a worker\n"},
};

/* Nothing hides behind the first error. */
static const struct model_case together[] = {
	{"daemon = { workers = 0; bufers = 1; cores = \"y\"; };\n"
	 "nics = ( { name = \"N1\"; },\n { name = \"N1\"; devargs = \"net_null0\"; } );\n"
	 "devices = ( { name = \"d\"; kind = \"brigded\"; members = [ \"N9\" ]; } );\n"
	 "nfs = ( { name = \"f\"; open = [ \"e\" ]; quota = 0; } );\n",
	 "f:1: daemon: workers: 0 is out of range 1..16\n"
	 "f:1: daemon: unknown key 'bufers' (did you mean 'buffers'?)\n"
	 "f:5: NF 'f': quota: 0 is out of range 1..16777215\n"
	 "f:1: daemon: cores: \"y\" is not a list of CPUs such as \"1,3-4\" (CPUs "
	 "0..1023)\n"
	 "f:2: NIC 'N1': none of interface, devargs and pci; give exactly one\n"
	 "f:3: NIC 'N1': the name is taken at line 2\n"
	 "f:4: device 'd': unknown kind 'brigded' (there are: bridged, direct)\n"
	 "f:4: device 'd': there is no NIC 'N9' (did you mean 'N1'?)\n"
	 "f:5: NF 'f': there is no device 'e'\n"},
};

#define RULE_TEST(name, cases)                                                           \
	static void name(void **state)                                                   \
	{                                                                                \
		(void)state;                                                             \
		CASES_RUN(cases);                                                        \
	}

RULE_TEST(daemon_rules, daemons)
RULE_TEST(nic_rules, nics)
RULE_TEST(device_rules, devices)
RULE_TEST(policy_rules, policies)
RULE_TEST(nf_rules, nfs)
RULE_TEST(all_errors_are_told, together)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(daemon_rules), cmocka_unit_test(nic_rules),
		cmocka_unit_test(device_rules), cmocka_unit_test(policy_rules),
		cmocka_unit_test(nf_rules),     cmocka_unit_test(all_errors_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
