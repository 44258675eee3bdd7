// SPDX-License-Identifier: Apache-2.0
/*
 * A report as a page.
 * Should: answer in ten seconds why it died and what to do, and hold the rest below.
 * Must not: let a name that a container chose become markup.
 */
#include "runtime/governor/page.h"

#include <stdint.h>
#include <string.h>

#include "runtime/base/json.h"
#include "runtime/base/text.h"
#include "runtime/governor/explain.h"
#include "runtime/governor/report_read.h"

void page_add(struct text *page, const char *string)
{
	for (; string != NULL && *string != '\0'; string++) {
		unsigned char byte = (unsigned char) *string;

		if (byte == '&')
			text_add(page, "&amp;");
		else if (byte == '<')
			text_add(page, "&lt;");
		else if (byte == '>')
			text_add(page, "&gt;");
		else if (byte == '"')
			text_add(page, "&quot;");
		else if (byte == '\'')
			text_add(page, "&#39;");
		else
			text_add_bytes(page, byte < ' ' || byte == 0x7f ? "?" : string, 1);
	}
}

static void add_size(struct text *page, uint64_t bytes)
{
	char size[TEXT_SIZE_ROOM];

	text_add(page, text_size(bytes, size));
}

static void begin_section(struct text *page, const char *title, const char *class)
{
	text_addf(page, "<section%s%s%s><h2>%s</h2>", class != NULL ? " class=\"" : "",
		  class != NULL ? class : "", class != NULL ? "\"" : "", title);
}

static void end_section(struct text *page)
{
	text_add(page, "</section>\n");
}

/* ---- the answer ---- */

/* How grave it is: the colour. */
static const char *grade_of(const char *verdict)
{
	static const struct {
		const char *verdict, *grade;
	} rows[] = {
		{ "ok", "good" },	{ "running", "good" },	     { "graceful-stop", "good" },
		{ "own-limit", "bad" }, { "ancestor-limit", "bad" }, { "global", "bad" },
		{ "child-oom", "bad" }, { "unkillable", "bad" },     { "forced-stop", "bad" },
	};
	size_t i;

	for (i = 0; verdict != NULL && i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].verdict, verdict) == 0)
			return rows[i].grade;
	return "";
}

/* "2026-01-02T03:04:05.678901Z" as "2026-01-02 03:04:05 UTC". */
static void add_time(struct text *page, const char *time)
{
	char words[20];

	if (time == NULL || strlen(time) < 20)
		return;
	memcpy(words, time, 19);
	words[10] = ' ';
	words[19] = '\0';
	page_add(page, words);
	text_add(page, " UTC");
}

static void add_answer(const struct json *report, struct text *page)
{
	const char *verdict = report_verdict(report);
	const char *headline = report_string(report, "headline");
	const char *governor = report_string(report, "governor");
	const struct json *cause = report_first(report, "causes");
	const struct json *times = json_member(report, "times");

	text_addf(page, "<section><span class=\"verdict %s\">", grade_of(verdict));
	page_add(page, verdict != NULL ? verdict : "?");
	text_add(page, "</span><span class=\"id\">");
	page_add(page, report_string(report, "id"));
	text_add(page, "</span><h1>");
	page_add(page, headline != NULL ? headline : "?");
	text_add(page, "</h1>");
	for (; cause != NULL; cause = cause->next) {
		text_add(page, "<p class=\"why\">");
		page_add(page, report_string(cause, "text"));
		text_add(page, "</p>");
	}
	text_add(page, "<p class=\"when\">");
	add_time(page, report_string(times, "ended"));
	text_addf(page, ", after %.1f s</p>", report_double(times, "seconds"));
	if (governor != NULL && strcmp(governor, "died before it") == 0)
		text_add(
			page,
			"<p class=\"note\">Its governor died before it did: what that saw until then "
			"is shown, what came after is told from the kernel&#39;s counters.</p>");
	end_section(page);
}

