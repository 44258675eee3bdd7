// SPDX-License-Identifier: Apache-2.0
/*
 * One file of policies.
 * Should: accept nothing that could not be kept, and name the place of what is wrong.
 * Must not: open anything: it is given text.
 */
#include <errno.h>
#include <string.h>

#include "runtime/align/align.h"
#include "runtime/base/arena.h"
#include "runtime/base/err.h"
#include "runtime/base/json.h"
#include "runtime/base/number.h"
#include "runtime/base/text.h"
#include "runtime/governor/ladder.h"
#include "runtime/policy/policy.h"
#include "spec/field.h"

#define VERSION	      1
#define PATTERN_BYTES 256  /* fnmatch(3) takes time by the length of a pattern */
#define TEXT_BYTES    4096 /* sixteen rungs of eight actions are under 2 KiB */

static const char *const setting_names[] = {
	[POLICY_LADDER] = "ladder",
	[POLICY_ALIGN] = "align",
	[POLICY_OOM] = "oom",
};

const char *policy_setting_name(enum policy_setting setting)
{
	return setting_names[setting];
}

enum policy_oom policy_oom_of(const char *word)
{
	static const char *const words[] = {
		[OOM_SPEC] = "spec",
		[OOM_GROUP] = "group",
		[OOM_SINGLE] = "single",
	};
	unsigned i;

	for (i = OOM_SPEC; word != NULL && i <= OOM_SINGLE; i++)
		if (strcmp(words[i], word) == 0)
			return (enum policy_oom) i;
	return OOM_UNKNOWN;
}

static size_t line_of(const struct loading *loading, const struct json *value)
{
	struct json_place place;

	json_place_of_value(loading->written, value, &place);
	return place.line;
}

/* The line of a member; 0 if it is not there. */
static size_t line_of_member(const struct loading *loading, const struct json *object,
			     const char *name)
{
	const struct json *member = json_member(object, name);

	return member != NULL ? line_of(loading, member) : 0;
}

/* ---- match ---- */

static const struct field match_rows[] = {
	ROW_PAIRS(policy_match, annotation, "annotation", .max = PATTERN_BYTES),
	ROW_STRINGS(policy_match, cgroup, "cgroup", .max = PATTERN_BYTES, .flags = FIELD_FILLED),
	ROW_STRINGS(policy_match, image, "image", .max = PATTERN_BYTES, .flags = FIELD_FILLED),
	ROW_STRINGS(policy_match, comm, "comm", .max = PATTERN_BYTES, .flags = FIELD_FILLED),
	ROW_IGNORED("comment"),
};
static const struct shape match_shape = SHAPE(policy_match, match_rows, NULL);

/* ---- defaults ---- */

static int check_ladder(struct loading *loading, const struct json *json, const char *text)
{
	struct ladder ladder = { 0 };
	struct err wrong = { 0 };

	if (strcmp(text, "off") == 0)
		return 0;
	if (ladder_parse(text, &ladder, &wrong) < 0)
		return field_refuse_member(loading, json, "ladder", "%s", wrong.text);
	ladder_free(&ladder);
	return 0;
}

static int check_align(struct loading *loading, const struct json *json, const char *text)
{
	struct align_wish wish;
	struct err wrong = { 0 };

	if (align_parse(text, &wish, &wrong) < 0)
		return field_refuse_member(loading, json, "align", "%s", wrong.text);
	return 0;
}

static int check_defaults(struct loading *loading, const struct json *json, void *object)
{
	struct policy_defaults *defaults = object;
	const char *oom = defaults->text[POLICY_OOM];
	size_t i;
	int result = 0;

	for (i = 0; i < POLICY_SETTINGS; i++)
		defaults->line[i] = line_of_member(loading, json, setting_names[i]);
	if (defaults->text[POLICY_LADDER] != NULL)
		result = check_ladder(loading, json, defaults->text[POLICY_LADDER]);
	if (result == 0 && defaults->text[POLICY_ALIGN] != NULL)
		result = check_align(loading, json, defaults->text[POLICY_ALIGN]);
	if (result == 0 && oom != NULL && policy_oom_of(oom) == OOM_UNKNOWN)
		result = field_refuse_member(loading, json, "oom",
					     "'%.32s' is none of group, single, spec", oom);
	return result;
}

