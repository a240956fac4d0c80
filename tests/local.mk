# SPDX-License-Identifier: BSD-3-Clause
#
# Unit tests, replays of fuzzing, gates. A unit test of base or model is one line in
# UNIT_TESTS (its source is NAME.c); a test of another layer also says what it is linked
# with, and its DPDK flags if it needs them:
#
#	tests_unit_dp_x_test_CFLAGS = $(DPDK_SIDE_CFLAGS)
#	tests_unit_dp_x_test_LDADD = $(DP_LIBS) $(CMOCKA_LIBS)

# Unit tests and replays run from the build folder and find their data by top_srcdir.
AM_TESTS_ENVIRONMENT = \
	top_srcdir='$(top_srcdir)'; export top_srcdir; \
	CC='$(CC)'; export CC; \
	GATE_CPPFLAGS='$(AM_CPPFLAGS) $(CPPFLAGS)'; export GATE_CPPFLAGS; \
	GATE_CFLAGS='-std=gnu11 $(WARN_CFLAGS)'; export GATE_CFLAGS; \
	GATE_DPDK_CFLAGS='$(DPDK_CFLAGS)'; export GATE_DPDK_CFLAGS;

# What a program of check_PROGRAMS is linked with when it does not say.
LDADD = $(MODEL_LIBS) $(CMOCKA_LIBS)

# ---- unit tests

UNIT_TESTS = \
	tests/unit/base_err_test \
	tests/unit/base_text_test \
	tests/unit/cli_engine_test \
	tests/unit/cli_output_test \
	tests/unit/dp_random_test \
	tests/unit/dp_send_test \
	tests/unit/dp_share_test \
	tests/unit/dp_test \
	tests/unit/ledger_test \
	tests/unit/lib_test \
	tests/unit/model_check_test \
	tests/unit/model_file_test \
	tests/unit/model_kinds_test \
	tests/unit/model_read_test \
	tests/unit/model_scan_test \
	tests/unit/model_schema_test \
	tests/unit/region_test \
	tests/unit/ring_test \
	tests/unit/wire_test

tests_unit_cli_engine_test_LDADD = $(CLI_LIBS) $(CMOCKA_LIBS)
tests_unit_cli_output_test_LDADD = $(CLI_LIBS) $(CMOCKA_LIBS)

# The hot path, with NFs on the real library, and NICs that are rings.
DP_WORLD = \
	tests/unit/dp_world.c \
	tests/unit/dp_world.h
DP_WORLD_LIBS = src/libdpdkglue.a $(DP_LIBS) -lrte_net_ring lib/libmvmp.la $(CMOCKA_LIBS)
tests_unit_dp_random_test_SOURCES = tests/unit/dp_random_test.c $(DP_WORLD)
tests_unit_dp_random_test_CFLAGS = $(DPDK_SIDE_CFLAGS)
tests_unit_dp_random_test_LDADD = $(DP_WORLD_LIBS)
tests_unit_dp_send_test_SOURCES = tests/unit/dp_send_test.c $(DP_WORLD)
tests_unit_dp_send_test_CFLAGS = $(DPDK_SIDE_CFLAGS)
tests_unit_dp_send_test_LDADD = $(DP_WORLD_LIBS)
tests_unit_dp_share_test_SOURCES = tests/unit/dp_share_test.c $(DP_WORLD)
tests_unit_dp_share_test_CFLAGS = $(DPDK_SIDE_CFLAGS)
tests_unit_dp_share_test_LDADD = $(DP_WORLD_LIBS)
tests_unit_dp_test_SOURCES = tests/unit/dp_test.c $(DP_WORLD)
tests_unit_dp_test_CFLAGS = $(DPDK_SIDE_CFLAGS)
tests_unit_dp_test_LDADD = $(DP_WORLD_LIBS)
tests_unit_ledger_test_CFLAGS = $(DPDK_SIDE_CFLAGS)
tests_unit_ledger_test_LDADD = $(CMOCKA_LIBS)
tests_unit_lib_test_SOURCES = \
	tests/unit/lib_fake.c \
	tests/unit/lib_fake.h \
	tests/unit/lib_test.c
tests_unit_lib_test_LDADD = lib/libmvmp.la $(CMOCKA_LIBS) -lpthread
tests_unit_model_check_test_SOURCES = \
	tests/unit/model_check_test.c \
	tests/unit/model_text.c \
	tests/unit/model_text.h
tests_unit_model_read_test_SOURCES = \
	tests/unit/model_read_test.c \
	tests/unit/model_text.c \
	tests/unit/model_text.h
tests_unit_region_test_CFLAGS = $(DPDK_SIDE_CFLAGS)
tests_unit_region_test_LDADD = src/libdpdkglue.a $(BASE_LIBS) $(CMOCKA_LIBS)
tests_unit_ring_test_LDADD = $(CMOCKA_LIBS) -lpthread
tests_unit_wire_test_LDADD = $(CMOCKA_LIBS)

# ---- replays: each fuzz target over its corpus

REPLAYS = \
	tests/fuzz/config_replay

tests_fuzz_config_replay_SOURCES = \
	tests/fuzz/config_fuzz.c \
	tests/fuzz/replay.c
tests_fuzz_config_replay_CPPFLAGS = $(AM_CPPFLAGS) -DCORPUS='"tests/fuzz/corpus/config"'

EXTRA_DIST += \
	tests/fuzz/corpus

# ---- fuzzers, with --enable-fuzzing: tests/fuzz/config_fuzz tests/fuzz/corpus/config

FUZZERS = \
	tests/fuzz/config_fuzz
FUZZ_LINK_FLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer

tests_fuzz_config_fuzz_SOURCES = tests/fuzz/config_fuzz.c
tests_fuzz_config_fuzz_LDFLAGS = $(FUZZ_LINK_FLAGS)
EXTRA_PROGRAMS = $(FUZZERS)
if FUZZING
noinst_PROGRAMS += $(FUZZERS)
endif

# ---- gates

GATES = \
	tests/gates/exports \
	tests/gates/file-lists \
	tests/gates/headers-alone \
	tests/gates/hot-symbols \
	tests/gates/include-direction \
	tests/gates/man-example \
	tests/gates/man-knobs \
	tests/gates/sizes
dist_check_SCRIPTS += $(GATES)
EXTRA_DIST += tests/gates/hot-symbols.allow

# The example of libmvmp(3), for the gate man-example.
check_PROGRAMS += tests/unit/man_example
nodist_tests_unit_man_example_SOURCES = tests/unit/man_example.c
tests_unit_man_example_LDADD = lib/libmvmp.la
CLEANFILES += tests/unit/man_example.c
tests/unit/man_example.c: man/libmvmp.3 tests/gates/man-example
	$(AM_V_GEN)$(MKDIR_P) tests/unit && \
		$(top_srcdir)/tests/gates/man-example extract \
		'$(top_srcdir)/man/libmvmp.3' >$@.tmp && mv $@.tmp $@

check_PROGRAMS += $(REPLAYS) tests/unit/schema_dump
TESTS += $(REPLAYS) $(GATES)
if WITH_TESTS
check_PROGRAMS += $(UNIT_TESTS)
TESTS += $(UNIT_TESTS)
endif

# ---- end-to-end tests: run by scripts/check, as root

include tests/fault/local.mk

EXTRA_DIST += \
	tests/e2e

# ---- benchmarks: run by scripts/bench

include tests/bench/local.mk