static void add_todo(const struct json *report, struct text *page)
{
	const struct json *suggested = json_member(report, "suggested_limit");
	const char *advice = report_string(report, "advice");
	const char *why = report_string(suggested, "why");

	if (advice == NULL && why == NULL)
		return;
	begin_section(page, "What to do", "todo");
	if (advice != NULL) {
		text_add(page, "<p>");
		page_add(page, advice);
		text_add(page, "</p>");
	}
	if (why != NULL && report_number(suggested, "bytes") > 0) {
		text_add(page, "<p>A limit of <b>");
		add_size(page, report_number(suggested, "bytes"));
		text_add(page, "</b> would do: ");
		page_add(page, why);
		text_add(page, ".</p>");
	} else if (why != NULL) {
		text_add(page, "<p>No other limit is suggested: ");
		page_add(page, why);
		text_add(page, ".</p>");
	}
	end_section(page);
}

/* One drawn for a screen and one for a phone: text that is scaled down with a picture is not read. */
static bool add_pair(const struct json *report, bool closer, struct text *page)
{
	static const struct page_shape wide = { 960, 360, false }, wide_closer = { 960, 300, true };
	static const struct page_shape narrow = { 400, 320, false },
				       narrow_closer = { 400, 280, true };
	auto_text struct text chart = { 0 };

	page_chart(report, closer ? &wide_closer : &wide, &chart);
	if (chart.length == 0)
		return false;
	if (closer)
		text_add(page, "<h2 class=\"closer\">The end, closer</h2>");
	text_addf(page, "<div class=\"wide\">%s</div><div class=\"narrow\">", text_string(&chart));
	page_chart(report, closer ? &narrow_closer : &narrow, page);
	text_add(page, "</div>");
	return true;
}

static void add_charts(const struct json *report, struct text *page)
{
	auto_text struct text charts = { 0 };

	if (!add_pair(report, false, &charts))
		return;
	(void) add_pair(report, true, &charts);
	begin_section(page, "How it came", NULL);
	text_add(page, text_string(&charts));
	text_add(
		page,
		"<div class=\"legend\"><span><i style=\"border-color:var(--need)\"></i>need: "
		"only the program can give it back</span><span><i class=\"use\"></i>use, page cache "
		"included</span><span><i style=\"border-color:var(--limit)\"></i>limit</span>"
		"<span><i style=\"border-color:var(--rung)\"></i>rungs, and when they fired</span>"
		"<span><i style=\"border-color:var(--stop)\"></i>braked, stopped</span>"
		"<span><i style=\"border-color:var(--kill)\"></i>killed</span></div>");
	end_section(page);
}

/* ---- who ---- */

static void cell_size(struct text *page, const struct json *object, const char *key)
{
	text_add(page, "<td class=\"n\">");
	add_size(page, report_number(object, key));
	text_add(page, "</td>");
}

static void cell_process(struct text *page, const struct json *process)
{
	text_add(page, "<td class=\"name\"><code>");
	page_add(page, report_string(process, "comm"));
	text_addf(page, "</code></td><td class=\"n\">%lld",
		  (long long) report_signed(process, "pid"));
	if (report_signed(process, "ns_pid") > 0)
		text_addf(page, " <span class=\"small\">(%lld)</span>",
			  (long long) report_signed(process, "ns_pid"));
	text_add(page, "</td>");
}

