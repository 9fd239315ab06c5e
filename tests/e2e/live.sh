#!/bin/bash
# `dagmem live`: lines for pipes, and the screen, in a real terminal (tmux): it
# shows what top shows, obeys its keys, and leaves the program alone.
. "$(dirname "$0")/lib.sh"
require tmux gcc jq

cat >grow.c <<'C'
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void *kept[1 << 20], *cache[8];
static void leak(int i) { kept[i] = malloc(5000); }
static void fill(int i) { free(cache[i % 8]); cache[i % 8] = malloc(40000); }

/* Goes on until its standard input ends; says "ready" when the cache is full. */
int main(int argc, char **argv)
{
	int idle = argc > 1, i = 0;
	char c;

	for (; i < 8; i++) {
		leak(i);
		fill(i);
	}
	puts("ready");
	fflush(stdout);
	if (idle)
		return read(0, &c, 1) < 0;
	for (; i < 1 << 20; i++) {
		leak(i);
		fill(i);
		usleep(5000);
		if (i % 16 == 0 && getppid() == 1)
			break;
	}
	return 0;
}
C
gcc -g -O0 -fno-builtin -o grow grow.c || fail "no compiler"

mkfifo stdin
exec 9<>stdin   # what the programs wait for, and never comes
pids=()
trap 'kill "${pids[@]}" 2>/dev/null; tmux -L "$socket" kill-server 2>/dev/null; rm -rf "$tmp"' EXIT
socket=dagmem-$$

# start PROFILE ARGUMENT...: the program under dagmem run, until it is ready.
start() {
	local profile=$1
	shift
	"$dagmem" -q run -o "$profile" -- ./grow "$@" <stdin >"$profile.out" 2>&1 &
	pids+=($!)
	until grep -qs ready "$profile.out"; do sleep 0.02; done
	program=$(pgrep -P ${pids[-1]} -x grow)
	pids+=("$program")
}

# --- Lines --------------------------------------------------------------------

start p.dagmem
check "lines" "$dagmem" live --plain --interval 100ms --count 3 p.dagmem >lines
equal "lines" "$(wc -l <lines)" 4
equal "heading" "$(head -n 1 lines | tr -s ' ')" " TIME HEAP CHANGE PEAK RSS ALLOCATIONS PER S MOST"
grep -q 'grow.c:[67] ' lines || fail "no row: $(cat lines)"

check "by the program's pid" "$dagmem" live --json --count 1 "$program" >one.json
check "by dagmem run's" "$dagmem" live --json --count 1 "${pids[-2]}" >run.json
equal "the same profile" "$(jq -r .profile run.json)" "$(realpath p.dagmem)"
equal "schema" "$(jq -r .schema one.json)" dagmem.live/1
equal "state" "$(jq -r .state one.json)" running
equal "pid" "$(jq -r .pid one.json)" "$program"
equal "the cache" "$(jq '.rows[] | select(.function == "fill") | .bytes' one.json)" 320000
check "a filter" "$dagmem" live --json --count 1 --filter FILL p.dagmem >filtered.json
equal "what passes" "$(jq -c '[.rows[].function]' filtered.json)" '["fill"]'
check "by function" "$dagmem" live --json --count 1 --by function --sort total p.dagmem >total.json
equal "main holds all" "$(jq '[.rows[] | select(.function == "main")][0] |
	.total_bytes >= 360000 and .bytes < 5000' total.json)" true

status "no such process" 3 "$dagmem" live 999999999 2>err
grep -q 'no process 999999999' err || fail "message: $(cat err)"
status "a process that is not traced" 3 "$dagmem" live $$ 2>err
grep -q 'does not run under dagmem' err || fail "message: $(cat err)"
status "no profile" 3 "$dagmem" live --plain no.dagmem 2>err
status "a wrong option" 2 "$dagmem" live --by node p.dagmem 2>err
echo nonsense >garbage.dagmem
status "garbage" 3 "$dagmem" live --plain garbage.dagmem 2>err

# --- The screen ---------------------------------------------------------------

screen() { tmux -L "$socket" capture-pane -p -t live; }
press() { tmux -L "$socket" send-keys -t live "$@"; }

