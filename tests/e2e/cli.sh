#!/bin/bash
# The command line's own rules: where options stand, which profile is meant,
# what goes to which stream, exit codes.  What the figures are is others' matter.
. "$(dirname "$0")/lib.sh"

"$dagmem" -q run -o old.dagmem -- "$programs/demo" >/dev/null
"$dagmem" -q run -o new.dagmem -- "$programs/demo" leak >/dev/null

# Options before and after the profile; the newest without one.
"$dagmem" top -n 2 new.dagmem >before
"$dagmem" top new.dagmem -n 2 >after
"$dagmem" top -n 2 >newest
[ -s before ] || fail "top prints nothing"
cmp before after || fail "the place of options matters"
cmp before newest || fail "the newest profile is not what top takes"
equal "rows" "$(grep -c '^#' before)" 2
touch -d '2 hours' old.dagmem
[ "$("$dagmem" info --json | jq -r .profile)" = "$tmp/old.dagmem" ] || fail "the newest is not by time"

for option in -q -v --quiet --verbose --color=never '--color never'; do
	"$dagmem" $option top -n 2 new.dagmem >verb_after || fail "$option before the verb"
	"$dagmem" top $option -n 2 new.dagmem >verb_before || fail "$option after the verb"
	"$dagmem" top -n 2 new.dagmem $option >last || fail "$option at the end"
	cmp before verb_after && cmp before verb_before && cmp before last || fail "$option changes rows"
done
"$dagmem" top new.dagmem --color=always | grep -q "$(printf '\033')" || fail "a late --color does nothing"
check "sql's global options" "$dagmem" sql --color=never new.dagmem 'select 1' -q >/dev/null
check "doctor's global options" "$dagmem" doctor -q --color=never true >/dev/null
check "dag's global options" "$dagmem" dag simulate chain:3:1MiB --color=never -v >/dev/null
equal "program's options" "$("$dagmem" run -q --color=never -o late.dagmem -- echo -v -q)" "-v -q"
rm late.dagmem*

# Forms: the first line of text, schemas, a CSV line for every row, a file.
grep -qx 'Top 2 lines (live at exit)' before || fail "the heading is $(head -n 1 before)"
for verb in top timeline info; do
	equal "$verb: schema" "$("$dagmem" $verb --json new.dagmem | jq -r .schema)" "dagmem.$verb/1"
done
equal "diff: schema" "$("$dagmem" diff --json old.dagmem new.dagmem | jq -r .schema)" dagmem.diff/1
equal "CSV lines" "$("$dagmem" top --csv -n 3 new.dagmem | wc -l)" 4
"$dagmem" top -n 2 -o file new.dagmem >stdout
cmp before file || fail "-o writes something else"
equal "stdout with -o" "$(cat stdout)" ""
status "a full disk" 3 "$dagmem" top new.dagmem >/dev/full 2>message
grep -q '^dagmem: .*No space left' message || fail "nothing says that the disk is full: $(cat message)"

for verb in 'top new.dagmem' 'top --json new.dagmem' 'info new.dagmem' help --version; do
	"$dagmem" $verb >&- 2>message && fail "$verb succeeds without a stdout"
	grep -q '^dagmem: .*Bad file' message || fail "$verb: nothing says that stdout is closed: $(cat message)"
done
sum=$(md5sum new.dagmem new.dagmem.db)
"$dagmem" top new.dagmem <&- >&- 2>&- && fail "top succeeds without any stream"
"$dagmem" sql new.dagmem 'select 1' <&- 2>&- >stdout || fail "sql with stdout alone"
"$dagmem" sql new.dagmem <&- >/dev/null 2>&1 && fail "sql succeeds without a stdin to read"
equal "files after closed streams" "$(md5sum new.dagmem new.dagmem.db)" "$sum"

# JSON has full paths and plain bytes; text shortens and scales.
equal "total" "$("$dagmem" top --json -n 0 new.dagmem | jq '([.rows[].bytes] | add) == .total.bytes')" true
"$dagmem" top --ascii new.dagmem >/dev/null 2>&1 && fail "top takes --ascii"
LC_ALL=C "$dagmem" timeline new.dagmem >plot
LC_ALL=C grep -q '[^ -~]' plot && fail "the plot is not ASCII in the C locale"
grep -q '#' plot || fail "the plot is empty: $(cat plot)"