static void add_victims(const struct json *report, struct text *page)
{
	const struct json *victim = report_first(report, "victims");

	if (victim == NULL)
		return;
	begin_section(page, "Killed", NULL);
	text_add(page,
		 "<div class=\"scroll\"><table><thead><tr><th>program<th class=\"n\">pid (inside)"
		 "<th class=\"n\">anonymous<th class=\"n\">shared<th class=\"n\">file"
		 "<th class=\"n\">adj<th>why this one</tr></thead><tbody>");
	for (; victim != NULL; victim = victim->next) {
		text_add(page, "<tr>");
		cell_process(page, victim);
		cell_size(page, victim, "anon");
		cell_size(page, victim, "shmem");
		cell_size(page, victim, "file");
		text_addf(page, "<td class=\"n\">%lld</td><td class=\"words\">",
			  (long long) report_signed(victim, "oom_score_adj"));
		page_add(page, report_string(victim, "why"));
		text_add(page, "</td></tr>");
	}
	text_add(page, "</tbody></table></div><p class=\"small\">Seen by: ");
	page_add(page, report_string(report, "victims_seen_by"));
	text_add(page, "</p>");
	end_section(page);
}

static void add_candidates(const struct json *report, struct text *page)
{
	const struct json *prediction = json_member(report, "prediction");
	const struct json *process = report_first(prediction, "candidates");
	const struct json *right = json_member(prediction, "right");

	if (process == NULL)
		return;
	begin_section(page, "Who had the memory", NULL);
	text_addf(page,
		  "<p class=\"small\">The last look, at %.3f s: what the kernel would choose by. ",
		  report_double(prediction, "seconds"));
	if (right != NULL)
		text_add(page, right->boolean ? "It chose the first, as expected."
					      : "It chose another: memory moved fast at the end.");
	text_add(
		page,
		"</p><div class=\"scroll\"><table><thead><tr><th>program<th class=\"n\">pid (inside)"
		"<th class=\"n\">weight<th class=\"n\">anonymous<th class=\"n\">shared"
		"<th class=\"n\">adj<th>command</tr></thead><tbody>");
	for (; process != NULL; process = process->next) {
		int64_t badness = report_signed(process, "badness");

		text_add(page, "<tr>");
		cell_process(page, process);
		text_addf(page, "<td class=\"n\">%s", badness < 0 ? "&minus;" : "");
		add_size(page, (uint64_t) (badness < 0 ? -badness : badness));
		text_add(page, "</td>");
		cell_size(page, process, "anon");
		cell_size(page, process, "shmem");
		text_addf(page, "<td class=\"n\">%lld</td><td class=\"words\"><code>",
			  (long long) report_signed(process, "oom_score_adj"));
		page_add(page, report_string(process, "cmdline"));
		text_add(page, "</code></td></tr>");
	}
	text_add(page, "</tbody></table></div>");
	end_section(page);
}

/* ---- what happened ---- */

static const char *row_class(const char *event)
{
	if (event == NULL)
		return "";
	if (strcmp(event, "oom-kill") == 0 || strcmp(event, "killed") == 0)
		return " class=\"kill\"";
	if (strcmp(event, "stop") == 0 || strcmp(event, "grace-over") == 0)
		return " class=\"stop\"";
	return strcmp(event, "fired") == 0 ? " class=\"fired\"" : "";
}

static void add_moment(const struct json *moment, struct text *page)
{
	const char *event = report_string(moment, "event");
	int64_t bytes = report_signed(moment, "bytes");

	text_addf(page, "<tr%s><td class=\"n\">%.3f</td><td>", row_class(event),
		  report_double(moment, "seconds"));
	if (report_number(moment, "rung") > 0)
		text_addf(page, "%llu %%", (unsigned long long) report_number(moment, "rung"));
	else
		page_add(page, report_string(moment, "trigger"));
	text_add(page, "</td><td>");
	page_add(page, json_member(moment, "bytes") != NULL ? "effect" : event);
	text_add(page, "</td><td class=\"n\">");
	if (report_number(moment, "need") > 0)
		add_size(page, report_number(moment, "need"));
	text_add(page, "</td><td class=\"words\">");
	if (json_member(moment, "bytes") != NULL) {
		text_addf(page, "need %s by ", bytes < 0 ? "rose" : "fell");
		add_size(page, (uint64_t) (bytes < 0 ? -bytes : bytes));
		text_add(page, " ");
	}
	page_add(page, report_string(moment, "note"));
	text_add(page, "</td></tr>");
}

