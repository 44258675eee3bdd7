// SPDX-License-Identifier: Apache-2.0
/*
 * The ladder from text.
 * Should: accept what can be carried out, and name the column of what cannot.
 * Must not: know readings, times or how an action is done.
 */
#include "runtime/governor/ladder.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/err.h"
#include "runtime/base/number.h"
#include "runtime/base/text.h"

/* `docker stop` waits as long before it kills. */
#define DEFAULT_GRACE_USEC 10000000
/* Longer than any real shutdown; keeps deadlines far from overflow. */
#define LONGEST_GRACE_USEC (24ULL * 3600 * 1000000)

static const struct {
	const char *name;
	const char *text;
} presets[] = {
	{ "graceful", "70:log,notify; 85:log,notify; 95:log,notify,stop=20s" },
};

/* One parse: pieces point into `text`, so a piece's place is its column. */
struct parse {
	char *text;
	const char *action; /* the one being parsed, for an argument that is missing */
	struct err *err;
};

__attribute__((format(printf, 3, 4))) static int fail_at(struct parse *parse, const char *where,
							 const char *format, ...)
{
	char message[256];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	return err_say(parse->err, EINVAL, "column %td: %s", where - parse->text + 1, message);
}

/* Skips blanks in front and cuts them off behind. */
static char *trim(char *piece)
{
	size_t length;

	while (isspace((unsigned char) *piece))
		piece++;
	length = strlen(piece);
	while (length > 0 && isspace((unsigned char) piece[length - 1]))
		piece[--length] = '\0';
	return piece;
}

static int parse_nothing(struct parse *parse, char *argument, struct action *action)
{
	(void) action;
	if (argument != NULL)
		return fail_at(parse, argument, "takes no argument: '%s'", argument);
	return 0;
}

static int signal_number(const char *name)
{
	uint64_t number = 0;
	int candidate;

	if (number_u64(name, &number))
		return number >= 1 && number <= (uint64_t) SIGRTMAX ? (int) number : 0;
	if (text_starts(name, "SIG"))
		name += strlen("SIG");
	for (candidate = 1; candidate < SIGRTMIN; candidate++) {
		const char *known = sigabbrev_np(candidate);

		if (known != NULL && strcmp(known, name) == 0)
			return candidate;
	}
	return 0;
}

static int parse_signal(struct parse *parse, char *argument, struct action *action)
{
	char *target;

	if (argument == NULL || *argument == '\0')
		return fail_at(parse, parse->action, "signal: which one? (signal:USR1)");
	target = strchr(argument, '@');
	if (target != NULL && strcmp(target, "@init") != 0)
		return fail_at(parse, target, "not supported yet: %s", target);
	if (target != NULL)
		*target = '\0';
	action->signal = signal_number(argument);
	if (action->signal == 0)
		return fail_at(parse, argument, "unknown signal '%s'", argument);
	return 0;
}

static int parse_exec(struct parse *parse, char *argument, struct action *action)
{
	char *cursor = argument;
	size_t count = 0;
	char *word;

	while ((word = text_next(&cursor, ' ')) != NULL) {
		if (*word == '\0')
			continue;
		if (count == LADDER_WORDS - 1)
			return fail_at(parse, word, "exec: more than %d words", LADDER_WORDS - 1);
		action->words[count++] = word;
	}
	if (count == 0)
		return fail_at(parse, parse->action, "exec: which program? (exec:/bin/shed now)");
	if (action->words[0][0] != '/')
		return fail_at(parse, action->words[0],
			       "exec: '%s' is not an absolute path in the container",
			       action->words[0]);
	return 0;
}

static int parse_stop(struct parse *parse, char *argument, struct action *action)
{
	action->grace_usec = DEFAULT_GRACE_USEC;
	if (argument == NULL)
		return 0;
	if (!number_duration(argument, &action->grace_usec) ||
	    action->grace_usec > LONGEST_GRACE_USEC)
		return fail_at(parse, argument, "'%s' is not a duration (stop=20s)", argument);
	return 0;
}

/* The first rows are those of enum action_kind; one without `parse` is an action of the design that is refused until it is carried out. */
static const struct action_row {
	const char *name;
	enum action_kind kind;
	int (*parse)(struct parse *parse, char *argument, struct action *action);
} action_rows[] = {
	[ACTION_LOG] = { "log", ACTION_LOG, parse_nothing },
	[ACTION_NOTIFY] = { "notify", ACTION_NOTIFY, parse_nothing },
	[ACTION_SIGNAL] = { "signal", ACTION_SIGNAL, parse_signal },
	[ACTION_EXEC] = { "exec", ACTION_EXEC, parse_exec },
	[ACTION_STOP] = { "stop", ACTION_STOP, parse_stop },
	{ "event", ACTION_LOG, NULL },
	{ "shed", ACTION_LOG, NULL },
	{ "reclaim", ACTION_LOG, NULL },
	{ "unready", ACTION_LOG, NULL },
	{ "brake", ACTION_LOG, NULL },
	{ "grow", ACTION_LOG, NULL },
	{ "snapshot", ACTION_LOG, NULL },
	{ "freeze-snapshot", ACTION_LOG, NULL },
	{ "heap-dump", ACTION_LOG, NULL },
	{ "kill-largest", ACTION_LOG, NULL },
	{ "kill-group", ACTION_LOG, NULL },
};
#define ACTION_ROWS (sizeof(action_rows) / sizeof(action_rows[0]))

const char *action_name(enum action_kind kind)
{
	return action_rows[kind].name;
}

