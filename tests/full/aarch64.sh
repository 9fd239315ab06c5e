#!/bin/bash
# The tracer, cross-built for aarch64 and run under qemu-user: the unit tests of
# tracer/ and profile/ hold, totals and lines of the sample programs are their
# own, and all stacks are the oracle's, those in signed code included.
. "$(dirname "$0")/../e2e/lib.sh"
require aarch64-linux-gnu-gcc aarch64-linux-gnu-g++ qemu-aarch64

cross=aarch64-linux-gnu
alien=$top/build/aarch64
tracer=$alien/libdagmem.so
programs=$alien/programs
alien_make() {  # target
	env -u MAKEFLAGS -u MAKELEVEL make -s --no-print-directory -C "$top" VARIANT=aarch64 "$1"
}

"$top/tools/arm64-sysroot" "$alien/sysroot"
root=$alien/sysroot
[ -e "$root/complete" ] || root=$(dirname "$(dirname "$($cross-gcc -print-file-name=libc.so.6)")")
[ -d "$root/lib" ] || skip "no C library for aarch64"
alien_make cross >make.log 2>&1 || { cat make.log; fail "the tracer does not build"; finish; }

# Options hold commas, at which qemu's -E splits: the program inherits them.
alien() {       # OPTIONS COMMAND...
	local options=$1
	shift
	DAGMEM_OPTIONS=$options qemu-aarch64 -L "$root" -E "LD_PRELOAD=$tracer" "$@"
}

# All stacks were compared, where there is an oracle.
stacks_are_true() {     # profile
	[ -e "$alien/sysroot/complete" ] || return
	[ "$(info "$1" .quality.check_stacks)" -gt 0 ] || fail "$1: no stack was checked"
}

if [ -e "$alien/sysroot/complete" ]; then
	for test in $(alien_make cross-unit | tail -n 1); do
		qemu-aarch64 -L "$root" "$top/$test" >unit.log 2>&1 ||
			{ cat unit.log; fail "${test##*/}"; }
	done
fi

for variant in '' .O2; do
	status "entry_points" 0 alien "out=$tmp/p.dagmem,check=1" "$programs/entry_points$variant"
	totals_are_true p.dagmem
	lines_are_true p.dagmem
	quality_is_good p.dagmem
	stacks_are_true p.dagmem
	rm -f p.dagmem*

	status "torture" 0 alien "out=$tmp/p.dagmem,check=1" "$programs/torture$variant" 4
	lines_are_true p.dagmem
	quality_is_good p.dagmem
	stacks_are_true p.dagmem
	rm -f p.dagmem*

	for mode in handler altstack; do
		status "$mode" 0 alien "out=$tmp/p.dagmem" "$programs/signals$variant" $mode
		totals_are_true p.dagmem
		lines_are_true p.dagmem
		[ "$(info p.dagmem .quality.walks_truncated)" = 0 ] || fail "$mode: stacks are cut"
		rm -f p.dagmem*
	done

	for mode in '' churn; do
		status "stress" 0 alien "out=$tmp/p.dagmem" "$programs/stress$variant" 4 20000 7 $mode
		lines_are_true p.dagmem
		quality_is_good p.dagmem
		rm -f p.dagmem*
	done
done

status "exits" 7 alien "out=$tmp/p.dagmem,check=1" "$programs/exits"
totals_are_true p.dagmem
stacks_are_true p.dagmem
rm -f p.dagmem*

# No fork: qemu-user says that it will wipe the gate's page in a child, and doesn't.

# Nor a leak check whole: qemu-user makes no process without an exit signal.  That is
# told, and the program goes on; its parts, from a heap to its rows, are unit tests.
status "leak_cases" 3 alien "out=$tmp/p.dagmem,leaks=exit" "$programs/leak_cases" path dead_frame middle exit
equal "leak_cases: checks" "$("$top/tools/leak-rows" p.dagmem | jq -c '[.label, .status, .error]' | tr '\n' ' ')" \
	'["middle","no process",22] ["exit","no process",22] '
rm -f p.dagmem*

# Return addresses that are signed, which qemu can.  The oracle can't read them.
for program in entry_points signals stress; do
	$cross-gcc -O2 -g -fno-builtin -pthread -D_GNU_SOURCE -mbranch-protection=standard \
		-I"$top/include" -I"$top/tests/programs" -o $program "$top/tests/programs/$program.c" -ldl ||
		fail "building $program with signatures"
done
signed() {      # COMMAND...
	status "signed: $*" 0 alien "out=$tmp/p.dagmem" "$@"
	lines_are_true p.dagmem
	[ "$(info p.dagmem .quality.walks_truncated)" = 0 ] || fail "signed: $*: stacks are cut"
	rm -f p.dagmem*
}
signed ./entry_points
signed ./signals handler
signed ./stress 2 20000 7
finish
