// SPDX-License-Identifier: Apache-2.0
/*
 * The report for a tired person.
 * Should: say the worst first, in 100 columns, and nothing when there is nothing to say.
 * Must not: trust the report: it is a file, and names in it come from the container.
 */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/json.h"
#include "runtime/base/text.h"
#include "runtime/governor/explain.h"

#define COLUMNS 100
#define INDENT	12 /* "  counters  " */

static const char *string_of(const struct json *object, const char *key)
{
	const struct json *value = json_member(object, key);

	return value != NULL && value->type == JSON_STRING ? value->string : NULL;
}

static uint64_t number_of(const struct json *object, const char *key)
{
	uint64_t number = 0;

	return json_u64(json_member(object, key), &number) ? number : 0;
}

static int64_t signed_of(const struct json *object, const char *key)
{
	int64_t number = 0;

	return json_i64(json_member(object, key), &number) ? number : 0;
}

/* The text of a real, "1.234"; "?" if it is none. */
static const char *real_of(const struct json *object, const char *key)
{
	const struct json *value = json_member(object, key);

	return value != NULL && value->type == JSON_REAL ? value->string : "?";
}

static const struct json *first_of(const struct json *object, const char *key)
{
	const struct json *value = json_member(object, key);

	return value != NULL ? value->first : NULL;
}

/* A terminal obeys control characters: none gets through. */
static void add_safe(struct text *text, const char *string, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++) {
		bool control = (unsigned char) string[i] < ' ' || string[i] == 0x7f;

		text_add_bytes(text, control ? "?" : string + i, 1);
	}
}

/* Adds `string`, broken at blanks; further lines are indented. A word longer than a line is cut. */
static void wrap(struct text *text, const char *string, size_t indent)
{
	size_t room = COLUMNS - indent;

	while (*string != '\0') {
		size_t length = strlen(string);

		if (length > room) {
			for (length = room; length > 0 && string[length] != ' '; length--)
				;
			length = length > 0 ? length : room;
		}
		add_safe(text, string, length);
		string += length;
		string += strspn(string, " ");
		text_add(text, "\n");
		if (*string != '\0')
			text_addf(text, "%*s", (int) indent, "");
	}
}

static void paragraph(struct text *text, const char *label, const char *string)
{
	text_addf(text, "  %-*s", INDENT - 2, label);
	wrap(text, string, INDENT);
}

__attribute__((format(printf, 3, 4))) static void line(struct text *text, const char *label,
						       const char *format, ...)
{
	va_list args;
	char content[2048]; /* a path of CGROUP_PATH_ROOM and a sentence */

	va_start(args, format);
	vsnprintf(content, sizeof(content), format, args);
	va_end(args);
	paragraph(text, label, content);
}

static void add_limit(const struct json *report, struct text *text)
{
	const struct json *limit = json_member(report, "limit");
	const struct json *swap = json_member(report, "swap_limit");
	auto_text struct text words = { 0 };
	char size[TEXT_SIZE_ROOM];

	if (string_of(limit, "holder") == NULL)
		text_add(&words, "none");
	else
		text_addf(&words, "%s, set by %s", text_size(number_of(limit, "bytes"), size),
			  string_of(limit, "holder"));
	if (swap != NULL && swap->type == JSON_NULL)
		text_add(&words, "; swap unlimited");
	else if (swap != NULL)
		text_addf(&words, "; swap %s",
			  number_of(report, "swap_limit") == 0
				  ? "none"
				  : text_size(number_of(report, "swap_limit"), size));
	if (number_of(report, "peak") > 0)
		text_addf(&words, "; peak %s", text_size(number_of(report, "peak"), size));
	paragraph(text, "limit", text_string(&words));
	if (string_of(report, "limit_hit_of") != NULL)
		line(text, "hit", "the limit of %s", string_of(report, "limit_hit_of"));
}

static void add_victim(const struct json *victim, struct text *text)
{
	char anon[TEXT_SIZE_ROOM];
	char file[TEXT_SIZE_ROOM];
	char shmem[TEXT_SIZE_ROOM];
	char tables[TEXT_SIZE_ROOM];
	const char *comm = string_of(victim, "comm");
	const char *reason = string_of(victim, "why");

	line(text, "killed",
	     "process %lld (%s): anonymous %s, file %s, shared %s, page tables %s, "
	     "oom_score_adj %lld",
	     (long long) signed_of(victim, "pid"), comm != NULL ? comm : "?",
	     text_size(number_of(victim, "anon"), anon), text_size(number_of(victim, "file"), file),
	     text_size(number_of(victim, "shmem"), shmem),
	     text_size(number_of(victim, "pgtables"), tables),
	     (long long) signed_of(victim, "oom_score_adj"));
	if (reason != NULL)
		line(text, "", "chosen as %s", reason);
}

