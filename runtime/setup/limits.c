// SPDX-License-Identifier: Apache-2.0
/*
 * Limits of the process: rlimits, umask, its session and keyring.
 * Should: be done while the privileges to raise them are there.
 * Must not: change what was not asked for.
 */
#include <errno.h>
#include <linux/keyctl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/base/err.h"
#include "runtime/setup/setup.h"

static int set_limit(const struct plan_process *process, size_t which, struct err *err)
{
	const struct plan_rlimit *limit = &process->rlimits[which];
	const struct rlimit64 value = { limit->soft, limit->hard };

	if (prlimit64(0, (enum __rlimit_resource) limit->resource, &value, NULL) < 0)
		return err_set(err, errno, "/process/rlimits/%zu: set to %llu:%llu", which,
			       (unsigned long long) limit->soft, (unsigned long long) limit->hard);
	return 0;
}

/* High enough to fork, and to be set as it is to be without a privilege. Where raising is not
 * permitted it stays, and setting it will say so. */
static void leave_room_to_fork(const struct plan_rlimit *limit)
{
	struct rlimit64 now;

	if (prlimit64(0, RLIMIT_NPROC, NULL, &now) < 0)
		return;
	if (now.rlim_max < limit->hard)
		now.rlim_max = limit->hard;
	now.rlim_cur = now.rlim_max;
	(void) prlimit64(0, RLIMIT_NPROC, &now, NULL);
}

int setup_process_limit(struct setup *setup, struct err *err)
{
	const struct plan_process *process = &setup->plan->process;
	size_t i;

	for (i = 0; i < process->rlimit_count; i++)
		if (process->rlimits[i].resource == RLIMIT_NPROC)
			return set_limit(process, i, err);
	return 0;
}

int setup_limits(struct setup *setup, struct err *err)
{
	const struct plan_process *process = &setup->plan->process;
	int result = 0;
	size_t i;

	for (i = 0; i < process->rlimit_count && result == 0; i++) {
		if (process->rlimits[i].resource == RLIMIT_NPROC && setup->forks_once_more)
			leave_room_to_fork(&process->rlimits[i]);
		else
			result = set_limit(process, i, err);
	}
	if (result < 0)
		return result;
	umask(process->umask);
	/* No controlling terminal of the host: what is typed into it could otherwise be faked from
	 * inside (TIOCSTI, CVE-2017-5226). As pid 1 of a session of our own we may lead already. */
	if (setsid() < 0 && errno != EPERM)
		return err_set(err, errno, "setsid");
	return 0;
}

int setup_keyring(struct setup *setup, struct err *err)
{
	char name[128];

	snprintf(name, sizeof(name), "_ses.%.100s", setup->plan->id);
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name) >= 0)
		return 0;
	/* A kernel without keys has none to protect; a user's full quota must not keep containers
	 * from starting, and then the session keyring is still the anonymous one of exec. */
	if (errno == ENOSYS || errno == EDQUOT)
		return 0;
	return err_set(err, errno, "new session keyring");
}
