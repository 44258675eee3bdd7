// SPDX-License-Identifier: Apache-2.0
/*
 * A container without a launcher (scene.h).
 * Should: do exactly what runtime/child.c does, less the conversation with a parent.
 * Must not: touch the host outside its temporary directory.
 */
#include "tests/integration/scene.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/file.h"
#include "runtime/base/text.h"
#include "runtime/setup/setup.h"
#include "tests/integration/scene-report.h"

/* The ids of a user namespace's root, as the host sees them. */
#define MAPPED_ROOT 100000
#define MAP	    "0 100000 65536\n"

#define PATH_ROOM 4096

/* ---- the child ---- */

static int find_program(struct setup *setup, struct err *err)
{
	char path[PATH_ROOM];
	int result;

	if (setup->plan->process.argv == NULL)
		return 0;
	result = setup_find_executable(setup, path, sizeof(path), err);
	if (result == 0)
		say("executable: %s\n", path);
	return result;
}

/* In the order of runtime/child.c. */
static int (*const steps[])(struct setup *, struct err *) = {
	setup_namespaces,
	setup_rootfs,
	setup_private_proc,
	setup_loopback,
	setup_mounts,
	setup_devices,
	setup_sysctl,
	setup_readonly_paths,
	setup_masked_paths,
	setup_readonly_root,
	setup_pivot,
	setup_hostname,
	setup_keyring,
	setup_limits,
	setup_working_directory,
	setup_identity,
	setup_working_directory,
	find_program,
	setup_verify,
	setup_seccomp,
};

static int run_steps(const struct plan *plan, struct err *err)
{
	struct setup setup;
	int result = setup_open(&setup, plan, err);
	size_t i;

	for (i = 0; i < sizeof(steps) / sizeof(steps[0]) && result == 0; i++)
		result = steps[i](&setup, err);
	setup_close(&setup);
	return result;
}

static _Noreturn void child(const struct scene *scene, int ready, void (*probe)(void))
{
	struct err err = { 0 };
	char byte;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	umask(022);
	/* The id maps are written. */
	if (read(ready, &byte, 1) != 1)
		_exit(2);
	if (scene->user_namespace && (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0))
		_exit(2);
	if (run_steps(&scene->plan, &err) < 0) {
		say("error: %s", err.text);
		_exit(1);
	}
	if (probe != NULL)
		probe();
	_exit(0);
}

static void write_maps(pid_t pid)
{
	char path[64];
	struct err err = { 0 };

	snprintf(path, sizeof(path), "/proc/%d/uid_map", pid);
	if (file_write_at(AT_FDCWD, path, MAP, &err) < 0)
		scene_give_up(err.text);
	snprintf(path, sizeof(path), "/proc/%d/gid_map", pid);
	if (file_write_at(AT_FDCWD, path, MAP, &err) < 0)
		scene_give_up(err.text);
}

static pid_t clone_child(struct scene *scene, int ready, void (*probe)(void))
{
	struct clone_args args = { .exit_signal = SIGCHLD,
				   .flags = scene->plan.new_namespaces &
					    ~(unsigned) CLONE_NEWCGROUP };
	pid_t pid = (pid_t) syscall(SYS_clone3, &args, sizeof(args));

	if (pid < 0)
		scene_give_up("clone3");
	if (pid == 0)
		child(scene, ready, probe);
	return pid;
}

static int own_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void) status;
	(void) type;
	(void) walk;
	return lchown(path, MAPPED_ROOT, MAPPED_ROOT);
}

static void plan_the_rest(struct scene *scene)
{
	auto_text struct text warnings = { 0 };
	const struct plan_request request = { .arena = &scene->arena,
					      .spec = &scene->spec,
					      .bundle = scene->base,
					      .warnings = &warnings };
	struct err err = { 0 };

	scene->plan.rootfs = scene->root;
	scene->plan.mount_count = 0;
	scene->plan.device_count = 0;
	if (scene->user_namespace) {
		scene->plan.new_namespaces |= CLONE_NEWUSER;
		scene->plan.uid_map = MAP;
		scene->plan.becomes_root = true;
		if (nftw(scene->root, own_entry, 16, FTW_PHYS) < 0)
			scene_give_up("chown");
	}
	if (plan_mounts(&request, &scene->plan, &err) < 0 ||
	    plan_devices(&scene->arena, &scene->spec, &scene->plan, &err) < 0)
		scene_give_up(err.text);
}

