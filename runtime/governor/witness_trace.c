// SPDX-License-Identifier: Apache-2.0
/*
 * oom:mark_victim, in an instance of tracefs of our own.
 * Should: leave the host's own tracing alone, and no instance when the last governor ends well.
 * Must not: need tracefs to be mounted anywhere; believe what a process is called.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/base/fd.h"
#include "runtime/base/file.h"
#include "runtime/base/number.h"
#include "runtime/base/text.h"
#include "runtime/governor/kernel_log.h"
#include "runtime/governor/witness.h"

#define INSTANCE "weir"
#define ENABLE	 "events/oom/mark_victim/enable"
/* Per CPU; an event takes some 150 bytes: a hundred of them. */
#define BUFFER_KIB	"16"
#define TRACE_BYTES_MAX (4U << 20)
/* Another governor may remove the instance between our mkdir(2) and our open(2) of a file in it. */
#define TRIES 3

/* A mount of our own that is nowhere to be seen: tracefs has one tree, wherever it is mounted. */
static int mount_tracefs(void)
{
	auto_fd int context = fsopen("tracefs", FSOPEN_CLOEXEC);

	if (context < 0 || fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	return fsmount(context, FSMOUNT_CLOEXEC, 0);
}

static int open_instances(void)
{
	auto_fd int tracefs = mount_tracefs();

	if (tracefs < 0)
		return -1;
	return openat(tracefs, "instances", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static bool is_on(int instance)
{
	char text[8];

	return file_read_at(instance, ENABLE, text, sizeof(text), NULL) > 0 && text[0] == '1';
}

/* Its clock is the one of our own times; its buffer is small: one event is all that goes there. */
static bool set_up(int instance)
{
	if (is_on(instance))
		return true;
	return file_write_at(instance, "buffer_size_kb", BUFFER_KIB, NULL) == 0 &&
	       file_write_at(instance, "trace_clock", "mono", NULL) == 0 &&
	       file_write_at(instance, ENABLE, "1", NULL) == 0;
}

static bool take(int instances, struct witness *witness, bool make)
{
	auto_fd int instance = -1;
	auto_fd int hold = -1;

	if (make && mkdirat(instances, INSTANCE, 0700) < 0 && errno != EEXIST)
		return false;
	instance = openat(instances, INSTANCE, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (instance >= 0)
		hold = openat(instance, "tracing_on", O_RDONLY | O_CLOEXEC);
	if (hold < 0)
		return false;
	witness->instance = take_fd(&instance);
	witness->hold = take_fd(&hold);
	return true;
}

bool witness_trace_open(struct witness *witness, bool make)
{
	auto_fd int instances = open_instances();
	int tries = make ? TRIES : 1;
	bool taken = false;

	while (instances >= 0 && !taken && tries-- > 0)
		taken = take(instances, witness, make);
	if (!taken)
		return false;
	if (make && !set_up(witness->instance)) {
		witness_trace_close(witness);
		return false;
	}
	return true;
}

/* EBUSY: another governor holds it. */
void witness_trace_close(struct witness *witness)
{
	auto_fd int instances = witness->instance >= 0 ? open_instances() : -1;

	fd_close(&witness->hold);
	fd_close(&witness->instance);
	if (instances >= 0)
		(void) unlinkat(instances, INSTANCE, AT_REMOVEDIR);
}

/* The number behind "KEY=" or "KEY:" in `text`; both are in use. */
static uint64_t number_of(const char *text, const char *key)
{
	const char *at = strstr(text, key);
	uint64_t value = 0;

	if (at == NULL)
		return 0;
	at += strlen(key);
	at += *at == '=' || *at == ':';
	return number_u64_next(&at, &value) ? value : 0;
}

static uint64_t kib_of(const char *text, const char *key)
{
	uint64_t kib = number_of(text, key);

	return kib < UINT64_MAX / 1024 ? kib * 1024 : 0;
}

/* "  123.456789" right before the event's name, in microseconds. */
static uint64_t time_before(const char *line, const char *name)
{
	const char *at = name;
	uint64_t seconds = 0;
	uint64_t usec = 0;

	while (at > line && at[-1] != ' ')
		at--;
	if (!number_u64_next(&at, &seconds) || *at++ != '.' || !number_u64_next(&at, &usec))
		return 0;
	return seconds * 1000000 + usec;
}

/* " comm=NAME total-vm=…": the last " total-vm=" is the kernel's, whatever NAME is. */
static void take_details(const char *details, struct victim *victim)
{
	const char *tail = NULL;
	const char *next = details;
	const char *adj;
	size_t length;

	while ((next = strstr(next, " total-vm=")) != NULL)
		tail = next++;
	if (tail == NULL || !text_starts(details, " comm="))
		return;
	details += strlen(" comm=");
	length = (size_t) (tail - details) < KERNEL_LOG_COMM - 1 ? (size_t) (tail - details)
								 : KERNEL_LOG_COMM - 1;
	memcpy(victim->comm, details, length);
	victim->comm[length] = '\0';
	victim->total_vm_bytes = kib_of(tail, "total-vm");
	victim->anon_bytes = kib_of(tail, "anon-rss");
	victim->file_bytes = kib_of(tail, "file-rss");
	victim->shmem_bytes = kib_of(tail, "shmem-rss");
	victim->pgtables_bytes = kib_of(tail, "pgtables");
	victim->uid = number_of(tail, "uid");
	adj = strstr(tail, "oom_score_adj");
	victim->oom_score_adj = (int64_t) number_of(tail, "oom_score_adj");
	if (adj != NULL && strchr("=:", adj[13]) != NULL && adj[14] == '-')
		victim->oom_score_adj = -(int64_t) number_of(adj, "oom_score_adj=-");
}

/* "COMM-PID  [CPU] FLAGS  TIME: mark_victim: pid=N[ comm=…]". COMM has 15 bytes, too few for these words. */
bool witness_trace_parse(const char *line, struct victim *victim)
{
	static const char word[] = ": mark_victim: pid=";
	const char *at = strstr(line, word);
	uint64_t pid = 0;

	if (line[0] == '#' || at == NULL)
		return false;
	*victim = (struct victim){ .at_usec = time_before(line, at), .source = VICTIM_TRACE };
	at += strlen(word);
	if (!number_u64_next(&at, &pid) || pid == 0 || pid > INT32_MAX)
		return false;
	victim->pid = (pid_t) pid;
	take_details(at, victim);
	return true;
}

/* "# entries-in-buffer/entries-written: 3/3   #P:2": fewer than written were overwritten. */
static bool says_complete(const char *line)
{
	uint64_t kept = 0;
	uint64_t written = 0;

	line += strlen("# entries-in-buffer/entries-written: ");
	return number_u64_next(&line, &kept) && *line++ == '/' &&
	       number_u64_next(&line, &written) && kept == written;
}

static void keep(struct victim victims[], size_t room, size_t *count, const struct victim *victim)
{
	if (*count == room) {
		memmove(victims, victims + 1, (room - 1) * sizeof(*victims));
		(*count)--;
	}
	victims[(*count)++] = *victim;
}

static void load(int instance, struct text *text)
{
	auto_fd int fd = openat(instance, "trace", O_RDONLY | O_CLOEXEC);
	char chunk[4096];
	ssize_t got;

	while (fd >= 0 && text->length < TRACE_BYTES_MAX &&
	       (got = fd_read_full(fd, chunk, sizeof(chunk))) > 0)
		text_add_bytes(text, chunk, (size_t) got);
}

size_t witness_trace_read(const struct witness *witness, uint64_t since_usec,
			  struct victim victims[], size_t room, bool *complete)
{
	auto_text struct text text = { 0 };
	char *cursor;
	char *line;
	size_t count = 0;

	*complete = false;
	load(witness->instance, &text);
	cursor = text.bytes;
	while (cursor != NULL && (line = text_next(&cursor, '\n')) != NULL) {
		struct victim victim;

		if (text_starts(line, "# entries-in-buffer/entries-written: "))
			*complete = says_complete(line);
		if (witness_trace_parse(line, &victim) && victim.at_usec >= since_usec)
			keep(victims, room, &count, &victim);
	}
	return count;
}
