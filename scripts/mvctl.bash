# SPDX-License-Identifier: BSD-3-Clause
# bash completion for mvctl. The words of commands come from mvctl's own grammar
# (mvctl --complete), so this file does not change when commands do.

_mvctl()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local i word line=""

	COMPREPLY=()
	case $prev in
	-s | --socket | -f | --file)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	esac
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		case $word in
		-s | --socket | -f | --file | -c | --command) ((i++)) ;;
		-*) ;;
		*) line+="$word " ;;
		esac
	done
	if [[ $cur == -* && -z $line ]]; then
		mapfile -t COMPREPLY < <(compgen -W "-c --command -f --file -h --help
			-j --json -s --socket -V --version" -- "$cur")
		return
	fi
	case $prev in
	-c | --command) line="" cur=${cur#[\"\']} ;;
	esac
	mapfile -t COMPREPLY < <(mvctl --complete "$line$cur" 2>/dev/null | grep -v '^|$')
}

complete -F _mvctl mvctl
