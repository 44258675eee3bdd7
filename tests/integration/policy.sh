#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Memory policies as create and `memory plan` read them: files, precedence, refusals, whose word counts. No limit is
# needed for any of it; policy-limits.sh has what they do.
# needs: cgroup
set -u
# shellcheck source=tests/integration/lib/tap.sh
. "$TESTLIB/tap.sh"
# shellcheck source=tests/integration/lib/bundle.sh
. "$TESTLIB/bundle.sh"

policies=$TMPDIR/memory.d
mkdir "$policies"
chmod 755 "$policies"
weir() { "$WEIR" --root "$root" --memory-policy-dir "$policies" "$@"; }
limit='"resources": { "memory": { "limit": 268435456 } }'
plan_says() {
	pattern=$1 sentence=$2
	shift 2
	write_config
	check_says "$pattern" "$sentence" weir memory plan --bundle "$bundle" "$@"
}
# puts NAME: a file of the host's, from stdin.
puts() {
	cat >"$policies/$1"
	chmod 644 "$policies/$1"
}

# ---- what it comes to ----
linux=$limit
plan_says '^limit  *256M  (/linux/resources/memory/limit)' 'plan: the limit and where it is from'
plan_says '^ladder  *off  (default)' 'plan: nothing is done unasked'
plan_says '^  95  *243.1M  *3.026  *0.189  log, notify, unready, stop=20s' 'plan: bytes and brake seconds of a rung' --ladder graceful
puts 10-all.json <<END
{ "version": 1, "comment": "for every container",
  "policies": [
    { "defaults": { "ladder": "graceful",
                    "align": "auto" },
      "ceilings": { "stop": "30s" } },
    { "name": "shells", "match": { "comm": ["sh"], "cgroup": ["/weir-test-*"] },
      "defaults": { "oom": "group" } }
  ] }
END
plan_says "^ladder  *graceful  ($policies/10-all.json:3)" 'plan: a default, with file and line'
plan_says "^align  *auto  ($policies/10-all.json:4)" 'plan: another, on the next line'
plan_says "^  *$policies/10-all.json:6 shells: cgroup /$parent/c1, comm sh" 'plan: which policy matched, and why'
plan_says '^  program .*/bin/busybox: native' 'plan: the program that was looked at'
write_config
check_says '"file": "memory.oom.group"' 'oom: in the plan of create' weir create --plan -b "$bundle" c1
top='"annotations": { "io.weir.memory.ladder": "60:log", "io.weir.memory.align": "off" }'
plan_says '^ladder  *60:log  (/annotations/io.weir.memory.ladder)' 'an annotation is over the host'\''s default'
plan_says '^align  *off  (/annotations' 'and can say that nothing is to be done'
cat >"$TMPDIR/given.json" <<END
{ "version": 1, "policies": [ { "defaults": { "ladder": "61:log" } } ] }
END
plan_says "^ladder  *61:log  ($TMPDIR/given.json:1)" 'the file given is over the annotation' --memory-policy "$TMPDIR/given.json"
plan_says '^ladder  *62:log  (--ladder)' 'and the command line over all' --memory-policy "$TMPDIR/given.json" --ladder 62:log
check_says '^limit  *1G  (--memory)' 'a mere limit has a plan' weir memory plan --memory 1G
check_says '^  70  *716.7M' 'with the host'\''s default' weir memory plan --memory 1G
cp "$WEIR" "$TMPDIR/weir"
chmod 755 "$TMPDIR/weir"
check_says '^  70  *179.1M' 'plan: for nobody, too' setpriv --reuid=65534 --regid=65534 --clear-groups \
	"$TMPDIR/weir" --memory-policy-dir "$policies" memory plan --memory 256M
check_equal "$tap_status" 0 'with status 0'

