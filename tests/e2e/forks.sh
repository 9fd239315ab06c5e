#!/bin/bash
# fork, fork in a threaded program, double fork, vfork, posix_spawn and raw
# clone: one profile a process, each with that process's own events.
. "$(dirname "$0")/lib.sh"

# The profile of the process whose truth is in $truth.
profile_of() {  # folder
	local profile pid
	pid=$(truth .pid)
	for profile in "$1"/*.dagmem; do
		[ "$(info "$profile" .pid)" = "$pid" ] && echo "$profile" && return
	done
	echo "$1/no-profile-of-$pid"
}

count() {       # folder
	find "$1" -name '*.dagmem' | wc -l
}

run_mode() {    # mode
	rm -rf out "$tmp"/truth.json*
	mkdir out
	status "$1" 0 "$dagmem" -q run --follow -o "out/%p.dagmem" -- "$programs/forks" "$1"
}

for mode in fork double vfork spawn clone paths; do
	run_mode $mode
	processes=1
	totals_are_true "$(profile_of out)"
	lines_are_true "$(profile_of out)"
	for child in 1 2; do
		truth=$tmp/truth.json.$child
		if [ -f "$truth" ]; then
			processes=$((processes + 1))
			totals_are_true "$(profile_of out)"
		fi
		truth=$tmp/truth.json
	done
	equal "profiles of $mode" "$(count out)" $processes
done

run_mode many
equal "profiles of many" "$(count out)" 31
totals_are_true "$(profile_of out)"

run_mode threaded
equal "profiles of threaded" "$(count out)" 21
lines_are_true "$(profile_of out)"
for profile in out/*.dagmem; do
	[ "$profile" = "$(profile_of out)" ] && continue
	equal "allocations of a child" "$(info "$profile" .totals.allocations)" 50
	equal "allocated bytes of a child" "$(info "$profile" .totals.allocated_bytes)" 2000
done

# By hand with follow=0 a child is not traced, and the parent says so.
rm -rf out "$tmp"/truth.json*
mkdir out
status "follow=0" 0 preloaded "out=$tmp/out/%p.dagmem,follow=0" "$programs/forks" fork
equal "profiles with follow=0" "$(count out)" 1
totals_are_true "$(profile_of out)"
equal "children untraced" "$(info "$(profile_of out)" .quality.children_untraced)" 1
finish
