// SPDX-License-Identifier: Apache-2.0
/*
 * The plan: where a spec becomes what will be done. plan-*.c hold the nouns that fill a file.
 * Should: decide everything, and name the JSON path of what cannot be.
 * Must not: touch the host.
 */
#include "runtime/plan.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#include "runtime/base/arena.h"
#include "runtime/base/err.h"
#include "runtime/base/text.h"
#include "runtime/setup/setup.h"
#include "spec/load.h"

/* What needs a namespace of its own must not change the host's. */
static int check_isolation(const struct spec *spec, const struct plan *plan, struct err *err)
{
	if (spec->mounts.count > 0 && !plan_has_namespace(plan, CLONE_NEWNS))
		return err_say(err, EINVAL,
			       "/mounts: needs a mount namespace in /linux/namespaces");
	if ((spec->linux_config.masked_paths.count > 0 ||
	     spec->linux_config.readonly_paths.count > 0) &&
	    !plan_has_namespace(plan, CLONE_NEWNS))
		return err_say(err, EINVAL,
			       "/linux/maskedPaths and readonlyPaths: need a mount namespace");
	if (spec->hostname != NULL && !plan_has_namespace(plan, CLONE_NEWUTS))
		return err_say(err, EINVAL,
			       "/hostname: needs a uts namespace in "
			       "/linux/namespaces");
	if (spec->domainname != NULL && !plan_has_namespace(plan, CLONE_NEWUTS))
		return err_say(err, EINVAL,
			       "/domainname: needs a uts namespace in "
			       "/linux/namespaces");
	return 0;
}

static int plan_rootfs(struct arena *arena, const struct spec *spec, const char *bundle,
		       struct plan *plan, struct err *err)
{
	plan->rootfs = spec->root.path[0] == '/'
			       ? spec->root.path
			       : arena_printf(arena, "%s/%s", bundle, spec->root.path);
	plan->rootfs_readonly = spec->root.readonly;
	plan->rootfs_propagation = (uint64_t) spec->linux_config.rootfs_propagation;
	plan->masked_paths = spec->linux_config.masked_paths;
	plan->readonly_paths = spec->linux_config.readonly_paths;
	return plan->rootfs == NULL ? err_set(err, ENOMEM, "plan") : 0;
}

/* Which sysctl is of which namespace (kernel: Documentation/admin-guide/sysctl): anything else is
 * the host's, and a container must not change it. */
static int check_sysctl(const struct plan *plan, const char *key, struct err *err)
{
	static const struct {
		const char *prefix;
		int namespace;
		const char *name;
	} owners[] = {
		{ "net/", CLONE_NEWNET, "network" },
		{ "fs/mqueue/", CLONE_NEWIPC, "ipc" },
		{ "kernel/msg", CLONE_NEWIPC, "ipc" },
		{ "kernel/sem", CLONE_NEWIPC, "ipc" },
		{ "kernel/shm", CLONE_NEWIPC, "ipc" },
		{ "kernel/domainname", CLONE_NEWUTS, "uts" },
		{ "kernel/hostname", CLONE_NEWUTS, "uts" },
		{ "user/", CLONE_NEWUSER, "user" },
	};
	size_t i;

	for (i = 0; i < sizeof(owners) / sizeof(owners[0]); i++) {
		if (!text_starts(key, owners[i].prefix))
			continue;
		if (plan_has_namespace(plan, owners[i].namespace))
			return 0;
		return err_say(err, EINVAL, "needs a %s namespace in /linux/namespaces",
			       owners[i].name);
	}
	return err_say(err, EINVAL, "is not of any namespace: it would change the host");
}

static int plan_sysctl(struct arena *arena, const struct spec *spec, struct plan *plan,
		       struct err *err)
{
	const struct spec_pairs *asked = &spec->linux_config.sysctl;
	size_t i;

	plan->sysctl.items = arena_array(arena, asked->count, sizeof(*plan->sysctl.items));
	if (plan->sysctl.items == NULL)
		return err_set(err, ENOMEM, "plan");
	for (i = 0; i < asked->count; i++) {
		char *key = arena_string(arena, asked->items[i].key);
		char *dot;

		if (key == NULL)
			return err_set(err, ENOMEM, "plan");
		/* A key with slashes has them already, and dots in it are the interface's name. */
		for (dot = key;
		     strchr(asked->items[i].key, '/') == NULL && (dot = strchr(dot, '.')) != NULL;)
			*dot = '/';
		if (check_sysctl(plan, key, err) < 0)
			return err_context(err, "/linux/sysctl/%s", asked->items[i].key);
		plan->sysctl.items[plan->sysctl.count++] =
			(struct spec_pair){ key, asked->items[i].value };
	}
	return 0;
}

