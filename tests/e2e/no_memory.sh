#!/bin/bash
# No memory: allocations of a verb fail, one at a time and one with all that
# follow.  Each time it either says so (status 3, a message, no half of a
# report in a file), or prints what it would have printed.
#
# NO_MEMORY_STEP=N: every N-th allocation (tests/full/no_memory.sh: each).
. "$(dirname "$0")/lib.sh"
refuse=$top/build/faults/librefuse.so
step=${NO_MEMORY_STEP:-131}

cp "$top/tests/programs/demo.c" .
gcc -g -o demo demo.c
traced p.dagmem ./demo >/dev/null
"$dagmem" -q run --leak-check --heap-graph -o leaking.dagmem -- ./demo leak >/dev/null
"$dagmem" -q dag run diamond:6:64KiB --policy keep-all -o dag.dagmem >/dev/null

# run N[+] ARGUMENT...: its output in `out`, of the verb that writes a file in `file`.
run() {
	rm -f out file message
	timeout 60 env LD_PRELOAD="$refuse" REFUSE="$1" REFUSE_COUNT=count "$dagmem" "${@:2}" >out 2>message
}

one() {         # N[+] WANTED-STATUS ARGUMENT...
	local got=0
	run "$1" "${@:3}" || got=$?
	if [ $got = 3 ]; then
		[ -s message ] || fail "${*:3}: allocation $1 fails: not a word"
		[ ! -e file ] || fail "${*:3}: allocation $1 fails: leaves half a file"
	elif [ $got = "$2" ]; then
		cat out file 2>/dev/null | cmp -s - wanted ||
			fail "${*:3}: allocation $1 fails: prints $(cat out file 2>/dev/null | diff - wanted | head -n 3)"
	else
		fail "${*:3}: allocation $1 fails: status $got, $(tail -n 1 message)"
	fi
}

# The first time all are counted; what is done alike for each verb is left to `top`.
each() {        # FIRST ARGUMENT...
	local wanted=0 n count
	"$dagmem" "${@:2}" >/dev/null 2>&1      # the store is made
	run 0 "${@:2}" || wanted=$?
	cat out file >wanted 2>/dev/null
	[ -s wanted ] || fail "${*:2}: prints nothing: $(cat message)"
	count=$(cat count)
	[ "$count" -gt 1000 ] || fail "${*:2}: only $count allocations"
	for ((n = $1 ? $1 : 1; n <= count; n += step)); do
		one $n $wanted "${@:2}"
		one $n+ $wanted "${@:2}"
	done
}

each 0 top leaking.dagmem
# Where the verbs part: the profile is loaded, the report is not made yet.
run 0 info leaking.dagmem
loaded=$(($(cat count) * 9 / 10))
for verb in 'top --by stack' 'top --json' 'top --csv' info timeline 'timeline --json' \
	leaks 'leaks --retained --paths' 'leaks --json' 'leaks --csv' 'leaks --gen-suppressions' \
	'export pprof -o file' 'export speedscope' 'export folded' 'export massif' \
	'export json -o file' 'export csv' 'export flamegraph -o file' 'export timeline' \
	'check --max-peak 1MiB --max-live function=1KiB' 'check --max-live 1KiB --json' \
	'check --max-peak 1MiB --baseline p.dagmem --junit /dev/stderr --sarif file' \
	'check --max-peak 1 --markdown file' 'diff p.dagmem' 'diff --json p.dagmem'; do
	# shellcheck disable=SC2086
	each $loaded $verb leaking.dagmem
done
each $loaded sql leaking.dagmem 'select * from top_lines'
each $loaded dag show dag.dagmem
each $loaded dag show --json dag.dagmem
if "$dagmem" report -o page.html leaking.dagmem 2>/dev/null; then
	each $loaded report -o - leaking.dagmem
	each $loaded report -o - dag.dagmem
fi
finish
