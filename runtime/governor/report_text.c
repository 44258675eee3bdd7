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
#include "runtime/governor/report_read.h"

#define COLUMNS	     100
#define INDENT	     12 /* "  counters  " */
#define VICTIMS_TOLD 6	/* a burst of thirty is in the JSON */

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
		size_t shown;

		if (length > room) {
			for (length = room; length > 0 && string[length] != ' '; length--)
				;
			length = length > 0 ? length : room;
		}
		shown = length;
		while (shown > 0 && string[shown - 1] == ' ')
			shown--;
		add_safe(text, string, shown);
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

	if (report_string(limit, "holder") == NULL)
		text_add(&words, "none");
	else
		text_addf(&words, "%s, set by %s", text_size(report_number(limit, "bytes"), size),
			  report_string(limit, "holder"));
	if (swap != NULL && swap->type == JSON_NULL)
		text_add(&words, "; swap unlimited");
	else if (swap != NULL)
		text_addf(&words, "; swap %s",
			  report_number(report, "swap_limit") == 0
				  ? "none"
				  : text_size(report_number(report, "swap_limit"), size));
	if (report_number(report, "peak") > 0)
		text_addf(&words, "; peak %s", text_size(report_number(report, "peak"), size));
	paragraph(text, "limit", text_string(&words));
	if (report_string(report, "limit_hit_of") != NULL)
		line(text, "hit", "the limit of %s", report_string(report, "limit_hit_of"));
}

static void add_victim(const struct json *victim, struct text *text)
{
	char anon[TEXT_SIZE_ROOM];
	char file[TEXT_SIZE_ROOM];
	char shmem[TEXT_SIZE_ROOM];
	char tables[TEXT_SIZE_ROOM];
	const char *comm = report_string(victim, "comm");
	const char *source = report_string(victim, "source");
	const char *reason = report_string(victim, "why");

	comm = comm != NULL ? comm : "?";
	if (source != NULL && strcmp(source, "proc connector") == 0 &&
	    report_number(victim, "anon") == 0) {
		line(text, "killed", "process %lld%s%s%s", (long long) report_signed(victim, "pid"),
		     comm[0] != '\0' ? " (" : "", comm, comm[0] != '\0' ? ")" : "");
		return;
	}
	line(text, "killed",
	     "process %lld (%s): anonymous %s, file %s, shared %s, page tables %s, "
	     "oom_score_adj %lld",
	     (long long) report_signed(victim, "pid"), comm,
	     text_size(report_number(victim, "anon"), anon),
	     text_size(report_number(victim, "file"), file),
	     text_size(report_number(victim, "shmem"), shmem),
	     text_size(report_number(victim, "pgtables"), tables),
	     (long long) report_signed(victim, "oom_score_adj"));
	if (reason != NULL)
		line(text, "", "chosen as %s", reason);
}

static void add_victims(const struct json *report, struct text *text)
{
	const struct json *own = json_member(json_member(report, "counters"), "own");
	const struct json *victim = report_first(report, "victims");
	const char *state = report_string(report, "kernel_log");
	size_t i;

	if (victim == NULL && report_number(own, "oom_kill") > 0)
		line(text, "killed", "which process is not known: kernel log %s",
		     state != NULL && strcmp(state, "read") == 0 ? "has no such record"
								 : "not readable");
	for (i = 0; victim != NULL && i < VICTIMS_TOLD; i++, victim = victim->next)
		add_victim(victim, text);
	if (victim != NULL)
		line(text, "", "and %zu more",
		     json_member(report, "victims")->count - VICTIMS_TOLD);
}

/* Whom the governor expected it to be. */
static void add_prediction(const struct json *report, struct text *text)
{
	const struct json *prediction = json_member(report, "prediction");
	const struct json *first = report_first(prediction, "candidates");
	const struct json *right = json_member(prediction, "right");
	const char *comm = report_string(first, "comm");

	if (first == NULL || (right != NULL && right->boolean))
		return;
	line(text, right != NULL ? "predicted" : "expected", "process %lld (%s)%s",
	     (long long) report_signed(first, "pid"), comm != NULL ? comm : "?",
	     right != NULL ? ": the kernel chose another, so memory moved fast at the end" : "");
}

static void add_events(const char *label, const struct json *events, const char *path,
		       struct text *text)
{
	line(text, label, "max %llu, oom %llu, oom_kill %llu%s%s",
	     (unsigned long long) report_number(events, "max"),
	     (unsigned long long) report_number(events, "oom"),
	     (unsigned long long) report_number(events, "oom_kill"), path != NULL ? "  in " : "",
	     path != NULL ? path : "");
}

static void add_counters(const struct json *report, struct text *text)
{
	const struct json *counters = json_member(report, "counters");
	const struct json *level = report_first(counters, "ancestors");

	add_events("counters", json_member(counters, "own"), report_string(report, "cgroup"), text);
	for (; level != NULL; level = level->next) {
		const struct json *local = json_member(level, "local");

		if (report_number(local, "oom") > 0)
			add_events("", local, report_string(level, "cgroup"), text);
	}
}

