// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_RUNTIME_SYSTEMD_BUS_H
#define WEIR_RUNTIME_SYSTEMD_BUS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct err;
struct sd_bus;
struct sd_bus_message;
struct unit_names;
struct unit_properties;

/*
 * A conversation with systemd over D-Bus, by libsystemd's sd-bus (sd-bus(3)). The library is opened
 * when the first conversation begins and is no dependency of the program. One deadline, set when it is
 * opened, bounds all of a conversation: -ETIMEDOUT then. What systemd refuses is -errno with its words.
 */

/* As sd-bus.h has it. */
struct bus_error {
	const char *name;
	const char *message;
	int need_free;
};

/* The functions of libsystemd that are used, as sd-bus.h declares them. */
struct bus_library {
	int (*open_system)(struct sd_bus **bus);
	int (*open_user)(struct sd_bus **bus);
	int (*is_ready)(struct sd_bus *bus);
	int (*process)(struct sd_bus *bus, struct sd_bus_message **message);
	int (*wait)(struct sd_bus *bus, uint64_t timeout_usec);
	struct sd_bus *(*close_unref)(struct sd_bus *bus);
	int (*call)(struct sd_bus *bus, struct sd_bus_message *message, uint64_t timeout_usec,
		    struct bus_error *error, struct sd_bus_message **reply);
	void (*error_free)(struct bus_error *error);
	int (*new_method_call)(struct sd_bus *bus, struct sd_bus_message **message,
			       const char *destination, const char *path, const char *interface,
			       const char *member);
	struct sd_bus_message *(*unref)(struct sd_bus_message *message);
	int (*append)(struct sd_bus_message *message, const char *types, ...);
	int (*append_array)(struct sd_bus_message *message, char type, const void *items,
			    size_t bytes);
	int (*append_strv)(struct sd_bus_message *message, char **strings);
	int (*open_container)(struct sd_bus_message *message, char type, const char *contents);
	int (*close_container)(struct sd_bus_message *message);
	int (*read)(struct sd_bus_message *message, const char *types, ...);
	int (*is_signal)(struct sd_bus_message *message, const char *interface, const char *member);
};

struct bus {
	void *handle;
	struct bus_library library;
	struct sd_bus *bus;
	uint64_t deadline_usec; /* CLOCK_MONOTONIC */
};

#define auto_bus __attribute__((cleanup(bus_close)))

/* Connects to the system's bus, or to the user's ($DBUS_SESSION_BUS_ADDRESS, $XDG_RUNTIME_DIR/bus). */
int bus_open(struct bus *bus, bool user, unsigned seconds, struct err *err);

void bus_close(struct bus *bus);

/* A call to systemd's Manager, to be filled and then given to bus_call(), which ends it. */
int bus_manager_call(struct bus *bus, const char *member, struct sd_bus_message **message,
		     struct err *err);

/* Sends the message and ends it. With `job` (may be NULL), reads the job's object path from the
 * reply, to be freed by the caller. -EEXIST: the unit exists; -ENOENT: there is none of the name;
 * -ENOTSUP: a property is not known to this systemd. */
int bus_call(struct bus *bus, struct sd_bus_message *message, char **job, struct err *err);

/* Before a call that begins a job: its end will be told. */
int bus_watch_jobs(struct bus *bus, struct err *err);

/* Until the job has ended; anything but "done" is an error. */
int bus_wait_job(struct bus *bus, const char *job, struct err *err);

/* ---- units (systemd-unit.c) ---- */

/* Starts the scope with process `pid` in it, delegated, and waits until it is there. A failed or left
 * unit of that name that holds nobody is replaced; one that runs is -EEXIST. */
int unit_start_scope(struct bus *bus, const struct unit_names *names, pid_t pid,
		     const struct unit_properties *properties, struct err *err);

/* Changes properties of a running unit, until it is stopped. */
int unit_set_properties(struct bus *bus, const char *unit, const struct unit_properties *properties,
			struct err *err);

/* Stops the unit, waits for its end and lets systemd forget it, failed or not. Absent is success. */
int unit_stop(struct bus *bus, const char *unit, struct err *err);

#endif
