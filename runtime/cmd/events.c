// SPDX-License-Identifier: Apache-2.0
/*
 * events: a container's numbers now and then, and each kill for want of memory as it happens; one JSON
 * object a line, until the container ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "cgroupfs/beneath.h"
#include "cgroupfs/events.h"
#include "cgroupfs/memory.h"
#include "runtime/base/emit.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/number.h"
#include "runtime/cmd/cmd.h"
#include "runtime/container.h"
#include "runtime/statistics.h"

#define DEFAULT_INTERVAL "5s" /* runc's */

static const struct option_row rows[] = {
	{ 0, "stats", OPTION_FLAG, offsetof(struct options, stats), NULL,
	  "print the numbers once, and end" },
	{ 0, "interval", OPTION_TEXT, offsetof(struct options, interval), "TIME",
	  "how often to print them (default " DEFAULT_INTERVAL ")" },
	{ 'h', "help", OPTION_FLAG, offsetof(struct options, help), NULL, "this help" },
	{ 0 },
};

struct observer {
	struct container *container;
	int rootfd;
	struct cgroup cgroup;
	bool own_network;
	int timer;
	int memory;    /* memory.events, whose poll(2) tells of changes; -1: no controller */
	int populated; /* cgroup.events, likewise */
	uint64_t kills;
};

static int print(struct emit *emit, struct err *err)
{
	const char *text = emit_text(emit);

	if (text == NULL)
		return err_set(err, ENOMEM, "events");
	if (puts(text) < 0 || fflush(stdout) != 0)
		return err_set(err, errno, "write to stdout");
	return 0;
}

static void begin_event(struct emit *emit, const struct observer *observer, const char *type)
{
	emit_open(emit, false);
	emit_object(emit, NULL);
	emit_string(emit, "type", type);
	emit_string(emit, "id", observer->container->state.id);
}

static int print_statistics(const struct observer *observer, struct err *err)
{
	const struct statistics_subject subject = { .cgroup = &observer->cgroup,
						    .state = &observer->container->state,
						    .own_network = observer->own_network };
	auto_emit struct emit emit = { 0 };

	begin_event(&emit, observer, "stats");
	statistics_emit(&subject, "data", &emit);
	emit_object_end(&emit);
	return print(&emit, err);
}

static int print_kill(const struct observer *observer, struct err *err)
{
	auto_emit struct emit emit = { 0 };

	begin_event(&emit, observer, "oom");
	emit_object_end(&emit);
	return print(&emit, err);
}

/* 0 as well where there is no controller, or no cgroup any more. */
static uint64_t kills_now(const struct observer *observer)
{
	struct memory_events events = { 0 };

	if (memory_events_read(observer->cgroup.dirfd, false, &events, NULL) < 0)
		return 0;
	return events.oom_kill;
}

static int check_running(const struct container *container, struct err *err)
{
	enum state_status status = container_status(container, NULL);

	if (status == STATUS_STOPPED || status == STATUS_CREATING)
		return err_say(err, ESRCH, "container not running: '%s' is %s", container->state.id,
			       state_status_name(status));
	return 0;
}

static int find_network(struct observer *observer, struct err *err)
{
	struct spec spec = { 0 };
	size_t i;
	int result = container_load_spec(observer->container, &spec, err);

	for (i = 0; result == 0 && i < spec.linux_config.namespaces.count; i++)
		if (spec.linux_config.namespaces.items[i].type == CLONE_NEWNET)
			observer->own_network = true;
	return result;
}

static int start_timer(struct observer *observer, const char *interval, struct err *err)
{
	struct itimerspec time = { 0 };
	uint64_t usec = 0;

	if (interval == NULL)
		interval = DEFAULT_INTERVAL;
	if (!number_duration(interval, &usec) || usec == 0)
		return err_say(err, EINVAL,
			       "events: --interval: '%s' is not a time above 0 (5s, 100ms)",
			       interval);
	time.it_value.tv_sec = time.it_interval.tv_sec = (time_t) (usec / 1000000);
	time.it_value.tv_nsec = time.it_interval.tv_nsec = (long) (usec % 1000000) * 1000;
	observer->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	if (observer->timer < 0 || timerfd_settime(observer->timer, 0, &time, NULL) < 0)
		return err_set(err, errno, "timer");
	return 0;
}

