# SPDX-License-Identifier: BSD-3-Clause

noinst_PROGRAMS += nf-images/sink/sink
nf_images_sink_sink_SOURCES = nf-images/sink/sink.c
nf_images_sink_sink_LDFLAGS = $(NF_LINK_FLAGS)
nf_images_sink_sink_LDADD = lib/libmvmp.la
EXTRA_DIST += nf-images/sink/image
