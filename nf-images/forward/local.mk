# SPDX-License-Identifier: BSD-3-Clause

noinst_PROGRAMS += nf-images/forward/forward
nf_images_forward_forward_SOURCES = nf-images/forward/forward.c
nf_images_forward_forward_LDFLAGS = $(NF_LINK_FLAGS)
nf_images_forward_forward_LDADD = lib/libmvmp.la
EXTRA_DIST += nf-images/forward/image