# wait_for WHAT PATTERN: the screen shows it, within ten seconds.
wait_for() {
	local i
	for i in $(seq 200); do
		screen 2>/dev/null | grep -qE "$2" && return
		sleep 0.05
	done
	fail "$1: no '$2' in"
	screen
}

# show COLUMNS ROWS COMMAND: in a new terminal.
show() {
	tmux -L "$socket" kill-server 2>/dev/null
	socket=dagmem-$$-$RANDOM        # the old server may take its time to go
	tmux -L "$socket" -f /dev/null new-session -d -s live -x "$1" -y "$2" "$3; echo ended with \$?; sleep 1000"
}

show 130 24 "env LC_ALL=C.UTF-8 NO_COLOR=1 '$dagmem' live --interval 100ms p.dagmem"
wait_for "rows" 'grow\.c:7 +fill'
wait_for "the command" "$program runs: ./grow"
wait_for "keys" 'q quit'
press t
wait_for "totals" 'by what they and their callees hold'
wait_for "main" 'main$'
press a
wait_for "allocations" 'lines by allocations'
press o n
wait_for "nodes" '1 DAG nodes'
wait_for "outside" '\(outside any node\)'
press l
wait_for "leak suspects" 'leak suspects'
wait_for "what grows" '^ .*grow\.c:6 +leak'
screen | grep -q 'grow\.c:7' && fail "a full cache is suspect: $(screen)"
press o b
wait_for "functions" 'functions by'
press b b b / f i l
wait_for "the filter" '/fil_'
press l Enter
wait_for "filtered" '^1 lines .* /fill$'
press Escape
wait_for "all again" '^[2-9] lines .*hold$'
press '>'
wait_for "one thread" 'thread 1/1 [0-9]+ grow'
press m
wait_for "all threads" 'hold$'
press p
wait_for "a pause" 'PAUSED'
press p '?'
wait_for "help" 'quit; the program goes on'
press x s
wait_for "a snapshot" 'snapshot live-[0-9.]+s taken'
label=$(screen | grep -o 'live-[0-9.]*s' | head -n 1)
check "top at the snapshot" "$dagmem" top --at "$label" p.dagmem >top.out
grep -q 'grow.c:7: 312.5 KiB' top.out || fail "the snapshot: $(cat top.out)"

tmux -L "$socket" resize-window -t live -x 30 -y 5
wait_for "a small screen" '^heap'
tmux -L "$socket" resize-window -t live -x 8 -y 1
sleep 0.3
tmux -L "$socket" resize-window -t live -x 100 -y 20
wait_for "a large one again" 'grow\.c:7 +fi'
kill -0 "$program" || fail "the program did not survive being looked at"

# The program is killed meanwhile: that is shown, the rows stay.
kill -KILL "$program"
wait "${pids[-2]}" 2>/dev/null
wait_for "its end" 'was killed by signal 9'
wait_for "its rows" 'grow\.c:7 +fi'
press q
wait_for "quitting" 'ended with 0'
equal "the program's output" "$(cat p.dagmem.out)" ready

# A program that idles does not hear: its snapshot is taken from outside.
start idle.dagmem idle
show 130 24 "env LC_ALL=C.UTF-8 '$dagmem' live --interval 100ms idle.dagmem"
wait_for "rows" 'grow\.c:7 +fill'
press s
wait_for "a snapshot of an idle program" 'snapshot live-[0-9.]+s taken'
press q
label=$("$dagmem" info --json idle.dagmem | jq -r '.snapshots[] | select(.automatic | not).label')
check "top at it" "$dagmem" top --at "$label" idle.dagmem >top.out
grep -q 'grow.c:7: 312.5 KiB' top.out || fail "the snapshot from outside: $(cat top.out)"

# No screen can be had: lines.
show 100 20 "env TERM=dumb '$dagmem' live --count 2 --interval 100ms idle.dagmem"
wait_for "a dumb terminal" 'no screen can be shown here'
wait_for "its lines" 'ALLOCATIONS'
wait_for "their end" 'ended with 0'
"$dagmem" live --count 1 idle.dagmem >piped 2>&1 </dev/null || fail "no lines in a pipe"
grep -q 'grow.c' piped || fail "piped: $(cat piped)"
grep -q 'no screen' piped && fail "a pipe is told that it is no screen: $(cat piped)"
finish
