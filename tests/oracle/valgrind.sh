#!/bin/bash
# usage: valgrind.sh [SCALE [PROGRAM...]]
#
# Allocations, frees and bytes of real programs agree with valgrind's "total
# heap usage", to the block and byte.  SCALE (1..100) is the size of the jobs.
#
# Both run in the same small environment.  Some programs allocate in
# proportion to it (python3 copies it), so what valgrind adds to it is given to
# both, and LD_PRELOAD is made as long as valgrind's.
. "$(dirname "${BASH_SOURCE[0]}")/../e2e/lib.sh"
require valgrind gcc

scale=${1:-10}
shift $(($# > 0))
# Not xmllint: libxml2 seeds its dictionary's hash with time(), so that two
# runs of it alone differ.
wanted=${*:-sqlite3 python3 jq perl git cc1}

# The programs' folder holds the same files in both runs: python3 lists it.
mkdir "$tmp/work" && cd "$tmp/work" || exit 1
profile=$tmp/oracle.dagmem

# --- The jobs: prepare_NAME makes the input, job_NAME is the command ---------

prepare_sqlite3() {
	{
		echo 'create table t(a integer primary key, b text, c real); begin;'
		for i in $(seq $((scale * 40))); do
			echo "insert into t values($i, 'row number $i of the table', $i * 1.5);"
		done
		echo 'commit; create index i on t(b);'
		echo 'select count(*), sum(c), max(b) from t; select b, group_concat(a) from t group by a % 7 order by 1;'
		echo 'with recursive n(x) as (select 1 union all select x + 1 from n where x < 500) select sum(x) from n;'
	} >input.sql
}
job_sqlite3() { job=(sqlite3 -init /dev/null :memory: '.read input.sql'); }

# No id(), no copy.deepcopy(), no check_circular: they make integers of
# addresses, and how many digits those have depends on where the heap lies.
prepare_python3() {
	cat >input.py <<-PY
		import json, re
		data = {"k%d" % i: [i, str(i), {"n": i * 1.5, "l": list(range(i % 17))}] for i in range($((scale * 20)))}
		text = json.dumps(data, check_circular=False)
		again = json.loads(text)
		deep = {k: [list(map(str, v[2]["l"])), dict(v[2])] for k, v in again.items()}
		words = re.findall(r"[a-z]+[0-9]+", text)
		print(len(text), len(deep), len(words), sorted(set(words))[-1], sum(len(w) for w in words))
	PY
}
job_python3() { job=(python3 -S -B input.py); }

prepare_jq() {
	seq $((scale * 30)) | awk '
		BEGIN { printf "[" }
		{ printf "%s{\"id\":%d,\"name\":\"item %d\",\"tags\":[\"a\",\"b%d\"],\"v\":%f}", (NR > 1 ? "," : ""), $1, $1, $1 % 7, $1 / 3 }
		END { print "]" }' >input.json
}
job_jq() { job=(jq 'map(select(.id % 3 == 0)) | group_by(.tags[1]) | map({n: length, s: (map(.v) | add), l: map(.name)})' input.json); }

prepare_perl() {
	cat >input.pl <<-PL
		my (%h, @l);
		for my \$i (1 .. $((scale * 200))) { \$h{"key \$i"} = { n => \$i, t => "text " x (\$i % 5) }; push @l, [\$i, \$i * 2]; }
		my \$s = join ",", map { \$_->[1] } sort { \$b->[0] <=> \$a->[0] } @l;
		(my \$u = \$s) =~ s/(\d+)/<\$1>/g;
		delete \$h{"key \$_"} for grep { \$_ % 2 } 1 .. 500;
		print length(\$s), " ", length(\$u), " ", scalar(keys %h), "\n";
	PL
}
job_perl() { job=(perl input.pl); }

prepare_git() {
	(
		git init -q repository && cd repository || exit 1
		export GIT_AUTHOR_DATE='2020-01-01T00:00:00Z' GIT_COMMITTER_DATE='2020-01-01T00:00:00Z'
		for i in $(seq $((scale / 2 + 3))); do
			seq "$i" $((i * 20)) >"file$((i % 4))"
			git add . && git -c user.name=a -c user.email=a@example.org -c gc.auto=0 commit -q -m "commit $i"
		done
	) >/dev/null
}
job_git() { job=(git --no-pager -C repository log -p --stat --no-color); }

prepare_cc1() {
	{
		echo 'struct s { int a, b; char *c; };'
		for i in $(seq $((scale * 4))); do
			echo "int f$i(struct s *s, int n) { int t = $i; for (int i = 0; i < n; i++) t += s[i].a * (s[i].b ^ $i); return t % 7 ? t : -n; }"
		done
	} >input.c
	cc1=$(gcc -print-prog-name=cc1)
	[ -x "$cc1" ] || skip "gcc's cc1 is not there"
}
# The collector's parameters otherwise follow the machine's memory.
job_cc1() { job=("$cc1" -quiet -O2 --param ggc-min-expand=100 --param ggc-min-heapsize=131072 input.c -o /dev/null); }

# --- Both, in the same environment -------------------------------------------

# Not the caller's PATH: a wrapper script in it would be what is compared.
environment=(PATH=/usr/bin:/bin HOME="$tmp" LC_ALL=C PYTHONMALLOC=malloc PYTHONHASHSEED=0
	PERL_HASH_SEED=0 PERL_PERTURB_KEYS=0 GIT_CONFIG_NOSYSTEM=1
	DAGMEM_OPTIONS="out=$profile")
under_valgrind=(env -i "${environment[@]}" setarch -R valgrind --run-libc-freeres=no --run-cxx-freeres=no
	--log-file="$tmp/valgrind.log")

# What a program sees under valgrind, with our preload in place of valgrind's.
mapfile -t environment < <("${under_valgrind[@]}" "$programs/env" | sed -n 's/^variable //p')
theirs=$(printf '%s\n' "${environment[@]}" | sed -n 's/^LD_PRELOAD=//p')
preload=$tracer
while [ ${#preload} -lt ${#theirs} ]; do preload=/$preload; done
[ ${#preload} -eq ${#theirs} ] || echo "note: LD_PRELOAD is longer than valgrind's: bytes may differ"
environment=("${environment[@]/#LD_PRELOAD=*/LD_PRELOAD=$preload}")

# "A allocs, F frees, B bytes" as "A F B".
valgrind_totals() {
	sed -n 's/,//g; s/.*total heap usage: \([0-9]*\) allocs \([0-9]*\) frees \([0-9]*\) bytes.*/\1 \2 \3/p' "$tmp/valgrind.log"
}

# What depends on where the heap and the libraries lie, which under valgrind is
# elsewhere.  No other difference is allowed.
#
# cc1: its collector's page table has a part of 32768 bytes, never freed, for
# each 16 MiB of addresses in which it has a page (gcc/ggc-page.cc, PAGE_L2_SIZE).
# python3: its import lock calls get_ident(), whose answer is the address of the
# thread, as an integer: 28 bytes below 2^30, 32 above (Modules/_threadmodule.c).
blocks_of_cc1=32768
growth_of_python3=4

# "A F B" of ours, without what addresses explain, at most 8 blocks or 500 integers.
without_addresses() {   # program ours theirs
	local blocks=blocks_of_$1 growth=growth_of_$1 more
	local -a ours theirs
	read -ra ours <<<"$2"
	read -ra theirs <<<"$3"
	more=$((ours[0] - theirs[0]))
	if [ -n "${!blocks-}" ] && [ ${more#-} -le 8 ]; then
		ours[0]=${theirs[0]}
		ours[2]=$((ours[2] - more * ${!blocks}))
	fi
	more=$((ours[2] - theirs[2]))
	if [ -n "${!growth-}" ] && [ $((more % ${!growth})) -eq 0 ] && [ ${more#-} -le $((500 * ${!growth})) ]; then
		ours[2]=${theirs[2]}
	fi
	echo "${ours[*]}"
}

compare() {     # program
	local job theirs ours
	[ -x "/usr/bin/$1" ] || [ "$1" = cc1 ] || { echo "$1 is not there"; return; }
	"prepare_$1"
	"job_$1"
	"${under_valgrind[@]}" "${job[@]}" >"$tmp/valgrind.out" 2>/dev/null </dev/null
	theirs=$(valgrind_totals)
	env -i setarch -R env "${environment[@]}" "${job[@]}" >"$tmp/dagmem.out" 2>/dev/null </dev/null
	ours=$(info "$profile" '.totals | "\(.allocations) \(.frees) \(.allocated_bytes)"')
	cmp -s "$tmp/valgrind.out" "$tmp/dagmem.out" || fail "$1 prints something else"
	echo "$1: valgrind $theirs; dagmem $ours (allocations, frees, bytes)"
	[ -n "$theirs" ] || fail "$1: valgrind says nothing"
	equal "$1: allocations, frees, bytes" "$(without_addresses "$1" "$ours" "$theirs")" "$theirs"
	quality_is_good "$profile"
	rm -f "$profile"*
	compared=$((compared + 1))
}

compared=0
for program in $wanted; do
	compare "$program"
done
[ $compared -gt 0 ] || skip "none of these is there: $wanted"
finish
