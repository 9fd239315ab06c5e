#!/bin/bash
# Whichever function of the library or of C++ allocated it, a leak's stack goes
# from main, or where its thread began, to the user's function that called it;
# and C++ objects are judged by what points into them.  At -O0 and -O2, by both
# compilers.
. "$(dirname "$0")/lib.sh"

variants="'' .O2"
command -v clang >/dev/null && variants="$variants .clang .clang.O2"

# rows PROGRAM: of all that it allocated, those with a planted site: { site, verdict, names }.
rows() {
	rm -f p.dagmem*
	"$dagmem" -q run --leak-check -o p.dagmem -- "$programs/$1" || fail "$1: exit status $?"
	"$dagmem" leaks --show all --json p.dagmem | jq -c '.rows[] |
		[.stack[] | .function // "?" | sub("\\(.*"; "")] as $names |
		($names | map(select(test("^(definite|indirect|possible|reachable)[a-z_]*__"))) | last) as $site |
		select($site) | { $site, names: $names,
			verdict: (.verdict + (if .held_by then "_" + (.held_by | gsub(" "; "_")) else "" end)) }' >rows
}

for variant in $variants; do
	eval "variant=$variant"
	rows "leak_objects$variant"
	wrong=$(jq -r '. as $row | .site | split("__")[0] | select(. as $wanted | $row.verdict | startswith($wanted) | not) |
		"\($row.site) is \($row.verdict)"' rows)
	[ -z "$wrong" ] || fail "leak_objects$variant: $wrong"
	equal "leak_objects$variant: sites" "$(jq -r .site rows | sort -u | wc -l)" 13

	rows "leak_stacks$variant"
	equal "leak_stacks$variant: sites" "$(jq -r .site rows | sort -u | wc -l)" 22
	equal "leak_stacks$variant: of main and of the thread" \
		"$(jq -r '"\(.site) \(if .names | index("main") then "main" else "thread_main" end)"' rows | sort -u | wc -l)" 43
	wrong=$(jq -c '.site as $site | (.names | map(select(IN("main", "thread_main", "work", "outer", $site)))) as $ours |
		select((.verdict | startswith("definite") | not) or
			($ours != ["main", "work", "outer", $site] and $ours != ["thread_main", "work", "outer", $site]))' rows)
	[ -z "$wrong" ] || fail "leak_stacks$variant: $(head -n 3 <<<"$wrong")"
done
finish
