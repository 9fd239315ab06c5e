#!/bin/bash
# When a site was last allocated from, and when something of it was last freed:
# never said to be earlier than it was, and close enough to tell old from new.
. "$(dirname "$0")/lib.sh"

# of PROFILE SITE FIELD: of the row that the function owns
of() { "$dagmem" leaks --json --show all "$1" | jq -r ".rows[] | select(.function == \"$2\") | .$3"; }
# told SITE: its time since the profile's start, as the program tells
told() { echo $(($(awk -v site="$1" '$1 == site { last = $2 } END { print last }' out) - start)); }

not_before() {  # what told said
	[ "$3" != null ] || fail "$1: nothing is known"
	[ "$3" -ge "$2" ] || fail "$1: at $2 ns, said to be at $3 ns at the latest"
}

# judge WHAT PROFILE
judge() {
	start=$(od -An -tu8 -j $((4096 + 40)) -N 8 "$2" | tr -d ' ')
	for site in early busy seldom; do
		not_before "$1: $site" "$(told $site)" "$(of "$2" $site last_allocation_ns)"
	done
	end=$(($(of "$2" seldom last_allocation_ns) + $(of "$2" seldom since_allocation_ns)))
	not_before "$1: free" "$(told free)" $((end - $(of "$2" seldom idle_ns)))
	[ "$(of "$2" early idle_ns)" = null ] || fail "$1: nothing of it was ever freed"
}

check "run" "$dagmem" -q run --leak-check --snapshot-every 0 -o run.dagmem -- "$programs/leak_ages" 2000 >out
judge "run" run.dagmem
for site in early busy; do
	[ "$(of run.dagmem $site since_allocation_ns)" -ge 1000000000 ] ||
		fail "$site is not seen to be old: $("$dagmem" leaks run.dagmem)"
done
"$dagmem" leaks run.dagmem | grep -q 'last allocated .* before the end' || fail "the report does not tell"

# Nobody watches: what is said is true all the same.
check "preloaded" env LD_PRELOAD="$tracer" DAGMEM_OPTIONS=out=alone.dagmem,leaks=exit "$programs/leak_ages" 300 >out
judge "alone" alone.dagmem
finish
