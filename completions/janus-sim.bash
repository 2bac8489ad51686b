# bash completion for janus-sim(1).
_janus_sim() {
	local IFS=$'\n' current=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD - 1]} program=${COMP_WORDS[0]}
	if [[ $option == = ]]; then
		option=${COMP_WORDS[COMP_CWORD - 2]}
	elif [[ $current == = ]]; then
		current=
	fi
	COMPREPLY=()
	case $option in
	--fault)
		compopt -o nospace 2>/dev/null # @CHECKS may follow
		COMPREPLY=($(compgen -W "$("$program" --list-faults 2>/dev/null | awk '/^  / {sub(/=.*/, "", $1); print $1}')" -- "$current"))
		;;
	--port | --latency | --pace) ;;
	--tls-ca)
		compopt -o filenames 2>/dev/null
		COMPREPLY=($(compgen -f -- "$current"))
		;;
	*) COMPREPLY=($(compgen -W "$("$program" --help 2>/dev/null | grep -o -e '--[a-z-]*' | sort -u)" -- "$current")) ;;
	esac
}

complete -F _janus_sim janus-sim
