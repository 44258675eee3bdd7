// SPDX-License-Identifier: Apache-2.0
/*
 * The numbers of one cgroup, as JSON.
 * Should: read each file once; leave out, or count as 0, what this kernel or cgroup does not have.
 * Must not: fail: a cgroup may end while it is read.
 */
#include "runtime/statistics.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cgroupfs/cgroup.h"
#include "runtime/base/emit.h"
#include "runtime/base/fd.h"
#include "runtime/base/file.h"
#include "runtime/base/number.h"
#include "runtime/base/text.h"
#include "runtime/rdt.h"
#include "runtime/state.h"

/* io.stat has a line of some 100 bytes for each device, the longest of all these files. */
#define FILE_ROOM (64U << 10)

/* The file's text, which the caller frees; NULL where there is none. */
static char *load(int dirfd, const char *name)
{
	auto_free char *room = malloc(FILE_ROOM);
	char *text = room;

	if (room == NULL || file_read_at(dirfd, name, room, FILE_ROOM, NULL) < 0)
		return NULL;
	room = NULL;
	return text;
}

/* One number, or UINT64_MAX for "max"; 0 where there is no such file. */
static uint64_t value_of(int dirfd, const char *name)
{
	char text[32];
	uint64_t value = 0;

	if (file_read_at(dirfd, name, text, sizeof(text), NULL) < 0)
		return 0;
	text[strcspn(text, "\n")] = '\0';
	if (strcmp(text, "max") == 0)
		return UINT64_MAX;
	return number_u64(text, &value) ? value : 0;
}

/* Of lines "KEY VALUE". */
static uint64_t find(const char *text, const char *key)
{
	size_t length = strlen(key);
	const char *line = text;
	uint64_t value = 0;

	while (line != NULL && *line != '\0') {
		const char *digits = line + length + 1;

		if (strncmp(line, key, length) == 0 && line[length] == ' ') {
			(void) number_u64_next(&digits, &value);
			return value;
		}
		line = strchr(line, '\n');
		line = line != NULL ? line + 1 : NULL;
	}
	return 0;
}

/* Where 0 says no more than nothing would. */
static void emit_some(struct emit *emit, const char *key, uint64_t value)
{
	if (value != 0)
		emit_u64(emit, key, value);
}

/* All the lines "KEY VALUE" of a file, as one object; nothing where there is no such file. */
static void emit_keys(struct emit *emit, const char *key, int dirfd, const char *name)
{
	auto_free char *text = load(dirfd, name);
	char *cursor = text;
	char *line;

	if (text == NULL)
		return;
	emit_object(emit, key);
	while ((line = text_next(&cursor, '\n')) != NULL) {
		char *blank = strchr(line, ' ');
		uint64_t value;

		if (blank == NULL || !number_u64(blank + 1, &value))
			continue;
		*blank = '\0';
		emit_u64(emit, line, value);
	}
	emit_object_end(emit);
}

/* "some avg10=0.00 avg60=0.00 avg300=0.00 total=0", the key's name before the blank. */
static void emit_stalls(struct emit *emit, char *line)
{
	char *word = text_next(&line, ' ');

	emit_object(emit, word);
	while ((word = text_next(&line, ' ')) != NULL) {
		char *value = strchr(word, '=');
		uint64_t total;

		if (value == NULL)
			continue;
		*value++ = '\0';
		if (strchr(value, '.') != NULL)
			emit_real(emit, word, strtod(value, NULL));
		else if (number_u64(value, &total))
			emit_u64(emit, word, total);
	}
	emit_object_end(emit);
}

static void emit_pressure(struct emit *emit, int dirfd, const char *name)
{
	auto_free char *text = load(dirfd, name);
	char *cursor = text;
	char *line;

	if (text == NULL || !text_starts(text, "some "))
		return;
	emit_object(emit, "psi");
	while ((line = text_next(&cursor, '\n')) != NULL)
		if (*line != '\0')
			emit_stalls(emit, line);
	emit_object_end(emit);
}

static void emit_cpu(struct emit *emit, int dirfd)
{
	auto_free char *text = load(dirfd, "cpu.stat");

	emit_object(emit, "cpu");
	emit_object(emit, "usage");
	emit_some(emit, "total", find(text, "usage_usec") * 1000);
	emit_u64(emit, "kernel", find(text, "system_usec") * 1000);
	emit_u64(emit, "user", find(text, "user_usec") * 1000);
	emit_object_end(emit);
	emit_object(emit, "throttling");
	emit_some(emit, "periods", find(text, "nr_periods"));
	emit_some(emit, "throttledPeriods", find(text, "nr_throttled"));
	emit_some(emit, "throttledTime", find(text, "throttled_usec") * 1000);
	emit_object_end(emit);
	emit_pressure(emit, dirfd, "cpu.pressure");
	emit_object_end(emit);
}

