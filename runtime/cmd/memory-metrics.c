// SPDX-License-Identifier: Apache-2.0
/* memory metrics: all containers of a root for a monitoring system. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/base/arena.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "runtime/base/text.h"
#include "runtime/cmd/memory.h"
#include "runtime/container.h"
#include "runtime/glance.h"
#include "runtime/governor/explain.h"
#include "runtime/metrics.h"

#define VERDICTS_MOST 32 /* there are 14 */

static void count(struct metrics_verdict verdicts[], size_t *known, const char *verdict)
{
	size_t i;

	for (i = 0; i < *known && strcmp(verdicts[i].name, verdict) != 0; i++)
		;
	if (i == VERDICTS_MOST)
		return;
	if (i == *known) {
		snprintf(verdicts[i].name, sizeof(verdicts[i].name), "%s", verdict);
		(*known)++;
	}
	verdicts[i].count++;
}

static void count_report(int dirfd, const char *name, struct metrics_verdict verdicts[],
			 size_t *known)
{
	auto_arena struct arena arena = { 0 };
	auto_text struct text report = { 0 };
	const struct json *json = NULL;

	if (name[0] == '.' || !text_ends(name, ".json") ||
	    file_load_at(dirfd, name, REPORT_BYTES_MAX, &report, NULL) < 0 ||
	    json_parse(&arena, text_string(&report), report.length, &json, NULL) < 0 ||
	    report_verdict(json) == NULL)
		return;
	count(verdicts, known, report_verdict(json));
}

static int by_name(const void *a, const void *b)
{
	const struct metrics_verdict *left = a;
	const struct metrics_verdict *right = b;

	return strcmp(left->name, right->name);
}

static size_t count_reports(const char *root_path, struct metrics_verdict verdicts[VERDICTS_MOST])
{
	auto_container struct container root = CONTAINER_NONE;
	size_t known = 0;
	struct dirent *entry;
	DIR *dir;
	int fd;

	if (container_find_root(&root, root_path, NULL) < 0)
		return 0;
	fd = openat(root.root, STATE_REPORTS, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	dir = fd >= 0 ? fdopendir(fd) : NULL;
	if (dir == NULL) {
		fd_close(&fd);
		return 0;
	}
	while ((entry = readdir(dir)) != NULL)
		count_report(dirfd(dir), entry->d_name, verdicts, &known);
	closedir(dir);
	qsort(verdicts, known, sizeof(verdicts[0]), by_name);
	return known;
}

static int run(struct call *call, char *const arguments[], size_t argument_count, struct err *err)
{
	struct metrics_verdict verdicts[VERDICTS_MOST] = { 0 };
	struct metrics_input input = { .verdicts = verdicts };
	auto_text struct text text = { 0 };
	const char *file = call->options.textfile;
	struct glances glances = { 0 };
	int result = glance_all(call->root, arguments, argument_count, &glances, err);

	if (result < 0)
		return result;
	input.glances = glances.items;
	input.count = glances.count;
	input.verdict_count = count_reports(call->root, verdicts);
	metrics_write(&input, file == NULL, &text);
	free(glances.items);
	if (!text_ok(&text))
		return err_set(err, ENOMEM, "metrics");
	if (file != NULL)
		return memory_write_file(file, &text, err);
	fputs(text_string(&text), stdout);
	return 0;
}

const struct memory_command memory_metrics = {
	.name = "metrics",
	.arguments = "[ID...]",
	.arguments_max = 100000,
	.run = run,
};
