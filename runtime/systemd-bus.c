// SPDX-License-Identifier: Apache-2.0
/*
 * A conversation with systemd.
 * Should: end at its deadline, whoever does not answer.
 * Must not: be needed by a weir that is never asked for systemd.
 */
#include "runtime/systemd-bus.h"

#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/clock.h"
#include "runtime/base/err.h"

#define LIBRARY "libsystemd.so.0"

#define MANAGER "org.freedesktop.systemd1.Manager"
#define JOB_MATCH                                                                                  \
	"type='signal',sender='org.freedesktop.systemd1',path='/org/freedesktop/systemd1',"        \
	"interface='" MANAGER "',member='JobRemoved'"

#define SYMBOL(symbol, member)                                                                     \
	{                                                                                          \
		"sd_bus_" symbol, offsetof(struct bus_library, member)                             \
	}
static const struct symbol {
	const char *name;
	size_t place;
} symbols[] = {
	SYMBOL("open_system", open_system),
	SYMBOL("open_user", open_user),
	SYMBOL("is_ready", is_ready),
	SYMBOL("process", process),
	SYMBOL("wait", wait),
	SYMBOL("close_unref", close_unref),
	SYMBOL("call", call),
	SYMBOL("error_free", error_free),
	SYMBOL("message_new_method_call", new_method_call),
	SYMBOL("message_unref", unref),
	SYMBOL("message_append", append),
	SYMBOL("message_append_array", append_array),
	SYMBOL("message_append_strv", append_strv),
	SYMBOL("message_open_container", open_container),
	SYMBOL("message_close_container", close_container),
	SYMBOL("message_read", read),
	SYMBOL("message_is_signal", is_signal),
};

static int open_library(struct bus *bus, struct err *err)
{
	size_t i;

	bus->handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (bus->handle == NULL)
		return err_say(err, ENOENT,
			       "the systemd cgroup manager needs " LIBRARY
			       ", which is not installed");
	for (i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
		void *symbol = dlsym(bus->handle, symbols[i].name);

		if (symbol == NULL)
			return err_say(err, ENOENT, LIBRARY " has no %s: it is too old",
				       symbols[i].name);
		memcpy((char *) &bus->library + symbols[i].place, &symbol, sizeof(symbol));
	}
	return 0;
}

/* What is left of the time; 0 when it is over. */
static uint64_t left_usec(const struct bus *bus)
{
	uint64_t now = clock_monotonic_usec();

	return now < bus->deadline_usec ? bus->deadline_usec - now : 0;
}

static int no_answer(struct err *err)
{
	return err_say(err, ETIMEDOUT, "systemd does not answer");
}

/* Does what is to be done, or waits for something. *message may become the caller's. */
static int proceed(struct bus *bus, struct sd_bus_message **message, struct err *err)
{
	uint64_t left = left_usec(bus);
	int result;

	if (left == 0)
		return no_answer(err);
	result = bus->library.process(bus->bus, message);
	if (result == 0)
		result = bus->library.wait(bus->bus, left);
	if (result == -ETIMEDOUT)
		return no_answer(err);
	return result < 0 && result != -EINTR ? err_set(err, -result, "D-Bus") : 0;
}

/* A bus that takes the connection and says nothing would be waited for without end by the first call:
 * so the greeting is waited for here. */
static int connect_bus(struct bus *bus, bool user, struct err *err)
{
	int result = user ? bus->library.open_user(&bus->bus) : bus->library.open_system(&bus->bus);

	if (result < 0)
		return err_set(err, -result, "connect");
	while ((result = bus->library.is_ready(bus->bus)) == 0) {
		struct sd_bus_message *message = NULL;

		result = proceed(bus, &message, err);
		bus->library.unref(message);
		if (result < 0)
			return result;
	}
	return result < 0 ? err_set(err, -result, "connect") : 0;
}

int bus_open(struct bus *bus, bool user, unsigned seconds, struct err *err)
{
	int result;

	*bus = (struct bus){ .deadline_usec = clock_monotonic_usec() + seconds * 1000000ULL };
	result = open_library(bus, err);
	if (result < 0)
		return result;
	result = connect_bus(bus, user, err);
	return result < 0 ? err_context(err, "systemd: the %s bus", user ? "user" : "system") : 0;
}

