#!/bin/bash
# Includes respect the layers:
#
#   profile   nothing of ours         tracer    profile, include
#   base      nothing of ours         runner    base, include
#   analyzer  profile, base, and the runner's pure part; never tracer
#   reports   analyzer/view*.h and base alone; never SQLite
#   cli       all but tracer
#   tracer/adapters   include, and the tracer's system calls and locks
set -u
failed=0

# Folders that the sources of a folder may include from, besides their own.
may_include() {
	case $1 in
	include|profile|base) echo "" ;;
	tracer)   echo "profile include" ;;
	tracer/adapters) echo "include tracer" ;;
	runner)   echo "base include" ;;
	analyzer) echo "profile base runner" ;;
	reports)  echo "base analyzer" ;;
	cli)      echo "profile base analyzer reports runner include" ;;
	esac
}

# What analyzer/ may know of runner/: bookkeeping without threads and files.
runner_pure='graph|graph_build|plan|policy|order|bound|simulate'

complain() {
	echo "$1 includes $2: $3" >&2
	failed=1
}

check_include() {       # file folder included
	local folder=$2 included=$3 from

	case $included in
	tracer/adapters/*) from=tracer/adapters ;;
	*/*)        from=${included%%/*} ;;
	dagmem.h|dagrun.h) from=include ;;
	*)          from=$folder ;;     # beside the file itself
	esac
	[ "$from" = "$folder" ] && return
	case " $(may_include "$folder") " in
	*" $from "*) ;;
	*) complain "$1" "$included" "$folder/ may not know $from/"; return ;;
	esac
	[ "$folder/$from" = tracer/adapters/tracer ] && [[ ! $included =~ ^tracer/(lock|sys)\.h$ ]] &&
		complain "$1" "$included" "an adapter knows the tracer by include/dagmem.h"
	[ "$folder/$from" = reports/analyzer ] && [[ $included != analyzer/view*.h ]] &&
		complain "$1" "$included" "reports see analyzer/view*.h only"
	[ "$folder/$from" = analyzer/runner ] && [[ ! $included =~ ^runner/($runner_pure)\.h$ ]] &&
		complain "$1" "$included" "only the runner's pure part"
}

for folder in include profile tracer tracer/adapters base analyzer reports runner cli; do
	for file in "$folder"/*.[ch] "$folder"/*.def; do
		[ -f "$file" ] || continue
		while read -r included; do
			check_include "$file" $folder "$included"
		done < <(sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*"\(.*\)".*/\1/p' "$file")
		[ $folder = reports ] && grep -q 'include *<sqlite3.h>' "$file" &&
			complain "$file" sqlite3.h "reports never see SQLite"
		grep -n '#[[:space:]]*include[[:space:]]*[<"].*\.c[">]' "$file" &&
			complain "$file" "a .c file" "nobody does"
	done
done
[ $failed -eq 0 ] && echo "layers: includes respect them"
exit $failed
