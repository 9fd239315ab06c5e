#!/bin/bash
# Profiles are named so that no process overwrites another's, are private, and
# by default lie in the current folder; a pipeline leaves one for each process.
. "$(dirname "$0")/lib.sh"

status "default name" 7 "$dagmem" -q run -- "$programs/exits" return
found=(dagmem.exits.*.dagmem)
[ -f "${found[0]}" ] || fail "no profile with the default name: $(ls)"
equal "mode" "$(stat -c %a "${found[0]}")" 600

mkdir out
"$dagmem" -q run --follow -o 'out/%e.%p.dagmem' -- \
	bash -c 'seq 100 | sort -rn | head -n 1 >/dev/null; perl -e "print 1" >/dev/null'
for name in bash seq sort head perl; do
	compgen -G "out/$name.*.dagmem" >/dev/null || fail "no profile of $name: $(ls out)"
done
for profile in out/*.dagmem; do
	check "$profile" "$dagmem" info "$profile" >/dev/null
done

# One name for two processes: neither is lost, nothing is corrupted.
mkdir same
"$dagmem" -q run --follow -o same/p.dagmem -- bash -c "'$programs/exits' exit; '$programs/exits' exit" >/dev/null
for profile in same/*; do
	case $profile in
	*.dagmem) check "$profile" "$dagmem" info "$profile" >/dev/null ;;
	esac
done

# By hand, without any option.
mkdir hand
cd hand || exit 1
LD_PRELOAD=$tracer "$programs/exits" exit
equal "status by hand" $? 3
compgen -G '*.dagmem' >/dev/null || fail "no profile by hand: $(ls)"
finish
