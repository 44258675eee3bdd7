// SPDX-License-Identifier: Apache-2.0
/*
 * fuzz: everything that reads what somebody else wrote, a target each.
 *
 *	fuzz TARGET FILE...                          runs the files through it (every build)
 *	FUZZ_TARGET=TARGET fuzz [OPTION...] CORPUS   libFuzzer's (configure --enable-fuzzing)
 *
 * A target fails by crashing, by a sanitizer's word, or by breaking a promise that it checks.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroupfs/memory.h"
#include "cgroupfs/pressure.h"
#include "runtime/base/arena.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/json.h"
#include "runtime/base/text.h"
#include "runtime/governor/kernel_log.h"
#include "runtime/governor/ladder.h"
#include "runtime/merge.h"
#include "runtime/plan.h"
#include "runtime/setup/setup.h"
#include "runtime/state.h"
#include "runtime/sync.h"
#include "spec/load.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void promise(int kept, const char *what)
{
	if (kept)
		return;
	fprintf(stderr, "fuzz: broken: %s\n", what);
	abort();
}

/* Every refusal has a reason. */
static void promise_reason(int result, const struct err *err)
{
	promise(result >= 0 || err->text[0] != '\0', "an error without a word");
}

/* config.json, up to the plan: without seccomp's compiler, which has a target of its own. */
static void fuzz_config(const struct text *text)
{
	auto_arena struct arena arena = { 0 };
	auto_text struct text warnings = { 0 };
	struct spec spec = { 0 };
	struct plan plan = { 0 };
	struct err err = { 0 };
	struct plan_request request = { .arena = &arena,
					.spec = &spec,
					.warnings = &warnings,
					.id = "c1",
					.bundle = "/bundle",
					.kernel_capabilities = (1ULL << 41) - 1 };
	int result = spec_parse(&arena, text, &spec, &warnings, &err);

	if (result == 0) {
		spec.linux_config.seccomp = NULL;
		result = plan_make(&request, &plan, &err);
	}
	promise_reason(result, &err);
	promise(result != 0 || !plan.has_process || plan.process.uid != (uid_t) -1,
		"a user that setresuid(2) takes for \"unchanged\"");
}

static void fuzz_process(const struct text *text)
{
	auto_arena struct arena arena = { 0 };
	auto_text struct text warnings = { 0 };
	struct spec spec = { 0 };
	struct err err = { 0 };

	promise_reason(spec_parse_process(&arena, text, &spec, &warnings, &err), &err);
}

/* An update's: merged with itself it is JSON still. */
static void fuzz_resources(const struct text *text)
{
	auto_arena struct arena arena = { 0 };
	auto_text struct text merged = { 0 };
	const struct json *asked = NULL;
	const struct json *again = NULL;
	struct err err = { 0 };
	int result = json_parse(&arena, text_string(text), text->length, &asked, &err);

	promise_reason(result, &err);
	if (result < 0 || asked->type != JSON_OBJECT)
		return;
	merge_config(asked, asked, &merged);
	result = json_parse(&arena, text_string(&merged), merged.length, &again, &err);
	promise(result == 0, "what is merged is not JSON");
}

static void fuzz_seccomp(const struct text *text)
{
	auto_arena struct arena arena = { 0 };
	auto_text struct text warnings = { 0 };
	struct plan_seccomp out = { 0 };
	struct seccomp_wish wish = { 0 };
	struct spec spec = { 0 };
	struct err err = { 0 };
	int result = spec_parse(&arena, text, &spec, &warnings, &err);

	wish.profile = spec.linux_config.seccomp;
	if (result == 0 && wish.profile != NULL)
		result = seccomp_compile(&arena, &wish, &out, &err);
	promise_reason(result, &err);
}

static void fuzz_ladder(const struct text *text)
{
	struct ladder ladder = { 0 };
	struct err err = { 0 };
	int result = ladder_parse(text_string(text), &ladder, &err);

	promise_reason(result, &err);
	if (result == 0)
		ladder_free(&ladder);
}