const char *plan_listener_path(const struct spec *spec)
{
	const struct spec_seccomp *profile = spec->linux_config.seccomp;

	if (profile != NULL && profile->listener_path != NULL)
		return profile->listener_path;
	return spec_annotation(spec, "run.oci.seccomp.receiver");
}

static int check_listener(const struct spec *spec, struct err *err)
{
	const char *path = plan_listener_path(spec);

	if (path == NULL)
		return err_say(
			err, EINVAL,
			"/linux/seccomp/listenerPath: required, since SCMP_ACT_NOTIFY is used");
	/* `create`, `start` and `exec` may be called from different directories. */
	if (path[0] != '/')
		return err_say(err, EINVAL, "/linux/seccomp/listenerPath: '%s' is not absolute",
			       path);
	return 0;
}

static int plan_seccomp(struct arena *arena, const struct spec *spec, struct plan *plan,
			struct err *err)
{
	const char *strict = spec_annotation(spec, "run.oci.seccomp_fail_unknown_syscall");
	const struct seccomp_wish wish = {
		.profile = spec->linux_config.seccomp,
		.refuses_unknown_names =
			strict != NULL && strcmp(strict, "0") != 0 && strcmp(strict, "false") != 0,
	};
	int result = 0;

	if (wish.profile == NULL)
		return 0;
	if (seccomp_notifies(wish.profile))
		result = check_listener(spec, err);
	return result < 0 ? result : seccomp_compile(arena, &wish, &plan->seccomp, err);
}

static const char *const managers[] = {
	[CGROUP_MANAGER_CGROUPFS] = "cgroupfs",
	[CGROUP_MANAGER_SYSTEMD] = "systemd",
	[CGROUP_MANAGER_DISABLED] = "disabled",
};

int plan_manager(const char *name, enum cgroup_manager *manager)
{
	size_t i;

	for (i = 0; i < sizeof(managers) / sizeof(managers[0]); i++) {
		if (strcmp(managers[i], name) != 0)
			continue;
		*manager = (enum cgroup_manager) i;
		return 0;
	}
	return -EINVAL;
}

const char *plan_manager_name(enum cgroup_manager manager)
{
	return managers[manager];
}

int plan_make(const struct plan_request *request, struct plan *plan, struct err *err)
{
	const struct spec *spec = request->spec;
	struct arena *arena = request->arena;
	int result;

	*plan = (struct plan){ .id = request->id, .bundle = request->bundle, .spec = spec };
	plan->hostname = spec->hostname;
	plan->domainname = spec->domainname;
	plan->no_pivot = request->no_pivot;
	result = plan_namespaces(arena, spec, plan, err);
	if (result == 0)
		result = check_isolation(spec, plan, err);
	if (result == 0)
		result = plan_rootfs(arena, spec, request->bundle, plan, err);
	if (result == 0)
		result = plan_mounts(request, plan, err);
	if (result == 0)
		result = plan_devices(arena, spec, plan, err);
	if (result == 0)
		result = plan_network(arena, spec, plan, err);
	if (result == 0)
		result = plan_sysctl(arena, spec, plan, err);
	if (result == 0)
		result = plan_seccomp(arena, spec, plan, err);
	if (result == 0)
		result = plan_resources(request, plan, err);
	if (result == 0)
		result = plan_rdt(request, plan, err);
	if (result == 0)
		result = plan_memory(request, plan, err);
	if (result == 0)
		result = plan_process(request, plan, err);
	return result;
}

int plan_further_process(const struct plan_request *request, struct plan *plan, struct err *err)
{
	const struct spec *spec = request->spec;
	struct arena *arena = request->arena;
	int result;

	*plan = (struct plan){ .id = request->id, .bundle = request->bundle, .spec = spec };
	result = plan_namespaces(arena, spec, plan, err);
	if (result == 0)
		result = plan_rootfs(arena, spec, request->bundle, plan, err);
	if (result == 0)
		result = plan_seccomp(arena, spec, plan, err);
	/* A program of the ladder may open what the container may. */
	if (result == 0)
		result = plan_device_rules(arena, spec, &plan->cgroup, err);
	/* It is told of the contract in its environment, and is not aligned: the limit is the first
	 * process's to use. */
	plan->memory.contract = request->ladder_text != NULL;
	if (result == 0)
		result = plan_process(request, plan, err);
	return result;
}