static void add_victims(const struct json *report, struct text *text)
{
	const struct json *own = json_member(json_member(report, "counters"), "own");
	const struct json *victim = first_of(report, "victims");
	const char *state = string_of(report, "kernel_log");

	if (victim == NULL && number_of(own, "oom_kill") > 0)
		line(text, "killed", "which process is not known: kernel log %s",
		     state != NULL && strcmp(state, "read") == 0 ? "has no such record"
								 : "not readable");
	for (; victim != NULL; victim = victim->next)
		add_victim(victim, text);
}

static void add_events(const char *label, const struct json *events, const char *path,
		       struct text *text)
{
	line(text, label, "max %llu, oom %llu, oom_kill %llu%s%s",
	     (unsigned long long) number_of(events, "max"),
	     (unsigned long long) number_of(events, "oom"),
	     (unsigned long long) number_of(events, "oom_kill"), path != NULL ? "  in " : "",
	     path != NULL ? path : "");
}

static void add_counters(const struct json *report, struct text *text)
{
	const struct json *counters = json_member(report, "counters");
	const struct json *level = first_of(counters, "ancestors");

	add_events("counters", json_member(counters, "own"), string_of(report, "cgroup"), text);
	for (; level != NULL; level = level->next) {
		const struct json *local = json_member(level, "local");

		if (number_of(local, "oom") > 0)
			add_events("", local, string_of(level, "cgroup"), text);
	}
}

static void add_moment(const struct json *entry, struct text *text)
{
	auto_text struct text words = { 0 };
	char size[TEXT_SIZE_ROOM];
	bool measured = json_member(entry, "bytes") != NULL;
	const char *event = measured ? "effect" : string_of(entry, "event");
	int64_t freed = signed_of(entry, "bytes");
	size_t length;

	text_addf(&words, "%9s s  ", real_of(entry, "seconds"));
	if (number_of(entry, "rung") > 0)
		text_addf(&words, "%3llu %%  ", (unsigned long long) number_of(entry, "rung"));
	else if (string_of(entry, "trigger") != NULL)
		text_addf(&words, "%s  ", string_of(entry, "trigger"));
	else
		text_add(&words, "       ");
	text_addf(&words, "%-11s", event != NULL ? event : "?");
	if (measured)
		text_addf(&words, " need %s by %s", freed < 0 ? "rose" : "fell",
			  text_size((uint64_t) (freed < 0 ? -freed : freed), size));
	else if (number_of(entry, "need") > 0)
		text_addf(&words, " need %s", text_size(number_of(entry, "need"), size));
	if (!measured && number_of(entry, "limit") > 0)
		text_addf(&words, " of %s", text_size(number_of(entry, "limit"), size));
	if (string_of(entry, "note") != NULL)
		text_addf(&words, "  %s", string_of(entry, "note"));
	length = words.length < COLUMNS - 2 ? words.length : COLUMNS - 2;
	while (length > 0 && text_string(&words)[length - 1] == ' ')
		length--;
	text_add(text, "  ");
	add_safe(text, text_string(&words), length);
	text_add(text, "\n");
}

static void add_timeline(const struct json *report, struct text *text)
{
	const struct json *entry = first_of(report, "timeline");
	uint64_t dropped = number_of(report, "timeline_dropped");

	/* "watching" and "ended" alone are no story. */
	if (entry == NULL || json_member(report, "timeline")->count <= 2)
		return;
	text_add(text, "  timeline\n");
	for (; entry != NULL; entry = entry->next)
		add_moment(entry, text);
	if (dropped > 0)
		text_addf(text, "  (%llu entries in the middle were dropped)\n",
			  (unsigned long long) dropped);
}

const char *report_verdict(const struct json *report)
{
	return string_of(report, "verdict");
}

void report_text(const struct json *report, struct text *text)
{
	auto_text struct text headline = { 0 };
	const char *id = string_of(report, "id");
	const char *sentence = string_of(report, "headline");
	const char *verdict = report_verdict(report);

	text_addf(&headline, "%s: %s", id != NULL ? id : "?", sentence != NULL ? sentence : "?");
	wrap(text, text_string(&headline), 4);
	if (verdict != NULL && strcmp(verdict, "ok") != 0) {
		add_limit(report, text);
		add_victims(report, text);
		add_counters(report, text);
	}
	add_timeline(report, text);
	if (string_of(report, "advice") != NULL)
		paragraph(text, "next", string_of(report, "advice"));
}
