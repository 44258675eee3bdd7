// SPDX-License-Identifier: Apache-2.0
/* What a container finds mounted. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/integration/scene.h"

/* ---- podman's mounts ---- */

static void look_at_podmans(void)
{
	static const char *const paths[] = {
		"/",	       "/proc",		 "/dev",       "/dev/pts", "/sys",
		"/dev/mqueue", "/sys/fs/cgroup", "/etc/hosts", "/dev/shm", "/run/.containerenv"
	};
	size_t i;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		say_mount(paths[i]);
	say_file("/etc/hosts");
	say_file("/proc/sys/kernel/hostname");
	say("pid %d\n", (int) getpid());
	say_result("the old root", open("/../../canary/secret", O_RDONLY | O_CLOEXEC));
}

static void podmans_mounts(void)
{
	struct scene scene;
	struct seen seen;
	char hosts[128];

	scene_begin(&scene);
	snprintf(hosts, sizeof(hosts), "%s/hosts", scene.base);
	scene_write(scene.base, "hosts", "engine\n");
	scene_mount_defaults(&scene);
	scene_mount(&scene, "/dev/mqueue", "mqueue", "mqueue", "nosuid,noexec,nodev");
	scene_mount(&scene, "/etc/hosts", "bind", hosts, "bind,rprivate");
	scene_mount(&scene, "/dev/shm", "bind", scene.canary, "bind,rprivate,nosuid,noexec,nodev");
	scene_mount(&scene, "/run/.containerenv", "bind", hosts, "bind,rprivate");
	scene_mount(&scene, "/sys/fs/cgroup", "cgroup", "cgroup",
		    "rprivate,nosuid,noexec,nodev,relatime,ro");
	scene.plan.hostname = "scene";
	scene_run(&scene, look_at_podmans, &seen);
	check(seen.ready, "podman's mounts are set up and pivoted into", &seen);
	check_says(&seen, "/proc: rw,nosuid,nodev,noexec,relatime - proc proc", "procfs");
	check_says(&seen, "/dev: rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755",
		   "a tmpfs with strictatime, size and mode on /dev");
	check_says(&seen,
		   "/dev/pts: rw,nosuid,noexec,relatime - devpts devpts "
		   "rw,gid=5,mode=620,ptmxmode=666",
		   "devpts with its options");
	check_says(&seen, "/sys: ro,nosuid,nodev,noexec,relatime - sysfs", "a read-only sysfs");
	check_says(&seen, "/dev/mqueue: rw,nosuid,nodev,noexec,relatime - mqueue", "mqueue");
	check_says(&seen, "/sys/fs/cgroup: ro,nosuid,nodev,noexec,relatime - cgroup2",
		   "the cgroup hierarchy, read-only");
	check_says(&seen, "/etc/hosts: 7 bytes: engine", "a file bound over an image's");
	check_says(&seen, "/run/.containerenv: rw", "a bind makes the file it covers");
	check_says(&seen, "/dev/shm: rw,nosuid,nodev,noexec", "a directory bound with attributes");
	check_says(&seen, "/proc/sys/kernel/hostname: 6 bytes: scene", "the host name is set");
	check_says(&seen, "pid 1\n", "the process is the first of its pid namespace");
	check_says(&seen, "the old root: No such file", "and the old root is gone");
	scene_end(&scene);
}

/* ---- attributes ---- */

