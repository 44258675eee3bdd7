// SPDX-License-Identifier: Apache-2.0
/*
 * The ladder from text: when a rung fires.
 * Should: know every trigger by one row.
 * Must not: know how one is measured.
 */
#include <ctype.h>
#include <string.h>

#include "runtime/base/number.h"
#include "runtime/base/text.h"
#include "runtime/governor/ladder.h"
#include "runtime/governor/ladder_parse.h"

#define DEFAULT_WINDOW_USEC 5000000
#define LONGEST_WINDOW_USEC 600000000 /* what is older says nothing of now */

enum kind {
	KIND_SHARE, /* a percentage, or bytes */
	KIND_BYTES,
	KIND_TIME,
	KIND_PERCENT,
	KIND_STALL, /* a percentage of a window of time */
	KIND_COUNT, /* events in a window of time */
};

static const struct row {
	const char *name;
	enum metric metric;
	char sign;
	enum kind kind;
	const char *example;
} rows[] = {
	{ "need", METRIC_NEED, '>', KIND_SHARE, "need>85%" },
	{ "use", METRIC_USE, '>', KIND_SHARE, "use>85%" },
	{ "ws", METRIC_WS, '>', KIND_SHARE, "ws>85%" },
	{ "free", METRIC_FREE, '<', KIND_BYTES, "free<64M" },
	{ "ttl", METRIC_TTL, '<', KIND_TIME, "ttl<10s" },
	{ "psi.some", METRIC_PSI_SOME, '>', KIND_STALL, "psi.some>20%/5s" },
	{ "psi.full", METRIC_PSI_FULL, '>', KIND_STALL, "psi.full>20%/5s" },
	{ "swap", METRIC_SWAP, '>', KIND_PERCENT, "swap>50%" },
	{ "max", METRIC_MAX, '>', KIND_COUNT, "max>10/1s" },
};

static bool is_percent(char *text, uint64_t *value)
{
	size_t length = strlen(text);

	if (length < 2 || text[length - 1] != '%')
		return false;
	text[length - 1] = '\0';
	if (number_u64(text, value) && *value >= 1 && *value <= 100)
		return true;
	text[length - 1] = '%';
	return false;
}

static bool is_bytes(const char *text, uint64_t *value)
{
	return number_bytes(text, value) && *value > 0;
}

/* Cuts "/5s" off. */
static bool take_window(char *text, uint64_t *window_usec)
{
	char *slash = strchr(text, '/');

	*window_usec = DEFAULT_WINDOW_USEC;
	if (slash == NULL)
		return true;
	*slash = '\0';
	return number_duration(slash + 1, window_usec) && *window_usec > 0 &&
	       *window_usec <= LONGEST_WINDOW_USEC;
}

static bool take_value(const struct row *row, char *text, struct trigger *trigger)
{
	switch (row->kind) {
	case KIND_SHARE:
		trigger->percent = is_percent(text, &trigger->value);
		return trigger->percent || is_bytes(text, &trigger->value);
	case KIND_BYTES:
		return is_bytes(text, &trigger->value);
	case KIND_TIME:
		return number_duration(text, &trigger->value) && trigger->value > 0 &&
		       trigger->value <= LONGEST_WINDOW_USEC;
	case KIND_STALL:
		trigger->percent = true;
		return take_window(text, &trigger->window_usec) &&
		       is_percent(text, &trigger->value);
	case KIND_PERCENT:
		trigger->percent = true;
		return is_percent(text, &trigger->value);
	case KIND_COUNT:
		return take_window(text, &trigger->window_usec) &&
		       number_u64(text, &trigger->value);
	}
	return false;
}

/* A trigger with a window of time shares it with others of the same. */
static int take_slot(struct parse *parse, const char *where, struct trigger *trigger)
{
	struct ladder *ladder = parse->ladder;
	unsigned slot;

	if (trigger->window_usec == 0)
		return 0;
	for (slot = 0; slot < ladder->window_count; slot++)
		if (ladder->windows[slot].metric == trigger->metric &&
		    ladder->windows[slot].window_usec == trigger->window_usec)
			break;
	if (slot == LADDER_WINDOWS)
		return parse_fail(parse, where, "more than %d windows of time", LADDER_WINDOWS);
	trigger->slot = slot;
	if (slot == ladder->window_count)
		ladder->windows[ladder->window_count++] = *trigger;
	return 0;
}

/* A number alone: a share of need, or bytes of it. */
static int parse_bare(struct parse *parse, char *piece, struct trigger *trigger)
{
	uint64_t value = 0;
	size_t length = strlen(piece);

	trigger->metric = METRIC_NEED;
	if (length > 0 && isalpha((unsigned char) piece[length - 1])) {
		if (is_bytes(piece, &trigger->value))
			return 0;
		return parse_fail(parse, piece, "'%s' is neither a percentage nor bytes (85, 300M)",
				  piece);
	}
	if (length > 0 && piece[length - 1] == '%')
		piece[length - 1] = '\0';
	if (!number_u64(piece, &value) || value < 1 || value > 100)
		return parse_fail(parse, piece, "'%s' is not a percentage from 1 to 100", piece);
	trigger->percent = true;
	trigger->value = value;
	return 0;
}

static const struct row *find_row(const char *piece, size_t length)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strlen(rows[i].name) == length && strncmp(rows[i].name, piece, length) == 0)
			return &rows[i];
	return NULL;
}

static int parse_trigger(struct parse *parse, char *piece, struct trigger *trigger)
{
	size_t length;
	const struct row *row;
	char *value;

	piece = parse_trim(piece);
	if (*piece == '\0')
		return parse_fail(parse, piece, "a trigger is missing");
	if (!isalpha((unsigned char) *piece))
		return parse_bare(parse, piece, trigger);
	length = strspn(piece, "abcdefghijklmnopqrstuvwxyz.");
	row = find_row(piece, length);
	if (row == NULL)
		return parse_fail(parse, piece, "unknown trigger '%s'", piece);
	trigger->metric = row->metric;
	value = piece + length + strspn(piece + length, " ");
	if (*value != row->sign)
		return parse_fail(parse, value, "%s needs '%c' and a value (%s)", row->name,
				  row->sign, row->example);
	value = parse_trim(value + 1);
	if (!take_value(row, value, trigger))
		return parse_fail(parse, value, "'%s' is no value of %s (%s)", value, row->name,
				  row->example);
	return take_slot(parse, piece, trigger);
}

int parse_triggers(struct parse *parse, char *piece, struct rung *rung)
{
	char *cursor = piece;
	char *one;

	while ((one = text_next(&cursor, '&')) != NULL) {
		struct trigger *trigger = &rung->triggers[rung->trigger_count];
		int result;

		if (rung->trigger_count == LADDER_TRIGGERS)
			return parse_fail(parse, one, "more than %d triggers", LADDER_TRIGGERS);
		result = parse_trigger(parse, one, trigger);
		if (result < 0)
			return result;
		parse->ladder->metrics |= 1U << trigger->metric;
		rung->trigger_count++;
	}
	if (rung->trigger_count == 1 && rung->triggers[0].metric == METRIC_NEED &&
	    rung->triggers[0].percent)
		rung->percent = (unsigned) rung->triggers[0].value;
	return 0;
}
