// SPDX-License-Identifier: Apache-2.0
/*
 * The contract with the program inside.
 * Should: say each thing once, whole, and notice whether anybody listens.
 * Must not: wait, or trust a file that the program could have put there.
 */
#include "runtime/governor/contract.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroupfs/memory.h"
#include "runtime/base/clock.h"
#include "runtime/base/emit.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/text.h"
#include "runtime/governor/ladder.h"
#include "runtime/governor/reading.h"

#define STATE	  "memory.json"
#define STATE_NEW ".memory.json.new"
#define UNREADY	  "unready"

int contract_open(struct contract *contract, int dirfd, struct err *err)
{
	struct stat status;

	*contract = (struct contract){ .dirfd = dirfd, .fifo = -1 };
	if (dirfd < 0)
		return 0;
	contract->fifo = openat(dirfd, "pressure", O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	if (contract->fifo < 0)
		return err_set(err, errno, "pressure");
	if (fstat(contract->fifo, &status) < 0 || !S_ISFIFO(status.st_mode)) {
		fd_close(&contract->fifo);
		return err_say(err, EINVAL, "pressure: not a FIFO");
	}
	return 0;
}

void contract_close(struct contract *contract)
{
	fd_close(&contract->fifo);
}

static double percent_of(const struct reading *reading)
{
	return 100.0 * (double) reading->need_bytes / (double) reading->limit_bytes;
}

/* A share of need is its number; another rung is null, and "trigger" has its name. */
static void emit_rung(struct emit *emit, const char *key, const struct rung *rung)
{
	if (rung != NULL && rung->percent > 0)
		emit_u64(emit, key, rung->percent);
	else
		emit_null(emit, key);
}

static void emit_members(struct emit *emit, const struct notice *notice)
{
	const struct rung *rung = notice->rung >= 0 ? &notice->ladder->rungs[notice->rung] : NULL;
	uint64_t ttl_usec = notice->reading->time_to_limit_usec;
	char time[CLOCK_TEXT_ROOM];
	size_t i;

	emit_rung(emit, "rung", rung);
	if (rung != NULL && rung->percent == 0)
		emit_string(emit, "trigger", rung->name);
	emit_array(emit, "rungs");
	for (i = 0; i < notice->ladder->rung_count; i++)
		emit_rung(emit, NULL, &notice->ladder->rungs[i]);
	emit_array_end(emit);
	emit_u64(emit, "need", notice->reading->need_bytes);
	if (notice->reading->limit_bytes != MEMORY_NO_LIMIT)
		emit_u64(emit, "limit", notice->reading->limit_bytes);
	else
		emit_null(emit, "limit");
	emit_real(emit, "need_percent", percent_of(notice->reading));
	if (ttl_usec > 0)
		emit_u64(emit, "ttl_msec", ttl_usec / 1000);
	else
		emit_null(emit, "ttl_msec");
	emit_string(emit, "time", clock_text(notice->wall_usec, time));
}

/* The notice as one line; `state`: with what only memory.json has. */
static int line_of(const struct notice *notice, bool state, struct text *line, struct err *err)
{
	auto_emit struct emit emit = { 0 };
	const char *json;

	emit_open(&emit, false);
	emit_object(&emit, NULL);
	emit_members(&emit, notice);
	if (state)
		emit_bool(&emit, "unready", notice->unready);
	emit_object_end(&emit);
	json = emit_text(&emit);
	if (json != NULL)
		text_addf(line, "%s\n", json);
	if (json == NULL || !text_ok(line))
		return err_set(err, ENOMEM, "notification");
	return 0;
}

int contract_notify(struct contract *contract, const struct notice *notice, struct err *err)
{
	auto_text struct text line = { 0 };
	int result;

	if (contract->fifo < 0)
		return 0;
	result = line_of(notice, false, &line, err);
	if (result < 0)
		return result;
	/* Up to PIPE_BUF a write is whole or EAGAIN (pipe(7)); our line has some hundred bytes. */
	if (line.length > PIPE_BUF)
		return err_say(err, EMSGSIZE, "pressure: the line is too long");
	if (write(contract->fifo, line.bytes, line.length) < 0)
		return errno == EAGAIN ? 1 : err_set(err, errno, "pressure");
	contract->unread |= 1U << notice->rung;
	return 0;
}

/* Not file_replace_at(): its fsync would make us wait for a disk, and this state dies with us. */
static int replace_state(int dirfd, const struct text *line, struct err *err)
{
	auto_fd int fd = -1;
	int result;

	unlinkat(dirfd, STATE_NEW, 0);
	fd = openat(dirfd, STATE_NEW, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return err_set(err, errno, STATE_NEW);
	/* The umask of whoever hosts us must not hide it from the program's user. */
	if (fchmod(fd, 0644) < 0)
		return err_set(err, errno, STATE_NEW);
	result = fd_write_full(fd, line->bytes, line->length);
	if (result < 0)
		return err_set(err, -result, STATE_NEW);
	if (renameat(dirfd, STATE_NEW, dirfd, STATE) < 0)
		return err_set(err, errno, STATE);
	return 0;
}

int contract_publish(const struct contract *contract, const struct notice *notice, struct err *err)
{
	auto_text struct text line = { 0 };
	int result;

	if (contract->dirfd < 0)
		return 0;
	result = line_of(notice, true, &line, err);
	return result < 0 ? result : replace_state(contract->dirfd, &line, err);
}

int contract_publish_limit(int dirfd, uint64_t limit_bytes, struct err *err)
{
	auto_text struct text line = { 0 };
	auto_emit struct emit emit = { 0 };
	char time[CLOCK_TEXT_ROOM];

	emit_open(&emit, false);
	emit_object(&emit, NULL);
	if (limit_bytes == MEMORY_NO_LIMIT)
		emit_null(&emit, "limit");
	else
		emit_u64(&emit, "limit", limit_bytes);
	emit_string(&emit, "time", clock_text(clock_wall_usec(), time));
	emit_object_end(&emit);
	if (emit_text(&emit) != NULL)
		text_addf(&line, "%s\n", emit_text(&emit));
	if (emit_text(&emit) == NULL || !text_ok(&line))
		return err_set(err, ENOMEM, STATE);
	return replace_state(dirfd, &line, err);
}

int contract_set_unready(const struct contract *contract, bool unready, struct err *err)
{
	auto_fd int fd = -1;

	if (contract->dirfd < 0)
		return 0;
	if (!unready)
		return unlinkat(contract->dirfd, UNREADY, 0) == 0 || errno == ENOENT
			       ? 0
			       : err_set(err, errno, UNREADY);
	fd = openat(contract->dirfd, UNREADY, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0 || fchmod(fd, 0644) < 0)
		return err_set(err, errno, UNREADY);
	return 0;
}

unsigned contract_heard(struct contract *contract)
{
	unsigned heard = contract->unread;
	int waiting = 0;

	if (heard == 0 || ioctl(contract->fifo, FIONREAD, &waiting) < 0 || waiting > 0)
		return 0;
	contract->unread = 0;
	return heard;
}
