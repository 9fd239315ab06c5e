#!/bin/bash
# The tracer, cross-built for aarch64 and run under qemu-user: totals of the
# sample programs are their own there too, and stacks are the oracle's.
. "$(dirname "$0")/../e2e/lib.sh"
require aarch64-linux-gnu-gcc qemu-aarch64

cross=aarch64-linux-gnu-gcc
sysroot=$(dirname "$(dirname "$($cross -print-file-name=libc.so.6)")")
[ -d "$sysroot/lib" ] || skip "no C library for aarch64"
sources=$(cd "$top" && echo profile/*.c tracer/*.c)
flags=$(make -s --no-print-directory -C "$top" print-tracer-flags)
(cd "$top" && $cross $flags -o "$tmp/libdagmem.so" $sources \
	-shared -Wl,--version-script=tracer/exports.map -Wl,-Bsymbolic -Wl,--no-undefined) ||
	{ fail "the tracer does not build for aarch64"; finish; }

for program in entry_points exits late; do
	check "building $program" $cross -D_GNU_SOURCE -I"$top/include" -I"$top/tests/programs" -g -O0 \
		-fno-builtin -pthread -o $program "$top/tests/programs/$program.c" -ldl
	qemu-aarch64 -L "$sysroot" -E "LD_PRELOAD=$tmp/libdagmem.so" \
		-E "DAGMEM_OPTIONS=out=$tmp/$program.dagmem,check=1" ./$program
	check "$program left a profile" test -s $program.dagmem
	[ $program = late ] || totals_are_true $program.dagmem
	quality_is_good $program.dagmem
done
finish
