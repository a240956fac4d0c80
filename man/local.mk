# SPDX-License-Identifier: BSD-3-Clause

dist_man_MANS += \
	man/libmvmp.3 \
	man/mvctl.8 \
	man/mvmp.conf.5 \
	man/mvmpd.8
