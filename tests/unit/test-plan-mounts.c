// SPDX-License-Identifier: Apache-2.0
#include <stdint.h>
#include <sys/mount.h>

#include "runtime/base/arena.h"
#include "runtime/base/err.h"
#include "runtime/base/text.h"
#include "runtime/plan.h"
#include "tests/unit/unit.h"

#define WORDS_MAX 8

/* One mount of `words` (separated by commas), planned. */
struct one {
	struct arena arena;
	struct text warnings;
	struct plan plan;
	struct err err;
	int result;
};

#define auto_one __attribute__((cleanup(one_free)))

static void one_free(struct one *one)
{
	text_free(&one->warnings);
	arena_free(&one->arena);
}

static const struct plan_mount *plan_whole(struct one *one, struct spec_mount mount)
{
	struct spec spec = { .mounts = { &mount, 1 } };
	const struct plan_request request = {
		.arena = &one->arena, .spec = &spec, .warnings = &one->warnings, .bundle = "/b"
	};

	one->result = plan_mounts(&request, &one->plan, &one->err);
	return &one->plan.mounts[0];
}

static const struct plan_mount *plan_mount(struct one *one, struct spec_mount mount,
					   const char *words)
{
	char *copy = arena_string(&one->arena, words);
	const char *items[WORDS_MAX] = { NULL };

	for (; copy != NULL && *copy != '\0' && mount.options.count < WORDS_MAX;)
		items[mount.options.count++] = text_next(&copy, ',');
	mount.options.items = items;
	return plan_whole(one, mount);
}

static const struct spec_mount tmpfs = { .destination = "/d", .type = "tmpfs", .source = "tmpfs" };
static const struct spec_mount bind = { .destination = "/d", .type = "bind", .source = "/s" };

/* What each word does to a tmpfs: this mount's attributes set and cleared, the tree's likewise. */
#define ATIME MOUNT_ATTR__ATIME
static const struct row {
	const char *words;
	uint64_t set, clear, tree_set, tree_clear;
} rows[] = {
	{ "ro", MOUNT_ATTR_RDONLY, 0, 0, 0 },
	{ "rw", 0, MOUNT_ATTR_RDONLY, 0, 0 },
	{ "ro,rw", 0, MOUNT_ATTR_RDONLY, 0, 0 },
	{ "rw,ro", MOUNT_ATTR_RDONLY, 0, 0, 0 },
	{ "nosuid", MOUNT_ATTR_NOSUID, 0, 0, 0 },
	{ "suid", 0, MOUNT_ATTR_NOSUID, 0, 0 },
	{ "nodev", MOUNT_ATTR_NODEV, 0, 0, 0 },
	{ "dev", 0, MOUNT_ATTR_NODEV, 0, 0 },
	{ "noexec", MOUNT_ATTR_NOEXEC, 0, 0, 0 },
	{ "exec", 0, MOUNT_ATTR_NOEXEC, 0, 0 },
	{ "nodiratime", MOUNT_ATTR_NODIRATIME, 0, 0, 0 },
	{ "diratime", 0, MOUNT_ATTR_NODIRATIME, 0, 0 },
	{ "nosymfollow", MOUNT_ATTR_NOSYMFOLLOW, 0, 0, 0 },
	{ "symfollow", 0, MOUNT_ATTR_NOSYMFOLLOW, 0, 0 },
	{ "noatime", MOUNT_ATTR_NOATIME, ATIME, 0, 0 },
	{ "atime", MOUNT_ATTR_RELATIME, ATIME, 0, 0 },
	{ "relatime", MOUNT_ATTR_RELATIME, ATIME, 0, 0 },
	{ "strictatime", MOUNT_ATTR_STRICTATIME, ATIME, 0, 0 },
	{ "noatime,strictatime", MOUNT_ATTR_STRICTATIME, ATIME, 0, 0 },
	{ "ro,nosuid,noexec", MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, 0, 0, 0 },
	{ "rro", 0, 0, MOUNT_ATTR_RDONLY, 0 },
	{ "rrw", 0, 0, 0, MOUNT_ATTR_RDONLY },
	{ "rro,rw", 0, MOUNT_ATTR_RDONLY, MOUNT_ATTR_RDONLY, 0 },
	{ "rnosuid", 0, 0, MOUNT_ATTR_NOSUID, 0 },
	{ "rsuid", 0, 0, 0, MOUNT_ATTR_NOSUID },
	{ "rnodev", 0, 0, MOUNT_ATTR_NODEV, 0 },
	{ "rdev", 0, 0, 0, MOUNT_ATTR_NODEV },
	{ "rnoexec", 0, 0, MOUNT_ATTR_NOEXEC, 0 },
	{ "rexec", 0, 0, 0, MOUNT_ATTR_NOEXEC },
	{ "rnodiratime", 0, 0, MOUNT_ATTR_NODIRATIME, 0 },
	{ "rdiratime", 0, 0, 0, MOUNT_ATTR_NODIRATIME },
	{ "rnosymfollow", 0, 0, MOUNT_ATTR_NOSYMFOLLOW, 0 },
	{ "rsymfollow", 0, 0, 0, MOUNT_ATTR_NOSYMFOLLOW },
	{ "rnoatime", 0, 0, MOUNT_ATTR_NOATIME, ATIME },
	{ "ratime", 0, 0, MOUNT_ATTR_RELATIME, ATIME },
	{ "rrelatime", 0, 0, MOUNT_ATTR_RELATIME, ATIME },
	{ "rstrictatime", 0, 0, MOUNT_ATTR_STRICTATIME, ATIME },
	{ "defaults", 0, 0, 0, 0 },
	{ "iversion,noiversion,loud,silent,mand,nomand", 0, 0, 0, 0 },
	{ "norelatime,nostrictatime,rnorelatime,rnostrictatime", 0, 0, 0, 0 },
};

