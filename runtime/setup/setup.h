// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_SETUP_SETUP_H
#define WEIR_SETUP_SETUP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "runtime/plan.h"

struct err;

/*
 * The child's steps: each does one noun of the plan to the calling process, in its new namespaces,
 * and nothing else. runtime/child.c has the table that orders them. All return 0 or -errno with
 * the object named in err ("/mounts/2: /proc: fsmount: Operation not permitted").
 */
struct setup {
	const struct plan *plan;
	int root; /* the container's root, attached in this mount namespace; -1 before setup_rootfs */
	int proc;      /* a private procfs root (security.md 1.6); -1 before setup_private_proc */
	int host_null; /* a detached mount of the host's /dev/null, checked to be 1:3 */
	int contract_mount;  /* detached mount to be seen at /run/weir; -1: none */
	int notify_mount;    /* likewise at plan->notify_directory */
	const int *idmapped; /* of plan->mounts, those that the parent made; NULL: none. Taken by
				sources. */
	int terminal;	     /* the process's end; -1: none, or it is its stdio already */
	int *sources; /* of plan->mounts, those that had to be opened early; -1: not this one */
	/* set by setup_identity(), for setup_verify() */
	struct plan_capabilities capabilities; /* the plan's, less what the caller lacks */
	bool groups_kept;	 /* setgroups is denied here and none were asked for */
	bool admin_until_filter; /* CAP_SYS_ADMIN is still there, for setup_seccomp() */
	bool filtered;		 /* set by setup_seccomp() */
	bool is_user;		 /* set by setup_identity() */
	bool in_working_directory;
	int listener_socket;  /* where a seccomp listener goes; -1: nobody takes it */
	bool forks_once_more; /* the program will be a child of the caller */
};

#define SETUP_NONE                                                                                 \
	{                                                                                          \
		.root = -1, .proc = -1, .host_null = -1, .contract_mount = -1, .notify_mount = -1, \
		.terminal = -1, .listener_socket = -1                                              \
	}

/* Opens what has to be opened before the mount namespace changes: host_null. Called first of all in
 * the child. */
int setup_open(struct setup *setup, const struct plan *plan, struct err *err);
void setup_close(struct setup *setup);

/* namespaces.c: joins the namespaces of plan->joins (opened by path in the runtime's namespaces,
 * each checked to be of its type by NS_GET_NSTYPE), unless clone.c did, and unshares the cgroup
 * namespace, which has to be made from inside the container's cgroup, and the time namespace. */
int setup_namespaces(struct setup *setup, struct err *err);

/* namespaces.c: enters the new time namespace, which ends the setting of its clocks. After
 * setup_private_proc(). */
int setup_time_namespace(struct setup *setup, struct err *err);

/* Opens the file of one namespace, checked to be of its type. The descriptor is the caller's. */
int setup_open_namespace(const struct plan_join *join, struct err *err);

/* proc.c: the private procfs handle, for every later write to /proc. Opening beneath it never
 * crosses a mount or a link. */
int setup_private_proc(struct setup *setup, struct err *err);
int setup_proc_open(const struct setup *setup, const char *path, int flags, struct err *err);
int setup_proc_write(const struct setup *setup, const char *path, const char *text,
		     struct err *err);

/* rootfs.c: nothing the container mounts reaches the host, and the reverse as
 * plan->rootfs_propagation says; the rootfs becomes a mount of its own (setup->root). */
int setup_rootfs(struct setup *setup, struct err *err);

/* mounts.c: the bind sources that stay in touch with the host's mounts ("slave", "shared"), which
 * setup_rootfs() has to open before it isolates the rest. */
int setup_open_sources(struct setup *setup, struct err *err);

/* mounts.c: plan->mounts, in the order listed; then the contract directory. */
int setup_mounts(struct setup *setup, struct err *err);

/* devices.c: plan->devices (mknod, or a bind of the host's node where mknod is not permitted), the
 * symbolic links of runtime-linux.md, /dev/ptmx. */
int setup_devices(struct setup *setup, struct err *err);

/* terminal.c: a terminal of the devpts at /dev/pts, as wide and as owned as the plan says: its other
 * end, the caller's, or -errno. */
int setup_terminal(struct setup *setup, struct err *err);

/* terminal.c: the terminal is seen at /dev/console too. */
int setup_console(struct setup *setup, struct err *err);

/* terminal.c: it becomes the session's, whose leader the caller is, and stdio. */
int setup_controlling_terminal(struct setup *setup, struct err *err);

/* terminal.c: pipes at stdio become the process's user's, so that it can open /dev/stderr: the kernel asks
 * for the owner of what is behind that link. Files and terminals of the caller stay his. */
void setup_stdio(const struct setup *setup);

/* paths.c: masked and read-only paths; a read-only root. */
int setup_readonly_paths(struct setup *setup, struct err *err);
int setup_masked_paths(struct setup *setup, struct err *err);
int setup_readonly_root(struct setup *setup, struct err *err);

