// SPDX-License-Identifier: Apache-2.0
/*
 * `weir governor`: the loop.
 * Should: serve the governor before whoever asks, and outlive whatever is wrong with one container.
 * Must not: wake up for nothing, or keep anybody waiting who creates a container.
 */
#include "runtime/service/service.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cgroupfs/cgroup.h"
#include "runtime/base/clock.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/file.h"
#include "runtime/container.h"
#include "runtime/governor/governor.h"
#include "runtime/host.h"
#include "runtime/log.h"
#include "runtime/news.h"
#include "runtime/service/hosted.h"

#define OOM_SCORE_ADJ "-900" /* as the keeper's */
#define CONNECTIONS   64     /* at a time; more wait in the backlog */
#define PEER_USEC     500000 /* for which a peer may say nothing */
/* A container whose create had asked one that was killed meanwhile is in no state to be picked up: once
 * more, when every create of that time is over. */
#define SECOND_LOOK_USEC 10000000

enum slot { SLOT_GOVERNOR, SLOT_LISTENER, SLOT_SIGNALS, SLOT_FIRST_PEER };

struct service {
	struct hosting hosting;
	const struct log *log;
	int lock;
	int listener;
	int signals;
	struct pollfd slots[SLOT_FIRST_PEER + CONNECTIONS];
	uint64_t deadlines[CONNECTIONS];
	uint64_t second_look_usec; /* 0: done */
	bool ends;
};

