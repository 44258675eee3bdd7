# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
#
# bootstrap.sh: from a Debian 12 or 13 with nothing but a shell and git to a built tree. Sourced after say.sh
# and apt.sh, with $top set to the top of the tree.
# Should: install only what is missing, say so in a line, build out of tree.
# Must not: ask a question, change the host's apt sources, install the VM's packages where no VM is needed.

packages_build='autoconf automake make gcc pkg-config libc6-dev libseccomp-dev libcap-dev libyajl-dev libmnl-dev'
packages_tests='busybox-static golang-go iproute2 mount'
packages_vm='qemu-system-x86 e2fsprogs'
packages_full='mmdebstrap scdoc prometheus clang'

# QEMU older than this crashes one boot of kernel 6.12 in four under TCG.
qemu_oldest=9

# True where limits can be set: cgroup v2 alone on /sys/fs/cgroup, with the memory controller, writable.
host_has_memory_controller() {
	[ "$(id -u)" -eq 0 ] &&
		[ -w /sys/fs/cgroup/cgroup.subtree_control ] &&
		grep -qw memory /sys/fs/cgroup/cgroup.controllers 2>/dev/null
}

package_installed() {
	[ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

packages_missing() {
	for name in "$@"; do
		package_installed "$name" || printf '%s ' "$name"
	done
}

apt_quiet() {
	DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o Dpkg::Use-Pty=0 -o Acquire::Retries=3 \
		-o DPkg::Lock::Timeout=300 "$@"
}

# Once, and only when something is missing: old lists name packages that the mirror no longer has.
apt_refresh() {
	[ -z "${apt_fresh-}" ] || return 0
	step 'refreshing the package lists' apt_quiet update || return 1
	apt_fresh=yes
}

install_packages() {
	missing=$(packages_missing "$@")
	[ -n "$missing" ] || return 0
	command -v apt-get >/dev/null || die "needs these packages, and no apt-get is here to install them: $missing"
	[ "$(id -u)" -eq 0 ] || die "needs root to install: $missing"
	apt_refresh || return 1
	# shellcheck disable=SC2086  # a list of package names
	step "installing $missing" apt_quiet install --no-install-recommends $missing
}

qemu_good_enough() {
	major=$(qemu-system-x86_64 --version 2>/dev/null | sed -n 's/^QEMU emulator version \([0-9]*\)\..*/\1/p')
	[ "${major:-0}" -ge "$qemu_oldest" ]
}

# Debian 12's own QEMU is too old, its backports' is not. They are read from a private state directory, so
# that the host's sources stay as they are.
install_qemu() {
	! qemu_good_enough || return 0
	[ "$(id -u)" -eq 0 ] || die 'needs root to install qemu-system-x86'
	apt_refresh || return 1
	candidate=$(apt-cache policy qemu-system-x86 | sed -n 's/^ *Candidate: [0-9]*:\([0-9]*\)\..*/\1/p')
	if [ "${candidate:-0}" -ge "$qemu_oldest" ]; then
		step 'installing qemu-system-x86' \
			apt_quiet install --no-install-recommends qemu-system-x86
	else
		step "installing qemu-system-x86 from $(apt_codename)-backports (the release's crashes)" \
			install_backport qemu-system-x86
	fi || return 1
	qemu_good_enough || die "qemu-system-x86_64 older than $qemu_oldest, and no newer one to be had"
}

install_backport() {
	backport_dir=$(mktemp -d) || return 1
	backport_rc=0
	install_backport_in "$backport_dir" "$1" || backport_rc=$?
	rm -rf "$backport_dir"
	return "$backport_rc"
}

install_backport_in() {
	backport_suite=$(apt_codename)-backports
	apt_beside "$1" "$backport_suite" || return 1
	# apt takes the last word on priorities from here: backports only for what asks for them.
	APT_CONFIG=$1/apt.conf apt_quiet update || return 1
	APT_CONFIG=$1/apt.conf apt_quiet install --no-install-recommends -t "$backport_suite" "$2"
}

# The whole of what contrib/check and contrib/demo need.
bootstrap() {
	# shellcheck disable=SC2086  # lists of package names
	install_packages $packages_build $packages_tests || return 1
	if [ -n "${FULL-}" ]; then
		# shellcheck disable=SC2086
		install_packages $packages_full || return 1
		bootstrap_vm
	else
		host_has_memory_controller || bootstrap_vm
	fi
}

bootstrap_vm() {
	[ "$(dpkg --print-architecture)" = amd64 ] || die 'the VM for memory limits runs on amd64 only'
	install_qemu || return 1
	# shellcheck disable=SC2086
	install_packages $packages_vm
}

# build_tree DIR [CONFIGURE-ARG...]: DIR is below $top and named relative to it, since configure refuses a source path
# with a space in it and takes `..` happily.
build_tree() {
	build_dir=$1
	shift
	# shellcheck disable=SC2154  # the caller sets top
	[ ! -e "$top/config.status" ] ||
		die "the source tree is configured in place; run 'make distclean' there first"
	tree_is_generated || step 'generating configure' tree_autoreconf || return 1
	mkdir -p "$top/$build_dir" || return 1
	[ -e "$top/$build_dir/config.status" ] || step "configuring in $build_dir" tree_configure "$@" || return 1
	step 'building' tree_make all
}

tree_autoreconf() {
	(cd "$top" && autoreconf -fi)
}

tree_is_generated() {
	[ -e "$top/configure" ] && [ -e "$top/Makefile.in" ] &&
		[ -z "$(find "$top/configure.ac" -newer "$top/configure")" ] &&
		[ -z "$(find "$top/Makefile.am" -newer "$top/Makefile.in")" ]
}

tree_configure() {
	(cd "$top/$build_dir" && ../configure "$@")
}

tree_make() {
	make -C "$top/$build_dir" -j"$(nproc)" "$@"
}