/* "0-3,7" as its numbers; nothing where there is no such file. */
static void emit_list(struct emit *emit, const char *key, int dirfd, const char *name)
{
	auto_free char *text = load(dirfd, name);
	const char *cursor = text;
	uint64_t first;
	uint64_t last;

	if (text == NULL)
		return;
	emit_array(emit, key);
	while (number_u64_next(&cursor, &first)) {
		last = first;
		if (*cursor == '-') {
			cursor++;
			(void) number_u64_next(&cursor, &last);
		}
		for (; first <= last; first++)
			emit_u64(emit, NULL, first);
		cursor += *cursor == ',';
	}
	emit_array_end(emit);
}

/* cgroup v1's switches, which readers of the format expect to be there. */
static void emit_cpuset(struct emit *emit, int dirfd)
{
	static const char *const gone[] = {
		"cpu_exclusive",   "mem_hardwall",	 "mem_exclusive",
		"memory_migrate",  "memory_spread_page", "memory_spread_slab",
		"memory_pressure", "sched_load_balance", "sched_relax_domain_level",
	};
	size_t i;

	emit_object(emit, "cpuset");
	emit_list(emit, "cpus", dirfd, "cpuset.cpus.effective");
	emit_list(emit, "mems", dirfd, "cpuset.mems.effective");
	for (i = 0; i < sizeof(gone) / sizeof(gone[0]); i++)
		emit_u64(emit, gone[i], 0);
	emit_object_end(emit);
}

struct amounts {
	uint64_t limit, usage, most;
};

static void emit_amounts(struct emit *emit, const char *key, const struct amounts *amounts)
{
	emit_object(emit, key);
	emit_u64(emit, "limit", amounts->limit);
	emit_some(emit, "usage", amounts->usage);
	emit_some(emit, "max", amounts->most);
	emit_u64(emit, "failcnt", 0);
	emit_object_end(emit);
}

/* Swap counts memory too, as it did in cgroup v1 and as its config does. */
static struct amounts swap_of(int dirfd, const struct amounts *memory)
{
	struct amounts swap = {
		.limit = value_of(dirfd, "memory.swap.max"),
		.usage = value_of(dirfd, "memory.swap.current") + memory->usage,
		.most = value_of(dirfd, "memory.swap.peak") + memory->most,
	};

	if (swap.limit != UINT64_MAX)
		swap.limit = memory->limit == UINT64_MAX ? UINT64_MAX : swap.limit + memory->limit;
	return swap;
}

static void emit_memory(struct emit *emit, int dirfd)
{
	auto_free char *text = load(dirfd, "memory.stat");
	const struct amounts none = { 0 };
	const struct amounts memory = {
		.limit = value_of(dirfd, "memory.max"),
		.usage = value_of(dirfd, "memory.current"),
		.most = value_of(dirfd, "memory.peak"),
	};
	const struct amounts swap = swap_of(dirfd, &memory);

	emit_object(emit, "memory");
	emit_some(emit, "cache", find(text, "file"));
	emit_amounts(emit, "usage", &memory);
	emit_amounts(emit, "swap", &swap);
	emit_amounts(emit, "kernel", &none);
	emit_amounts(emit, "kernelTCP", &none);
	emit_keys(emit, "raw", dirfd, "memory.stat");
	emit_pressure(emit, dirfd, "memory.pressure");
	emit_keys(emit, "events", dirfd, "memory.events");
	emit_keys(emit, "events_local", dirfd, "memory.events.local");
	emit_keys(emit, "swap_events", dirfd, "memory.swap.events");
	emit_object_end(emit);
}

/* Without the controller they can still be counted. */
static uint64_t count_processes(const struct cgroup *cgroup)
{
	uint64_t told = value_of(cgroup->dirfd, "pids.current");
	auto_free pid_t *pids = NULL;
	size_t count = 0;

	return told != 0 || cgroup_pids(cgroup, &pids, &count, NULL) < 0 ? told : count;
}

static void emit_pids(struct emit *emit, const struct cgroup *cgroup)
{
	uint64_t limit = value_of(cgroup->dirfd, "pids.max");

	emit_object(emit, "pids");
	emit_some(emit, "current", count_processes(cgroup));
	emit_some(emit, "limit", limit == UINT64_MAX ? 0 : limit);
	emit_object_end(emit);
}

/* A line of io.stat: "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0". */
static void emit_io_entry(struct emit *emit, const char *line, const char *key, const char *op)
{
	const char *cursor = line;
	const char *found = strstr(line, key);
	uint64_t major = 0;
	uint64_t minor = 0;
	uint64_t value = 0;

	if (!number_u64_next(&cursor, &major) || *cursor++ != ':' ||
	    !number_u64_next(&cursor, &minor) || found == NULL)
		return;
	found += strlen(key);
	if (!number_u64_next(&found, &value))
		return;
	emit_object(emit, NULL);
	emit_some(emit, "major", major);
	emit_some(emit, "minor", minor);
	emit_string(emit, "op", op);
	emit_some(emit, "value", value);
	emit_object_end(emit);
}

