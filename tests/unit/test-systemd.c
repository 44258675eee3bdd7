// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "cgroupfs/settings.h"
#include "runtime/base/arena.h"
#include "runtime/base/err.h"
#include "runtime/base/text.h"
#include "runtime/systemd-plan.h"
#include "tests/unit/unit.h"

/* "SLICE SCOPE PATH", or what is wrong. */
static const char *names_of(struct arena *arena, const char *asked, const char *id, bool user)
{
	struct unit_names names = { 0 };
	char path[CGROUP_PATH_ROOM];
	struct err err = { 0 };

	if (unit_names_of(asked, id, user, &names, &err) < 0 || unit_path(&names, path, &err) < 0)
		return arena_string(arena, err.text);
	return arena_printf(arena, "%s %s %s", names.slice, names.scope, path);
}

TEST(a_path_for_systemd_is_a_slice_and_a_scope)
{
	static const struct {
		const char *asked;
		bool user;
		const char *names;
	} rows[] = {
		{ NULL, false, "system.slice weir-c1.scope /system.slice/weir-c1.scope" },
		{ "", true, "user.slice weir-c1.scope /user.slice/weir-c1.scope" },
		{ "machine.slice:libpod:abc", false,
		  "machine.slice libpod-abc.scope /machine.slice/libpod-abc.scope" },
		{ ":docker:abc", false,
		  "system.slice docker-abc.scope /system.slice/docker-abc.scope" },
		{ ":docker:abc", true, "user.slice docker-abc.scope /user.slice/docker-abc.scope" },
		{ "system.slice::abc", false, "system.slice abc.scope /system.slice/abc.scope" },
		{ "-:crio:abc", false, "-.slice crio-abc.scope /crio-abc.scope" },
		{ "-.slice:crio:abc", false, "-.slice crio-abc.scope /crio-abc.scope" },
		{ "kubepods-besteffort-pod1_2.slice:cri-containerd:abc", false,
		  "kubepods-besteffort-pod1_2.slice cri-containerd-abc.scope "
		  "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod1_2.slice/"
		  "cri-containerd-abc.scope" },
		/* a dash in the scope's own name makes no slice */
		{ "a.slice:b:c-d", false, "a.slice b-c-d.scope /a.slice/b-c-d.scope" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_arena struct arena arena = { 0 };

		CHECK_STRING(names_of(&arena, rows[i].asked, "c1", rows[i].user), rows[i].names);
	}
}

TEST(anything_else_is_refused_by_its_member)
{
	static const struct {
		const char *asked, *says;
	} rows[] = {
		{ "/a/b", "'/a/b': with systemd it is slice:prefix:name" },
		{ "a.slice", "'a.slice': with systemd it is slice:prefix:name" },
		{ "a.slice:b", "'a.slice:b': with systemd it is slice:prefix:name" },
		{ "a.slice:b:c:d", "'a.slice:b:c:d': with systemd it is slice:prefix:name" },
		{ "a:b:c", "'a' is not the name of a slice" },
		{ ".slice:b:c", "'.slice' is not the name of a slice" },
		{ "/a.slice:b:c", "'/a.slice' is not the name of a slice" },
		{ "a/../b.slice:b:c", "'a/../b.slice' is not the name of a slice" },
		{ "-a.slice:b:c", "'-a.slice' is not the name of a slice" },
		{ "a-.slice:b:c", "'a-.slice' is not the name of a slice" },
		{ "a--b.slice:b:c", "'a--b.slice' is not the name of a slice" },
		{ "a.slice:b:", "'b-.scope' is not the name of a scope" },
		{ "a.slice::", "'.scope' is not the name of a scope" },
		{ "a.slice:b/c:d", "'b/c-d.scope' is not the name of a scope" },
		{ "a.slice:b:c d", "'b-c d.scope' is not the name of a scope" },
		{ "a.slice:b:c.slice", "'c.slice' is a slice, and processes live in a scope" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_arena struct arena arena = { 0 };

		CHECK_STRING(names_of(&arena, rows[i].asked, "c1", false),
			     arena_printf(&arena, "/linux/cgroupsPath: %s", rows[i].says));
	}
}

TEST(an_id_that_no_unit_can_have_is_refused)
{
	auto_arena struct arena arena = { 0 };

	CHECK_STRING(names_of(&arena, NULL, "a+b", false),
		     "/linux/cgroupsPath: 'weir-a+b.scope' is not the name of a scope");
}

TEST(a_name_is_not_cut)
{
	auto_arena struct arena arena = { 0 };
	char long_name[UNIT_NAME_ROOM + 16];
	struct unit_names names = { 0 };

	memset(long_name, 'x', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	CHECK(unit_names_of(arena_printf(&arena, "a.slice:b:%s", long_name), "c1", false, &names,
			    NULL) == -EINVAL);
	CHECK(unit_names_of(arena_printf(&arena, "%s.slice:b:c", long_name), "c1", false, &names,
			    NULL) == -EINVAL);
	/* "weir-" and ".scope" beside it: one byte too many, and just enough. */
	long_name[UNIT_NAME_ROOM - 11] = '\0';
	CHECK(unit_names_of(NULL, long_name, false, &names, NULL) == -EINVAL);
	long_name[UNIT_NAME_ROOM - 12] = '\0';
	CHECK(unit_names_of(NULL, long_name, false, &names, NULL) == 0);
}

UNIT_MAIN(UNIT_TEST(a_path_for_systemd_is_a_slice_and_a_scope),
	  UNIT_TEST(anything_else_is_refused_by_its_member),
	  UNIT_TEST(an_id_that_no_unit_can_have_is_refused), UNIT_TEST(a_name_is_not_cut))