/* By way of a file, as it is read: in memory. */
static void fuzz_state(const struct text *text)
{
	static char folder[] = "/dev/shm/weir-fuzz-XXXXXX";
	static int dir = -1;
	auto_arena struct arena arena = { 0 };
	auto_fd int file = -1;
	struct state state = STATE_NONE;
	struct err err = { 0 };

	if (dir < 0 && mkdtemp(folder) != NULL)
		dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	file = openat(dir, STATE_FILE, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	promise(file >= 0 && fd_write_full(file, text_string(text), text->length) >= 0,
		"no place for a state file");
	promise_reason(state_read(dir, &arena, &state, &err), &err);
	(void) state_salvage(dir, &arena, &state);
	promise(state.id != NULL && state.scope != NULL && state.manager != NULL, "a NULL in it");
	(void) unlinkat(dir, STATE_FILE, 0);
}

static void fuzz_events(const struct text *text)
{
	struct memory_events events;
	struct err err = { 0 };

	promise_reason(memory_events_parse(text_string(text), &events, &err), &err);
}

static void fuzz_stat(const struct text *text)
{
	struct memory_stat stat;
	struct err err = { 0 };

	promise_reason(memory_stat_parse(text_string(text), &stat, &err), &err);
}

static void fuzz_pressure(const struct text *text)
{
	struct pressure pressure;
	struct err err = { 0 };

	promise_reason(pressure_parse(text_string(text), &pressure, &err), &err);
}

/* A record a line, as /dev/kmsg gives them. */
static void fuzz_kmsg(const struct text *text)
{
	static struct kernel_log log;
	char *copy = strdup(text_string(text));
	char *save = NULL;
	char *line;

	log = (struct kernel_log){ .query = { .path = "/weir/c1", .init_pid = 42 } };
	for (line = copy == NULL ? NULL : strtok_r(copy, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save))
		kernel_log_feed(&log, line);
	promise(log.victim_count <= KERNEL_LOG_VICTIMS, "more victims than there is room for");
	free(copy);
}

/* What the other side of the conversation may say, in one message. */
static void fuzz_sync(const struct text *text)
{
	struct err err = { 0 };
	int pair[2];

	promise(sync_pair(pair, &err) == 0, "no sockets");
	(void) send(pair[1], text_string(text), text->length, MSG_DONTWAIT | MSG_NOSIGNAL);
	close(pair[1]);
	promise_reason(sync_expect(pair[0], SYNC_READY, &err), &err);
	close(pair[0]);
}

static const struct fuzzed {
	const char *name;
	void (*run)(const struct text *text);
} targets[] = {
	{ "config", fuzz_config },   { "process", fuzz_process }, { "resources", fuzz_resources },
	{ "seccomp", fuzz_seccomp }, { "ladder", fuzz_ladder },	  { "state", fuzz_state },
	{ "events", fuzz_events },   { "stat", fuzz_stat },	  { "pressure", fuzz_pressure },
	{ "kmsg", fuzz_kmsg },	     { "sync", fuzz_sync },
};

static const struct fuzzed *target;

static void choose(const char *name)
{
	size_t i;

	for (i = 0; name != NULL && i < sizeof(targets) / sizeof(targets[0]); i++)
		if (strcmp(name, targets[i].name) == 0)
			target = &targets[i];
	if (target != NULL)
		return;
	fprintf(stderr, "fuzz: no such target: %s\n", name != NULL ? name : "");
	exit(2);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void) argc;
	(void) argv;
	choose(getenv("FUZZ_TARGET"));
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	auto_text struct text text = { 0 };

	text_add_bytes(&text, (const char *) bytes, size);
	target->run(&text);
	return 0;
}

#ifndef WEIR_FUZZING
static void run_file(const char *path)
{
	static uint8_t bytes[1 << 20];
	auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : fd_read_full(fd, bytes, sizeof(bytes));

	if (got < 0) {
		fprintf(stderr, "fuzz: cannot read %s\n", path);
		exit(2);
	}
	(void) LLVMFuzzerTestOneInput(bytes, (size_t) got);
}

int main(int argc, char **argv)
{
	int i;

	choose(argc > 1 ? argv[1] : NULL);
	for (i = 2; i < argc; i++)
		run_file(argv[i]);
	printf("%s: %d files\n", target->name, argc - 2);
	return 0;
}
#endif