/* poll(2) tells of a change of a file since it was last read by this descriptor. */
static void arm(int fd)
{
	char bytes[512];

	if (fd >= 0 && pread(fd, bytes, sizeof(bytes), 0) < 0)
		return; /* the cgroup is gone: the end is seen by that */
}

static int begin(struct observer *observer, struct err *err)
{
	int dirfd = observer->cgroup.dirfd;

	observer->memory = beneath_file(dirfd, "memory.events", O_RDONLY);
	observer->populated = beneath_file(dirfd, "cgroup.events", O_RDONLY);
	if (observer->populated < 0)
		return err_set(err, -observer->populated, "cgroup.events");
	arm(observer->memory);
	arm(observer->populated);
	observer->kills = kills_now(observer);
	return 0;
}

static int tell_kills(struct observer *observer, struct err *err)
{
	uint64_t kills = kills_now(observer);
	int result = 0;

	for (; observer->kills < kills && result == 0; observer->kills++)
		result = print_kill(observer, err);
	return result;
}

/* One wait. 1: the container has ended. */
static int turn(struct observer *observer, struct err *err)
{
	struct pollfd slots[] = {
		{ .fd = observer->timer, .events = POLLIN },
		{ .fd = observer->memory, .events = POLLPRI },
		{ .fd = observer->populated, .events = POLLPRI },
	};
	uint64_t ticks;
	int result = 0;

	if (poll(slots, 3, -1) < 0)
		return errno == EINTR ? 0 : err_set(err, errno, "poll");
	arm(slots[1].revents != 0 ? observer->memory : -1);
	arm(slots[2].revents != 0 ? observer->populated : -1);
	/* Also when only the end was told: the kill that was it came before. */
	if (slots[1].revents != 0 || slots[2].revents != 0)
		result = tell_kills(observer, err);
	if (result < 0)
		return result;
	if (slots[2].revents != 0 && events_read(observer->cgroup.dirfd, "populated", NULL) <= 0)
		return 1;
	if (slots[0].revents == 0 || read(observer->timer, &ticks, sizeof(ticks)) < 0)
		return 0;
	return print_statistics(observer, err);
}

static int watch(struct observer *observer, const char *interval, struct err *err)
{
	int result = start_timer(observer, interval, err);

	if (result == 0)
		result = begin(observer, err);
	/* After the files are armed: an end in between is not missed. */
	if (result == 0)
		result = check_running(observer->container, err);
	while (result == 0)
		result = turn(observer, err);
	return result < 0 ? result : 0;
}

/* One that ends between the two is told as one that had ended before. */
static int open_running(struct observer *observer, struct err *err)
{
	const struct container *container = observer->container;
	int result = check_running(container, err);

	if (result == 0)
		result =
			container_open_cgroup(container, &observer->rootfd, &observer->cgroup, err);
	if (result == -ENOENT && check_running(container, err) < 0)
		return -ESRCH;
	return result;
}

static int run(struct call *call, struct err *err)
{
	auto_container struct container container = CONTAINER_NONE;
	struct observer observer = { .container = &container,
				     .rootfd = -1,
				     .cgroup = CGROUP_NONE,
				     .timer = -1,
				     .memory = -1,
				     .populated = -1 };
	int result = container_open(&container, call->root, call->options.arguments[0], false, err);

	if (result == 0)
		result = open_running(&observer, err);
	if (result == 0)
		result = find_network(&observer, err);
	if (result == 0)
		result = call->options.stats ? print_statistics(&observer, err)
					     : watch(&observer, call->options.interval, err);
	fd_close(&observer.timer);
	fd_close(&observer.memory);
	fd_close(&observer.populated);
	fd_close(&observer.rootfd);
	cgroup_close(&observer.cgroup);
	return result < 0 ? err_context(err, "events") : 0;
}

const struct command command_events = {
	.name = "events",
	.arguments = "ID",
	.summary = "print a container's numbers, and kills for want of memory, as JSON",
	.rows = rows,
	.arguments_min = 1,
	.arguments_max = 1,
	.run = run,
};
