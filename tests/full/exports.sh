#!/bin/bash
# Exports of real programs, read by what they are made for: go's pprof, a
# browser.  Their totals are those of top; pictures show the same in both forms.
. "$(dirname "$0")/../e2e/lib.sh"
require jq go g++ python3 sqlite3 perl chromium
export PPROF_TMPDIR=$tmp HOME=$tmp

top_total() {   # metric profile [option...]
	local metric=$1
	shift
	"$dagmem" top --json -n 1 --metric "$metric" "$@" |
		jq "if .metric == \"count\" then .total.count else .total.bytes end"
}

pprof() {       # option... file
	go tool pprof -unit=b -nodecount=1000000 -nodefraction=0 -edgefraction=0 "$@" 2>/dev/null
}

# What pprof says that there is in all, and the sum of its flat column.
pprof_total() {
	pprof -top "$@" | sed -n 's/^Showing nodes accounting for .* of \([0-9]*\)[Bb] total$/\1/p'
}
pprof_flat() {
	pprof -top "$@" | awk 'table { sub("[Bb]$", "", $1); n += $1 } /flat%/ { table = 1 } END { printf "%.0f\n", n }'
}

agree() {       # profile
	local profile=$1 metric type
	"$dagmem" export pprof "$profile" -o p.pb.gz || fail "export pprof $profile"
	while read -r metric type; do
		equal "$profile: $type" "$(pprof_total -sample_index=$type p.pb.gz)" "$(top_total $metric "$profile")"
		equal "$profile: $type by function" "$(pprof_flat -sample_index=$type p.pb.gz)" \
			"$(top_total $metric "$profile")"
	done <<-'END'
	live inuse_space
	total alloc_space
	peak peak_space
	count alloc_objects
	END
	equal "$profile: lines" "$(pprof_flat -lines -sample_index=alloc_space p.pb.gz)" "$(top_total total "$profile")"
	equal "$profile: folded" "$("$dagmem" export folded --metric peak "$profile" | awk '{ n += $NF } END { print n }')" \
		"$(top_total peak "$profile")"
	"$dagmem" export massif "$profile" -o p.massif
	check "$profile: ms_print" ms_print p.massif >ms.txt 2>deep.txt
	for form in flamegraph timeline; do
		"$dagmem" export $form "$profile" -o p.svg && xmllint --noout p.svg || fail "$profile: $form"
	done
	"$dagmem" export json "$profile" | jq -e '.schema == "dagmem.profile/1"' >/dev/null || fail "$profile: json"
}

# --- Real programs --------------------------------------------------------------

PYTHONMALLOC=malloc traced python.dagmem python3 -c '
import json, re
text = json.dumps([{"key %d" % i: list(range(i % 50))} for i in range(5000)])
data = json.loads(text)
patterns = [re.compile("a%d+" % i) for i in range(200)]'
traced sqlite.dagmem sqlite3 :memory: 'CREATE TABLE t (a, b); WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL
	SELECT i + 1 FROM n WHERE i < 50000) INSERT INTO t SELECT i, hex(randomblob(20)) FROM n;
	CREATE INDEX x ON t (b); SELECT count(*) FROM t a JOIN t b USING (b);' >/dev/null
traced perl.dagmem perl -e 'my %h; $h{"key $_"} = [1 .. $_ % 30] for 1 .. 20000; print scalar(keys %h), "\n"' >/dev/null
cat >templates.cpp <<'CPP'
#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

template <typename T> struct tree {
	T value;
	std::vector<std::unique_ptr<tree>> children;
};

template <typename T, typename F> void walk(tree<T> &node, F &&visit)
{
	visit(node.value);
	for (auto &child : node.children)
		walk(*child, visit);
}

static std::unique_ptr<tree<std::string>> grow(int depth)
{
	auto node = std::make_unique<tree<std::string>>();

	node->value.assign(100 + depth, 'x');
	for (int i = 0; depth && i < 4; i++)
		node->children.push_back(grow(depth - 1));
	return node;
}

int main()
{
	std::map<std::size_t, std::vector<std::function<std::size_t()>>> index;
	auto root = grow(6);

	walk(*root, [&](std::string &text) { index[text.size()].push_back([text] { return text.size(); }); });
	return index.size() == 7 ? 0 : 1;
}
CPP
check "g++" g++ -g -O2 -o templates templates.cpp
traced templates.dagmem ./templates
g++ -E -o templates.ii templates.cpp
check "cc1plus" traced cc1plus.dagmem "$(g++ -print-prog-name=cc1plus)" -fpreprocessed -quiet -O1 templates.ii \
	-o templates.s
for profile in python sqlite perl templates cc1plus; do
	agree $profile.dagmem
done
"$dagmem" export pprof templates.dagmem -o p.pb.gz
check "inlined functions are told apart" test "$(pprof -top -sample_index=alloc_space p.pb.gz | grep -c '(inline)')" -gt 3

# --- Nodes of a DAG ----------------------------------------------------------------

cat >chain.dag <<'END'
node load 3MiB
node big 8MiB < load
node small 1MiB < big
END
check "dag run" "$dagmem" -q dag run chain.dag -o chain.dagmem >/dev/null
agree chain.dagmem
"$dagmem" export pprof chain.dagmem -o p.pb.gz
big=$("$dagmem" top --json --metric total --node big chain.dagmem | jq .total.bytes)
check "-tags" grep -q " $big.0B .*: big" <(pprof -tags -sample_index=alloc_space p.pb.gz)
equal "-tagroot" "$(pprof -top -cum -tagroot=dag_node -sample_index=alloc_space p.pb.gz |
	awk '$NF == "big" { sub("B", "", $4); print $4 }')" "$big"

# --- Differences ---------------------------------------------------------------------

traced base.dagmem "$programs/demo" >/dev/null
traced new.dagmem "$programs/demo" leak >/dev/null
"$dagmem" export pprof base.dagmem -o base.pb.gz
"$dagmem" export pprof new.dagmem -o new.pb.gz
equal "-diff_base" "$(pprof -top -diff_base=base.pb.gz new.pb.gz | awk '$6 == "make_index" { sub("B", "", $1); print $1 }')" \
	"$("$dagmem" diff --json --by function base.dagmem new.dagmem |
		jq '[.rows[] | select(.function == "make_index") | .bytes_diff][0]')"

# --- Pictures, in a browser and by cairo -------------------------------------------------

# The shares of a picture's pixels that are not white, by thirds of its width.
shares() {
	python3 "$top/tests/full/png_shares.py" "$1"
}
for form in "flamegraph --metric peak" "flamegraph --inverted --metric total" timeline; do
	"$dagmem" export $form python.dagmem -o p.svg
	"$dagmem" export $form python.dagmem -o ours.png
	size=$(sed -n 's/.*width="\([0-9]*\)" height="\([0-9]*\)".*/\1,\2/p;/viewBox/q' p.svg)
	chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --force-device-scale-factor=1 \
		--window-size="$size" --screenshot="$tmp/theirs.png" "file://$tmp/p.svg" >chromium.txt 2>&1 ||
		fail "chromium: $(tail -n 3 chromium.txt)"
	check "$form: cairo draws what a browser shows" python3 - "$(shares ours.png)" "$(shares theirs.png)" <<-'END'
	import sys
	ours, theirs = (list(map(float, text.split())) for text in sys.argv[1:3])
	print(ours, theirs)
	sys.exit(not (max(ours) > 0.05 and all(abs(a - b) < 0.03 for a, b in zip(ours, theirs))))
	END
done
finish
