// SPDX-License-Identifier: Apache-2.0
/*
 * sandbox: a memory-hungry program under a limit, without a bundle. Composes the spec that a
 * person would write for it and runs it in the foreground.
 */
#include "runtime/cmd/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/file.h"
#include "runtime/base/number.h"
#include "runtime/base/text.h"
#include "runtime/cmd/cmd.h"

static const struct option_row rows[] = {
	{ 'm', "memory", OPTION_TEXT, offsetof(struct options, memory), "SIZE",
	  "the memory limit (64M, 2G); required" },
	{ 0, "swap", OPTION_TEXT, offsetof(struct options, swap), "SIZE",
	  "swap it may use besides (default 0)" },
	{ 0, "ladder", OPTION_TEXT, offsetof(struct options, ladder), "SPEC",
	  "memory ladder, or a preset: graceful" },
	{ 0, "align", OPTION_TEXT, offsetof(struct options, align), "auto|off|LIST",
	  "tell language runtimes the limit (go=0.9,jvm=75)" },
	{ 0, "memory-policy", OPTION_TEXT, offsetof(struct options, memory_policy), "FILE",
	  "one more file of memory policies" },
	{ 0, "report", OPTION_TEXT, offsetof(struct options, report), "FILE",
	  "write the report as JSON" },
	{ 't', "timeout", OPTION_TEXT, offsetof(struct options, timeout), "TIME",
	  "end it after TIME (30s, 5m); exit status 124" },
	{ 0, "rootfs", OPTION_TEXT, offsetof(struct options, rootfs), "DIR",
	  "its root (default: the host's, read-only)" },
	{ 0, "network", OPTION_TEXT, offsetof(struct options, network), "none|host",
	  "its network (default none: loopback alone)" },
	{ 'h', "help", OPTION_FLAG, offsetof(struct options, help), NULL, "this help" },
	{ 0 },
};

/* What an ordinary root process needs for its own files and children; no more. */
static const char *capability_words[] = {
	"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID",
	"CAP_KILL",  "CAP_SETGID",	 "CAP_SETUID", NULL,
};

static const char *proc_options[] = { "nosuid", "noexec", "nodev", NULL };
static const char *dev_options[] = { "nosuid", "noexec", "mode=755", "size=64k", NULL };
static const char *pts_options[] = { "nosuid",	      "noexec",	   "newinstance",
				     "ptmxmode=0666", "mode=0620", NULL };
static const char *tmp_options[] = { "nosuid", "nodev", "mode=1777", NULL };
static const char *run_options[] = { "nosuid", "nodev", "mode=755", NULL };
static const char *sys_options[] = { "nosuid", "noexec", "nodev", "ro", NULL };
static const char *all_readonly[] = { "remount", "rro", NULL };
static const char *view_options[] = { "rbind", "rro", NULL };

#define WORDS(array)                                                                               \
	{                                                                                          \
		array, sizeof(array) / sizeof((array)[0]) - 1                                      \
	}

/* In the order mounted; a spare place at the end is for the working directory. */
#define MOUNT_COUNT 9
static const struct spec_mount mounts[MOUNT_COUNT] = {
	{ .destination = "/", .type = "none", .options = WORDS(all_readonly) },
	{ .destination = "/proc",
	  .type = "proc",
	  .source = "proc",
	  .options = WORDS(proc_options) },
	{ .destination = "/dev",
	  .type = "tmpfs",
	  .source = "tmpfs",
	  .options = WORDS(dev_options) },
	{ .destination = "/dev/pts",
	  .type = "devpts",
	  .source = "devpts",
	  .options = WORDS(pts_options) },
	{ .destination = "/dev/shm",
	  .type = "tmpfs",
	  .source = "shm",
	  .options = WORDS(tmp_options) },
	{ .destination = "/sys",
	  .type = "sysfs",
	  .source = "sysfs",
	  .options = WORDS(sys_options) },
	{ .destination = "/run",
	  .type = "tmpfs",
	  .source = "tmpfs",
	  .options = WORDS(run_options) },
	{ .destination = "/tmp",
	  .type = "tmpfs",
	  .source = "tmpfs",
	  .options = WORDS(tmp_options) },
};

static const char *masked_words[] = { "/proc/acpi",	     "/proc/kcore",	  "/proc/keys",
				      "/proc/latency_stats", "/proc/sched_debug", "/proc/scsi",
				      "/proc/timer_list",    "/sys/firmware",	  NULL };
static const char *readonly_words[] = { "/proc/bus",	       "/proc/fs", "/proc/irq", "/proc/sys",
					"/proc/sysrq-trigger", NULL };

