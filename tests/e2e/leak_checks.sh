#!/bin/bash
# What a leak check finds in blocks that are lost or held in one way each, with
# the tracer alone: tools/leak-rows reads the profile's pages.  A site's name
# says what must be found, see tests/programs/leak_cases.c.
. "$(dirname "$0")/lib.sh"

rows=$top/tools/leak-rows
cases="dead_frame freed_block two_cycle self list overwritten strdup unloaded path tls dynamic_tls
	inside one_past stdstring counted mapping shared tagged ended_thread registers threads middle
	own_register coroutine growing"

# found PROFILE LABEL: "SITE VERDICT HOLDER", a line each, of planted sites.
found() {
	"$rows" "$1" | jq -r --arg wanted "$2" 'select(.label == $wanted) | .rows[] |
		select(.site | contains("__")) |
		"\(.site) \(.verdict) \(.holder | gsub(" "; "_"))"' | sort -u
}

# judge WHAT FOUND: each line's verdict and holder are those of its name.
judge() {
	local site verdict holder wanted
	[ -n "$2" ] || fail "$1: nothing was found"
	while read -r site verdict holder; do
		wanted=${site%%__*}
		[ "$wanted" != freed ] || continue
		[ "$wanted" = "$verdict${holder:+_$holder}" ] ||
			fail "$1: $site is $verdict${holder:+, held by $holder}"
	done <<<"$2"
}

# sites FOUND: how many different sites.
sites() {
	cut -d' ' -f1 <<<"$1" | sort -u | grep -c .
}

# check_ends PROGRAM HOW STATUS: what is planted and ends this way is judged right.
check_ends() {
	rm -f p.dagmem*
	status "$1 $2" "$3" preloaded "out=$tmp/p.dagmem,leaks=exit" "$programs/$1" $cases "$2"
	equal "$1 $2: checks" "$("$rows" p.dagmem | jq -r '"\(.label) \(.status)"' | sort -u | tr '\n' ' ')" \
		"exit done middle done "
	judge "$1 $2, in the middle" "$(found p.dagmem middle)"
	judge "$1 $2, at the end" "$(found p.dagmem exit)"
}

for program in leak_cases leak_cases.O2; do
	check_ends $program return 3
	at_end=$(found p.dagmem exit)
	equal "$program: lost sites" "$(sites "$(grep ^definite <<<"$at_end")")" 12
	equal "$program: held sites" "$(sites "$(grep -E "^(reachable|possible)" <<<"$at_end")")" 16
	grep -q ^freed <<<"$at_end" && fail "$program: what exit handlers free is there"
	in_middle=$(found p.dagmem middle)
	for site in reachable_register__running reachable_register__sleeping reachable_stack__thread \
		definite__thread reachable_stack__middle reachable_register__own; do
		grep -q "^$site " <<<"$in_middle" || [ "$(uname -m)" != x86_64 ] ||
			fail "$program: no $site in the middle"
	done
	check_ends $program exit 3
	grep -q "^reachable_exit_stack__local reachable exit_stack" <<<"$(found p.dagmem exit)" ||
		fail "$program: exit()'s caller has no local"
	check_ends $program _exit 3
done

# Every block of a site counts, with its bytes and the stack that allocated it.
preloaded "out=$tmp/p2.dagmem,leaks=exit" "$programs/leak_cases" ended_thread list path return
row() {         # site field
	"$rows" p2.dagmem -v | jq -c ".rows[] | select(.site == \"$1\") | $2"
}
equal "blocks and bytes" "$(row definite__ended_thread '[.blocks, .bytes]')" "[4,1200]"
equal "lost with the head" "$(row indirect_lost_block__tail '[.blocks, .by]')" '[10,"definite__head"]'
equal "way to the entry" "$(row reachable_global__entry '[.by, .path]')" \
	'["cache",[["reachable_global__bucket",1],["reachable_global__table",1]]]'
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
equal "without files" "$(found p6.dagmem exit | head -n 1)" "definite__dead_frame definite "
finish
