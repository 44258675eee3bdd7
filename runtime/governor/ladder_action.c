// SPDX-License-Identifier: Apache-2.0
/*
 * The ladder from text: what a rung does.
 * Should: know every action by one row.
 * Must not: know how one is done.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/number.h"
#include "runtime/base/text.h"
#include "runtime/governor/ladder.h"
#include "runtime/governor/ladder_parse.h"

/* `docker stop` waits as long before it kills. */
#define DEFAULT_GRACE_USEC 10000000
/* Longer than any real shutdown; keeps deadlines far from overflow. */
#define LONGEST_GRACE_USEC (24ULL * 3600 * 1000000)
/* governor.md 6.3. A minute of it is an outage. */
#define DEFAULT_BRAKE_USEC 2000000
#define LONGEST_BRAKE_USEC 60000000

#define COMM_ROOM 16 /* TASK_COMM_LEN */

static int take_nothing(struct parse *parse, char *argument, struct action *action)
{
	(void) action;
	if (argument != NULL)
		return parse_fail(parse, argument, "takes no argument: '%s'", argument);
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

/* "@init", "@all", "@comm=NAME". */
static int take_target(struct parse *parse, char *target, struct action *action)
{
	if (strcmp(target, "@all") == 0)
		action->target = TARGET_ALL;
	else if (text_starts(target, "@comm=") && target[6] != '\0' &&
		 strlen(target + 6) < COMM_ROOM) {
		action->target = TARGET_COMM;
		action->comm = target + 6;
	} else if (strcmp(target, "@init") != 0)
		return parse_fail(parse, target, "'%s' is none of @init, @all, @comm=NAME", target);
	return 0;
}

static int take_signal(struct parse *parse, char *argument, struct action *action)
{
	char *target;
	int result = 0;

	if (argument == NULL || *argument == '\0')
		return parse_fail(parse, parse->action, "signal: which one? (signal:USR1)");
	target = strchr(argument, '@');
	if (target != NULL)
		result = take_target(parse, target, action);
	if (result < 0)
		return result;
	if (target != NULL)
		*target = '\0';
	action->signal = signal_number(argument);
	if (action->signal == 0)
		return parse_fail(parse, argument, "unknown signal '%s'", argument);
	return 0;
}

static int take_exec(struct parse *parse, char *argument, struct action *action)
{
	char *cursor = argument;
	size_t count = 0;
	char *word;

	while ((word = text_next(&cursor, ' ')) != NULL) {
		if (*word == '\0')
			continue;
		if (count == LADDER_WORDS - 1)
			return parse_fail(parse, word, "exec: more than %d words",
					  LADDER_WORDS - 1);
		action->words[count++] = word;
	}
	if (count == 0)
		return parse_fail(parse, parse->action, "%s: which program? (%s:/bin/shed now)",
				  parse->action, parse->action);
	if (action->words[0][0] != '/')
		return parse_fail(parse, action->words[0], "%s: '%s' is not an absolute path%s",
				  parse->action, action->words[0],
				  action->kind == ACTION_EXEC ? " in the container" : "");
	return 0;
}

static int take_heap_dump(struct parse *parse, char *argument, struct action *action)
{
	if (argument == NULL || *argument == '\0')
		return parse_fail(parse, parse->action,
				  "heap-dump: into which directory? (heap-dump=/var/dumps)");
	if (*argument != '/')
		return parse_fail(parse, argument,
				  "heap-dump: '%s' is not an absolute path in the container",
				  argument);
	/* Of its words HotSpot takes the first for the file's name. */
	if (strpbrk(argument, " \t") != NULL)
		return parse_fail(parse, argument, "heap-dump: a blank in '%s'", argument);
	action->words[0] = argument;
	return 0;
}

static int take_time(struct parse *parse, char *argument, uint64_t longest, struct action *action)
{
	if (argument == NULL)
		return 0;
	if (!number_duration(argument, &action->time_usec) || action->time_usec > longest)
		return parse_fail(parse, argument, "'%s' is not a duration (%s)", argument,
				  action->kind == ACTION_STOP ? "stop=20s" : "brake=2s");
	return 0;
}

static int take_stop(struct parse *parse, char *argument, struct action *action)
{
	action->time_usec = DEFAULT_GRACE_USEC;
	return take_time(parse, argument, LONGEST_GRACE_USEC, action);
}

static int take_brake(struct parse *parse, char *argument, struct action *action)
{
	action->time_usec = DEFAULT_BRAKE_USEC;
	return take_time(parse, argument, LONGEST_BRAKE_USEC, action);
}

/* "64M" or "5%" of the limit. */
static int take_amount(struct parse *parse, char *argument, const char *example,
		       struct action *action)
{
	size_t length = argument != NULL ? strlen(argument) : 0;
	uint64_t percent = 0;

	if (length == 0)
		return parse_fail(parse, parse->action, "how much? (%s)", example);
	if (number_bytes(argument, &action->bytes) && action->bytes > 0)
		return 0;
	if (argument[length - 1] == '%') {
		argument[length - 1] = '\0';
		if (number_u64(argument, &percent) && percent >= 1 && percent <= 100) {
			action->percent = (unsigned) percent;
			return 0;
		}
		argument[length - 1] = '%';
	}
	return parse_fail(parse, argument, "'%s' is neither bytes nor a percentage (%s)", argument,
			  example);
}

static int take_reclaim(struct parse *parse, char *argument, struct action *action)
{
	return take_amount(parse, argument, "reclaim=5%", action);
}

static int take_grow(struct parse *parse, char *argument, struct action *action)
{
	if (argument != NULL && *argument == '+')
		argument++;
	return take_amount(parse, argument, "grow:+64M", action);
}

static const struct row {
	const char *name;
	int (*take)(struct parse *parse, char *argument, struct action *action);
} rows[ACTIONS] = {
	[ACTION_LOG] = { "log", take_nothing },
	[ACTION_EVENT] = { "event", take_nothing },
	[ACTION_NOTIFY] = { "notify", take_nothing },
	[ACTION_UNREADY] = { "unready", take_nothing },
	[ACTION_SIGNAL] = { "signal", take_signal },
	[ACTION_RECLAIM] = { "reclaim", take_reclaim },
	[ACTION_SHED] = { "shed", take_nothing },
	[ACTION_SNAPSHOT] = { "freeze-snapshot", take_nothing },
	[ACTION_HEAP_DUMP] = { "heap-dump", take_heap_dump },
	[ACTION_GROW] = { "grow", take_grow },
	[ACTION_EXEC] = { "exec", take_exec },
	[ACTION_HOST_EXEC] = { "host-exec", take_exec },
	[ACTION_BRAKE] = { "brake", take_brake },
	[ACTION_KILL_LARGEST] = { "kill-largest", take_nothing },
	[ACTION_KILL_GROUP] = { "kill-group", take_nothing },
	[ACTION_STOP] = { "stop", take_stop },
};

const char *action_name(enum action_kind kind)
{
	return rows[kind].name;
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
		return parse_fail(parse, name, "an action is missing");
	if (strlen(name) > NAME_ROOM)
		return parse_fail(parse, name, "unknown action '%s'", name);
	for (i = 1; i < ACTIONS; i++)
		if (distance(name, rows[i].name) < distance(name, rows[best].name))
			best = i;
	/* Two letters wrong is a slip; three is another word. */
	if (distance(name, rows[best].name) > 2)
		return parse_fail(parse, name, "unknown action '%s'", name);
	return parse_fail(parse, name, "unknown action '%s' (did you mean '%s'?)", name,
			  rows[best].name);
}

int parse_action(struct parse *parse, char *piece, struct action *action)
{
	char *name = parse_trim(piece);
	char *argument = strpbrk(name, ":=");
	size_t i;

	if (argument != NULL) {
		*argument++ = '\0';
		name = parse_trim(name);
		argument = parse_trim(argument);
	}
	for (i = 0; i < ACTIONS && strcmp(rows[i].name, name) != 0; i++)
		;
	if (i == ACTIONS)
		return unknown_action(parse, name);
	parse->action = name;
	action->kind = (enum action_kind) i;
	return rows[i].take(parse, argument, action);
}
