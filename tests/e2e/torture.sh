#!/bin/bash
# Every stack of the torture program is the oracle's, frames and node id; the
# program is built by both compilers, with and without frame pointers.
# TORTURE=all (make test-full) adds optimisation for size, and more rounds.
. "$(dirname "$0")/../e2e/lib.sh"

levels='-O0 -O1 -O2 -O3' rounds=3
[ "${TORTURE-}" = all ] && levels="$levels -Os" rounds=12

built=0
for compiler in g++ clang++; do
	command -v $compiler >/dev/null || { echo "$compiler is not there"; continue; }
	for level in $levels; do
		for frames in -fomit-frame-pointer -fno-omit-frame-pointer; do
			$compiler $level $frames -g -fno-builtin -pthread -D_GNU_SOURCE \
				-I"$top/tests/programs" -Wl,-rpath,"$programs" -o torture \
				"$top/tests/programs/torture.cpp" -ldl || { fail "$compiler $level"; continue; }
			built=$((built + 1))
			what="$compiler $level $frames"
			status "plain: $what" 0 ./torture 1
			status "$what" 0 preloaded "out=$tmp/p.dagmem,check=1" ./torture $rounds
			[ "$(info p.dagmem .quality.check_stacks)" -gt $((rounds * 1500)) ] ||
				fail "$what: $(info p.dagmem .quality.check_stacks) stacks were checked"
			lines_are_true p.dagmem
			quality_is_good p.dagmem
			rm -f p.dagmem*
		done
	done
done
[ $built -gt 0 ] || skip "no C++ compiler"
finish
