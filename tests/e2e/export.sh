#!/bin/bash
# Exports: each is read by a program that its format is made for, and says what
# top says.  What needs large tools (go, node, a browser) is in tests/full/.
. "$(dirname "$0")/lib.sh"
require jq sqlite3 protoc ms_print xmllint g++ objcopy

metrics="live peak total count temporary mapped pool"

total() {       # metric profile [option...]
	local metric=$1
	shift
	"$dagmem" top --json -n 1 --metric "$metric" "$@" |
		jq "if .metric == \"count\" or .metric == \"temporary\" then .total.count else .total.bytes end"
}

# Of each form the sum over all it has, by a reader of that form.
sum_folded() { awk '{ n += $NF } END { print n + 0 }' "$1"; }
sum_speedscope() { jq '.profiles[0] | .weights | add // 0' "$1"; }
sum_json() {    # file metric
	jq --arg m "$2" '{live: ["heap", "live_bytes"], peak: ["heap", "peak_bytes"],
		total: ["heap", "total_bytes"], count: ["heap", "total_count"],
		temporary: ["heap", "temporary_count"], mapped: ["mapping", "live_bytes"],
		pool: ["pool", "live_bytes"]}[$m] as [$kind, $field] |
		[.stacks[] | select(.kind == $kind)[$field]] | add // 0' "$1"
}
sum_csv() {     # file metric
	rm -f csv.db
	sqlite3 csv.db ".import --csv $1 stacks" "SELECT coalesce(sum($(case $2 in
		live|mapped|pool) echo live_bytes ;; peak) echo peak_bytes ;; total) echo total_bytes ;;
		count) echo total_count ;; temporary) echo temporary_count ;; esac)), 0) FROM stacks
		WHERE kind = '$(case $2 in mapped) echo mapping ;; pool) echo pool ;; *) echo heap ;; esac)'"
}
decode() {      # file: the message as text
	gunzip <"$1" | protoc --decode dagmem.Profile -I "$top/tests/data" profile.proto
}
# Sum of the sample type with that name.
sum_pprof() {   # file type
	decode "$1" | python3 "$top/tests/e2e/pprof_text.py" sum "$2"
}

# totals PROFILE [option...]: all forms and metrics say what top says.
totals() {
	local profile=$1 metric wanted
	shift
	for metric in $metrics; do
		wanted=$(total "$metric" "$profile" "$@")
		for form in folded speedscope json csv; do
			"$dagmem" export "$form" "$profile" --metric "$metric" "$@" -o out || fail "export $form"
			equal "$form $metric $*" "$(sum_"$form" out "$metric")" "$wanted"
		done
	done
	"$dagmem" export pprof "$profile" "$@" -o out.pb.gz
	decode out.pb.gz >out.txt
	equal "pprof alloc_objects" "$(sum_pprof out.pb.gz alloc_objects)" "$(total count "$profile" "$@")"
	equal "pprof alloc_space" "$(sum_pprof out.pb.gz alloc_space)" "$(total total "$profile" "$@")"
	equal "pprof inuse_space" "$(sum_pprof out.pb.gz inuse_space)" "$(total live "$profile" "$@")"
	equal "pprof peak_space" "$(sum_pprof out.pb.gz peak_space)" "$(total peak "$profile" "$@")"
	"$dagmem" export massif "$profile" "$@" -o out.massif
	check "ms_print" ms_print out.massif >ms.txt
	equal "massif's peak" "$(sed -n '/heap_tree=peak/{n;s/^n[0-9]*: \([0-9]*\) .*/\1/p}' out.massif)" \
		"$(total peak "$profile" "$@")"
	equal "massif's end" "$(tac out.massif | sed -n 's/^mem_heap_B=//p' | head -n 1)" \
		"$(total live "$profile" "$@")"
}

# --- Inlined frames, in their order -------------------------------------------

