#!/bin/bash
# Completion, really done: in bash by its function and once with a key, in fish
# and zsh where they are installed.
. "$(dirname "$0")/lib.sh"
require tmux

mkdir bin
ln -s "$dagmem" bin/dagmem
PATH=$tmp/bin:$PATH
touch one.dagmem two.dagmem other.txt

# Each verb and each option that help prints can be completed.
cat >complete.bash <<'B'
. "$1/completions/dagmem.bash"
shift
complete_words() {
	COMP_WORDS=("$@")
	COMP_CWORD=$(($# - 1))
	COMPREPLY=()
	_dagmem
	echo "${COMPREPLY[*]}"
}
complete_words "$@"
B
completed() { bash complete.bash "$top" dagmem "$@"; }

for verb in $("$dagmem" help | sed -n 's/^  \([a-z]*\) .*/\1/p'); do
	equal "a verb" "$(completed "$verb")" "$verb"
	for option in $("$dagmem" help "$verb" | sed -n 's/^ *\(-.*\)/\1/p' | sed 's/  .*//' | grep -oE -- '--[a-z-]+'); do
		[[ " $(completed "$verb" "$option") " == *" $option "* ]] || fail "bash: $verb $option"
	done
done
equal "by" "$(completed top --by '')" "$("$dagmem" top --by x 2>&1 |
	sed -n 's/.*--by takes \(.*\), not.*/\1/p' | tr -d ,)"
equal "metrics" "$(completed top --metric te)" temporary
equal "colours" "$(completed --color a)" "auto always"
equal "profiles" "$(completed top o)" one.dagmem
equal "an output" "$(completed top -o o | tr ' ' '\n' | sort | tr '\n' ' ')" "one.dagmem other.txt "
equal "a command" "$(completed run dagme)" dagmem
equal "of dag" "$(completed dag sim)" simulate
equal "a number is nobody's to complete" "$(completed top -n '')" ""

socket=dagmem-$$
trap 'tmux -L "$socket" kill-server 2>/dev/null; rm -rf "$tmp"' EXIT
# with_key SHELL SETUP WORDS: what stands there after WORDS and the tabulator.
with_key() {
	local i
	tmux -L "$socket" -f /dev/null new-session -d -s "$1" -x 100 -y 10 "$2"
	for i in $(seq 100); do
		tmux -L "$socket" capture-pane -p -t "$1" | grep -q ready && break
		sleep 0.05
	done
	tmux -L "$socket" send-keys -t "$1" -l "$3"
	tmux -L "$socket" send-keys -t "$1" Tab
	for i in $(seq 100); do
		tmux -L "$socket" capture-pane -p -t "$1" | grep -qF "$4" && return
		sleep 0.05
	done
	fail "$1: no '$4' in $(tmux -L "$socket" capture-pane -p -t "$1")"
}
echo ". '$top/completions/dagmem.bash'; PS1='ready> '" >rc.bash
with_key bash "bash --noprofile --rcfile rc.bash -i" "dagmem tim" "dagmem timeline"
if command -v zsh >/dev/null; then
	mkdir zdot
	echo "fpath=('$top/completions' \$fpath); autoload -Uz compinit; compinit -u -D; PS1='ready> '" >zdot/.zshrc
	with_key zsh "ZDOTDIR=$tmp/zdot zsh -d -i" "dagmem timel" "dagmem timeline"
fi
if command -v fish >/dev/null; then
	fish_completed() {
		HOME=$tmp fish --no-config -c "source $top/completions/dagmem.fish; complete -C '$1'" | cut -f1 | tr '\n' ' '
	}
	equal "fish: a verb" "$(fish_completed 'dagmem timel')" "timeline "
	equal "fish: an option" "$(fish_completed 'dagmem top --metr')" "--metric "
	equal "fish: a profile" "$(fish_completed 'dagmem top one')" "one.dagmem "
fi
finish
