// SPDX-License-Identifier: Apache-2.0
/*
 * What `exec` is to start.
 * Should: read numbers as numbers: a user's name is the image's to give away (CVE-2016-3697).
 * Must not: leave a word of the command line out, or add a privilege nobody asked for.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/capability.h>
#include <unistd.h>

#include "runtime/base/err.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "runtime/base/number.h"
#include "runtime/base/text.h"
#include "runtime/cmd/cmd.h"
#include "spec/load.h"

#define ID_MAX 4294967294U /* 2^32-1 means "no id" to the kernel (setresuid(2)) */

static int add_word(struct arena *arena, struct spec_strings *words, const char *word,
		    struct err *err)
{
	const char **more = arena_array(arena, words->count + 2, sizeof(*more));

	if (more == NULL)
		return err_set(err, ENOMEM, "exec");
	if (words->count > 0)
		memcpy(more, words->items, words->count * sizeof(*more));
	more[words->count++] = word;
	words->items = more;
	return 0;
}

/* A variable that is there already gets the new value: which of two a program takes is its choice. */
static int set_variable(struct arena *arena, struct spec_strings *env, const char *word,
			struct err *err)
{
	size_t length = strcspn(word, "=");
	size_t i;

	if (length == 0 || word[length] == '\0')
		return err_say(err, EINVAL, "--env: '%s' is not NAME=VALUE", word);
	for (i = 0; i < env->count; i++) {
		if (strncmp(env->items[i], word, length + 1) != 0)
			continue;
		env->items[i] = word;
		return 0;
	}
	return add_word(arena, env, word, err);
}

static int take_env(struct call *call, struct spec_process *process, struct err *err)
{
	struct spec_strings own = process->env;
	int result = 0;
	size_t i;

	/* A copy: what is there is the config's. */
	process->env.items = arena_array(&call->arena, own.count + 1, sizeof(*own.items));
	if (process->env.items == NULL)
		return err_set(err, ENOMEM, "exec");
	if (own.count > 0)
		memcpy(process->env.items, own.items, own.count * sizeof(*own.items));
	for (i = 0; i < call->options.env.count && result == 0; i++)
		result = set_variable(&call->arena, &process->env, call->options.env.items[i], err);
	return result;
}

/* One decimal number as written by people: no sign, no blanks, no leading zero that C would read as
 * octal, in the kernel's range. */
static bool read_id(const char *text, uint64_t *id)
{
	uint64_t value;

	if (!number_u64(text, &value) || value > ID_MAX || (text[0] == '0' && text[1] != '\0'))
		return false;
	*id = value;
	return true;
}

static int take_user(struct call *call, struct spec_user *user, struct err *err)
{
	const char *word = call->options.user;
	const char *colon;
	char *uid;

	if (word == NULL)
		return 0;
	colon = strchr(word, ':');
	uid = arena_copy(&call->arena, word,
			 colon != NULL ? (size_t) (colon - word) : strlen(word));
	if (uid == NULL)
		return err_set(err, ENOMEM, "exec");
	if (!read_id(uid, &user->uid) || (colon != NULL && !read_id(colon + 1, &user->gid)))
		return err_say(err, EINVAL,
			       "--user: '%s' is not UID or UID:GID, in numbers from 0 to %u", word,
			       ID_MAX);
	return 0;
}

static int take_groups(struct call *call, struct spec_user *user, struct err *err)
{
	const struct option_list *asked = &call->options.additional_gids;
	struct spec_uints own = user->additional_gids;
	size_t i;

	if (asked->count == 0)
		return 0;
	user->additional_gids.items =
		arena_array(&call->arena, own.count + asked->count, sizeof(*own.items));
	if (user->additional_gids.items == NULL)
		return err_set(err, ENOMEM, "exec");
	if (own.count > 0)
		memcpy(user->additional_gids.items, own.items, own.count * sizeof(*own.items));
	for (i = 0; i < asked->count; i++)
		if (!read_id(asked->items[i], &user->additional_gids.items[own.count + i]))
			return err_say(err, EINVAL,
				       "--additional-gids: '%s' is not a number from 0 to %u",
				       asked->items[i], ID_MAX);
	user->additional_gids.count = own.count + asked->count;
	return 0;
}

static bool holds(const struct spec_strings *words, const char *word)
{
	size_t i;

	for (i = 0; i < words->count; i++)
		if (strcasecmp(words->items[i], word) == 0)
			return true;
	return false;
}

static int add_capability(struct arena *arena, struct spec_capabilities *sets, const char *name,
			  struct err *err)
{
	int result = add_word(arena, &sets->bounding, name, err);

	if (result == 0)
		result = add_word(arena, &sets->permitted, name, err);
	if (result == 0)
		result = add_word(arena, &sets->effective, name, err);
	/* A user other than root keeps it over the exec only so, and only where the config has made
	 * it inheritable. */
	if (result == 0 && holds(&sets->inheritable, name))
		result = add_word(arena, &sets->ambient, name, err);
	return result;
}

/* Never inheritable: a program of the image with file capabilities would get more by it
 * (CVE-2022-27650). */
