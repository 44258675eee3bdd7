// SPDX-License-Identifier: Apache-2.0
/*
 * config-linux.md, Sysctl.
 * Should: let through only what belongs to a namespace that the container does not share by
 *         default, spelled so that it cannot become another path or a second setting.
 * Must not: read or write any.
 */
#include <linux/sched.h>
#include <string.h>

#include "runtime/base/json.h"
#include "runtime/base/text.h"
#include "spec/field.h"
#include "spec/names.h"
#include "spec/shapes.h"
#include "spec/spec.h"

/* Which namespace a setting belongs to. A name that ends with a dot stands for all below it. */
static const struct owner {
	const char *name;
	int64_t type;
} owners[] = {
	{ "net.", CLONE_NEWNET },
	{ "user.", CLONE_NEWUSER },
	{ "fs.mqueue.", CLONE_NEWIPC },
	{ "kernel.auto_msgmni", CLONE_NEWIPC },
	{ "kernel.msg_next_id", CLONE_NEWIPC },
	{ "kernel.msgmax", CLONE_NEWIPC },
	{ "kernel.msgmnb", CLONE_NEWIPC },
	{ "kernel.msgmni", CLONE_NEWIPC },
	{ "kernel.sem", CLONE_NEWIPC },
	{ "kernel.sem_next_id", CLONE_NEWIPC },
	{ "kernel.shm_next_id", CLONE_NEWIPC },
	{ "kernel.shm_rmid_forced", CLONE_NEWIPC },
	{ "kernel.shmall", CLONE_NEWIPC },
	{ "kernel.shmmax", CLONE_NEWIPC },
	{ "kernel.shmmni", CLONE_NEWIPC },
	{ "kernel.domainname", CLONE_NEWUTS },
	{ "kernel.hostname", CLONE_NEWUTS },
};

static bool is_separator(char letter)
{
	return letter == '.' || letter == '/';
}

/* Blanks, '+' and newlines could smuggle in a second setting; an empty part or ".." another path. */
static bool is_well_formed(const char *key)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789_-*./";
	size_t length = strlen(key);
	size_t i;

	if (strspn(key, allowed) != length || is_separator(key[0]) || is_separator(key[length - 1]))
		return false;
	for (i = 1; i < length; i++)
		if (is_separator(key[i]) && is_separator(key[i - 1]))
			return false;
	return true;
}

/* sysctl(8) takes '/' for '.', so that a part may hold a dot: net/ipv4/conf/eth0.1/forwarding. */
static bool is_owned_by(const char *key, const char *name)
{
	for (; *name != '\0' && *key != '\0'; name++, key++)
		if (*key != *name && !(*name == '.' && *key == '/'))
			return false;
	return *name == '\0' && (*key == '\0' || name[-1] == '.');
}

static const struct owner *owner_of(const char *key)
{
	size_t i;

	for (i = 0; i < sizeof(owners) / sizeof(owners[0]); i++)
		if (is_owned_by(key, owners[i].name))
			return &owners[i];
	return NULL;
}

int sysctl_check(struct loading *loading, const struct json *json, const struct spec_linux *object)
{
	const struct json *item = json_member(json, "sysctl");

	item = item != NULL ? item->first : NULL;
	for (; item != NULL; item = item->next) {
		const struct owner *owner = owner_of(item->key);

		if (!is_well_formed(item->key))
			return field_refuse(loading, item, "not the name of a setting");
		if (strchr(item->string, '\n') != NULL)
			return field_refuse(loading, item, "the value has more than one line");
		if (owner == NULL)
			return field_refuse(loading, item, "does not belong to a namespace");
		if (!spec_has_namespace(&object->namespaces, owner->type))
			return field_refuse(loading, item, "no %s namespace is listed",
					    names_word(names_namespaces, owner->type));
	}
	return 0;
}
