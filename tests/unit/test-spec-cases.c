// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdbool.h>
#include <sys/mount.h>

#include "runtime/base/arena.h"
#include "runtime/base/json.h"
#include "runtime/base/text.h"
#include "spec/load.h"
#include "tests/unit/configs.h"
#include "tests/unit/unit.h"

#define CASES_AT_LEAST 380 /* a file that lost its lines must not pass */

/* Cuts "A | B | C" into three; false for a comment or an empty line. */
static bool cut_case(char *line, char *parts[3])
{
	char *cursor = line;
	size_t i;

	if (line[0] == '#' || line[0] == '\0')
		return false;
	for (i = 0; i < 3; i++) {
		char *end = i < 2 ? strstr(cursor, " | ") : cursor + strlen(cursor);

		CHECK(end != NULL);
		parts[i] = cursor;
		cursor = end + (i < 2 ? 3 : 0);
		*end = '\0';
	}
	return true;
}

/* Whether the changed config gets its answer; prints what it gets when not. */
static bool is_answered(const struct json *base, char *parts[3])
{
	auto_arena struct arena arena = { 0 };
	auto_text struct text text = { 0 };
	char *says;
	size_t length;

	config_write(&text, base, parts[0], parts[1]);
	says = arena_string(&arena, config_says(&arena, text_string(&text), NULL));
	length = strlen(says);
	if (length > 0 && says[length - 1] == '\n')
		says[length - 1] = '\0';
	if (strcmp(says, parts[2]) == 0)
		return true;
	fprintf(stderr, "%s = %s\n  says     %s\n  expected %s\n", parts[0], parts[1], says,
		parts[2]);
	return false;
}

TEST(every_change_gets_its_answer)
{
	auto_arena struct arena arena = { 0 };
	const struct json *base = config_tree(&arena, "base.json");
	const char *file = config_file(&arena, "cases.txt");
	char *cursor = arena_string(&arena, file);
	size_t cases = 0;
	size_t wrong = 0;
	char *parts[3];
	char *line;

	CHECK_STRING(config_says(&arena, config_file(&arena, "base.json"), NULL), "ok");
	while ((line = text_next(&cursor, '\n')) != NULL) {
		if (!cut_case(line, parts))
			continue;
		cases++;
		if (!is_answered(base, parts))
			wrong++;
	}
	CHECK(cases >= CASES_AT_LEAST);
	CHECK_NUMBER(wrong, 0);
}

TEST(a_config_like_dockers_is_read)
{
	auto_arena struct arena arena = { 0 };
	struct spec spec;
	const struct spec_device_rules *rules;

	CHECK_STRING(config_says(&arena, config_file(&arena, "docker.json"), &spec), "ok");
	CHECK(spec.process->console_size == NULL && spec.process->oom_score_adj.set);
	CHECK_STRING(spec.hooks.prestart.items[0].path, "/proc/1234/exe");
	CHECK_NUMBER(spec.linux_config.devices.items[0].file_mode.value, 0660);
	rules = &spec.linux_config.resources->devices;
	CHECK(rules->items[4].major.set && !rules->items[4].minor.set);
	CHECK(!rules->items[6].major.set && rules->items[6].type == 'b');
	CHECK(rules->items[0].type == 0 && !rules->items[0].allow);
	CHECK(spec.linux_config.resources->network == NULL);
	CHECK_NUMBER(spec.linux_config.rootfs_propagation, MS_SLAVE); /* written "rslave" */
	CHECK(spec.linux_config.resources->cpu->shares.set);
}

TEST(a_config_like_containerds_is_read)
{
	auto_arena struct arena arena = { 0 };
	struct spec spec;

	CHECK_STRING(config_says(&arena, config_file(&arena, "containerd.json"), &spec), "ok");
	CHECK_STRING(spec.linux_config.namespaces.items[4].path, "/proc/4711/ns/net");
	CHECK_STRING(spec.linux_config.resources->unified.items[1].value, "0");
	CHECK_NUMBER(spec.process->user.additional_gids.items[1], 10);
	CHECK_NUMBER(spec.linux_config.seccomp->syscalls.items[4].errno_ret.value, 38);
}

static const char *says_with(struct arena *arena, const char *path, const char *json)
{
	auto_text struct text text = { 0 };

	config_write(&text, config_tree(arena, "base.json"), path, json);
	return config_says(arena, text_string(&text), NULL);
}

static const char *repeated(struct arena *arena, const char *head, const char *piece, size_t count,
			    const char *tail)
{
	auto_text struct text text = { 0 };

	text_add(&text, head);
	while (count-- > 0)
		text_add(&text, piece);
	text_add(&text, tail);
	return arena_string(arena, text_string(&text));
}

