#!/bin/bash
# Whatever the system refuses the tracer, the program does not notice: every
# system call of the tracer's own fails in turn, alone and with all that
# follow, and each time the program's status, output and truth are the same.
. "$(dirname "$0")/lib.sh"
[ "$(uname -m)" = x86_64 ] || skip "knows the registers of x86-64 only"

inject=$top/build/faults/inject
options=
"$inject" 0 count true || skip "cannot trace a process here"

# What the program says of itself, but for what differs from run to run.
truths() {
	sed 's/"pid":[0-9]*//' "$truth"* 2>/dev/null
}

# once N[+] PROGRAM...: what the program leaves behind.
once() {
	local n=$1
	shift
	rm -f "$truth"* p.dagmem* /tmp/p.dagmem* /dev/shm/p.dagmem*
	timeout 10 "$inject" "$n" count env LD_PRELOAD="$tracer" DAGMEM_OPTIONS="out=$tmp/p.dagmem$options" \
		"$@" >output 2>messages
	echo "status $?" >>output
	truths >>output
	grep -v '^dagmem: ' messages >>output
}

# each STEP PROGRAM...: the first 40 calls, and then every STEP-th.
each() {
	local step=$1 calls n
	shift
	rm -f "$truth"*
	"$@" >wanted 2>&1
	echo "status $?" >>wanted
	truths >>wanted
	once 0 "$@"
	cmp -s output wanted || fail "$*: even without a fault: $(diff output wanted | head -n 5)"
	calls=$(cat count)
	[ "$calls" -gt 30 ] || fail "$*: only $calls system calls are the tracer's"
	for ((n = 1; n <= calls; n += n < 40 ? 1 : step)); do
		once $n "$@"
		cmp -s output wanted || fail "$*: call $n of $calls fails: $(diff output wanted | head -n 5)"
		once $n+ "$@"
		cmp -s output wanted || fail "$*: calls from $n of $calls on fail: $(diff output wanted | head -n 5)"
	done
	echo "$*: $calls calls"
}

each 7 "$programs/mappings"
each 7 "$programs/stress.O2" 1 20000 7
each 31 "$programs/forks" fork
each 5 "$programs/results" lives
each 13 "$programs/results" fork
# The child that checks the heap has nobody to trace it: there each of these calls fails.
options=,leaks=exit,graph=1
each 7 "$programs/leak_cases" threads dead_frame return

# In that child, too, each of them fails in turn.  The check may then know less, or not be
# there, and says so; what is reachable is never called lost.
inject=$top/build/faults/inject_child
"$inject" 0 count true || skip "no system call can be asked about here"
verdicts() {
	"$dagmem" leaks --json --show all p.dagmem >rows.json 2>messages ||
		{ fail "$1: no report: $(head -n 1 messages)"; return; }
	jq -r 'if .judged then "judged" else .unjudged end' rows.json
	jq -r '.rows[] | [.verdict, ([.stack[].function | select(. and test("^(definite|reachable)_"))][0])] |
		select(.[1]) | select(.[0] == "definite" and (.[1] | startswith("reachable"))) |
		"\(.[1]) is called lost"' rows.json
}
judges() {      # N...
	local n said
	for n in "$@"; do
		once "$n" "$programs/leak_cases" dead_frame path tls list return
		cmp -s output wanted || fail "call $n of the child fails: $(diff output wanted | head -n 5)"
		said=$(verdicts "call $n of the child")
		grep -q 'is called lost' <<<"$said" && fail "call $n of the child fails: $said"
		grep -qE '^(judged|the heap was not looked through)' <<<"$said" || fail "call $n of the child: $said"
		echo "$said" >>judged
	done
}
"$programs/leak_cases" dead_frame path tls list return >wanted 2>&1
echo "status $?" >>wanted
judges 0
equal "without a fault" "$(cat judged)" judged
calls=$(cat count)
[ "$calls" -gt 60 ] || fail "only $calls system calls are the child's"
for ((n = 1; n <= calls; n += n < 40 ? 1 : 11)); do
	judges $n $n+
done
grep -q 'not looked through' judged || fail "no fault of the child was told"
[ "$(grep -c '^judged' judged)" -gt 20 ] || fail "hardly a check came through"
finish
