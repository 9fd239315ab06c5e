#!/bin/bash
# What a leak check finds in blocks that are lost or held in one way each, with
# the tracer alone: tools/leak-rows reads the profile's pages.  A site's name
# says what must be found, see tests/programs/leak_cases.c.  By both compilers,
# at -O0 and -O2, on one thread and on sixteen.
. "$(dirname "$0")/lib.sh"

rows=$top/tools/leak-rows
cases="dead_frame freed_block two_cycle self list overwritten strdup unloaded path tls dynamic_tls
	inside one_past stdstring counted mapping shared tagged ended_thread registers threads middle
	own_register coroutine growing running"
builds="leak_cases leak_cases.O2"
command -v clang >/dev/null && builds="$builds leak_cases.clang leak_cases.clang.O2"

# found PROFILE LABEL: "SITE VERDICT HOLDER BLOCKS", a line each, of planted sites.
found() {
	[ "$1.rows" -nt "$1" ] || "$rows" "$1" -v >"$1.rows"
	jq -r --arg wanted "$2" 'select(.label == $wanted) | .rows[] | select(.site | contains("__")) |
		"\(.site) \(.verdict) \(.holder | gsub(" "; "_") | if . == "" then "-" else . end) \(.blocks)"' \
		"$1.rows" | sort
}

