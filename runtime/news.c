// SPDX-License-Identifier: Apache-2.0
/*
 * How a command reaches whoever governs a container.
 * Should: tell the living from the dead without a pid.
 * Must not: wait for anybody who does not read.
 */
#include "runtime/news.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/base/clock.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"

#define NEWS "news"

int news_open(int container_dirfd, struct err *err)
{
	auto_fd int fd = -1;
	struct stat status;

	if (mkfifoat(container_dirfd, NEWS, 0600) < 0 && errno != EEXIST)
		return err_set(err, errno, NEWS);
	/* For writing too: without a writer it would poll as ended, again and again. */
	fd = openat(container_dirfd, NEWS, O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_set(err, errno, NEWS);
	if (fstat(fd, &status) < 0 || !S_ISFIFO(status.st_mode))
		return err_say(err, EINVAL, NEWS ": not a FIFO");
	return take_fd(&fd);
}

void news_take(int fd)
{
	char bytes[64];

	while (read(fd, bytes, sizeof(bytes)) > 0)
		;
}

/* -1 (ENXIO) if nobody has it open for reading (fifo(7)). */
static int writer(int container_dirfd)
{
	return openat(container_dirfd, NEWS, O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
}

bool news_heard(int container_dirfd)
{
	auto_fd int fd = writer(container_dirfd);

	return fd >= 0;
}

void news_tell(int container_dirfd)
{
	auto_fd int fd = writer(container_dirfd);

	/* A full FIFO has its news still to be read. */
	if (fd >= 0 && write(fd, "", 1) < 0)
		return;
}

bool news_wait_silence(int container_dirfd, int timeout_msec)
{
	auto_fd int fd = writer(container_dirfd);
	uint64_t deadline = clock_monotonic_usec() + (uint64_t) timeout_msec * 1000;
	struct pollfd slot = { .fd = fd };

	/* The last reader's end is an error for the writer (poll(2)), which is always polled for. */
	while (fd >= 0 && (slot.revents & POLLERR) == 0) {
		uint64_t now = clock_monotonic_usec();

		if (now >= deadline)
			return false;
		(void) poll(&slot, 1, (int) ((deadline - now) / 1000) + 1);
	}
	return true;
}
