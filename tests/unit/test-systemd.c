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

/* "NAME=t:NUMBER NAME=s:STRING ...", as they would be sent. */
static const char *show(struct arena *arena, const struct unit_properties *properties)
{
	auto_text struct text text = { 0 };
	size_t i;
	size_t k;

	for (i = 0; i < properties->count; i++) {
		const struct unit_property *property = &properties->items[i];

		text_addf(&text, "%s%s=%c:", i > 0 ? " " : "", property->name,
			  (char) property->type);
		if (property->type == UNIT_STRING)
			text_add(&text, property->string);
		else if (property->type == UNIT_BYTES)
			for (k = 0; k < property->byte_count; k++)
				text_addf(&text, "%02x", property->bytes[k]);
		else if (property->type == UNIT_STRINGS)
			for (k = 0; k < property->strings.count; k++)
				text_addf(&text, "%s,", property->strings.items[k]);
		else
			text_addf(&text, "%lld", (long long) property->number);
	}
	return arena_string(arena, text_string(&text));
}

#define VALUE(number)                                                                              \
	{                                                                                          \
		CGROUP_LIMIT_VALUE, number                                                         \
	}

TEST(settings_become_properties_with_spare_room_for_what_weir_keeps_in_the_scope)
{
	const struct cgroup_settings settings = {
		.memory_max_bytes = VALUE(64 << 20),
		.memory_swap_max_bytes = VALUE(0),
		.memory_low_bytes = VALUE(1 << 20),
		.pids_max = VALUE(10),
		.cpu_weight = VALUE(50),
		.cpu_quota_usec = VALUE(25001),
		.cpu_period_usec = VALUE(50000),
		.cpuset_cpus = "0-2,9",
		.cpuset_mems = "0",
	};
	struct unit_properties properties = { 0 };
	auto_arena struct arena arena = { 0 };

	CHECK(unit_properties_of_settings(&arena, &settings, &properties, NULL) == 0);
	CHECK(strstr(show(&arena, &properties), "MemoryMax=t:100663296") != NULL);
	CHECK(strstr(show(&arena, &properties), "MemorySwapMax=t:0 ") != NULL);
	CHECK(strstr(show(&arena, &properties), "MemoryLow=t:1048576") != NULL);
	CHECK(strstr(show(&arena, &properties), "TasksMax=t:27") != NULL);
	CHECK(strstr(show(&arena, &properties), "CPUWeight=t:50") != NULL);
	/* 500.02 ms a second, up to the next 10 */
	CHECK(strstr(show(&arena, &properties), "CPUQuotaPeriodUSec=t:50000") != NULL);
	CHECK(strstr(show(&arena, &properties), "CPUQuotaPerSecUSec=t:510000") != NULL);
	CHECK(strstr(show(&arena, &properties), "AllowedCPUs=y:0702") != NULL);
	CHECK(strstr(show(&arena, &properties), "AllowedMemoryNodes=y:01") != NULL);
}