static struct spec_namespace namespaces[] = {
	{ .type = CLONE_NEWNS },  { .type = CLONE_NEWPID },    { .type = CLONE_NEWIPC },
	{ .type = CLONE_NEWUTS }, { .type = CLONE_NEWCGROUP }, { .type = CLONE_NEWNET },
};

static int read_size(const char *option, const char *word, int64_t *bytes, struct err *err)
{
	uint64_t parsed;

	if (!number_bytes(word, &parsed) || parsed > INT64_MAX / 2)
		return err_say(err, EINVAL, "%s: '%s' is not a size (64M, 2G)", option, word);
	*bytes = (int64_t) parsed;
	return 0;
}

static int compose_memory(struct call *call, struct spec *spec, struct err *err)
{
	struct spec_resources *resources = arena_alloc(&call->arena, sizeof(*resources));
	struct spec_memory *memory = arena_alloc(&call->arena, sizeof(*memory));
	int64_t swap = 0;
	int result;

	if (resources == NULL || memory == NULL)
		return err_set(err, ENOMEM, "compose");
	if (call->options.memory == NULL)
		return err_say(err, EINVAL, "--memory SIZE is required");
	/* Without a cgroup there is no limit, and a sandbox without its limit is none. */
	if (call->manager == CGROUP_MANAGER_DISABLED)
		return err_say(err, EINVAL,
			       "--memory needs a cgroup, and the cgroup manager is disabled");
	result = read_size("--memory", call->options.memory, &memory->limit.value, err);
	if (result == 0 && memory->limit.value == 0)
		return err_say(err, EINVAL, "--memory: 0 is no room for a program");
	if (result == 0 && call->options.swap != NULL)
		result = read_size("--swap", call->options.swap, &swap, err);
	memory->limit.set = memory->swap.set = true;
	memory->swap.value = memory->limit.value + swap;
	resources->memory = memory;
	spec->linux_config.resources = resources;
	return result;
}

static int compose_network(const struct call *call, struct spec *spec, struct err *err)
{
	const char *network = call->options.network != NULL ? call->options.network : "none";
	size_t count = sizeof(namespaces) / sizeof(namespaces[0]);

	if (strcmp(network, "none") != 0 && strcmp(network, "host") != 0)
		return err_say(err, EINVAL, "--network: unknown network '%s' (none or host)",
			       network);
	spec->linux_config.namespaces.items = namespaces;
	spec->linux_config.namespaces.count = strcmp(network, "host") == 0 ? count - 1 : count;
	return 0;
}

/* systemd (254 and later) gives each service these two: the pressure of the caller's own cgroup, at a path
 * that the sandbox does not have. What else somebody has set there is his wish. */
static bool is_callers_pressure(const char *variable)
{
	return text_starts(variable, "MEMORY_PRESSURE_WATCH=/sys/") ||
	       text_starts(variable, "MEMORY_PRESSURE_WATCH=/proc/") ||
	       text_starts(variable, "MEMORY_PRESSURE_WRITE=");
}

/* The program's environment is the caller's. */
static int take_environment(struct call *call, struct spec_strings *env, struct err *err)
{
	size_t count = 0;
	size_t i;

	while (environ[count] != NULL)
		count++;
	env->items = arena_array(&call->arena, count + 1, sizeof(*env->items));
	if (env->items == NULL)
		return err_set(err, ENOMEM, "compose");
	for (i = 0; i < count; i++)
		if (!is_callers_pressure(environ[i]))
			env->items[env->count++] = environ[i];
	return 0;
}

static int compose_process(struct call *call, struct spec *spec, const char *cwd, struct err *err)
{
	struct spec_process *process = arena_alloc(&call->arena, sizeof(*process));
	struct spec_capabilities *sets = arena_alloc(&call->arena, sizeof(*sets));
	struct spec_strings words = WORDS(capability_words);

	if (process == NULL || sets == NULL)
		return err_set(err, ENOMEM, "compose");
	sets->bounding = sets->permitted = sets->effective = words;
	process->capabilities = sets;
	process->no_new_privileges = true;
	process->cwd = cwd;
	process->args.items = (const char **) (uintptr_t) call->options.arguments;
	process->args.count = call->options.argument_count;
	process->user.uid = 0;
	process->user.gid = 0;
	spec->process = process;
	return take_environment(call, &process->env, err);
}

/* A private /tmp and /run hide what the program is run from: the working directory is seen all
 * the same, read-only, where it was. */
