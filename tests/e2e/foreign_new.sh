#!/bin/bash
# Allocators whose operator new does not call malloc, linked and preloaded:
# dagmem says so beforehand, and the program runs as ever.
. "$(dirname "$0")/lib.sh"
require g++ ldconfig

# The file of the library NAME.VERSION, as the loader has it.
library() {     # name
	ldconfig -p | sed -n "s/^\t$1\.so[.0-9]* .*=> //p" | head -n 1
}

warns() {       # what, file of messages, library
	grep -q "$3.*operator new" "$2" ||
		fail "$1: nothing says that operator new is $3's: $(cat "$2")"
}

# What dagmem says about, and does to, a program that uses the allocator.
is_told_and_runs() {    # what, library, program
	"$dagmem" doctor "$3" >told
	warns "$1, doctor" told "$2"
	"$3" 2>/dev/null        # where a failed new throws; mimalloc aborts
	status "$1" $? "$dagmem" run -f -o p.dagmem -- "$3" 2>told
	warns "$1, run" told "$2"
}

PATH=$PATH:/sbin
tried=0
for name in libjemalloc libtcmalloc_minimal libmimalloc; do
	library=$(library $name)
	[ -n "$library" ] || continue
	tried=$((tried + 1))
	g++ -g -fno-builtin -I"$top/tests/programs" -o linked "$top/tests/programs/cpp_new.cpp" \
		-Wl,--no-as-needed "$library" || fail "cannot link with $name"
	is_told_and_runs "linked with $name" $name ./linked
	LD_PRELOAD=$library is_told_and_runs "$name preloaded" $name "$programs/cpp_new"
done
[ $tried -gt 0 ] || skip "no such allocator is installed"

# The C++ library's own is not suspected.
"$dagmem" doctor "$programs/cpp_new" | grep 'operator new' && fail "warns of the C++ library"
finish
