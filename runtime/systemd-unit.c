// SPDX-License-Identifier: Apache-2.0
/*
 * Units: started, changed, stopped (org.freedesktop.systemd1(5)).
 * Should: wait for what was asked for, and leave no failed unit behind.
 * Must not: take over a unit that somebody lives in.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/systemd-bus.h"
#include "runtime/systemd-plan.h"

/* The one property of ours that a systemd may be too old for: 253 gave it to scopes. */
#define YOUNGEST "OOMPolicy"

static const char *type_of(const struct unit_property *property)
{
	static const struct {
		enum unit_type type;
		const char *type_text;
	} rows[] = {
		{ UNIT_BOOL, "b" },   { UNIT_I32, "i" },      { UNIT_U32, "u" },
		{ UNIT_I64, "x" },    { UNIT_U64, "t" },      { UNIT_STRING, "s" },
		{ UNIT_BYTES, "ay" }, { UNIT_STRINGS, "as" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].type == property->type)
			return rows[i].type_text;
	return "";
}

static int append_value(const struct bus_library *library, struct sd_bus_message *message,
			const struct unit_property *property)
{
	const char *type = type_of(property);

	switch (property->type) {
	case UNIT_BOOL:
	case UNIT_I32:
	case UNIT_U32:
		return library->append(message, type, (uint32_t) property->number);
	case UNIT_I64:
	case UNIT_U64:
		return library->append(message, type, property->number);
	case UNIT_STRING:
		return library->append(message, type, property->string);
	case UNIT_BYTES:
		return library->append_array(message, 'y', property->bytes, property->byte_count);
	case UNIT_STRINGS:
		return library->append_strv(message, (char **) (uintptr_t) property->strings.items);
	}
	return -EINVAL;
}

/* One (sv) of an open a(sv). */
static int append_property(const struct bus_library *library, struct sd_bus_message *message,
			   const struct unit_property *property)
{
	int result = library->open_container(message, 'r', "sv");

	if (result >= 0)
		result = library->append(message, "s", property->name);
	if (result >= 0)
		result = library->open_container(message, 'v', type_of(property));
	if (result >= 0)
		result = append_value(library, message, property);
	if (result >= 0)
		result = library->close_container(message);
	return result < 0 ? result : library->close_container(message);
}

/* The properties but `without` (NULL: all), as one a(sv); with `pid` unless that is 0. */
static int append_properties(const struct bus_library *library, struct sd_bus_message *message,
			     const struct unit_properties *properties, const char *without,
			     pid_t pid)
{
	int result = library->open_container(message, 'a', "(sv)");
	size_t i;

	for (i = 0; i < properties->count && result >= 0; i++)
		if (without == NULL || strcmp(properties->items[i].name, without) != 0)
			result = append_property(library, message, &properties->items[i]);
	if (pid != 0 && result >= 0)
		result = library->append(message, "(sv)", "PIDs", "au", 1, (uint32_t) pid);
	return result < 0 ? result : library->close_container(message);
}

static int not_filled(struct bus *bus, struct sd_bus_message *message, int result, struct err *err)
{
	bus->library.unref(message);
	return err_set(err, -result, "D-Bus message");
}

struct start {
	const struct unit_names *names;
	const struct unit_properties *properties;
	pid_t pid;
	const char *without;
};

static int ask_to_start(struct bus *bus, const struct start *start, char **job, struct err *err)
{
	const struct bus_library *library = &bus->library;
	struct sd_bus_message *message = NULL;
	int result = bus_manager_call(bus, "StartTransientUnit", &message, err);

	if (result < 0)
		return result;
	result = library->append(message, "ss", start->names->scope, "fail");
	if (result >= 0)
		result = append_properties(library, message, start->properties, start->without,
					   start->pid);
	if (result >= 0)
		result = library->append(message, "a(sa(sv))", 0);
	return result < 0 ? not_filled(bus, message, result, err)
			  : bus_call(bus, message, job, err);
}

static int forget(struct bus *bus, const char *unit, struct err *err)
{
	struct sd_bus_message *message = NULL;
	int result = bus_manager_call(bus, "ResetFailedUnit", &message, err);

	if (result < 0)
		return result;
	(void) bus->library.append(message, "s", unit);
	result = bus_call(bus, message, NULL, err);
	return result == -ENOENT ? 0 : result;
}

int unit_start_scope(struct bus *bus, const struct unit_names *names, pid_t pid,
		     const struct unit_properties *properties, struct err *err)
{
	struct start start = { names, properties, pid, NULL };
	auto_free char *job = NULL;
	int result = bus_watch_jobs(bus, err);

	if (result == 0)
		result = ask_to_start(bus, &start, &job, err);
	if (result == -ENOTSUP) {
		start.without = YOUNGEST;
		result = ask_to_start(bus, &start, &job, err);
	}
	/* A failed one stays until it is forgotten; one that runs stays whatever we do. */
	if (result == -EEXIST && forget(bus, names->scope, NULL) == 0)
		result = ask_to_start(bus, &start, &job, err);
	if (result == 0)
		result = bus_wait_job(bus, job, err);
	return result < 0 ? err_context(err, "start %s", names->scope) : 0;
}

int unit_set_properties(struct bus *bus, const char *unit, const struct unit_properties *properties,
			struct err *err)
{
	const struct bus_library *library = &bus->library;
	struct sd_bus_message *message = NULL;
	int result;

	if (properties->count == 0)
		return 0;
	result = bus_manager_call(bus, "SetUnitProperties", &message, err);
	if (result < 0)
		return result;
	result = library->append(message, "sb", unit, 1);
	if (result >= 0)
		result = append_properties(library, message, properties, NULL, 0);
	result = result < 0 ? not_filled(bus, message, result, err)
			    : bus_call(bus, message, NULL, err);
	return result < 0 ? err_context(err, "change %s", unit) : 0;
}

static int stop(struct bus *bus, const char *unit, struct err *err)
{
	struct sd_bus_message *message = NULL;
	auto_free char *job = NULL;
	int result = bus_watch_jobs(bus, err);

	if (result == 0)
		result = bus_manager_call(bus, "StopUnit", &message, err);
	if (result < 0)
		return result;
	(void) bus->library.append(message, "ss", unit, "replace");
	result = bus_call(bus, message, &job, err);
	return result < 0 ? result : bus_wait_job(bus, job, err);
}

int unit_stop(struct bus *bus, const char *unit, struct err *err)
{
	int result = stop(bus, unit, err);

	if (result == -ENOENT)
		return 0;
	if (result == 0)
		result = forget(bus, unit, err);
	return result < 0 ? err_context(err, "stop %s", unit) : 0;
}