static int take_capabilities(struct call *call, struct spec_process *process, struct err *err)
{
	const struct option_list *asked = &call->options.capabilities;
	struct spec_capabilities *sets;
	int result = 0;
	size_t i;

	if (asked->count == 0)
		return 0;
	sets = arena_alloc(&call->arena, sizeof(*sets));
	if (sets == NULL)
		return err_set(err, ENOMEM, "exec");
	if (process->capabilities != NULL)
		*sets = *process->capabilities;
	for (i = 0; i < asked->count && result == 0; i++) {
		cap_value_t number;

		if (cap_from_name(asked->items[i], &number) < 0)
			return err_say(err, EINVAL, "--cap: unknown capability '%s'",
				       asked->items[i]);
		result = add_capability(&call->arena, sets, asked->items[i], err);
	}
	process->capabilities = sets;
	return result;
}

static int take_words(struct call *call, struct spec_process *process, struct err *err)
{
	const struct options *options = &call->options;
	/* People write `exec ID -- PROGRAM`; no program is called "--". */
	size_t first =
		options->argument_count > 1 && strcmp(options->arguments[1], "--") == 0 ? 2 : 1;
	size_t i;
	int result = 0;

	if (options->argument_count <= first)
		return err_say(err, EINVAL, "no program given, and no --process");
	if (options->arguments[first][0] == '\0')
		return err_say(err, EINVAL, "the program's name is empty");
	process->args = (struct spec_strings){ 0 };
	for (i = first; i < options->argument_count && result == 0; i++)
		result = add_word(&call->arena, &process->args, options->arguments[i], err);
	if (options->cwd != NULL && options->cwd[0] != '/')
		return err_say(err, EINVAL, "--cwd: '%s' is not absolute", options->cwd);
	if (options->cwd != NULL)
		process->cwd = options->cwd;
	if (options->no_new_privs)
		process->no_new_privileges = true;
	return result;
}

/* The container's own process, with what the command line says instead. */
static int compose(struct call *call, struct spec *spec, struct err *err)
{
	struct spec_process *process = arena_alloc(&call->arena, sizeof(*process));
	int result;

	if (process == NULL)
		return err_set(err, ENOMEM, "exec");
	if (spec->process != NULL)
		*process = *spec->process;
	if (process->cwd == NULL)
		process->cwd = "/";
	process->terminal = call->options.tty;
	process->console_size = NULL;
	result = take_words(call, process, err);
	if (result == 0)
		result = take_env(call, process, err);
	if (result == 0)
		result = take_user(call, &process->user, err);
	if (result == 0)
		result = take_groups(call, &process->user, err);
	if (result == 0)
		result = take_capabilities(call, process, err);
	spec->process = process;
	return result;
}

static int read_process(struct call *call, struct spec *spec, struct err *err)
{
	auto_text struct text warnings = { 0 };
	auto_text struct text json = { 0 };
	const char *path = call->options.process;
	bool is_stdin = strcmp(path, "-") == 0 || strcmp(path, "/dev/stdin") == 0;
	/* A pipe that is open already is read to its end; a FIFO by its name could wait for ever. */
	int result = is_stdin ? input_read("", "-", &json, err)
			      : file_load_at(AT_FDCWD, path, JSON_BYTES, &json, err);

	if (result == 0 && spec_parse_process(&call->arena, &json, spec, &warnings, err) < 0)
		result = err_context(err, "%s", path);
	log_warnings(&call->log, text_string(&warnings));
	return result < 0 ? err_context(err, "--process") : 0;
}

/* What the object says would otherwise be contradicted in silence. */
static int refuse_both(const struct options *options, struct err *err)
{
	const struct {
		const char *name;
		bool given;
	} others[] = {
		{ "a program", options->argument_count > 1 },
		{ "--cwd", options->cwd != NULL },
		{ "--env", options->env.count > 0 },
		{ "--user", options->user != NULL },
		{ "--additional-gids", options->additional_gids.count > 0 },
		{ "--cap", options->capabilities.count > 0 },
		{ "--no-new-privs", options->no_new_privs },
	};
	size_t i;

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (others[i].given)
			return err_say(err, EINVAL, "--process and %s: the one says the other",
				       others[i].name);
	return 0;
}

/* What the command line says of labels wins. */
static void take_labels(const struct options *options, struct spec_process *process)
{
	if (options->apparmor != NULL)
		process->apparmor_profile = options->apparmor[0] != '\0' ? options->apparmor : NULL;
	if (options->process_label != NULL)
		process->selinux_label =
			options->process_label[0] != '\0' ? options->process_label : NULL;
}

int exec_process(struct call *call, struct spec *spec, struct err *err)
{
	int result;

	if (call->options.process == NULL) {
		result = compose(call, spec, err);
	} else {
		result = refuse_both(&call->options, err);
		if (result == 0)
			result = read_process(call, spec, err);
	}
	if (result == 0)
		take_labels(&call->options, spec->process);
	if (result == 0 && call->options.tty)
		spec->process->terminal = true;
	return result;
}
