// SPDX-License-Identifier: Apache-2.0
/*
 * memory plan for people.
 * Should: put the source behind everything.
 * Must not: let a word of a config move a terminal's cursor.
 */
#include <stdint.h>
#include <string.h>

#include "runtime/base/json.h"
#include "runtime/base/text.h"
#include "runtime/cmd/memory.h"

static void add_safe(struct text *text, const char *string)
{
	for (; string != NULL && *string != '\0'; string++) {
		bool control = (unsigned char) *string < ' ' || *string == 0x7f;

		text_add_bytes(text, control ? "?" : string, 1);
	}
}

static const char *string_of(const struct json *object, const char *key)
{
	const struct json *value = json_member(object, key);

	return value != NULL && (value->type == JSON_STRING || value->type == JSON_REAL)
		       ? value->string
		       : NULL;
}

static const struct json *first_of(const struct json *object, const char *key)
{
	const struct json *list = json_member(object, key);

	return list != NULL ? list->first : NULL;
}

static void label(struct text *text, const char *word)
{
	text_addf(text, "%-13s", word);
}

static void source(struct text *text, const struct json *object)
{
	text_add(text, "  (");
	add_safe(text, string_of(object, "source"));
	text_add(text, ")\n");
}

/* "log,notify,stop=20s" */
static void add_list(struct text *text, const struct json *item)
{
	for (; item != NULL; item = item->next) {
		if (item->type == JSON_STRING)
			add_safe(text, item->string);
		if (item->next != NULL)
			text_add(text, ", ");
	}
}

static void add_limit(const struct json *plan, struct text *text)
{
	const struct json *limit = json_member(plan, "limit");
	char size[TEXT_SIZE_ROOM];
	uint64_t bytes = 0;

	label(text, "limit");
	if (json_u64(json_member(limit, "bytes"), &bytes)) {
		text_add(text, text_size(bytes, size));
		source(text, limit);
	} else {
		text_add(text, "none\n");
	}
}

static void add_matched(const struct json *policy, struct text *text)
{
	const struct json *item = first_of(policy, "policies");

	if (item == NULL) {
		label(text, "policies");
		text_add(text, "none for it\n");
	}
	for (; item != NULL; item = item->next) {
		label(text, item->index == 0 ? "policies" : "");
		add_safe(text, string_of(item, "place"));
		if (string_of(item, "name") != NULL) {
			text_add(text, " ");
			add_safe(text, string_of(item, "name"));
		}
		text_add(text, ": ");
		add_safe(text, string_of(item, "why"));
		text_add(text, "\n");
	}
}

static void add_setting(const struct json *policy, const char *name, struct text *text)
{
	const struct json *setting = json_member(json_member(policy, "settings"), name);
	const char *value = string_of(setting, "value");

	label(text, name);
	if (value != NULL)
		add_safe(text, value);
	else
		text_add(text, strcmp(name, "oom") == 0 ? "as the config has it" : "off");
	source(text, setting);
}

/* How long a brake set there would hold one thread, and sixteen, that allocate without pause. */
static void add_brake(const struct json *rung, struct text *text)
{
	const char *one = string_of(rung, "brake_seconds_1_thread");
	const char *many = string_of(rung, "brake_seconds_16_threads");

	if (one != NULL && many != NULL)
		text_addf(text, "%10s %10s  ", one, many);
	else
		text_addf(text, "%10s %10s  ", "-", "-");
}

static void add_rungs(const struct json *plan, struct text *text)
{
	const struct json *rung = first_of(plan, "rungs");
	char size[TEXT_SIZE_ROOM];
	uint64_t bytes = 0;

	if (rung == NULL)
		return;
	text_addf(text, "  %-16s %10s %10s %10s  %s\n", "rung", "need", "1 thread", "16 threads",
		  "actions");
	for (; rung != NULL; rung = rung->next) {
		auto_text struct text name = { 0 };

		add_safe(&name, string_of(rung, "rung"));
		text_addf(text, "  %-16s ", text_string(&name));
		text_addf(text, "%10s ",
			  json_u64(json_member(rung, "bytes"), &bytes) ? text_size(bytes, size)
								       : "-");
		add_brake(rung, text);
		add_list(text, first_of(rung, "actions"));
		text_add(text, "\n");
	}
	text_add(text, "  (threads: seconds that a brake set there would hold so many)\n");
}

static void add_alignment(const struct json *alignment, struct text *text)
{
	const struct json *variable = first_of(alignment, "variables");

	if (alignment == NULL)
		return;
	text_add(text, "  program    ");
	add_safe(text,
		 string_of(alignment, "program") != NULL ? string_of(alignment, "program") : "?");
	text_addf(text, ": %s (%s)\n", string_of(alignment, "runtime"),
		  string_of(alignment, "known_by"));
	for (; variable != NULL; variable = variable->next) {
		const char *value = string_of(variable, "value");

		text_addf(text, "  %s  ", value != NULL ? "set      " : "not set  ");
		add_safe(text, string_of(variable, "name"));
		text_add(text, value != NULL ? "=" : ": ");
		add_safe(text, value != NULL ? value : string_of(variable, "note"));
		text_add(text, "\n");
	}
	if (string_of(alignment, "nothing") != NULL)
		text_addf(text, "  nothing    %s\n", string_of(alignment, "nothing"));
}

static void add_ceiling(const struct json *ceiling, struct text *text)
{
	char size[TEXT_SIZE_ROOM];
	uint64_t number = 0;

	text_addf(text, "%s ", ceiling->key);
	add_list(text, first_of(ceiling, "names"));
	if (string_of(ceiling, "seconds") != NULL)
		text_addf(text, "%s s", string_of(ceiling, "seconds"));
	if (json_u64(json_member(ceiling, "percent"), &number))
		text_addf(text, "%u %%", (unsigned) number);
	if (json_u64(json_member(ceiling, "bytes"), &number))
		text_add(text, text_size(number, size));
	source(text, ceiling);
}

static void add_permissions(const struct json *policy, struct text *text)
{
	const struct json *ceiling = first_of(policy, "ceilings");
	const struct json *allowed = json_member(policy, "annotations");
	const struct json *exec = json_member(policy, "hostExec");
	uint64_t uid = 0;

	for (; ceiling != NULL; ceiling = ceiling->next) {
		label(text, ceiling->index == 0 ? "ceilings" : "");
		add_ceiling(ceiling, text);
	}
	label(text, "annotations");
	add_list(text, first_of(allowed, "allowed"));
	text_add(text, first_of(allowed, "allowed") != NULL ? " may be used" : "none may be used");
	source(text, allowed);
	if (!json_u64(json_member(exec, "uid"), &uid))
		return;
	label(text, "host-exec");
	text_addf(text, "as uid %u, %s s at most", (unsigned) uid,
		  string_of(exec, "timeout_seconds"));
	source(text, exec);
}

void memory_plan_text(const struct json *plan, struct text *text)
{
	const struct json *policy = json_member(plan, "policy");

	add_limit(plan, text);
	if (policy == NULL) {
		text_add(text, "no memory policy\n");
		return;
	}
	add_matched(policy, text);
	add_setting(policy, "ladder", text);
	add_rungs(plan, text);
	add_setting(policy, "align", text);
	add_alignment(json_member(plan, "alignment"), text);
	add_setting(policy, "oom", text);
	add_permissions(policy, text);
}