# PROFILE@LABEL is a moment; verbs that show none say so.
"$dagmem" -q run -o labels.dagmem -- "$programs/annotations"
"$dagmem" top --at one labels.dagmem >at
"$dagmem" top labels.dagmem@one >label || fail "top does not take PROFILE@LABEL"
cmp at label || fail "PROFILE@LABEL is not --at LABEL"
for moment in 'timeline labels.dagmem@one' 'info labels.dagmem@one' 'top --at two labels.dagmem@one'; do
	status "a label too many" 2 "$dagmem" $moment 2>message
	grep -q "'one'" message || fail "$moment: says $(cat message)"
done
rm labels.dagmem*

# A source line without end is cut, in text alone.
{
	echo '#include <stdlib.h>'
	echo "void *kept; int main(void) { kept = malloc(100000); $(printf 'if (!kept) abort();%.0s' {1..20}) return 0; }"
} >long.c
cc -g -o long long.c
"$dagmem" -q run -o empty.dagmem -- ./long
LC_ALL=C.UTF-8 "$dagmem" top empty.dagmem >text
equal "characters of the longest line" "$(LC_ALL=C.UTF-8 wc -L <text)" 160
grep -q '…$' text || fail "no ellipsis in $(cat text)"
"$dagmem" top --json empty.dagmem | grep -q 'return 0; }"' || fail "JSON has no whole source line"
if command -v script >/dev/null; then
	COLUMNS=60 TERM=dumb LC_ALL=C.UTF-8 script -qec "'$dagmem' top empty.dagmem" /dev/null | tr -d '\r' >screen
	equal "columns of a source line on a terminal" "$(grep 'void .kept' screen | LC_ALL=C.UTF-8 wc -L)" 60
fi

# A stripped program: its name, and what helps; debuginfod is asked on request alone.
strip long -o bare
"$dagmem" -q run -f -o empty.dagmem -- ./bare
"$dagmem" top empty.dagmem >text
grep -q '^  those modules: .*bare' text || fail "the stripped program is not named: $(cat text)"
grep -q 'dbgsym.*--debuginfod' text || fail "no word of what helps: $(cat text)"
status "no server" 2 "$dagmem" top --debuginfod empty.dagmem 2>message
grep -q DEBUGINFOD_URLS message || fail "says $(cat message)"
if ldconfig -p 2>/dev/null | grep -q libdebuginfod.so.1; then
	id=$(readelf -n long | sed -n 's/.*Build ID: //p')
	mkdir -p "server/buildid/$id"
	cp long "server/buildid/$id/debuginfo"
	export DEBUGINFOD_URLS="file://$PWD/server" DEBUGINFOD_CACHE_PATH=$PWD/fetched
	for verb in top timeline info; do
		"$dagmem" $verb empty.dagmem >/dev/null
		[ ! -e fetched ] || fail "$verb asks a server unasked"
	done
	"$dagmem" top --debuginfod empty.dagmem >text
	grep -q 'long\.c:2' text || fail "--debuginfod does not ask the server: $(cat text)"
	"$dagmem" sql --debuginfod empty.dagmem 'select file from top_lines' | grep -q long.c ||
		fail "sql --debuginfod does not ask the server"
	export DEBUGINFOD_URLS=''
fi
rm empty.dagmem*

# SQL: arguments in either number, standard input, read-only.
equal "query of the newest" "$("$dagmem" sql 'select 6 * 7 as n' --csv | tr -d '\r' | tail -n 1)" 42
equal "query from a pipe" "$(echo 'select 6 * 7 as n;' | "$dagmem" sql new.dagmem --json | jq '.[0].n')" 42
sum=$(md5sum new.dagmem new.dagmem.db)
for query in 'delete from nodes' 'drop view top_lines' 'create table x(y)' "attach 'x.db' as x" 'pragma user_version = 9'; do
	"$dagmem" sql new.dagmem "$query" >/dev/null 2>&1
	case $query in
	pragma*) ;;     # SQLite ignores what it may not do
	*) [ $? -eq 2 ] || fail "sql takes '$query'" ;;
	esac
done
equal "the store" "$(md5sum new.dagmem new.dagmem.db)" "$sum"
[ ! -e x.db ] || fail "sql made another database"

