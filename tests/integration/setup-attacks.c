// SPDX-License-Identifier: Apache-2.0
/*
 * What a hostile image may try while its mounts are made: the advisories' recipes. Each ends
 * contained, or refused, and never with a change to the canary.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "tests/integration/scene.h"

#define LOOP "Too many levels of symbolic links"

static void look_at_dev(void)
{
	struct stat status;

	say_result("null", stat("/dev/null", &status));
	say_mount("/mnt/inside");
}

/* CVE-2026-41579, CVE-2026-47766 */
static void dev_is_a_link(void)
{
	static const char *const targets[] = { NULL, "../../canary", "../../../canary",
					       "/nowhere" };
	struct scene scene;
	struct seen seen;
	size_t i;

	for (i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		scene_begin(&scene);
		scene_link(&scene, targets[i] != NULL ? targets[i] : scene.canary, "dev");
		scene_mount(&scene, "/proc", "proc", "proc", "");
		scene_run(&scene, look_at_dev, &seen);
		check_says(&seen, "null: ok",
			   "an image whose /dev is a link out of it: its nodes are made inside");
		scene_end(&scene);
	}
}

/* CVE-2019-19921, CVE-2023-27561, CVE-2023-28642 */
static void proc_or_sys_is_a_link(void)
{
	static const char *const targets[] = { "/mnt", "mnt", "/nowhere", "proc", "../canary" };
	struct scene scene;
	struct seen seen;
	size_t i;

	for (i = 0; i < 2 * sizeof(targets) / sizeof(targets[0]); i++) {
		bool sys = i % 2 == 1;

		scene_begin(&scene);
		scene_link(&scene, targets[i / 2], sys ? "sys" : "proc");
		scene_mount(&scene, sys ? "/sys/" : "/proc", sys ? "sysfs" : "proc", "none", "");
		scene_run(&scene, NULL, &seen);
		check_refused(&scene, &seen, "is not a directory (a link does not count)",
			      "an image whose /proc or /sys is a link");
		scene_end(&scene);
	}
}

/* CVE-2019-16884 */
static void proc_is_covered(void)
{
	static const struct {
		const char *destination, *type, *options;
		const char *link; /* made in the root, to /proc */
	} tries[] = {
		{ "/proc", "tmpfs", "", NULL },
		{ "/proc/", "tmpfs", "", NULL },
		{ "//proc", "tmpfs", "", NULL },
		{ "/proc/sys", "bind", "bind", NULL },
		{ "/proc", "bind", "rbind", NULL },
		{ "/mnt/../proc", "tmpfs", "", NULL },
		{ "/tmp/p", "tmpfs", "", "tmp/p" },
		{ "/proc", "sysfs", "", NULL },
		{ "/tmp/p/sys", "bind", "bind", "tmp/p" },
	};
	struct scene scene;
	struct seen seen;
	size_t i;

	for (i = 0; i < 2 * sizeof(tries) / sizeof(tries[0]); i++) {
		scene_begin(&scene);
		/* Every other time there is no procfs yet, only the image's directory. */
		if (i % 2 == 0)
			scene_mount(&scene, "/proc", "proc", "proc", "");
		if (tries[i / 2].link != NULL)
			scene_link(&scene, "/proc", tries[i / 2].link);
		scene_mount(&scene, tries[i / 2].destination, tries[i / 2].type, scene.canary,
			    tries[i / 2].options);
		scene_run(&scene, NULL, &seen);
		check_refused(&scene, &seen,
			      strstr(tries[i / 2].destination, "sys") != NULL
				      ? "/proc/sys lies inside procfs, which may not be covered"
				      : "only procfs may be mounted there",
			      "a mount over /proc or in it");
		scene_end(&scene);
	}
}

/* ---- files of procfs ---- */

static void look_at_uptime(void)
{
	say_file("/proc/uptime");
	say_mount("/proc");
}

static void refuse_in_proc(const char *destination, const char *source, const char *sentence)
{
	struct scene scene;
	struct seen seen;
	char file[128];

	scene_begin(&scene);
	scene_write(scene.base, "file", "x\n");
	snprintf(file, sizeof(file), "%s/file", scene.base);
	scene_mount(&scene, "/proc", "proc", "proc", "");
	scene_mount(&scene, destination, "bind", source != NULL ? source : file, "bind");
	scene_run(&scene, NULL, &seen);
	check_refused(&scene, &seen, "lies inside procfs, which may not be covered", sentence);
	scene_end(&scene);
}

static void files_of_procfs(void)
{
	struct scene scene;
	struct seen seen;
	char file[128];

	scene_begin(&scene);
	snprintf(file, sizeof(file), "%s/uptime", scene.base);
	scene_write(scene.base, "uptime", "1.00 2.00\n");
	scene_mount(&scene, "/proc", "bind", "/proc", "rbind");
	scene_mount(&scene, "/proc/uptime", "bind", file, "bind,ro");
	scene_run(&scene, look_at_uptime, &seen);
	check_says(&seen, "/proc/uptime: 10 bytes: 1.00 2.00", "lxcfs may cover /proc/uptime");
	check_says(&seen, "/proc: rw", "and /proc may be a bind of procfs");
	scene_end(&scene);
	refuse_in_proc("/proc/self/attr/current", NULL,
		       "but not what a label is written to (CVE-2025-52881)");
	refuse_in_proc("/proc/sys/kernel/core_pattern", NULL, "nor a kernel parameter");
	refuse_in_proc("/proc/uptime", "/proc/sys/kernel/core_pattern",
		       "nor one file of procfs over another");
	refuse_in_proc("/proc/uptime", "/proc/self/sched", "whatever it is");
}