static void add_timeline(const struct json *report, struct text *page)
{
	const struct json *moment = report_first(report, "timeline");

	if (moment == NULL)
		return;
	begin_section(page, "Timeline", NULL);
	text_add(page,
		 "<div class=\"scroll\"><table><thead><tr><th class=\"n\">seconds<th>rung<th>event"
		 "<th class=\"n\">need<th>what came of it</tr></thead><tbody>");
	for (; moment != NULL; moment = moment->next)
		add_moment(moment, page);
	text_add(page, "</tbody></table></div>");
	end_section(page);
}

/* ---- facts ---- */

static void begin_fact(struct text *page, const char *name)
{
	text_addf(page, "<dt>%s</dt><dd>", name);
}

static void add_limit(const struct json *report, struct text *page)
{
	const struct json *limit = json_member(report, "limit");
	const char *hit = report_string(report, "limit_hit_of");

	begin_fact(page, "limit");
	if (report_string(limit, "holder") != NULL) {
		add_size(page, report_number(limit, "bytes"));
		text_add(page, ", set by <code>");
		page_add(page, report_string(limit, "holder"));
		text_add(page, "</code>");
	} else {
		text_add(page, "none");
	}
	if (hit != NULL) {
		text_add(page, "</dd><dt>limit that was hit</dt><dd><code>");
		page_add(page, hit);
		text_add(page, "</code>");
	}
	text_add(page, "</dd>");
	begin_fact(page, "peak");
	add_size(page, report_number(report, "peak"));
	text_add(page, "</dd>");
}

static void add_counters(const struct json *report, struct text *page)
{
	const struct json *own = json_member(json_member(report, "counters"), "own");

	begin_fact(page, "counters");
	text_addf(page, "max %llu, oom %llu, oom_kill %llu</dd>",
		  (unsigned long long) report_number(own, "max"),
		  (unsigned long long) report_number(own, "oom"),
		  (unsigned long long) report_number(own, "oom_kill"));
	begin_fact(page, "cgroup");
	text_add(page, "<code>");
	page_add(page, report_string(report, "cgroup"));
	text_add(page, "</code></dd>");
}

static void add_alignment(const struct json *report, struct text *page)
{
	const struct json *alignment = json_member(report, "alignment");
	const struct json *variable = report_first(alignment, "variables");

	for (; variable != NULL; variable = variable->next) {
		begin_fact(page, "alignment");
		text_add(page, "<code>");
		page_add(page, report_string(variable, "name"));
		text_add(page, report_string(variable, "value") != NULL ? "=" : "");
		page_add(page, report_string(variable, "value"));
		text_add(page, "</code> ");
		page_add(page, report_string(variable, "note"));
		text_add(page, "</dd>");
	}
	if (report_string(alignment, "nothing") != NULL) {
		begin_fact(page, "alignment");
		page_add(page, report_string(alignment, "nothing"));
		text_add(page, "</dd>");
	}
}

void page_write(const struct json *report, struct text *page)
{
	text_add(page, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
		       "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
		       "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		       "style-src 'unsafe-inline'\"><title>");
	page_add(page, report_string(report, "id"));
	text_add(page, ": ");
	page_add(page, report_string(report, "headline"));
	text_addf(page, "</title><style>%s</style></head><body><main>\n", page_style);
	add_answer(report, page);
	add_todo(report, page);
	add_charts(report, page);
	add_victims(report, page);
	add_candidates(report, page);
	add_timeline(report, page);
	begin_section(page, "Facts", NULL);
	text_add(page, "<dl>");
	add_limit(report, page);
	add_counters(report, page);
	add_alignment(report, page);
	text_add(page, "</dl>");
	end_section(page);
	text_add(page, "</main></body></html>\n");
}
