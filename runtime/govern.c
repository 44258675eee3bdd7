// SPDX-License-Identifier: Apache-2.0
/*
 * One container under the governor.
 * Should: be all that a host of the governor has to know of it.
 * Must not: decide when to act: the governor does.
 */
#include "runtime/govern.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "cgroupfs/memory.h"
#include "runtime/base/arena.h"
#include "runtime/base/emit.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "runtime/base/number.h"
#include "runtime/base/text.h"
#include "runtime/container.h"
#include "runtime/governor/contract.h"
#include "runtime/governor/explain.h"
#include "runtime/host-exec.h"
#include "runtime/kept-plan.h"
#include "runtime/kept-policy.h"
#include "runtime/news.h"
#include "runtime/shed/shed.h"

/* The host's id for an id inside the container; unmapped ones stay as they are. */
static uint64_t host_id(const struct spec_id_maps *maps, uint64_t id)
{
	size_t i;

	for (i = 0; i < maps->count; i++) {
		const struct spec_id_map *map = &maps->items[i];

		if (id >= map->container_id && id - map->container_id < map->size)
			return map->host_id + (id - map->container_id);
	}
	return id;
}

int govern_make_contract(struct govern *govern, const struct container *container,
			 const struct plan *plan, struct err *err)
{
	uid_t uid = (uid_t) host_id(&plan->spec->linux_config.uid_mappings, plan->process.uid);
	gid_t gid = (gid_t) host_id(&plan->spec->linux_config.gid_mappings, plan->process.gid);

	if (mkdirat(container->dir, STATE_CONTRACT, 0755) < 0)
		return err_set(err, errno, "mkdir " STATE_CONTRACT);
	govern->contract = openat(container->dir, STATE_CONTRACT,
				  O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (govern->contract < 0)
		return err_set(err, errno, STATE_CONTRACT);
	/* The caller's umask must not take the right to read from the program. */
	if (fchmod(govern->contract, 0755) < 0)
		return err_set(err, errno, STATE_CONTRACT);
	if (!plan->memory.contract)
		return contract_publish_limit(govern->contract, plan->memory.limit_bytes, err);
	if (mkfifoat(govern->contract, "pressure", 0600) < 0 ||
	    fchownat(govern->contract, "pressure", uid, gid, AT_SYMLINK_NOFOLLOW) < 0)
		return err_set(err, errno, STATE_CONTRACT "/pressure");
	return 0;
}

/* What the container's process has: what the config says, or what it inherited. */
static int oom_score_adj(const struct plan *plan, const char *process)
{
	char path[64];
	char text[16];
	int64_t value = 0;

	if (plan->process.oom_score_adj_set)
		return plan->process.oom_score_adj;
	snprintf(path, sizeof(path), "/proc/%s/oom_score_adj", process);
	if (file_read_at(AT_FDCWD, path, text, sizeof(text), NULL) > 0) {
		text[strcspn(text, "\n")] = '\0';
		(void) number_i64(text, &value);
	}
	return (int) value;
}

/* *join is complete: with the plan of whoever created the container, or else with what is kept of it. */
static int complete(const struct govern *govern, struct kept_plan *kept, struct join *join,
		    struct err *err)
{
	char process[16];
	int result;

	*join = govern->join;
	if (join->plan != NULL)
		return 0;
	result = kept_plan_process(kept, govern->root_path, govern->governed.id, err);
	if (result < 0)
		return result;
	join->plan = &kept->plan;
	snprintf(process, sizeof(process), "%d", (int) govern->governed.init_pid);
	join->oom_score_adj = oom_score_adj(join->plan, process);
	return 0;
}

static int exec_action(void *context, const char *const words[], const char *const env[],
		       int *pidfd, struct err *err)
{
	auto_kept_plan struct kept_plan kept = KEPT_PLAN_NONE;
	struct join join;
	int result = complete(context, &kept, &join, err);

	return result < 0 ? result : join_exec(&join, words, env, pidfd, err);
}

static int host_exec_action(void *context, const char *const words[], const char *const env[],
			    int *pidfd, struct err *err)
{
	const struct govern *govern = context;

	return host_exec_start(&govern->join, words, env, pidfd, err);
}

static void annotate(void *context, struct emit *report)
{
	const struct govern *govern = context;

	policy_annotate(govern->container->dir, report);
}

static int call_inside(const struct govern *govern, const struct join_work *work, int *pidfd,
		       int *output, struct err *err)
{
	auto_kept_plan struct kept_plan kept = KEPT_PLAN_NONE;
	struct join join;
	int result = complete(govern, &kept, &join, err);

	return result < 0 ? result : join_call(&join, work, pidfd, output, err);
}

static int shed_action(void *context, int *pidfd, int *output, struct err *err)
{
	static const struct join_work work = { .function = shed_all };
	int result = call_inside(context, &work, pidfd, output, err);

	return result < 0 ? err_context(err, "shed") : 0;
}

static int dump_action(void *context, const char *directory, int *pidfd, int *output,
		       struct err *err)
{
	const struct join_work work = { dump_all, directory };
	int result = call_inside(context, &work, pidfd, output, err);

	return result < 0 ? err_context(err, "heap-dump") : 0;
}

static void over_action(void *context)
{
	const struct govern *govern = context;

	join_end(govern->join.cgroup_rootfd, govern->join.cgroup_path);
}

/* Whoever listens gets it, and nobody is waited for. */
static void send_event(void *context, const char *json)
{
	const struct govern *govern = context;
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	auto_fd int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int length = snprintf(address.sun_path, sizeof(address.sun_path), "%s/" STATE_EVENTS,
			      govern->root_path);

	if (fd >= 0 && length > 0 && (size_t) length < sizeof(address.sun_path))
		(void) sendto(fd, json, strlen(json), MSG_NOSIGNAL,
			      (const struct sockaddr *) &address, sizeof(address));
}

static void say_action(void *context, const char *line)
{
	const struct govern *govern = context;

	if (govern->speaks)
		fprintf(stderr, "weir: %s\n", line);
}

/* What cannot be read asks for none. */
uint64_t govern_config_high(const struct container *container)
{
	auto_text struct text text = { 0 };
	struct arena arena = { 0 };
	const struct json *json = NULL;
	uint64_t bytes = MEMORY_NO_LIMIT;

	if (file_load_at(container->dir, STATE_CONFIG_FILE, JSON_BYTES, &text, NULL) == 0 &&
	    json_parse(&arena, text_string(&text), text.length, &json, NULL) == 0) {
		json = json_member(json_member(json_member(json, "linux"), "resources"), "unified");
		json = json_member(json, "memory.high");
		if (json != NULL && json->type == JSON_STRING)
			(void) number_bytes(json->string, &bytes);
	}
	arena_free(&arena);
	return bytes;
}

static uint64_t changed_action(void *context)
{
	const struct govern *govern = context;

	news_take(govern->news);
	return govern_config_high(govern->container);
}

static int open_files(struct govern *govern, const struct container *container, struct err *err)
{
	govern->container = container;
	govern->root_path = container->root_path;
	govern->timeline = openat(container->dir, STATE_TIMELINE,
				  O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (govern->timeline < 0)
		return err_set(err, errno, STATE_TIMELINE);
	govern->recorder = openat(container->dir, STATE_RECORDER,
				  O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (govern->recorder < 0)
		return err_set(err, errno, STATE_RECORDER);
	govern->news = news_open(container->dir, err);
	return govern->news < 0 ? govern->news : 0;
}

static void describe(struct govern *govern, const struct govern_subject *subject)
{
	const struct state *state = &subject->container->state;

	govern->join = (struct join){ .plan = subject->plan,
				      .init_pidfd = subject->init_pidfd,
				      .cgroup_rootfd = subject->cgroup_rootfd,
				      .cgroup_path = subject->cgroup->path,
				      .host = subject->host_exec };
	/* Now: a keeper lowers its own. */
	if (subject->plan != NULL)
		govern->join.oom_score_adj = oom_score_adj(subject->plan, "self");
	govern->governed = (struct governed){
		.id = state->id,
		.cgroup_rootfd = subject->cgroup_rootfd,
		.cgroup = subject->cgroup,
		.init_pid = state->pid,
		.init_pidfd = subject->init_pidfd,
		.ladder = subject->ladder,
		.config_high_bytes = subject->config_high_bytes,
		.contract_dirfd = govern->contract,
		.timeline_fd = govern->timeline,
		.recorder_fd = govern->recorder,
		.stop_signal = subject->stop_signal,
		.changed_fd = govern->news,
		.changed = changed_action,
		.context = govern,
		.exec = exec_action,
		.host_exec = govern->join.host != NULL ? host_exec_action : NULL,
		.annotate = annotate,
		.shed = shed_action,
		.over = over_action,
		.dump = dump_action,
		.event = send_event,
		.say = say_action,
	};
}

int govern_begin(struct govern *govern, const struct govern_subject *subject, struct err *err)
{
	int result = open_files(govern, subject->container, err);

	if (result < 0)
		return result;
	describe(govern, subject);
	if (!govern->hosted)
		result = governor_open(&govern->governor, err);
	if (result == 0)
		result = governor_add(govern->governor, &govern->governed, err);
	/* The governor has it mapped. */
	fd_close(&govern->recorder);
	return result < 0 ? err_context(err, "memory governor") : 0;
}

int govern_guard(struct govern *govern, struct err *err)
{
	int result = governor_guard(govern->governor, err);

	return result < 0 ? err_context(err, "memory governor") : 0;
}

static int keep(const struct container *container, const char *json, struct err *err)
{
	auto_fd int reports = container_open_reports(container, err);
	auto_fd int marker = -1;
	int result;

	if (reports < 0)
		return reports;
	result = report_keep(reports, container->state.id, json, err);
	if (result < 0)
		return result;
	marker = openat(container->dir, STATE_EXPLAINED,
			O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	return marker < 0 ? err_set(err, errno, STATE_EXPLAINED) : 0;
}

int govern_finish(struct govern *govern, const struct container *container,
		  const struct ending *ending, struct text *report, struct err *err)
{
	auto_emit struct emit emit = { 0 };
	int result;

	emit_open(&emit, true);
	result = governor_finish(govern->governor, container->state.id, ending, &emit, err);
	if (result < 0)
		return err_context(err, "explain");
	if (emit_text(&emit) == NULL)
		return err_set(err, ENOMEM, "explain");
	if (report != NULL)
		text_add(report, emit_text(&emit));
	return keep(container, emit_text(&emit), err);
}

void govern_close(struct govern *govern)
{
	if (govern->governor != NULL && !govern->hosted)
		governor_close(govern->governor);
	govern->governor = NULL;
	fd_close(&govern->news);
	fd_close(&govern->timeline);
	fd_close(&govern->contract);
}
