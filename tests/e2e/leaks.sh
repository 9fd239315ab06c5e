#!/bin/bash
# From a run to the report on leaks: every case of tests/programs/leak_cases.c
# by name, verdict, holder and stack; suppressions; exit codes; the heap graph.
. "$(dirname "$0")/lib.sh"

cases="dead_frame freed_block two_cycle self list overwritten strdup unloaded path inside one_past
	stdstring mapping shared ended_thread"

# rows PROFILE [OPTION...]: "SITE VERDICT HOLDER", a line for each planted site; its name
# stands in some frame of its stack.
rows() {
	"$dagmem" leaks --json "$@" | jq -r '.rows[] |
		([.stack[].function | select(. and contains("__")) | select(test("^(definite|indirect|possible|reachable)_"))][0]) as $site |
		select($site) | "\($site) \(.verdict) \(.held_by // "-" | gsub(" "; "_"))"' | sort -u
}

declare -A names=([lost_block]=leak [stack]=thread_stack [tls]=TLS [loader]=C_library [exit_stack]=exit_stack)
judge() {       # what rows
	local site verdict holder wanted want_holder
	[ -n "$2" ] || fail "$1: no planted site is in the report"
	while read -r site verdict holder; do
		wanted=${site%%__*}
		equal "$1: verdict of $site" "$verdict" "${wanted%%_*}"
		want_holder=${wanted#*_}
		[ "$want_holder" != "$wanted" ] || continue
		equal "$1: holder of $site" "$holder" "${names[$want_holder]-$want_holder}"
	done <<<"$2"
}

for program in leak_cases leak_cases.O2; do
	p=$tmp/$program.dagmem
	status "$program" 9 "$dagmem" -q run --leak-check --error-exitcode 9 -o "$p" -- "$programs/$program" $cases return
	judge "$program" "$(rows "$p")"
	# Every lost block has its whole stack: main, and a frame of the program's own.
	equal "$program: stacks without main" "$("$dagmem" leaks --json "$p" | jq '[.rows[] |
		select(.verdict == "definite" and ([.stack[].function] | index("main") | not) and
		([.stack[].function] | index("start_thread") | not))] | length')" 0
	equal "$program: places without a line" "$("$dagmem" leaks --json --show definite "$p" |
		jq '[.rows[] | select(.line == null)] | length')" 0
done

# Through strdup the user's frame is the row's.
"$dagmem" leaks --json "$tmp/leak_cases.O2.dagmem" | jq -e '.rows[] | select(.function and
	(.function | startswith("definite__strdup"))) | .stack[-1].function | test("strdup")' >/dev/null ||
	fail "no leak through strdup with its caller as owner"

# What was lost by a free is told by the freed memory.
status "freed" 3 "$dagmem" -q run --leak-check -o freed.dagmem -- "$programs/leak_cases" freed_block dead_frame return
equal "freed memory still points to" "$("$dagmem" leaks --json --show definite freed.dagmem | jq -r '.rows[] |
	select(.held_by == "freed memory").stack[] | .function' | grep ^definite)" definite__freed_block
"$dagmem" leaks freed.dagmem | grep -q 'probably freed without it' || fail "the text does not tell of freed memory"

p=$tmp/leak_cases.dagmem
# What is shown: definite and possible for people, all for programs.
equal "sums" "$("$dagmem" leaks --json "$p" | jq '([.rows[] | .bytes] | add) ==
	([.total | del(.suppressed)[] | .bytes] | add)')" true
"$dagmem" leaks "$p" >text || fail "no report"
grep -q '^definitely lost: ' text || fail "no sum in the text"
grep -q 'still reachable: .* in .* blocks\?$' text || fail "no sum of what is reachable"
grep -q '^#.*: still reachable' text && fail "reachable memory is shown though not asked for"
"$dagmem" leaks --show reachable --paths "$p" >text
grep -q 'held by global `' text || fail "no global holds anything"
grep -q '      -> this' text || fail "no way from a root"
"$dagmem" leaks --show definite --paths -n 0 "$p" | grep -q 'the cycle:' || fail "no cycle"
for by in node module; do
	check "by $by" "$dagmem" leaks --by $by "$p" >/dev/null
