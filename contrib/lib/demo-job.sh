#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# demo-job.sh: the main job, where limits work: this host or the VM. WEIR and PROGRAMS are in the environment.
# Should: show one program without and with a ladder, and what weir says of each end.
# Must not: decide whether it went well by anything but exit statuses.

set -u

title() {
	printf '\n== %s\n' "$*"
}

# Seconds since the start before each line, so that warnings and the program's own lines are one timeline.
timeline() {
	while IFS= read -r line; do
		printf '%6s s  %s\n' "$(since_start)" "$line"
	done
}

uptime_cs() {
	read -r up _ </proc/uptime
	echo "${up%.*}${up#*.}"
}

since_start() {
	at=$(($(uptime_cs) - started))
	printf '%d.%02d' $((at / 100)) $((at % 100))
}

# scene STATUS WORDS... -- COMMAND: the status is carried past the pipe in a file.
scene() {
	wanted=$1
	title "$2"
	shift 2
	printf '$ %s\n' "$(echo "$*" | sed "s|$WEIR|weir|; s|$PROGRAMS/||")"
	started=$(uptime_cs)
	{ "$@" 2>&1; echo $? >"$work/status"; } | timeline
	status=$(cat "$work/status")
	printf '   exit status %d\n' "$status"
	[ "$status" -eq "$wanted" ] || failed=$((failed + 1))
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
scene 137 'No ladder: the kernel kills it at 512 MiB, and weir says why' \
	"$WEIR" sandbox --memory 512M --swap 0 -- "$PROGRAMS/hoard"
scene 0 'The graceful ladder: warned at 70, 85 and 95 %, it ends by itself' \
	"$WEIR" sandbox --memory 512M --swap 0 --ladder graceful -- "$PROGRAMS/hoard"
exit "$failed"