/* What is as it should be: for the journal, and whoever watches. */
__attribute__((format(printf, 2, 3))) static void tell(const struct service *service,
						       const char *format, ...)
{
	va_list args;

	if (!service->hosting.speaks)
		return;
	va_start(args, format);
	fputs("weir: governor: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
}

static void complain(const struct service *service, const char *id, const struct err *err)
{
	char line[ERR_TEXT_SIZE + NAME_MAX + 32];

	snprintf(line, sizeof(line), "governor: container '%s': %s", id, err->text);
	log_warnings(service->log, line);
}

static void tell_count(const struct service *service)
{
	char state[64];

	snprintf(state, sizeof(state), "STATUS=Governing %zu containers", service->hosting.count);
	service_notify(state);
}

/* ---- who is there already ---- */

static bool is_orphan(const struct container *container)
{
	const struct state *state = &container->state;

	return state->ladder[0] != '\0' && !state->creating &&
	       container_status(container, NULL) != STATUS_STOPPED && !news_heard(container->dir);
}

/* One that cannot be governed is reported, and the others are all the same. */
static int pick_up(void *context, const char *id, struct err *err)
{
	auto_container struct container container = CONTAINER_NONE;
	struct service *service = context;
	struct err own = { 0 };

	(void) err;
	if (hosted_has(&service->hosting, id))
		return 0;
	if (container_open(&container, service->hosting.root_path, id, false, &own) < 0) {
		if (own.number != ENOENT)
			complain(service, id, &own);
		return 0;
	}
	if (!is_orphan(&container))
		return 0;
	if (hosted_begin(&service->hosting, id, true, &own) < 0)
		complain(service, id, &own);
	else
		tell(service, "'%s' had no governor; it has again", id);
	return 0;
}

static int pick_all_up(struct service *service, struct err *err)
{
	auto_container struct container root = CONTAINER_NONE;
	int result = container_find_root(&root, service->hosting.root_path, err);

	if (result == 0)
		result = container_for_each(&root, pick_up, service, err);
	tell_count(service);
	return result;
}

/* ---- who asks ---- */

static void close_peer(struct service *service, size_t index)
{
	fd_close(&service->slots[SLOT_FIRST_PEER + index].fd);
}

static void serve_peer(struct service *service, size_t index)
{
	int connection = service->slots[SLOT_FIRST_PEER + index].fd;
	char id[SERVICE_REQUEST_ROOM] = "?";
	enum service_verb verb = SERVICE_HOSTS;
	struct err err = { 0 };
	int result = service_read_request(connection, &verb, id, &err);
	bool begun = false;

	if (result == 0 && verb == SERVICE_GOVERN) {
		result = hosted_begin(&service->hosting, id, false, &err) < 0 ? -err.number : 1;
		begun = result > 0;
	} else if (result == 0) {
		result = hosted_has(&service->hosting, id);
	}
	if (result < 0)
		complain(service, id, &err);
	/* Who is not told has it governed by a keeper by now. */
	if (service_answer(connection, result, &err) < 0 && begun)
		hosted_abandon(&service->hosting, id);
	else if (begun)
		tell(service, "'%s' is governed", id);
	close_peer(service, index);
	if (begun)
		tell_count(service);
}

static size_t free_place(const struct service *service)
{
	size_t i = 0;

	while (i < CONNECTIONS && service->slots[SLOT_FIRST_PEER + i].fd >= 0)
		i++;
	return i;
}

static void take_peers(struct service *service)
{
	size_t place;

	while ((place = free_place(service)) < CONNECTIONS) {
		int fd = accept4(service->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd < 0)
			return;
		service->slots[SLOT_FIRST_PEER + place].fd = fd;
		service->deadlines[place] = clock_monotonic_usec() + PEER_USEC;
	}
}

/* ---- the loop ---- */

static int patience_msec(const struct service *service)
{
	uint64_t due = service->second_look_usec > 0 ? service->second_look_usec : UINT64_MAX;
	uint64_t now = clock_monotonic_usec();
	size_t i;

	for (i = 0; i < CONNECTIONS; i++)
		if (service->slots[SLOT_FIRST_PEER + i].fd >= 0 && service->deadlines[i] < due)
			due = service->deadlines[i];
	if (due == UINT64_MAX)
		return -1;
	return due > now ? (int) ((due - now) / 1000) + 1 : 0;
}

static void serve_time(struct service *service)
{
	uint64_t now = clock_monotonic_usec();
	struct err err = { 0 };
	size_t i;

	for (i = 0; i < CONNECTIONS; i++)
		if (service->slots[SLOT_FIRST_PEER + i].fd >= 0 && service->deadlines[i] <= now)
			close_peer(service, i);
	if (service->second_look_usec == 0 || service->second_look_usec > now)
		return;
	service->second_look_usec = 0;
	if (pick_all_up(service, &err) < 0)
		log_warnings(service->log, err.text);
}

static void reap(struct service *service)
{
	char id[NAME_MAX + 1] = "?";
	struct err err = { 0 };
	bool any = false;
	int result;

	while ((result = hosted_reap(&service->hosting, id, &err)) != 0) {
		any = true;
		if (result < 0)
			complain(service, id, &err);
		else
			tell(service, "'%s' has ended", id);
		err_clear(&err);
	}
	if (any)
		tell_count(service);
}

static int turn(struct service *service, struct err *err)
{
	struct pollfd *slots = service->slots;
	struct signalfd_siginfo info;
	size_t i;

	/* Without a place, whoever else comes waits in the backlog. */
	slots[SLOT_LISTENER].fd = free_place(service) < CONNECTIONS ? service->listener : -1;
	if (poll(slots, SLOT_FIRST_PEER + CONNECTIONS, patience_msec(service)) < 0)
		return errno == EINTR ? 0 : err_set(err, errno, "poll");
	if (slots[SLOT_GOVERNOR].revents != 0 &&
	    governor_dispatch(service->hosting.governor, err) < 0)
		return -err->number;
	reap(service);
	if (slots[SLOT_SIGNALS].revents != 0 &&
	    read(service->signals, &info, sizeof(info)) == (ssize_t) sizeof(info))
		service->ends = true;
	for (i = 0; i < CONNECTIONS; i++)
		if (slots[SLOT_FIRST_PEER + i].fd >= 0 && slots[SLOT_FIRST_PEER + i].revents != 0)
			serve_peer(service, i);
	if (slots[SLOT_LISTENER].fd >= 0 && slots[SLOT_LISTENER].revents != 0)
		take_peers(service);
	serve_time(service);
	return 0;
}

/* ---- beginning ---- */

/* Ten descriptors a container; with CAP_SYS_RESOURCE that many, else as many as we may have. */
#define DESCRIPTORS (12 * GOVERNOR_CGROUPS)

static void raise_limits(void)
{
	const struct rlimit no_core = { 0, 0 };
	struct rlimit files;

	(void) setrlimit(RLIMIT_CORE, &no_core);
	if (getrlimit(RLIMIT_NOFILE, &files) < 0)
		return;
	if (files.rlim_max < DESCRIPTORS) {
		const struct rlimit more = { DESCRIPTORS, DESCRIPTORS };

		if (setrlimit(RLIMIT_NOFILE, &more) == 0)
			return;
	}
	files.rlim_cur = files.rlim_max;
	(void) setrlimit(RLIMIT_NOFILE, &files);
}

static int become_service(struct err *err)
{
	if (chdir("/") < 0)
		return err_set(err, errno, "/");
	(void) signal(SIGPIPE, SIG_IGN);
	(void) signal(SIGHUP, SIG_IGN);
	raise_limits();
	(void) prctl(PR_SET_NAME, "weir-governor");
	(void) prctl(PR_SET_DUMPABLE, 0);
	(void) file_write_at(AT_FDCWD, "/proc/self/oom_score_adj", OOM_SCORE_ADJ, NULL);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_set(err, errno, "PR_SET_NO_NEW_PRIVS");
	return 0;
}

static int catch_signals(struct service *service, struct err *err)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return err_set(err, errno, "signals");
	service->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return service->signals < 0 ? err_set(err, errno, "signalfd") : 0;
}

