// SPDX-License-Identifier: Apache-2.0
/*
 * floor ROOTFS CGROUP PROGRAM [ARG...]: what a run of the default bundle costs the kernel, and nothing else.
 *
 * Should: make the system calls that the configuration of `weir spec` asks for, once each, and wait; be static.
 * Must not: read a configuration, keep a state, check anything twice, or be used for anything but comparing.
 *
 * What it leaves out on purpose: devices by eBPF, seccomp, state.json, hooks, every defence.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

static void want(int failed, const char *what)
{
	if (!failed)
		return;
	fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
	_exit(1);
}

struct place {
	const char *type;
	const char *target;
	unsigned long flags;
	const char *data;
};

static const struct place places[] = {
	{ "proc", "proc", 0, NULL },
	{ "tmpfs", "dev", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k" },
	{ "devpts", "dev/pts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5" },
	{ "tmpfs", "dev/shm", MS_NOSUID | MS_NOEXEC | MS_NODEV, "mode=1777,size=65536k" },
	{ "mqueue", "dev/mqueue", MS_NOSUID | MS_NOEXEC | MS_NODEV, NULL },
	{ "sysfs", "sys", MS_NOSUID | MS_NOEXEC | MS_NODEV | MS_RDONLY, NULL },
	{ "cgroup2", "sys/fs/cgroup", MS_NOSUID | MS_NOEXEC | MS_NODEV | MS_RDONLY, NULL },
};

static const struct {
	const char *path;
	unsigned minor;
} nodes[] = {
	{ "dev/null", 3 },   { "dev/zero", 5 },	   { "dev/full", 7 },
	{ "dev/random", 8 }, { "dev/urandom", 9 }, { "dev/tty", 0 },
};

static const char *const masked_dirs[] = { "/proc/acpi", "/proc/asound", "/proc/scsi",
					   "/sys/firmware" };
static const char *const masked_files[] = { "/proc/kcore",	   "/proc/keys",
					    "/proc/latency_stats", "/proc/timer_list",
					    "/proc/timer_stats",   "/proc/sched_debug" };
static const char *const read_only[] = { "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
					 "/proc/sysrq-trigger" };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void mount_places(void)
{
	for (size_t i = 0; i < COUNT(places); i++) {
		const struct place *p = &places[i];

		if (strncmp(p->target, "dev/", 4) == 0)
			want(mkdir(p->target, 0755), p->target);
		want(mount(p->type, p->target, p->type, p->flags, p->data), p->target);
	}
}

static void make_devices(void)
{
	for (size_t i = 0; i < COUNT(nodes); i++) {
		unsigned major = strcmp(nodes[i].path, "dev/tty") == 0 ? 5 : 1;

		want(mknod(nodes[i].path, S_IFCHR | 0666, makedev(major, nodes[i].minor)),
		     nodes[i].path);
		want(chmod(nodes[i].path, 0666), nodes[i].path);
	}
	want(symlink("/proc/self/fd", "dev/fd") || symlink("/proc/self/fd/0", "dev/stdin") ||
		     symlink("/proc/self/fd/1", "dev/stdout") ||
		     symlink("/proc/self/fd/2", "dev/stderr") || symlink("pts/ptmx", "dev/ptmx"),
	     "dev");
}

/* What this kernel does not have is not masked, as everywhere. */
static void hide(void)
{
	for (size_t i = 0; i < COUNT(masked_dirs); i++)
		want(mount("tmpfs", masked_dirs[i], "tmpfs", MS_RDONLY, "size=0k") &&
			     errno != ENOENT,
		     masked_dirs[i]);
	for (size_t i = 0; i < COUNT(masked_files); i++)
		want(mount("/dev/null", masked_files[i], NULL, MS_BIND, NULL) && errno != ENOENT,
		     masked_files[i]);
	for (size_t i = 0; i < COUNT(read_only); i++) {
		if (mount(read_only[i], read_only[i], NULL, MS_BIND | MS_REC, NULL)) {
			want(errno != ENOENT, read_only[i]);
			continue;
		}
		want(mount(NULL, read_only[i], NULL,
			   MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NOEXEC | MS_NODEV,
			   NULL) &&
			     mount(NULL, read_only[i], NULL, MS_REMOUNT | MS_BIND | MS_RDONLY,
				   NULL),
		     read_only[i]);
	}
}

_Noreturn static void inside(const char *rootfs, char *const argv[])
{
	static char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	static char term[] = "TERM=xterm";
	char *const environment[] = { path, term, NULL };

	want(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "/");
	want(mount(rootfs, rootfs, NULL, MS_BIND | MS_REC, NULL), rootfs);
	want(chdir(rootfs), rootfs);
	mount_places();
	make_devices();
	want((int) syscall(SYS_pivot_root, ".", "."), "pivot_root");
	want(umount2(".", MNT_DETACH), "umount");
	want(mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL), "/");
	hide();
	want(sethostname("floor", 5), "sethostname");
	execve(argv[0], argv, environment);
	want(1, argv[0]);
	_exit(1);
}

int main(int argc, char *argv[])
{
	struct clone_args args = {
		.flags = CLONE_INTO_CGROUP | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC |
			 CLONE_NEWUTS | CLONE_NEWNS | CLONE_NEWCGROUP,
		.exit_signal = SIGCHLD,
	};
	int status = 0;
	pid_t pid;

	if (argc < 4) {
		fprintf(stderr, "usage: floor ROOTFS CGROUP PROGRAM [ARG...]\n");
		return 2;
	}
	want(mkdir(argv[2], 0755), argv[2]);
	args.cgroup = (__u64) open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	pid = (pid_t) syscall(SYS_clone3, &args, sizeof(args));
	want(pid < 0, "clone3");
	if (pid == 0)
		inside(argv[1], argv + 3);
	want(waitpid(pid, &status, 0) < 0, "waitpid");
	/* The last task leaves its cgroup a moment after it can be waited for. */
	while (rmdir(argv[2]) && errno == EBUSY)
		sched_yield();
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
