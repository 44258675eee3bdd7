// SPDX-License-Identifier: Apache-2.0
/* The files of memory policies: which are read, in which order, and whose may run programs. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/base/arena.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/file.h"
#include "runtime/base/text.h"
#include "runtime/policy/policy.h"
#include "tests/unit/unit.h"

static struct arena arena;

#define HOST_LADDER                                                                                \
	"{ \"hostExec\": { \"uid\": 65534, \"gid\": 65534, \"timeout\": \"3s\" }, "                \
	"\"defaults\": { \"ladder\": \"80:host-exec=/bin/x\" } }"

#define WHOLE(policy) "{ \"version\": 1, \"policies\": [ " policy " ] }"

static char directory[] = "/tmp/test-policy-XXXXXX";

static void put(const char *name, const char *text, mode_t mode)
{
	auto_fd int dir = open(directory, O_RDONLY | O_DIRECTORY);
	auto_fd int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC, mode);

	CHECK(fd >= 0 && fchmod(fd, mode) == 0);
	CHECK(fd_write_full(fd, text, strlen(text)) == 0);
}

static const char *load(size_t *count)
{
	static struct err err;
	const struct policy_places places = { .directory = directory };
	struct policy_rules host = { 0 };
	struct policy_rules given = { 0 };

	err_clear(&err);
	(void) policy_load(&arena, &places, &host, &given, &err);
	*count = host.count;
	return err.text;
}

TEST(the_directory_is_read_in_the_order_of_its_names)
{
	const struct policy_places places = { .directory = directory };
	struct policy_rules host = { 0 };
	struct policy_rules given = { 0 };
	size_t count;

	CHECK(mkdtemp(directory) != NULL);
	put("20.json", WHOLE("{ \"name\": \"c\" }"), 0644);
	put("10.json", WHOLE("{ \"name\": \"a\" }, { \"name\": \"b\" }"), 0644);
	put(".11.json", "no JSON", 0644);
	put("12.json~", "no JSON", 0644);
	put("README", "no JSON", 0644);
	CHECK_NUMBER(policy_load(&arena, &places, &host, &given, NULL), 0);
	CHECK_NUMBER(host.count, 3);
	CHECK_STRING(host.items[0].name, "a");
	CHECK_STRING(host.items[1].name, "b");
	CHECK_STRING(host.items[2].name, "c");
	put("15.json", "{ \"version\": 1, \"policies\": [", 0644);
	CHECK(strstr(load(&count), "/15.json: line 1 column") != NULL);
	put("15.json", WHOLE(""), 0644);
	CHECK_STRING(load(&count), "");
}

TEST(a_fifo_is_no_file_and_is_not_waited_for)
{
	auto_text struct text path = { 0 };
	size_t count;

	text_addf(&path, "%s/16.json", directory);
	CHECK(mkfifo(text_string(&path), 0644) == 0);
	CHECK(strstr(load(&count), "16.json: not a regular file") != NULL);
	CHECK(unlink(text_string(&path)) == 0);
}

TEST(a_file_that_others_may_write_permits_no_program_of_the_host)
{
	size_t count;

	put("30.json", WHOLE(HOST_LADDER), 0664);
	CHECK(strstr(load(&count), "30.json:1: hostExec: the file has to be root's") != NULL);
	put("30.json", WHOLE(HOST_LADDER), 0644);
	if (geteuid() != 0) {
		CHECK(strstr(load(&count), "the file has to be root's") != NULL);
		CHECK_NUMBER(file_remove_tree_at(AT_FDCWD, directory, NULL), 0);
		return;
	}
	CHECK_STRING(load(&count), "");
	CHECK(chmod(directory, 0777) == 0);
	CHECK(strstr(load(&count), "has to be root's, and nobody else's to write") != NULL);
	CHECK_NUMBER(file_remove_tree_at(AT_FDCWD, directory, NULL), 0);
}

TEST(no_directory_is_no_policy)
{
	struct policy_rules host = { 0 };
	struct policy_rules given = { 0 };
	const struct policy_places nowhere = { .directory = "/nowhere/memory.d" };
	const struct policy_places places = { .directory = "/nowhere", .given = "/nowhere/file" };
	struct err err = { 0 };

	CHECK_NUMBER(policy_load(&arena, &nowhere, &host, &given, NULL), 0);
	CHECK_NUMBER(policy_load(&arena, &places, &host, &given, &err), -ENOENT);
	CHECK(strstr(err.text, "--memory-policy: /nowhere/file: No such file") != NULL);
}

UNIT_MAIN(UNIT_TEST(the_directory_is_read_in_the_order_of_its_names),
	  UNIT_TEST(a_fifo_is_no_file_and_is_not_waited_for),
	  UNIT_TEST(a_file_that_others_may_write_permits_no_program_of_the_host),
	  UNIT_TEST(no_directory_is_no_policy))
