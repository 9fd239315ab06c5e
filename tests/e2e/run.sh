#!/bin/bash
# `dagmem run` itself: what a program inherits through it, which file it may
# overwrite, what it says.  behaviour.sh compares whole programs.
. "$(dirname "$0")/lib.sh"
require python3
python=$(PATH=/usr/bin:/bin command -v python3)

# Descriptors, signal mask and dispositions are the user's, also odd ones.
cat >inherited.py <<'PYTHON'
import os
for line in open("/proc/self/status"):
    if line.startswith(("SigBlk", "SigIgn", "SigCgt")):
        print(line.strip())
for name in sorted(os.listdir("/proc/self/fd"), key=int):
    try:
        print(name, os.readlink("/proc/self/fd/" + name).split(":")[0])
    except OSError:
        pass            # the listing's own
PYTHON
cat >odd.py <<'PYTHON'
import os, signal, sys
signal.signal(signal.SIGHUP, signal.SIG_IGN)
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2, signal.SIGTERM})
os.execv(sys.argv[1], sys.argv[1:])
PYTHON
inherit() {     # where [prefix...]
	local to=$1
	shift
	"$@" "$python" "$tmp/inherited.py" >listing 7<odd.py
	mv listing "$to"
}
inherit plain
inherit under "$dagmem" -q run -o a.dagmem --
diff plain under || fail "the program inherits something else"
inherit plain "$python" odd.py
inherit under "$python" odd.py "$dagmem" -q run -o b.dagmem --
diff plain under || fail "the program inherits something else when signals are ignored"
status "exit status though SIGCHLD is ignored" 5 "$python" odd.py \
	"$dagmem" -q run -o c.dagmem -- bash -c 'exit 5'

# Standard descriptors that are closed stay closed, and get nobody's messages.
for closed in '0<&-' '1>&-' '2>&-' '<&- >&- 2>&-'; do
	eval "'$programs/exits' return $closed"
	plain=$?
	rm -f closed.dagmem
	eval "'$dagmem' run -o closed.dagmem -- '$programs/exits' return $closed" 2>/dev/null
	equal "status with $closed" $? $plain
	check "profile with $closed" "$dagmem" info closed.dagmem >/dev/null
done

# A profile is overwritten with -f only, and nothing but a profile at all.
"$dagmem" -q run -o p.dagmem -- "$programs/exits" return
before=$(md5sum p.dagmem)
status "the name is taken" 125 "$dagmem" run -o p.dagmem -- touch ran 2>message
grep -q 'p.dagmem exists' message || fail "no reason given: $(cat message)"
[ ! -e ran ] || fail "the program was started all the same"
equal "the old profile" "$(md5sum p.dagmem)" "$before"
status "overwrite" 7 "$dagmem" -q run -f -o p.dagmem -- "$programs/exits" return
[ "$(md5sum p.dagmem)" != "$before" ] || fail "-f did not overwrite"
equal "nothing beside it" "$(echo p.*)" p.dagmem
echo precious >text
status "no profile" 125 "$dagmem" -q run -f -o text -- true 2>/dev/null
equal "a file that is no profile" "$(cat text)" precious

# The summary and -q.
"$dagmem" run -o s.dagmem -- "$programs/exits" return 2>message
for word in peak allocations "profile: .*/s.dagmem" "dagmem top"; do
	grep -q "$word" message || fail "no '$word' in the summary: $(cat message)"
done
"$dagmem" -q run -o t.dagmem -- "$programs/exits" return 2>message
equal "summary with -q" "$(cat message)" ""
"$dagmem" run -q -o u.dagmem -- "$programs/exits" return 2>message
equal "summary with run -q" "$(cat message)" ""

# A folder as output, a folder that is not there.
mkdir folder
"$dagmem" -q run -o folder -- "$programs/exits" return
compgen -G 'folder/dagmem.exits.*.dagmem' >/dev/null || fail "no profile in the folder"
status "no such folder" 125 "$dagmem" run -o nowhere/p.dagmem -- true 2>/dev/null

# Blanks, commas and percent signs in the path.
mkdir 'a b, 100% c'
"$dagmem" -q run -o 'a b, 100%% c/%%p.dagmem' -- "$programs/exits" return
[ -f 'a b, 100% c/%p.dagmem' ] || fail "no profile with the odd name: $(ls a*)"
(cd 'a b, 100% c' && "$dagmem" -q run -o q.dagmem -- "$programs/exits" return)
[ -f 'a b, 100% c/q.dagmem' ] || fail "no profile in the odd folder: $(ls a*)"

# What is to be pasted next is a shell command.
odd="it's \$(odd) "
mkdir "$odd"
(cd "$odd" && "$dagmem" run -o q.dagmem -- "$programs/exits" return) 2>message
next=$(sed -n 's/^dagmem: next: dagmem //p' message)
eval "\"$dagmem\" $next" >pasted || fail "the next command can't be pasted: $next"
grep -q '^Top ' pasted || fail "the next command prints $(cat pasted)"

# A child that outlives the run has no peak yet; it is bash before it is sleep.
"$dagmem" run --follow -o 'daemon.%p.dagmem' -- bash -c \
	'sleep 30 & echo $! >daemon.pid; for i in {1..1000}; do [ -e daemon.$!.2.dagmem ] && break; sleep 0.01; done' 2>message
grep -q "$(cat daemon.pid) .*: still running, /" message || fail "no word of the daemon: $(cat message)"
grep -q 'peak 0 B' message && fail "a process without a peak: $(cat message)"
kill "$(cat daemon.pid)"

# Space that was promised but not used goes back.
size=$(stat -c %s s.dagmem)
used=$(od -An -tu4 -j $((4096 + 256)) -N 4 s.dagmem)
equal "size of the file" "$size" $((used * 4096))
finish