/* rootfs.c: pivot_root(2) into the rootfs by descriptor and detach of the old root; without a new
 * mount namespace, chroot(2). The working directory is the new root afterwards. */
int setup_pivot(struct setup *setup, struct err *err);

/* sysctl.c, uts.c, network.c */
int setup_sysctl(struct setup *setup, struct err *err);
int setup_hostname(struct setup *setup, struct err *err);
int setup_loopback(struct setup *setup, struct err *err);

/* limits.c: rlimits, umask, a session of its own. (oom_score_adj is the parent's to write: our own
 * /proc/self belongs to the host's root while we are not dumpable.) */
int setup_limits(struct setup *setup, struct err *err);

/* limits.c: the limit of processes. Where the caller forks once more, setup_limits() has left it so
 * high that this is possible, and this is for the child. */
int setup_process_limit(struct setup *setup, struct err *err);

/* scheduling.c: linux.memoryPolicy and linux.personality, which exec and fork keep. (The rest of the
 * scheduling is the parent's: runtime/schedule.h.) */
int setup_scheduling(struct setup *setup, struct err *err);

/* labels.c: the AppArmor profile and the SELinux label that the next exec takes. An error where the
 * kernel does not have the module. While the private procfs is there, after the hooks. */
int setup_labels(struct setup *setup, struct err *err);

/* labels.c: the same for a process that is still outside of the container, by way of a procfs of its
 * own. */
int setup_labels_outside(struct setup *setup, struct err *err);

/* labels.c: 0 if SELinux is on, else an error that says so. */
int setup_need_selinux(const struct setup *setup, struct err *err);

/* keyring.c: a new session keyring, so that the host's keys are not the container's. */
int setup_keyring(struct setup *setup, struct err *err);

/*
 * The order of what follows, and why:
 *   setup_working_directory   as root, who may enter what the user may not
 *   setup_identity            the last use of CAP_SETPCAP, CAP_SETGID, CAP_SETUID
 *   setup_working_directory   as the user, if root may not enter it (a network's file system)
 *   setup_find_executable     with the user's permissions, before a filter can forbid the looking
 *   setup_verify              likewise; nothing of the identity changes after it
 *   setup_seccomp             with no_new_privs as late as can be: only exec is left to allow.
 *                             Without, the kernel asks for CAP_SYS_ADMIN: identity leaves it, and it
 *                             is given up in setup_seccomp() by one capset(2), which is all that the
 *                             profile must allow besides waiting for the start. It is not kept until
 *                             the start: whoever shares the pid namespace and may trace us would
 *                             get it.
 */

/* identity.c: bounding set, groups, gid, uid, the four other capability sets,
 * no_new_privs, in the order that keeps each possible and leaves nothing behind. What the caller
 * lacks is left out of the sets (config.md: cannot be granted, no failure). */
int setup_identity(struct setup *setup, struct err *err);

/* identity.c: sets setup->capabilities (setup_seccomp() gives up what was left for it). */
int setup_capabilities(struct setup *setup, struct err *err);

/* identity.c: into process.cwd, which must lie inside the container (getcwd must be reachable:
 * CVE-2024-21626). Called before setup_identity(), where a refusal is put off, and after it. */
int setup_working_directory(struct setup *setup, struct err *err);

/* verify.c: reads back uids, gids, groups, the five capability sets and no_new_privs and compares
 * with the plan; any mismatch is an error. */
int setup_verify(struct setup *setup, struct err *err);

/* seccomp.c: installs the compiled filter. One that notifies gets a listener, which goes through
 * setup->listener_socket (sync.h: LISTENER) before this returns; without that socket, what would notify
 * fails with ENOSYS. Between the two nothing but exec may follow, or setup_seccomp_settle(), which makes
 * children waitable again. */
int setup_seccomp(struct setup *setup, struct err *err);
int setup_seccomp_settle(struct setup *setup, struct err *err);

/* What is to be compiled. */
struct seccomp_wish {
	const struct spec_seccomp *profile;
	bool refuses_unknown_names; /* of system calls; passed over otherwise, as profiles need */
};

/* seccomp_compile.c, in the parent: compiles a profile with libseccomp; the program lives in `arena`.
 * Errors name the JSON path. */
int seccomp_compile(struct arena *arena, const struct seccomp_wish *wish, struct plan_seccomp *out,
		    struct err *err);

/* Whether any of its actions is SCMP_ACT_NOTIFY. */
bool seccomp_notifies(const struct spec_seccomp *profile);

/* descriptors.c: everything from `first` on becomes close-on-exec; an error is fatal
 * (security.md, finding 9). */
int setup_descriptors(int first, struct err *err);

/* home.c: fills process.home, if the plan has one; "/" where the image says nothing of the user. Called
 * while everything can be read. */
void setup_home(const struct setup *setup);

/* executable.c: the path that argv[0] stands for in the container (PATH of the container's
 * environment; execvp(3)), checked to be an executable regular file: "executable file not found in
 * $PATH: no such file or directory" and the other strings engines match. Written to `path`. */
int setup_find_executable(const struct setup *setup, char *path, size_t size, struct err *err);

#endif
