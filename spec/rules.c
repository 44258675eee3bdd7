// SPDX-License-Identifier: Apache-2.0
/*
 * Rules that more than one noun keeps.
 * Should: need nothing but the value.
 * Must not: ask the host.
 */
#include <string.h>

#include "runtime/base/json.h"
#include "spec/field.h"
#include "spec/shapes.h"
#include "spec/spec.h"

int spec_check_environment(struct loading *loading, const struct json *json,
			   const struct spec_strings *env)
{
	char room[FIELD_SHOWN_ROOM];
	size_t i;

	for (i = 0; i < env->count; i++) {
		const char *equals = strchr(env->items[i], '=');

		if (equals == NULL || equals == env->items[i])
			return field_refuse(loading, field_item(json, "env", i),
					    "'%s' is not NAME=VALUE",
					    field_shown(env->items[i], room));
	}
	return 0;
}

int spec_check_list(struct loading *loading, const struct json *json, const char *name,
		    const char *list)
{
	char room[FIELD_SHOWN_ROOM];

	if (list == NULL ||
	    (list[strspn(list, "0123456789-, ")] == '\0' && strpbrk(list, "0123456789") != NULL))
		return 0;
	return field_refuse_member(loading, json, name, "'%s' is not a list like 0-3,7",
				   field_shown(list, room));
}

bool spec_has_namespace(const struct spec_namespaces *namespaces, int64_t type)
{
	size_t i;

	for (i = 0; i < namespaces->count; i++)
		if (namespaces->items[i].type == type)
			return true;
	return false;
}
