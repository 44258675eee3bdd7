// SPDX-License-Identifier: Apache-2.0
/*
 * The config that `weir spec` prints.
 * Should: be a good start for a shell in ./rootfs, and one that spec_parse() takes.
 * Must not: depend on the host.
 */
#include "spec/print.h"

#include <stddef.h>

#include "runtime/base/emit.h"
#include "runtime/base/text.h"

static const char *const capabilities[] = { "CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE",
					    NULL };
static const char *const arguments[] = { "sh", NULL };
static const char *const environment[] = {
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	"TERM=xterm",
	NULL,
};
static const char *const namespaces[] = { "pid", "network", "ipc", "uts", "mount", "cgroup", NULL };
static const char *const rootless_namespaces[] = { "pid",    "ipc",  "uts", "mount",
						   "cgroup", "user", NULL };
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

/* Who calls. NULL in what follows: somebody who may do everything. */
struct caller {
	uint32_t uid;
	uint32_t gid;
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
	emit_bool(emit, "terminal", true);
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

/* Options that name an id have no meaning where only one is mapped. */
static void print_options(struct emit *emit, const char *const *options,
			  const struct caller *caller)
{
	if (*options == NULL)
		return;
	emit_array(emit, "options");
	for (; *options != NULL; options++)
		if (caller == NULL ||
		    !(text_starts(*options, "gid=") || text_starts(*options, "uid=")))
			emit_string(emit, NULL, *options);
	emit_array_end(emit);
}

static void print_mount(struct emit *emit, const struct default_mount *mount,
			const struct caller *caller)
{
	emit_object(emit, NULL);
	emit_string(emit, "destination", mount->destination);
	emit_string(emit, "type", mount->type);
	emit_string(emit, "source", mount->source);
	print_options(emit, mount->options, caller);
	emit_object_end(emit);
}

static void print_mounts(struct emit *emit, const struct caller *caller)
{
	/* A sysfs is of the network's owner (mount_namespaces(7)): without a network of its own, a
	 * user namespace sees the host's. */
	static const struct default_mount host_sys = {
		"/sys", "none", "/sys", { "rbind", "nosuid", "noexec", "nodev", "ro" }
	};
	size_t i;

	emit_array(emit, "mounts");
	for (i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++)
		if (caller == NULL || !text_starts(mounts[i].destination, "/sys"))
			print_mount(emit, &mounts[i], caller);
	if (caller != NULL)
		print_mount(emit, &host_sys, caller);
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

static void print_namespaces(struct emit *emit, const char *const *type)
{
	emit_array(emit, "namespaces");
	for (; *type != NULL; type++) {
		emit_object(emit, NULL);
		emit_string(emit, "type", *type);
		emit_object_end(emit);
	}
	emit_array_end(emit);
}

/* The container's root is the caller. */
static void print_mapping(struct emit *emit, const char *key, uint32_t id)
{
	emit_array(emit, key);
	emit_object(emit, NULL);
	emit_u64(emit, "containerID", 0);
	emit_u64(emit, "hostID", id);
	emit_u64(emit, "size", 1);
	emit_object_end(emit);
	emit_array_end(emit);
}

static void print_linux(struct emit *emit, const struct caller *caller)
{
	emit_object(emit, "linux");
	if (caller == NULL)
		print_resources(emit);
	print_namespaces(emit, caller == NULL ? namespaces : rootless_namespaces);
	if (caller != NULL) {
		print_mapping(emit, "uidMappings", caller->uid);
		print_mapping(emit, "gidMappings", caller->gid);
	}
	print_strings(emit, "maskedPaths", masked_paths);
	print_strings(emit, "readonlyPaths", readonly_paths);
	emit_object_end(emit);
}

static void print_spec(struct emit *emit, const struct caller *caller)
{
	emit_object(emit, NULL);
	emit_string(emit, "ociVersion", "1.3.0");
	print_process(emit);
	print_root(emit);
	emit_string(emit, "hostname", "weir");
	print_mounts(emit, caller);
	print_linux(emit, caller);
	emit_object_end(emit);
}

void spec_print_default(struct emit *emit)
{
	print_spec(emit, NULL);
}

void spec_print_rootless(struct emit *emit, uint32_t uid, uint32_t gid)
{
	print_spec(emit, &(struct caller){ uid, gid });
}