static void add_moment(const struct json *entry, struct text *text)
{
	auto_text struct text words = { 0 };
	char size[TEXT_SIZE_ROOM];
	bool measured = json_member(entry, "bytes") != NULL;
	const char *event = measured ? "effect" : report_string(entry, "event");
	int64_t freed = report_signed(entry, "bytes");
	size_t length;

	text_addf(&words, "%9s s  ", report_real(entry, "seconds"));
	if (report_number(entry, "rung") > 0)
		text_addf(&words, "%3llu %%  ", (unsigned long long) report_number(entry, "rung"));
	else if (report_string(entry, "trigger") != NULL)
		text_addf(&words, "%s  ", report_string(entry, "trigger"));
	else
		text_add(&words, "       ");
	text_addf(&words, "%-11s", event != NULL ? event : "?");
	if (measured)
		text_addf(&words, " need %s by %s", freed < 0 ? "rose" : "fell",
			  text_size((uint64_t) (freed < 0 ? -freed : freed), size));
	else if (report_number(entry, "need") > 0)
		text_addf(&words, " need %s", text_size(report_number(entry, "need"), size));
	if (!measured && report_number(entry, "limit") > 0)
		text_addf(&words, " of %s", text_size(report_number(entry, "limit"), size));
	if (report_string(entry, "note") != NULL)
		text_addf(&words, "  %s", report_string(entry, "note"));
	length = words.length < COLUMNS - 2 ? words.length : COLUMNS - 2;
	while (length > 0 && text_string(&words)[length - 1] == ' ')
		length--;
	text_add(text, "  ");
	add_safe(text, text_string(&words), length);
	text_add(text, "\n");
}

static void add_timeline(const struct json *report, struct text *text)
{
	const struct json *entry = report_first(report, "timeline");
	uint64_t dropped = report_number(report, "timeline_dropped");

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

static void add_causes(const struct json *report, struct text *text)
{
	const struct json *cause = report_first(report, "causes");
	const char *label = "cause";

	for (; cause != NULL; cause = cause->next, label = "")
		if (report_string(cause, "text") != NULL)
			paragraph(text, label, report_string(cause, "text"));
}

static void add_governor(const struct json *report, struct text *text)
{
	const char *governor = report_string(report, "governor");

	if (governor != NULL && strcmp(governor, "died before it") == 0)
		paragraph(
			text, "governor",
			"died before its container did: what it saw until then is below, what came "
			"after is told from the counters");
}

/* How the program's runtime was told the limit: what was set, and what was not, and why. */
static void add_alignment(const struct json *report, struct text *text)
{
	const struct json *alignment = json_member(report, "alignment");
	const struct json *variable = report_first(alignment, "variables");
	const char *nothing = report_string(alignment, "nothing");
	const char *label = "alignment";

	for (; variable != NULL; variable = variable->next, label = "") {
		const char *name = report_string(variable, "name");
		const char *value = report_string(variable, "value");
		const char *note = report_string(variable, "note");

		line(text, label, "%s%s%s%s%s", name != NULL ? name : "?", value != NULL ? "=" : "",
		     value != NULL ? value : "", note != NULL ? ": " : "",
		     note != NULL ? note : "");
	}
	if (nothing != NULL)
		line(text, label, "%s", nothing);
}

static void add_suggestion(const struct json *report, struct text *text)
{
	const struct json *suggested = json_member(report, "suggested_limit");
	const char *why = report_string(suggested, "why");
	char size[TEXT_SIZE_ROOM];

	if (why == NULL)
		return;
	if (report_number(suggested, "bytes") > 0)
		line(text, "suggested", "a limit of %s: %s",
		     text_size(report_number(suggested, "bytes"), size), why);
	else
		line(text, "suggested", "no other limit: %s", why);
}

const char *report_verdict(const struct json *report)
{
	return report_string(report, "verdict");
}

void report_text(const struct json *report, struct text *text)
{
	auto_text struct text headline = { 0 };
	const char *id = report_string(report, "id");
	const char *sentence = report_string(report, "headline");
	const char *verdict = report_verdict(report);

	text_addf(&headline, "%s: %s", id != NULL ? id : "?", sentence != NULL ? sentence : "?");
	wrap(text, text_string(&headline), 4);
	if (verdict != NULL && strcmp(verdict, "ok") != 0) {
		add_causes(report, text);
		add_governor(report, text);
		add_limit(report, text);
		add_victims(report, text);
		add_prediction(report, text);
		add_counters(report, text);
		add_alignment(report, text);
	}
	add_timeline(report, text);
	if (verdict != NULL && strcmp(verdict, "ok") != 0)
		add_suggestion(report, text);
	if (report_string(report, "advice") != NULL)
		paragraph(text, "next", report_string(report, "advice"));
}
