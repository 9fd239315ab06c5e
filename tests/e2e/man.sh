#!/bin/bash
# The manual pages: well formed, a page for each verb, and each with the options
# that `dagmem help` prints; those of headers with all that they declare.
. "$(dirname "$0")/lib.sh"
require make mandoc man

make --no-print-directory -C "$top" man >make.log 2>&1 || fail "make man: $(tail -n 3 make.log)"
pages=("$top"/docs/*.[1-9] "$top"/build/release/man/*)

for page in "${pages[@]}"; do
	mandoc -Tlint -Wwarning "$page" | grep -v 'unusual Xr order' >lint
	[ ! -s lint ] || fail "mandoc: $(cat lint)"
	man --warnings -E UTF-8 -l -Tutf8 -Z "$page" >/dev/null 2>warnings
	[ ! -s warnings ] || fail "man: $page: $(cat warnings)"
done

# section VERB: its part of dagmem(1); with those it refers to, "as for top".
section() {
	awk -v verb="$1" '/^\.S[sh]/ { inside = index($0 " ", ".Ss dagmem " verb " ") == 1 } inside' "$top/docs/dagmem.1"
}
options_in_page() {
	{
		section "$1"
		[ "$1" = top ] || ! section "$1" | grep -q '^\.Cm top' || section top
	} | grep -oE 'Fl (Fl )?[a-z][a-z-]*' | sed 's/Fl Fl /--/; s/Fl /-/' | sort -u
}
options_in_help() {
	"$dagmem" help "$1" | sed -n 's/^ *\(-.*\)/\1/p' | sed 's/  .*//' | grep -oE -- '--?[a-z][a-z-]*' | sort -u
}

verbs=$("$dagmem" help | sed -n 's/^  \([a-z]*\) .*/\1/p')
for verb in $verbs; do
	[ "$verb" != help ] || continue
	[ -f "$top/build/release/man/dagmem-$verb.1" ] || fail "$verb has no page"
	missing=$(comm -13 <(options_in_page "$verb") <(options_in_help "$verb"))
	[ -z "$missing" ] || fail "dagmem(1) does not say of $verb: $missing"
done
# And what a verb's own list says, help knows; "dag show" is a verb apart there.
for verb in $verbs; do
	section "$verb" | sed '2,${/^\.Ss/,$d}' | grep '^\.It Fl' | grep -oE 'Fl Fl [a-z][a-z-]*' | sed 's/Fl Fl /--/' | sort -u >listed
	extra=$(comm -13 <(options_in_help "$verb") listed)
	[ -z "$extra" ] || fail "help does not know of $verb: $extra"
done

# declared HEADER: the functions and types that it has for programs.
declared() {
	grep -oE '^(static inline |typedef |int |void |struct |enum |uint32_t ).*' "$1" |
		grep -oE '(dagmem|dagrun)_[a-z_]+' | grep -vE '_$|dagmem_api' | sort -u
}
for header in dagmem.h dagrun.h; do
	mandoc -Tascii "$top/build/release/man/$header.3" | col -b >text
	for name in $(declared "$top/include/$header"); do
		grep -q "$name" text || fail "$header(3) lacks $name"
	done
	[ "$(declared "$top/include/$header" | wc -l)" -gt 5 ] || fail "nothing is declared in $header?"
done
# A budget: each setting of `check`, and an example that is one.
mandoc -Tascii "$top/docs/dagmem-budget.5" | col -b >text
for name in $(options_in_help check | sed -n 's/^--\(max-.*\|baseline\|tolerance\|new-site\|suppressions\)$/\1/p'); do
	grep -qE "^ *$name( |$)" text || fail "dagmem-budget(5) lacks $name"
done
sed -n '/^\.Sh EXAMPLES/,/^\.Ed/p' "$top/docs/dagmem-budget.5" | grep -v '^\.' >example
traced base.dagmem "$programs/demo" >/dev/null
: >known.supp
"$dagmem" check base.dagmem --budget example >/dev/null 2>message
case $?,$(cat message) in
0,*|1,*|3,*'not looked through'*) ;;
*) fail "the example of dagmem-budget(5): $(cat message)" ;;
esac
grep -q 'Extents and pages' "$top/docs/FORMAT.md" &&
	mandoc -Tascii "$top/build/release/man/dagmem-profile.5" | col -b | grep -q 'EXTENTS AND PAGES' ||
	fail "dagmem-profile(5) lacks its first section"
finish