#define NAME_ROOM 32 /* longer names are not compared: none of ours is */

static unsigned smallest(unsigned a, unsigned b, unsigned c)
{
	unsigned least = a < b ? a : b;

	return least < c ? least : c;
}

/* Levenshtein's distance: how many letters to change, add or leave out. */
static unsigned distance(const char *typed, const char *known)
{
	unsigned row[NAME_ROOM + 1];
	size_t length = strlen(known);
	size_t i;
	size_t j;

	for (j = 0; j <= length; j++)
		row[j] = (unsigned) j;
	for (i = 0; typed[i] != '\0'; i++) {
		unsigned diagonal = row[0]++;

		for (j = 0; j < length; j++) {
			unsigned changed = diagonal + (typed[i] != known[j]);

			diagonal = row[j + 1];
			row[j + 1] = smallest(changed, row[j] + 1, diagonal + 1);
		}
	}
	return row[length];
}

static int unknown_action(struct parse *parse, const char *name)
{
	size_t best = 0;
	size_t i;

	if (*name == '\0')
		return fail_at(parse, name, "an action is missing");
	if (strlen(name) > NAME_ROOM)
		return fail_at(parse, name, "unknown action '%s'", name);
	for (i = 1; i < ACTION_ROWS; i++)
		if (distance(name, action_rows[i].name) < distance(name, action_rows[best].name))
			best = i;
	/* Two letters wrong is a slip; three is another word. */
	if (distance(name, action_rows[best].name) > 2)
		return fail_at(parse, name, "unknown action '%s'", name);
	return fail_at(parse, name, "unknown action '%s' (did you mean '%s'?)", name,
		       action_rows[best].name);
}

static int parse_action(struct parse *parse, char *piece, struct action *action)
{
	char *name = trim(piece);
	char *argument = strpbrk(name, ":=");
	size_t i;

	if (argument != NULL) {
		*argument++ = '\0';
		name = trim(name);
		argument = trim(argument);
	}
	for (i = 0; i < ACTION_ROWS && strcmp(action_rows[i].name, name) != 0; i++)
		;
	if (i == ACTION_ROWS)
		return unknown_action(parse, name);
	if (action_rows[i].parse == NULL)
		return fail_at(parse, name, "not supported yet: %s", name);
	parse->action = name;
	action->kind = action_rows[i].kind;
	return action_rows[i].parse(parse, argument, action);
}

static int parse_actions(struct parse *parse, char *list, struct rung *rung)
{
	char *cursor = list;
	char *piece;

	while ((piece = text_next(&cursor, ',')) != NULL) {
		struct action *action = &rung->actions[rung->action_count];
		int result;

		if (rung->action_count == LADDER_ACTIONS)
			return fail_at(parse, piece, "more than %d actions", LADDER_ACTIONS);
		if (rung->action_count > 0 && action[-1].kind == ACTION_STOP)
			return fail_at(parse, piece, "nothing can follow stop in its rung");
		result = parse_action(parse, piece, action);
		if (result < 0)
			return result;
		rung->action_count++;
	}
	return 0;
}

static int parse_percent(struct parse *parse, char *piece, unsigned *percent)
{
	size_t length = strlen(piece);
	uint64_t value = 0;

	if (isalpha((unsigned char) *piece))
		return fail_at(parse, piece, "not supported yet: trigger '%s'", piece);
	if (length > 0 && piece[length - 1] == '%')
		piece[length - 1] = '\0';
	if (!number_u64(piece, &value) || value < 1 || value > 100)
		return fail_at(parse, piece, "'%s' is not a percentage from 1 to 100", piece);
	*percent = (unsigned) value;
	return 0;
}

static int parse_rung(struct parse *parse, char *piece, struct ladder *ladder)
{
	struct rung *rung = &ladder->rungs[ladder->rung_count];
	char *actions = strchr(piece, ':');
	int result;

	if (actions == NULL)
		return fail_at(parse, piece, "'%s' is not PERCENT:ACTION,ACTION", piece);
	*actions++ = '\0';
	result = parse_percent(parse, trim(piece), &rung->percent);
	if (result < 0)
		return result;
	if (ladder->rung_count > 0 && rung->percent <= rung[-1].percent)
		return fail_at(parse, piece, "rung %u must be above the one before it (%u)",
			       rung->percent, rung[-1].percent);
	result = parse_actions(parse, actions, rung);
	if (result == 0)
		ladder->rung_count++;
	return result;
}

static int parse_rungs(struct parse *parse, struct ladder *ladder)
{
	char *cursor = parse->text;
	char *piece;

	while ((piece = text_next(&cursor, ';')) != NULL) {
		int result;

		piece = trim(piece);
		/* "70:log;" is what people write; ";;" is a slip. */
		if (*piece == '\0' && cursor == NULL && ladder->rung_count > 0)
			break;
		if (*piece == '\0')
			return fail_at(parse, piece, "a rung is missing");
		if (ladder->rung_count == LADDER_RUNGS)
			return fail_at(parse, piece, "more than %d rungs", LADDER_RUNGS);
		result = parse_rung(parse, piece, ladder);
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

int ladder_parse(const char *text, struct ladder *ladder, struct err *err)
{
	struct parse parse = { .text = strdup(preset_of(text)), .err = err };
	struct ladder parsed = { .text = parse.text };
	int result;

	if (parse.text == NULL)
		return err_set(err, ENOMEM, "ladder");
	result = parse_rungs(&parse, &parsed);
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
