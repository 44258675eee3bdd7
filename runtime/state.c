// SPDX-License-Identifier: Apache-2.0
/*
 * What is kept of a container between commands.
 * Should: tell a reused pid and an earlier boot from the container's own process.
 * Must not: trust a file that does not parse whole.
 */
#include "runtime/state.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "runtime/base/arena.h"
#include "runtime/base/emit.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "runtime/base/number.h"
#include "runtime/base/text.h"

#define STATE_VERSION	1
#define STATE_BYTES_MAX (4U << 20) /* annotations of an engine are at most some 100 KiB */

const char *state_status_name(enum state_status status)
{
	static const char *const names[] = {
		[STATUS_CREATING] = "creating", [STATUS_CREATED] = "created",
		[STATUS_RUNNING] = "running",	[STATUS_PAUSED] = "paused",
		[STATUS_STOPPED] = "stopped",
	};

	return names[status];
}

/* One row for each member of the file, so that writing and reading cannot disagree. */
enum member_kind { MEMBER_STRING, MEMBER_U64, MEMBER_PID, MEMBER_INT, MEMBER_BOOL, MEMBER_PATH };

static const struct member {
	const char *name;
	enum member_kind kind;
	size_t place;
} members[] = {
	{ "id", MEMBER_STRING, offsetof(struct state, id) },
	{ "bundle", MEMBER_STRING, offsetof(struct state, bundle) },
	{ "rootfs", MEMBER_STRING, offsetof(struct state, rootfs) },
	{ "ociVersion", MEMBER_STRING, offsetof(struct state, oci_version) },
	{ "bootId", MEMBER_STRING, offsetof(struct state, boot_id) },
	{ "owner", MEMBER_STRING, offsetof(struct state, owner) },
	{ "createdUsec", MEMBER_U64, offsetof(struct state, created_usec) },
	{ "createdMonotonicUsec", MEMBER_U64, offsetof(struct state, created_mono_usec) },
	{ "creating", MEMBER_BOOL, offsetof(struct state, creating) },
	{ "creatorPid", MEMBER_PID, offsetof(struct state, creator_pid) },
	{ "creatorStart", MEMBER_U64, offsetof(struct state, creator_start) },
	{ "pid", MEMBER_PID, offsetof(struct state, pid) },
	{ "pidStart", MEMBER_U64, offsetof(struct state, pid_start) },
	{ "keeperPid", MEMBER_PID, offsetof(struct state, keeper_pid) },
	{ "keeperStart", MEMBER_U64, offsetof(struct state, keeper_start) },
	{ "cgroupManager", MEMBER_STRING, offsetof(struct state, manager) },
	{ "systemdScope", MEMBER_STRING, offsetof(struct state, scope) },
	{ "systemdUser", MEMBER_BOOL, offsetof(struct state, user_manager) },
	{ "rdtGroup", MEMBER_STRING, offsetof(struct state, rdt_group) },
	{ "rdtMade", MEMBER_BOOL, offsetof(struct state, rdt_made) },
	{ "rdtMonitored", MEMBER_BOOL, offsetof(struct state, rdt_monitored) },
	{ "cgroupMade", MEMBER_BOOL, offsetof(struct state, cgroup_made) },
	{ "ladder", MEMBER_STRING, offsetof(struct state, ladder) },
	{ "stopSignal", MEMBER_INT, offsetof(struct state, stop_signal) },
	{ "poststart", MEMBER_BOOL, offsetof(struct state, poststart) },
	{ "poststop", MEMBER_BOOL, offsetof(struct state, poststop) },
	{ "cgroupPath", MEMBER_PATH, offsetof(struct state, cgroup_path) },
};

#define MEMBER_COUNT (sizeof(members) / sizeof(members[0]))

static void put_member(struct emit *emit, const struct member *member, const struct state *state)
{
	const char *place = (const char *) state + member->place;

	switch (member->kind) {
	case MEMBER_STRING:
		emit_string(emit, member->name, *(const char *const *) (const void *) place);
		break;
	case MEMBER_U64:
		emit_u64(emit, member->name, *(const uint64_t *) (const void *) place);
		break;
	case MEMBER_PID:
		emit_i64(emit, member->name, *(const pid_t *) (const void *) place);
		break;
	case MEMBER_INT:
		emit_i64(emit, member->name, *(const int *) (const void *) place);
		break;
	case MEMBER_BOOL:
		emit_bool(emit, member->name, *(const bool *) (const void *) place);
		break;
	case MEMBER_PATH:
		emit_string(emit, member->name, place);
		break;
	}
}

