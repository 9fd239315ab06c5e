#!/bin/bash
# Under every limit the program goes on as without the tracer; what the tracer
# could not record is counted, and what it recorded is true.
. "$(dirname "$0")/lib.sh"

# All events are in the profile, or counted: an allocation as dropped, and
# then its free as one of an unknown block.
totals_are_true_or_dropped() {  # profile
	equal "allocations, dropped ones included" \
		"$(info "$1" '.totals.allocations + .quality.events_dropped')" "$(truth .allocations)"
	equal "frees, those of dropped blocks included" \
		"$(info "$1" '.totals.frees + .quality.frees_unknown')" "$(truth .frees)"
	[ "$(info "$1" .quality.events_dropped)" != 0 ] || totals_are_true "$1"
}

for mode in none as fsize nofile mlockall closefrom closerange; do
	# The tracer's tables count, too (docs/LIMITS.md): who may lock little sees a failure.
	if [ $mode = mlockall ] && [ "$(id -u)" != 0 ] && [ "$(ulimit -l)" != unlimited ]; then
		echo "limits mlockall: only $(ulimit -l) KiB may be locked here"
		continue
	fi
	if ! "$programs/limits" $mode 2>/dev/null; then
		echo "limits $mode does not work here, traced or not"
		[ $mode = mlockall ] || fail "plain $mode"
		continue
	fi
	rm -f "$truth"
	status "$mode" 0 traced p.dagmem "$programs/limits" $mode
	totals_are_true_or_dropped p.dagmem
	case $mode in
	as|fsize|nofile) ;;     # the file cannot grow: stacks are folded into their callers
	*) lines_are_true p.dagmem; quality_is_good p.dagmem ;;
	esac
	rm -f p.dagmem*

	# By hand: nobody else keeps the profile's file open.
	status "$mode by hand" 0 preloaded "out=$tmp/p.dagmem" "$programs/limits" $mode
	totals_are_true_or_dropped p.dagmem
	rm -f p.dagmem*
done

# The limit that is there from the start.
( unset TRUTH; ulimit -f 0; preloaded "out=$tmp/p.dagmem" "$programs/exits" exit )
equal "exit status with ulimit -f 0" $? 3
( ulimit -v 500000; preloaded "out=$tmp/q.dagmem" "$programs/limits" none )
equal "exit status with ulimit -v" $? 0
totals_are_true q.dagmem

# A profile that may not grow folds new stacks into their callers: nothing lost.
rm -f q.dagmem*
status "max=" 0 preloaded "out=$tmp/q.dagmem,max=1048576" "$programs/limits" none
totals_are_true q.dagmem
[ "$(stat -c %s q.dagmem)" -le 1048576 ] || fail "max= was exceeded: $(stat -c %s q.dagmem)"
finish
