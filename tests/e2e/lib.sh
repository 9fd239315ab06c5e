# What every end-to-end test begins with:  . "$(dirname "$0")/lib.sh"
#
# A test is a script that ends with status 0 (passed), 1 (failed) or 77
# (skipped).  It runs in a folder of its own, $tmp, which is removed at the
# end.  A failed check says so and the test goes on; `finish` ends it.
#
#   $dagmem $tracer   the program and the library under test
#   $programs         the built sample programs; ${variants} their suffixes
#   $truth            the file where a sample program writes what it knows

tmp=$(mktemp -d "${TMPDIR:-/tmp}/dagmem-test.XXXXXX") || exit 1
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
case $top in
*[:\ ]*)       # neither LD_PRELOAD nor the words of a test can hold that
	ln -s "$top" "$tmp.top"
	top=$tmp.top
	;;
esac
build=$(cd "$top/${DAGMEM_BUILD:-build}" && pwd) || exit 1
dagmem=$build/dagmem
tracer=$top/build/libdagmem.so
programs=$top/build/programs
variants="'' .O2"
truth=$tmp/truth.json
failures=0
export TRUTH=$truth DEBUGINFOD_URLS='' NO_COLOR=1
unset DAGMEM_OPTIONS LD_PRELOAD MAKEFLAGS MAKELEVEL MFLAGS MAKEFILES
trap 'status=$?; [ -n "${keep_tmp-}" ] || rm -rf "$tmp" "$tmp.top"; exit $status' EXIT
cd "$tmp" || exit 1

# For what goes to the checkout itself and preloads from there.
needs_plain_path() {
	[ "$top" != "$tmp.top" ] || skip "LD_PRELOAD cannot hold the path of this checkout"
}

skip() {        # reason
	echo "skip: $*"
	exit 77
}

fail() {        # what is wrong
	echo "FAILED: $*"
	failures=$((failures + 1))
}

finish() {
	[ $failures -eq 0 ] || exit 1
	exit 0
}

# Tools that a test needs: without them it is skipped.
require() {
	local tool
	for tool in "$@"; do
		command -v "$tool" >/dev/null || skip "$tool is not there"
	done
}

# check WHAT COMMAND...: the command succeeds.
check() {
	local what=$1
	shift
	"$@" || fail "$what: $*"
}

# equal WHAT GOT WANTED
equal() {
	[ "$2" = "$3" ] || fail "$1: got '$2', not '$3'"
}

# status WHAT WANTED COMMAND...: the command ends with this status.
status() {
	local what=$1 wanted=$2 got=0
	shift 2
	"$@" || got=$?
	equal "$what: exit status of $*" $got "$wanted"
}

# --- Tracing ----------------------------------------------------------------

# traced PROFILE COMMAND...: run under `dagmem run`; the command's exit status.
traced() {
	local profile=$1
	shift
	"$dagmem" -q run -o "$profile" -- "$@"
}

# preloaded OPTIONS COMMAND...: run with the tracer by hand.
preloaded() {
	local options=$1
	shift
	LD_PRELOAD=$tracer DAGMEM_OPTIONS=$options "$@"
}

# --- Looking at profiles ----------------------------------------------------

info() {        # profile jq-filter
	"$dagmem" info --json "$1" | jq -r "$2"
}

truth() {       # jq-filter
	jq -r "$1" "$truth"
}

# All rows of a report by line: {"stress.c:48": {"bytes":..,"count":..}, ...}.
lines() {       # profile metric [option...]
	local profile=$1 metric=$2
	shift 2
	"$dagmem" top --json -n 1000000 --by line --metric "$metric" "$@" "$profile" |
		jq -c 'reduce (.rows[] | select(.file)) as $row ({};
			(($row.file | split("/") | last) + ":" + ($row.line | tostring)) as $key |
			.[$key].bytes += $row.bytes | .[$key].count += $row.count)'
}

# The truth's lines in the same form.
true_lines() {  # bytes-field count-field
	jq -c 'reduce .lines[] as $line ({};
		"\($line.file):\($line.line)" as $key |
		.[$key].bytes += $line.'"$1"' | .[$key].count += $line.'"$2"')' "$truth"
}

# compare_lines WHAT ROWS TRUE: each line of the truth has a row that says the
# same; a line of zeros may be missing.
compare_lines() {
	local differences
	differences=$(jq -rn --argjson rows "$2" --argjson truth "$3" '
		$truth | to_entries[] |
		($rows[.key] // {"bytes": 0, "count": 0}) as $row |
		select(.value != $row) | "\(.key): \($row), not \(.value)"') ||
		fail "$1: no rows to compare"
	[ -z "$differences" ] || fail "$1: $differences"
	[ "$3" != '{}' ] || fail "$1: the truth is empty"
}

# The profile's lines have the truth's live and total figures.
lines_are_true() {      # profile
	compare_lines "live bytes by line" "$(lines "$1" live)" "$(true_lines live_bytes live_count)"
	compare_lines "all bytes by line" "$(lines "$1" total)" \
		"$(true_lines allocated_bytes allocations)"
}

# The profile's totals are the truth's: for programs where nothing but their
# own lines allocates (C, one thread, no stdio, no dlopen).
totals_are_true() {     # profile
	local field
	for field in allocations allocated_bytes frees freed_bytes live_bytes; do
		equal "$field" "$(info "$1" .totals.$field)" "$(truth .$field)"
	done
}

# Nothing was lost on the way: no dropped event, no failed walk.
quality_is_good() {     # profile
	local bad
	bad=$(info "$1" '.quality | to_entries[] | select(
		(.key | IN("events_dropped", "walks_failed", "walks_truncated", "frees_unknown", "frees_missed",
			"check_frames_differ", "check_ids_differ", "growth_failed", "stacks_folded",
			"pages_damaged", "nodes_misused")) and .value != 0) | "\(.key)=\(.value)"')
	[ -z "$bad" ] || fail "quality of $1: $bad"
}
