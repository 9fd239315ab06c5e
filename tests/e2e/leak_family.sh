#!/bin/bash
# Leaks of all processes of a run: told by `dagmem run --follow`, counted for
# its exit code, shown by `dagmem leaks` of a run, a folder, several profiles.
. "$(dirname "$0")/lib.sh"
family=$programs/leak_family

run() {         # option...: what it says goes to `err`
	rm -rf run && mkdir run
	"$dagmem" run --leak-check -o 'run/%p.dagmem' "$@" 2>err
}
said() {        # what pattern
	grep -q -- "$2" err || fail "$1: $(cat err)"
}
not_said() {
	! grep -q -- "$2" err || fail "$1: $(cat err)"
}

# Each process by itself, with its name; what the child has of its parent is told.
run --follow -- "$family"
said "the parent's" ' leak_family: definitely lost: 100 B in 1 block, from 1 place$'
said "the child's" ' leak_family: definitely lost: 300 B in 2 blocks, from 2 places$'
said "the child's interior pointer" ' leak_family: possibly lost: 300 B in 1 block, from 1 place$'
said "what is inherited" 'allocated before the fork, .*: 100 B in 1 block$'
said "who loses nothing" '^dagmem: the other process loses no memory$'
said "what to do next" '^dagmem: where: dagmem leaks --follow .*/run/[0-9]*\.dagmem$'
next=$(sed -n 's/^dagmem: where: dagmem leaks --follow //p' err)

# Without --follow it is the program's own, as before.
run -- "$family"
said "one process" '^dagmem: definitely lost: 100 B in 1 block, from 1 place$'
not_said "one process" ' leak_family: '

# The exit code is about any process, and about what was chosen.
status "lost in any" 9 run --follow --error-exitcode 9 -- "$family"
status "lost in the child alone" 9 run --follow --error-exitcode 9 --errors-for possible -- "$family"
status "not followed" 0 run --error-exitcode 9 --errors-for possible -- "$family"
status "none count" 0 run --follow --error-exitcode 9 --errors-for none -- "$family"
status "valgrind's names" 9 run --follow --leak-check=yes --error-exitcode=9 --errors-for-leak-kinds=definite,possible -- "$family"
echo 'leak:lose_in_parent' >parent.supp
status "suppressed in one" 9 run --follow --suppressions parent.supp --error-exitcode 9 -- "$family"
echo 'leak:lose_in_' >all.supp
status "suppressed in all" 0 run --follow --suppressions all.supp --error-exitcode 9 -- "$family"
status "suppressed, quiet" 0 run -q --follow --suppressions all.supp --error-exitcode 9 -- "$family"
[ ! -s err ] || fail "quiet says something: $(cat err)"
status "an exit code without errors" 125 run --errors-for possible -- "$family"
status "--show without full" 125 run --show all -- "$family"
status "an unknown verdict" 125 run --error-exitcode 9 --errors-for some -- "$family"
status "reachable" 9 run --error-exitcode 9 --errors-for reachable -- sh -c :

# In full: each leak of each process, of the verdicts that are wanted.
run --follow --leak-check=full --show-leak-kinds=possible -- "$family"
equal "rows of that verdict" "$(grep -c '^#.*: possibly lost: ' err)" 1
equal "other rows" "$(grep -c '^#.*: definitely lost: ' err)" 0
said "the sum" '^definitely lost: 400 B in 3 blocks$'

# What was killed left no heap; a gate that could not look does not hold.
status "a child that was killed" 9 run --follow --error-exitcode 9 -- "$family" killed
said "the killed one" ' leak_family: leaks are not known: '
status "killed, nothing lost" 0 run --follow --error-exitcode 9 --suppressions all.supp -- "$family" killed
echo 'int main(void) { return 0; }' >nothing.c
${CC:-cc} -static -o nothing nothing.c || fail "no static program"
status "untraced" 125 "$dagmem" -q run --leak-check --error-exitcode 9 -o x.dagmem -- ./nothing 2>err
said "untraced" 'leaks are not known: the program left no profile$'
status "exec into what is not traced" 125 "$dagmem" -q run --leak-check --error-exitcode 9 -o y.dagmem -- \
	sh -c 'exec ./nothing' 2>err
said "untraced by exec" 'leaks are not known: the process went on as another program'

# `dagmem leaks` of the run, of the folder, of the profiles.
run --follow -- "$family"
next=$(sed -n 's/^dagmem: where: dagmem leaks --follow //p' err)
for of in "--follow $next" run "$(echo run/*.dagmem)"; do
	# shellcheck disable=SC2086
	equal "leaks $of" "$("$dagmem" leaks --json $of | jq -c '[.schema, .total.definite.bytes, .total.possible.bytes,
		.inherited.bytes, (.profiles | length), ([.profiles[].rows[] | select(.inherited)] | length)]')" \
		'["dagmem.leaks-set/1",400,300,100,3,1]'
done
"$dagmem" leaks --follow "$next" >text
equal "processes in the text" "$(grep -c '^[0-9]* /.*, .*\.dagmem$' text)" 3
grep -q '^These 3 processes together$' text || fail "no sum: $(cat text)"
grep -q 'allocated before the fork' text || fail "the child's inheritance is not told"
equal "rows in CSV" "$("$dagmem" leaks --csv --show definite,possible --follow "$next" | tail -n +2 | wc -l)" 4
equal "one suppression, over all" "$("$dagmem" leaks --json --suppressions all.supp run |
	jq -c '[.suppressions[] | select(.built_in | not) | [.rows, .bytes]]')" '[[3,400]]'
equal "generated once each" "$("$dagmem" leaks --gen-suppressions run | grep -c '^{')" 3
mkdir empty
status "an empty folder" 3 "$dagmem" leaks empty 2>/dev/null
status "a program is no profile" 3 "$dagmem" leaks "$family" 2>err
said "how to run it" 'dagmem run --leak-check -- '

# What other tools' users type.
for option in --trace-children=yes --gen-suppressions=all --show-reachable=yes --num-callers=40 --xml=yes --tool=memcheck; do
	status "$option" 125 run "$option" -- true
	not_said "$option" 'there is no option'
done
status "--leak-check=no" 0 run --leak-check=no -- true
status "--leak-check=maybe" 125 run --leak-check=maybe -- true
finish
