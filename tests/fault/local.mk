# SPDX-License-Identifier: BSD-3-Clause
#
# Bad NFs: what the end-to-end tests of faults and attacks run against a live mvmpd.
# Built with everything else, as those tests are not run by make check; static where NFs
# are, so that they run in a container.

noinst_PROGRAMS += \
	tests/fault/attack \
	tests/fault/forge \
	tests/fault/scribble

tests_fault_attack_SOURCES = \
	tests/fault/attack.c \
	tests/fault/attack.h \
	tests/fault/attack_kernel.c \
	tests/fault/attack_process.c \
	tests/fault/attack_region.c \
	tests/fault/peer.c \
	tests/fault/peer.h
tests_fault_attack_LDFLAGS = $(NF_LINK_FLAGS)
tests_fault_attack_LDADD = -lpthread

tests_fault_forge_SOURCES = \
	tests/fault/forge.c \
	tests/fault/peer.c \
	tests/fault/peer.h
tests_fault_forge_LDFLAGS = $(NF_LINK_FLAGS)
tests_fault_forge_LDADD = -lpthread

tests_fault_scribble_SOURCES = tests/fault/scribble.c
tests_fault_scribble_LDFLAGS = $(NF_LINK_FLAGS)
tests_fault_scribble_LDADD = lib/libmvmp.la