for variant in '' .O2; do
	rm -f inlined.dagmem*
	traced inlined.dagmem "$programs/inlined$variant"
	"$dagmem" export folded --metric total inlined.dagmem | sed 's/.*;main;/main;/' | sort >folded.txt
	diff folded.txt - <<-'END' || fail "folded$variant"
	main;brief();take 777
	main;outer(unsigned long);middle;take 6048
	main;recursive(int);recursive(int);recursive(int) 300
	END
	"$dagmem" export folded --metric total --inverted --lines inlined.dagmem |
		sed 's/;main .* /;main /' | sort >folded.txt
	diff folded.txt - <<-'END' || fail "folded$variant, inverted"
	recursive(int) (inlined.cpp:49);recursive(int) (inlined.cpp:49);recursive(int) (inlined.cpp:49);main 300
	take (inlined.cpp:25);brief() (inlined.cpp:58);main 777
	take (inlined.cpp:25);middle (inlined.cpp:35);outer(unsigned long) (inlined.cpp:42);main 4000
	take (inlined.cpp:25);middle (inlined.cpp:36);outer(unsigned long) (inlined.cpp:42);main 2048
	END
	"$dagmem" export pprof inlined.dagmem -o inlined.pb.gz
	equal "one location, innermost line first$variant" \
		"$(decode inlined.pb.gz | python3 "$top/tests/e2e/pprof_text.py" lines take | sort)" \
		"$(printf 'take:25 < %s\n' 'brief():58' 'middle:35 < outer(unsigned long):42' \
			'middle:36 < outer(unsigned long):42')"
	"$dagmem" export massif --prune 0 inlined.dagmem -o inlined.massif
	check "ms_print" ms_print --threshold=0 inlined.massif >ms.txt
	equal "massif's frames$variant" "$(sed -n '/(4,000B)/,/main/s/.*: \(.*\) (.*/\1/p' ms.txt | head -n 3)" \
		"$(printf '%s\n' middle 'outer(unsigned long)' main)"
	equal "speedscope's frames$variant" "$("$dagmem" export speedscope inlined.dagmem |
		jq -r '.shared.frames as $f | .profiles[0].samples[0] | map($f[.].name) | .[-3:] | join(" ")')" \
		'outer(unsigned long) middle take'
done
totals inlined.dagmem

# --- Nodes of a DAG ------------------------------------------------------------

