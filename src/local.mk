# SPDX-License-Identifier: BSD-3-Clause
#
# The platform: one static library per layer, linked by mvmpd, unit tests and fuzzers.
# To add a file, add its name to the layer's list (sorted; headers too).

noinst_LIBRARIES += \
	src/libbase.a \
	src/libctl.a \
	src/libdp.a \
	src/libdpdkglue.a \
	src/libmodel.a

src_libbase_a_SOURCES = \
	src/base/err.c \
	src/base/err.h \
	src/base/log.c \
	src/base/log.h \
	src/base/text.c \
	src/base/text.h

src_libmodel_a_SOURCES = \
	src/model/check.c \
	src/model/file.c \
	src/model/kind_bridged.c \
	src/model/kind_direct.c \
	src/model/kinds.c \
	src/model/kinds.h \
	src/model/model.c \
	src/model/model.h \
	src/model/read.c \
	src/model/read.h \
	src/model/read_knob.c \
	src/model/read_knob.h \
	src/model/scan.c \
	src/model/scan.h \
	src/model/schema.c \
	src/model/schema.h

# The hot path.
src_libdp_a_SOURCES = \
	src/dp/calls.c \
	src/dp/counters.h \
	src/dp/deliver.c \
	src/dp/dp.h \
	src/dp/idle.c \
	src/dp/ledger.h \
	src/dp/plan.h \
	src/dp/pool.c \
	src/dp/reclaim.c \
	src/dp/rx.c \
	src/dp/share.c \
	src/dp/tx.c \
	src/dp/worker.c
src_libdp_a_CFLAGS = $(HOT_SIDE_CFLAGS)

src_libdpdkglue_a_SOURCES = \
	src/dpdk/dpdk.h \
	src/dpdk/eal.c \
	src/dpdk/lcore.c \
	src/dpdk/nic.c \
	src/dpdk/pool.c \
	src/dpdk/region.c
src_libdpdkglue_a_CFLAGS = $(DPDK_SIDE_CFLAGS)

src_libctl_a_SOURCES = \
	src/ctl/admin.c \
	src/ctl/apply.c \
	src/ctl/attach.c \
	src/ctl/compile.c \
	src/ctl/devices.c \
	src/ctl/handlers.c \
	src/ctl/liveness.c \
	src/ctl/nfserver.c \
	src/ctl/nics.c \
	src/ctl/opens.c \
	src/ctl/platform.c \
	src/ctl/platform.h \
	src/ctl/session.c \
	src/ctl/session.h \
	src/ctl/show.c \
	src/ctl/show.h \
	src/ctl/show_nfs.c
src_libctl_a_CFLAGS = $(DPDK_SIDE_CFLAGS)

# What links a layer names its list of layers, upper ones first.
BASE_LIBS = src/libbase.a
MODEL_LIBS = src/libmodel.a $(BASE_LIBS) $(LIBCONFIG_LIBS)
DP_LIBS = src/libdp.a $(BASE_LIBS) $(DPDK_LIBS)
MVMPD_LIBS = src/libctl.a src/libdpdkglue.a src/libdp.a $(MODEL_LIBS) \
	$(DPDK_LIBS) $(LIBEVENT_LIBS) $(JANSSON_LIBS) -lpthread

sbin_PROGRAMS += src/mvmpd
src_mvmpd_SOURCES = src/main.c
src_mvmpd_CFLAGS = $(DPDK_SIDE_CFLAGS)
src_mvmpd_LDADD = $(MVMPD_LIBS)
