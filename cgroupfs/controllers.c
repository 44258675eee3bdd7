// SPDX-License-Identifier: Apache-2.0
/*
 * Controllers: their names, and passing them down the hierarchy.
 * Should: say which controller is missing in which cgroup, and why the kernel refuses one.
 * Must not: take a controller away from anybody, not even to undo.
 */
#include "cgroupfs/controllers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cgroupfs/beneath.h"
#include "cgroupfs/cgroup.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/file.h"
#include "runtime/base/number.h"

static const struct {
	unsigned bit;
	const char *word;
} names[] = {
	{ CGROUP_CPU, "cpu" },	     { CGROUP_CPUSET, "cpuset" }, { CGROUP_IO, "io" },
	{ CGROUP_MEMORY, "memory" }, { CGROUP_PIDS, "pids" },	  { CGROUP_HUGETLB, "hugetlb" },
	{ CGROUP_RDMA, "rdma" },     { CGROUP_MISC, "misc" },	  { CGROUP_DMEM, "dmem" },
};

#define NAME_COUNT (sizeof(names) / sizeof(names[0]))
#define WORDS_ROOM 256 /* all names above, each with "+" and a blank, are under 100 bytes */

unsigned controller_of_word(const char *word, size_t length)
{
	size_t i;

	for (i = 0; i < NAME_COUNT; i++) {
		if (strlen(names[i].word) == length && memcmp(names[i].word, word, length) == 0)
			return names[i].bit;
	}
	return 0;
}

unsigned cgroup_controllers_parse(const char *words)
{
	static const char blanks[] = " \t\n";
	unsigned bits = 0;

	while (*(words += strspn(words, blanks)) != '\0') {
		size_t length = strcspn(words, blanks);

		bits |= controller_of_word(words, length);
		words += length;
	}
	return bits;
}

const char *cgroup_controller_name(unsigned controller)
{
	size_t i;

	for (i = 0; i < NAME_COUNT; i++) {
		if (names[i].bit == controller)
			return names[i].word;
	}
	return "unknown";
}

/* The words of `bits` in the order of the table, each behind `mark`, with one blank between. */
static void write_words(unsigned bits, const char *mark, char out[WORDS_ROOM])
{
	size_t length = 0;
	size_t i;

	out[0] = '\0';
	for (i = 0; i < NAME_COUNT; i++) {
		if ((bits & names[i].bit) != 0)
			length += (size_t) snprintf(out + length, WORDS_ROOM - length, "%s%s%s",
						    length > 0 ? " " : "", mark, names[i].word);
	}
}

static int read_controllers(int dirfd, const char *file, unsigned *bits, struct err *err)
{
	char words[1024]; /* the kernel knows some 15 controllers, of 10 letters at most */
	ssize_t length = file_read_at(dirfd, file, words, sizeof(words), err);

	if (length < 0)
		return (int) length;
	*bits = cgroup_controllers_parse(words);
	return 0;
}

/* The first process listed in the cgroup; 0 if none can be named. */
static int first_process(int dirfd)
{
	auto_fd int fd = beneath_file(dirfd, "cgroup.procs", O_RDONLY);
	char start[24] = "";
	const char *cursor = start;
	uint64_t pid;

	if (fd < 0 || read(fd, start, sizeof(start) - 1) <= 0)
		return 0;
	return number_u64_next(&cursor, &pid) && pid <= INT32_MAX ? (int) pid : 0;
}

/* The usual reason: the kernel lets a cgroup have processes or pass controllers on, not both. */
static int explain_busy(int dirfd, const char *path, const char *words, struct err *err)
{
	return err_say(err, EBUSY,
		       "cannot enable '%s' in %s: processes live in that cgroup itself (pid %d is "
		       "one), and then it passes no controller on (no-internal-process rule)",
		       words, path, first_process(dirfd));
}

static int enable_needed(int dirfd, const char *path, unsigned bits, struct err *err)
{
	char words[WORDS_ROOM];
	int result;

	write_words(bits, "+", words);
	result = file_write_at(dirfd, "cgroup.subtree_control", words, err);
	if (result == -EBUSY)
		return explain_busy(dirfd, path, words, err);
	if (result < 0)
		err_context(err, "enable controllers in %s", path);
	return result;
}

/* One write each, so that one the kernel refuses takes none of the others with it. */
static void enable_wished(int dirfd, unsigned bits)
{
	char words[WORDS_ROOM];
	size_t i;

	for (i = 0; i < NAME_COUNT; i++) {
		if ((bits & names[i].bit) == 0)
			continue;
		write_words(names[i].bit, "+", words);
		(void) file_write_at(dirfd, "cgroup.subtree_control", words, NULL);
	}
}

int controllers_enable(int dirfd, const char *path, unsigned needed, unsigned wished,
		       struct err *err)
{
	unsigned available = 0;
	unsigned enabled = 0;
	unsigned lacking;
	int result = 0;

	if ((needed | wished) == 0)
		return 0;
	result = read_controllers(dirfd, "cgroup.subtree_control", &enabled, err);
	if (result == 0)
		result = read_controllers(dirfd, "cgroup.controllers", &available, err);
	if (result < 0) {
		err_context(err, "%s", path);
		return result;
	}
	lacking = needed & ~available;
	if (lacking != 0)
		return err_say(
			err, EOPNOTSUPP,
			"controller '%s' is not available in %s: the kernel has it not, a "
			"cgroup v1 hierarchy holds it, or the cgroup above does not pass it on",
			cgroup_controller_name(lacking & (~lacking + 1)), path);
	if ((needed & ~enabled) != 0)
		result = enable_needed(dirfd, path, needed & ~enabled, err);
	if (result == 0)
		enable_wished(dirfd, wished & ~needed & ~enabled & available);
	return result;
}
