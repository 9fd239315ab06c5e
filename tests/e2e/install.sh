#!/bin/bash
# `make install` puts a working dagmem under PREFIX, staged in DESTDIR, and
# `make uninstall` takes all of it away.
. "$(dirname "$0")/lib.sh"
require make

build() {
	make --no-print-directory -C "$top" "$@" >make.log 2>&1 || fail "make $*: $(tail -n 3 make.log)"
}

build install "PREFIX=$tmp/usr"
status "installed" 7 "$tmp/usr/bin/dagmem" -q run -o p.dagmem -- "$programs/exits" return
dagmem=$tmp/usr/bin/dagmem totals_are_true p.dagmem

# A program that uses the header, found by pkg-config.
cat >user.c <<'C'
#include <dagmem.h>
int main(void) { dagmem_snapshot("here"); return dagmem_traced() ? 21 : 20; }
C
flags=$(PKG_CONFIG_PATH=$tmp/usr/lib/pkgconfig pkg-config --cflags dagmem)
check "compiling with the installed header" "${CC:-cc}" $flags -o user user.c
status "not traced" 20 ./user
status "traced" 21 "$tmp/usr/bin/dagmem" -q run -o q.dagmem -- ./user
preload=$(PKG_CONFIG_PATH=$tmp/usr/lib/pkgconfig pkg-config --variable=preload dagmem)
check "pkg-config knows the library" test -f "$preload"

build uninstall "PREFIX=$tmp/usr"
equal "left after uninstall" "$(find "$tmp/usr" -type f)" ""

build install "DESTDIR=$tmp/stage" PREFIX=/usr
check "staged program" test -x "$tmp/stage/usr/bin/dagmem"
grep -q "$tmp" "$tmp/stage/usr/lib/pkgconfig/dagmem.pc" && fail "dagmem.pc names DESTDIR"
[ ! -f "$top/docs/dagmem.1" ] || check "manual page" test -f "$tmp/stage/usr/share/man/man1/dagmem.1"
finish
