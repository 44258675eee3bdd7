// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "cgroupfs/cgroup.h"
#include "runtime/base/err.h"
#include "tests/unit/unit.h"

TEST(a_path_has_one_form)
{
	char path[CGROUP_PATH_ROOM];

	CHECK_NUMBER(cgroup_path_normalise("/a//b/", path, NULL), 0);
	CHECK_STRING(path, "/a/b");
	CHECK_NUMBER(cgroup_path_normalise("a/b", path, NULL), 0);
	CHECK_STRING(path, "/a/b");
	CHECK_NUMBER(cgroup_path_normalise("///machine.slice///x:y z", path, NULL), 0);
	CHECK_STRING(path, "/machine.slice/x:y z");
	CHECK_NUMBER(cgroup_path_normalise("/.../..a/.b", path, NULL), 0);
	CHECK_STRING(path, "/.../..a/.b");
	CHECK_NUMBER(cgroup_path_normalise(path, path, NULL), 0);
	CHECK_STRING(path, "/.../..a/.b");
}

TEST(a_path_that_could_leave_is_refused)
{
	static const struct {
		const char *path;
		const char *error;
	} cases[] = {
		{ "/../x", "cgroup path: '..' is not allowed" },
		{ "/a/../../b", "cgroup path: '..' is not allowed" },
		{ "a/..", "cgroup path: '..' is not allowed" },
		{ "/a/./b", "cgroup path: '.' is not allowed" },
		{ "", "cgroup path: '' names no cgroup below the root" },
		{ "/", "cgroup path: '/' names no cgroup below the root" },
		{ "//", "cgroup path: '/' names no cgroup below the root" },
		{ "/a\nb", "cgroup path: control character 0x0a" },
		{ "/a\033[2J", "cgroup path: control character 0x1b" },
		{ "/\177", "cgroup path: control character 0x7f" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char path[CGROUP_PATH_ROOM] = "untouched";
		struct err err = { 0 };

		CHECK_NUMBER(cgroup_path_normalise(cases[i].path, path, &err), -EINVAL);
		CHECK_STRING(err.text, cases[i].error);
		CHECK_STRING(path, "untouched");
	}
}

TEST(a_path_has_limits)
{
	char path[CGROUP_PATH_ROOM] = "untouched";
	char name[300];
	char deep[2 * CGROUP_PATH_ROOM + 1];
	size_t i;

	memset(name, 'n', sizeof(name));
	name[255] = '\0';
	CHECK_NUMBER(cgroup_path_normalise(name, path, NULL), 0);
	CHECK_NUMBER(strlen(path), 256);
	name[255] = 'n';
	name[256] = '\0';
	CHECK_NUMBER(cgroup_path_normalise(name, path, NULL), -ENAMETOOLONG);
	for (i = 0; i < CGROUP_PATH_ROOM; i++)
		memcpy(deep + 2 * i, "/d", 2);
	deep[CGROUP_PATH_ROOM - 2] = '\0';
	CHECK_NUMBER(cgroup_path_normalise(deep, path, NULL), 0);
	CHECK_STRING(path, deep);
	deep[CGROUP_PATH_ROOM - 2] = '/';
	deep[CGROUP_PATH_ROOM] = '\0';
	CHECK_NUMBER(cgroup_path_normalise(deep, path, NULL), -ENAMETOOLONG);
	CHECK_NUMBER(strlen(path), CGROUP_PATH_ROOM - 2);
}

TEST(the_path_of_a_process_is_the_line_of_hierarchy_zero)
{
	char path[CGROUP_PATH_ROOM] = "untouched";

	CHECK_NUMBER(cgroup_path_of_text("5:memory:/v1\n0::/a/0::/b\n", path), 0);
	CHECK_STRING(path, "/a/0::/b");
	CHECK_NUMBER(cgroup_path_of_text("0:pids:/v1\n0::/b", path), 0);
	CHECK_STRING(path, "/b");
	CHECK_NUMBER(cgroup_path_of_text("0::/\n", path), 0);
	CHECK_STRING(path, "/");
	CHECK_NUMBER(cgroup_path_of_text("10::/x\n5:memory:/0::/y", path), -ENOENT);
	CHECK_NUMBER(cgroup_path_of_text("", path), -ENOENT);
	CHECK_STRING(path, "/");
}

UNIT_MAIN(UNIT_TEST(a_path_has_one_form), UNIT_TEST(a_path_that_could_leave_is_refused),
	  UNIT_TEST(a_path_has_limits),
	  UNIT_TEST(the_path_of_a_process_is_the_line_of_hierarchy_zero))
