#!/bin/bash
# bench/check-stacks compares every stack, says so, and finds none that differs;
# nor do stacks that only differ in the word by which a walk ends.
. "$(dirname "$0")/lib.sh"
require python3
needs_plain_path

status "three programs" 0 "$top/bench/check-stacks" --short paths larson-x2 'torture, -O2' >table
equal "a line each, with stacks and no difference" \
	"$(grep -cE '^\| (paths|larson-x2|torture, -O2) \| [0-9]{2,},[0-9]{3} \| [0-9,]+ \| 0 \| 0 \| 0 \| 0 \|$' table)" 3

if [ "$(uname -m)" = x86_64 ]; then
	status "a return address of 0, and then another" 0 \
		preloaded "check=1,out=$tmp/p.dagmem" "$programs/zero_return"
	equal "both stacks" "$("$dagmem" export folded p.dagmem --metric total -o - | tr '\n' ' ')" \
		"enter_with_caller;on_own_stack 480 on_own_stack 480 "
	equal "none differs" "$(info p.dagmem .quality.check_frames_differ)" 0
	equal "all were compared" "$(info p.dagmem .quality.check_stacks)" 20
fi
finish