static const struct field defaults_rows[] = {
	ROW_STRING(policy_defaults, text[POLICY_LADDER], "ladder", .max = TEXT_BYTES),
	ROW_STRING(policy_defaults, text[POLICY_ALIGN], "align", .max = TEXT_BYTES),
	ROW_STRING(policy_defaults, text[POLICY_OOM], "oom", .max = TEXT_BYTES),
	ROW_IGNORED("comment"),
};
static const struct shape defaults_shape = SHAPE(policy_defaults, defaults_rows, check_defaults);

/* ---- ceilings ---- */

static int read_time(struct loading *loading, const struct json *json, const char *name,
		     const char *text, uint64_t *usec)
{
	*usec = UINT64_MAX;
	if (text == NULL || number_duration(text, usec))
		return 0;
	return field_refuse_member(loading, json, name, "'%.32s' is not a duration (30s, 500ms)",
				   text);
}

static int read_amount(struct loading *loading, const struct json *json, const char *text,
		       struct policy_amount *amount)
{
	const char *cursor = text;
	uint64_t percent = 0;

	if (text == NULL || number_bytes(text, &amount->bytes))
		return 0;
	if (number_u64_next(&cursor, &percent) && strcmp(cursor, "%") == 0 && percent >= 1 &&
	    percent <= 100) {
		amount->percent = (unsigned) percent;
		return 0;
	}
	return field_refuse_member(loading, json, "grow",
				   "'%.32s' is neither bytes nor a percentage (64M, 25%%)", text);
}

static int read_actions(struct loading *loading, const struct json *json,
			const struct spec_strings *names, unsigned *kinds)
{
	size_t i;

	for (i = 0; i < names->count; i++) {
		unsigned kind = 0;

		while (kind < ACTIONS && strcmp(action_name(kind), names->items[i]) != 0)
			kind++;
		if (kind == ACTIONS)
			return field_refuse(loading, field_item(json, "actions", i),
					    "unknown action '%.32s'", names->items[i]);
		*kinds |= 1U << kind;
	}
	return 0;
}

static int check_ceilings(struct loading *loading, const struct json *json, void *object)
{
	struct policy_ceilings *ceilings = object;
	int result = read_time(loading, json, "stop", ceilings->stop, &ceilings->stop_usec);

	if (result == 0)
		result = read_time(loading, json, "brake", ceilings->brake, &ceilings->brake_usec);
	if (result == 0)
		result = read_amount(loading, json, ceilings->grow, &ceilings->most);
	if (result == 0)
		result = read_actions(loading, json, &ceilings->actions, &ceilings->kinds);
	ceilings->line[POLICY_ACTIONS] = line_of_member(loading, json, "actions");
	ceilings->line[POLICY_STOP] = line_of_member(loading, json, "stop");
	ceilings->line[POLICY_BRAKE] = line_of_member(loading, json, "brake");
	ceilings->line[POLICY_GROW] = line_of_member(loading, json, "grow");
	return result;
}

static const struct field ceilings_rows[] = {
	ROW_STRINGS(policy_ceilings, actions, "actions", .max = TEXT_BYTES),
	ROW_STRING(policy_ceilings, stop, "stop", .max = TEXT_BYTES),
	ROW_STRING(policy_ceilings, brake, "brake", .max = TEXT_BYTES),
	ROW_STRING(policy_ceilings, grow, "grow", .max = TEXT_BYTES),
	ROW_IGNORED("comment"),
};
static const struct shape ceilings_shape = SHAPE(policy_ceilings, ceilings_rows, check_ceilings);

/* ---- programs of the host ---- */

#define DEFAULT_TIMEOUT_USEC 5000000  /* as a program of the ladder inside (governor.md 6.4) */
#define LONGEST_TIMEOUT_USEC 60000000 /* four may be in flight: longer, and the fifth never runs */
#define ID_MAX		     4294967294U /* 2^32-1 means "no id" to the kernel (setresuid(2)) */

static int check_host_exec(struct loading *loading, const struct json *json, void *object)
{
	struct policy_host_exec *exec = object;

	exec->line = line_of(loading, json);
	exec->timeout_usec = DEFAULT_TIMEOUT_USEC;
	if (exec->timeout != NULL &&
	    (!number_duration(exec->timeout, &exec->timeout_usec) || exec->timeout_usec == 0 ||
	     exec->timeout_usec > LONGEST_TIMEOUT_USEC))
		return field_refuse_member(loading, json, "timeout",
					   "'%.32s' is not a duration of at most 60s",
					   exec->timeout);
	return 0;
}

