# SPDX-License-Identifier: BSD-3-Clause
#
# libmvmp, the NF's side (libc only), and the contract it shares with the platform.
# Only mvmp.h is installed; the other headers are between libmvmp and mvmpd.

lib_LTLIBRARIES += lib/libmvmp.la
include_HEADERS += lib/mvmp.h

lib_libmvmp_la_SOURCES = \
	lib/buf.c \
	lib/dev.c \
	lib/error.c \
	lib/map.c \
	lib/nf.h \
	lib/ring.h \
	lib/session.c \
	lib/shm.h \
	lib/wait.c \
	lib/wire.h

# On a change of mvAPI: current:revision:age, see "Updating version info" of libtool.
lib_libmvmp_la_LDFLAGS = $(AM_LDFLAGS) -version-info 0:0:0 \
	-Wl,--version-script=$(top_srcdir)/lib/libmvmp.map
EXTRA_lib_libmvmp_la_DEPENDENCIES = lib/libmvmp.map
EXTRA_DIST += lib/libmvmp.map

pkgconfigdir = $(libdir)/pkgconfig
pkgconfig_DATA = lib/libmvmp.pc
