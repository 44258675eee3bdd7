# SPDX-License-Identifier: Apache-2.0
# What weir prints keeps the specification's JSON schemas: spec, features, and the state in every status and to hooks.
# needs: cgroup

. "$TESTLIB/tap.sh"
. "$TESTLIB/bundle.sh"

top_srcdir=$(cd "$TESTLIB/../../.." && pwd)
export top_srcdir
says() { "$BUILT/tests/programs/schema-says" "$1"; }
# keeps SCHEMA SENTENCE COMMAND...
keeps() {
	schema=$1 sentence=$2
	shift 2
	"$@" >"$TMPDIR/printed" 2>"$TMPDIR/errors"
	check_equal "$(says "$schema" <"$TMPDIR/printed")" ok "$sentence"
}
printed_spec() {
	rm -rf "$TMPDIR/spec" && mkdir "$TMPDIR/spec"
	weir spec --bundle "$TMPDIR/spec" "$@" && cat "$TMPDIR/spec/config.json"
}

keeps config-schema.json 'spec' printed_spec
if "$WEIR" spec --help | grep -q -- --rootless; then
	keeps config-schema.json 'spec --rootless' printed_spec --rootless
else
	skip 'spec --rootless' 'this weir has none'
fi
keeps features-schema.json 'features' weir features

program 'sleep 1000'
hook() { printf '"%s": [ { "path": "/bin/sh", "args": ["sh", "-c", "cat >%s/%s"] } ]' "$1" "$TMPDIR" "$1"; }
top="\"annotations\": { \"com.example.key\": \"value\", \"empty\": \"\" },
	\"hooks\": { $(hook prestart), $(hook createRuntime), $(hook createContainer), $(hook poststart), $(hook poststop) }"
create
status() {
	check "it is $1" status_is "$1"
	keeps state-schema.json "state of a container that is $1" weir state c1
}
status created
weir start c1
status running
if "$WEIR" --help | grep -q ' pause '; then
	weir pause c1
	check_says '"status": "paused"' 'it is paused' weir state c1
	# A status of our own, as runtime.md allows: the schema lists only the specification's.
	sed 's/"paused"/"running"/' "$tap_seen" >"$TMPDIR/paused"
	keeps state-schema.json 'the rest of its state' cat "$TMPDIR/paused"
	weir resume c1
fi
weir kill c1 KILL
wait_until 20 status_is stopped
status stopped
weir delete c1
for name in prestart createRuntime createContainer poststart poststop; do
	keeps state-schema.json "the state that a $name hook is given" cat "$TMPDIR/$name"
	check_equal "$(grep -c '"com.example.key"' "$TMPDIR/printed")" 1 'with the annotations'
done
check_equal "$(echo '{"ociVersion": "1.0.0", "id": "x", "status": "dancing", "bundle": "/b"}' | says state-schema.json)" \
	'/status: not a word of the schema' 'the check can fail'
plan
