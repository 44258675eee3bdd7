# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
#
# apt.sh: packages of other Debian suites, without touching the host's own apt configuration. Sourced, POSIX sh.
# Should: take mirrors and keys from what apt already uses; keep other suites in a private state directory.
# Must not: name a host; write below /etc/apt or /var/lib/apt; leave another suite enabled.

apt_codename() {
	sed -n 's/^VERSION_CODENAME=//p' /etc/os-release | tr -d '"'
}

# Where the host gets its own release from. Empty when apt has no lists yet (run apt-get update first).
apt_main_uri() {
	# shellcheck disable=SC2016  # apt expands these
	apt-get indextargets --format '$(ORIGIN) $(LABEL) $(CODENAME) $(COMPONENT) $(REPO_URI)' \
		'Created-By: Packages' |
		awk -v code="$(apt_codename)" \
			'$1 == "Debian" && $2 == "Debian" && $3 == code && $4 == "main" { print $5; exit }'
}

# One stanza for SUITE on the host's mirror, with the keyring that Debian's own stanzas name.
apt_stanza() {
	apt_uri=$(apt_main_uri)
	[ -n "$apt_uri" ] || return 1
	printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nTargets: Packages\n' "$apt_uri" "$1"
	for apt_key in /usr/share/keyrings/debian-archive-keyring.gpg \
		/usr/share/keyrings/debian-archive-keyring.pgp; do
		[ -r "$apt_key" ] || continue
		printf 'Signed-By: %s\n' "$apt_key"
		return 0
	done
}

# apt_private DIR SUITE: an apt configuration at DIR/apt.conf that knows SUITE and no installed package,
# for `APT_CONFIG=DIR/apt.conf apt-get download`.
apt_private() {
	apt_dirs "$1" || return 1
	: >"$1/status"
	apt_stanza "$2" >"$1/sources.list.d/suite.sources" || return 1
	{
		apt_conf_common "$1"
		printf 'Dir::State::status "%s";\n' "$1/status"
		printf 'Dir::Etc::sourcelist "/dev/null";\n'
	} >"$1/apt.conf"
}

# apt_beside DIR SUITE: the same, but SUITE stands beside the host's own sources and packages, for
# `APT_CONFIG=DIR/apt.conf apt-get install -t SUITE`.
apt_beside() {
	apt_dirs "$1" || return 1
	for apt_part in /etc/apt/sources.list.d/*.sources /etc/apt/sources.list.d/*.list; do
		[ ! -e "$apt_part" ] || cp "$apt_part" "$1/sources.list.d/" || return 1
	done
	# What the host has fetched already need not travel twice.
	cp -p /var/lib/apt/lists/*_dists_* "$1/lists/" 2>/dev/null
	apt_stanza "$2" >"$1/sources.list.d/suite.sources" || return 1
	apt_conf_common "$1" >"$1/apt.conf"
}

apt_dirs() {
	mkdir -p "$1/lists/partial" "$1/cache/archives/partial" "$1/sources.list.d" "$1/preferences.d"
}

# The sandbox user of apt cannot write into private directories, so it stays off there.
apt_conf_common() {
	printf 'Dir::State::lists "%s";\n' "$1/lists"
	printf 'Dir::Cache "%s";\n' "$1/cache"
	printf 'Dir::Etc::sourceparts "%s";\n' "$1/sources.list.d"
	printf 'Dir::Etc::preferencesparts "%s";\n' "$1/preferences.d"
	printf 'APT::Sandbox::User "root";\nAcquire::Languages "none";\nAcquire::Retries "3";\n'
}
