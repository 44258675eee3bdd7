# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
#
# podman-cases.sh: the cases of tests/engines/podman, sourced by it. Each is named as a user would say it.
# Should: say what must come out, not what weir happens to print.

# shellcheck disable=SC2154  # work is tests/engines/podman's
podman_cases() {
	run_cases
	detached_cases
	option_cases
	namespace_cases
}

run_cases() {
	is 'run prints what the program prints' 'hello 0' r bb echo hello
	is 'run ends with the status of the program' '7' r bb sh -c 'exit 7'
	has 'run of what is not there: 127' '127' status_of r bb /nope
	has 'run of a folder: 126' '126' status_of r bb /etc
	is 'run -i passes standard input' 'typed 0' typed r -i bb cat
	has 'run -t has a terminal' '^/dev/pts/0' tty run --rm -t bb tty
	has 'run -t has its size' '^30 90$' tty run --rm -t bb stty size
	is 'run --preserve-fds 1' 'of-the-host 0' third r --preserve-fds 1 bb sh -c 'cat <&3'
}

status_of() {
	"$@" >/dev/null 2>&1 || echo $?
}
typed() { echo typed | "$@"; }
third() { "$@" 3<"$work/file"; }

detached_cases() {
	is 'run -d, and it runs' 'running 0' detached
	is 'exec prints' 'in 0' p exec c1 echo in
	is 'exec ends with the status of the program' '9' p exec c1 sh -c 'exit 9'
	is 'exec -e -w -u' 'A /tmp 1000 0' p exec -e V=A -w /tmp -u 1000:1000 c1 sh -c 'echo $V; pwd; id -u'
	has 'exec of what is not there: 127' 127 status_of p exec c1 /nope
	has 'exec -t has a terminal' '^/dev/pts/' tty exec -t c1 tty
	is 'pause, and it is paused' 'paused 0' paused
	is 'unpause, and it runs' 'running 0' unpaused
	has 'top lists it' 'trap' p top c1
	is 'logs' 'said 0' logged
	is 'stop lets it end by itself' 'exited 3 0' stopped
	is 'start again' 'running 0' restarted
	is 'kill -s, and its status' 'exited 137 0' killed
	is 'rm -f of one that runs' '0' removed
	is 'restart' 'running 0' restart
	is 'a pod shares its network and ipc' 'same same 0' pod
}

state() { p inspect --format '{{.State.Status}}' "$1"; }
quiet() { "$@" >/dev/null 2>&1; }
detached() { up c1 && state c1; }
paused() { quiet p pause c1 && state c1; }
unpaused() { quiet p unpause c1 && state c1; }
logged() { quiet p run -d --name said bb echo said && quiet p wait said && p logs said && quiet p rm said; }
stopped() { quiet p stop -t 10 c1 && p inspect --format '{{.State.Status}} {{.State.ExitCode}}' c1; }
restarted() { quiet p start c1 && state c1; }
killed() { quiet p kill -s KILL c1 && quiet p wait c1 && p inspect --format '{{.State.Status}} {{.State.ExitCode}}' c1; }
removed() { quiet p start c1 && quiet p rm -f c1; }
restart() { up c2 && quiet p restart -t 1 c2 && state c2 && quiet p rm -f c2; }
pod() {
	quiet p run -d --name first bb sleep 1000
	for kind in net ipc; do
		one=$(p exec first readlink "/proc/self/ns/$kind")
		two=$(r --network container:first --ipc container:first bb readlink "/proc/self/ns/$kind")
		[ "$one" != "$two" ] || echo same
	done
	quiet p rm -f -t 0 first
}

option_cases() {
	is '--read-only with a --tmpfs' 'ok 0' r --read-only --tmpfs /x bb sh -c 'touch /a 2>/dev/null || touch /x/a && echo ok'
	is '-v, read-only' 'of-the-host 0' r -v "$work/file:/f:ro" bb sh -c 'cat /f; echo x 2>/dev/null >/f || :'
	is '--ulimit' '100 0' r --ulimit nofile=100:100 --ulimit nproc=100:100 bb sh -c 'ulimit -n'
	is '--sysctl' '9000 0' r --sysctl kernel.msgmax=9000 bb cat /proc/sys/kernel/msgmax
	is '--cap-drop all' '0000000000000000 0' r --cap-drop all bb sed -n 's/CapEff:.//p' /proc/self/status
	is '--cap-add' '0000000000002000 0' r --cap-drop all --cap-add net_raw bb sed -n 's/CapEff:.//p' /proc/self/status
	is '--security-opt no-new-privileges' '1 0' r --security-opt no-new-privileges bb sed -n 's/NoNewPrivs:.//p' /proc/self/status
	is 'the default seccomp profile' '2 0' r bb sed -n 's/Seccomp:.//p' /proc/self/status
	is '--security-opt seccomp=unconfined' '0 0' r --security-opt seccomp=unconfined bb sed -n 's/Seccomp:.//p' /proc/self/status
	is '--device' 'c 0' r --device /dev/null:/dev/mine bb sh -c 'test -c /dev/mine && echo c'
	is '--privileged' '0 0' r --privileged bb sed -n 's/Seccomp:.//p' /proc/self/status
	is '--user' '1000:1001 0' r --user 1000:1001 bb sh -c 'echo $(id -u):$(id -g)'
	is '--group-add' '5 0' r --user 1000:1000 --group-add 5 bb sh -c 'id -G | tr " " "\n" | grep -x 5'
	is '--workdir' '/tmp 0' r --workdir /tmp bb pwd
	is '--env' 'x 0' r --env A=x bb sh -c 'echo $A'
	is '--hostname' 'h1 0' r --hostname h1 bb hostname
	is '--shm-size' '1024 0' r --shm-size 1m bb sh -c 'df -k /dev/shm | sed -n "2s/[^ ]* *\([0-9]*\).*/\1/p"'
	is '--cgroups=disabled' 'ok 0' r --cgroups=disabled bb echo ok
}

namespace_cases() {
	is '--uidmap' '0 100000 65536 0' r --uidmap 0:100000:65536 bb cat /proc/self/uid_map
	is '--pid host' "$(readlink /proc/self/ns/pid) 0" r --pid host bb readlink /proc/self/ns/pid
	is '--network host' "$(readlink /proc/self/ns/net) 0" r --network host bb readlink /proc/self/ns/net
	is '--uts host' "$(readlink /proc/self/ns/uts) 0" r --uts host bb readlink /proc/self/ns/uts
	is '--ipc host' "$(readlink /proc/self/ns/ipc) 0" r --ipc host bb readlink /proc/self/ns/ipc
	is '--cgroupns host' "$(readlink /proc/self/ns/cgroup) 0" r --cgroupns host bb readlink /proc/self/ns/cgroup
}
