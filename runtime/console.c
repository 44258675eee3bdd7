// SPDX-License-Identifier: Apache-2.0
/*
 * Sockets by which engines get descriptors: a terminal, a pidfd.
 * Should: send one message with one descriptor and some bytes: engines read exactly that.
 * Must not: keep the connection.
 */
#include "runtime/console.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/sync.h"

int console_check(bool terminal, bool detached, const char *path, struct err *err)
{
	const char *option = "--console-socket";
	struct stat status;

	if (path == NULL && terminal && detached)
		return err_say(
			err, EINVAL,
			"a terminal (/process/terminal, --tty) needs a --console-socket when "
			"nobody stays with the process");
	if (path == NULL)
		return 0;
	if (!terminal)
		return err_say(err, EINVAL,
			       "%s: the process has no terminal (/process/terminal, --tty)",
			       option);
	if (stat(path, &status) < 0)
		return err_set(err, errno, "%s %s", option, path);
	if (!S_ISSOCK(status.st_mode))
		return err_say(err, ENOTSOCK, "%s %s: is not a socket", option, path);
	return 0;
}

/* By way of a descriptor: sun_path holds 108 bytes, and engines' paths are longer. */
static int connect_to(const char *path, struct err *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	auto_fd int place = open(path, O_PATH | O_CLOEXEC);
	auto_fd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (place < 0 || fd < 0)
		return err_set(err, errno, "open");
	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d", place);
	if (connect(fd, (struct sockaddr *) &address, sizeof(address)) < 0)
		return err_set(err, errno, "connect");
	return take_fd(&fd);
}

int console_send(const char *option, const char *path, int fd, const char *name, struct err *err)
{
	auto_fd int socket = connect_to(path, err);
	unsigned number;
	char terminal[32];
	int result;

	if (socket < 0)
		return err_context(err, "%s %s", option, path);
	if (ioctl(fd, TIOCGPTN, &number) == 0) {
		snprintf(terminal, sizeof(terminal), "/dev/pts/%u", number);
		name = terminal;
	}
	result = fd_send(socket, fd, name, strlen(name));
	return result < 0 ? err_set(err, -result, "%s %s: send", option, path) : 0;
}

int console_take(int sync, const char *path, int *master, struct err *err)
{
	auto_fd int terminal = -1;
	int result = sync_expect_terminal(sync, &terminal, err);

	if (result < 0)
		return result;
	if (path != NULL)
		return console_send("--console-socket", path, terminal, "terminal", err);
	*master = take_fd(&terminal);
	return 0;
}
