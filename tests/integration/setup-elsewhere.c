// SPDX-License-Identifier: Apache-2.0
/* Mounts that reach beyond the container: propagation, cgroups, user namespaces, remounts. */
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "tests/integration/scene.h"

/* ---- propagation ---- */

static void look_at_propagation(void)
{
	say_mount("/");
	say_mount("/mnt/private");
	say_mount("/mnt/slave");
	say_mount("/mnt/shared");
	say_mount("/mnt/unbindable");
	say_result("mount in shared", mount("tmpfs", "/mnt/shared", "tmpfs", 0, NULL));
}

/* The container's mounts of the canary, as peers of the host's, or not. */
static void run_with_propagation(struct scene *scene, uint64_t of_the_root, struct seen *seen)
{
	scene->plan.rootfs_propagation = of_the_root;
	scene_run(scene, look_at_propagation, seen);
	/* What came out of "rshared" came out as it was asked to. */
	check(umount2(scene->canary, 0) == 0, "a mount made in rshared reached the host", seen);
}

static void propagation(void)
{
	struct scene scene;
	struct seen seen;

	scene_begin(&scene);
	if (mount(scene.canary, scene.canary, NULL, MS_BIND, NULL) < 0)
		scene_give_up("a mount of the host");
	scene_mount_defaults(&scene);
	scene_mount(&scene, "/mnt/private", "bind", scene.canary, "rbind");
	scene_mount(&scene, "/mnt/slave", "bind", scene.canary, "rbind,rslave");
	scene_mount(&scene, "/mnt/shared", "bind", scene.canary, "rbind,rshared");
	scene_mount(&scene, "/mnt/unbindable", "bind", scene.canary, "bind,unbindable");
	run_with_propagation(&scene, 0, &seen);
	check_says(&seen, "\n/mnt/private: rw,relatime - ", "a bind is private unless asked");
	check_says(&seen, "\n/mnt/slave: rw,relatime master:", "rslave hears the host");
	check_says(&seen, "\n/mnt/shared: rw,relatime shared:", "rshared is the host's peer");
	check_says(&seen, "\n/mnt/unbindable: rw,relatime unbindable", "unbindable");
	check(strncmp(seen.said, "/: rw,relatime - ", 17) == 0, "the root is private", &seen);
	run_with_propagation(&scene, MS_SLAVE, &seen);
	check(strncmp(seen.said, "/: rw,relatime master:", 22) == 0, "rootfsPropagation slave",
	      &seen);
	check_says(&seen, "\n/mnt/private: rw,relatime - ", "binds are private all the same");
	run_with_propagation(&scene, MS_SHARED, &seen);
	check(strncmp(seen.said, "/: rw,relatime shared:", 22) == 0, "rootfsPropagation shared",
	      &seen);
	run_with_propagation(&scene, MS_UNBINDABLE, &seen);
	check(strncmp(seen.said, "/: rw,relatime unbindable", 25) == 0,
	      "rootfsPropagation unbindable", &seen);
	umount2(scene.canary, 0);
	scene_end(&scene);
}

/* ---- the rest ---- */

static void look_at_the_rest(void)
{
	say_mount("/tmp");
	say_mount("/sys/fs/cgroup");
	say_mount("/proc");
	say_mount("/sys");
	say_mount("/dev/null");
	say_result("write to a sysfs file",
		   open("/sys/kernel/mm/transparent_hugepage/enabled", O_WRONLY | O_CLOEXEC));
	say_result("write to a cgroup",
		   open("/sys/fs/cgroup/unified/cgroup.procs", O_WRONLY | O_CLOEXEC));
}

static void without_a_cgroup_namespace(void)
{
	struct scene scene;
	struct seen seen;

	scene_begin(&scene);
	scene_mount_defaults(&scene);
	scene_mount(&scene, "/tmp", "tmpfs", "tmpfs", "size=1m");
	scene_mount(&scene, "/tmp", "tmpfs", "tmpfs", "remount,ro,size=2m");
	scene_mount(&scene, "/sys/fs/cgroup", "cgroup", "cgroup", "rw");
	scene.plan.new_namespaces &= ~(unsigned) CLONE_NEWCGROUP;
	scene.plan.cgroup.manager = CGROUP_MANAGER_DISABLED;
	scene_run(&scene, look_at_the_rest, &seen);
	check_says(&seen, "/tmp: ro,relatime - tmpfs tmpfs rw,size=2048k",
		   "remount: attributes, and the file system's own options");
	check_says(&seen, "/sys/fs/cgroup: ro,",
		   "without a cgroup namespace the hierarchy is read-only, rw or not");
	check(strstr(seen.said, "write to a cgroup: ok") == NULL,
	      "all the way down (CVE-2023-25809)", &seen);
	scene_end(&scene);
}

static void user_namespaces(void)
{
	struct scene scene;
	struct seen seen;

	scene_begin(&scene);
	scene.user_namespace = true;
	scene_mount_defaults(&scene);
	scene_mount(&scene, "/tmp", "tmpfs", "tmpfs", "ro");
	scene_mount(&scene, "/sys/fs/cgroup", "cgroup", "cgroup", "ro");
	scene_run(&scene, look_at_the_rest, &seen);
	check(seen.ready, "all of it in a user namespace", &seen);
	check_says(&seen, "/proc: rw,nosuid,nodev,noexec,relatime - proc", "procfs there");
	check_says(&seen, "/sys: ro,nosuid,nodev,noexec,relatime - sysfs", "sysfs there");
	check_says(&seen, "/sys/fs/cgroup: ro,relatime - cgroup2", "the cgroup hierarchy there");
	check_says(&seen, "/dev/null: rw", "devices are the host's, bound");
	scene.spec.mounts.count--;
	scene.plan.new_namespaces &= ~(unsigned) (CLONE_NEWNET | CLONE_NEWCGROUP);
	scene.plan.cgroup.manager = CGROUP_MANAGER_DISABLED;
	scene_run(&scene, look_at_the_rest, &seen);
	check_says(&seen, "/sys: ro,nosuid,nodev,noexec,relatime - sysfs",
		   "without a network namespace of its own, the host's /sys");
	check(seen.ready && strstr(seen.said, "write to a sysfs file: ok") == NULL, "read-only",
	      &seen);
	check(seen.ready && strstr(seen.said, "write to a cgroup: ok") == NULL, "all the way down",
	      &seen);
	scene_end(&scene);
}

void test_mounts_elsewhere(void)
{
	propagation();
	without_a_cgroup_namespace();
	user_namespaces();
}