static int compose_mounts(struct call *call, struct spec *spec, const char *cwd, struct err *err)
{
	struct spec_mount *all = arena_array(&call->arena, MOUNT_COUNT, sizeof(*all));
	bool own_root = call->options.rootfs != NULL;
	size_t first = own_root ? 1 : 0;
	size_t count = MOUNT_COUNT - 1 - first;

	if (all == NULL)
		return err_set(err, ENOMEM, "compose");
	memcpy(all, mounts + first, count * sizeof(*all));
	if (!own_root && (text_starts(cwd, "/tmp/") || text_starts(cwd, "/run/"))) {
		all[count] = (struct spec_mount){ .destination = cwd,
						  .type = "none",
						  .source = cwd,
						  .options = WORDS(view_options) };
		count++;
	}
	spec->mounts.items = all;
	spec->mounts.count = count;
	spec->linux_config.masked_paths = (struct spec_strings) WORDS(masked_words);
	spec->linux_config.readonly_paths = (struct spec_strings) WORDS(readonly_words);
	spec->root.path = own_root ? call->options.rootfs : "/";
	return 0;
}

static int compose(struct call *call, const char *here, struct spec *spec, struct err *err)
{
	const char *cwd = call->options.rootfs != NULL ? "/" : here;
	int result = compose_memory(call, spec, err);

	if (result == 0)
		result = compose_network(call, spec, err);
	if (result == 0)
		result = compose_process(call, spec, cwd, err);
	if (result == 0)
		result = compose_mounts(call, spec, cwd, err);
	spec->hostname = "sandbox";
	return result;
}

static const char *fresh_id(struct call *call)
{
	uint32_t number = 0;

	if (getrandom(&number, sizeof(number), 0) != (ssize_t) sizeof(number))
		return NULL;
	return arena_printf(&call->arena, "sandbox-%d-%08x", (int) getpid(), number);
}

/* Where the report will go. It is opened before the program runs: that it cannot be written is told
 * while nothing has happened yet. */
struct report_file {
	const char *path; /* NULL: no report was asked for */
	int fd;
	bool made; /* by us: taken away again when there is no report */
};

static int open_report(struct report_file *file, struct err *err)
{
	const int flags = O_WRONLY | O_CLOEXEC | O_NOCTTY;

	if (file->path == NULL)
		return 0;
	file->fd = open(file->path, flags | O_CREAT | O_EXCL, 0644);
	file->made = file->fd >= 0;
	if (file->fd < 0 && errno == EEXIST)
		file->fd = open(file->path, flags | O_TRUNC);
	return file->fd < 0 ? err_set(err, errno, "--report %s", file->path) : 0;
}

static int close_report(struct report_file *file, const struct text *report, struct err *err)
{
	int result = 0;

	if (file->fd < 0)
		return 0;
	if (report->length > 0)
		result = fd_write_full(file->fd, text_string(report), report->length);
	else if (file->made)
		(void) unlink(file->path);
	fd_close(&file->fd);
	return result < 0 ? err_set(err, -result, "--report %s", file->path) : 0;
}

static int compose_and_run(struct call *call, struct text *report, struct err *err)
{
	auto_bundle struct bundle bundle = { 0 };
	auto_free char *here = getcwd(NULL, 0);
	const char *id = fresh_id(call);
	int result;

	if (here == NULL || id == NULL)
		return err_set(err, errno, "working directory and name");
	result = compose(call, here, &bundle.spec, err);
	if (result == 0)
		result = sandbox_config(&bundle.spec, &bundle.config, err);
	if (result == 0)
		result = bundle_plan(call, id, here, &bundle, err);
	if (result == 0)
		result = foreground_run(call, id, &bundle, report, err);
	return result;
}

static int run(struct call *call, struct err *err)
{
	struct report_file file = { .path = call->options.report, .fd = -1 };
	auto_text struct text report = { 0 };
	int result = open_report(&file, err);
	int closed;

	if (result == 0)
		result = compose_and_run(call, &report, err);
	/* The first error is the one to tell. */
	closed = close_report(&file, &report, result < 0 ? NULL : err);
	if (result == 0)
		result = closed;
	return result < 0 ? err_context(err, "sandbox") : 0;
}

const struct command command_sandbox = {
	.name = "sandbox",
	.arguments = "[--] PROGRAM [ARGUMENTS]",
	.summary = "run a program under a memory limit, without a bundle",
	.rows = rows,
	.arguments_min = 1,
	.takes_program = true,
	.needs_kernel = true,
	.enters = true,
	.run = run,
};