# judge WHAT FOUND: each line's verdict and holder are those of its name.
judge() {
	local site verdict holder blocks wanted
	[ -n "$2" ] || fail "$1: nothing was found"
	while read -r site verdict holder blocks; do
		wanted=${site%%__*} holder=${holder#-}
		[ "$wanted" != freed ] || continue
		[ "$wanted" = "$verdict${holder:+_$holder}" ] ||
			fail "$1: $site is $verdict${holder:+, held by $holder}"
	done <<<"$2"
}

# blocks FOUND [PATTERN]: "SITE BLOCKS", a line each.
blocks() {
	grep -E "${2:-.}" <<<"$1" | awk '{ sum[$1] += $4 } END { for (site in sum) print site, sum[site] }' | sort
}

# stacks_are_whole PROFILE: those of planted blocks reach main, or where their thread or coroutine began.
stacks_are_whole() {
	local cut
	cut=$(jq -r '.label as $check | .rows[] | select(.site | contains("__")) |
		select(.stack | any(.[]; IN("main", "runner", "run_coroutine") or startswith("thread_that_")) | not) |
		"\($check): \(.site): \(.stack)"' "$1.rows" | head -n 3)
	[ -z "$cut" ] || fail "$1: stacks are cut: $cut"
}

# check_end PROGRAM THREADS HOW: what is planted and ends this way is judged right.
check_end() {
	local what="$1, $2 threads, $3"
	rm -f p.dagmem*
	status "$what" 3 preloaded "out=$tmp/p.dagmem,leaks=exit" "$programs/$1" -t "$2" $cases "$3"
	at_end=$(found p.dagmem exit)
	in_middle=$(found p.dagmem middle)
	equal "$what: checks" "$(jq -r '"\(.label) \(.status)"' p.dagmem.rows | sort -u | tr '\n' ' ')" \
		"exit done middle done "
	judge "$what, in the middle" "$in_middle"
	judge "$what, at the end" "$at_end"
	stacks_are_whole p.dagmem
}

# Some cases are not run by every thread: what these allocate, and what ends the program.
alone='__(local|thread|middle|running|sleeping|own|at_exit|runner) '

for program in $builds; do
	check_end "$program" 1 return
	one=$(blocks "$at_end")
	equal "$program: lost sites" "$(grep -c ^definite <<<"$one")" 12
	equal "$program: held sites" "$(grep -cE '^(reachable|possible)' <<<"$one")" 18
	grep -q ^freed <<<"$at_end" && fail "$program: what exit handlers free is there"
	for site in reachable_register__running reachable_register__sleeping reachable_stack__thread \
		definite__thread reachable_stack__middle reachable_register__own; do
		grep -q "^$site " <<<"$in_middle" || [ "$(uname -m)" != x86_64 ] ||
			fail "$program: no $site in the middle"
	done

	check_end "$program" 16 return
	equal "$program: sixteen times as many" "$(blocks "$at_end" | grep -vE "$alone")" \
		"$(grep -vE "$alone" <<<"$one" | awk '{ print $1, $2 * 16 }')"
	equal "$program: of the threads themselves" "$(blocks "$at_end" __runner | tr '\n' ' ')" \
		"definite__runner 15 reachable_stack__runner 15 "

	for threads in 1 16; do
		for how in exit quick_exit; do
			check_end "$program" $threads $how
			grep -q "^reachable_exit_stack__local reachable exit_stack" <<<"$at_end" ||
				fail "$program: $how()'s caller has no local"
			grep -q ^freed <<<"$at_end" && fail "$program: what handlers of $how() free is there"
		done
	done
	check_end "$program" 16 _exit
done

# Every block of a site counts, with its bytes and the stack that allocated it.
preloaded "out=$tmp/p2.dagmem,leaks=exit" "$programs/leak_cases" ended_thread list path return
row() {         # site field
	"$rows" p2.dagmem -v | jq -c ".rows[] | select(.site == \"$1\") | $2"
}
equal "blocks and bytes" "$(row definite__ended_thread '[.blocks, .bytes]')" "[4,1200]"
equal "lost with the head" "$(row indirect_lost_block__tail '[.blocks, .by]')" '[10,"definite__head"]'
# table[7] is the bucket, whose [3] is the entry.
equal "way to the entry" "$(row reachable_global__entry '[.by, .path]')" \
	'["cache",[["reachable_global__bucket",1,24],["reachable_global__table",1,56]]]'
equal "stack" "$(row reachable_global__entry '.stack | index("main") > 0')" true

# A tag hides a pointer, unless tags are looked for.
preloaded "out=$tmp/p3.dagmem,leaks=exit,tagged=1" "$programs/leak_cases" tagged return
equal "under a tag" "$("$rows" p3.dagmem | jq -c '.rows[] | select(.site == "definite__tagged") |
	[.verdict, .holder]')" '["possible","tagged pointer"]'

# Nothing is scanned of what is killed, and nothing unless it is asked for.
for how in term kill; do
	rm -f p4.dagmem
	(preloaded "out=$tmp/p4.dagmem,leaks=exit" "$programs/leak_cases" dead_frame $how) 2>/dev/null
	equal "$how: checks" "$("$rows" p4.dagmem | wc -l)" 0
done
preloaded "out=$tmp/p5.dagmem" "$programs/leak_cases" dead_frame return
equal "not asked for" "$("$rows" p5.dagmem | wc -l)" 0

# Where what a check needs is refused it says so, and the program goes on.
# refused WHAT MIDDLE: status and error of the check, and what it says of the lost block.
refused() {
	local got=0
	rm -f p7.dagmem
	chmod 777 .
	preloaded "out=$tmp/p7.dagmem" "$programs/leak_refused" "$1" >said || got=$?
	[ $got -ne 77 ] || return 0     # not even that can be refused here
	equal "$1: exit status" $got 4
	equal "$1: says" "$(cat said)" "done"
	equal "$1: check" "$("$rows" p7.dagmem | jq -c '[.status, .error, ([.rows[] |
		select(.site == "definite__lost").verdict] | first)]')" "$2"
}
refused nothing   '["done",0,"definite"]'
refused ptrace    '["done",0,"definite"]'
refused processes '["no process",11,null]'
refused fork      '["no process",1,null]'
refused proc      '["no maps",1,null]'
refused signals   '["done",0,"possible"]'

# Under a debugger, which is not told of the child.
if command -v gdb >/dev/null; then
	gdb -q -batch -nx -ex "set startup-with-shell off" -ex "set environment LD_PRELOAD $tracer" \
		-ex "set environment DAGMEM_OPTIONS out=$tmp/p8.dagmem,leaks=exit" -ex run \
		--args "$programs/leak_cases" dead_frame threads return >said 2>&1
	check "gdb: the program ends" grep -q "exited with code 03" said
	judge "gdb, in the middle" "$(found p8.dagmem middle)"
	judge "gdb, at the end" "$(found p8.dagmem exit)"
fi

# With nobody to write to.
preloaded "out=$tmp/p6.dagmem,leaks=exit" "$programs/leak_cases" dead_frame return 2>&- >&- <&-
equal "without files" "$(found p6.dagmem exit | head -n 1)" "definite__dead_frame definite - 1"
finish
