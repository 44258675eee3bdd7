// SPDX-License-Identifier: Apache-2.0
/*
 * cgroup.events.
 * Should: wait without sleeping, and miss no change between looking and waiting.
 * Must not: know what a caller waits for.
 */
#include "cgroupfs/events.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "cgroupfs/beneath.h"
#include "runtime/base/clock.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/text.h"

#define FILE_NAME "cgroup.events"

uint64_t events_deadline(int timeout_msec)
{
	if (timeout_msec < 0)
		return UINT64_MAX;
	return clock_monotonic_usec() + (uint64_t) timeout_msec * 1000;
}

/* What poll(2) wants: rounded up, so that the last millisecond is not spent spinning. */
static int left_msec(uint64_t deadline_usec)
{
	uint64_t now = clock_monotonic_usec();
	uint64_t left;

	if (deadline_usec == UINT64_MAX)
		return -1;
	if (now >= deadline_usec)
		return 0;
	left = (deadline_usec - now + 999) / 1000;
	return left > INT_MAX ? INT_MAX : (int) left;
}

bool events_is_gone(int dirfd)
{
	return faccessat(dirfd, "cgroup.procs", F_OK, 0) < 0 && errno == ENOENT;
}

/* Opens the file; *fd stays -1 when the cgroup is gone. */
static int open_events(int dirfd, int *fd, struct err *err)
{
	int opened = beneath_file(dirfd, FILE_NAME, O_RDONLY);

	if (opened == -ENODEV || (opened == -ENOENT && events_is_gone(dirfd)))
		return 0;
	if (opened < 0)
		return err_set(err, -opened, FILE_NAME);
	*fd = opened;
	return 0;
}

static int switch_of(char *content, const char *key, struct err *err)
{
	const char *value;
	char *line;

	while ((line = text_next(&content, '\n')) != NULL) {
		value = text_value_of(line, key);
		if (value == NULL)
			continue;
		if (strcmp(value, "0") == 0 || strcmp(value, "1") == 0)
			return *value - '0';
	}
	return err_say(err, EINVAL, FILE_NAME ": no '%s 0' or '%s 1' in it", key, key);
}

/* From offset 0 each time: a new look, and poll(2) armed again. fd -1: the cgroup is gone. */
static int look(int fd, const char *key, struct err *err)
{
	char content[256]; /* two lines today */
	ssize_t got;

	if (fd < 0)
		return 0;
	do {
		got = pread(fd, content, sizeof(content) - 1, 0);
	} while (got < 0 && errno == EINTR);
	if (got < 0 && errno == ENODEV)
		return 0;
	if (got < 0)
		return err_set(err, errno, "read " FILE_NAME);
	content[got] = '\0';
	return switch_of(content, key, err);
}

int events_read(int dirfd, const char *key, struct err *err)
{
	auto_fd int fd = -1;
	int result = open_events(dirfd, &fd, err);

	return result < 0 ? result : look(fd, key, err);
}

int events_wait(int dirfd, const char *key, int value, uint64_t deadline_usec, struct err *err)
{
	auto_fd int fd = -1;
	int waited = 0;
	int result = open_events(dirfd, &fd, err);

	while (result >= 0) {
		int seen = look(fd, key, err);

		if (seen < 0)
			return seen;
		if (seen == value)
			return waited;
		if (fd < 0)
			return err_say(err, ENOENT, "the cgroup was removed");
		result = fd_wait(fd, POLLPRI, left_msec(deadline_usec));
		if (result < 0)
			return err_set(err, -result, "poll " FILE_NAME);
		if (result == 0 && left_msec(deadline_usec) == 0)
			return err_say(err, ETIMEDOUT, "'%s' did not become %d in time", key,
				       value);
		waited = 1;
	}
	return result;
}

void events_pause(int dirfd, int patience_msec, uint64_t deadline_usec)
{
	auto_fd int fd = -1;
	int left = left_msec(deadline_usec);

	if (left < 0 || left > patience_msec)
		left = patience_msec;
	if (open_events(dirfd, &fd, NULL) < 0 || fd < 0)
		return;
	if (look(fd, "populated", NULL) >= 0)
		(void) fd_wait(fd, POLLPRI, left);
}