/* What one raw file ("unified") becomes. */
TEST(raw_files_become_properties_too)
{
	static const struct {
		const char *file, *value, *properties;
	} rows[] = {
		{ "memory.max", "max", "MemoryMax=t:-1" },
		{ "memory.max", "18446744073709551615", "MemoryMax=t:-1" },
		{ "memory.high", "0", "MemoryHigh=t:33554432" },
		{ "memory.min", "4096", "MemoryMin=t:4096" },
		{ "memory.max", "64M", "" },
		{ "memory.oom.group", "1", "" },
		{ "pids.max", "max", "TasksMax=t:-1" },
		{ "cpu.max", "max", "CPUQuotaPerSecUSec=t:-1" },
		{ "cpu.max", "max 100000", "CPUQuotaPeriodUSec=t:100000 CPUQuotaPerSecUSec=t:-1" },
		{ "cpu.max", "1", "CPUQuotaPerSecUSec=t:10000" },
		{ "cpu.max", "100000", "CPUQuotaPerSecUSec=t:1000000" },
		{ "cpu.max", "- 50000", "CPUQuotaPeriodUSec=t:50000" },
		{ "cpu.max", "1 0", "CPUQuotaPeriodUSec=t:0" },
		{ "cpu.idle", "1", "CPUWeight=t:0" },
		{ "cpu.idle", "0", "" },
		{ "cpuset.cpus", "", "AllowedCPUs=y:" },
		{ "cpuset.cpus", "63", "AllowedCPUs=y:0000000000000080" },
		{ "cpuset.cpus", "3-1", "" },
		{ "cpuset.cpus", "0-99999999", "" },
		{ "cpuset.cpus", "0-", "" },
		{ "io.weight", "default 70", "IOWeight=t:70" },
		{ "io.weight", "8:0 70", "" },
		{ "hugetlb.2MB.max", "0", "" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct cgroup_raw raw = { rows[i].file, rows[i].value };
		const struct cgroup_settings settings = { .raw = &raw, .raw_count = 1 };
		struct unit_properties properties = { 0 };
		auto_arena struct arena arena = { 0 };

		CHECK(unit_properties_of_settings(&arena, &settings, &properties, NULL) == 0);
		CHECK_STRING(show(&arena, &properties), rows[i].properties);
	}
}

/* What one annotation becomes, or the error. */
static const char *annotated(struct arena *arena, const char *name, const char *value)
{
	struct spec_pair pair = { name, value };
	const struct spec_pairs pairs = { &pair, 1 };
	struct unit_properties properties = { 0 };
	struct err err = { 0 };

	if (unit_properties_of_annotations(arena, &pairs, &properties, &err) < 0)
		return arena_string(arena, err.text);
	return show(arena, &properties);
}

TEST(annotations_are_read_as_the_type_that_their_property_has)
{
	static const struct {
		const char *name, *value, *property;
	} rows[] = {
		{ "KillSignal", "15", "KillSignal=i:15" },
		{ "KillSignal", "int32 15", "KillSignal=i:15" },
		{ "TimeoutStopUSec", "uint64 10000000", "TimeoutStopUSec=t:10000000" },
		{ "TimeoutStopUSec", "@t 7", "TimeoutStopUSec=t:7" },
		{ "TimeoutStopSec", "10", "TimeoutStopUSec=t:10000000" },
		{ "TimeoutStopSec", "uint64 10", "TimeoutStopUSec=t:10000000" },
		{ "DefaultDependencies", "true", "DefaultDependencies=b:1" },
		{ "SendSIGHUP", "false", "SendSIGHUP=b:0" },
		{ "CollectMode", "'inactive-or-failed'", "CollectMode=s:inactive-or-failed" },
		{ "CollectMode", "\"inactive-or-failed\"", "CollectMode=s:inactive-or-failed" },
		{ "Description", "'it\\'s'", "Description=s:it's" },
		{ "After", "['a.service', 'b.service']", "After=a:a.service,b.service," },
		{ "After", "@as []", "After=a:" },
		{ "KillSignal", "x", "'x' is no value of D-Bus type 'i'" },
		{ "KillSignal", "99999999999", "'99999999999' is no value of D-Bus type 'i'" },
		{ "KillSignal", "uint64 15", "'uint64 15' is no value of D-Bus type 'i'" },
		{ "TimeoutStopUSec", "-1", "'-1' is no value of D-Bus type 't'" },
		{ "TimeoutStopSec", "18446744073709551615", "'18446744073709551615' is too long" },
		{ "CollectMode", "inactive", "'inactive' is no value of D-Bus type 's'" },
		{ "CollectMode", "'a' b", "''a' b' is no value of D-Bus type 's'" },
		{ "CollectMode", "'a", "''a' is no value of D-Bus type 's'" },
		{ "CollectMode", "'a\\", "''a\\' is no value of D-Bus type 's'" },
		{ "After", "['a'", "'['a'' is no value of D-Bus type 'as'" },
		{ "After", "['a' 'b']", "'['a' 'b']' is no value of D-Bus type 'as'" },
		{ "ExecStart", "'/bin/sh'", "is no property that a container may set of its unit" },
		{ "MemoryMax", "uint64 1", "is no property that a container may set of its unit" },
		{ "Sec", "1", "is no property that a container may set of its unit" },
		{ "", "1", "is no property that a container may set of its unit" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_arena struct arena arena = { 0 };
		const char *key = arena_printf(&arena, "org.systemd.property.%s", rows[i].name);
		const char *wanted = rows[i].property;

		if (strstr(wanted, " is ") != NULL || wanted[0] == 'i')
			wanted = arena_printf(&arena, "/annotations/%s: %s", key, wanted);
		CHECK_STRING(annotated(&arena, key, rows[i].value), wanted);
	}
}

TEST(other_annotations_are_none_of_systemds)
{
	auto_arena struct arena arena = { 0 };

	CHECK_STRING(annotated(&arena, "org.systemd", "x"), "");
}

UNIT_MAIN(UNIT_TEST(a_path_for_systemd_is_a_slice_and_a_scope),
	  UNIT_TEST(anything_else_is_refused_by_its_member),
	  UNIT_TEST(an_id_that_no_unit_can_have_is_refused), UNIT_TEST(a_name_is_not_cut),
	  UNIT_TEST(settings_become_properties_with_spare_room_for_what_weir_keeps_in_the_scope),
	  UNIT_TEST(raw_files_become_properties_too),
	  UNIT_TEST(annotations_are_read_as_the_type_that_their_property_has),
	  UNIT_TEST(other_annotations_are_none_of_systemds))
