// SPDX-License-Identifier: Apache-2.0
/*
 * Becoming the process's user, with exactly its privileges.
 * Should: drop in the order that keeps each next drop possible.
 * Must not: leave anything that was not asked for.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/inroot.h"
#include "runtime/setup/setup.h"

static int drop_bounding(uint64_t kept, struct err *err)
{
	int number;

	for (number = 0; number < 64; number++) {
		int present = prctl(PR_CAPBSET_READ, number, 0, 0, 0);

		/* EINVAL: this kernel's last capability was the one before. */
		if (present < 0 && errno == EINVAL)
			break;
		if (present < 0)
			return err_set(err, errno, "PR_CAPBSET_READ");
		if (present == 0 || (kept & (1ULL << number)) != 0)
			continue;
		if (prctl(PR_CAPBSET_DROP, number, 0, 0, 0) < 0)
			return err_set(err, errno, "drop capability %d from the bounding set",
				       number);
	}
	return 0;
}

static int set_groups(struct setup *setup, struct err *err)
{
	const struct plan_process *process = &setup->plan->process;

	setup->groups_kept = process->keep_groups;
	if (process->keep_groups)
		return 0;
	if (setgroups(process->group_count, process->groups) == 0)
		return 0;
	/* A user namespace whose setgroups is denied keeps the caller's groups; that is what was
	 * asked for if none were (user_namespaces(7)). */
	setup->groups_kept = errno == EPERM && process->group_count == 0;
	if (setup->groups_kept)
		return 0;
	return err_set(err, errno, "/process/user/additionalGids: setgroups");
}

static int set_ids(const struct plan_process *process, struct err *err)
{
	/* Permitted capabilities survive the change of user: the exact sets are set after it. */
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		return err_set(err, errno, "PR_SET_KEEPCAPS");
	if (setresgid(process->gid, process->gid, process->gid) < 0)
		return err_set(err, errno, "/process/user/gid: %u", process->gid);
	if (setresuid(process->uid, process->uid, process->uid) < 0)
		return err_set(err, errno, "/process/user/uid: %u", process->uid);
	if (prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) < 0)
		return err_set(err, errno, "PR_SET_KEEPCAPS");
	return 0;
}

/* The sets as they are to be now: without no_new_privs a filter that is still to be installed needs
 * CAP_SYS_ADMIN (seccomp(2)), and setup_seccomp() gives that up as its last act. */
static struct plan_capabilities for_now(const struct setup *setup)
{
	struct plan_capabilities sets = setup->capabilities;

	if (setup->admin_until_filter) {
		sets.permitted |= 1ULL << CAP_SYS_ADMIN;
		sets.effective |= 1ULL << CAP_SYS_ADMIN;
	}
	return sets;
}

static int set_capabilities(const struct plan_capabilities *sets, struct err *err)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];
	int half;

	for (half = 0; half < 2; half++) {
		data[half].effective = (uint32_t) (sets->effective >> (32 * half));
		data[half].permitted = (uint32_t) (sets->permitted >> (32 * half));
		data[half].inheritable = (uint32_t) (sets->inheritable >> (32 * half));
	}
	if (syscall(SYS_capset, &header, data) < 0)
		return err_set(err, errno, "/process/capabilities: capset");
	return 0;
}

static int set_ambient(uint64_t wanted, struct err *err)
{
	int number;

	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return err_set(err, errno, "PR_CAP_AMBIENT_CLEAR_ALL");
	for (number = 0; number < 64; number++) {
		if ((wanted & (1ULL << number)) == 0)
			continue;
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number, 0, 0) < 0)
			return err_set(err, errno, "/process/capabilities/ambient: %d", number);
	}
	return 0;
}

/* What the caller lacks cannot be given: config.md wants a warning and not a failure. The parent has
 * warned; it is taken out here, where the kernel can be asked. */
static int fit_to_caller(struct plan_capabilities *sets, struct err *err)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];
	uint64_t permitted;

	if (syscall(SYS_capget, &header, data) < 0)
		return err_set(err, errno, "capget");
	permitted = data[0].permitted | (uint64_t) data[1].permitted << 32;
	sets->permitted &= permitted;
	sets->effective &= permitted;
	sets->inheritable &= permitted;
	sets->ambient &= sets->permitted & sets->inheritable;
	return 0;
}

int setup_capabilities(struct setup *setup, struct err *err)
{
	const struct plan_capabilities sets = for_now(setup);

	return set_capabilities(&sets, err);
}

int setup_identity(struct setup *setup, struct err *err)
{
	const struct plan *plan = setup->plan;
	const struct plan_process *process = &plan->process;
	int result;

	setup->capabilities = process->capabilities;
	setup->admin_until_filter =
		plan->seccomp.count > 0 && !process->no_new_privileges && !setup->filtered;
	result = fit_to_caller(&setup->capabilities, err);
	/* While CAP_SETPCAP is there. */
	if (result == 0)
		result = drop_bounding(process->capabilities.bounding, err);
	/* While CAP_SETGID is there. */
	if (result == 0)
		result = set_groups(setup, err);
	if (result == 0)
		result = set_ids(process, err);
	if (result == 0)
		result = setup_capabilities(setup, err);
	if (result == 0)
		result = set_ambient(setup->capabilities.ambient, err);
	if (result == 0 && process->no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		result = err_set(err, errno, "/process/noNewPrivileges");
	setup->is_user = result == 0;
	return result;
}

int setup_working_directory(struct setup *setup, struct err *err)
{
	const char *cwd = setup->plan->process.cwd;
	auto_fd int fd = -1;
	char real[PATH_MAX];

	if (setup->in_working_directory)
		return 0;
	fd = inroot_find(cwd, O_PATH | O_DIRECTORY);
	/* A directory of the user's that root may not enter (a network's): once more as the user. */
	if (fd == -EACCES && !setup->is_user)
		return 0;
	if (fd < 0)
		return err_set(err, -fd, "/process/cwd: %s", cwd);
	if (fchdir(fd) < 0)
		return err_set(err, errno, "/process/cwd: %s", cwd);
	/* The raw call: libc's looks at more than the kernel says. */
	if (syscall(SYS_getcwd, real, sizeof(real)) < 0)
		return err_set(err, errno, "/process/cwd: %s", cwd);
	/* "(unreachable)": a directory of the host, however it was reached (CVE-2024-21626). */
	if (real[0] != '/')
		return err_say(err, EPERM, "/process/cwd: %s lies outside the container", cwd);
	setup->in_working_directory = true;
	return 0;
}