/* Without a flush, which waits for a bus that never answered; every call of ours has its reply.
 * The library stays: it leaves threads' keys and caches behind, and dies with us. */
void bus_close(struct bus *bus)
{
	if (bus->bus != NULL)
		bus->library.close_unref(bus->bus);
	bus->bus = NULL;
}

static int new_call(struct bus *bus, const char *const names[4], struct sd_bus_message **message,
		    struct err *err)
{
	int result = bus->library.new_method_call(bus->bus, message, names[0], names[1], names[2],
						  names[3]);

	return result < 0 ? err_set(err, -result, "D-Bus message") : 0;
}

int bus_manager_call(struct bus *bus, const char *member, struct sd_bus_message **message,
		     struct err *err)
{
	const char *const names[4] = { "org.freedesktop.systemd1", "/org/freedesktop/systemd1",
				       MANAGER, member };

	return new_call(bus, names, message, err);
}

/* The errors of systemd that mean something to us. */
static int errno_of(const struct bus_error *error, int otherwise)
{
	static const struct {
		const char *name;
		int number;
	} rows[] = {
		{ "org.freedesktop.systemd1.UnitExists", EEXIST },
		{ "org.freedesktop.systemd1.NoSuchUnit", ENOENT },
		{ "org.freedesktop.DBus.Error.PropertyReadOnly", ENOTSUP },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (error->name != NULL && strcmp(rows[i].name, error->name) == 0)
			return rows[i].number;
	return otherwise;
}

static int read_job(struct bus *bus, struct sd_bus_message *reply, char **job, struct err *err)
{
	const char *path = NULL;
	int result = bus->library.read(reply, "o", &path);

	if (result < 0)
		return err_set(err, -result, "systemd's answer");
	*job = strdup(path);
	return *job == NULL ? err_set(err, ENOMEM, "systemd's answer") : 0;
}

int bus_call(struct bus *bus, struct sd_bus_message *message, char **job, struct err *err)
{
	struct bus_error error = { 0 };
	struct sd_bus_message *reply = NULL;
	uint64_t left = left_usec(bus);
	int result =
		left == 0 ? -ETIMEDOUT : bus->library.call(bus->bus, message, left, &error, &reply);

	if (result == -ETIMEDOUT)
		result = no_answer(err);
	else if (result < 0)
		result = err_say(err, errno_of(&error, -result), "systemd: %s",
				 error.message != NULL ? error.message : strerror(-result));
	else
		result = job == NULL ? 0 : read_job(bus, reply, job, err);
	bus->library.error_free(&error);
	bus->library.unref(reply);
	bus->library.unref(message);
	return result;
}

int bus_watch_jobs(struct bus *bus, struct err *err)
{
	static const char *const names[4] = { "org.freedesktop.DBus", "/org/freedesktop/DBus",
					      "org.freedesktop.DBus", "AddMatch" };
	struct sd_bus_message *message = NULL;
	int result = new_call(bus, names, &message, err);

	if (result < 0)
		return result;
	(void) bus->library.append(message, "s", JOB_MATCH);
	return bus_call(bus, message, NULL, err);
}

/* 1 if the message tells of this job's end, which is then "done" or an error. */
static int tells_of(struct bus *bus, struct sd_bus_message *message, const char *job,
		    struct err *err)
{
	const char *path = NULL;
	const char *unit = NULL;
	const char *end = NULL;
	uint32_t id;

	if (bus->library.is_signal(message, MANAGER, "JobRemoved") <= 0 ||
	    bus->library.read(message, "uoss", &id, &path, &unit, &end) < 0 ||
	    strcmp(path, job) != 0)
		return 0;
	if (strcmp(end, "done") != 0)
		return err_say(err, EIO, "systemd: the job of %s ended as '%s'", unit, end);
	return 1;
}

int bus_wait_job(struct bus *bus, const char *job, struct err *err)
{
	int result = 0;

	while (result == 0) {
		struct sd_bus_message *message = NULL;

		result = proceed(bus, &message, err);
		if (result == 0 && message != NULL)
			result = tells_of(bus, message, job, err);
		bus->library.unref(message);
	}
	return result < 0 ? result : 0;
}
