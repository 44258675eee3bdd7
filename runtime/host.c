// SPDX-License-Identifier: Apache-2.0
/*
 * The machine.
 * Should: be the one file that knows well-known paths of the host.
 * Must not: know containers.
 */
#include "runtime/host.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "runtime/base/arena.h"
#include "runtime/base/err.h"
#include "runtime/base/file.h"
#include "runtime/base/number.h"
#include "runtime/base/text.h"

#define FLOOR_MAJOR 5 /* cgroup.kill is the youngest part that nothing older replaces safely */
#define FLOOR_MINOR 14

/* The inode number of the initial user namespace (kernel: include/linux/proc_ns.h). */
#define INITIAL_USERNS_INODE 0xEFFFFFFDU

int host_check_kernel(struct err *err)
{
	struct utsname name;
	const char *cursor;
	uint64_t major;
	uint64_t minor;

	if (uname(&name) < 0)
		return err_set(err, errno, "uname");
	cursor = name.release;
	if (!number_u64_next(&cursor, &major) || *cursor++ != '.' ||
	    !number_u64_next(&cursor, &minor))
		return err_say(err, ENOSYS, "cannot read the kernel's version '%s'", name.release);
	if (major < FLOOR_MAJOR || (major == FLOOR_MAJOR && minor < FLOOR_MINOR))
		return err_say(err, ENOSYS,
			       "this kernel is %s; weir needs Linux %d.%d or newer (cgroup.kill, "
			       "openat2, the new mount API)",
			       name.release, FLOOR_MAJOR, FLOOR_MINOR);
	return 0;
}

uint64_t host_capabilities(void)
{
	char text[32];
	uint64_t last = 40; /* CAP_CHECKPOINT_RESTORE, the last one of the kernel floor */

	if (file_read_at(AT_FDCWD, "/proc/sys/kernel/cap_last_cap", text, sizeof(text), NULL) > 0) {
		text[strcspn(text, "\n")] = '\0';
		(void) number_u64(text, &last);
	}
	return last >= 63 ? UINT64_MAX : (1ULL << (last + 1)) - 1;
}

bool host_in_initial_userns(void)
{
	struct stat status;

	return stat("/proc/self/ns/user", &status) == 0 && status.st_ino == INITIAL_USERNS_INODE;
}

bool host_is_rootless(void)
{
	return geteuid() != 0 || !host_in_initial_userns();
}

int host_boot_id(char out[HOST_BOOT_ID_ROOM], struct err *err)
{
	ssize_t length = file_read_at(AT_FDCWD, "/proc/sys/kernel/random/boot_id", out,
				      HOST_BOOT_ID_ROOM, err);

	if (length < 0)
		return (int) length;
	out[strcspn(out, "\n")] = '\0';
	return 0;
}

/* The text of /proc/PID/stat from field 3 on, in `room`. The name, field 2, is in brackets and may
 * itself hold brackets and blanks: the last one ends it. NULL if there is no such process. */
static const char *stat_fields(pid_t pid, char *room, size_t size)
{
	char path[64];
	char *end;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int) pid);
	if (file_read_at(AT_FDCWD, path, room, size, NULL) <= 0)
		return NULL;
	end = strrchr(room, ')');
	return end != NULL && end[1] == ' ' ? end + 2 : NULL;
}

int host_process_state(pid_t pid, char *state)
{
	char room[1024];
	const char *fields = stat_fields(pid, room, sizeof(room));

	if (fields == NULL)
		return -ESRCH;
	*state = *fields;
	return 0;
}

int host_process_start(pid_t pid, uint64_t *ticks, bool *zombie)
{
	char room[1024];
	const char *cursor = stat_fields(pid, room, sizeof(room));
	int field;

	if (cursor == NULL)
		return -ESRCH;
	*zombie = *cursor == 'Z' || *cursor == 'X';
	for (field = 3; field < 22; field++) {
		cursor = strchr(cursor, ' ');
		if (cursor == NULL)
			return -ESRCH;
		cursor++;
	}
	return number_u64_next(&cursor, ticks) ? 0 : -ESRCH;
}

const char *host_default_root(struct arena *arena)
{
	const char *runtime_dir = getenv("XDG_RUNTIME_DIR");

	if (geteuid() == 0 || runtime_dir == NULL || runtime_dir[0] != '/')
		return "/run/weir";
	return arena_printf(arena, "%s/weir", runtime_dir);
}

int host_pidfd(pid_t pid)
{
	long fd = syscall(SYS_pidfd_open, pid, 0);

	return fd < 0 ? -errno : (int) fd;
}

int host_signal(int pidfd, int signal)
{
	return syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0) < 0 ? -errno : 0;
}

const char *host_delegated_files(struct arena *arena)
{
	char text[1024];

	if (file_read_at(AT_FDCWD, "/sys/kernel/cgroup/delegate", text, sizeof(text), NULL) > 0)
		return arena_string(arena, text);
	return NULL;
}
