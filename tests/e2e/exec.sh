#!/bin/bash
# A process that becomes another program by exec stays the one that is profiled:
# `dagmem run` reports what it has become, whichever way, and its children stay
# untraced.
. "$(dirname "$0")/lib.sh"

executed() {    # profile
	info "$1" '[.state, .executed, .exit_status] | tostring'
}

ln -s "$programs/execs" execs
PATH=$tmp:$PATH
for variant in execve execv execvp execvpe execl execlp execle fexecve execveat; do
	for follow in '' --follow; do
		status "$variant" 3 "$dagmem" -q run $follow -o p.dagmem -- "$programs/execs" $variant "$tmp/execs"
		equal "$variant: profiles" "$(echo p*.dagmem)" "p.2.dagmem p.dagmem"
		totals_are_true p.dagmem
		lines_are_true p.dagmem
		equal "$variant: argument" "$(info p.dagmem '.command[1]')" child
		equal "$variant: end" "$(executed p.dagmem)" '["exited",false,3]'
		equal "$variant: end of what was before" "$(executed p.2.dagmem)" '["exited",true,null]'
		equal "$variant: peak of what was before" "$(info p.2.dagmem .totals.peak_bytes)" 100000
		rm -f p*.dagmem
	done
done

# By hand, with nobody who puts the names right.
mkdir hand
LD_PRELOAD=$tracer DAGMEM_OPTIONS="out=$tmp/hand/%p.dagmem,follow=0,preload=$tracer" \
	"$programs/execs" execv "$tmp/execs"
equal "status by hand" $? 3
equal "profiles by hand" "$(find hand -name '*.dagmem' | wc -l)" 2
totals_are_true hand/*.2.dagmem

# An exec that fails, in whatever way: as if it had not been tried.
status "failing" 5 traced p.dagmem "$programs/execs" fail
equal "failing: profiles" "$(echo p*.dagmem)" p.dagmem
totals_are_true p.dagmem
equal "failing: end" "$(executed p.dagmem)" '["exited",false,5]'
rm p.dagmem

# What a child executes is no end of ours, and not traced.
for mode in fork vfork; do
	status "$mode" 137 traced p.dagmem "$programs/execs" $mode
	equal "$mode: profiles" "$(echo p*.dagmem)" p.dagmem
	totals_are_true p.dagmem
	equal "$mode: end" "$(executed p.dagmem)" '["killed",false,null]'
	rm p.dagmem
done

# Wrappers: a shell that execs, env(1), a script by its first line, and all of them in a row.
printf '#!/bin/sh\nexec "%s" exit\n' "$programs/exits" >wrapper
printf '#!/usr/bin/env %s\n' "$tmp/wrapper" >script
chmod +x wrapper script
wraps() {       # what profiles command...
	local what=$1 profiles=$2
	shift 2
	status "$what" 3 "$dagmem" run -o w.dagmem -- "$@" 2>message
	equal "$what: profiles" "$(find . -name 'w*.dagmem' | wc -l)" "$profiles"
	totals_are_true w.dagmem
	equal "$what: program" "$(info w.dagmem '.executable | split("/") | last')" exits
	grep -q "profile: $tmp/w.dagmem" message || fail "$what: the summary is of another: $(cat message)"
	rm -f w*.dagmem
}
wraps "a shell" 2 sh -c "exec '$programs/exits' exit"
grep -q 'before that, the process was [a-z]*sh: ' message || fail "no word of the shell: $(cat message)"
wraps "env" 2 env WHAT=ever "$programs/exits" exit
wraps "a script" 2 ./wrapper
wraps "a script by env" 3 ./script
wraps "the program itself" 1 "$programs/exits" exit
! grep -q 'before that' message || fail "a word too much: $(cat message)"

# Children of what the process has become are no more traced than its own were.
status "children" 3 traced w.dagmem sh -c "exec sh -c '$programs/env >/dev/null; exec $programs/exits exit'"
equal "children: profiles" "$(find . -name 'w*.dagmem' | wc -l)" 3
totals_are_true w.dagmem

# The verbs that are told no profile take that of the program.
mkdir newest
cd newest || exit 1
status "newest" 3 "$dagmem" -q run -- sh -c "exec '$programs/exits' exit"
equal "newest" "$("$dagmem" info --json | jq -r '.executable | split("/") | last')" exits
cd ..

# The environment is the program's again: nothing of ours, all that is the user's.
env_of() {      # prefix...
	"$@" sh -c "MINE=1 exec '$programs/env'" | grep '^variable' | grep -v '^variable _=' | sort
}
env_of env >plain
env_of "$dagmem" -q run -o e.dagmem -- >under
diff plain under || fail "the environment differs"
export LD_PRELOAD=$programs/libearly_needed.so
env_of env >plain
env_of "$dagmem" -q run -o f.dagmem -- >under
unset LD_PRELOAD
grep -q LD_PRELOAD=.*early plain || fail "nothing is preloaded"
diff plain under || fail "the environment with a preload differs"

# Into what cannot be traced: the profile is of what was before, and the summary says so.
status "static" "$("$programs/static_prog" >/dev/null; echo $?)" "$dagmem" run -o static.dagmem -- sh -c "exec '$programs/static_prog' >/dev/null" 2>message
grep -q 'not traced' message || fail "nothing says what is missing: $(cat message)"
equal "static: end" "$(executed static.dagmem)" '["exited",true,null]'
finish
