# SPDX-License-Identifier: BSD-3-Clause

dist_man_MANS += \
	man/mvctl.8 \
	man/mvmp.conf.5
