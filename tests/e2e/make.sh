#!/bin/bash
# A build by GNU make: each recipe a node, its processes' bytes at it, edges from
# the prerequisites; make and its recipes do as they would without us.
. "$(dirname "$0")/lib.sh"

example=$top/tracer/adapters/examples
gcc -O1 -fno-builtin -Wall -Wextra -o hold "$example/hold.c" || skip "hold.c does not compile"
export HOLD=$tmp/hold TMPDIR=$tmp/temporary
mkdir "$TMPDIR"

# The profile with the build's graph: that of the make that was started.
run_make() {    # folder argument...
	local folder=$1
	shift
	rm -rf "$folder"
	mkdir "$folder"
	"$dagmem" -q run -o "$folder/%e.%p.dagmem" --adapter make -- make "$@"
}

root() {        # folder
	local profile
	for profile in "$1"/*.dagmem; do
		[ "$("$dagmem" sql --json "$profile" 'SELECT count(*) AS n FROM dag_node' | jq '.[0].n')" = 0 ] ||
			echo "$profile"
	done
}

nodes() {       # profile jq-filter
	"$dagmem" dag show -n 0 --json "$1" | jq -cS "[.nodes[] | $2] | add"
}

# --- The example ---------------------------------------------------------------

for jobs in 1 4; do
	cp -r "$example/make" build.$jobs
	rm -f "$truth"
	status "plain, -j$jobs" 0 make -s -C build.$jobs -j$jobs >plain.txt 2>plain.err
	rm -rf build.$jobs
	cp -r "$example/make" build.$jobs
	rm -f "$truth"
	status "traced, -j$jobs" 0 run_make out.$jobs -s -C build.$jobs -j$jobs >traced.txt 2>traced.err
	check "-j$jobs: output" cmp plain.txt traced.txt
	check "-j$jobs: errors" cmp plain.err traced.err
	profile=$(root out.$jobs)
	equal "-j$jobs: one profile has the graph" "$(wc -w <<<"$profile")" 1

	# Recipes that are nothing but such a process: to the byte.
	check "-j$jobs: there is a truth" test -s "$truth"
	for node in out sub/table sub/report; do
		[ $node = out ] && continue     # mkdir is in it, too
		equal "-j$jobs: own bytes of $node" \
			"$(nodes "$profile" "select(.name == \"$node\") | .allocated_bytes")" \
			"$(jq -s "[.[] | select(.node == \"$node\") | .total] | add" "$truth")"
	done
	# Others have a shell or touch beside it, which hold little.
	difference=$("$dagmem" dag show -n 0 --json "$profile" | jq -r --slurpfile truth "$truth" '
		($truth | group_by(.node) | map({key: .[0].node, value: {total: (map(.total) | add),
			largest: (map(.total) | max)}}) | from_entries) as $true |
		.nodes[] | select($true[.name]) | $true[.name] as $t |
		select(.allocated_bytes < $t.total or .allocated_bytes > $t.total + 200000 or
			.transient_bytes < $t.largest) | "\(.name): \(.allocated_bytes), \(.transient_bytes)"')
	equal "-j$jobs: own bytes and peaks" "$difference" ''
	equal "-j$jobs: two at a time" "$(nodes "$profile" 'select(.name == "both") |
		.transient_bytes >= 12000000 and .transient_bytes < 12100000')" true
	equal "-j$jobs: one after the other" "$(nodes "$profile" 'select(.name == "scale") |
		.transient_bytes >= 500000 and .transient_bytes < 600000')" true
	equal "-j$jobs: edges" "$("$dagmem" dag show -n 0 --json "$profile" |
		jq -c '[.edges[] | join(" ")] | sort')" \
		'["join both","join report","load join","load scale","out join","scale join","sub/report report","sub/table report","sub/table sub/report"]'
	equal "-j$jobs: failed" "$(nodes "$profile" .failed)" 0
done
check "the text tells" grep -qE '^ +both +1 ' <("$dagmem" dag show "$profile")
check "its processes are counted" grep -q 'processes$' <("$dagmem" dag show "$profile")
check "nothing is left" test -z "$(ls -d "$TMPDIR"/dagmem-make.* 2>/dev/null)"

# --- Behaviour -------------------------------------------------------------------

# same NAME ARGUMENT...: make does, says and returns what it does without us.
same() {
	local name=$1 plain=0 traced=0
	shift
	rm -rf same.plain same.traced
	mkdir same.plain
	cat >same.plain/Makefile
	cp -r same.plain same.traced
	(cd same.plain && exec make "$@") >plain.txt 2>plain.err || plain=$?
	(cd same.traced && exec "$dagmem" -q run -o "$tmp/out/" --adapter make -- make "$@") \
		>traced.txt 2>traced.err || traced=$?
	equal "$name: exit status" $traced $plain
	check "$name: output" diff plain.txt traced.txt
	check "$name: errors" diff plain.err traced.err
}
mkdir out

same "failure" <<'M'
a: ; @echo before; false; echo never
M
same "failure, keep going" -k <<'M'
all: a b c
a: ; exit 3
b: ; @echo b
c: a ; @echo never
M
same "no such command" <<'M'
a: ; nosuchcommandanywhere --option
M
same "no such target" nothing <<'M'
a: ; @echo a
M
same "quotes, lines, one shell" <<'M'
.ONESHELL:
a:
	@x='a "b" $$HOME'
	for i in 1 2; do
		echo "$$i: $$x" \
			'and \ more'
	done
M
same "another shell" <<'M'
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
a:
	@array=(1 2 3); echo "$${#array[@]} $(SHELL) $(.SHELLFLAGS)"
	@false | true
	@echo never
M
same "functions" <<'M'
files := $(shell echo one two)
now = $(shell echo $@ $^)
a: b ; @echo '$(files) $(now) $(firstword $(MAKEFILE_LIST)) $(MAKEFILE_LIST) $(MAKEFLAGS) $(MAKECMDGOALS)'
b: ; @echo $(words $(.DEFAULT_GOAL))
M
same "rules that match anything" <<'M'
all: x.o
%: missing ; @echo "never $@"
%.mk: ; @echo "never $@"
%.o: ; @echo "made $@"
.DEFAULT: ; @echo "never $@"
M
same "environment overrides" -e <<'M'
export THING = value
a: ; @echo $$THING; $(MAKE) --no-print-directory -e b
b: ; @echo b $$THING
M
same "everything exported" <<'M'
.EXPORT_ALL_VARIABLES:
NAME = some $@
a: ; @echo "$$NAME"; env | grep -c '^dagmem_' || true
M
same "undefined variables" --warn-undefined-variables <<'M'
a: b ; @echo $(nothing)
b: ; @echo b
M
same "dry run" -n <<'M'
a: b ; @echo a
b: ; +@echo b
M
same "question" -q <<'M'
a: ; @echo a
M
same "targets with strange names" <<'M'
all: with\ space a$$b 'quoted' semi@colon
with\ space a$$b 'quoted' semi@colon: ; @echo 'made <$(subst ','"'"',$@)>'
M
same "a makefile that is made" <<'M'
include made.mk
made.mk: ; @echo 'made := yes' >$@
all: ; @echo $(made)
M
same "many prerequisites" <<'M'
names := $(foreach a,0 1 2 3 4 5 6 7 8 9,$(foreach b,0 1 2 3 4 5 6 7 8 9,$(foreach c,0 1 2 3 4 5 6 7 8 9,$a$b$c.a-long-name-of-a-prerequisite-so-that-they-would-not-fit-into-an-environment-of-the-usual-size-at-all-but-do-in-a-file)))
all: $(names) ; @echo $(words $^)
$(names): ; @:
M
MAKEFILES=$tmp/theirs.mk
echo 'THEIRS := theirs' >"$MAKEFILES"
export MAKEFILES
same "a makefile of the user's own before all" <<'M'
a: ; @echo $(THEIRS); $(MAKE) --no-print-directory b
b: ; @echo $(THEIRS)
M
unset MAKEFILES

# auto, doctor; make started by something else.
rm -rf out
mkdir out
printf 'a:\n\t@$(HOLD) a 1234\n' >Makefile
"$dagmem" -q run -o out/ --adapter auto -- make >auto.txt
equal "auto" "$(nodes "$(root out)" .allocated_bytes)" 1234
rm -rf out
mkdir out
"$dagmem" -q run -o out/ --adapter make -- sh -c 'echo first; make; echo last' >script.txt
equal "from a script" "$(nodes "$(root out)" .allocated_bytes)" 1234
check "doctor finds it" grep -q 'GNU make' <("$dagmem" doctor make)
finish
