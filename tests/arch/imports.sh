#!/bin/bash
# usage: imports.sh LIST OBJECT...
# None of the objects imports a symbol that LIST forbids.  A line of LIST is an
# extended regular expression for whole symbol names, a tab or spaces, and why;
# it may end in "except FILE.o ...".
set -u
list=$1
shift
failed=0

for object in "$@"; do
	imports=$(nm -u "$object" | awk '{ print $NF }' | sed 's/@.*//')
	while read -r pattern reason; do
		case " ${reason#*except } " in
		*" $(basename "$(dirname "$object")")/$(basename "$object") "*) continue ;;
		esac
		found=$(grep -xE -- "$pattern" <<<"$imports") || continue
		echo "$object imports $(tr '\n' ' ' <<<"$found")(forbidden: $reason)" >&2
		failed=1
	done < <(grep -vE '^(#|[[:space:]]*$)' "$list")
done
[ $failed -eq 0 ] && echo "imports: $# objects, none of $(basename "$list")"
exit $failed
