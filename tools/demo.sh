#!/bin/bash
# Profile a small program twice and a real one once, and show what reports
# say.  Called by `make demo`, which has built everything.
set -eu
cd "$(dirname "$0")/.."
demo=build/demo
rm -rf $demo
mkdir -p $demo

# Show a command as one would type it, and run it.
show() {
	local word
	printf '\n$'
	for word; do
		case $word in
		*' '*) printf " '%s'" "$word" ;;
		*)     printf ' %s' "$word" ;;
		esac
	done
	echo
	"$@"
}

echo "A program that builds an index over 40,000 rows (tests/programs/demo.c):"
show build/dagmem run -o $demo/before.dagmem -- build/programs/demo
show build/dagmem top -n 4 $demo/before.dagmem

echo
echo "The same, with an index that forgets to free what it replaces:"
show build/dagmem -q run -o $demo/after.dagmem -- build/programs/demo leak
show build/dagmem diff -n 4 $demo/before.dagmem $demo/after.dagmem

echo
echo "A real program, without debug information:"
cat >$demo/script.sql <<'SQL'
create table t(a integer primary key, b text, c real);
with recursive n(x) as (select 1 union all select x + 1 from n where x < 60000)
	insert into t select x, 'row number ' || x, x * 1.5 from n;
create index i on t(b);
select count(*), round(sum(c)), max(b) from t;
SQL
show build/dagmem run -o $demo/sqlite3.dagmem -- sqlite3 :memory: ".read $demo/script.sql"
show build/dagmem top -n 5 --metric peak $demo/sqlite3.dagmem
show build/dagmem timeline $demo/sqlite3.dagmem
