# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
#
# lib.sh: what image and run share. Sourced after contrib/lib/say.sh.

vm_cache_dir() {
	for vm_dir in "${WEIR_CACHE:-/var/cache/weir}" "${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/weir"; do
		if mkdir -p "$vm_dir" 2>/dev/null && [ -w "$vm_dir" ]; then
			(cd "$vm_dir" && pwd)
			return 0
		fi
	done
	return 1
}

# mke2fs lives in /sbin, which is not on everyone's path.
vm_require() {
	for vm_tool in "$@"; do
		PATH=$PATH:/sbin:/usr/sbin command -v "$vm_tool" >/dev/null ||
			die "the VM needs '$vm_tool', which is not installed (sh contrib/check installs it)"
	done
}
