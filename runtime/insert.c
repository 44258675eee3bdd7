// SPDX-License-Identifier: Apache-2.0
/*
 * Mounts into, and out of, a running container.
 * Should: open what is bound on the host, detached, and put it in place by a process inside.
 * Must not: look anything of the host up from inside, or the reverse.
 */
#include "runtime/insert.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/attend.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/container.h"
#include "runtime/idmap.h"
#include "runtime/inroot.h"
#include "runtime/join.h"
#include "runtime/plan.h"
#include "runtime/setup/places.h"
#include "runtime/setup/setup.h"
#include "runtime/setup/sources.h"
#include "runtime/sync.h"

/* The inode number of procfs' root (kernel: include/linux/proc_ns.h). */
#define PROC_ROOT_INODE 1

struct insertion {
	struct container *container;
	const struct plan *plan;
	bool out; /* and not in */
	int *sources;
	int init_pidfd;
	int proc; /* the host's: it names our descriptors, wherever we are */
	int sync, child_sync;
};

/* "copy-symlink": the link itself; of any other source, no more than a bind is asked for. */
static int open_link(struct plan_mount *mount)
{
	auto_fd int fd = open(mount->source, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat status;

	if (mount->copy_symlink && fd >= 0 && fstat(fd, &status) == 0 && S_ISLNK(status.st_mode))
		return take_fd(&fd);
	mount->copy_symlink = false;
	return -1;
}

static int open_source(const struct insertion *insertion, size_t index, struct err *err)
{
	struct plan_mount *mount = &insertion->plan->mounts[index];
	int *source = &insertion->sources[index];

	/* An id-mapped one is there already. */
	if (mount->kind != PLAN_MOUNT_BIND || *source >= 0)
		return 0;
	*source = open_link(mount);
	if (*source < 0 && !insertion->out)
		*source = source_bind(mount, err);
	if (*source < 0 && !insertion->out)
		return err_context(err, "%s: %s", mount->where, mount->destination);
	return 0;
}

/* All that would have to be looked up on the host from inside. */
static int open_sources(struct insertion *insertion, struct err *err)
{
	const struct plan *plan = insertion->plan;
	int result = 0;
	size_t i;

	if (!insertion->out)
		result = idmap_sources(plan, &insertion->sources, err);
	if (result < 0)
		return result;
	if (insertion->sources == NULL) {
		insertion->sources = calloc(plan->mount_count + 1, sizeof(*insertion->sources));
		for (i = 0; insertion->sources != NULL && i < plan->mount_count; i++)
			insertion->sources[i] = -1;
	}
	if (insertion->sources == NULL)
		return err_set(err, ENOMEM, "mounts");
	for (i = 0; i < plan->mount_count && result == 0; i++)
		result = open_source(insertion, i, err);
	return result;
}

/* What the kernel shows there must stay as the container's config has it, and covers of it are where
 * no directory can be renamed to another place. */
static int check_covered(int directory, struct err *err)
{
	struct statfs filesystem;

	if (fstatfs(directory, &filesystem) < 0)
		return err_set(err, errno, "statfs");
	if (filesystem.f_type == PROC_SUPER_MAGIC || filesystem.f_type == SYSFS_MAGIC)
		return err_say(err, EPERM, "lies inside procfs or sysfs, which stay as they are");
	return 0;
}

/* By way of the directory it lies in, and through no link: whoever may write in the container could
 * let one lead to what covers its /proc/sys. */
static int unmount(const struct setup *setup, const struct plan_mount *mount, struct err *err)
{
	const char *name;
	auto_fd int parent = inroot_open_plain_parent(setup->root, mount->destination, &name, err);
	int result = parent < 0 ? parent : check_covered(parent, err);

	if (result < 0)
		return result;
	if (fchdir(parent) < 0)
		return err_set(err, errno, "fchdir");
	result = umount2(name, MNT_DETACH | UMOUNT_NOFOLLOW) < 0 ? -errno : 0;
	if (result == -EINVAL)
		return err_say(err, EINVAL, "is not a mount point");
	return result < 0 ? err_set(err, -result, "unmount") : 0;
}

/* From the last down to the first. */
static int take_out(const struct setup *setup, const struct insertion *insertion, size_t count,
		    struct err *err)
{
	while (count-- > 0) {
		const struct plan_mount *mount = &insertion->plan->mounts[count];

		/* A link that was copied is no mount; it is the container's now. */
		if (mount->copy_symlink)
			continue;
		if (unmount(setup, mount, err) < 0)
			return err_context(err, "%s: %s", mount->where, mount->destination);
	}
	return 0;
}

static ino_t pid_namespace(int proc, const char *pid)
{
	char path[64];
	struct stat status;

	snprintf(path, sizeof(path), "%s/ns/pid", pid);
	return fstatat(proc, path, &status, 0) == 0 ? status.st_ino : 0;
}

/* A procfs is of its mounter's pid namespace, which we stay out of: the container's own is copied,
 * if it surely is one of that namespace. */
static int copy_procfs(const struct setup *setup, const struct insertion *insertion,
		       struct err *err)
{
	auto_fd int there = inroot_open(setup->root, "/proc", O_PATH | O_DIRECTORY, err);
	struct statfs filesystem;
	struct stat status;
	char pid[16];
	int copy;

	if (there < 0)
		return there;
	if (fstatfs(there, &filesystem) < 0 || fstat(there, &status) < 0)
		return err_set(err, errno, "/proc");
	snprintf(pid, sizeof(pid), "%d", (int) insertion->container->state.pid);
	if (filesystem.f_type != PROC_SUPER_MAGIC || status.st_ino != PROC_ROOT_INODE ||
	    pid_namespace(there, "1") == 0 ||
	    pid_namespace(there, "1") != pid_namespace(insertion->proc, pid))
		return err_say(err, EINVAL, "the container has no procfs of its own on /proc");
	copy = open_tree(there, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	return copy < 0 ? err_set(err, errno, "a copy of /proc") : copy;
}

/* As one that is to be bound; only on a real directory, like any procfs. */
static int prepare(const struct setup *setup, const struct insertion *insertion, int *source,
		   struct plan_mount *mount, struct err *err)
{
	if (mount->kind != PLAN_MOUNT_FILESYSTEM || strcmp(mount->type, "proc") != 0 ||
	    !plan_has_namespace(insertion->plan, CLONE_NEWPID))
		return 0;
	if (mount->option_count > 0)
		return err_say(err, EINVAL, "%s: not supported yet: a procfs with the option %s",
			       mount->where, mount->options[0].key);
	*source = copy_procfs(setup, insertion, err);
	mount->kind = PLAN_MOUNT_BIND;
	mount->destination_nofollow = true;
	return *source < 0 ? err_context(err, "%s: %s", mount->where, mount->destination) : 0;
}

static int put_in(const struct setup *setup, const struct insertion *insertion, struct err *err)
{
	struct plan one = *insertion->plan;
	struct setup single = *setup;
	size_t i;

	single.plan = &one;
	one.mount_count = 1;
	for (i = 0; i < insertion->plan->mount_count; i++) {
		struct plan_mount mount = insertion->plan->mounts[i];
		int result;

		one.mounts = &mount;
		single.sources = &insertion->sources[i];
		result = prepare(setup, insertion, single.sources, &mount, err);
		if (result == 0)
			result = setup_mounts(&single, err);
		if (result < 0) {
			(void) take_out(setup, insertion, i, NULL);
			return result;
		}
	}
	return 0;
}

static int become_root(const struct plan *plan, struct err *err)
{
	if (!plan_has_namespace(plan, CLONE_NEWUSER))
		return 0;
	/* -EINVAL: none is mapped. */
	if ((setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0) && errno != EINVAL)
		return err_set(err, errno, "become root of the user namespace");
	return 0;
}

/* In the container, but not of its pid namespace: who may trace there could seize us, and with us all
 * privileges and the host's /proc (CVE-2016-9962). */
static int act(const struct insertion *insertion, struct err *err)
{
	struct setup setup = SETUP_NONE;
	int result;

	setup.plan = insertion->plan;
	setup.proc = insertion->proc;
	setup.root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (setup.root < 0)
		return err_set(err, errno, "the container's root");
	result = insertion->out ? take_out(&setup, insertion, setup.plan->mount_count, err)
				: put_in(&setup, insertion, err);
	return result < 0 ? result : sync_send(insertion->child_sync, SYNC_READY, err);
}

static _Noreturn void fail(const struct insertion *insertion, const struct err *err)
{
	sync_send_failure(insertion->child_sync, err);
	_exit(1);
}

static _Noreturn void enter(struct insertion *insertion)
{
	struct err err = { 0 };

	join_reset_signals();
	umask(022);
	(void) prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void) prctl(PR_SET_DUMPABLE, 0);
	/* The lock, and directories of the host. */
	fd_close(&insertion->container->dir);
	fd_close(&insertion->container->root);
	fd_close(&insertion->sync);
	if (join_enter(insertion->plan, insertion->init_pidfd, &err) < 0 ||
	    become_root(insertion->plan, &err) < 0)
		fail(insertion, &err);
	/* A change of ids may have set it to the sysctl's value (proc(5), suid_dumpable). */
	(void) prctl(PR_SET_DUMPABLE, 0);
	if (act(insertion, &err) < 0)
		fail(insertion, &err);
	_exit(0);
}

static int run(struct insertion *insertion, struct err *err)
{
	int pair[2];
	int result = sync_pair(pair, err);
	pid_t pid;

	if (result < 0)
		return result;
	insertion->sync = pair[0];
	insertion->child_sync = pair[1];
	pid = fork();
	if (pid == 0)
		enter(insertion);
	fd_close(&insertion->child_sync);
	result = pid < 0 ? err_set(err, errno, "fork")
			 : sync_expect(insertion->sync, SYNC_READY, err);
	fd_close(&insertion->sync);
	if (pid > 0)
		(void) attend_status(pid);
	return result;
}

static int check_container(struct insertion *insertion, struct err *err)
{
	const char *id = insertion->container->state.id;
	enum state_status status = container_status(insertion->container, &insertion->init_pidfd);

	if (status == STATUS_STOPPED || status == STATUS_CREATING || insertion->init_pidfd < 0)
		return err_say(err, ESRCH, "container not running: '%s' is %s", id,
			       state_status_name(status));
	if (!plan_has_namespace(insertion->plan, CLONE_NEWNS))
		return err_say(err, EINVAL, "container '%s' has no mount namespace of its own", id);
	insertion->proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return insertion->proc < 0 ? err_set(err, errno, "/proc") : 0;
}

static int insert(struct insertion *insertion, struct err *err)
{
	size_t i;
	int result;

	insertion->init_pidfd = insertion->proc = -1;
	result = check_container(insertion, err);
	if (result == 0)
		result = open_sources(insertion, err);
	if (result == 0)
		result = run(insertion, err);
	for (i = 0; insertion->sources != NULL && i < insertion->plan->mount_count; i++)
		fd_close(&insertion->sources[i]);
	free(insertion->sources);
	fd_close(&insertion->init_pidfd);
	fd_close(&insertion->proc);
	return result;
}

int insert_mounts(struct container *container, const struct plan *plan, struct err *err)
{
	struct insertion insertion = { .container = container, .plan = plan };

	return insert(&insertion, err);
}

int insert_undo(struct container *container, const struct plan *plan, struct err *err)
{
	struct insertion insertion = { .container = container, .plan = plan, .out = true };

	return insert(&insertion, err);
}
