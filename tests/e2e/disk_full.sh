#!/bin/bash
# On a full disk recording stops with a note; the program does not notice, and
# what is in the profile can be read.
. "$(dirname "$0")/lib.sh"

# A file system of 512 KiB in a mount namespace: too small for all stacks.
inside='
	mkdir small && mount -t tmpfs -o size=512k tmpfs small || exit 77
	"$dagmem" -q run -o small/p.dagmem -- "$programs/limits" none
	echo $? >status
	cp small/p.dagmem . 2>/dev/null
	dd if=/dev/zero of=small/filler bs=64k 2>/dev/null
	rm -f small/p.dagmem
	dd if=/dev/zero of=small/filler bs=4k 2>/dev/null
	"$dagmem" -q run -o small/q.dagmem -- "$programs/exits" exit 2>message
	echo $? >status_full
'
export dagmem programs
[ "$(id -u)" = 0 ] && namespace="unshare -m" || namespace="unshare -rm"
$namespace bash -c "$inside" || skip "cannot mount a small file system"

equal "exit status when the disk fills up" "$(cat status)" 0
status "reading what there is" 0 "$dagmem" top p.dagmem >/dev/null
[ "$(info p.dagmem '.quality.growth_failed + .quality.stacks_folded + .quality.events_dropped')" -gt 0 ] ||
	fail "nothing says that the disk was full"
[ "$(info p.dagmem .totals.allocations)" -gt 100 ] || fail "nothing was recorded before"
equal "exit status when it was full from the start" "$(cat status_full)" 3
finish
