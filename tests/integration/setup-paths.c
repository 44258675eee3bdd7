// SPDX-License-Identifier: Apache-2.0
/* Masked and read-only paths, a read-only root, and a racer on what leads to them. */
#include <fcntl.h>
#include <linux/fs.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/integration/scene.h"

static void look_at_paths(void)
{
	say_file("/proc/interrupts");
	say_file("/proc/keys");
	say_mount("/sys/firmware");
	say_mount("/sys/devices/virtual");
	say_result("make in a mask", mkdir("/sys/firmware/x", 0755));
	say_mount("/proc/sys");
	say_result("write to a file", open("/etc/other", O_WRONLY | O_CLOEXEC));
	say_mount("/");
	say_result("write to /", mkdir("/new", 0755));
	say_result("write to /tmp", mkdir("/tmp/new", 0755));
	say_result("write to /etc", open("/etc/hosts", O_WRONLY | O_CLOEXEC));
	say_result("write to /run/below/x", mkdir("/run/below/x/y", 0755));
}

static void prepare_paths(struct scene *scene)
{
	scene_mount_defaults(scene);
	scene_mount(scene, "/tmp", "tmpfs", "tmpfs", "");
	scene_mount(scene, "/run/below/x", "tmpfs", "tmpfs", "");
	scene_mask(scene, "/proc/interrupts");
	scene_mask(scene, "/proc/keys");
	scene_mask(scene, "/proc/interrupts"); /* twice is no error */
	scene_mask(scene, "/sys/firmware");
	scene_mask(scene, "/sys/devices/virtual");
	scene_mask(scene, "/no/such/path");
	scene_readonly(scene, "/proc/sys");
	scene_readonly(scene, "/etc/other");
	scene_readonly(scene, "/no/such/path");
	scene_readonly(scene, "/run/below");
}

static void check_paths(const struct seen *seen)
{
	check_says(seen, "/proc/interrupts: 0 bytes", "a masked file is empty");
	check_says(seen, "/proc/keys: 0 bytes", "the next one too");
	check_says(seen, "/sys/firmware: ro,nosuid,nodev,noexec,relatime - tmpfs",
		   "a masked directory is an empty tmpfs");
	check_says(seen, "/sys/devices/virtual: ro,nosuid,nodev,noexec,relatime - tmpfs",
		   "the next one too");
	check_says(seen, "make in a mask: Read-only file system", "nothing can be made there");
	check_says(seen, "/proc/sys: ro,nosuid,nodev,noexec,relatime - proc",
		   "a read-only path keeps its other attributes");
	check_says(seen, "write to /run/below/x: Read-only file system",
		   "what is mounted below a read-only path is read-only as well");
	check_says(seen, "write to a file: Read-only file system", "a read-only file");
	check_says(seen, "write to /tmp: ok", "but what is mounted in it can");
}

static void paths(void)
{
	struct scene scene;
	struct seen seen;

	scene_begin(&scene);
	prepare_paths(&scene);
	scene_run(&scene, look_at_paths, &seen);
	check_paths(&seen);
	check_says(&seen, "write to /: ok", "and the root can be written to");
	scene_remove(&scene, "new");
	scene.plan.rootfs_readonly = true;
	scene_run(&scene, look_at_paths, &seen);
	check_paths(&seen);
	check_says(&seen, "/: ro,relatime", "a read-only root");
	check_says(&seen, "write to /: Read-only file system", "cannot be written to");
	check_says(&seen, "write to /etc: Read-only file system", "nor can its files");
	scene_end(&scene);
	scene_begin(&scene);
	scene.user_namespace = true;
	prepare_paths(&scene);
	scene_run(&scene, look_at_paths, &seen);
	check_paths(&seen);
	scene_end(&scene);
}

/* ---- a racer on a component of a path ---- */

/* A process and not a thread: the child of a clone3(2) beside a thread could find a lock taken. */
static pid_t start_racer(const char *link, const char *folder)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		(void) renameat2(AT_FDCWD, link, AT_FDCWD, folder, RENAME_EXCHANGE);
}

#define RACES 200

/* GHSA-3q8j-pf29-vwv8, CVE-2021-30465, CVE-2024-45310: a directory and a link to the host's canary
 * change places while mounts, masks and read-only paths are made below. */
static void racer(void)
{
	struct scene scene;
	struct seen seen;
	struct seen last_failure = { 0 };
	char link[160];
	char folder[160];
	pid_t pid;
	int ready = 0;
	int runs;

	scene_begin(&scene);
	scene_link(&scene, scene.canary, "mnt/link");
	snprintf(link, sizeof(link), "%s/mnt/link", scene.root);
	snprintf(folder, sizeof(folder), "%s/mnt/real", scene.root);
	if (mkdir(folder, 0755) < 0)
		scene_give_up(folder);
	scene_mount_defaults(&scene);
	scene_mount(&scene, "/mnt/real/x", "tmpfs", "tmpfs", "");
	scene_mount(&scene, "/mnt/real/deep/er", "tmpfs", "tmpfs", "");
	scene_mask(&scene, "/mnt/real/inner");
	scene_readonly(&scene, "/mnt/real/x");
	pid = start_racer(link, folder);
	if (pid < 0)
		scene_give_up("a process");
	for (runs = 0; runs < RACES; runs++) {
		scene_run(&scene, NULL, &seen);
		ready += seen.ready;
		if (!seen.ready)
			last_failure = seen;
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	printf("# %d of %d containers started beside a racer\n", ready, RACES);
	check(ready >= RACES * 99 / 100, "a racer keeps no container from starting", &last_failure);
	scene_end(&scene);
}

void test_paths(void)
{
	paths();
	racer();
}
