// SPDX-License-Identifier: Apache-2.0
/*
 * What this build can do, for engines that ask before they use it.
 * Should: be read off the tables that configs are read by.
 * Must not: list what a config is refused for.
 */
#include "runtime/features.h"

#include <ctype.h>
#include <errno.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "config.h"
#include "runtime/base/emit.h"
#include "runtime/base/text.h"
#include "runtime/plan.h"
#include "spec/names.h"
#include "spec/shapes.h"

#define VERSION_MIN "1.0.0"

/* Annotations that change what weir does; a name that ends with '.' stands for all that begin so. */
static const char *const unsafe_annotations[] = {
	"io.weir.memory.",
	"org.opencontainers.image.stopSignal",
	"run.oci.",
};

static const struct field *find_field(const struct shape *shape, const char *name, size_t length)
{
	size_t i;

	for (i = 0; i < shape->count; i++)
		if (strlen(shape->fields[i].name) == length &&
		    strncmp(shape->fields[i].name, name, length) == 0)
			return &shape->fields[i];
	return NULL;
}

bool features_carry(const char *path)
{
	const struct shape *shape = &shape_spec;

	while (*path == '/') {
		size_t length = strcspn(path + 1, "/");
		const struct field *field =
			shape != NULL ? find_field(shape, path + 1, length) : NULL;

		if (field == NULL || field->kind == FIELD_IGNORED || field->refused != NULL ||
		    (field->flags & FIELD_NOT_YET) != 0)
			return false;
		shape = field->shape;
		path += 1 + length;
	}
	return true;
}

static void emit_words(struct emit *emit, const char *key, const struct word *words)
{
	emit_array(emit, key);
	for (; words->word != NULL; words++)
		if (!words->not_yet)
			emit_string(emit, NULL, words->word);
	emit_array_end(emit);
}

/* { "enabled": ... } */
static void emit_enabled(struct emit *emit, const char *key, bool enabled)
{
	emit_object(emit, key);
	emit_bool(emit, "enabled", enabled);
	emit_object_end(emit);
}

static void emit_hooks(struct emit *emit)
{
	size_t i;

	emit_array(emit, "hooks");
	for (i = 0; i < shape_hooks.count; i++)
		emit_string(emit, NULL, shape_hooks.fields[i].name);
	emit_array_end(emit);
}

static void emit_mount_options(struct emit *emit)
{
	const char *name;
	size_t i;

	emit_array(emit, "mountOptions");
	for (i = 0; (name = plan_mount_word(i)) != NULL; i++)
		if (name[0] != '\0')
			emit_string(emit, NULL, name);
	emit_array_end(emit);
}

static void emit_capabilities(struct emit *emit)
{
	int number;

	emit_array(emit, "capabilities");
	for (number = 0; number <= CAP_LAST_CAP; number++) {
		char *name = cap_to_name(number);
		char *letter;

		/* A libcap older than the kernel's headers gives the number: not a name. */
		if (name == NULL || !isalpha((unsigned char) name[0]))
			continue;
		for (letter = name; *letter != '\0'; letter++)
			*letter = (char) toupper((unsigned char) *letter);
		emit_string(emit, NULL, name);
		cap_free(name);
	}
	emit_array_end(emit);
}

static void emit_cgroup(struct emit *emit)
{
	enum cgroup_manager manager;
	bool has_systemd = plan_manager("systemd", &manager) == 0;

	emit_object(emit, "cgroup");
	emit_bool(emit, "v1", false);
	emit_bool(emit, "v2", true);
	emit_bool(emit, "systemd", has_systemd);
	emit_bool(emit, "systemdUser", has_systemd);
	emit_bool(emit, "rdma", features_carry("/linux/resources/rdma"));
	emit_object_end(emit);
}

/* The architectures of the table that this libseccomp knows; -EDOM is one it knows and that has the
 * other byte order. */
static void emit_archs(struct emit *emit)
{
	const struct word *arch;
	scmp_filter_ctx context = seccomp_init(SCMP_ACT_ALLOW);

	emit_array(emit, "archs");
	for (arch = names_seccomp_archs; context != NULL && arch->word != NULL; arch++) {
		int result = seccomp_arch_add(context, (uint32_t) arch->value);

		if (result == 0 || result == -EEXIST || result == -EDOM)
			emit_string(emit, NULL, arch->word);
	}
	emit_array_end(emit);
	seccomp_release(context);
}