static int begin(struct service *service, struct err *err)
{
	auto_container struct container root = CONTAINER_NONE;
	struct hosting *hosting = &service->hosting;
	int result = container_open_root(&root, hosting->root_path, err);

	if (result < 0)
		return result;
	hosting->rootfd = take_fd(&root.root);
	result = service_listen(hosting->rootfd, &service->lock, &service->listener, err);
	if (result == 0)
		result = cgroup_root_open(HOST_CGROUP_MOUNT, &hosting->cgroup_rootfd, err);
	if (result == 0)
		result = become_service(err);
	if (result == 0)
		result = catch_signals(service, err);
	if (result == 0)
		result = governor_open(&hosting->governor, err);
	/* Before there is anything to undo: it is small, and gets the rest as it comes. */
	if (result == 0)
		result = governor_guard(hosting->governor, err);
	if (result < 0)
		return result;
	service->slots[SLOT_GOVERNOR].fd = governor_fd(hosting->governor);
	service->slots[SLOT_SIGNALS].fd = service->signals;
	service->second_look_usec = clock_monotonic_usec() + SECOND_LOOK_USEC;
	return pick_all_up(service, err);
}

static void end(struct service *service)
{
	size_t i;

	service_notify("STOPPING=1");
	hosted_end(&service->hosting);
	for (i = 0; i < CONNECTIONS; i++)
		close_peer(service, i);
	if (service->listener >= 0)
		(void) unlinkat(service->hosting.rootfd, SERVICE_SOCKET, 0);
	fd_close(&service->listener);
	fd_close(&service->signals);
	fd_close(&service->hosting.cgroup_rootfd);
	fd_close(&service->hosting.rootfd);
	fd_close(&service->lock);
}

/* `ready` gets what came of the beginning; -1: nobody waits. */
static int stay(struct service *service, int ready, struct err *err)
{
	int result;
	size_t i;

	for (i = 0; i < SLOT_FIRST_PEER + CONNECTIONS; i++)
		service->slots[i] = (struct pollfd){ .fd = -1, .events = POLLIN };
	result = begin(service, err);
	if (ready >= 0)
		(void) fd_write_full(ready, err, sizeof(*err));
	fd_close(&ready);
	if (result == 0) {
		service_notify("READY=1");
		tell(service, "governing %zu containers of %s", service->hosting.count,
		     service->hosting.root_path);
	}
	while (result == 0 && !service->ends)
		result = turn(service, err);
	end(service);
	return result;
}

static void silence(void)
{
	auto_fd int null = open("/dev/null", O_RDWR | O_CLOEXEC | O_NOCTTY);
	int fd;

	for (fd = 0; fd < 3; fd++)
		if (null >= 0)
			(void) dup2(null, fd);
}

/* Returns in the caller, when the service is ready or cannot be. */
static int leave(struct service *service, struct err *err)
{
	auto_fd int ready = -1;
	auto_fd int ready_end = -1;
	int pair[2];
	pid_t pid;

	if (pipe2(pair, O_CLOEXEC) < 0)
		return err_set(err, errno, "pipe");
	ready = pair[0];
	ready_end = pair[1];
	pid = fork();
	if (pid == 0) {
		(void) setsid();
		silence();
		fd_close(&ready);
		_exit(stay(service, take_fd(&ready_end), err) < 0 ? 1 : 0);
	}
	if (pid < 0)
		return err_set(err, errno, "fork");
	fd_close(&ready_end);
	if (fd_read_full(ready, err, sizeof(*err)) != (ssize_t) sizeof(*err))
		return err_say(err, ECHILD, "the governor could not begin");
	return -err->number;
}

int service_run(const char *root_path, bool foreground, const struct log *log, struct err *err)
{
	struct service *service = calloc(1, sizeof(*service));
	char absolute[PATH_MAX];
	int result = file_make_path(root_path, err);

	if (service == NULL)
		return err_set(err, ENOMEM, "governor");
	if (result == 0 && realpath(root_path, absolute) == NULL)
		result = err_set(err, errno, "--root %s", root_path);
	service->hosting = (struct hosting){
		.root_path = absolute, .rootfd = -1, .cgroup_rootfd = -1, .speaks = foreground
	};
	service->log = log;
	service->lock = service->listener = service->signals = -1;
	if (result == 0)
		result = foreground ? stay(service, -1, err) : leave(service, err);
	free(service);
	return result;
}
