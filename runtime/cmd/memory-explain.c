// SPDX-License-Identifier: Apache-2.0
/* memory explain: how a container ended, and why. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "runtime/base/emit.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "runtime/base/text.h"
#include "runtime/cmd/memory.h"
#include "runtime/container.h"
#include "runtime/governor/explain.h"
#include "runtime/governor/governor.h"
#include "runtime/governor/page.h"
#include "runtime/hindsight.h"

/* The report kept when a container of this id ended; -ENOENT if there is none. */
static int read_kept(const struct container *root, const char *id, struct text *report,
		     struct err *err)
{
	auto_fd int reports =
		openat(root->root, STATE_REPORTS, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	auto_text struct text name = { 0 };

	if (reports < 0)
		return -errno;
	text_addf(&name, "%s.json", id);
	return file_load_at(reports, text_string(&name), REPORT_BYTES_MAX, report, err);
}

/* What can be said of a container that is still there and has no report yet. */
static int explain_now(const struct container *container, struct text *report, struct err *err)
{
	auto_cgroup struct cgroup cgroup = { .dirfd = -1 };
	auto_emit struct emit emit = { 0 };
	auto_fd int rootfd = -1;
	int result = container_open_cgroup(container, &rootfd, &cgroup, err);

	if (result < 0)
		return result;
	emit_open(&emit, true);
	result = hindsight_explain(container, rootfd, &cgroup, &emit, err);
	if (result == 0 && emit_text(&emit) != NULL)
		text_add(report, emit_text(&emit));
	return result;
}

/* A container that lives is asked; one that is gone has left a report, or nothing. */
int memory_find_report(struct call *call, const char *id, struct text *report, struct err *err)
{
	auto_container struct container container = CONTAINER_NONE;
	auto_container struct container root = CONTAINER_NONE;
	int result = container_open(&container, call->root, id, false, err);

	if (result == 0 && faccessat(container.dir, STATE_EXPLAINED, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return explain_now(&container, report, err);
	if (result < 0 && result != -ENOENT)
		return result;
	result = container_open_root(&root, call->root, err);
	if (result == 0)
		result = read_kept(&root, id, report, NULL);
	if (result == -ENOENT)
		return err_say(err, ENOENT,
			       "nothing is known of '%s': no such container, and no report of one "
			       "that ran out of memory or had a ladder",
			       id);
	return result < 0 ? err_set(err, -result, "read the report of '%s'", id) : 0;
}

static int run(struct call *call, char *const arguments[], size_t count, struct err *err)
{
	auto_text struct text report = { 0 };
	auto_text struct text words = { 0 };
	const struct json *json = NULL;
	const char *id = arguments[0];
	int result = container_check_id(id, err);

	(void) count;
	if (result == 0)
		result = memory_find_report(call, id, &report, err);
	if (result < 0)
		return result;
	if (call->options.json) {
		fputs(text_string(&report), stdout);
		return 0;
	}
	result = json_parse(&call->arena, text_string(&report), report.length, &json, err);
	if (result < 0)
		return err_context(err, "report of '%s'", id);
	if (call->options.html != NULL) {
		page_write(json, &words);
		return memory_write_file(call->options.html, &words, err);
	}
	report_text(json, &words);
	fputs(text_string(&words), stdout);
	return 0;
}

const struct memory_command memory_explain = {
	.name = "explain",
	.arguments = "ID",
	.arguments_min = 1,
	.arguments_max = 1,
	.run = run,
};
