# bash completion for dagmem.
#
# Verbs, options and the words they take are asked of `dagmem help`, so this
# file need not know them.

# The options of a verb, "" for those before it.
_dagmem_options() {
	echo --quiet --verbose --color -q -v
	if [ -z "$1" ]; then
		echo --help --version -h
	else
		"${_dagmem_program:-dagmem}" help "$1" 2>/dev/null |
			sed -n 's/^ *\(-.*\)/\1/p' | sed 's/  .*//' | grep -oE -- '--?[a-z][a-z-]*'
	fi
}

# What an option of a verb takes: "NAME word word ...", with the words that its
# description lists; nothing when it takes nothing.
_dagmem_value() {
	if [ "$2" = --color ]; then
		echo "WHEN auto always never"
		return
	fi
	"${_dagmem_program:-dagmem}" help "$1" 2>/dev/null | awk -v option="$2" '
		!/^ *-/ { next }
		{
			sub(/^ */, "")
			split($0, part, /[ ,]+/)
			hit = 0
			for (i = 1; part[i] ~ /^-/; i++) hit += part[i] == option
			if (!hit) next
			if (part[i] !~ /^[A-Z]/) exit
			found = part[i]
			words = substr($0, index($0, " " found) + 1 + length(found))
			sub(/^[^ ]* */, "", words)
			sub(/[:;(].*/, "", words)
			if (words !~ /,| or /) words = ""
			gsub(/,| or /, " ", words)
			count = split(words, part, / +/)
			printf "%s", found
			for (i = 1; i <= count; i++)
				if (part[i] ~ /^[a-z][a-z-]+$/ && part[i] != "label")
					printf " %s", part[i]
			print ""
			exit
		}'
}

_dagmem_verbs() {
	"${_dagmem_program:-dagmem}" help 2>/dev/null | sed -n 's/^  \([a-z]*\) .*/\1/p'
}

# The word's last part when bash has split it at = or :.
_dagmem_profiles() {
	COMPREPLY=($(compgen -f -X '!*.dagmem' -- "$cur") $(compgen -d -S / -- "$cur"))
	[ ${#COMPREPLY[@]} -ne 1 ] || [ "${COMPREPLY[0]%/}" = "${COMPREPLY[0]}" ] || compopt -o nospace 2>/dev/null
}

_dagmem_pids() {
	COMPREPLY+=($(compgen -W "$(pgrep -x dagmem 2>/dev/null)" -- "$cur"))
}

_dagmem() {
	local cur=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
	local verb= i first= value
	local _dagmem_program=${COMP_WORDS[0]}

	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-*) ;;
		*) [ -n "$verb" ] && { first=${first:-$i}; continue; }
			[ "${COMP_WORDS[i - 1]}" = --color ] || verb=${COMP_WORDS[i]} ;;
		esac
	done
	if [ -z "$verb" ]; then
		case $previous:$cur in
		--color:*) COMPREPLY=($(compgen -W "auto always never" -- "$cur")) ;;
		*:-*) COMPREPLY=($(compgen -W "$(_dagmem_options "")" -- "$cur")) ;;
		*) COMPREPLY=($(compgen -W "$(_dagmem_verbs)" -- "$cur")) ;;
		esac
		return
	fi
	if [[ $previous == -* && $previous != -- ]]; then
		read -r -a value <<<"$(_dagmem_value "$verb" "$previous")"
		case ${value[0]-} in
		'') ;;
		FILE | PATH) COMPREPLY=($(compgen -f -- "$cur")); return ;;
		*) COMPREPLY=($(compgen -W "${value[*]:1}" -- "$cur")); return ;;
		esac
	fi
	if [[ $cur == -* ]]; then
		COMPREPLY=($(compgen -W "$(_dagmem_options "$verb")" -- "$cur"))
		return
	fi
	case $verb in
	run | doctor)
		if [ -n "$first" ]; then
			COMPREPLY=($(compgen -f -- "$cur"))
		else
			COMPREPLY=($(compgen -c -- "$cur") $(compgen -d -S / -- "$cur"))
		fi ;;
	help) COMPREPLY=($(compgen -W "$(_dagmem_verbs)" -- "$cur")) ;;
	dag)
		if [ -z "$first" ]; then
			COMPREPLY=($(compgen -W "run compare simulate show" -- "$cur"))
		else
			COMPREPLY=($(compgen -f -- "$cur"))
		fi ;;
	export)
		if [ -z "$first" ]; then
			COMPREPLY=($(compgen -W "$("$_dagmem_program" help export 2>/dev/null |
				sed -n 's/^  \([a-z]\{1,\}\)  .*/\1/p')" -- "$cur"))
		else
			_dagmem_profiles
		fi ;;
	live) _dagmem_profiles; _dagmem_pids ;;
	*) _dagmem_profiles ;;
	esac
}

complete -F _dagmem dagmem
