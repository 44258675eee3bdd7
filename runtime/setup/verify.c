// SPDX-License-Identifier: Apache-2.0
/*
 * Verify before exec: what the kernel says we are is what the plan says we are to be.
 * Should: catch every way in which a drop of privileges could have been skipped.
 * Must not: repair anything: a mismatch ends the container.
 */
#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/setup/setup.h"

static int mismatch(const char *what, struct err *err)
{
	return err_say(err, EPERM, "%s: the kernel reports another value than was set", what);
}

static int verify_ids(const struct plan_process *process, struct err *err)
{
	uid_t uids[3];
	gid_t gids[3];

	if (getresuid(&uids[0], &uids[1], &uids[2]) < 0 ||
	    getresgid(&gids[0], &gids[1], &gids[2]) < 0)
		return err_set(err, errno, "read the ids");
	/* setfsuid(2) with an id that cannot be is the way to ask for the present one. */
	if (uids[0] != process->uid || uids[1] != process->uid || uids[2] != process->uid ||
	    (uid_t) setfsuid((uid_t) -1) != process->uid)
		return mismatch("uid", err);
	if (gids[0] != process->gid || gids[1] != process->gid || gids[2] != process->gid ||
	    (gid_t) setfsgid((gid_t) -1) != process->gid)
		return mismatch("gid", err);
	return 0;
}

static int by_value(const void *left, const void *right)
{
	gid_t a = *(const gid_t *) left;
	gid_t b = *(const gid_t *) right;

	return (a > b) - (a < b);
}

/* Every group that is there was asked for. (The kernel keeps duplicates, in its own order.) */
static int verify_groups(const struct setup *setup, struct err *err)
{
	const struct plan_process *process = &setup->plan->process;
	int count = getgroups(0, NULL);
	auto_free gid_t *groups = NULL;
	int i;

	if (setup->groups_kept)
		return 0;
	if (count < 0)
		return err_set(err, errno, "read the groups");
	groups = calloc((size_t) count + 1, sizeof(*groups));
	if (groups == NULL)
		return err_set(err, ENOMEM, "read the groups");
	if (getgroups(count, groups) != count)
		return mismatch("groups", err);
	if ((size_t) count != process->group_count)
		return mismatch("groups", err);
	qsort(process->groups, process->group_count, sizeof(gid_t), by_value);
	qsort(groups, (size_t) count, sizeof(gid_t), by_value);
	for (i = 0; i < count; i++)
		if (groups[i] != process->groups[i])
			return mismatch("groups", err);
	return 0;
}

static uint64_t read_set(int (*has)(int number))
{
	uint64_t bits = 0;
	int number;

	for (number = 0; number < 64; number++)
		if (has(number) == 1)
			bits |= 1ULL << number;
	return bits;
}

static int in_bounding(int number)
{
	return prctl(PR_CAPBSET_READ, number, 0, 0, 0);
}

static int in_ambient(int number)
{
	return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, number, 0, 0);
}

static uint64_t join_halves(uint32_t low, uint32_t high)
{
	return low | (uint64_t) high << 32;
}

static int verify_capabilities(const struct setup *setup, struct err *err)
{
	const struct plan_capabilities *sets = &setup->capabilities;
	const uint64_t kept = setup->admin_until_filter ? 1ULL << CAP_SYS_ADMIN : 0;
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data) < 0)
		return err_set(err, errno, "capget");
	if (join_halves(data[0].effective, data[1].effective) != (sets->effective | kept))
		return mismatch("effective capabilities", err);
	if (join_halves(data[0].permitted, data[1].permitted) != (sets->permitted | kept))
		return mismatch("permitted capabilities", err);
	if (join_halves(data[0].inheritable, data[1].inheritable) != sets->inheritable)
		return mismatch("inheritable capabilities", err);
	/* A caller's own bounding set may be smaller than what was asked for; never larger. */
	if ((read_set(in_bounding) & ~sets->bounding) != 0)
		return mismatch("bounding capabilities", err);
	if (read_set(in_ambient) != sets->ambient)
		return mismatch("ambient capabilities", err);
	return 0;
}

static int verify_modes(const struct plan *plan, struct err *err)
{
	if (plan->process.no_new_privileges && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return mismatch("no_new_privs", err);
	return 0;
}

int setup_verify(struct setup *setup, struct err *err)
{
	const struct plan *plan = setup->plan;
	int result = verify_ids(&plan->process, err);

	if (result == 0)
		result = verify_groups(setup, err);
	if (result == 0)
		result = verify_capabilities(setup, err);
	if (result == 0)
		result = verify_modes(plan, err);
	return result < 0 ? err_context(err, "privileges") : 0;
}