# ---- what is refused: at create, by its place ----
# refused PATTERN SENTENCE [OPTIONS]: and nothing is left.
refused() {
	pattern=$1 sentence=$2
	shift 2
	write_config
	check_says "$pattern" "$sentence" weir create -b "$bundle" "$@" c1
	check_equal "$tap_status $(weir list -q | wc -l)" '1 0' 'and nothing is made'
}
top='"annotations": { "io.weir.memory.ladder": "95:stop=5m" }'
refused "^weir: .*/annotations/io.weir.memory.ladder: rung 95: stop of 300 s is more than the 30 s permitted ($policies/10-all.json:5)" \
	'a ceiling'
top='"annotations": { "io.weir.memory.ladder": "95:log,shoud" }'
refused "/annotations/io.weir.memory.ladder: column 8: unknown action 'shoud' (did you mean 'shed'?)" 'a slip in an annotation'
top='"annotations": { "io.weir.memory.lader": "95:log" }'
refused 'io.weir.memory.lader: unknown' 'a slip in its name'
top='"annotations": { "io.weir.memory.align": "auto,gi=0.9" }'
refused "/annotations/io.weir.memory.align: column 6: 'gi' is none of" 'a slip in an alignment'
top=''
puts 20-bad.json <<END
{ "version": 1,
  "policies": [
    { "defaults": { "laddder": "graceful" } } ] }
END
refused "^weir: .*$policies/20-bad.json: line 3 column 21: /policies/0/defaults/laddder: unknown name" 'a slip in a file of the host'
puts 20-bad.json <<END
{ "version": 1, "policies": [ { "annotations": ["align"] } ] }
END
top='"annotations": { "io.weir.memory.ladder": "60:log" }'
refused "io.weir.memory.ladder: not allowed by $policies/20-bad.json:1" 'an annotation that the host does not allow'
puts 20-bad.json <<END
{ "version": 1, "policies": [ { "hostExec": { "uid": 65534, "gid": 65534 }, "defaults": { "ladder": "60:host-exec=/bin/true" } } ] }
END
refused 'rung 60: host-exec is for the host.s own policy files alone' 'a program of the host, by an option' --ladder 60:host-exec=/bin/true
top='"annotations": { "io.weir.memory.ladder": "60:host-exec=/bin/true" }'
refused 'rung 60: host-exec is for the host.s own policy files alone' 'a program of the host, by an annotation'
top=''
refused 'hostExec: programs of the host are permitted by the host.s own policies alone' 'a program of the host, by the file given' \
	--memory-policy "$policies/20-bad.json"
chmod 666 "$policies/20-bad.json"
refused "20-bad.json:1: hostExec: the file has to be root's, and nobody else's to write" 'a program of the host, by a file that others can write'
chmod 644 "$policies/20-bad.json"
chmod 777 "$policies"
refused "hostExec: $policies has to be root's" 'a program of the host, in a directory that others can write'
chmod 755 "$policies"
rm "$policies/20-bad.json"
mkfifo "$policies/30.json"
refused '30.json: not a regular file' 'a FIFO is not waited for'
rm "$policies"/*

# ---- what is kept ----
linux=''
puts 10.json <<END
{ "version": 1, "policies": [ { "name": "kept", "defaults": { "align": "as=go,go" } } ] }
END
program 'env | grep -c GOMEMLIMIT; read -r _'
write_config
check 'a container is made with a policy' weir create -b "$bundle" c1
rm "$policies"/*
check_says '^policies .*10.json:1 kept: every container' 'plan ID: what was decided at create, whatever becomes of the files' weir memory plan c1
check_says '^  nothing .*there is no limit to align to' 'plan ID: the audit of the alignment' weir memory plan c1
weir delete --force c1
check_says 'does not exist' 'plan ID of nobody' weir memory plan c1
check_says 'exclude each other' 'one question at a time' weir memory plan --memory 1G c1
check_says 'neither json nor table' 'in one of two formats' weir memory plan --memory 1G --format xml
plan