int state_write(int dirfd, const struct state *state, struct err *err)
{
	auto_emit struct emit emit = { 0 };
	size_t i;

	emit_open(&emit, true);
	emit_object(&emit, NULL);
	emit_u64(&emit, "weirState", STATE_VERSION);
	for (i = 0; i < MEMBER_COUNT; i++)
		put_member(&emit, &members[i], state);
	emit_object(&emit, "annotations");
	for (i = 0; i < state->annotations.count; i++)
		emit_string(&emit, state->annotations.items[i].key,
			    state->annotations.items[i].value);
	emit_object_end(&emit);
	emit_object_end(&emit);
	if (emit_text(&emit) == NULL)
		return err_set(err, ENOMEM, STATE_FILE);
	/* What could not be read again must not be written: nobody could delete the container. */
	if (strlen(emit_text(&emit)) > STATE_BYTES_MAX)
		return err_say(err, E2BIG, "/annotations: more than the %u bytes that can be kept",
			       STATE_BYTES_MAX);
	return file_replace_at(dirfd, STATE_FILE, emit_text(&emit), 0600, err);
}

static int wrong_member(const char *name, struct err *err)
{
	return err_say(err, EINVAL, STATE_FILE ": /%s: missing or of a wrong type", name);
}

static int get_member(const struct json *json, const struct member *member, struct state *state,
		      struct err *err)
{
	const struct json *value = json_member(json, member->name);
	char *place = (char *) state + member->place;
	uint64_t number = 0;

	if (value == NULL)
		return wrong_member(member->name, err);
	if (member->kind == MEMBER_STRING || member->kind == MEMBER_PATH) {
		if (value->type != JSON_STRING)
			return wrong_member(member->name, err);
	} else if (member->kind == MEMBER_BOOL) {
		if (value->type != JSON_BOOL)
			return wrong_member(member->name, err);
	} else if (!json_u64(value, &number)) {
		return wrong_member(member->name, err);
	}
	switch (member->kind) {
	case MEMBER_STRING:
		*(const char **) (void *) place = value->string;
		break;
	case MEMBER_PATH:
		if (value->length >= CGROUP_PATH_ROOM)
			return wrong_member(member->name, err);
		memcpy(place, value->string, value->length + 1);
		break;
	case MEMBER_U64:
		*(uint64_t *) (void *) place = number;
		break;
	case MEMBER_PID:
		if (number > INT32_MAX)
			return wrong_member(member->name, err);
		*(pid_t *) (void *) place = (pid_t) number;
		break;
	case MEMBER_INT:
		if (number > INT32_MAX)
			return wrong_member(member->name, err);
		*(int *) (void *) place = (int) number;
		break;
	case MEMBER_BOOL:
		*(bool *) (void *) place = value->boolean;
		break;
	}
	return 0;
}

static int get_annotations(const struct json *json, struct arena *arena, struct state *state,
			   struct err *err)
{
	const struct json *object = json_member(json, "annotations");
	const struct json *entry;

	if (object == NULL || object->type != JSON_OBJECT)
		return wrong_member("annotations", err);
	state->annotations.items =
		arena_array(arena, object->count, sizeof(*state->annotations.items));
	if (state->annotations.items == NULL)
		return err_set(err, ENOMEM, STATE_FILE);
	for (entry = object->first; entry != NULL; entry = entry->next) {
		struct spec_pair *pair = &state->annotations.items[state->annotations.count++];

		if (entry->type != JSON_STRING)
			return wrong_member("annotations", err);
		pair->key = entry->key;
		pair->value = entry->string;
	}
	return 0;
}

