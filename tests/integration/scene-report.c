// SPDX-License-Identifier: Apache-2.0
/*
 * What a scene prints, and what a probe says (scene.h).
 * Should: show what was seen wherever a sentence is not so.
 * Must not: know how a container is made.
 */
#include "tests/integration/scene-report.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/base/file.h"
#include "tests/integration/scene.h"

static int tests_run;
static int tests_failed;
int report_speech = -1;

_Noreturn void scene_give_up(const char *what)
{
	printf("Bail out! %s: %s\n", what, strerror(errno));
	exit(1);
}

/* ---- TAP ---- */

static void show(const char *label, const char *text)
{
	printf("#   %s: ", label);
	for (; *text != '\0'; text++) {
		putchar(*text);
		if (*text == '\n' && text[1] != '\0')
			printf("#   ");
	}
	putchar('\n');
}

void check(bool condition, const char *sentence, const struct seen *seen)
{
	tests_run++;
	printf("%s %d - %s\n", condition ? "ok" : "not ok", tests_run, sentence);
	if (condition)
		return;
	tests_failed++;
	if (seen != NULL && seen->error[0] != '\0')
		show("error", seen->error);
	if (seen != NULL)
		show("said", seen->said);
}

int report_end(void)
{
	printf("1..%d\n", tests_run);
	return tests_failed > 0;
}

void check_says(const struct seen *seen, const char *text, const char *sentence)
{
	check(seen->ready && strstr(seen->said, text) != NULL, sentence, seen);
}

/* ---- the canary: one line for each file: name, type and mode, owner, size, content ---- */

static char canary_now[8192];
static char canary_before[sizeof(canary_now)];

static int describe_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	size_t used = strlen(canary_now);
	char content[64] = "";

	(void) walk;
	if (type == FTW_F && S_ISREG(status->st_mode))
		(void) file_read_at(AT_FDCWD, path, content, sizeof(content), NULL);
	snprintf(canary_now + used, sizeof(canary_now) - used, "%s %o %u %lld %s\n",
		 strrchr(path, '/'), status->st_mode, status->st_uid,
		 S_ISREG(status->st_mode) ? (long long) status->st_size : 0, content);
	return 0;
}

static void describe(const char *folder)
{
	canary_now[0] = '\0';
	if (nftw(folder, describe_entry, 16, FTW_PHYS) < 0)
		scene_give_up("describe the canary");
}

void report_remember_canary(const struct scene *scene)
{
	describe(scene->canary);
	memcpy(canary_before, canary_now, sizeof(canary_before));
}

static bool canary_unchanged(const struct scene *scene)
{
	describe(scene->canary);
	return strcmp(canary_before, canary_now) == 0;
}

void report_check_canary(const struct scene *scene)
{
	struct seen seen = { 0 };
	bool unchanged = canary_unchanged(scene);

	snprintf(seen.said, sizeof(seen.said), "before:\n%safter:\n%s", canary_before, canary_now);
	check(unchanged, "and the host's files beside it are as they were", &seen);
}

void check_refused(struct scene *scene, const struct seen *seen, const char *text,
		   const char *sentence)
{
	check(!seen->ready && strstr(seen->error, text) != NULL && canary_unchanged(scene),
	      sentence, seen);
}

/* ---- what a probe says ---- */

void say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vdprintf(report_speech, format, args);
	va_end(args);
}

void say_result(const char *name, int result)
{
	say("%s: %s\n", name, result < 0 ? strerror(errno) : "ok");
}

void say_file(const char *path)
{
	char content[8192];
	ssize_t length = file_read_at(AT_FDCWD, path, content, sizeof(content), NULL);

	if (length < 0)
		say("%s: %s\n", path, strerror((int) -length));
	else
		say("%s: %zd bytes: %s\n", path, length, content);
}

void say_mount(const char *path)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char line[2048];
	char last[2048] = "not mounted";

	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		char place[1024];
		int offset;

		/* id parent major:minor root PLACE OPTIONS ... - TYPE SOURCE SUPER */
		if (sscanf(line, "%*d %*d %*s %*s %1023s %n", place, &offset) == 1 &&
		    strcmp(place, path) == 0)
			snprintf(last, sizeof(last), "%s", line + offset);
	}
	if (file != NULL)
		fclose(file);
	last[strcspn(last, "\n")] = '\0';
	say("%s: %s\n", path, last);
}
