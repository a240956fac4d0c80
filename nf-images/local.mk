# SPDX-License-Identifier: BSD-3-Clause
#
# The example NFs. Each is a program on libmvmp in a folder of its own, static where
# that is possible, so that a container image needs nothing but the program. To add one,
# copy the local.mk of another and include it here.

NF_LINK_FLAGS = $(AM_LDFLAGS) $(NF_LDFLAGS)
EXTRA_DIST += nf-images/README

include nf-images/forward/local.mk
include nf-images/sink/local.mk
