# SPDX-License-Identifier: BSD-3-Clause
#
# Scripts run from the tree; of them only the completion of mvctl is installed.

EXTRA_DIST += \
	scripts/bench \
	scripts/benchlib \
	scripts/check \
	scripts/demo \
	scripts/deps \
	scripts/engine \
	scripts/lib.sh \
	scripts/mvctl.bash \
	scripts/nf-image \
	scripts/nf-run

bashcompletiondir = $(datadir)/bash-completion/completions

install-data-hook:
	$(MKDIR_P) '$(DESTDIR)$(bashcompletiondir)'
	$(INSTALL_DATA) $(top_srcdir)/scripts/mvctl.bash \
		'$(DESTDIR)$(bashcompletiondir)/mvctl'

uninstall-hook:
	rm -f '$(DESTDIR)$(bashcompletiondir)/mvctl'