/* A flag that the kernel knows gets as far as the missing filter (seccomp(2)). One of them needs
 * another beside it. */
static bool kernel_takes(uint64_t flag)
{
	if (flag == SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV)
		flag |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flag, NULL) < 0 && errno == EFAULT;
}

static void emit_seccomp(struct emit *emit)
{
	const struct word *flag;

	emit_object(emit, "seccomp");
	emit_bool(emit, "enabled", features_carry("/linux/seccomp"));
	emit_words(emit, "actions", names_seccomp_actions);
	emit_words(emit, "operators", names_seccomp_operators);
	emit_archs(emit);
	emit_words(emit, "knownFlags", names_seccomp_flags);
	emit_array(emit, "supportedFlags");
	for (flag = names_seccomp_flags; flag->word != NULL; flag++)
		if (!flag->not_yet && kernel_takes((uint64_t) flag->value))
			emit_string(emit, NULL, flag->word);
	emit_array_end(emit);
	emit_object_end(emit);
}

static void emit_rdt(struct emit *emit)
{
	emit_object(emit, "intelRdt");
	emit_bool(emit, "enabled", features_carry("/linux/intelRdt"));
	emit_bool(emit, "schemata", features_carry("/linux/intelRdt/schemata"));
	emit_bool(emit, "monitoring", features_carry("/linux/intelRdt/enableMonitoring"));
	emit_object_end(emit);
}

/* Absent: not carried out (features.md: a property may be). */
static void emit_memory_policy(struct emit *emit)
{
	if (!features_carry("/linux/memoryPolicy"))
		return;
	emit_object(emit, "memoryPolicy");
	emit_words(emit, "modes", names_memory_modes);
	emit_words(emit, "flags", names_memory_flags);
	emit_object_end(emit);
}

static void emit_linux(struct emit *emit)
{
	emit_object(emit, "linux");
	emit_words(emit, "namespaces", names_namespaces);
	emit_capabilities(emit);
	emit_cgroup(emit);
	emit_seccomp(emit);
	emit_enabled(emit, "apparmor", features_carry("/process/apparmorProfile"));
	emit_enabled(emit, "selinux", features_carry("/process/selinuxLabel"));
	emit_memory_policy(emit);
	emit_rdt(emit);
	emit_object(emit, "mountExtensions");
	emit_enabled(emit, "idmap", features_carry("/mounts/uidMappings"));
	emit_object_end(emit);
	emit_enabled(emit, "netDevices", features_carry("/linux/netDevices"));
	emit_object_end(emit);
}

static void emit_annotations(struct emit *emit)
{
	const struct scmp_version *version = seccomp_version();
	char number[48];

	snprintf(number, sizeof(number), "%u.%u.%u", version != NULL ? version->major : 0,
		 version != NULL ? version->minor : 0, version != NULL ? version->micro : 0);
	emit_object(emit, "annotations");
	emit_string(emit, "io.github.seccomp.libseccomp.version", number);
	emit_string(emit, "io.weir.version", PACKAGE_VERSION);
	emit_string(emit, "io.weir.commit", WEIR_COMMIT);
	emit_string(emit, "io.weir.checkpoint.enabled", "false");
	emit_object_end(emit);
}

void features_emit(struct emit *emit)
{
	size_t i;

	emit_object(emit, NULL);
	emit_string(emit, "ociVersionMin", VERSION_MIN);
	emit_string(emit, "ociVersionMax", WEIR_SPEC_VERSION);
	emit_hooks(emit);
	emit_mount_options(emit);
	emit_linux(emit);
	emit_annotations(emit);
	emit_array(emit, "potentiallyUnsafeConfigAnnotations");
	for (i = 0; i < sizeof(unsafe_annotations) / sizeof(unsafe_annotations[0]); i++)
		emit_string(emit, NULL, unsafe_annotations[i]);
	emit_array_end(emit);
	emit_object_end(emit);
}
