# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
#
# tap.sh: how an integration test speaks. Sourced first by each tests/integration/NAME.sh; POSIX sh.
# Should: print one TAP line per checked sentence, say what was seen where it fails, end with the plan.
# Must not: stop at the first failure, let a script end without its plan (the runner counts that as a failure).
#
#   . "$TESTLIB/tap.sh"
#   check 'true succeeds' true
#   check_status 137 'a killed program ends with 137' sh -c 'kill -9 $$'
#   check_says 'no such container' 'state names what is missing' "$WEIR" state nobody
#   check_file /sys/fs/cgroup/x/memory.max 67108864 'the limit is 64 MiB'
#   skip 'swap can be limited' 'this kernel has no swap'
#   plan
#
# In the environment: WEIR the binary, TESTLIB this folder, PROGRAMS the folder of hog and hoard, TMPDIR an
# empty folder of the script's own, removed after it.

tap_count=0
tap_failed=0

tap_ok() {
	tap_count=$((tap_count + 1))
	printf 'ok %d - %s\n' "$tap_count" "$1"
}

# tap_not_ok SENTENCE [FILE-OF-EVIDENCE]
tap_not_ok() {
	tap_count=$((tap_count + 1))
	tap_failed=$((tap_failed + 1))
	printf 'not ok %d - %s\n' "$tap_count" "$1"
	[ -z "${2-}" ] || tail -n 20 "$2" | sed 's/^/#   /'
}

note() {
	printf '%s\n' "$*" | sed 's/^/# /'
}

# skip SENTENCE REASON
skip() {
	tap_count=$((tap_count + 1))
	printf 'ok %d - %s # SKIP %s\n' "$tap_count" "$1" "$2"
}

# tap_run COMMAND...: sets tap_status; both outputs are in the file $tap_seen, for more checks of the same run.
tap_run() {
	tap_seen=${TMPDIR:-/tmp}/tap-seen
	tap_status=0
	"$@" >"$tap_seen" 2>&1 || tap_status=$?
}

# check SENTENCE COMMAND...: the command succeeds.
check() {
	check_status 0 "$@"
}

# check_not SENTENCE COMMAND...: the command fails (by itself: a signal or a missing program is no answer).
check_not() {
	tap_sentence=$1
	shift
	tap_run "$@"
	if [ "$tap_status" -gt 0 ] && [ "$tap_status" -lt 126 ]; then
		tap_ok "$tap_sentence"
	else
		tap_not_ok "$tap_sentence" "$tap_seen"
		note "wanted a failure, got status $tap_status from: $*"
	fi
}

# check_status STATUS SENTENCE COMMAND...
check_status() {
	tap_wanted=$1 tap_sentence=$2
	shift 2
	tap_run "$@"
	if [ "$tap_status" -eq "$tap_wanted" ]; then
		tap_ok "$tap_sentence"
	else
		tap_not_ok "$tap_sentence" "$tap_seen"
		note "wanted status $tap_wanted, got $tap_status from: $*"
	fi
}

# check_says PATTERN SENTENCE COMMAND...: a line it prints matches the basic regular expression, whatever its
# status (which is left in tap_status).
check_says() {
	tap_wanted=$1 tap_sentence=$2
	shift 2
	tap_run "$@"
	if grep -q -e "$tap_wanted" "$tap_seen"; then
		tap_ok "$tap_sentence"
	else
		tap_not_ok "$tap_sentence" "$tap_seen"
		note "wanted '$tap_wanted' from: $*"
	fi
}

# check_file FILE CONTENT SENTENCE: the whole of a file, such as one of the kernel's.
check_file() {
	check_equal "$(cat "$1" 2>&1)" "$2" "$3"
}

# check_equal SEEN WANTED SENTENCE
check_equal() {
	if [ "$1" = "$2" ]; then
		tap_ok "$3"
	else
		tap_not_ok "$3"
		printf '%s\n' "wanted: $2" "got: $1" | sed 's/^/#   /'
	fi
}

# wait_until SECONDS COMMAND...: true as soon as the command is, false when the time is over.
wait_until() {
	tap_ticks=$(($1 * 20))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$tap_ticks" -gt 0 ] || return 1
		tap_ticks=$((tap_ticks - 1))
		sleep 0.05
	done
}

# plan: the last line of every script.
plan() {
	printf '1..%d\n' "$tap_count"
	[ "$tap_failed" -eq 0 ]
}