static const struct field host_exec_rows[] = {
	ROW_UINT(policy_host_exec, uid, "uid", ID_MAX, .min = 1, .flags = FIELD_REQUIRED),
	ROW_UINT(policy_host_exec, gid, "gid", ID_MAX, .min = 1, .flags = FIELD_REQUIRED),
	ROW_STRING(policy_host_exec, timeout, "timeout", .max = TEXT_BYTES),
	ROW_IGNORED("comment"),
};
static const struct shape host_exec_shape =
	SHAPE(policy_host_exec, host_exec_rows, check_host_exec);

/* ---- a policy ---- */

static int read_allowed(struct loading *loading, const struct json *json, struct policy_rule *rule)
{
	size_t i;

	for (i = 0; i < rule->annotations.count; i++) {
		unsigned setting = 0;

		while (setting < POLICY_SETTINGS &&
		       strcmp(setting_names[setting], rule->annotations.items[i]) != 0)
			setting++;
		if (setting == POLICY_SETTINGS)
			return field_refuse(loading, field_item(json, "annotations", i),
					    "'%.32s' is none of ladder, align, oom",
					    rule->annotations.items[i]);
		rule->allowed |= 1U << setting;
	}
	return 0;
}

/* What is said twice in one policy, and contradicts itself. */
static int check_host_ladder(struct loading *loading, const struct json *json,
			     const struct policy_rule *rule)
{
	const char *ladder = rule->defaults != NULL ? rule->defaults->text[POLICY_LADDER] : NULL;
	struct ladder parsed = { 0 };
	bool runs_on_host;

	if (ladder == NULL || strcmp(ladder, "off") == 0 || rule->host_exec != NULL)
		return 0;
	if (ladder_parse(ladder, &parsed, loading->err) < 0)
		return -EINVAL;
	runs_on_host = ladder_has(&parsed, ACTION_HOST_EXEC);
	ladder_free(&parsed);
	if (!runs_on_host)
		return 0;
	return field_refuse_member(loading, json_member(json, "defaults"), "ladder",
				   "host-exec needs a hostExec beside it: whose privileges?");
}

static int check_rule(struct loading *loading, const struct json *json, void *object)
{
	struct policy_rule *rule = object;

	rule->line = line_of(loading, json);
	rule->annotations_line = line_of_member(loading, json, "annotations");
	if (read_allowed(loading, json, rule) < 0)
		return -EINVAL;
	return check_host_ladder(loading, json, rule);
}

static const struct field rule_rows[] = {
	ROW_STRING(policy_rule, name, "name", .max = PATTERN_BYTES),
	ROW_STRING(policy_rule, comment, "comment", ),
	ROW_POINTER(policy_rule, match, "match", &match_shape, ),
	ROW_POINTER(policy_rule, defaults, "defaults", &defaults_shape, ),
	ROW_POINTER(policy_rule, ceilings, "ceilings", &ceilings_shape, ),
	ROW_STRINGS(policy_rule, annotations, "annotations", .max = TEXT_BYTES),
	ROW_POINTER(policy_rule, host_exec, "hostExec", &host_exec_shape, ),
};
static const struct shape rule_shape = SHAPE(policy_rule, rule_rows, check_rule);

/* ---- the file ---- */

struct file {
	uint64_t version;
	struct policy_rules policies;
};

static const struct field file_rows[] = {
	ROW_UINT(file, version, "version", VERSION, .min = VERSION, .flags = FIELD_REQUIRED),
	ROW_IGNORED("comment"),
	ROW_LIST(file, policies, "policies", &rule_shape, .flags = FIELD_REQUIRED),
};
static const struct shape file_shape = SHAPE(file, file_rows, NULL);

int policy_parse(struct arena *arena, const char *file, const struct text *text,
		 struct policy_rules *rules, struct err *err)
{
	struct loading loading = { .arena = arena, .err = err, .written = text_string(text) };
	const char *kept = arena_string(arena, file);
	struct file loaded = { 0 };
	const struct json *root;
	size_t i;
	int result;

	if (kept == NULL)
		return err_set(err, ENOMEM, "%s", file);
	result = json_parse(arena, text_string(text), text->length, &root, err);
	if (result == 0)
		result = field_load_object(&loading, &file_shape, root, &loaded);
	if (result < 0)
		return err_context(err, "%s", file);
	for (i = 0; i < loaded.policies.count; i++)
		loaded.policies.items[i].file = kept;
	*rules = loaded.policies;
	return 0;
}
