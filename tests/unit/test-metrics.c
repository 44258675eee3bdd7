// SPDX-License-Identifier: Apache-2.0
/* Metrics: what is written, held against the rules of OpenMetrics 1.0 that concern it. */
#include <ctype.h>

#include "runtime/base/text.h"
#include "runtime/glance.h"
#include "runtime/metrics.h"
#include "tests/unit/unit.h"

/* ---- a small strict checker ---- */

struct family {
	char name[128], type[16], unit[32];
	bool help;
};

static bool is_name(const char *text, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++)
		if (!isalnum((unsigned char) text[i]) && text[i] != '_')
			return false;
	return length > 0 && !isdigit((unsigned char) text[0]);
}

/* {name="value",…}: returns what is behind, NULL if it is none. */
static const char *skip_labels(const char *at)
{
	if (*at++ != '{')
		return NULL;
	for (;;) {
		size_t length = strcspn(at, "=");

		if (!is_name(at, length) || strncmp(at + length, "=\"", 2) != 0)
			return NULL;
		for (at += length + 2; *at != '"'; at++) {
			if (*at == '\0')
				return NULL;
			if (*at == '\\' && strchr("\\\"n", *++at) == NULL)
				return NULL;
		}
		at++;
		if (*at == '}')
			return at + 1;
		if (*at++ != ',')
			return NULL;
	}
}

static bool is_value(const char *at)
{
	char *end = NULL;

	if (*at++ != ' ')
		return false;
	if (strtod(at, &end) < 0)
		return false;
	return end != at && *end == '\0';
}

static void check_descriptor(const char *line, struct family *family, bool open_metrics)
{
	char word[16];
	char name[128];
	int behind = 0;

	CHECK(sscanf(line, "# %15s %127s %n", word, name, &behind) == 2);
	if (strcmp(word, "TYPE") == 0) {
		*family = (struct family){ 0 };
		snprintf(family->name, sizeof(family->name), "%s", name);
		snprintf(family->type, sizeof(family->type), "%s", line + behind);
		CHECK(strcmp(family->type, "gauge") == 0 || strcmp(family->type, "counter") == 0);
		CHECK(open_metrics != text_ends(name, "_total") ||
		      strcmp(family->type, "gauge") == 0);
		return;
	}
	CHECK_STRING(name, family->name);
	if (strcmp(word, "UNIT") == 0) {
		CHECK(open_metrics && !family->help);
		snprintf(family->unit, sizeof(family->unit), "_%s", line + behind);
		CHECK(text_ends(name, family->unit));
		return;
	}
	CHECK_STRING(word, "HELP");
	CHECK(!family->help && line[behind] != '\0');
	family->help = true;
}

static void check_sample(const char *line, const struct family *family, bool open_metrics)
{
	size_t length = strcspn(line, "{ ");
	char name[160];

	snprintf(name, sizeof(name), "%s%s", family->name,
		 open_metrics && strcmp(family->type, "counter") == 0 ? "_total" : "");
	CHECK(family->help);
	CHECK(strlen(name) == length && strncmp(name, line, length) == 0);
	line = skip_labels(line + length);
	CHECK(line != NULL && is_value(line));
}

static void check_strictly(const char *text, bool open_metrics)
{
	char *copy = strdup(text);
	char *cursor = copy;
	char *line;
	struct family family = { 0 };
	bool ended = false;

	CHECK(text_ends(text, "\n"));
	copy[strlen(copy) - 1] = '\0';
	while ((line = text_next(&cursor, '\n')) != NULL) {
		CHECK(!ended && line[0] != '\0');
		if (strcmp(line, "# EOF") == 0)
			ended = true;
		else if (line[0] == '#')
			check_descriptor(line, &family, open_metrics);
		else
			check_sample(line, &family, open_metrics);
	}
	CHECK(ended == open_metrics);
	free(copy);
}

/* ---- the metrics ---- */

static struct glance glances[2];

