#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What `make install` installs, `make uninstall` removes; a host's own policies it leaves. Run by contrib/check
# with FULL=1: it takes seconds.
set -eu
build=${top_builddir:-$(cd "$(dirname "$0")/.." && pwd)/build}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The default directories below the prefix that was configured.
prefix=$(sed -n 's/^prefix = //p' "$build/Makefile")
etc=$work$(sed -n "s,^sysconfdir = \(\${prefix}\)*,$prefix,p" "$build/Makefile")
fail() {
	echo "$*"
	exit 1
}
install_tree() {
	make -C "$build" -s "$@" DESTDIR="$work" >"$work.log" 2>&1 || { cat "$work.log"; rm -f "$work.log"; exit 1; }
	rm -f "$work.log"
}
left() {
	find "$work" ! -type d -o -name 'weir*'
}

install_tree install
for file in bin/weir lib/systemd/system/weir-governor.service lib/tmpfiles.d/weir.conf \
	share/bash-completion/completions/weir share/zsh/site-functions/_weir \
	share/fish/vendor_completions.d/weir.fish share/weir/containers.conf.d/weir.conf; do
	[ -f "$work$prefix/$file" ] || fail "$prefix/$file is not installed"
done
[ -d "$etc/weir/memory.d" ] || fail "$etc/weir/memory.d is not made"
grep -q "^ExecStart=$prefix/bin/weir " "$work$prefix/lib/systemd/system/weir-governor.service" ||
	fail 'the unit does not name the program where it is'
: >"$etc/weir/memory.d/host.json"
install_tree uninstall
[ "$(left | sort | tr '\n' ' ')" = "$etc/weir $etc/weir/memory.d/host.json " ] || fail "uninstall leaves:" "$(left)"
rm "$etc/weir/memory.d/host.json"
install_tree install
install_tree uninstall
[ -z "$(left)" ] || fail "uninstall leaves:" "$(left)"