static void judge(struct seen *seen, int status)
{
	const char *error = strstr(seen->said, "error: ");

	seen->ready = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	if (seen->ready)
		return;
	if (error != NULL)
		snprintf(seen->error, sizeof(seen->error), "%s", error + strlen("error: "));
	else
		snprintf(seen->error, sizeof(seen->error), "the child ended with status %#x",
			 (unsigned) status);
}

void scene_run(struct scene *scene, void (*probe)(void), struct seen *seen)
{
	int ready[2];
	int voice[2];
	ssize_t length;
	int status;
	pid_t pid;

	*seen = (struct seen){ 0 };
	plan_the_rest(scene);
	fflush(stdout);
	if (pipe2(ready, O_CLOEXEC) < 0 || pipe2(voice, O_CLOEXEC) < 0)
		scene_give_up("pipe");
	report_speech = voice[1];
	pid = clone_child(scene, ready[0], probe);
	close(voice[1]);
	if (scene->user_namespace)
		write_maps(pid);
	if (write(ready[1], "x", 1) != 1)
		scene_give_up("write");
	length = fd_read_full(voice[0], seen->said, sizeof(seen->said) - 1);
	seen->said[length > 0 ? length : 0] = '\0';
	close(voice[0]);
	close(ready[0]);
	close(ready[1]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	judge(seen, status);
}

/* ---- the scene ---- */

void scene_write(const char *folder, const char *path, const char *content)
{
	char whole[PATH_ROOM];
	auto_fd int fd = -1;

	snprintf(whole, sizeof(whole), "%s/%s", folder, path);
	fd = open(whole, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || fd_write_full(fd, content, strlen(content)) < 0)
		scene_give_up(whole);
}

static void make_folder(const char *folder, const char *path, mode_t mode)
{
	char whole[PATH_ROOM];

	snprintf(whole, sizeof(whole), "%s/%s", folder, path);
	if (mkdir(whole, mode) < 0 || chmod(whole, mode) < 0)
		scene_give_up(whole);
}

void scene_folder(struct scene *scene, const char *path, mode_t mode)
{
	make_folder(scene->root, path, mode);
}

void scene_remove(struct scene *scene, const char *path)
{
	char whole[PATH_ROOM];
	struct err err = { 0 };

	snprintf(whole, sizeof(whole), "%s/%s", scene->root, path);
	if (file_remove_tree_at(AT_FDCWD, whole, &err) < 0)
		scene_give_up(err.text);
}

void scene_link(struct scene *scene, const char *target, const char *path)
{
	char whole[PATH_ROOM];

	scene_remove(scene, path);
	snprintf(whole, sizeof(whole), "%s/%s", scene->root, path);
	if (symlink(target, whole) < 0)
		scene_give_up(whole);
}

static void fill_root(const struct scene *scene)
{
	static const char *const folders[] = { "bin", "dev", "etc", "proc",
					       "run", "sys", "mnt", "opt" };
	char program[PATH_ROOM];
	size_t i;

	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		make_folder(scene->root, folders[i], 0755);
	make_folder(scene->root, "tmp", 01777);
	scene_write(scene->root, "etc/hosts", "image\n");
	scene_write(scene->root, "etc/other", "other\n");
	/* To be found, not to be run. */
	scene_write(scene->root, "bin/program", "#!/bin/false\n");
	snprintf(program, sizeof(program), "%s/bin/program", scene->root);
	if (chmod(program, 0755) < 0)
		scene_give_up(program);
}

void scene_begin(struct scene *scene)
{
	*scene = (struct scene){ 0 };
	snprintf(scene->base, sizeof(scene->base), "/tmp/weir-setup-XXXXXX");
	if (mkdtemp(scene->base) == NULL || chmod(scene->base, 0755) < 0)
		scene_give_up("mkdtemp");
	snprintf(scene->root, sizeof(scene->root), "%s/root", scene->base);
	snprintf(scene->canary, sizeof(scene->canary), "%s/canary", scene->base);
	make_folder(scene->base, "root", 0755);
	make_folder(scene->base, "canary", 0755);
	make_folder(scene->canary, "inner", 0755);
	scene_write(scene->canary, "secret", "untouched\n");
	fill_root(scene);
	report_remember_canary(scene);
	scene->spec.mounts.items = arena_array(&scene->arena, 32, sizeof(struct spec_mount));
	scene->plan.masked_paths.items = arena_array(&scene->arena, 32, sizeof(char *));
	scene->plan.readonly_paths.items = arena_array(&scene->arena, 32, sizeof(char *));
	scene->plan.id = "test";
	scene->plan.new_namespaces = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC |
				     CLONE_NEWUTS | CLONE_NEWCGROUP;
	scene->plan.process.cwd = "/";
	scene->plan.process.capabilities = (struct plan_capabilities){ .effective = ~0ULL,
								       .permitted = ~0ULL,
								       .bounding = ~0ULL };
}

void scene_end(struct scene *scene)
{
	struct err err = { 0 };

	report_check_canary(scene);
	if (file_remove_tree_at(AT_FDCWD, scene->base, &err) < 0)
		scene_give_up(err.text);
	arena_free(&scene->arena);
}

void scene_mount(struct scene *scene, const char *destination, const char *type, const char *source,
		 const char *options)
{
	struct spec_mount *mount = &scene->spec.mounts.items[scene->spec.mounts.count++];
	const char **words = arena_array(&scene->arena, 2, sizeof(*words));

	if (words == NULL)
		scene_give_up("memory");
	words[0] = options;
	*mount = (struct spec_mount){
		.destination = destination, .type = type, .source = source, .options = { words, 1 }
	};
}

void scene_mount_defaults(struct scene *scene)
{
	scene_mount(scene, "/proc", "proc", "proc", "nosuid,noexec,nodev");
	scene_mount(scene, "/dev", "tmpfs", "tmpfs", "nosuid,strictatime,mode=755,size=65536k");
	scene_mount(scene, "/dev/pts", "devpts", "devpts",
		    "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5");
	scene_mount(scene, "/sys", "sysfs", "sysfs", "nosuid,noexec,nodev,ro");
}

void scene_mask(struct scene *scene, const char *path)
{
	scene->plan.masked_paths.items[scene->plan.masked_paths.count++] = path;
}

void scene_readonly(struct scene *scene, const char *path)
{
	scene->plan.readonly_paths.items[scene->plan.readonly_paths.count++] = path;
}

/* ---- the program ---- */

static char mounts_before[65536];
static char mounts_after[sizeof(mounts_before)];

static void read_mounts(char *text)
{
	if (file_read_at(AT_FDCWD, "/proc/self/mounts", text, sizeof(mounts_before), NULL) < 0)
		scene_give_up("/proc/self/mounts");
}

void scene_prepare(void)
{
	if (geteuid() != 0)
		scene_give_up("needs root");
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL) < 0)
		scene_give_up("a mount namespace");
	read_mounts(mounts_before);
}

int scene_done(void)
{
	struct seen seen = { 0 };
	size_t same = 0;

	read_mounts(mounts_after);
	while (mounts_before[same] != '\0' && mounts_before[same] == mounts_after[same])
		same++;
	snprintf(seen.said, sizeof(seen.said), "%.8000s", mounts_after + same);
	check(strcmp(mounts_before, mounts_after) == 0,
	      "no mount of any container came out into a host whose mounts are shared", &seen);
	return report_end();
}
