// SPDX-License-Identifier: Apache-2.0
/*
 * The names of systemd's units.
 * Should: refuse what systemd would refuse, before anything is made, by the member it stands in.
 * Must not: change a name: engines look for exactly the one they gave.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/err.h"
#include "runtime/base/text.h"
#include "runtime/systemd-plan.h"

#define WHERE "/linux/cgroupsPath"

/* systemd.unit(5). A backslash is an escape there; engines have no need of it. */
static bool is_name(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789:-_.\\";

	return name[0] != '\0' && name[strspn(name, letters)] == '\0';
}

/* Of "a-b.slice" each part has a slice of its own around it, so none may be empty. */
static bool is_slice(const char *slice)
{
	size_t length = strlen(slice);
	size_t stem = length - strlen(".slice");

	if (!is_name(slice) || !text_ends(slice, ".slice") || stem == 0)
		return false;
	if (strcmp(slice, "-.slice") == 0)
		return true;
	return slice[0] != '-' && slice[stem - 1] != '-' && strstr(slice, "--") == NULL;
}

static int set_slice(const char *asked, bool user_manager, struct unit_names *names,
		     struct err *err)
{
	if (asked[0] == '\0')
		asked = user_manager ? "user.slice" : "system.slice";
	else if (strcmp(asked, "-") == 0)
		asked = "-.slice";
	if (strlen(asked) >= sizeof(names->slice) || !is_slice(asked))
		return err_say(err, EINVAL, WHERE ": '%.64s' is not the name of a slice", asked);
	memcpy(names->slice, asked, strlen(asked) + 1);
	return 0;
}

static int set_scope(const char *prefix, const char *name, struct unit_names *names,
		     struct err *err)
{
	int length = snprintf(names->scope, sizeof(names->scope), "%s%s%s.scope", prefix,
			      prefix[0] != '\0' ? "-" : "", name);

	if (text_ends(name, ".slice"))
		return err_say(err, EINVAL,
			       WHERE ": '%.64s' is a slice, and processes live in a scope", name);
	if (name[0] == '\0' || length < 0 || (size_t) length >= sizeof(names->scope) ||
	    !is_name(names->scope))
		return err_say(err, EINVAL, WHERE ": '%.64s' is not the name of a scope",
			       names->scope);
	return 0;
}

/* Cuts "slice:prefix:name" in `text` at its colons. */
static bool cut(char *text, char *parts[3])
{
	size_t i;

	for (i = 0; i < 3; i++) {
		parts[i] = text;
		text = strchr(text, ':');
		if ((text == NULL) != (i == 2))
			return false;
		if (text != NULL)
			*text++ = '\0';
	}
	return true;
}

int unit_names_of(const char *cgroups_path, const char *id, bool user_manager,
		  struct unit_names *names, struct err *err)
{
	char text[3 * UNIT_NAME_ROOM];
	char *parts[3];
	int result;

	if (cgroups_path == NULL || cgroups_path[0] == '\0') {
		result = set_slice("", user_manager, names, err);
		return result < 0 ? result : set_scope("weir", id, names, err);
	}
	if (snprintf(text, sizeof(text), "%s", cgroups_path) >= (int) sizeof(text) ||
	    !cut(text, parts))
		return err_say(err, EINVAL, WHERE ": '%.64s': with systemd it is slice:prefix:name",
			       cgroups_path);
	result = set_slice(parts[0], user_manager, names, err);
	return result < 0 ? result : set_scope(parts[1], parts[2], names, err);
}

int unit_path(const struct unit_names *names, char out[CGROUP_PATH_ROOM], struct err *err)
{
	auto_text struct text path = { 0 };
	const char *slice = names->slice;
	const char *end;

	if (strcmp(slice, "-.slice") != 0) {
		for (end = strchr(slice, '-'); end != NULL; end = strchr(end + 1, '-')) {
			text_add(&path, "/");
			text_add_bytes(&path, slice, (size_t) (end - slice));
			text_add(&path, ".slice");
		}
		text_addf(&path, "/%s", slice);
	}
	text_addf(&path, "/%s", names->scope);
	if (!text_ok(&path))
		return err_set(err, ENOMEM, "plan");
	if (path.length >= CGROUP_PATH_ROOM)
		return err_say(err, ENAMETOOLONG, WHERE ": too many slices");
	memcpy(out, text_string(&path), path.length + 1);
	return 0;
}

int unit_leaf_path(const struct unit_names *names, char out[CGROUP_PATH_ROOM], struct err *err)
{
	char path[CGROUP_PATH_ROOM];
	int result = unit_path(names, path, err);

	if (result < 0)
		return result;
	if (strlen(path) + sizeof(UNIT_LEAF) > CGROUP_PATH_ROOM)
		return err_say(err, ENAMETOOLONG, WHERE ": too many slices");
	memcpy(out, path, strlen(path));
	memcpy(out + strlen(path), UNIT_LEAF, sizeof(UNIT_LEAF));
	return 0;
}
