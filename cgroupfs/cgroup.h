// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_CGROUPFS_CGROUP_H
#define WEIR_CGROUPFS_CGROUP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct err;

/*
 * One cgroup of the unified hierarchy (kernel: Documentation/admin-guide/cgroup-v2.rst), given the
 * descriptor of its mount. Paths are relative to that mount and start with '/'.
 */

/* Controllers, as bits. The names are the kernel's. */
enum cgroup_controller {
	CGROUP_CPU = 1 << 0,
	CGROUP_CPUSET = 1 << 1,
	CGROUP_IO = 1 << 2,
	CGROUP_MEMORY = 1 << 3,
	CGROUP_PIDS = 1 << 4,
	CGROUP_HUGETLB = 1 << 5,
	CGROUP_RDMA = 1 << 6,
	CGROUP_MISC = 1 << 7,
	CGROUP_DMEM = 1 << 8, /* 6.14 */
};

#define CGROUP_PATH_ROOM 1024 /* longest path of a cgroup we make or read, NUL included */

struct cgroup {
	int dirfd;		     /* O_RDONLY | O_DIRECTORY; owned; -1: none */
	char path[CGROUP_PATH_ROOM]; /* "/a/b", relative to the mount */
};

/* The controllers a cgroup is to have, as bits of enum cgroup_controller. */
struct cgroup_controllers {
	unsigned needed; /* or it cannot be made */
	unsigned wished; /* where they are to be had */
};

#define auto_cgroup __attribute__((cleanup(cgroup_close)))

/* What a local auto_cgroup starts from: zero is a descriptor. */
#define CGROUP_NONE ((struct cgroup){ .dirfd = -1 })

/* Opens the cgroup2 mount at `mountpoint` and makes sure that it is one. *rootfd becomes the
 * caller's. -ENODEV with "… is not a cgroup v2 mount" when it is something else. */
int cgroup_root_open(const char *mountpoint, int *rootfd, struct err *err);

/* Writes the normalised form of `path` ("/a//b/" -> "/a/b") to `out`. A path
 * without the first '/' is one from the root too ("a/b" -> "/a/b"). Refused: "..", ".", "", a
 * control character and the root itself (-EINVAL); a name longer than NAME_MAX, and more than
 * CGROUP_PATH_ROOM (-ENAMETOOLONG). `out` may be `path`. */
int cgroup_path_normalise(const char *path, char out[CGROUP_PATH_ROOM], struct err *err);

/* The bits of the controllers named in `words` ("cpu memory pids"); unknown words are left out. */
unsigned cgroup_controllers_parse(const char *words);

/* The word of one controller bit. */
const char *cgroup_controller_name(unsigned controller);

/*
 * Makes the cgroup `path` and what is missing above it, and enables controllers from the root
 * down to its parent: each needed one or fails, each wished one where it is to be had. The error
 * for a needed one that is missing names the controller and the cgroup that lacks it:
 * "controller 'memory' is not available in /a" (-EOPNOTSUPP). Where processes live in a cgroup that
 * would have to pass a needed controller on, -EBUSY names that cgroup. An existing cgroup is taken
 * over if no process lives in it or below it and it is not frozen, -EBUSY otherwise (runtime-spec
 * config-linux.md, Control groups: MAY check, MUST error). On failure every directory made here is
 * removed again; controllers enabled above stay so, because others may have come to use them.
 * *out becomes the caller's (cgroup_close()).
 */
int cgroup_create(int rootfd, const char *path, struct cgroup_controllers wanted,
		  struct cgroup *out, struct err *err);

/* Makes `owner` the owner of the cgroup's directory and of those of `files` (names, one a line; NULL:
 * the kernel does not say which) that are there, so that it may make cgroups below and move processes between them. */
int cgroup_delegate(const struct cgroup *cgroup, const char *files, uid_t owner, struct err *err);

/* Opens an existing cgroup; -ENOENT if there is none. "/" is the mount's own. */
int cgroup_open(int rootfd, const char *path, struct cgroup *out, struct err *err);

void cgroup_close(struct cgroup *cgroup);

/* Moves process `pid` (0: the caller) into the cgroup. -EBUSY: it passes controllers on to its
 * children. */
int cgroup_join(const struct cgroup *cgroup, pid_t pid, struct err *err);

/* SIGKILL to every process in the cgroup and below it (cgroup.kill, 5.14), frozen ones and those
 * that fork meanwhile included. A cgroup that is gone has none: success. */
int cgroup_kill(const struct cgroup *cgroup, struct err *err);

/* Whether a process lives in the cgroup or below it (cgroup.events populated). 1, 0 or -errno; a
 * cgroup that is gone has none. */
int cgroup_is_populated(const struct cgroup *cgroup, struct err *err);

/* Waits until no process is left: poll(2) on cgroup.events, no sleeping. -ETIMEDOUT with the number
 * of processes left. A cgroup that is gone is empty. Negative: waits for ever (here and below). */
int cgroup_wait_empty(const struct cgroup *cgroup, int timeout_msec, struct err *err);

/* Freezes or thaws and waits until the kernel reports it done (cgroup.events frozen). -ETIMEDOUT: a
 * freeze that is not done in time is taken back; a thaw does nothing while a cgroup above is frozen.
 * -ENOENT: the cgroup is gone. */
int cgroup_freeze(const struct cgroup *cgroup, bool frozen, int timeout_msec, struct err *err);

/* Whether it is frozen, or about to be: whoever is put into it now does not run (cgroup.events frozen,
 * or this cgroup's own cgroup.freeze). 1, 0 or -errno. */
int cgroup_is_frozen(const struct cgroup *cgroup, struct err *err);

/* Removes the cgroup and all cgroups below it, deepest first, after their processes are gone;
 * waits for a cgroup that is still busy with exiting ones through cgroup.events up to the timeout,
 * then -EBUSY names it and what it holds. Depth and number of cgroups are not limited. Absent is
 * success. Does not kill. */
int cgroup_remove(int rootfd, const char *path, int timeout_msec, struct err *err);

/* Removes it if nobody is in it and nothing below it; leaves it, and says so to nobody, if it is in
 * use. Absent is success. */
int cgroup_remove_unused(int rootfd, const char *path, struct err *err);

/* The processes of the cgroup and of those below it, as the caller's pid namespace numbers them (one
 * it cannot see is left out), in ascending order and each once. *pids is the caller's (free(3)) and
 * NULL if there are none. */
int cgroup_pids(const struct cgroup *cgroup, pid_t **pids, size_t *count, struct err *err);

/* The cgroup-v2 path ("0::/…") in the text of /proc/PID/cgroup, copied to `out`; -ENOENT if none,
 * -ENAMETOOLONG. As the kernel writes it: "/../a" for one outside the reader's cgroup namespace, and
 * " (deleted)" behind one that is gone. */
int cgroup_path_of_text(const char *proc_cgroup, char out[CGROUP_PATH_ROOM]);

#endif
