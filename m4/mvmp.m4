dnl SPDX-License-Identifier: BSD-3-Clause
dnl
dnl Macros of configure.ac: looking for libraries so that all that are missing are named
dnl together, each with the Debian package that has it.

dnl MVMP_NEED_PKG_CONFIG: without it no library can be found.
AC_DEFUN([MVMP_NEED_PKG_CONFIG],
[mvmp_missing=
mvmp_packages=
AS_IF([test -z "$PKG_CONFIG"],
	[mvmp_missing="
  pkg-config"
	mvmp_packages=" pkg-config"])])

dnl MVMP_NEED(VARIABLE, MODULE, DEBIAN-PACKAGE): sets VARIABLE_CFLAGS and VARIABLE_LIBS.
AC_DEFUN([MVMP_NEED],
[PKG_CHECK_MODULES([$1], [$2], [],
	[mvmp_missing="$mvmp_missing
  $2  (package $3)"
	mvmp_packages="$mvmp_packages $3"])])

dnl MVMP_NEED_REPORT: stops if anything was missing.
AC_DEFUN([MVMP_NEED_REPORT],
[AS_IF([test -n "$mvmp_missing"], [AC_MSG_ERROR([missing:$mvmp_missing
On Debian and its relatives:
  apt-get install$mvmp_packages])])])

dnl MVMP_SYSTEM_HEADERS(VARIABLE): warnings in the headers of that library are not ours.
AC_DEFUN([MVMP_SYSTEM_HEADERS],
[$1_CFLAGS=`AS_ECHO([" $$1_CFLAGS"]) | $SED 's/ -I */ -isystem /g'`])

dnl MVMP_CHECK_LINK(FLAGS, IF-YES, IF-NO): whether a program links with FLAGS.
AC_DEFUN([MVMP_CHECK_LINK],
[AC_MSG_CHECKING([whether $CC links with $1])
mvmp_saved_cflags=$CFLAGS
CFLAGS="$CFLAGS $1"
AC_LINK_IFELSE([AC_LANG_PROGRAM()], [mvmp_links=yes], [mvmp_links=no])
CFLAGS=$mvmp_saved_cflags
AC_MSG_RESULT([$mvmp_links])
AS_IF([test $mvmp_links = yes], [$2], [$3])])
