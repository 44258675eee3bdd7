// SPDX-License-Identifier: Apache-2.0
/*
 * org.systemd.property.NAME: what a config may say to systemd about its unit.
 * Should: know each name's type, so that a value without one ("15") is read as what it has to be.
 * Must not: let a config run anything on the host or reach another unit's resources.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/arena.h"
#include "runtime/base/err.h"
#include "runtime/base/number.h"
#include "runtime/base/text.h"
#include "runtime/systemd-plan.h"

#define PREFIX "org.systemd.property."

/* How the unit ends, what it waits for, how it is accounted and shown. Limits are not here: they are
 * linux.resources', which the container's own cgroup has to agree with. */
static const struct row {
	const char *name;
	enum unit_type type;
} rows[] = {
	{ "After", UNIT_STRINGS },
	{ "Before", UNIT_STRINGS },
	{ "BindsTo", UNIT_STRINGS },
	{ "CollectMode", UNIT_STRING },
	{ "CPUAccounting", UNIT_BOOL },
	{ "DefaultDependencies", UNIT_BOOL },
	{ "Description", UNIT_STRING },
	{ "Documentation", UNIT_STRINGS },
	{ "FinalKillSignal", UNIT_I32 },
	{ "IOAccounting", UNIT_BOOL },
	{ "IPAccounting", UNIT_BOOL },
	{ "KillMode", UNIT_STRING },
	{ "KillSignal", UNIT_I32 },
	{ "ManagedOOMMemoryPressure", UNIT_STRING },
	{ "ManagedOOMPreference", UNIT_STRING },
	{ "ManagedOOMSwap", UNIT_STRING },
	{ "MemoryAccounting", UNIT_BOOL },
	{ "OOMPolicy", UNIT_STRING },
	{ "PartOf", UNIT_STRINGS },
	{ "RequiredBy", UNIT_STRINGS },
	{ "Requires", UNIT_STRINGS },
	{ "RestartKillSignal", UNIT_I32 },
	{ "RuntimeMaxUSec", UNIT_U64 },
	{ "SendSIGHUP", UNIT_BOOL },
	{ "SendSIGKILL", UNIT_BOOL },
	{ "TasksAccounting", UNIT_BOOL },
	{ "TimeoutStopUSec", UNIT_U64 },
	{ "Wants", UNIT_STRINGS },
};

/* The row of "NAME", or of "NAMESec" for NAMEUSec. */
static const struct row *find(const char *name, bool *seconds)
{
	char usec[64];
	size_t i;

	*seconds = text_ends(name, "Sec") && !text_ends(name, "USec");
	if (*seconds) {
		snprintf(usec, sizeof(usec), "%.*sUSec", (int) (strlen(name) - 3), name);
		name = usec;
	}
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	return NULL;
}

static const char *without_blanks(const char *text)
{
	return text + strspn(text, " \t");
}

/* Behind the type that a GVariant text may begin with: its word, or its letter after an '@'. */
static const char *after_type(const char *text, enum unit_type type)
{
	static const struct {
		enum unit_type type;
		const char *word, *letters;
	} words[] = {
		{ UNIT_BOOL, "boolean ", "@b " }, { UNIT_I32, "int32 ", "@i " },
		{ UNIT_U32, "uint32 ", "@u " },	  { UNIT_I64, "int64 ", "@x " },
		{ UNIT_U64, "uint64 ", "@t " },	  { UNIT_STRING, "string ", "@s " },
		{ UNIT_STRINGS, "@as ", "@as " },
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (words[i].type != type)
			continue;
		if (text_starts(text, words[i].word))
			return without_blanks(text + strlen(words[i].word));
		if (text_starts(text, words[i].letters))
			return without_blanks(text + strlen(words[i].letters));
	}
	return text;
}

static bool read_bool(const char *text, struct unit_property *property)
{
	property->number = strcmp(text, "true") == 0;
	return property->number == 1 || strcmp(text, "false") == 0;
}

static bool read_number(const char *text, struct unit_property *property)
{
	int64_t number;

	if (property->type == UNIT_U64)
		return number_u64(text, &property->number);
	if (!number_i64(text, &number) || number < INT32_MIN || number > INT32_MAX)
		return false;
	property->number = (uint64_t) number;
	return true;
}

/* 'x' or "x" at *cursor, which is moved behind it; a backslash takes the next byte as it is. NULL if
 * it is none. */
static const char *read_quoted(struct arena *arena, const char **cursor)
{
	char quote = **cursor;
	char *text;
	char *to;
	const char *from;

	if (quote != '\'' && quote != '"')
		return NULL;
	text = arena_string(arena, *cursor + 1);
	if (text == NULL)
		return NULL;
	for (to = text, from = text; *from != quote; *to++ = *from++) {
		from += *from == '\\';
		if (*from == '\0')
			return NULL;
	}
	*cursor += 1 + (from - text) + 1;
	*to = '\0';
	return text;
}

static bool read_string(struct arena *arena, const char *text, struct unit_property *property)
{
	property->string = read_quoted(arena, &text);
	return property->string != NULL && *without_blanks(text) == '\0';
}

/* ['a', 'b'] */
static bool read_strings(struct arena *arena, const char *text, struct unit_property *property)
{
	/* No more items than bytes. */
	property->strings.items = arena_array(arena, strlen(text), sizeof(char *));
	if (property->strings.items == NULL || *text++ != '[')
		return false;
	text = without_blanks(text);
	while (*text != ']') {
		const char *item = read_quoted(arena, &text);

		if (item == NULL)
			return false;
		property->strings.items[property->strings.count++] = item;
		text = without_blanks(text);
		if (*text == ',')
			text = without_blanks(text + 1);
		else if (*text != ']')
			return false;
	}
	return *without_blanks(text + 1) == '\0';
}

static bool read_value(struct arena *arena, const char *text, struct unit_property *property)
{
	text = after_type(without_blanks(text), property->type);
	switch (property->type) {
	case UNIT_BOOL:
		return read_bool(text, property);
	case UNIT_STRING:
		return read_string(arena, text, property);
	case UNIT_STRINGS:
		return read_strings(arena, text, property);
	default:
		return read_number(text, property);
	}
}

static int add(struct arena *arena, const struct spec_pair *pair,
	       struct unit_properties *properties, struct err *err)
{
	bool seconds;
	const struct row *row = find(pair->key + strlen(PREFIX), &seconds);
	struct unit_property property = { 0 };

	if (row == NULL)
		return err_say(err, EINVAL, "is no property that a container may set of its unit");
	property.name = row->name;
	property.type = row->type;
	if (!read_value(arena, pair->value, &property))
		return err_say(err, EINVAL, "'%.64s' is no value of D-Bus type '%s'", pair->value,
			       row->type == UNIT_STRINGS ? "as" : (char[]){ (char) row->type, 0 });
	if (seconds && property.number > UINT64_MAX / 1000000)
		return err_say(err, ERANGE, "'%.64s' is too long", pair->value);
	if (seconds)
		property.number *= 1000000;
	return unit_property_set(arena, properties, &property, err);
}

int unit_properties_of_annotations(struct arena *arena, const struct spec_pairs *annotations,
				   struct unit_properties *properties, struct err *err)
{
	size_t i;

	for (i = 0; i < annotations->count; i++) {
		const struct spec_pair *pair = &annotations->items[i];

		if (text_starts(pair->key, PREFIX) && add(arena, pair, properties, err) < 0)
			return err_context(err, "/annotations/%.128s", pair->key);
	}
	return 0;
}
