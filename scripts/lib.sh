# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
#
# What the scripts of this folder share: messages, waiting, processes remembered by pid,
# building the tree, reading JSON. Sourced, never run. Every message goes to stderr, so
# that a script's stdout is free for its result.

MVMP_SRC=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
MVMP_BUILD=${MVMP_BUILD:-$MVMP_SRC/build}
export MVMP_SRC MVMP_BUILD

# The script as it was called, for messages. Sourcing leaves it its arguments.
SCRIPT_COMMAND=$(printf ' %q' "$0" "$@")

# ---------------------------------------------------------------- messages

step()
{
	printf '%3ds ==> %s\n' "$SECONDS" "$*" >&2
}

say()
{
	printf '         %s\n' "$*" >&2
}

warn()
{
	printf '         warning: %s\n' "$*" >&2
}

# die MESSAGE [WHAT TO DO]: the only way a script gives up. LAST_WORDS is for its EXIT
# trap.
die()
{
	# shellcheck disable=SC2034
	LAST_WORDS=$1
	printf '%s: %s\n' "${0##*/}" "$1" >&2
	[ -z "${2:-}" ] || printf '  what to do: %s\n' "$2" >&2
	exit 1
}

# Bad command line: exit status 2, as mvctl has it.
usage_error()
{
	printf '%s: %s (try --help)\n' "${0##*/}" "$1" >&2
	exit 2
}

# need_value OPTION [VALUE...]: the rest of a command line begins with an option and its
# value.
need_value()
{
	[ -n "${2:-}" ] || usage_error "$1 needs a value"
}

# The comment that opens a script is its help text.
print_help()
{
	sed -n '/^# usage:/,/^$/{s/^# \{0,1\}//p}' "$0"
}

show_tail()
{
	[ -s "$1" ] || return 0
	printf -- '--- last lines of %s\n' "$1" >&2
	tail -n "${2:-25}" "$1" >&2
	printf -- '---\n' >&2
}

need_root()
{
	[ "$(id -u)" -eq 0 ] ||
		die "needs root (network namespaces, raw sockets, containers)" \
			"run: sudo$SCRIPT_COMMAND"
}

# ---------------------------------------------------------------- waiting

# wait_for SECONDS COMMAND...: until COMMAND succeeds; 1 when the time is over.
wait_for()
{
	local deadline=$((SECONDS + $1))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$deadline" ] || return 1
		sleep 0.05
	done
}

# ---------------------------------------------------------------- processes
# A pid file holds "PID START", START being the kernel's start time of that process: a
# number that another process got later is thus never taken for ours.

proc_start_time()
{
	local stat
	{ read -r stat < "/proc/$1/stat"; } 2> /dev/null || return 1
	# The name in parentheses may hold anything: count the fields after it.
	stat=${stat##*) }
	# shellcheck disable=SC2086
	set -- $stat
	[ "$1" != Z ] && echo "${20}"
}

# proc_note PID PIDFILE
proc_note()
{
	echo "$1 $(proc_start_time "$1")" > "$2"
}

# proc_spawn PIDFILE LOG COMMAND...: in the background, away from the terminal, so that
# Ctrl-C reaches this script alone. Descriptors 7 to 9 are the script's own (its outputs,
# a lock) and must not live on in the process.
proc_spawn()
{
	local pidfile=$1 log=$2
	shift 2
	setsid "$@" < /dev/null > "$log" 2>&1 7>&- 8>&- 9>&- &
	proc_note $! "$pidfile"
	# The shell shall not report its end.
	disown $!
}

proc_alive()
{
	local pid start
	{ read -r pid start < "$1"; } 2> /dev/null || return 1
	[ -n "$start" ] && [ "$(proc_start_time "$pid")" = "$start" ]
}

proc_gone()
{
	! proc_alive "$1"
}

# proc_stop PIDFILE [SECONDS]: SIGTERM, then SIGKILL. Returns 1 if it had to be killed.
proc_stop()
{
	local pid forced=0
	if proc_alive "$1"; then
		read -r pid _ < "$1"
		kill -TERM "$pid" 2> /dev/null || true
		if ! wait_for "${2:-5}" proc_gone "$1"; then
			kill -KILL "$pid" 2> /dev/null || true
			wait_for 5 proc_gone "$1" || true
			forced=1
		fi
	fi
	rm -f "$1"
	return "$forced"
}

# log_has LOG TEXT
log_has()
{
	grep -qsF -- "$2" "$1"
}

# ---------------------------------------------------------------- building

# Runs a command as the owner of the tree, who shall not find files of root in it.
as_owner()
{
	local owner
	owner=$(stat -c %U "$MVMP_SRC")
	if [ "$(id -u)" -eq 0 ] && [ "$owner" != root ] && [ "$owner" != UNKNOWN ]; then
		runuser -u "$owner" -- "$@"
	else
		"$@"
	fi
}

# in_dir DIR COMMAND...
in_dir()
{
	local dir=$1
	shift
	(cd "$dir" && as_owner "$@")
}

stale_configure()
{
	[ ! -x "$MVMP_SRC/configure" ] || [ ! -f "$MVMP_SRC/Makefile.in" ] ||
		[ "$MVMP_SRC/configure.ac" -nt "$MVMP_SRC/configure" ]
}

# tree_build DIR LOG [CONFIGURE OPTION...]: configures DIR once (again when the options
# change) and makes everything. Returns the status of the first step that fails.
tree_build()
{
	local dir=$1 log=$2
	shift 2
	: > "$log"
	if [ -f "$MVMP_SRC/config.status" ]; then
		echo "$MVMP_SRC is itself configured: run 'make distclean' there" >> "$log"
		return 1
	fi
	if stale_configure; then
		in_dir "$MVMP_SRC" ./autogen.sh >> "$log" 2>&1 || return
	fi
	as_owner mkdir -p "$dir"
	if [ ! -f "$dir/Makefile" ] || [ "$(cat "$dir/.options" 2> /dev/null)" != "$*" ]; then
		in_dir "$dir" "$MVMP_SRC/configure" "$@" >> "$log" 2>&1 || return
		echo "$*" | as_owner tee "$dir/.options" > /dev/null
	fi
	in_dir "$dir" make -j"$(nproc)" >> "$log" 2>&1
}

# ---------------------------------------------------------------- JSON

# json_get EXPRESSION < TEXT: EXPRESSION is Python on "d", the parsed text.
json_get()
{
	python3 -c '
import json, sys
d = json.load(sys.stdin)
d = d.get("result", d)
v = eval(sys.argv[1])
print(json.dumps(v) if isinstance(v, (bool, dict, list)) else v)' "$1"
}
