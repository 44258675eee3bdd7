// SPDX-License-Identifier: Apache-2.0
/*
 * HOME, where the config leaves it to the image: the directory that /etc/passwd has for the user.
 * Should: read as much as a real file has, and no more.
 * Must not: wait, fail, or believe anything else of that file: it is the image's.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/base/fd.h"
#include "runtime/base/number.h"
#include "runtime/base/text.h"
#include "runtime/inroot.h"
#include "runtime/setup/setup.h"

/* A directory service's dump of 10,000 users is about as large. */
#define PASSWD_BYTES_MAX (1U << 20)

/* Looked at before it is opened: a FIFO would wait for a writer, a device may do anything. */
static int open_passwd(void)
{
	auto_fd int place = inroot_find("/etc/passwd", O_PATH);
	auto_fd int fd = -1;
	struct stat status;

	if (place < 0 || fstat(place, &status) < 0 || !S_ISREG(status.st_mode))
		return -1;
	fd = inroot_find("/etc/passwd", O_RDONLY | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
		return -1;
	return take_fd(&fd);
}

/* NAME:PASSWORD:UID:GID:GECOS:HOME:SHELL (passwd(5)); its HOME if it is of that user. */
static const char *home_of(char *line, uid_t uid)
{
	char *fields[6] = { NULL };
	uint64_t number;
	size_t i;

	for (i = 0; i < 6; i++)
		fields[i] = text_next(&line, ':');
	if (fields[5] == NULL || !number_u64(fields[2], &number) || number != uid)
		return NULL;
	return fields[5][0] == '/' ? fields[5] : NULL;
}

/* What lies behind a NUL, or behind the limit, is not looked at. */
static bool find_home(int fd, uid_t uid, char *home)
{
	auto_free char *text = malloc(PASSWD_BYTES_MAX + 1);
	ssize_t length = text != NULL ? fd_read_full(fd, text, PASSWD_BYTES_MAX) : -1;
	char *cursor = text;
	char *line;

	if (length < 0)
		return false;
	text[length] = '\0';
	while ((line = text_next(&cursor, '\n')) != NULL) {
		const char *directory = home_of(line, uid);

		if (directory == NULL)
			continue;
		return snprintf(home, PLAN_HOME_ROOM, "HOME=%s", directory) < PLAN_HOME_ROOM;
	}
	return false;
}

void setup_home(const struct setup *setup)
{
	const struct plan_process *process = &setup->plan->process;
	auto_fd int fd = process->home != NULL ? open_passwd() : -1;

	if (fd >= 0 && !find_home(fd, process->uid, process->home))
		(void) snprintf(process->home, PLAN_HOME_ROOM, "HOME=/");
}
