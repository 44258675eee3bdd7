// SPDX-License-Identifier: Apache-2.0
/*
 * The ladder from text: its rungs.
 * Should: accept what can be carried out, and name the column of what cannot.
 * Must not: know readings, times or how an action is done.
 */
#include "runtime/governor/ladder.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/err.h"
#include "runtime/base/text.h"
#include "runtime/governor/ladder_parse.h"

static const struct {
	const char *name;
	const char *text;
} presets[] = {
	{ "graceful",
	  "70:log,notify; 85:log,notify,shed,reclaim=5%; 95:log,notify,unready,stop=20s" },
};

int parse_fail(struct parse *parse, const char *where, const char *format, ...)
{
	char message[256];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	return err_say(parse->err, EINVAL, "column %td: %s", where - parse->text + 1, message);
}

char *parse_trim(char *piece)
{
	size_t length;

	while (isspace((unsigned char) *piece))
		piece++;
	length = strlen(piece);
	while (length > 0 && isspace((unsigned char) piece[length - 1]))
		piece[--length] = '\0';
	return piece;
}

const struct action *rung_action(const struct rung *rung, enum action_kind kind)
{
	size_t i;

	for (i = 0; i < rung->action_count; i++)
		if (rung->actions[i].kind == kind)
			return &rung->actions[i];
	return NULL;
}

bool ladder_has(const struct ladder *ladder, enum action_kind kind)
{
	size_t i;

	for (i = 0; i < ladder->rung_count; i++)
		if (rung_action(&ladder->rungs[i], kind) != NULL)
			return true;
	return false;
}

static int parse_actions(struct parse *parse, char *list, struct rung *rung)
{
	char *cursor = list;
	char *piece;

	while ((piece = text_next(&cursor, ',')) != NULL) {
		struct action *action = &rung->actions[rung->action_count];
		int result;

		if (rung->action_count == LADDER_ACTIONS)
			return parse_fail(parse, piece, "more than %d actions", LADDER_ACTIONS);
		if (rung->action_count > 0 && action[-1].kind == ACTION_STOP)
			return parse_fail(parse, piece, "nothing can follow stop in its rung");
		result = parse_action(parse, piece, action);
		if (result < 0)
			return result;
		if (action->kind != ACTION_SIGNAL && rung_action(rung, action->kind) != NULL)
			return parse_fail(parse, parse->action, "%s twice in one rung",
					  parse->action);
		rung->action_count++;
	}
	return 0;
}

/* Rungs that are shares of need ascend; others come in the order of their weight, as written. */
static int check_order(struct parse *parse, const char *where, const struct rung *rung)
{
	size_t i;

	for (i = parse->ladder->rung_count; rung->percent > 0 && i > 0; i--) {
		unsigned before = parse->ladder->rungs[i - 1].percent;

		if (before > 0 && rung->percent <= before)
			return parse_fail(parse, where,
					  "rung %u must be above the one before it (%u)",
					  rung->percent, before);
		if (before > 0)
			break;
	}
	return 0;
}

static int parse_rung(struct parse *parse, char *piece, char *copy)
{
	struct rung *rung = &parse->ladder->rungs[parse->ladder->rung_count];
	char *actions = strchr(piece, ':');
	int result;

	if (actions == NULL)
		return parse_fail(parse, piece, "'%s' is not TRIGGER:ACTION,ACTION", piece);
	copy[actions - piece] = '\0';
	rung->name = parse_trim(copy);
	*actions++ = '\0';
	result = parse_triggers(parse, piece, rung);
	if (result == 0)
		result = check_order(parse, piece, rung);
	if (result == 0)
		result = parse_actions(parse, actions, rung);
	if (result == 0)
		parse->ladder->rung_count++;
	return result;
}

static int parse_rungs(struct parse *parse, char *copy)
{
	struct ladder *ladder = parse->ladder;
	char *cursor = parse->text;
	char *piece;

	while ((piece = text_next(&cursor, ';')) != NULL) {
		int result;

		piece = parse_trim(piece);
		/* "70:log;" is what people write; ";;" is a slip. */
		if (*piece == '\0' && cursor == NULL && ladder->rung_count > 0)
			break;
		if (*piece == '\0')
			return parse_fail(parse, piece, "a rung is missing");
		if (ladder->rung_count == LADDER_RUNGS)
			return parse_fail(parse, piece, "more than %d rungs", LADDER_RUNGS);
		/* What slows the program down is for the end of the ladder (governor.md 6.3). */
		if (ladder->rung_count > 0 &&
		    rung_action(&ladder->rungs[ladder->rung_count - 1], ACTION_BRAKE) != NULL)
			return parse_fail(parse, piece, "only the top rung may brake");
		result = parse_rung(parse, piece, copy + (piece - parse->text));
		if (result < 0)
			return result;
	}
	return 0;
}

static const char *preset_of(const char *text)
{
	size_t i;

	for (i = 0; i < sizeof(presets) / sizeof(presets[0]); i++)
		if (strcmp(presets[i].name, text) == 0)
			return presets[i].text;
	return text;
}

/* Twice the text in one piece of memory: the first half is cut by parsing, and the rungs' names are
 * in the second. */
static char *copy_twice(const char *text)
{
	size_t size = strlen(text) + 1;
	char *both = malloc(2 * size);

	if (both == NULL)
		return NULL;
	memcpy(both, text, size);
	memcpy(both + size, text, size);
	return both;
}

int ladder_parse(const char *text, struct ladder *ladder, struct err *err)
{
	const char *meant = preset_of(text);
	struct ladder parsed = { .text = copy_twice(meant),
				 .ceiling = { .brake_usec = UINT64_MAX } };
	struct parse parse = { .text = parsed.text, .ladder = &parsed, .err = err };
	int result;

	if (parsed.text == NULL)
		return err_set(err, ENOMEM, "ladder");
	result = parse_rungs(&parse, parsed.text + strlen(meant) + 1);
	if (result < 0) {
		ladder_free(&parsed);
		return result;
	}
	*ladder = parsed;
	return 0;
}

void ladder_free(struct ladder *ladder)
{
	free(ladder->text);
	*ladder = (struct ladder){ 0 };
}
