// SPDX-License-Identifier: Apache-2.0
/*
 * What AppArmor and SELinux are to make of the program once it is executed.
 * Should: write to procfs that is surely procfs (CVE-2019-16884), and read back what was written.
 * Must not: let a container start unconfined that was to be confined.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/setup/setup.h"

#define APPARMOR_EXEC "thread-self/attr/apparmor/exec"
#define SELINUX_EXEC  "thread-self/attr/exec"
/* A label is at most a page, and so is what a write to these files may hold (proc(5)). */
#define LABEL_ROOM 4096

/* Whether what is read back is `label`: AppArmor adds " (enforce)", SELinux a NUL. */
static bool is_label(const char *seen, const char *label)
{
	size_t length = strlen(label);

	return strncmp(seen, label, length) == 0 &&
	       (seen[length] == '\0' || seen[length] == '\n' || seen[length] == ' ');
}

static int read_back(const struct setup *setup, const char *file, const char *label,
		     struct err *err)
{
	auto_fd int fd = setup_proc_open(setup, file, O_RDONLY, err);
	char seen[LABEL_ROOM];
	ssize_t length;

	if (fd < 0)
		return fd;
	length = fd_read_full(fd, seen, sizeof(seen) - 1);
	if (length < 0)
		return err_set(err, (int) -length, "read /proc/%s", file);
	seen[length] = '\0';
	if (!is_label(seen, label))
		return err_say(err, EPERM, "the kernel reports another value than was set");
	return 0;
}

static int write_label(const struct setup *setup, const char *file, const char *text,
		       const char *label, struct err *err)
{
	int result = setup_proc_write(setup, file, text, err);

	return result < 0 ? result : read_back(setup, file, label, err);
}

static int set_profile(const struct setup *setup, const char *profile, struct err *err)
{
	char text[LABEL_ROOM];
	int length = snprintf(text, sizeof(text), "exec %s", profile);
	auto_fd int there = setup_proc_open(setup, "thread-self/attr/apparmor", O_PATH, NULL);

	if (there < 0)
		return err_say(err, ENOTSUP, "AppArmor is not available in this kernel");
	if (length < 0 || (size_t) length >= sizeof(text))
		return err_set(err, ENAMETOOLONG, "%.64s...", profile);
	return write_label(setup, APPARMOR_EXEC, text, profile, err);
}

/* The file system's type is registered when SELinux is on, and only then (selinuxfs.c). The file
 * attr/exec alone proves nothing: every module shares it. */
int setup_need_selinux(const struct setup *setup, struct err *err)
{
	auto_fd int fd = setup_proc_open(setup, "filesystems", O_RDONLY, err);
	char text[16384];
	ssize_t length;

	if (fd < 0)
		return fd;
	length = fd_read_full(fd, text, sizeof(text) - 1);
	if (length < 0)
		return err_set(err, (int) -length, "/proc/filesystems");
	text[length] = '\0';
	if (strstr(text, "\tselinuxfs\n") == NULL)
		return err_say(err, ENOTSUP, "SELinux is not available in this kernel");
	return 0;
}

static int set_label(const struct setup *setup, const char *label, struct err *err)
{
	int result = setup_need_selinux(setup, err);

	return result < 0 ? result : write_label(setup, SELINUX_EXEC, label, label, err);
}

int setup_labels(struct setup *setup, struct err *err)
{
	const struct plan_process *process = &setup->plan->process;

	if (process->apparmor_profile != NULL &&
	    set_profile(setup, process->apparmor_profile, err) < 0)
		return err_context(err, "/process/apparmorProfile");
	if (process->selinux_label != NULL && set_label(setup, process->selinux_label, err) < 0)
		return err_context(err, "/process/selinuxLabel");
	return 0;
}

int setup_labels_outside(struct setup *setup, struct err *err)
{
	const struct plan_process *process = &setup->plan->process;
	int result;

	if (process->apparmor_profile == NULL && process->selinux_label == NULL)
		return 0;
	result = setup_private_proc(setup, err);
	if (result == 0)
		result = setup_labels(setup, err);
	fd_close(&setup->proc);
	return result;
}