static void look_at_attributes(void)
{
	say_mount("/mnt/ro");
	say_mount("/mnt/rro");
	say_mount("/mnt/rro/inner");
	say_mount("/mnt/top");
	say_mount("/mnt/top/inner");
	say_mount("/mnt/time");
	say_mount("/tmp");
	say_result("write to ro", open("/mnt/ro/new", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	say_result("write below rro",
		   open("/mnt/rro/inner/new", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
}

static void attributes(void)
{
	struct scene scene;
	struct seen seen;
	char inner[160];

	scene_begin(&scene);
	snprintf(inner, sizeof(inner), "%s/inner", scene.canary);
	if (mount("tmpfs", inner, "tmpfs", MS_NOSUID, "mode=755") < 0)
		scene_give_up("a mount below the source");
	scene_mount_defaults(&scene);
	scene_mount(&scene, "/mnt/ro", "bind", scene.canary, "bind,ro");
	scene_mount(&scene, "/mnt/rro", "none", scene.canary, "rbind,rro,nodev");
	scene_mount(&scene, "mnt/top/", NULL, scene.canary, "rbind,ro");
	scene_mount(&scene, "/mnt/time", "tmpfs", NULL, "noatime,nodiratime,noexec,exec,sync");
	scene_mount(&scene, "/tmp", "tmpfs", "tmpfs", "size=1m");
	scene_run(&scene, look_at_attributes, &seen);
	umount2(inner, MNT_DETACH);
	check_says(&seen, "/mnt/ro: ro,", "a bind is read-only");
	check_says(&seen, "write to ro: Read-only file system", "and cannot be written to");
	check_says(&seen, "/mnt/rro: ro,nodev", "rro: the bind");
	check_says(&seen, "/mnt/rro/inner: ro,nosuid,relatime",
		   "rro: what is mounted below it, which keeps what it had");
	check_says(&seen, "write below rro: Read-only file system", "and cannot be written to");
	check_says(&seen, "/mnt/top: ro,", "ro with rbind: the bind, at a relative destination");
	check_says(&seen, "/mnt/top/inner: rw,nosuid", "and only it");
	check_says(&seen, "/mnt/time: rw,noatime,nodiratime - tmpfs none rw,sync",
		   "the later of two contradicting words wins; access times; sync");
	check_says(&seen, "/tmp: rw,relatime - tmpfs tmpfs rw,size=1024k",
		   "a tmpfs without a mode keeps the directory's 1777");
	check(strstr(seen.said, "size=1024k,mode=") == NULL, "which is tmpfs' own", &seen);
	scene_end(&scene);
}

/* ---- what goes wrong ---- */

static void errors(void)
{
	static const struct {
		const char *destination, *type, *source, *options, *error, *sentence;
	} tries[] = {
		{ "/mnt", "tmpfs", "tmpfs", "bogus=1",
		  "/mounts/0: /mnt: bogus (tmpfs: Unknown parameter 'bogus')",
		  "an unknown option: path, destination, and the kernel's own words" },
		{ "/mnt", "nosuchfs", "none", "",
		  "/mounts/0: /mnt: fsopen nosuchfs: No such device", "an unknown file system" },
		{ "/mnt", "bind", "/nonexistent", "bind",
		  "/mounts/0: /mnt: source /nonexistent: No such file", "a bind of nothing" },
		{ "/etc/hosts", "bind", "/tmp", "bind",
		  "/mounts/0: /etc/hosts: a directory cannot be mounted on a file",
		  "a directory over a file" },
	};
	struct scene scene;
	struct seen seen;
	size_t i;

	for (i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		scene_begin(&scene);
		scene_mount(&scene, tries[i].destination, tries[i].type, tries[i].source,
			    tries[i].options);
		scene_run(&scene, NULL, &seen);
		check_refused(&scene, &seen, tries[i].error, tries[i].sentence);
		scene_end(&scene);
	}
}

/* ---- tmpcopyup ---- */

static void look_at_copy(void)
{
	struct stat status;
	char content[64] = "";

	say_file("/etc/hosts");
	say_file("/etc/below/deep");
	say("link %zd", readlink("/etc/link", content, sizeof(content) - 1));
	say(" %s\n", content);
	if (stat("/etc/below", &status) == 0)
		say("below %o %u %lld\n", status.st_mode & 07777, status.st_uid,
		    (long long) status.st_mtime);
	say_mount("/etc");
	say_result("write", open("/etc/new", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
}

static void copy_up(void)
{
	struct timespec times[2] = { { 1000, 0 }, { 1000, 0 } };
	struct scene scene;
	struct seen seen;
	char below[160];

	scene_begin(&scene);
	snprintf(below, sizeof(below), "%s/etc/below", scene.root);
	if (mkdir(below, 0750) < 0)
		scene_give_up(below);
	scene_write(scene.root, "etc/below/deep", "deep\n");
	scene_link(&scene, "/canary/secret", "etc/link");
	if (chown(below, 1000, 1000) < 0 || utimensat(AT_FDCWD, below, times, 0) < 0)
		scene_give_up(below);
	scene_mount_defaults(&scene);
	scene_mount(&scene, "/etc", "tmpfs", "tmpfs", "tmpcopyup,mode=0711,ro");
	scene_run(&scene, look_at_copy, &seen);
	check_says(&seen, "/etc/hosts: 6 bytes: image", "tmpcopyup copies files");
	check_says(&seen, "/etc/below/deep: 5 bytes: deep", "and directories");
	check_says(&seen, "link 14 /canary/secret", "and links as they are");
	check_says(&seen, "below 750 1000 1000", "with mode, owner and time");
	check_says(&seen, "/etc: ro,relatime - tmpfs tmpfs rw,mode=711", "with its own mode");
	check_says(&seen, "write: Read-only file system", "and is read-only in the end");
	scene_end(&scene);
}

/* ---- overlay: options too long for fsconfig(2) ---- */

static void look_at_overlay(void)
{
	say_file("/mnt/secret");
	say_mount("/mnt");
}

static void long_options(void)
{
	char lower[2048];
	struct scene scene;
	struct seen seen;
	size_t used;
	int i;

	scene_begin(&scene);
	used = (size_t) snprintf(lower, sizeof(lower), "lowerdir=%s", scene.canary);
	for (i = 0; i < 8; i++) {
		char name[128];

		snprintf(name, sizeof(name), "%s/a-layer-with-a-rather-long-name-%d", scene.base,
			 i);
		if (mkdir(name, 0755) < 0)
			scene_give_up(name);
		used += (size_t) snprintf(lower + used, sizeof(lower) - used, ":%s", name);
	}
	scene_mount_defaults(&scene);
	scene_mount(&scene, "/mnt", "overlay", "overlay", lower);
	scene_run(&scene, look_at_overlay, &seen);
	check_says(&seen, "/mnt/secret: 10 bytes: untouched", "overlay with 500 bytes of layers");
	check_says(&seen, "/mnt: rw,relatime - overlay", "is mounted");
	scene_end(&scene);
}

void test_mounts(void)
{
	podmans_mounts();
	attributes();
	errors();
	copy_up();
	long_options();
}
