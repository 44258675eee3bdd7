// SPDX-License-Identifier: Apache-2.0
/*
 * The command line.
 * Should: accept every spelling that engines use, and say which word is wrong.
 * Must not: know what an option does.
 */
#include "runtime/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/err.h"
#include "runtime/base/text.h"

const struct option_row options_global[] = {
	{ 0, "root", OPTION_TEXT, offsetof(struct options, root), "DIR",
	  "where containers are kept (default /run/weir)" },
	{ 0, "log", OPTION_TEXT, offsetof(struct options, log), "FILE",
	  "[file:]PATH, journald:NAME or syslog:NAME" },
	{ 0, "log-format", OPTION_TEXT, offsetof(struct options, log_format), "text|json",
	  "format of the log file" },
	{ 0, "log-level", OPTION_TEXT, offsetof(struct options, log_level), "LEVEL",
	  "error, warning, info or debug" },
	{ 0, "cgroup-manager", OPTION_TEXT, offsetof(struct options, cgroup_manager), "MANAGER",
	  "cgroupfs (the default), systemd or disabled" },
	{ 's', "systemd-cgroup", OPTION_FLAG, offsetof(struct options, systemd_cgroup), NULL,
	  "as --cgroup-manager=systemd" },
	{ 0, "rootless", OPTION_TEXT, offsetof(struct options, rootless), "true|false|auto",
	  "taken and not needed: weir finds out by itself" },
	/* For tests; docs/policy.md tells of it. */
	{ 0, "memory-policy-dir", OPTION_TEXT, offsetof(struct options, memory_policy_dir), "DIR",
	  NULL },
	{ 0, "debug", OPTION_FLAG, offsetof(struct options, debug), NULL, "say more" },
	{ 'h', "help", OPTION_FLAG, offsetof(struct options, help), NULL, "this help" },
	{ 'v', "version", OPTION_FLAG, offsetof(struct options, version), NULL, "the version" },
	{ 'V', "version", OPTION_FLAG, offsetof(struct options, version), NULL, NULL },
	{ 0 },
};

/* The row for "--name", "--name=value", "-name" or "-n"; *value is what is attached to it. */
static const struct option_row *find_row(const struct option_row *rows, const char *word,
					 const char **value)
{
	const char *name = word[1] == '-' ? word + 2 : word + 1;
	size_t length = strcspn(name, "=");
	const struct option_row *row;

	*value = name[length] == '=' ? name + length + 1 : NULL;
	for (row = rows; row->name != NULL; row++)
		if (strlen(row->name) == length && strncmp(row->name, name, length) == 0)
			return row;
	if (word[1] == '-')
		return NULL;
	for (row = rows; row->name != NULL; row++) {
		if (row->letter == 0 || row->letter != word[1])
			continue;
		*value = word[2] == '\0' ? NULL : word + 2;
		return row->kind == OPTION_FLAG && *value != NULL ? NULL : row;
	}
	return NULL;
}

static int wrong(struct err *err, const char *command, const char *problem, const char *word)
{
	if (command == NULL)
		return err_say(err, EINVAL, "%s '%s' (see 'weir --help')", problem, word);
	return err_say(err, EINVAL, "%s: %s '%s' (see 'weir %s --help')", command, problem, word,
		       command);
}

static int append(struct option_list *list, const char *value)
{
	const char **more = realloc(list->items, (list->count + 1) * sizeof(*more));

	if (more == NULL)
		return -ENOMEM;
	more[list->count++] = value;
	list->items = more;
	return 0;
}

void options_free(struct options *options)
{
	free(options->env.items);
	free(options->capabilities.items);
	free(options->additional_gids.items);
}

static int set(const struct option_row *row, struct options *options, const char *value)
{
	char *place = (char *) options + row->place;

	if (row->kind == OPTION_LIST)
		return append((struct option_list *) (void *) place, value);
	if (row->kind == OPTION_TEXT) {
		memcpy(place, &value, sizeof(value));
		return 0;
	}
	if (value != NULL && strcmp(value, "true") != 0 && strcmp(value, "false") != 0)
		return -EINVAL;
	*(bool *) (void *) place = value == NULL || strcmp(value, "true") == 0;
	return 0;
}

static int take_one(const struct option_row *rows, struct option_words *words,
		    struct options *options, struct err *err)
{
	const char *word = words->argv[words->next++];
	const char *value;
	const struct option_row *row = find_row(rows, word, &value);
	int result;

	if (row == NULL && words->takes_unknown)
		return 0;
	if (row == NULL)
		return wrong(err, words->command, "unknown option", word);
	if (row->kind != OPTION_FLAG && value == NULL) {
		value = words->argv[words->next];
		/* podman looks for either half of it (engines.md §0). */
		if (value == NULL)
			return wrong(err, words->command,
				     "requires an argument: flag needs an argument:", word);
		words->next++;
	}
	result = set(row, options, value);
	if (result == -ENOMEM)
		return err_set(err, ENOMEM, "%s", word);
	if (result < 0)
		return wrong(err, words->command, "takes no value:", word);
	return 0;
}

/* All that is left, without the "--" that may come first. */
static void take_rest(struct option_words *words, struct options *options)
{
	while (words->argv[words->next] != NULL)
		options->arguments[options->argument_count++] = words->argv[words->next++];
	options->arguments[options->argument_count] = NULL;
}

int options_take(const struct option_row *rows, struct option_words *words, bool stop_at_word,
		 struct options *options, struct err *err)
{
	/* Arguments are moved to the front as they are met: what has been read is not needed
	 * again, so there is always room. */
	options->arguments = words->argv + words->next;
	options->argument_count = 0;
	while (words->argv[words->next] != NULL) {
		char *word = words->argv[words->next];

		if (strcmp(word, "--") == 0) {
			words->next++;
			break;
		}
		if (word[0] == '-' && word[1] != '\0') {
			int result = take_one(rows, words, options, err);

			if (result < 0)
				return result;
			continue;
		}
		if (stop_at_word)
			break;
		options->arguments[options->argument_count++] = word;
		words->next++;
	}
	take_rest(words, options);
	return 0;
}

/* The widest left side that others are lined up with; what is wider pushes its own help aside. */
#define LEFT_WIDTH_MAX 34

static bool same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* Writes the left side of one line and returns the row behind it: neighbours with the same value and the
 * same help are spellings of one thing. */
static const struct option_row *write_left(const struct option_row *row, struct text *left)
{
	const struct option_row *next = row + 1;

	if (row->letter != 0)
		text_addf(left, "  -%c, --%s", row->letter, row->name);
	else
		text_addf(left, "      --%s", row->name);
	for (; next->name != NULL && same_text(next->help, row->help) &&
	       same_text(next->value, row->value);
	     next++)
		text_addf(left, ", --%s", next->name);
	if (row->value != NULL)
		text_addf(left, " %s", row->value);
	return next;
}

static size_t left_width(const struct option_row *rows)
{
	size_t width = 0;

	while (rows->name != NULL) {
		auto_text struct text left = { 0 };
		const struct option_row *row = rows;

		rows = write_left(row, &left);
		if (row->help != NULL && left.length > width && left.length <= LEFT_WIDTH_MAX)
			width = left.length;
	}
	return width;
}

void options_help(const struct option_row *rows, struct text *text)
{
	int width = (int) left_width(rows);

	while (rows->name != NULL) {
		auto_text struct text left = { 0 };
		const struct option_row *row = rows;

		rows = write_left(row, &left);
		if (row->help != NULL)
			text_addf(text, "%-*s  %s\n", width, text_string(&left), row->help);
	}
}
