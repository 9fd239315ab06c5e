#!/bin/bash
# A program under `dagmem run` prints, exits and sees the same as without it.
. "$(dirname "$0")/lib.sh"

same() {        # what command...
	local what=$1 plain=0 under=0
	shift
	"$@" >plain.out 2>plain.err </dev/null || plain=$?
	traced p.dagmem "$@" >under.out 2>under.err </dev/null || under=$?
	equal "$what: exit status" $under $plain
	cmp -s plain.out under.out || fail "$what: stdout differs: $(diff plain.out under.out | head -n 5)"
	cmp -s plain.err under.err || fail "$what: stderr differs: $(diff plain.err under.err | head -n 5)"
	rm -f p.dagmem*
}

same "output and status" bash -c 'echo out; echo error >&2; exit 42'
same "a pipeline" bash -c 'seq 1000 | sort -rn | head -n 3'
same "a failing program" ls /no/such/folder
same "a killed child" perl -e 'system("sh", "-c", q(kill -9 $$)); print $? & 127, "\n"'
same "arguments with blanks" printf '<%s>\n' 'a b' '' '*' "c'd"
same "python" python3 -c 'import sys, os, errno
try: open("/no/such/file")
except OSError as e: print(e.errno == errno.ENOENT)
sys.exit(9)'
same "perl" perl -e 'print "x" x 100, "\n"; $! = 2; print "$!\n"; kill 0, $$; exit 3'

# All but our own two variables, which children need, is as it was.
seen() {
	grep -v '^variable \(LD_PRELOAD\|DAGMEM_[A-Z_]*\|_\)=' "$1"
}
"$programs/env" a 'b c' '' >plain.out
traced p.dagmem "$programs/env" a 'b c' '' >under.out
diff <(seen plain.out) <(seen under.out) || fail "arguments, environment, limits or files differ"

# The user's own preload stays.
LD_PRELOAD=$programs/libearly_needed.so traced q.dagmem "$programs/env" >under.out
grep -q "^variable LD_PRELOAD=.*libearly_needed.so" under.out || fail "the user's LD_PRELOAD was lost"

# Status as env(1) gives it.
status "no such command" 127 "$dagmem" -q run -o r.dagmem -- /no/such/command 2>/dev/null
touch not-executable
status "not executable" 126 "$dagmem" -q run -o r.dagmem -- ./not-executable 2>/dev/null
status "usage" 125 "$dagmem" -q run --no-such-option -- true 2>/dev/null

# Signals sent to `dagmem run` reach the program.
"$dagmem" -q run -o s.dagmem -- bash -c 'trap "echo got it; exit 17" TERM; echo ready; while :; do sleep 0.05; done' >signal.out &
pid=$!
for _ in $(seq 200); do grep -q ready signal.out 2>/dev/null && break; sleep 0.05; done
kill -TERM $pid
wait $pid
equal "exit status of a program that handled SIGTERM" $? 17
grep -q "got it" signal.out || fail "SIGTERM did not reach the program"
finish
