// SPDX-License-Identifier: Apache-2.0
#include "runtime/features.h"

#include <stdbool.h>

#include "runtime/base/arena.h"
#include "runtime/base/emit.h"
#include "runtime/base/err.h"
#include "runtime/base/json.h"
#include "runtime/base/text.h"
#include "spec/load.h"
#include "spec/print.h"
#include "tests/unit/configs.h"
#include "tests/unit/schema.h"
#include "tests/unit/unit.h"

static const struct json *features(struct arena *arena)
{
	auto_emit struct emit emit = { 0 };
	const struct json *tree = NULL;

	emit_open(&emit, true);
	features_emit(&emit);
	CHECK(emit_text(&emit) != NULL);
	CHECK_NUMBER(json_parse(arena, emit_text(&emit), strlen(emit_text(&emit)), &tree, NULL), 0);
	return tree;
}

/* The value at a path of names, "/linux/cgroup/v2". */
static const struct json *at(struct arena *arena, const struct json *tree, const char *path)
{
	char *cursor = arena_string(arena, path + 1);
	char *name;

	while ((name = text_next(&cursor, '/')) != NULL) {
		tree = json_member(tree, name);
		CHECK(tree != NULL);
	}
	return tree;
}

static bool lists(const struct json *array, const char *word)
{
	const struct json *item;

	for (item = array->first; item != NULL; item = item->next)
		if (strcmp(item->string, word) == 0)
			return true;
	return false;
}

TEST(features_keep_the_schema)
{
	auto_arena struct arena arena = { 0 };

	CHECK_STRING(schema_says(&arena, "features-schema.json", features(&arena)), "ok");
}

/* As root has it, and as others do. */
static void printed_config_is_good(bool rootless)
{
	auto_arena struct arena arena = { 0 };
	auto_emit struct emit emit = { 0 };
	const struct json *tree = NULL;

	emit_open(&emit, true);
	if (rootless)
		spec_print_rootless(&emit, 1000, 100);
	else
		spec_print_default(&emit);
	CHECK_STRING(config_says(&arena, emit_text(&emit), NULL), "ok");
	CHECK_NUMBER(json_parse(&arena, emit_text(&emit), strlen(emit_text(&emit)), &tree, NULL),
		     0);
	CHECK_STRING(schema_says(&arena, "config-schema.json", tree), "ok");
}

TEST(the_printed_configs_keep_the_schema)
{
	printed_config_is_good(false);
	printed_config_is_good(true);
}