/* ---- destinations ---- */

/* CVE-2021-30465 and its kin. */
static void destination_through_links(void)
{
	static const struct {
		const char *target; /* of the link tmp/l; NULL: the canary's path on the host */
		const char *destination;
		const char *error; /* NULL: contained */
	} tries[] = {
		{ NULL, "/tmp/l", NULL },
		{ NULL, "/tmp/l/", NULL },
		{ NULL, "/tmp/l/below/more", NULL },
		{ "../../../../../../canary", "/tmp/l/inner", NULL },
		{ "/nowhere/at/all", "/tmp/l/x", NULL },
		{ "l", "/tmp/l", LOOP },
		{ "l", "/tmp/l/x/", LOOP },
		{ "/proc/self/root", "/tmp/l/canary", LOOP },
		{ "/proc/1/root/..", "/tmp/l/canary", LOOP },
		{ "/proc/self/cwd", "/tmp/l", LOOP },
		{ "/etc/hosts", "/tmp/l/x", "Not a directory" },
		{ "/", "/tmp/l", "is the root itself" },
		{ "..", "/tmp/l/..", "is the root itself" },
	};
	struct scene scene;
	struct seen seen;
	size_t i;

	for (i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		scene_begin(&scene);
		scene_link(&scene, tries[i].target != NULL ? tries[i].target : scene.canary,
			   "tmp/l");
		scene_mount(&scene, "/proc", "proc", "proc", "");
		scene_mount(&scene, tries[i].destination, "tmpfs", "tmpfs", "");
		scene_run(&scene, NULL, &seen);
		if (tries[i].error == NULL)
			check(seen.ready, "a destination through a link out: contained", &seen);
		else
			check_refused(&scene, &seen, tries[i].error,
				      "a destination that is no place in the root");
		scene_end(&scene);
	}
}

static void file_through_dangling_link(void)
{
	struct scene scene;
	struct seen seen;

	scene_begin(&scene);
	scene_link(&scene, "../mnt/inside", "tmp/l");
	scene_mount(&scene, "/proc", "proc", "proc", "");
	scene_mount(&scene, "/tmp/l", "bind", "/etc/passwd", "bind,dest-nofollow");
	scene_run(&scene, look_at_dev, &seen);
	check(seen.ready, "dest-nofollow mounts on the link, not on what it names", &seen);
	check(strstr(seen.said, "/mnt/inside: rw") == NULL, "which is not made", &seen);
	scene_end(&scene);
	scene_begin(&scene);
	scene_link(&scene, "../mnt/inside", "tmp/l");
	scene_mount(&scene, "/proc", "proc", "proc", "");
	scene_mount(&scene, "/tmp/l", "bind", "/etc/passwd", "bind");
	scene_run(&scene, look_at_dev, &seen);
	check_says(&seen, "/mnt/inside: rw", "what a dangling link names is made, in the root");
	scene_end(&scene);
}

/* ---- the null device (CVE-2025-31133) ---- */

static void look_at_masked(void)
{
	struct stat status;

	say_file("/etc/other");
	/* The mode it has: where this is not refused, the host's device is left as it was. */
	say_result("chmod", chmod("/etc/other", 0666));
	if (stat("/etc/other", &status) == 0)
		say("rdev %u:%u\n", major(status.st_rdev), minor(status.st_rdev));
}

static void null_of_the_image(void)
{
	struct scene scene;
	struct seen seen;
	char null[160];
	int kind;

	for (kind = 0; kind < 4; kind++) {
		scene_begin(&scene);
		scene_mask(&scene, "/etc/other");
		snprintf(null, sizeof(null), "%s/dev/null", scene.root);
		if (kind == 0)
			scene_link(&scene, "/proc/sys/kernel/core_pattern", "dev/null");
		else if (kind == 1)
			scene_write(scene.root, "dev/null", "mine\n");
		else if ((kind == 2 ? mkfifo(null, 0666) : mkdir(null, 0755)) < 0)
			scene_give_up(null);
		scene_mount(&scene, "/proc", "proc", "proc", "");
		scene_run(&scene, NULL, &seen);
		check_refused(&scene, &seen, "/dev/null: exists and is not the device asked for",
			      "an image with a /dev/null of its own");
		scene_end(&scene);
	}
	scene_begin(&scene);
	scene_mask(&scene, "/etc/other");
	scene_mount_defaults(&scene);
	scene_run(&scene, look_at_masked, &seen);
	check_says(&seen, "/etc/other: 0 bytes", "a masked file reads as empty");
	check_says(&seen, "rdev 1:3", "it is the null device");
	check_says(&seen, "chmod: Read-only file system",
		   "of the host, whose mode the container cannot change through it");
	scene_end(&scene);
}

void test_attacks(void)
{
	dev_is_a_link();
	proc_or_sys_is_a_link();
	proc_is_covered();
	files_of_procfs();
	destination_through_links();
	file_through_dangling_link();
	null_of_the_image();
}