static void emit_io_table(struct emit *emit, const char *key, const char *text,
			  const char *const counters[2])
{
	const char *line = text;

	if (text == NULL || *text == '\0')
		return;
	emit_array(emit, key);
	while (*line != '\0') {
		char one[512];
		size_t length = strcspn(line, "\n");

		snprintf(one, sizeof(one), "%.*s", (int) length, line);
		emit_io_entry(emit, one, counters[0], "Read");
		emit_io_entry(emit, one, counters[1], "Write");
		line += length + (line[length] == '\n');
	}
	emit_array_end(emit);
}

static void emit_blkio(struct emit *emit, int dirfd)
{
	static const char *const bytes[] = { " rbytes=", " wbytes=" };
	static const char *const requests[] = { " rios=", " wios=" };
	auto_free char *text = load(dirfd, "io.stat");

	emit_object(emit, "blkio");
	emit_io_table(emit, "ioServiceBytesRecursive", text, bytes);
	emit_io_table(emit, "ioServicedRecursive", text, requests);
	emit_pressure(emit, dirfd, "io.pressure");
	emit_object_end(emit);
}

static void emit_page_size(struct emit *emit, int dirfd, const char *size)
{
	auto_free char *text = NULL;
	char name[64];

	snprintf(name, sizeof(name), "hugetlb.%s.current", size);
	emit_object(emit, size);
	emit_some(emit, "usage", value_of(dirfd, name));
	snprintf(name, sizeof(name), "hugetlb.%s.events", size);
	text = load(dirfd, name);
	emit_u64(emit, "failcnt", find(text, "max"));
	emit_object_end(emit);
}

/* "hugetlb.2MB.current" -> "2MB"; rsvd's files are told of by the same counters. */
static bool page_size_of(const char *file, char size[32])
{
	const char *word = file + strlen("hugetlb.");
	size_t length;

	if (!text_starts(file, "hugetlb."))
		return false;
	length = strcspn(word, ".");
	if (length >= 32 || strcmp(word + length, ".current") != 0)
		return false;
	memcpy(size, word, length);
	size[length] = '\0';
	return true;
}

static void emit_hugetlb(struct emit *emit, int dirfd)
{
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	char size[32];

	emit_object(emit, "hugetlb");
	while (stream != NULL && (entry = readdir(stream)) != NULL)
		if (page_size_of(entry->d_name, size))
			emit_page_size(emit, dirfd, size);
	emit_object_end(emit);
	if (stream != NULL)
		closedir(stream);
	else
		fd_close(&fd);
}

/* A line of /proc/PID/net/dev: "  eth0: 16 numbers", those received first (proc(5)). */
static void emit_device(struct emit *emit, char *line)
{
	static const char *const names[] = { "RxBytes", "RxPackets", "RxErrors", "RxDropped",
					     NULL,	NULL,	     NULL,	 NULL,
					     "TxBytes", "TxPackets", "TxErrors", "TxDropped" };
	char *colon = strchr(line, ':');
	const char *cursor = colon + 1;
	uint64_t value;
	size_t i;

	line += strspn(line, " ");
	*colon = '\0';
	if (strcmp(line, "lo") == 0)
		return;
	emit_object(emit, NULL);
	emit_string(emit, "Name", line);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		cursor += strspn(cursor, " ");
		if (!number_u64_next(&cursor, &value))
			break;
		if (names[i] != NULL)
			emit_u64(emit, names[i], value);
	}
	emit_object_end(emit);
}

static void emit_network(struct emit *emit, const struct statistics_subject *subject)
{
	auto_free char *text = NULL;
	char path[64];
	char *cursor;
	char *line;

	snprintf(path, sizeof(path), "/proc/%d/net/dev", (int) subject->state->pid);
	if (subject->own_network && subject->state->pid > 0)
		text = load(AT_FDCWD, path);
	if (text == NULL) {
		emit_null(emit, "network_interfaces");
		return;
	}
	emit_array(emit, "network_interfaces");
	cursor = text;
	while ((line = text_next(&cursor, '\n')) != NULL)
		if (strchr(line, ':') != NULL)
			emit_device(emit, line);
	emit_array_end(emit);
}

void statistics_emit(const struct statistics_subject *subject, const char *key, struct emit *emit)
{
	int dirfd = subject->cgroup->dirfd;

	emit_object(emit, key);
	emit_cpu(emit, dirfd);
	emit_cpuset(emit, dirfd);
	emit_memory(emit, dirfd);
	emit_pids(emit, subject->cgroup);
	emit_blkio(emit, dirfd);
	emit_hugetlb(emit, dirfd);
	rdt_emit(subject->state, emit);
	emit_network(emit, subject);
	emit_object_end(emit);
}
