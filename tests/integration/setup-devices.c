// SPDX-License-Identifier: Apache-2.0
/* The device nodes a container finds. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "tests/integration/scene.h"

static void say_device(const char *path)
{
	struct stat status;

	if (lstat(path, &status) < 0)
		say("%s: %s\n", path, strerror(errno));
	else
		say("%s: %o %u:%u %u:%u\n", path, status.st_mode, major(status.st_rdev),
		    minor(status.st_rdev), status.st_uid, status.st_gid);
}

static void look_at_devices(void)
{
	static const char *const paths[] = { "/dev/null",   "/dev/zero", "/dev/full",
					     "/dev/random", "/dev/tty",	 "/dev/urandom",
					     "/dev/fuse",   "/opt/pipe", "/dev/mine" };
	static const char *const links[] = { "/dev/fd", "/dev/stdin", "/dev/stdout", "/dev/stderr",
					     "/dev/ptmx" };
	char content[64];
	size_t i;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		say_device(paths[i]);
	for (i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		ssize_t length = readlink(links[i], content, sizeof(content) - 1);

		content[length > 0 ? length : 0] = '\0';
		say("%s -> %s\n", links[i], content);
	}
	say_result("read zero", open("/dev/zero", O_RDONLY | O_CLOEXEC));
	say_result("write null", open("/dev/null", O_RDWR | O_CLOEXEC));
}

static void check_devices(const struct seen *seen)
{
	check_says(seen, "/dev/null: 20666 1:3 ", "null");
	check_says(seen, "/dev/zero: 20666 1:5 ", "zero");
	check_says(seen, "/dev/full: 20666 1:7 ", "full");
	check_says(seen, "/dev/random: 20666 1:8 ", "random");
	check_says(seen, "/dev/urandom: 20666 1:9 ", "urandom");
	check_says(seen, "/dev/tty: 20666 5:0 ", "tty");
	check_says(seen, "/dev/fd -> /proc/self/fd\n", "fd");
	check_says(seen, "/dev/stdin -> /proc/self/fd/0\n", "stdin");
	check_says(seen, "/dev/stdout -> /proc/self/fd/1\n", "stdout");
	check_says(seen, "/dev/stderr -> /proc/self/fd/2\n", "stderr");
	check_says(seen, "/dev/ptmx -> pts/ptmx\n", "ptmx");
	check_says(seen, "read zero: ok", "zero can be opened");
	check_says(seen, "write null: ok", "null can be written to");
}

static const struct spec_uint owner = { true, 1000 };
static const struct spec_uint mode = { true, 0640 };

static void asked_for(void)
{
	struct spec_device asked[] = {
		{ .type = 'c',
		  .path = "/dev/fuse",
		  .major = { true, 10 },
		  .minor = { true, 229 },
		  .file_mode = mode,
		  .uid = owner,
		  .gid = owner },
		{ .type = 'p', .path = "/opt/pipe" },
		{ .type = 'c', .path = "/dev/mine", .major = { true, 1 }, .minor = { true, 3 } },
	};
	struct scene scene;
	struct seen seen;

	scene_begin(&scene);
	scene_mount_defaults(&scene);
	scene.spec.linux_config.devices = (struct spec_devices){ asked, 3 };
	scene_run(&scene, look_at_devices, &seen);
	check_devices(&seen);
	check_says(&seen, "/dev/fuse: 20640 10:229 1000:1000", "one with a mode and an owner");
	check_says(&seen, "/opt/pipe: 10666 0:0", "a FIFO outside /dev");
	check_says(&seen, "/dev/mine: 20666 1:3", "a device under a name of its own");
	scene_end(&scene);
}

static void in_a_user_namespace(void)
{
	struct scene scene;
	struct seen seen;

	scene_begin(&scene);
	scene.user_namespace = true;
	scene_mount_defaults(&scene);
	scene_run(&scene, look_at_devices, &seen);
	check_devices(&seen);
	scene_end(&scene);
	/* Twice on a root whose /dev is the image's own directory. */
	scene_begin(&scene);
	scene.user_namespace = true;
	scene_mount(&scene, "/proc", "proc", "proc", "");
	scene_run(&scene, look_at_devices, &seen);
	scene_run(&scene, look_at_devices, &seen);
	check_says(&seen, "/dev/null: 20666 1:3 ",
		   "a user namespace finds the places that an earlier one made");
	scene_end(&scene);
}

/* An image's file where a device is asked for; with a racer's FIFO it would hang whoever opens. */
static void in_the_way(void)
{
	struct spec_device asked = {
		.type = 'c', .path = "/etc/dev", .major = { true, 1 }, .minor = { true, 3 }
	};
	struct scene scene;
	struct seen seen;
	char path[160];
	int kind;

	for (kind = 0; kind < 3; kind++) {
		scene_begin(&scene);
		snprintf(path, sizeof(path), "%s/etc/dev", scene.root);
		if (kind == 0)
			scene_write(scene.root, "etc/dev", "");
		else if ((kind == 1 ? mkfifo(path, 0666)
				    : mknod(path, S_IFCHR | 0666, makedev(1, 5))) < 0)
			scene_give_up(path);
		scene.spec.linux_config.devices = (struct spec_devices){ &asked, 1 };
		scene_mount_defaults(&scene);
		scene_run(&scene, NULL, &seen);
		check_refused(&scene, &seen,
			      "/linux/devices/0: /etc/dev: exists and is not the device",
			      "a file that does not match a device is an error");
		scene_end(&scene);
	}
}

void test_devices(void)
{
	asked_for();
	in_a_user_namespace();
	in_the_way();
}
