#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Makes ./configure from configure.ac; needed in a checkout, not in a release tarball.
set -eu
cd "$(dirname "$0")"

missing=
need() { # COMMAND PACKAGE
	command -v "$1" >/dev/null 2>&1 || missing="$missing $2"
}
need autoreconf autoconf
need automake automake
need libtoolize libtool
need pkg-config pkg-config
need make make
if [ -n "$missing" ]; then
	echo "autogen.sh: missing; on Debian: apt-get install$missing" >&2
	exit 1
fi
autoreconf --force --install --warnings=all,no-obsolete
echo "Now run ./configure && make"