done
equal "csv" "$("$dagmem" leaks --csv "$p" | head -n 1 | cut -d, -f1-4)" rank,verdict,bytes,blocks
status "unknown verdict" 2 "$dagmem" leaks --show some "$p" 2>/dev/null
status "unknown check" 3 "$dagmem" leaks --at never "$p" 2>/dev/null

# Suppressions that were generated hide all they were made for.
"$dagmem" leaks --show all --gen-suppressions "$p" >all.supp || fail "no suppressions"
equal "left when all is suppressed" "$("$dagmem" leaks --json --suppressions all.supp "$p" | jq '.rows | length')" 0
equal "used suppressions" "$("$dagmem" leaks --json --suppressions all.supp "$p" |
	jq '[.suppressions[] | select(.built_in | not) | .rows] | min > 0')" true
echo 'leak:^definite__strdup' >one.supp
equal "one is suppressed" "$("$dagmem" leaks --json --suppressions one.supp "$p" | jq '.total.suppressed.blocks > 0')" true
printf '# expires: 2001-01-01\nleak:^definite__strdup\n' >old.supp
equal "an expired one" "$("$dagmem" leaks --json --suppressions old.supp "$p" |
	jq -c '[.suppressions[] | select(.built_in | not) | [.blocks, .expired]]')" '[[0,true]]'
printf 'leak:a\nlaek:b\n' >bad.supp
status "a wrong one" 3 "$dagmem" leaks --suppressions bad.supp "$p" 2>err
grep -q 'bad.supp:2: ' err || fail "the mistake has no place: $(cat err)"
status "a wrong one before the run" 125 "$dagmem" -q run --leak-check --suppressions bad.supp -o x.dagmem -- true 2>/dev/null
[ ! -e x.dagmem ] || fail "it ran though the suppressions were wrong"

# --error-exitcode: the program's own status when nothing is lost, or all is suppressed.
status "nothing lost" 3 "$dagmem" -q run --leak-check --error-exitcode 9 -f -o q.dagmem -- "$programs/leak_cases" path exit
status "all suppressed" 3 "$dagmem" -q run --leak-check --error-exitcode 9 --suppressions one.supp -f -o q.dagmem -- \
	"$programs/leak_cases" strdup exit
"$dagmem" run --leak-check -f -o q.dagmem -- "$programs/leak_cases" dead_frame return 2>err
grep -q '^dagmem: definitely lost: ' err || fail "no sum after the run: $(cat err)"
"$dagmem" run --leak-check=full -f -o q.dagmem -- "$programs/leak_cases" dead_frame return 2>err
grep -q 'in definite__dead_frame' err || fail "no leak after the run: $(cat err)"

# What was killed is not judged, and says why; what is live is there all the same.
"$dagmem" -q run --leak-check -f -o k.dagmem -- "$programs/leak_cases" dead_frame kill
equal "killed" "$("$dagmem" leaks --json k.dagmem | jq -c '[.judged, (.unjudged | contains("SIGKILL")), .rows[0].verdict]')" \
	'[false,true,"unjudged"]'

# Growth from run to run of a DAG: what leaks, from which iteration on; a cache that fills is told from it.
"$dagmem" -q run --leak-check -o i.dagmem -- "$programs/iterations" 40 10 || fail "iterations"
"$dagmem" leaks --growth --json i.dagmem >growth.json
equal "growth" "$(jq -c '[.rows[] | [.function, .growth.verdict, .growth.unit, .growth.bytes_per_unit, .growth.since_iteration]]' growth.json)" \
	'[["leak","growing","run",2000,10],["leak","growing","run",1096,10],["leak","growing","run",1000,10],["fill_cache","levels off","run",0,null]]'
equal "runs without a free" "$(jq -c '[.rows[].idle_runs]' growth.json)" '[29,29,29,0]'
"$dagmem" leaks --growth i.dagmem >text
grep -q 'grows: +2.0 KiB per run (95 % sure of +2.0 KiB to +2.0 KiB, 31 runs), since iteration 10$' text || fail "no pace: $(cat text)"
grep -q 'grew, and levels off (40 runs)$' text || fail "the cache does not level off: $(cat text)"
equal "growth in CSV" "$("$dagmem" leaks --growth --csv i.dagmem | sed -n '2s/.*,growing,\(2000,2000,2000,run,10,29\),.*/\1/p')" 2000,2000,2000,run,10,29
# It needs no check: here the heap was not looked through.
"$dagmem" -q run -o u.dagmem -- "$programs/iterations" 40 10 || fail "iterations"
equal "growth without a check" "$("$dagmem" leaks --growth --json u.dagmem | jq -c '[.judged, [.rows[].growth.verdict]]')" \
	'[false,["growing","growing","growing","levels off"]]'

