#!/bin/bash
# usage: soak.sh MINUTES
# The stress program with random threads, seeds and modes until the time is
# up; stops at the first profile that is not true, and leaves it.
. "$(dirname "$0")/e2e/lib.sh"

minutes=${1:-60}
end=$((SECONDS + minutes * 60))
rounds=0
while [ $SECONDS -lt $end ]; do
	threads=$((RANDOM % 16 + 1)) seed=$RANDOM mode=
	[ $((RANDOM % 2)) = 0 ] && mode=churn
	status "stress" 0 traced p.dagmem "$programs/stress.O2" $threads 1000000 $seed $mode
	lines_are_true p.dagmem
	quality_is_good p.dagmem
	if [ $failures -gt 0 ]; then
		keep_tmp=1
		echo "stress $threads 1000000 $seed $mode: see $tmp"
		exit 1
	fi
	rm -f p.dagmem*
	rounds=$((rounds + 1))
done
echo "$rounds rounds in $minutes minutes, all true"