TEST(an_argument_is_as_long_as_execve_takes)
{
	auto_arena struct arena arena = { 0 };
	const char *fits = repeated(&arena, "\"A=", "x", 131071 - 2, "\"");
	const char *too_long = repeated(&arena, "\"A=", "x", 131072 - 2, "\"");

	CHECK_STRING(says_with(&arena, "/process/args/1", fits), "ok");
	CHECK_STRING(says_with(&arena, "/process/env/1", fits), "ok");
	CHECK_STRING(says_with(&arena, "/process/args/1", too_long),
		     "/process/args/1: longer than 131071 bytes");
	CHECK_STRING(says_with(&arena, "/process/env/1", too_long),
		     "/process/env/1: longer than 131071 bytes");
}

TEST(groups_are_as_many_as_the_kernel_takes)
{
	auto_arena struct arena arena = { 0 };

	CHECK_STRING(says_with(&arena, "/process/user/additionalGids",
			       repeated(&arena, "[0", ",1", 65535, "]")),
		     "ok");
	CHECK_STRING(says_with(&arena, "/process/user/additionalGids",
			       repeated(&arena, "[0", ",1", 65536, "]")),
		     "/process/user/additionalGids: more than 65536 groups");
}

/* The answer to a config with `count` mappings of one id each. */
static const char *says_with_maps(struct arena *arena, size_t count)
{
	auto_text struct text text = { 0 };
	size_t i;

	text_add(&text, "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"/\"},\"linux\":{"
			"\"namespaces\":[{\"type\":\"user\"}],\"gidMappings\":["
			"{\"containerID\":0,\"hostID\":0,\"size\":1}],\"uidMappings\":[");
	for (i = 0; i < count; i++)
		text_addf(&text, "%s{\"containerID\":%zu,\"hostID\":%zu,\"size\":1}",
			  i > 0 ? "," : "", i, i);
	text_add(&text, "]}}");
	return config_says(arena, text_string(&text), NULL);
}

TEST(mappings_are_as_many_as_the_kernel_takes)
{
	auto_arena struct arena arena = { 0 };

	CHECK_STRING(says_with_maps(&arena, 340), "ok");
	CHECK_STRING(says_with_maps(&arena, 341), "/linux/uidMappings: more than 340 mappings");
}

TEST(what_nobody_knows_is_ignored_forty_levels_deep)
{
	auto_arena struct arena arena = { 0 };
	const char *arrays = repeated(&arena, repeated(&arena, "", "[", 40, "1"), "]", 40, "");
	const char *objects =
		repeated(&arena, repeated(&arena, "", "{\"a\":", 40, "null"), "}", 40, "");

	CHECK_STRING(says_with(&arena, "/future", arrays), "ok");
	CHECK_STRING(says_with(&arena, "/linux/resources/memory/future", objects), "ok");
}

TEST(a_config_is_an_object_and_strict_json)
{
	auto_arena struct arena arena = { 0 };

	CHECK_STRING(config_says(&arena, "[]", NULL), "/: expected an object, found an array");
	CHECK_STRING(config_says(&arena, "null", NULL), "/: expected an object, found null");
	CHECK_STRING(config_says(&arena, "{}", NULL), "/ociVersion: required, but missing");
	CHECK(text_ends(says_with(&arena, "/x", "{\"a\":1,\"a\":2}"),
			": /x/a: the name is used twice"));
}

TEST(nothing_is_written_when_a_config_is_refused)
{
	auto_arena struct arena arena = { 0 };
	auto_text struct text text = { 0 };
	struct spec spec = { .hostname = "untouched" };

	text_add(&text, "{\"hostname\":\"x\"}");
	CHECK_NUMBER(spec_parse(&arena, &text, &spec, NULL, NULL), -EINVAL);
	CHECK_STRING(spec.hostname, "untouched");
}

UNIT_MAIN(UNIT_TEST(every_change_gets_its_answer), UNIT_TEST(a_config_like_dockers_is_read),
	  UNIT_TEST(a_config_like_containerds_is_read),
	  UNIT_TEST(an_argument_is_as_long_as_execve_takes),
	  UNIT_TEST(groups_are_as_many_as_the_kernel_takes),
	  UNIT_TEST(mappings_are_as_many_as_the_kernel_takes),
	  UNIT_TEST(what_nobody_knows_is_ignored_forty_levels_deep),
	  UNIT_TEST(a_config_is_an_object_and_strict_json),
	  UNIT_TEST(nothing_is_written_when_a_config_is_refused))
