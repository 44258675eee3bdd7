# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
#
# say.sh: how the scripts speak. Sourced, POSIX sh.
# Should: tell what is being done in one line, show that a long step is alive, show why it failed.
# Must not: ask anything, print to standard output (that belongs to the caller's result).

say() {
	printf 'weir: %s\n' "$*" >&2
}

die() {
	say "$*"
	exit 1
}

# step SENTENCE COMMAND...: says the sentence, runs the command with its output kept aside, says every
# ten seconds that it is still running, and shows the last 30 lines if it fails. Returns its status.
step() {
	step_what=$1
	shift
	step_log=$(mktemp) || return 1
	say "$step_what"
	"$@" >"$step_log" 2>&1 </dev/null &
	step_pid=$!
	step_watch
	step_rc=0
	wait "$step_pid" || step_rc=$?
	step_pid=
	if [ "$step_rc" -ne 0 ]; then
		say "failed ($step_rc): $step_what; its last lines:"
		tail -n 30 "$step_log" | sed 's/^/    /' >&2
	fi
	rm -f "$step_log"
	return "$step_rc"
}

# A finished child that was not waited for is still seen by kill -0 in some shells, so its state is read.
step_watch() {
	step_ticks=0
	while step_alive; do
		sleep 0.1
		step_ticks=$((step_ticks + 1))
		[ $((step_ticks % 100)) -ne 0 ] || say "  ... $((step_ticks / 10)) s"
	done
}

step_alive() {
	step_state=$(sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$step_pid/status" 2>/dev/null)
	[ -n "$step_state" ] && [ "$step_state" != Z ]
}

# For the trap of a caller that is interrupted in the middle of a step.
step_interrupt() {
	[ -z "${step_pid-}" ] || kill "$step_pid" 2>/dev/null
	[ -z "${step_log-}" ] || rm -f "$step_log"
}