/* The check of the check: what is wrong with a config is found, and where. */
TEST(a_schema_finds_what_is_wrong)
{
	static const struct {
		const char *path;
		const char *json;
		const char *said;
	} cases[] = {
		{ "/ociVersion", "1", "/ociVersion: not of type string" },
		{ "/ociVersion", "-", "/: 'ociVersion' is missing" },
		{ "/linux/namespaces/0/type", "\"luck\"",
		  "/linux/namespaces/0/type: not a word of the schema" },
		{ "/process/user/uid", "-1", "/process/user/uid: too small" },
		{ "/process/user/uid", "4294967296", "/process/user/uid: too large" },
		{ "/annotations", "{\"a\": 1}", "/annotations/a: not of type string" },
		{ "/process/capabilities/bounding", "[1]",
		  "/process/capabilities/bounding/0: not of type string" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_arena struct arena arena = { 0 };
		auto_text struct text text = { 0 };
		const struct json *tree = NULL;
		const char *said;

		config_write(&text, config_tree(&arena, "base.json"), cases[i].path, cases[i].json);
		CHECK_NUMBER(json_parse(&arena, text_string(&text), text.length, &tree, NULL), 0);
		said = schema_says(&arena, "config-schema.json", tree);
		CHECK_STRING(said, cases[i].said);
	}
}

TEST(engines_find_what_they_look_for)
{
	auto_arena struct arena arena = { 0 };
	const struct json *tree = features(&arena);

	CHECK(lists(at(&arena, tree, "/mountOptions"), "rro"));
	CHECK(lists(at(&arena, tree, "/linux/namespaces"), "user"));
	CHECK(lists(at(&arena, tree, "/linux/capabilities"), "CAP_CHECKPOINT_RESTORE"));
	CHECK(lists(at(&arena, tree, "/linux/seccomp/archs"), "SCMP_ARCH_X86_64"));
	CHECK(lists(at(&arena, tree, "/linux/seccomp/archs"), "SCMP_ARCH_S390X"));
	CHECK(lists(at(&arena, tree, "/linux/seccomp/supportedFlags"),
		    "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"));
	CHECK(lists(at(&arena, tree, "/potentiallyUnsafeConfigAnnotations"), "io.weir.memory."));
	CHECK(lists(at(&arena, tree, "/potentiallyUnsafeConfigAnnotations"), "run.oci."));
	CHECK_NUMBER(at(&arena, tree, "/hooks")->count, 6);
	CHECK(at(&arena, tree, "/linux/cgroup/v2")->boolean);
	CHECK(!at(&arena, tree, "/linux/cgroup/v1")->boolean);
	CHECK(json_member(at(&arena, tree, "/annotations"),
			  "io.github.seccomp.libseccomp.version") != NULL);
}

/* features.md: both ends are accepted as ociVersion. */
TEST(both_versions_are_accepted)
{
	static const char *const keys[] = { "ociVersionMin", "ociVersionMax" };
	size_t i;

	for (i = 0; i < 2; i++) {
		auto_arena struct arena arena = { 0 };
		auto_text struct text text = { 0 };
		const struct json *version = json_member(features(&arena), keys[i]);

		config_write(&text, config_tree(&arena, "base.json"), "/ociVersion",
			     arena_printf(&arena, "\"%s\"", version->string));
		CHECK_STRING(config_says(&arena, text_string(&text), NULL), "ok");
	}
}

/* What is listed is taken, what is not listed is refused: each "enabled" against the reader itself. */
TEST(enabled_is_what_a_config_may_ask_for)
{
	static const struct {
		const char *enabled;
		const char *path;
		const char *json;
	} cases[] = {
		{ "/linux/apparmor/enabled", "/process/apparmorProfile", "\"x\"" },
		{ "/linux/selinux/enabled", "/process/selinuxLabel", "\"x\"" },
		{ "/linux/intelRdt/enabled", "/linux/intelRdt", "{\"closID\": \"x\"}" },
		{ "/linux/netDevices/enabled", "/linux/netDevices",
		  "{\"eth0\": {\"name\": \"x\"}}" },
		{ "/linux/cgroup/rdma", "/linux/resources/rdma",
		  "{\"x\": {\"hcaHandles\": 1, \"hcaObjects\": 1}}" },
		{ "/linux/seccomp/enabled", "/linux/seccomp",
		  "{\"defaultAction\": \"SCMP_ACT_ALLOW\"}" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_arena struct arena arena = { 0 };
		auto_text struct text text = { 0 };
		bool enabled = at(&arena, features(&arena), cases[i].enabled)->boolean;

		config_write(&text, config_tree(&arena, "base.json"), cases[i].path, cases[i].json);
		CHECK_NUMBER(strcmp(config_says(&arena, text_string(&text), NULL), "ok") == 0,
			     enabled);
	}
}

TEST(every_listed_word_is_taken)
{
	static const struct {
		const char *list;
		const char *path;
		const char *json; /* with %s for the word */
	} cases[] = {
		{ "/linux/seccomp/actions", "/linux/seccomp",
		  "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"listenerPath\": \"/x\", \"syscalls\": "
		  "[{\"names\": [\"read\"], \"action\": \"%s\"}]}" },
		{ "/linux/seccomp/archs", "/linux/seccomp",
		  "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"architectures\": [\"%s\"]}" },
		{ "/linux/seccomp/supportedFlags", "/linux/seccomp",
		  "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"flags\": [\"%s\"]}" },
		{ "/linux/seccomp/operators", "/linux/seccomp/syscalls",
		  "[{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ERRNO\", \"args\": [{\"index\": 0, "
		  "\"value\": 0, \"op\": \"%s\"}]}]" },
		{ "/linux/capabilities", "/process/capabilities", "{\"bounding\": [\"%s\"]}" },
		{ "/hooks", "/hooks", "{\"%s\": [{\"path\": \"/x\"}]}" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_arena struct arena arena = { 0 };
		const struct json *word = at(&arena, features(&arena), cases[i].list)->first;

		CHECK(word != NULL);
		for (; word != NULL; word = word->next) {
			auto_text struct text text = { 0 };
			const char *mark = strstr(cases[i].json, "%s");
			const char *json =
				arena_printf(&arena, "%.*s%s%s", (int) (mark - cases[i].json),
					     cases[i].json, word->string, mark + 2);

			config_write(&text, config_tree(&arena, "base.json"), cases[i].path, json);
			CHECK_STRING(config_says(&arena, text_string(&text), NULL), "ok");
		}
	}
}

UNIT_MAIN(UNIT_TEST(features_keep_the_schema), UNIT_TEST(the_printed_configs_keep_the_schema),
	  UNIT_TEST(a_schema_finds_what_is_wrong), UNIT_TEST(engines_find_what_they_look_for),
	  UNIT_TEST(both_versions_are_accepted), UNIT_TEST(enabled_is_what_a_config_may_ask_for),
	  UNIT_TEST(every_listed_word_is_taken))
