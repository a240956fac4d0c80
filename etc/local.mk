# SPDX-License-Identifier: BSD-3-Clause
#
# Files of the system: the example configuration, the systemd unit, /run/mvmp.

systemdsystemunitdir = $(prefix)/lib/systemd/system
tmpfilesdir = $(prefix)/lib/tmpfiles.d
nodist_systemdsystemunit_DATA = etc/mvmpd.service
CLEANFILES += etc/mvmpd.service
EXTRA_DIST += etc/mvmp.conf etc/mvmp.tmpfiles etc/mvmpd.service.in
dist_doc_DATA += etc/mvmp.conf

etc/mvmpd.service: etc/mvmpd.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) etc && $(SED) \
		-e 's|@sbindir[@]|$(sbindir)|g' \
		-e 's|@sysconfdir[@]|$(sysconfdir)|g' \
		$(top_srcdir)/etc/mvmpd.service.in >$@.tmp && mv $@.tmp $@

# A configuration that is already there is the operator's: it stays as it is.
install-data-local:
	$(MKDIR_P) '$(DESTDIR)$(sysconfdir)' '$(DESTDIR)$(tmpfilesdir)'
	test -e '$(DESTDIR)$(sysconfdir)/mvmp.conf' || \
		$(INSTALL_DATA) $(top_srcdir)/etc/mvmp.conf '$(DESTDIR)$(sysconfdir)/mvmp.conf'
	$(INSTALL_DATA) $(top_srcdir)/etc/mvmp.tmpfiles '$(DESTDIR)$(tmpfilesdir)/mvmp.conf'

uninstall-local:
	! cmp -s $(top_srcdir)/etc/mvmp.conf '$(DESTDIR)$(sysconfdir)/mvmp.conf' || \
		rm -f '$(DESTDIR)$(sysconfdir)/mvmp.conf'
	rm -f '$(DESTDIR)$(tmpfilesdir)/mvmp.conf'
