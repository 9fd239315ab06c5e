#!/bin/bash
# The Debian package: without lintian's errors, and in a system that has nothing
# else it installs, runs, and has its manual and its completion.
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/e2e/lib.sh"
require dpkg-deb dpkg-shlibdeps lintian debootstrap

DEBFULLNAME='Jane Doe' DEBEMAIL=jane.doe@debian.org make --no-print-directory -C "$top" deb >make.log 2>&1 ||
	fail "make deb: $(tail -n 3 make.log)"
package=$(tail -n 1 make.log)
check "the package" dpkg-deb -I "$package" >info
lintian --fail-on error "$package" >lint 2>&1 || fail "lintian: $(cat lint)"

[ "$(id -u)" = 0 ] || skip "debootstrap and chroot need root"
"$top/tools/check-deb" "$package" bookworm || fail "in a clean system"
finish