# The heap graph: retained sizes, and rows in the store.
"$dagmem" -q run --leak-check --heap-graph -f -o g.dagmem -- "$programs/leak_cases" list path return
equal "retained" "$("$dagmem" leaks --json --retained g.dagmem | jq '[.rows[] | select(.verdict == "definite") |
	.retained_bytes >= .bytes] | all')" true
"$dagmem" leaks --heap-graph g.dagmem >/dev/null || fail "the graph was not imported"
equal "blocks in the store" "$("$dagmem" sql g.dagmem 'SELECT count(*) FROM heap_block' --csv | tail -n 1 | tr -d '\r')" \
	"$("$dagmem" leaks --json g.dagmem | jq .check.blocks)"
status "no graph" 3 "$dagmem" leaks --retained "$p" 2>/dev/null
# It goes where the profile goes: with its store, renamed alone, by run; and is missed when it stayed behind.
mkdir moved
mv g.dagmem g.dagmem.db g.dagmem.heap.0 moved/
check "moved together" "$dagmem" leaks --retained moved/g.dagmem >/dev/null
mv moved/g.dagmem moved/renamed.dagmem
check "renamed alone" "$dagmem" leaks --retained moved/renamed.dagmem >/dev/null
mv moved/g.dagmem.heap.0 graph
status "left behind" 3 "$dagmem" leaks --retained moved/renamed.dagmem 2>err
grep -q 'renamed.dagmem.heap.0 is missing' err || fail "no word of the graph: $(cat err)"
"$dagmem" -q run --leak-check --heap-graph -f -o other.dagmem -- "$programs/leak_cases" path return
cp other.dagmem.heap.0 moved/renamed.dagmem.heap.0
status "another's" 3 "$dagmem" leaks --retained moved/renamed.dagmem 2>err
grep -q 'of another process' err || fail "no word of whose it is: $(cat err)"
"$dagmem" -q run --leak-check --heap-graph -f -o e.dagmem -- sh -c "exec '$programs/leak_cases' list return"
check "by exec" "$dagmem" leaks --retained e.dagmem >/dev/null
"$dagmem" -q run -f -o e.dagmem -- true
equal "graphs of a profile that was overwritten" "$(echo e.dagmem.heap.*)" 'e.dagmem.heap.*'
if "$dagmem" report -o x.html "$p" 2>err; then
	check "a page of a graph that is missing" "$dagmem" -q report -f -o x.html moved/renamed.dagmem
	check "a page with suppressions" "$dagmem" -q report -f -o x.html --suppressions one.supp "$p"
else
	grep -q 'built without npm' err || fail "no page: $(cat err)"
fi
mv graph g.dagmem.heap.0
cp moved/renamed.dagmem g.dagmem

# SARIF: a result a row, at its line below the source root, with its stack.
"$dagmem" leaks --show definite --sarif x.sarif --source-root "$top" "$p" >/dev/null || fail "no SARIF"
equal "results" "$(jq -c '[.version, (.runs[0].results | length > 10), ([.runs[0].results[] | .level] | unique),
	([.runs[0].results[] | .locations[0].physicalLocation.artifactLocation | select(.uriBaseId == "SRCROOT") | .uri | startswith("tests/programs/leak_cases")] | unique),
	([.runs[0].results[] | .stacks[0].frames | length] | min > 2),
	([.runs[0].results[] | .partialFingerprints["dagmemSite/v1"] | length] | unique)]' x.sarif)" \
	'["2.1.0",true,["error"],[true],true,[16]]'
"$dagmem" leaks --show-suppressed --suppressions one.supp --sarif x.sarif "$p" >/dev/null
equal "suppressed results" "$(jq -c '[.runs[0].results[] | select(.suppressions) | .suppressions[0].justification] | unique' x.sarif)" \
	'["leak:^definite__strdup"]'

head -c 300 g.dagmem.heap.0 >cut && cp cut g.dagmem.heap.0
status "a graph that was cut" 3 "$dagmem" leaks --retained g.dagmem 2>/dev/null
finish
