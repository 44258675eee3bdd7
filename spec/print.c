// SPDX-License-Identifier: Apache-2.0
/*
 * The config that `weir spec` prints.
 * Should: be a good start for a shell in ./rootfs, and one that spec_parse() takes.
 * Must not: depend on the host.
 */
#include "spec/print.h"

#include <stddef.h>

#include "runtime/base/emit.h"

static const char *const capabilities[] = { "CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE",
					    NULL };
static const char *const arguments[] = { "sh", NULL };
static const char *const environment[] = {
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	"TERM=xterm",
	NULL,
};
static const char *const namespaces[] = { "pid", "network", "ipc", "uts", "mount", "cgroup", NULL };
static const char *const masked_paths[] = {
	"/proc/acpi",
	"/proc/asound",
	"/proc/kcore",
	"/proc/keys",
	"/proc/latency_stats",
	"/proc/timer_list",
	"/proc/timer_stats",
	"/proc/sched_debug",
	"/proc/scsi",
	"/sys/firmware",
	NULL,
};
static const char *const readonly_paths[] = {
	"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger", NULL,
};

static const struct default_mount {
	const char *destination;
	const char *type;
	const char *source;
	const char *options[8];
} mounts[] = {
	{ "/proc", "proc", "proc", { NULL } },
	{ "/dev", "tmpfs", "tmpfs", { "nosuid", "strictatime", "mode=755", "size=65536k" } },
	{ "/dev/pts",
	  "devpts",
	  "devpts",
	  /* 5 is the group tty wherever /etc/group follows the LSB */
	  { "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5" } },
	{ "/dev/shm", "tmpfs", "shm", { "nosuid", "noexec", "nodev", "mode=1777", "size=65536k" } },
	{ "/dev/mqueue", "mqueue", "mqueue", { "nosuid", "noexec", "nodev" } },
	{ "/sys", "sysfs", "sysfs", { "nosuid", "noexec", "nodev", "ro" } },
	{ "/sys/fs/cgroup", "cgroup", "cgroup", { "nosuid", "noexec", "nodev", "relatime", "ro" } },
};

static void print_strings(struct emit *emit, const char *key, const char *const *strings)
{
	emit_array(emit, key);
	for (; *strings != NULL; strings++)
		emit_string(emit, NULL, *strings);
	emit_array_end(emit);
}

static void print_user(struct emit *emit)
{
	emit_object(emit, "user");
	emit_u64(emit, "uid", 0);
	emit_u64(emit, "gid", 0);
	emit_object_end(emit);
}

static void print_capabilities(struct emit *emit)
{
	emit_object(emit, "capabilities");
	print_strings(emit, "bounding", capabilities);
	print_strings(emit, "effective", capabilities);
	print_strings(emit, "permitted", capabilities);
	emit_object_end(emit);
}

static void print_rlimits(struct emit *emit)
{
	emit_array(emit, "rlimits");
	emit_object(emit, NULL);
	emit_string(emit, "type", "RLIMIT_NOFILE");
	emit_u64(emit, "hard", 1024);
	emit_u64(emit, "soft", 1024);
	emit_object_end(emit);
	emit_array_end(emit);
}

static void print_process(struct emit *emit)
{
	emit_object(emit, "process");
	emit_bool(emit, "terminal", false);
	print_user(emit);
	print_strings(emit, "args", arguments);
	print_strings(emit, "env", environment);
	emit_string(emit, "cwd", "/");
	print_capabilities(emit);
	print_rlimits(emit);
	emit_bool(emit, "noNewPrivileges", true);
	emit_object_end(emit);
}

static void print_root(struct emit *emit)
{
	emit_object(emit, "root");
	emit_string(emit, "path", "rootfs");
	emit_bool(emit, "readonly", true);
	emit_object_end(emit);
}

static void print_mounts(struct emit *emit)
{
	size_t i;

	emit_array(emit, "mounts");
	for (i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		emit_object(emit, NULL);
		emit_string(emit, "destination", mounts[i].destination);
		emit_string(emit, "type", mounts[i].type);
		emit_string(emit, "source", mounts[i].source);
		if (mounts[i].options[0] != NULL)
			print_strings(emit, "options", mounts[i].options);
		emit_object_end(emit);
	}
	emit_array_end(emit);
}

static void print_resources(struct emit *emit)
{
	emit_object(emit, "resources");
	emit_array(emit, "devices");
	emit_object(emit, NULL);
	emit_bool(emit, "allow", false);
	emit_string(emit, "access", "rwm");
	emit_object_end(emit);
	emit_array_end(emit);
	emit_object_end(emit);
}

static void print_namespaces(struct emit *emit)
{
	const char *const *type;

	emit_array(emit, "namespaces");
	for (type = namespaces; *type != NULL; type++) {
		emit_object(emit, NULL);
		emit_string(emit, "type", *type);
		emit_object_end(emit);
	}
	emit_array_end(emit);
}

static void print_linux(struct emit *emit)
{
	emit_object(emit, "linux");
	print_resources(emit);
	print_namespaces(emit);
	print_strings(emit, "maskedPaths", masked_paths);
	print_strings(emit, "readonlyPaths", readonly_paths);
	emit_object_end(emit);
}

void spec_print_default(struct emit *emit)
{
	emit_object(emit, NULL);
	emit_string(emit, "ociVersion", "1.3.0");
	print_process(emit);
	print_root(emit);
	emit_string(emit, "hostname", "weir");
	print_mounts(emit);
	print_linux(emit);
	emit_object_end(emit);
}
