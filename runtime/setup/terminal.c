// SPDX-License-Identifier: Apache-2.0
/*
 * The process's terminal: a pair of the container's own devpts.
 * Should: know each file by what it is before it is believed to be a terminal.
 * Must not: open a terminal by its name, which a link of the image could be (CVE-2025-52565).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/inroot.h"
#include "runtime/setup/mountapi.h"
#include "runtime/setup/setup.h"

#define DEVPTS_FOLDER "/dev/pts"

/* The multiplexer of a devpts, and nothing that was put in its place. */
static int open_multiplexer(int root, struct err *err)
{
	const struct open_how how = { .flags = O_RDWR | O_NOCTTY | O_CLOEXEC,
				      .resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV |
						 RESOLVE_NO_SYMLINKS };
	auto_fd int folder = inroot_open(root, DEVPTS_FOLDER, O_PATH | O_DIRECTORY, err);
	auto_fd int fd = -1;
	struct statfs system;
	struct stat status;

	if (folder < 0)
		return folder;
	if (fstatfs(folder, &system) < 0)
		return err_set(err, errno, DEVPTS_FOLDER);
	if (system.f_type != DEVPTS_SUPER_MAGIC)
		return err_say(err, ENOTTY, DEVPTS_FOLDER ": no devpts is mounted there");
	fd = (int) syscall(SYS_openat2, folder, "ptmx", &how, sizeof(how));
	if (fd < 0 || fstat(fd, &status) < 0)
		return err_set(err, errno, DEVPTS_FOLDER "/ptmx");
	if (!S_ISCHR(status.st_mode) || status.st_rdev != makedev(5, 2))
		return err_say(err, ENOTTY, DEVPTS_FOLDER "/ptmx is not the multiplexer");
	return take_fd(&fd);
}

/* The other end, from the kernel and not from the file system. */
static int open_peer(int master, struct err *err)
{
	int locked = 0;
	int fd;

	if (ioctl(master, TIOCSPTLCK, &locked) < 0)
		return err_set(err, errno, "TIOCSPTLCK");
	fd = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	return fd < 0 ? err_set(err, errno, "TIOCGPTPEER") : fd;
}

static int adjust(const struct plan_process *process, int terminal, struct err *err)
{
	const struct winsize size = { .ws_row = process->terminal_rows,
				      .ws_col = process->terminal_columns };

	if ((size.ws_row != 0 || size.ws_col != 0) && ioctl(terminal, TIOCSWINSZ, &size) < 0)
		return err_set(err, errno, "/process/consoleSize");
	/* The group is the mount's option (tty). */
	if (fchown(terminal, process->uid, (gid_t) -1) < 0)
		return err_set(err, errno, "chown");
	return 0;
}

int setup_terminal(struct setup *setup, struct err *err)
{
	auto_fd int master = open_multiplexer(setup->root, err);
	auto_fd int peer = -1;
	int result = master;

	if (master >= 0)
		result = peer = open_peer(master, err);
	if (peer >= 0)
		result = adjust(&setup->plan->process, peer, err);
	if (result < 0)
		return err_context(err, "/process/terminal");
	setup->terminal = take_fd(&peer);
	return take_fd(&master);
}

/* config-linux.md, Default Devices. */
int setup_console(struct setup *setup, struct err *err)
{
	auto_fd int target = -1;
	auto_fd int tree = -1;
	int result;

	/* It would be seen by the host. */
	if ((setup->plan->new_namespaces & CLONE_NEWNS) == 0)
		return 0;
	target = inroot_make_nofollow(setup->root, "/dev/console", S_IFREG, err);
	if (target < 0)
		return target;
	tree = open_tree(setup->terminal, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
	if (tree < 0)
		return err_set(err, errno, "/dev/console: open_tree");
	result = mount_attach(tree, target, err);
	return result < 0 ? err_context(err, "/dev/console") : 0;
}

int setup_controlling_terminal(struct setup *setup, struct err *err)
{
	int fd;

	if (ioctl(setup->terminal, TIOCSCTTY, 0) < 0)
		return err_set(err, errno, "/process/terminal: TIOCSCTTY");
	for (fd = 0; fd < 3; fd++) {
		if (dup2(setup->terminal, fd) < 0)
			return err_set(err, errno, "/process/terminal");
	}
	fd_close(&setup->terminal);
	return 0;
}

void setup_stdio(const struct setup *setup)
{
	const uid_t uid = setup->plan->process.uid;
	int fd;

	for (fd = 0; fd < 3; fd++) {
		struct stat status;

		if (fstat(fd, &status) < 0 || !S_ISFIFO(status.st_mode) || status.st_uid == uid)
			continue;
		/* Not permitted for a pipe of the host in a user namespace: then opening it will not
		 * be either, and that is for the program to say. */
		if (fchown(fd, uid, (gid_t) -1) < 0)
			continue;
	}
}
