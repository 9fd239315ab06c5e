#!/bin/bash
# check: limits and baselines hold or not, to the byte; its reports are what
# their readers take; a bad budget is told with its line.
. "$(dirname "$0")/lib.sh"
require jq xmllint gcc

traced base.dagmem "$programs/demo" >/dev/null
traced new.dagmem "$programs/demo" leak >/dev/null

gate() {        # WANTED-STATUS OPTION...
	local wanted=$1
	shift
	status "check" "$wanted" "$dagmem" check new.dagmem "$@" >out.txt 2>error.txt
}

# --- Limits, to the byte -----------------------------------------------------

peak=$(info new.dagmem .totals.peak_bytes)
live=$(info new.dagmem .totals.live_bytes)
total=$(info new.dagmem .totals.allocated_bytes)
count=$(info new.dagmem .totals.allocations)
temporary=$(info new.dagmem .totals.temporaries)
for limit in peak=$peak live=$live total=$total allocations=$count temporary=$temporary; do
	gate 0 --max-${limit%%=*} "${limit#*=}"
	check "it holds" grep -q "^ok    max-${limit%%=*} " out.txt
	gate 1 --max-${limit%%=*} $((${limit#*=} - 1))
	check "it does not" grep -q "^FAIL  max-${limit%%=*} .*" out.txt
done
check "what is behind it" grep -q '^        programs/demo.c:' out.txt

# Rows: what top says of each is what a limit on it is held to.
row() {         # grouping metric jq-condition
	"$dagmem" top --json -n 0 --by "$1" --metric "$2" new.dagmem | jq "[.rows[] | select($3)][0].bytes"
}
largest=$(row line peak '.line == 47')
for pattern in line:demo.c:47 'line:*/demo.c:47' 'line:*:47' "line:$top/tests/programs/demo.c:47"; do
	gate 0 --max-peak "$pattern=$largest"
	gate 1 --max-peak "$pattern=$((largest - 1))"
	equal "one line" "$(grep -c '^        ' out.txt)" 1
done
for scope in function:make_index file:demo.c 'file:*/programs/demo.c' module:demo 'node:(outside*'; do
	bytes=$("$dagmem" top --json -n 0 --by "${scope%%:*}" new.dagmem |
		jq "[.rows[] | select(\"${scope%%:*}\" != \"function\" or .function == \"make_index\")][0].bytes")
	gate 0 --max-live "$scope=$bytes"
	gate 1 --max-live "$scope=$((bytes - 1))"
done
gate 1 --max-live function=1000
equal "every function over it" "$(grep -c '^        ' out.txt)" "$("$dagmem" top --json -n 0 --by function \
	new.dagmem | jq '[.rows[] | select(.bytes > 1000)] | length')"
gate 0 --max-live function:nobody=0
check "what matches nothing is told" grep -q 'no such function' out.txt
gate 1 --strict --max-live function:nobody=0
check "what matches nothing fails when it is wanted" grep -q '^FAIL .*no such function' out.txt
gate 0 --strict --max-live function:make_index=1GiB

mkdir nodes
status "nodes" 0 "$dagmem" -q run --follow -o 'nodes/%p.dagmem' -- "$programs/nodes" 2
for profile in nodes/*.dagmem; do
	"$dagmem" sql "$profile" 'SELECT forked FROM profile' | grep -q 1 || cp "$profile" nodes.dagmem
done
n7=$("$dagmem" top --json --node n7 --metric total nodes.dagmem | jq .total.bytes)
status "a node" 0 "$dagmem" check nodes.dagmem --max-total "node:n7=$n7" >out.txt
status "a node" 1 "$dagmem" check nodes.dagmem --max-total "node:n7=$((n7 - 1))" >out.txt
check "it is named" grep -q '^        n7: ' out.txt

# What executions of nodes added and left, as dag show has it.
cat >chain.dag <<'END'
node load 3MiB
node big 8MiB < load
node small 1MiB < big
END
check "dag run" "$dagmem" -q dag run chain.dag -o chain.dagmem >/dev/null
for quantity in transient retained; do
	bytes=$("$dagmem" dag show --json -n 0 chain.dagmem |
		jq "[.nodes[] | select(.name == \"big\")][0].${quantity}_bytes")
	status "$quantity" 0 "$dagmem" check chain.dagmem "--max-$quantity" "node:big=$bytes" >out.txt
	status "$quantity" 1 "$dagmem" check chain.dagmem "--max-$quantity" "node:b*=$((bytes - 1))" >out.txt
	check "it is named" grep -q '^        big: 8.0 MiB' out.txt
	status "$quantity of all" 1 "$dagmem" check chain.dagmem "--max-$quantity" node=2MiB >out.txt
	equal "largest first" "$(sed -n 's/^        \(.*\): .*/\1/p' out.txt | head -n 2 | tr '\n' ' ')" 'big load '
done

# What is lost: a block of 1000 bytes, and 234 that only it holds.
cat >lost.c <<'C'
#include <stdlib.h>
#include <string.h>
__attribute__((noinline)) static void lose(void)
{
	void **block = malloc(1000);
	*block = malloc(234);
}
__attribute__((noinline)) static void wipe(void)
{
	char stack[65536];
	memset(stack, 0, sizeof stack);
	__asm__ volatile("" : : "r"(stack) : "memory");
}
int main(void) { lose(); wipe(); return 0; }
C
check "gcc" gcc -g -O1 -fno-builtin -o lost lost.c
status "lost" 0 "$dagmem" -q run --leak-check -o lost.dagmem -- ./lost 2>leaks.txt
leaks() { status "leaks" "$1" "$dagmem" check lost.dagmem "${@:2}" >out.txt 2>error.txt; }
leaks 0 --max-leak 1234 --max-leak function:lose=1234 --max-leak line:lost.c:5=1000 --max-leak line=1000
leaks 1 --max-leak 1233
check "its lines" grep -q '^        .*lost.c:5: 1000 B' out.txt
leaks 1 --max-leak line:lost.c:6=233
leaks 1 --max-leak 'node:(outside*=1233'
echo 'leak:lose' >known
leaks 0 --max-leak 0 --suppressions known
printf 'max-leak 0\nsuppressions known\n' >leak.budget
leaks 0 --budget leak.budget
leaks 3 --max-leak 0 --suppressions nowhere
gate 3 --max-leak 0
check "how to get a leak check" grep -q -- '--leak-check' error.txt

# --- Against a baseline --------------------------------------------------------

gate 1 --baseline base.dagmem
check "the function that grew" grep -q '^        make_index (demo.c:[0-9]*): .* before$' out.txt
gate 0 --baseline new.dagmem
gate 0 --baseline base.dagmem --tolerance 200%
grown=$((peak - $(info base.dagmem .totals.peak_bytes)))
gate 0 --baseline base.dagmem --tolerance live=9GiB --tolerance peak=$grown
gate 1 --baseline base.dagmem --tolerance live=9GiB --tolerance peak=$((grown - 1))
more=$((count - $(info base.dagmem .totals.allocations)))
[ $more -gt 0 ] || more=0
gate 0 --baseline base.dagmem --tolerance 200% --tolerance allocations=$more
status "fewer than before" 0 "$dagmem" check base.dagmem --baseline new.dagmem >out.txt

# A new function of another build, in another folder and on other lines.
mkdir old moved
cat >old/prog.c <<'C'
#include <stdlib.h>
void *kept[2];
__attribute__((noinline)) void first(void) { kept[0] = malloc(50000); }
int main(void) { first(); return 0; }
C
{ echo '/* moved */'; sed 's/int main.*/__attribute__((noinline)) void second(void) { kept[1] = malloc(2000); }\n&/;
	s/first();/first(); second();/' old/prog.c; } >moved/prog.c
for build in old moved; do
	gcc -g -fno-builtin -o $build/prog $build/prog.c
	traced $build.dagmem $build/prog
done
status "5 %" 0 "$dagmem" check moved.dagmem --baseline old.dagmem >out.txt
status "a new site" 1 "$dagmem" check moved.dagmem --baseline old.dagmem --new-site 1999 >out.txt
check "only what is new" test "$(grep -c '^        ' out.txt)" = 2
check "by its name" grep -q '^        second (prog.c:5): 2.0 KiB, 0 B before' out.txt
status "not so large" 0 "$dagmem" check moved.dagmem --baseline old.dagmem --new-site 2000 >out.txt
status "a snapshot that is none" 3 "$dagmem" check moved.dagmem --baseline old.dagmem@x 2>error.txt
status "no baseline" 3 "$dagmem" check moved.dagmem --baseline nothing.dagmem 2>error.txt
check "which is told" grep -q 'the baseline: .*nothing.dagmem' error.txt

# --- A budget -------------------------------------------------------------------

mkdir -p ci
cp base.dagmem ci/base.dagmem
cat >ci/budget <<END
# what the nightly run may use
max-peak 10MiB
max-peak line:demo.c:47 = 1 MiB        # the index
tolerance 1000%
baseline base.dagmem
END
gate 1 --budget ci/budget
equal "checks" "$(grep -c '^\(ok\|FAIL\)  ' out.txt)" 6
check "the line of the budget" grep -q '^FAIL  max-peak line:demo.c:47 = 1 MiB: .* (ci/budget:3)$' out.txt
gate 1 --budget ci/budget --max-live 1
printf 'max-peak 1MiB\n\nmax-lief 3\n' >bad
gate 3 --budget bad
equal "its line" "$(cat error.txt)" "dagmem: bad:3: there is no limit 'max-lief'"
gate 3 --budget nowhere
gate 3 --budget .

# --- Reports ---------------------------------------------------------------------

gate 1 --max-peak 1MiB --max-live 10GiB --max-live 'function:make_*=1KiB' --baseline base.dagmem \
	--junit out.xml --sarif out.sarif --markdown out.md --source-root "$top"
# A CI job's summary is added to.
printf 'other\n' >summary.md
for _ in 1 2; do
	GITHUB_STEP_SUMMARY=$PWD/summary.md gate 0 --max-peak 10GiB --markdown "$PWD/summary.md"
	gate 0 --max-peak 10GiB --markdown twice.md
done
equal "summaries" "$(grep -c '^### Memory\|^other' summary.md)" 3
equal "no summary" "$(grep -c '^### Memory' twice.md)" 1
gate 1 --max-peak 1MiB --max-live 10GiB --max-live 'function:make_*=1KiB' --baseline base.dagmem
check "JUnit" xmllint --noout --relaxng "$top/tests/data/junit.rng" out.xml 2>xml.txt
equal "failures" "$(xmllint --xpath 'string(/testsuites/@failures)' out.xml)" \
	"$(grep -c '^FAIL' out.txt)"
equal "cases" "$(xmllint --xpath 'count(//testcase)' out.xml)" "$(grep -c '^ok\|^FAIL' out.txt)"
equal "SARIF's results have a place in the sources" "$(jq -c '[.runs[0].results[] |
	.locations[0].physicalLocation | [.artifactLocation.uri, .region.startLine > 0]] | unique' out.sarif)" \
	'[["tests/programs/demo.c",true]]'
equal "its rules are there" "$(jq '.runs[0] | ([.results[].ruleId] | unique) ==
	([.tool.driver.rules[].id] | sort)' out.sarif)" true
equal "Markdown" "$(grep -c '^| ❌ ' out.md) $(grep -c '^| ✅ ' out.md)" \
	"$(grep -c '^FAIL' out.txt) $(grep -c '^ok' out.txt)"
gate 1 --max-peak 1MiB --json
equal "JSON" "$(jq -c '[.schema, .passed, .checks[0].value, .checks[0].allowed, .checks[0].rows[0].line]' out.txt)" \
	"[\"dagmem.check/1\",false,$peak,1048576,47]"
gate 0 --max-peak 1GiB --sarif passed.sarif
equal "nothing to tell" "$(jq '.runs[0].results' passed.sarif)" '[]'
gate 3 --max-peak 1GiB --junit /dev/full

# --- Usage -------------------------------------------------------------------------

gate 2
check "what is missing is told" grep -q -- '--max-peak, --max-live' error.txt
gate 2 --max-peak lots
gate 2 --max-peak stack:x=1
gate 2 --max-transient 1MiB
gate 2 --max-peak 1MiB --csv
gate 2 --max-peak 1MiB --source-root nowhere
gate 2 --max-peak 1MiB --at peak
status "no profile" 3 "$dagmem" check nothing.dagmem --max-peak 1 2>error.txt
status "not one" 3 "$dagmem" check ci/budget --max-peak 1 2>error.txt
finish