# Exit codes; errors on stderr, after "dagmem: ", with nothing on stdout.
refused() {     # status argument...
	local wanted=$1 got=0
	shift
	"$dagmem" "$@" >stdout 2>message || got=$?
	equal "dagmem $*: exit status" $got "$wanted"
	equal "dagmem $*: stdout" "$(cat stdout)" ""
	[ -s message ] || fail "dagmem $*: no reason"
	grep -qv '^dagmem: ' message && fail "dagmem $*: says $(cat message)"
}
refused 2
refused 2 no-such-verb
refused 2 --no-such-option
refused 2 --color=sometimes top
refused 2 top --color=sometimes
refused 2 top --color
refused 2 top --no-such-option
refused 2 top -n many
refused 2 top -n
refused 2 top --by colour
refused 2 top --metric weight
refused 2 top new.dagmem old.dagmem
refused 2 diff new.dagmem
refused 2 sql new.dagmem 'selec'
refused 2 sql a b c
sum=$(md5sum new.dagmem)
refused 2 top -o new.dagmem         # as if -o named the profile to read
equal "a profile that -o names" "$(md5sum new.dagmem)" "$sum"
refused 2 doctor
refused 3 top missing.dagmem
refused 3 info /dev/null
refused 3 top --at no-such-label new.dagmem
refused 3 doctor /no/such/program
refused 125 run
refused 125 run -o
refused 125 run --max-profile much -- true
for size in 0 1 262143 200KiB; do
	refused 125 run --max-profile $size -- true
	grep -q '256\.0 KiB' message || fail "--max-profile $size: the least is not named: $(cat message)"
done
status "the least profile" 0 "$dagmem" -q run -o empty.dagmem --max-profile 256KiB -- true
rm empty.dagmem
refused 127 run ''
grep -q 'empty' message || fail "run '': says $(cat message)"
refused 125 run --snapshot-every never -- true
mkdir empty
cd empty
refused 3 top
cd ..

# Help for every verb, on stdout.
for verb in $("$dagmem" help | sed -n 's/^  \([a-z]*\) .*/\1/p'); do
	"$dagmem" help $verb >help 2>message || fail "help $verb"
	grep -q "^Usage: dagmem $verb" help || fail "help $verb prints $(cat help)"
	"$dagmem" $verb --help | cmp - help || fail "$verb --help differs from help $verb"
done
"$dagmem" --version | grep -q '^dagmem [0-9]' || fail "no version"

# The pager is for terminals; a terminal gets colour unless told otherwise.
DAGMEM_PAGER='cat >paged' "$dagmem" top new.dagmem >/dev/null
[ ! -e paged ] || fail "paged without a terminal"
if command -v script >/dev/null; then
	unset NO_COLOR
	TERM=xterm DAGMEM_PAGER='cat >paged' script -qec "'$dagmem' top new.dagmem" /dev/null >/dev/null
	grep -q "$(printf '\033')" paged || fail "no colour on a terminal, or no pager"
	NO_COLOR=1 TERM=xterm PAGER=cat script -qec "'$dagmem' top new.dagmem" /dev/null |
		grep "$(printf '\033')" && fail "colour in spite of NO_COLOR"
	TERM=dumb script -qec "'$dagmem' top new.dagmem" /dev/null | grep "$(printf '\033')" &&
		fail "colour on a dumb terminal"
fi
"$dagmem" --color=always top new.dagmem | grep -q "$(printf '\033')" || fail "--color=always does not colour"

# doctor sees what it is for.
"$dagmem" doctor "$programs/demo" | grep -q '^ok .*debug information' || fail "doctor: debug information"
"$dagmem" doctor "$programs/own_malloc" | grep -q '^warning .*own malloc' || fail "doctor: own malloc"
"$dagmem" doctor "$programs/static_prog" | grep -q '^warning .*static' || fail "doctor: static"
printf '#!/bin/sh\n' >script.sh && chmod +x script.sh
"$dagmem" doctor ./script.sh | grep -q 'note .*is a script: /bin/sh' || fail "doctor: script"
cp "$programs/demo" python3
"$dagmem" doctor ./python3 | grep -q '^note .*PYTHONMALLOC=malloc' || fail "doctor: Python"
"$dagmem" doctor true | grep PYTHONMALLOC && fail "doctor takes true for Python"
finish
