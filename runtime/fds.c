// SPDX-License-Identifier: Apache-2.0
/*
 * Descriptors that go through the runtime.
 * Should: pass on exactly those that were asked for.
 * Must not: let any of them reach a hook, a keeper, or stay open in the runtime: whoever waits for an end of file
 * waits for all of those too (CVE-2024-21626).
 */
#include "runtime/fds.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "runtime/base/err.h"
#include "runtime/base/number.h"

#define PASSED_MAX 65536 /* above any limit of open files that a caller would have */

int fds_find(struct fds *fds, struct err *err)
{
	while (fcntl(FDS_FIRST + (int) fds->inherited, F_GETFD) >= 0)
		fds->inherited++;
	if (close_range(FDS_FIRST + fds->inherited, ~0U, 0) < 0 ||
	    close_range(FDS_FIRST, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		return err_set(err, errno, "close inherited descriptors");
	return 0;
}

/* sd_listen_fds(3): they are for the process named, or, as crun and runc take it, for anybody. */
static int read_activation(struct fds *fds, struct err *err)
{
	const char *count = getenv("LISTEN_FDS");
	const char *pid = getenv("LISTEN_PID");
	uint64_t number;

	if (count == NULL || *count == '\0')
		return 0;
	if (pid != NULL && (!number_u64(pid, &number) || number != (uint64_t) getpid()))
		return 0;
	if (!number_u64(count, &number) || number > PASSED_MAX)
		return err_say(err, EINVAL, "LISTEN_FDS: '%s' is not a number of descriptors",
			       count);
	fds->listening = (unsigned) number;
	fds->names = getenv("LISTEN_FDNAMES");
	return 0;
}

int fds_keep(struct fds *fds, bool passes, const char *preserve, struct err *err)
{
	int result = passes ? read_activation(fds, err) : 0;
	uint64_t number = 0;
	unsigned kept;

	if (result < 0)
		return result;
	if (preserve != NULL && (!number_u64(preserve, &number) || number > PASSED_MAX))
		return err_say(err, EINVAL, "--preserve-fds: '%s' is not a number of descriptors",
			       preserve);
	fds->preserved = (unsigned) number;
	kept = fds->listening + fds->preserved;
	if (kept > fds->inherited)
		return err_say(err, EBADF, "%s: descriptor %u is not open",
			       fds->listening > fds->inherited ? "LISTEN_FDS" : "--preserve-fds",
			       FDS_FIRST + fds->inherited);
	if (kept < fds->inherited &&
	    close_range(FDS_FIRST + kept, FDS_FIRST + fds->inherited - 1, 0) < 0)
		return err_set(err, errno, "close inherited descriptors");
	return 0;
}

void fds_close_passed(unsigned count)
{
	if (count > 0)
		(void) close_range(FDS_FIRST, FDS_FIRST + count - 1, 0);
}

int fds_hand_over(unsigned count, char *listen_pid, struct err *err)
{
	unsigned i;

	if (listen_pid != NULL)
		snprintf(listen_pid, FDS_LISTEN_PID_ROOM, "LISTEN_PID=%d", (int) getpid());
	for (i = 0; i < count; i++)
		if (fcntl(FDS_FIRST + (int) i, F_SETFD, 0) < 0)
			return err_set(err, errno, "descriptor %u", FDS_FIRST + i);
	return 0;
}
