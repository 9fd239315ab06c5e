#!/bin/bash
# However a program ends, all its events are in the profile, `dagmem run`
# passes its exit status on, and info says how it ended.
. "$(dirname "$0")/lib.sh"

ends() {        # mode status state exit_status|signal value
	status "plain" "$2" bash -c '"$@"' - "$programs/exits" "$1" 2>/dev/null
	status "$1" "$2" traced p.dagmem "$programs/exits" "$1"
	lines_are_true p.dagmem
	[ "$1" = thread ] || totals_are_true p.dagmem
	equal "$1: state" "$(info p.dagmem .state)" "$3"
	[ "$3" = killed ] || equal "$1: exit status" "$(info p.dagmem .exit_status)" "$2"

	# The same by hand, with nobody who watches.
	rm -f p.dagmem*
	( preloaded "out=$tmp/p.dagmem" "$programs/exits" "$1" ) 2>/dev/null
	equal "$1 by hand: exit status" $? "$2"
	lines_are_true p.dagmem
	rm -f p.dagmem*
}

ulimit -c 0
ends return     7   exited
ends exit       3   exited
ends _exit      4   exited
ends quick_exit 6   exited
ends thread     5   exited
ends abort      134 killed
ends kill       137 killed
ends term       143 killed
ends segv       139 killed

# exec: a second profile, and the first one whole, though the pid is the same.
mkdir out
status "exec" 3 "$dagmem" -q run --follow -o "out/%p.dagmem" -- "$programs/exits" exec
found=(out/*.dagmem)
equal "profiles after exec" ${#found[@]} 2
for profile in "${found[@]}"; do
	totals_are_true "$profile"
done
finish
