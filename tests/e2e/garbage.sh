#!/bin/bash
# What is no profile is refused with status 3 and a message, never a crash and
# never an empty report; a torn profile too, or it is read as far as it goes.
. "$(dirname "$0")/lib.sh"

refused() {     # what file
	local verb
	for verb in top info timeline; do
		status "$1" 3 "$dagmem" $verb "$2" >out 2>message
		[ -s message ] || fail "$1: $verb says nothing"
		[ ! -s out ] || fail "$1: $verb prints a report"
	done
}

: >empty.dagmem
refused "an empty file" empty.dagmem
head -c 100000 /dev/urandom >noise.dagmem
refused "noise" noise.dagmem
echo "heaptrack v 1.4" >text.dagmem
refused "a text" text.dagmem
sqlite3 other.dagmem 'create table t(a); insert into t values(1)' 2>/dev/null &&
	refused "another database" other.dagmem
refused "a folder" .
refused "no file" no-such-file.dagmem

status "a profile" 7 traced p.dagmem "$programs/exits" return
size=$(stat -c %s p.dagmem)
{ head -c 8 p.dagmem; printf '\377\000\000\000'; tail -c +13 p.dagmem; } >newer.dagmem
refused "a newer version" newer.dagmem

# Cut anywhere, or with bytes changed: status 0 or 3, within its time.
survives() {    # what file
	local got=0
	timeout 20 "$dagmem" top "$2" >/dev/null 2>message || got=$?
	case $got in
	0|3) ;;
	*) fail "$1: top ended with status $got: $(tail -n 1 message)" ;;
	esac
}
for part in 1 10 25 50 75 90 99; do
	head -c $((size * part / 100)) p.dagmem >cut.dagmem
	survives "cut to $part %" cut.dagmem
done
for round in $(seq 60); do
	cp p.dagmem changed.dagmem
	for _ in 1 2 3; do
		head -c $((RANDOM % 64 + 1)) /dev/urandom |
			dd of=changed.dagmem bs=1 seek=$(((RANDOM * 32768 + RANDOM) % size)) conv=notrunc 2>/dev/null
	done
	survives "changed, round $round" changed.dagmem
	rm -f changed.dagmem*
done
finish
