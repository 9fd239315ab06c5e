#!/bin/bash
# `dagmem leaks --now`: a running program is asked to have its heap looked
# through, by its process or its profile; and says why when it can't be.
. "$(dirname "$0")/lib.sh"

# started PROFILE [ARGUMENT...]: the daemon runs and has begun its profile; its process is $daemon.
started() {
	local profile=$1
	shift
	"$dagmem" -q run -o "$profile" -- "$programs/leak_daemon" "$@" &
	runner=$!
	for ((i = 0; i < 1000; i++)); do
		daemon=$(info "$profile" 'select(.totals.allocations > 0) | .pid' 2>/dev/null)
		[ -z "$daemon" ] || return 0
		sleep 0.02
	done
	kill "$runner"
	fail "the daemon has no profile"
	finish
}

started d.dagmem
"$dagmem" leaks --now --json "$daemon" >now.json || fail "it can't be asked by its process"
equal "what is lost so far" "$(jq -c '[.judged, .total.definite.bytes, .process.state, (.check.label | startswith("asked "))]' now.json)" \
	'[true,100,"running",true]'
"$dagmem" leaks --now d.dagmem >text || fail "it can't be asked by its profile"
grep -q 'definitely lost: 100 B in 1 block' text || fail "nothing is lost: $(cat text)"
equal "the newest check without asking" "$("$dagmem" leaks --json "$daemon" | jq -r .judged)" true
kill -TERM "$daemon"
wait "$runner" || fail "the daemon did not end well"

status "one that has ended" 3 "$dagmem" leaks --now d.dagmem 2>err
grep -q 'does not run any more' err || fail "it does not say so: $(cat err)"
equal "what it was asked stays" "$("$dagmem" leaks --json d.dagmem | jq -r .judged)" true
status "no process" 3 "$dagmem" leaks --now 99999999 2>/dev/null
status "two" 2 "$dagmem" leaks --now d.dagmem d.dagmem 2>/dev/null
status "a label" 2 "$dagmem" leaks --now --at exit d.dagmem 2>/dev/null

started i.dagmem idle
status "one that idles" 3 "$dagmem" leaks --now i.dagmem 2>err
grep -q 'did not hear within' err || fail "it does not say why: $(cat err)"
kill -TERM "$daemon"
wait "$runner" || fail "the idle daemon did not end well"
finish
