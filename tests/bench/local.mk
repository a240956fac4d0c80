# SPDX-License-Identifier: BSD-3-Clause
#
# What scripts/bench runs. Built with everything else, as no benchmark is a test.

noinst_PROGRAMS += \
	tests/bench/nf_forward \
	tests/bench/pingpong

tests_bench_nf_forward_SOURCES = tests/bench/nf_forward.c
tests_bench_nf_forward_LDFLAGS = $(NF_LINK_FLAGS)
tests_bench_nf_forward_LDADD = lib/libmvmp.la

tests_bench_pingpong_SOURCES = tests/bench/pingpong.c
tests_bench_pingpong_LDADD = -lpthread