mkdir out.d
status "nodes" 0 "$dagmem" -q run --follow -o 'out.d/%p.dagmem' -- "$programs/nodes" 2
for profile in out.d/*.dagmem; do       # of the two processes the one that is no fork
	"$dagmem" sql "$profile" 'SELECT forked FROM profile' | grep -q 1 || cp "$profile" nodes.dagmem
done
totals nodes.dagmem
totals nodes.dagmem --node inner
totals nodes.dagmem --exclude 'function:allocate' --all-frames
equal "by node" "$("$dagmem" export folded --by-node --metric total nodes.dagmem |
	awk -F'[; ]' '/^node n7;/ { n += $NF } END { print n }')" \
	"$(total total nodes.dagmem --node n7)"
"$dagmem" export pprof nodes.dagmem -o nodes.pb.gz
equal "labels" "$(decode nodes.pb.gz | python3 "$top/tests/e2e/pprof_text.py" label n7 alloc_space)" \
	"$(total total nodes.dagmem --node n7)"
status "no such node" 3 "$dagmem" export folded --node nowhere nodes.dagmem 2>error.txt

# --- Moments --------------------------------------------------------------------

traced moments.dagmem "$programs/annotations" >/dev/null
label=$(info moments.dagmem '[.snapshots[] | select(.automatic | not)][0].label')
for form in folded speedscope csv json; do
	"$dagmem" export $form "moments.dagmem@$label" -o out
	equal "$form at $label" "$(sum_$form out live)" "$(total live moments.dagmem --at "$label")"
done
"$dagmem" export pprof --at peak moments.dagmem -o out
equal "pprof at the peak" "$(sum_pprof out inuse_space)" "$(total peak moments.dagmem)"
"$dagmem" export json moments.dagmem -o all.json
equal "json: snapshots" "$(jq -c --arg l "$label" '[.snapshots[] | select(.label == $l)][0] |
	[.rows[][1]] | add' all.json)" "$(total live moments.dagmem --at "$label")"
equal "json: all its numbers lead somewhere" "$(jq '
	(.calls | length) as $calls | (.places | length) as $places | (.frames | length) as $frames |
	(.modules | length) as $modules | (.nodes | length) as $nodes | (.stacks | length) as $stacks |
	([.calls[1:][] | .[0] < $calls and .[1] > 0 and .[1] < $places] +
	 [.calls | to_entries[1:][] | .value[0] < .key] +
	 [.places[].frames[] | . < $frames] +
	 [.places[].module | . == null or . < $modules] +
	 [.stacks[] | .call < $calls and .node < $nodes and .owner < $frames] +
	 [.snapshots[].rows[][0] | . < $stacks]) | all' all.json)" true
equal "json: the timeline is timeline's" "$(jq -c .timeline.heap all.json)" \
	"$("$dagmem" timeline --json moments.dagmem | jq -c .heap)"
status "massif is of all moments" 2 "$dagmem" export massif "moments.dagmem@$label" 2>error.txt
status "massif is of what is live" 2 "$dagmem" export massif --metric total moments.dagmem 2>error.txt

# --- Names that formats could trip over -------------------------------------------

cat >hostile.c <<'C'
#include <stdlib.h>
void *kept[3];
__attribute__((noinline)) void victim(void) { kept[0] = malloc(1234); }
int main(void) { victim(); return 0; }
C
name=$'evil;<script>alert("x")</script>&\\ \x01\xff 77'
gcc -O0 -c hostile.c
check "a hostile name" objcopy --redefine-sym "victim=$name" hostile.o
gcc -o $'ho"st;<le> \n& 1' hostile.o
traced hostile.dagmem $'./ho"st;<le> \n& 1'
totals hostile.dagmem
equal "a line a stack" "$("$dagmem" export folded hostile.dagmem | grep -c 'evil:<script>alert("x")</script>&\\ ?� 77 1234$')" 1
equal "JSON takes it" "$("$dagmem" export speedscope hostile.dagmem | jq '[.shared.frames[].name |
	select(startswith("evil;<script>"))] | length')" 1
equal "CSV takes it" "$("$dagmem" export csv hostile.dagmem -o out.csv
	sqlite3 :memory: '.import --csv out.csv s' 'SELECT count(*) FROM s WHERE function LIKE '"'evil;<script>%'")" 1
"$dagmem" export pprof hostile.dagmem | gunzip | grep -a -q 'evil;<script>' || fail "pprof has the name"

# --- Pictures -------------------------------------------------------------------------

# A box a frame: the widths of main's callees are as their shares.
"$dagmem" export flamegraph --metric total inlined.dagmem -o flames.svg
check "SVG" xmllint --noout flames.svg
equal "boxes and their shares" "$(xmllint --xpath '//*[local-name()="rect"]/*[local-name()="title"]/text()' \
	flames.svg | grep -A9 '^main:' | sort)" "$(sort <<-'END'
	main: 7.0 KiB (100.00 %)
	outer(unsigned long): 5.9 KiB (84.88 %)
	middle: 5.9 KiB (84.88 %)
	take: 5.9 KiB (84.88 %)
	brief(): 777 B (10.91 %)
	take: 777 B (10.91 %)
	recursive(int): 300 B (4.21 %)
	recursive(int): 300 B (4.21 %)
	recursive(int): 300 B (4.21 %)
	END
)"
for profile in hostile.dagmem nodes.dagmem; do
	for form in "flamegraph" "flamegraph --inverted --by-node --metric count" "timeline"; do
		"$dagmem" export $form $profile -o picture.svg || fail "export $form $profile"
		check "SVG" xmllint --noout picture.svg
		grep -q '<script' picture.svg && fail "$form: a name was not escaped"
		status "PNG" 0 "$dagmem" export $form $profile -o picture.png
		equal "a PNG" "$(head -c 8 picture.png | od -An -tx1)" " 89 50 4e 47 0d 0a 1a 0a"
	done
done
"$dagmem" export flamegraph --png inlined.dagmem >piped.png
"$dagmem" export flamegraph inlined.dagmem -o named.png
check "--png and the suffix" cmp piped.png named.png
status "no filtered timeline" 2 "$dagmem" export timeline --node x inlined.dagmem 2>error.txt
status "no PNG of stacks" 2 "$dagmem" export folded --png inlined.dagmem 2>error.txt

# --- Usage ----------------------------------------------------------------------------

status "no format" 2 "$dagmem" export 2>error.txt
check "formats are named" grep -q 'pprof.*speedscope.*folded.*massif' error.txt
status "no such format" 2 "$dagmem" export docx inlined.dagmem 2>error.txt
status "text is no export" 2 "$dagmem" export text inlined.dagmem 2>error.txt
status "pictures' options" 2 "$dagmem" export pprof --inverted inlined.dagmem 2>error.txt
status "a percentage" 2 "$dagmem" export folded --prune 101 inlined.dagmem 2>error.txt
status "no profile" 3 "$dagmem" export folded nothing.dagmem 2>error.txt
status "a profile is not overwritten" 2 "$dagmem" export folded inlined.dagmem -o inlined.dagmem 2>error.txt
status "a full disk is told" 3 "$dagmem" export folded inlined.dagmem -o /dev/full 2>error.txt
for form in pprof speedscope folded massif json csv flamegraph timeline; do
	"$dagmem" help export | grep -q "^  $form " || fail "help export does not tell of $form"
	"$dagmem" export "$form" inlined.dagmem -o first.$form
	"$dagmem" export "$form" inlined.dagmem -o second.$form
	check "$form is the same each time" cmp first.$form second.$form
done
finish
