#!/bin/bash
# A folder whose file system does not promise space: the profile is recorded
# elsewhere and comes home when the program has ended.
. "$(dirname "$0")/lib.sh"

# ramfs knows no fallocate().
inside='
	mkdir ram temporary && mount -t ramfs none ram || exit 1
	TMPDIR=$PWD/temporary "$dagmem" run -o ram/p.dagmem -- "$programs/exits" return 2>message
	echo $? >status
	ls temporary >left
	cp -p ram/p.dagmem . 2>/dev/null
	true
'
export dagmem programs
[ "$(id -u)" = 0 ] && namespace="unshare -m" || namespace="unshare -rm"
$namespace bash -c "$inside" || skip "cannot mount a ramfs"

equal "exit status" "$(cat status)" 7
[ -f p.dagmem ] || fail "the profile did not come home: $(cat message)"
equal "what is left elsewhere" "$(cat left)" ""
grep -q 'profile: .*/ram/p.dagmem' message || fail "the summary names another place: $(cat message)"
equal "mode" "$(stat -c %a p.dagmem)" 600
equal "state" "$(info p.dagmem .state)" exited
totals_are_true p.dagmem
finish
