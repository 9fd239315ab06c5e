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

# The same and the DAG runner's library, found by CMake.
if command -v cmake >/dev/null; then
	mkdir project
	cp user.c project/
	cat >project/chain.c <<-'C'
		#include <dagrun.h>
		int main(void)
		{
			struct dagrun_graph *graph = dagrun_graph_new();

			dagrun_graph_free(graph);
			return graph ? 0 : 1;
		}
	C
	cat >project/CMakeLists.txt <<-'C'
		cmake_minimum_required(VERSION 3.16)
		project(user C)
		find_package(dagmem 0.1 REQUIRED)
		add_executable(user user.c)
		target_link_libraries(user dagmem::dagmem)
		add_executable(chain chain.c)
		target_link_libraries(chain dagmem::dagrun)
	C
	check "cmake" cmake -S project -B made -DCMAKE_PREFIX_PATH="$tmp/usr" >cmake.log 2>&1
	check "a build with cmake" cmake --build made >cmake.log 2>&1 || cat cmake.log
	status "by cmake: traced" 21 "$tmp/usr/bin/dagmem" -q run -o r.dagmem -- made/user
	check "by cmake: the runner" made/chain
	sed 's/dagmem 0.1 /dagmem 9.9 /' -i project/CMakeLists.txt
	cmake -S project -B other -DCMAKE_PREFIX_PATH="$tmp/usr" >cmake.log 2>&1 &&
		fail "cmake took this for version 9.9"
fi

# Manual pages and completions stand where they are looked for.
for page in dagmem.1 dagmem-top.1 dagmem.h.3 dagmem-profile.5; do
	check "man $page" test -s "$tmp/usr/share/man/man${page##*.}/$page"
done
check "bash completes" test -s "$tmp/usr/share/bash-completion/completions/dagmem"
check "zsh completes" test -s "$tmp/usr/share/zsh/site-functions/_dagmem"
check "fish completes" test -s "$tmp/usr/share/fish/vendor_completions.d/dagmem.fish"

build uninstall "PREFIX=$tmp/usr"
equal "left after uninstall" "$(find "$tmp/usr" -type f)" ""

build install "DESTDIR=$tmp/stage" PREFIX=/usr
check "staged program" test -x "$tmp/stage/usr/bin/dagmem"
grep -q "$tmp" "$tmp/stage/usr/lib/pkgconfig/dagmem.pc" && fail "dagmem.pc names DESTDIR"
grep -rq "$tmp" "$tmp/stage/usr/lib/cmake" && fail "the CMake config names DESTDIR"
check "manual page" test -f "$tmp/stage/usr/share/man/man1/dagmem.1"

# Preloaded libraries may have a folder of their own, as in Debian's package.
build install "DESTDIR=$tmp/deb" PREFIX=/usr LIBDIR=/usr/lib/triplet PRELOADDIR=/usr/lib/dagmem
check "dagmem finds them" "$tmp/deb/usr/bin/dagmem" -q run -o s.dagmem -- true
grep -qx 'preload=/usr/lib/dagmem/libdagmem.so' "$tmp/deb/usr/lib/triplet/pkgconfig/dagmem.pc" ||
	fail "dagmem.pc: $(cat "$tmp/deb/usr/lib/triplet/pkgconfig/dagmem.pc")"
finish