TEST(each_word_is_its_attribute)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_one struct one one = { 0 };
		const struct plan_mount *mount = plan_mount(&one, tmpfs, rows[i].words);

		CHECK_NUMBER(one.result, 0);
		CHECK_NUMBER(mount->attr_set, rows[i].set);
		CHECK_NUMBER(mount->attr_clear, rows[i].clear);
		CHECK_NUMBER(mount->recursive_attr_set, rows[i].tree_set);
		CHECK_NUMBER(mount->recursive_attr_clear, rows[i].tree_clear);
		CHECK_NUMBER(mount->option_count, 0);
		CHECK_NUMBER(mount->kind, PLAN_MOUNT_FILESYSTEM);
		CHECK_NUMBER(mount->propagation, 0);
	}
}

TEST(propagation_words_are_of_the_mount_or_of_the_tree)
{
	static const struct {
		const char *word;
		uint64_t propagation;
	} words[] = {
		{ "private", MS_PRIVATE },
		{ "shared", MS_SHARED },
		{ "slave", MS_SLAVE },
		{ "unbindable", MS_UNBINDABLE },
	};
	size_t i;

	for (i = 0; i < 4; i++) {
		auto_one struct one one = { 0 };
		auto_one struct one tree = { 0 };
		const struct plan_mount *mount = plan_mount(&one, bind, words[i].word);

		CHECK_NUMBER(mount->propagation, words[i].propagation);
		CHECK(!mount->propagation_recursive);
		mount = plan_mount(&tree, bind, arena_printf(&tree.arena, "r%s", words[i].word));
		CHECK_NUMBER(mount->propagation, words[i].propagation);
		CHECK(mount->propagation_recursive);
	}
}

TEST(other_words_are_options_of_the_file_system)
{
	auto_one struct one one = { 0 };
	const struct plan_mount *mount =
		plan_mount(&one, tmpfs, "size=64k,sync,dirsync,async,lazytime,nolazytime,x=");

	CHECK_NUMBER(one.result, 0);
	CHECK_NUMBER(mount->option_count, 7);
	CHECK_STRING(mount->options[0].key, "size");
	CHECK_STRING(mount->options[0].value, "64k");
	CHECK_STRING(mount->options[1].key, "sync");
	CHECK(mount->options[1].value == NULL);
	CHECK_STRING(mount->options[6].value, "");
	CHECK(mount->options[7].key == NULL);
}

TEST(a_bind_is_known_by_type_or_by_word)
{
	struct spec_mount bare = { .destination = "d", .source = "s" };
	auto_one struct one by_type = { 0 };
	auto_one struct one by_word = { 0 };
	const struct plan_mount *mount = plan_mount(&by_type, bind, "");

	CHECK(mount->kind == PLAN_MOUNT_BIND && !mount->recursive);
	mount = plan_mount(&by_word, bare, "rbind,src-nofollow,dest-nofollow");
	CHECK(mount->kind == PLAN_MOUNT_BIND && mount->recursive);
	CHECK(mount->source_nofollow && mount->destination_nofollow);
	CHECK_STRING(mount->source, "/b/s");
	CHECK_STRING(mount->destination, "/d");
	CHECK_STRING(mount->where, "/mounts/0");
}

