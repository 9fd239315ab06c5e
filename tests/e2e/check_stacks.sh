#!/bin/bash
# bench/check-stacks compares every stack, says so, and finds none that differs.
. "$(dirname "$0")/lib.sh"
require python3
needs_plain_path

status "three programs" 0 "$top/bench/check-stacks" --short paths larson-x2 'torture, -O2' >table
equal "a line each, with stacks and no difference" \
	"$(grep -cE '^\| (paths|larson-x2|torture, -O2) \| [0-9]{2,},[0-9]{3} \| [0-9,]+ \| 0 \| 0 \| 0 \| 0 \|$' table)" 3
finish
