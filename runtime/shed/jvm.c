// SPDX-License-Identifier: Apache-2.0
/*
 * HotSpot, by its attach protocol (jdk.attach, VirtualMachineImpl for Linux): a file .attach_pidN and
 * SIGQUIT make it listen at /tmp/.java_pidN; a request is NUL-ended words, an answer begins with a status.
 * Should: ask for a collection, and for what malloc keeps to be given back.
 * Must not: send SIGQUIT to one that has no handler for it: that is its end (-Xrs).
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "runtime/base/fd.h"
#include "runtime/shed/shed.h"

#define LISTEN_TRIES 60 /* of 50 ms: it answers at its next safepoint */

static bool is_socket(const char *path)
{
	struct stat status;

	return lstat(path, &status) == 0 && S_ISSOCK(status.st_mode);
}

/* It looks for the file in its working directory, then in /tmp, and wants it to be its own user's. */
static bool make_listen(const struct shed_target *target, const char *socket_path)
{
	const struct timespec pause = { .tv_nsec = 50000000 };
	char file[64];
	int tries;
	int fd;

	snprintf(file, sizeof(file), "/tmp/.attach_pid%d", (int) target->pid);
	fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return false;
	close(fd);
	(void) kill(target->pid, SIGQUIT);
	for (tries = 0; tries < LISTEN_TRIES && !is_socket(socket_path); tries++)
		nanosleep(&pause, NULL);
	(void) unlink(file);
	return is_socket(socket_path);
}

/* "1", "jcmd", the command, and two empty arguments. True if the answer's status is 0. */
static bool command(const char *socket_path, const char *words, int seconds)
{
	auto_fd int fd = talk_unix(socket_path);
	char request[512] = "1\0jcmd";
	char answer[512];
	size_t length = sizeof("1\0jcmd") + strlen(words) + 1;

	if (fd < 0 || length + 2 > sizeof(request))
		return false;
	if (seconds > 0)
		talk_patience(fd, seconds);
	memcpy(request + sizeof("1\0jcmd"), words, strlen(words) + 1);
	/* The two others are there already: it was filled with zeros. */
	if (!talk_send(fd, request, length + 2))
		return false;
	(void) talk_receive(fd, answer, sizeof(answer), NULL);
	return answer[0] == '0';
}

static bool attach(const struct shed_target *target, char path[64], char said[SHED_SAID])
{
	snprintf(path, 64, "/tmp/.java_pid%d", (int) target->pid);
	if (!is_socket(path) && !target->catches_quit) {
		snprintf(said, SHED_SAID, "it cannot be attached to (-Xrs)");
		return false;
	}
	if (!is_socket(path) && !make_listen(target, path)) {
		snprintf(said, SHED_SAID, "it does not listen to attach");
		return false;
	}
	return true;
}

/* Of what lives: it collects first, which is what shed would have done. */
int dump_jvm(const struct shed_target *target, const char *path, char said[SHED_SAID])
{
	char socket_path[64];
	char words[400];
	struct stat status;

	if (!attach(target, socket_path, said))
		return -1;
	snprintf(words, sizeof(words), "GC.heap_dump %s", path);
	/* It answers 0 to one that failed, too. */
	if (!command(socket_path, words, DUMP_SECONDS) || stat(path, &status) < 0) {
		snprintf(said, SHED_SAID, "GC.heap_dump refused");
		return -1;
	}
	snprintf(said, SHED_SAID, "%.100s, %llu MiB", path,
		 (unsigned long long) status.st_size >> 20);
	return 0;
}

int shed_jvm(const struct shed_target *target, char said[SHED_SAID])
{
	char path[64];
	bool collected;
	bool trimmed;

	if (!attach(target, path, said))
		return -1;
	collected = command(path, "GC.run", 0);
	/* From 17.0.9 and 18 on. */
	trimmed = command(path, "System.trim_native_heap", 0);
	snprintf(said, SHED_SAID, "%s%s", collected ? "GC.run" : "GC.run refused",
		 trimmed ? ", System.trim_native_heap" : "");
	return collected ? 0 : -1;
}