static struct metrics_input input_of(void)
{
	static const struct metrics_verdict verdicts[] = { { "own-limit", 2 }, { "a\"b", 1 } };

	memset(glances, 0, sizeof(glances));
	snprintf(glances[0].id, sizeof(glances[0].id), "we\"ird\\id\n");
	glances[0].has_cgroup = glances[0].governed = glances[0].recorded = true;
	glances[0].status = STATUS_RUNNING;
	glances[0].limit_bytes = 67108864;
	glances[0].current_bytes = 66000000;
	glances[0].need_bytes = 60000000;
	glances[0].peak_bytes = 67108864;
	glances[0].stat.anon = 59000000;
	glances[0].events = (struct memory_events){ .high = 3, .max = 36, .oom = 1, .oom_kill = 1 };
	glances[0].pressure = (struct pressure){ 1500000, 20 };
	glances[0].time_to_limit_usec = 2500000;
	glances[0].rung_count = 2;
	snprintf(glances[0].rungs[0].name, RECORDER_NAME, "70");
	snprintf(glances[0].rungs[1].name, RECORDER_NAME, "psi.full>20%%/5s");
	glances[0].rungs[0].fired = true;
	glances[0].rungs[0].fired_count = 4;
	snprintf(glances[1].id, sizeof(glances[1].id), "gone");
	glances[1].status = STATUS_STOPPED;
	return (struct metrics_input){ glances, 2, verdicts, 2 };
}

static void has_line(const char *text, const char *line)
{
	const char *at = strstr(text, line);

	if (at == NULL || (at > text && at[-1] != '\n') || at[strlen(line)] != '\n') {
		fprintf(stderr, "no line '%s' in:\n%s", line, text);
		exit(1);
	}
}

TEST(open_metrics)
{
	const struct metrics_input input = input_of();
	auto_text struct text text = { 0 };

	metrics_write(&input, true, &text);
	check_strictly(text_string(&text), true);
	has_line(text_string(&text), "# TYPE weir_memory_events counter");
	has_line(text_string(&text), "# UNIT weir_memory_stall_seconds seconds");
	has_line(text_string(&text),
		 "weir_memory_events_total{container=\"we\\\"ird\\\\id\\n\",event=\"oom_kill\"} 1");
	has_line(
		text_string(&text),
		"weir_memory_stall_seconds_total{container=\"we\\\"ird\\\\id\\n\",tasks=\"some\"} 1.500000");
	has_line(text_string(&text),
		 "weir_memory_rung_standing{container=\"we\\\"ird\\\\id\\n\",rung=\"70\"} 1");
	has_line(text_string(&text), "weir_memory_governed{container=\"gone\"} 0");
	has_line(text_string(&text), "weir_containers{status=\"stopped\"} 1");
	has_line(text_string(&text), "weir_reports{verdict=\"own-limit\"} 2");
	/* nothing is known of it: nothing is said */
	CHECK(strstr(text_string(&text), "need_bytes{container=\"gone\"") == NULL);
	if (getenv("DUMP") != NULL)
		fputs(text_string(&text), stdout);
}

TEST(the_format_of_the_textfile_collector)
{
	const struct metrics_input input = input_of();
	auto_text struct text text = { 0 };

	metrics_write(&input, false, &text);
	check_strictly(text_string(&text), false);
	has_line(text_string(&text), "# TYPE weir_memory_events_total counter");
	if (getenv("DUMP_TEXTFILE") != NULL)
		fputs(text_string(&text), stdout);
}

TEST(no_containers_are_no_error)
{
	const struct metrics_input input = { 0 };
	auto_text struct text text = { 0 };

	metrics_write(&input, true, &text);
	check_strictly(text_string(&text), true);
}

UNIT_MAIN(UNIT_TEST(open_metrics), UNIT_TEST(the_format_of_the_textfile_collector),
	  UNIT_TEST(no_containers_are_no_error))