TEST(an_option_lost_on_a_bind_is_warned_of)
{
	auto_one struct one one = { 0 };

	(void) plan_mount(&one, bind, "bind,mode=755");
	CHECK_NUMBER(one.result, 0);
	CHECK(strstr(text_string(&one.warnings), "/mounts/0/options: 'mode'") != NULL);
}

TEST(a_remount_changes_what_is_there)
{
	auto_one struct one one = { 0 };
	auto_one struct one other = { 0 };

	CHECK_NUMBER(plan_mount(&one, bind, "bind,remount,ro")->kind, PLAN_MOUNT_REMOUNT);
	CHECK_NUMBER(plan_mount(&other, bind, "remount,bind,ro")->kind, PLAN_MOUNT_REMOUNT);
}

TEST(cgroup_of_either_version_is_the_containers_own)
{
	struct spec_mount mount = { .destination = "/c", .type = "cgroup", .source = "cgroup" };
	auto_one struct one one = { 0 };
	auto_one struct one two = { 0 };

	CHECK_NUMBER(plan_mount(&one, mount, "ro")->kind, PLAN_MOUNT_CGROUP);
	mount.type = "cgroup2";
	CHECK_NUMBER(plan_mount(&two, mount, "ro")->kind, PLAN_MOUNT_CGROUP);
}

TEST(what_cannot_be_is_refused_by_its_place)
{
	struct spec_mount no_source = { .destination = "/d", .type = "bind" };
	struct spec_mount no_type = { .destination = "/d", .source = "x" };
	auto_one struct one source = { 0 };
	auto_one struct one type = { 0 };
	auto_one struct one word = { 0 };

	(void) plan_mount(&source, no_source, "");
	CHECK(source.result < 0 && strstr(source.err.text, "/mounts/0/source: ") != NULL);
	(void) plan_mount(&type, no_type, "");
	CHECK(type.result < 0 && strstr(type.err.text, "/mounts/0/type: ") != NULL);
	(void) plan_mount(&word, tmpfs, "ro,idmap");
	CHECK_STRING(word.err.text, "/mounts/0: only bind mounts can be id-mapped");
}

TEST(tmpcopyup_is_for_tmpfs)
{
	struct spec_mount ramfs = { .destination = "/d", .type = "ramfs", .source = "x" };
	auto_one struct one one = { 0 };
	auto_one struct one other = { 0 };

	CHECK(plan_mount(&one, tmpfs, "tmpcopyup")->copy_up);
	(void) plan_mount(&other, ramfs, "tmpcopyup");
	CHECK_STRING(other.err.text, "/mounts/0/options: tmpcopyup is for tmpfs only");
}

TEST(what_one_entry_joins_with_commas_is_split)
{
	const char *entry[] = { "ro,size=1m,,x-comment,nosuid", NULL };
	struct spec_mount asked = tmpfs;
	auto_one struct one one = { 0 };
	const struct plan_mount *mount;

	asked.options = (struct spec_strings){ entry, 1 };
	mount = plan_whole(&one, asked);
	CHECK_NUMBER(mount->attr_set, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID);
	CHECK_NUMBER(mount->option_count, 1);
	CHECK_STRING(mount->options[0].key, "size");
	CHECK_STRING(mount->options[0].value, "1m");
}

TEST(a_file_system_on_a_device_is_told_of_ro_itself)
{
	struct spec_mount ext4 = { .destination = "/d", .type = "ext4", .source = "/dev/x" };
	auto_one struct one one = { 0 };
	auto_one struct one other = { 0 };

	CHECK_STRING(plan_mount(&one, ext4, "ro")->options[0].key, "ro");
	CHECK_NUMBER(plan_mount(&other, tmpfs, "ro")->option_count, 0);
}

UNIT_MAIN(UNIT_TEST(each_word_is_its_attribute),
	  UNIT_TEST(propagation_words_are_of_the_mount_or_of_the_tree),
	  UNIT_TEST(other_words_are_options_of_the_file_system),
	  UNIT_TEST(a_bind_is_known_by_type_or_by_word),
	  UNIT_TEST(an_option_lost_on_a_bind_is_warned_of),
	  UNIT_TEST(a_remount_changes_what_is_there),
	  UNIT_TEST(cgroup_of_either_version_is_the_containers_own),
	  UNIT_TEST(what_cannot_be_is_refused_by_its_place), UNIT_TEST(tmpcopyup_is_for_tmpfs),
	  UNIT_TEST(what_one_entry_joins_with_commas_is_split),
	  UNIT_TEST(a_file_system_on_a_device_is_told_of_ro_itself))
