#!/bin/bash
# usage: headers.sh HEADER...
# Each header compiles alone; those of include/ also as C99 and as C++11.
set -u
failed=0

compiles() {    # header compiler...
	local header=$1
	shift
	printf '#include "%s"\nextern int not_empty;\n' "$header" |
		"$@" -I. -Iinclude -Wall -Wextra -Werror -fsyntax-only - && return
	echo "$header does not compile alone: $*" >&2
	failed=1
}

for header in "$@"; do
	case $header in
	include/*)
		compiles "$header" "${CC:-gcc}" -std=c99 -pedantic -x c
		compiles "$header" "${CXX:-g++}" -std=c++11 -pedantic -x c++
		;;
	*)
		compiles "$header" "${CC:-gcc}" -std=gnu11 -D_GNU_SOURCE -x c
		;;
	esac
done
[ $failed -eq 0 ] && echo "headers: $# compile alone"
exit $failed