int state_read(int dirfd, struct arena *arena, struct state *state, struct err *err)
{
	auto_text struct text text = { 0 };
	const struct json *json = NULL;
	uint64_t version = 0;
	size_t i;
	int result = file_load_at(dirfd, STATE_FILE, STATE_BYTES_MAX, &text, err);

	if (result < 0)
		return result;
	result = json_parse(arena, text_string(&text), text.length, &json, err);
	if (result < 0)
		return err_context(err, STATE_FILE);
	if (json_member(json, "weirState") == NULL ||
	    !json_u64(json_member(json, "weirState"), &version) || version != STATE_VERSION)
		return err_say(err, EINVAL, STATE_FILE ": not a state of this version of weir");
	*state = (struct state) STATE_NONE;
	for (i = 0; i < MEMBER_COUNT; i++) {
		result = get_member(json, &members[i], state, err);
		if (result < 0)
			return result;
	}
	return get_annotations(json, arena, state, err);
}

/* Where the text has the member's value, behind `"name": `; NULL if it has not. */
static const char *find_value(const char *text, const char *name)
{
	char key[64];
	const char *found;

	snprintf(key, sizeof(key), "\"%s\":", name);
	found = strstr(text, key);
	if (found == NULL)
		return NULL;
	found += strlen(key);
	return found + strspn(found, " ");
}

/* A number only if something follows its last digit: else it may be the half of one. */
static bool salvage_number(const char *value, uint64_t *number)
{
	return number_u64_next(&value, number) && *value != '\0' && strchr(",\n }", *value) != NULL;
}

static bool salvage_string(const char *value, struct arena *arena, char **string)
{
	size_t length;

	if (*value != '"')
		return false;
	length = strcspn(value + 1, "\"\\");
	if (value[1 + length] != '"')
		return false;
	*string = arena_copy(arena, value + 1, length);
	return *string != NULL;
}

static bool salvage_member(const char *text, const struct member *member, struct arena *arena,
			   struct state *state)
{
	const char *value = find_value(text, member->name);
	char *place = (char *) state + member->place;
	char *string = NULL;
	uint64_t number = 0;

	if (value == NULL)
		return false;
	if (member->kind == MEMBER_BOOL) {
		*(bool *) (void *) place = text_starts(value, "true");
		return true;
	}
	if (member->kind == MEMBER_STRING || member->kind == MEMBER_PATH) {
		if (!salvage_string(value, arena, &string))
			return false;
		if (member->kind == MEMBER_STRING)
			*(const char **) (void *) place = string;
		else
			snprintf(place, CGROUP_PATH_ROOM, "%s", string);
		return true;
	}
	if (!salvage_number(value, &number) || (member->kind == MEMBER_PID && number > INT32_MAX))
		return false;
	if (member->kind == MEMBER_PID)
		*(pid_t *) (void *) place = (pid_t) number;
	else
		*(uint64_t *) (void *) place = number;
	return true;
}

bool state_salvage(int dirfd, struct arena *arena, struct state *state)
{
	auto_text struct text text = { 0 };
	bool has_path = false;
	size_t i;

	*state = (struct state) STATE_NONE;
	if (file_load_at(dirfd, STATE_FILE, STATE_BYTES_MAX, &text, NULL) < 0)
		return false;
	for (i = 0; i < MEMBER_COUNT; i++)
		if (salvage_member(text_string(&text), &members[i], arena, state) &&
		    members[i].kind == MEMBER_PATH)
			has_path = true;
	return has_path;
}

int state_open_process(const struct state *state, pid_t pid, uint64_t start)
{
	char boot_id[HOST_BOOT_ID_ROOM];
	auto_fd int pidfd = -1;
	uint64_t now_start;
	bool zombie;

	if (pid <= 0 || host_boot_id(boot_id, NULL) < 0 || strcmp(boot_id, state->boot_id) != 0)
		return -ESRCH;
	pidfd = host_pidfd(pid);
	/* Anything else than "no such process" is not an answer: a live container must not pass
	 * for a stopped one because a table was full. */
	if (pidfd < 0)
		return pidfd;
	/* Read after the descriptor was opened: if it is the right one now, the descriptor is. */
	if (host_process_start(pid, &now_start, &zombie) < 0 || now_start != start || zombie)
		return -ESRCH;
	return take_fd(&pidfd);
}
