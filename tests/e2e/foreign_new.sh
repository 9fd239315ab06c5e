#!/bin/bash
# Allocators whose operator new does not call malloc, linked and preloaded:
# every form of it is counted once, and the program runs as ever.
. "$(dirname "$0")/lib.sh"
PATH=$PATH:/sbin:/usr/sbin      # ldconfig's, which is not everybody's
require g++ ldconfig nm

# The file of the library NAME.VERSION, as the loader has it.
library() {     # name
	ldconfig -p | sed -n "s/^\t$1\.so[.0-9]* .*=> //p" | head -n 1
}

# The program under dagmem writes and returns what it does without.
runs_as_ever() {        # what, command...
	local what=$1 plain
	shift
	rm -f p.dagmem*
	"$@" >plain.out 2>plain.err
	plain=$?
	status "$what" $plain traced p.dagmem "$@" >under.out 2>under.err
	cmp plain.out under.out || fail "$what: prints something else"
	cmp plain.err under.err || fail "$what: complains of something else: $(cat under.err)"
}

# A program whose lines know what they allocate.
is_counted() {  # what, program
	"$dagmem" doctor "$2" | grep -q 'operator new of .* is seen' || fail "$1: doctor does not see it"
	rm -f "$truth"
	runs_as_ever "$1" "$2" $forms
	lines_are_true p.dagmem
	quality_is_good p.dagmem
}

# Strings and maps of a thousand numbers: as many blocks as with the C library's allocator.
cat >containers.cc <<'C'
#include <cstdio>
#include <map>
#include <string>
int main()
{
	std::map<std::string, std::string> *map = new std::map<std::string, std::string>;
	for (int i = 0; i < 1000; i++)
		(*map)["a key that is too long for its own room " + std::to_string(i)] = std::string(100, 'x');
	std::printf("%zu\n", map->size());
	return 5;
}
C
g++ -g -fno-builtin -o containers containers.cc || fail "containers.cc"
containers() {  # profile
	"$dagmem" top --json -n 1000000 --by line --metric total "$1" |
		jq -c '[.rows[] | select(.file // "" | endswith("containers.cc")) | [.line, .bytes, .count]] | sort'
}
runs_as_ever "containers" ./containers
wanted=$(containers p.dagmem)
jq -e 'map(.[2]) | add > 3000' <<<"$wanted" >/dev/null || fail "containers: only $wanted"

PATH=$PATH:/sbin
tried=0
for name in libjemalloc libtcmalloc_minimal libmimalloc; do
	library=$(library $name)
	[ -n "$library" ] || continue
	tried=$((tried + 1))
	# Where a failed new throws, Debian's mimalloc aborts.
	forms=
	[ $name = libmimalloc ] && forms=forms
	g++ -g -fno-builtin -I"$top/tests/programs" -o linked "$top/tests/programs/cpp_new.cpp" \
		-Wl,--no-as-needed "$library" || fail "cannot link with $name"
	is_counted "linked with $name" ./linked
	LD_PRELOAD=$library is_counted "$name preloaded" "$programs/cpp_new"
	LD_PRELOAD=$library is_counted "$name preloaded, -O2" "$programs/cpp_new.O2"
	LD_PRELOAD=$library runs_as_ever "containers with $name" ./containers
	equal "containers with $name" "$(containers p.dagmem)" "$wanted"
	LD_PRELOAD=$library runs_as_ever "environment with $name" sh -c "env | grep -v ^_= | sort"
	LD_PRELOAD=$library runs_as_ever "execution with $name" sh -c "exec ./containers"
	equal "executed with $name" "$(for p in p.dagmem*; do containers "$p"; done | grep -v '^\[\]')" "$wanted"
done
[ $tried -gt 0 ] || skip "no such allocator is installed"

# Without such an allocator nothing is hooked; by hand it does no harm.
"$dagmem" doctor "$programs/cpp_new" | grep 'operator new' && fail "suspects the C++ library"
rm -f p.dagmem*
LD_PRELOAD=$tracer:${tracer%.so}-new.so DAGMEM_OPTIONS=out=$tmp/p.dagmem \
	"$programs/cpp_new" || fail "by hand"
lines_are_true p.dagmem
quality_is_good p.dagmem

exported=$(nm -D --defined-only "${tracer%.so}-new.so" | awk '{ print $NF }')
equal "forms that are hooked" "$(grep -cE '^_Z(n|d)[wal]' <<<"$exported")" 20
equal "exports" "$(wc -l <<<"$exported")" 20
finish
