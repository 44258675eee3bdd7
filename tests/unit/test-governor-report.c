// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/base/arena.h"
#include "runtime/base/emit.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "runtime/base/text.h"
#include "runtime/governor/account.h"
#include "runtime/governor/explain.h"
#include "runtime/governor/timeline.h"
#include "tests/unit/unit.h"

#define MIB (1ULL << 20)

static const struct cgroup c1 = { .dirfd = -1, .path = "/weir/c1" };
static struct kernel_log kernel_log;

static struct account account_of(enum verdict verdict, struct ending ending)
{
	return (struct account){
		.id = "c1",
		.cgroup = &c1,
		.evidence = { .ending = ending },
		.judgement = { .verdict = verdict },
		.limit_bytes = 64 * MIB,
		.limit_holder = "/weir/c1",
		.swap_limit_known = true,
		.peak_bytes = 64 * MIB,
		.began_usec = 1000000,
		.ended_usec = 3500000,
	};
}

/* The report as a person sees it: through JSON and back. */
static void print(const struct account *account, struct text *text)
{
	auto_emit struct emit emit = { 0 };
	auto_arena struct arena arena = { 0 };
	const struct json *report = NULL;
	struct err err = { 0 };
	const char *json;

	emit_open(&emit, true);
	report_emit(account, &emit);
	json = emit_text(&emit);
	CHECK(json != NULL);
	CHECK(json_parse(&arena, json, strlen(json), &report, &err) == 0);
	CHECK_STRING(report_verdict(report), verdict_name(account->judgement.verdict));
	report_text(report, text);
	CHECK(text_ok(text));
}

static void check_columns(const char *text)
{
	while (*text != '\0') {
		size_t length = strcspn(text, "\n");

		CHECK(length <= 100);
		text += length + (text[length] == '\n');
	}
}

TEST(ok_is_one_line)
{
	struct account account = account_of(VERDICT_OK, (struct ending){ ENDING_EXITED, 0, false });
	auto_text struct text text = { 0 };

	account.peak_bytes = 31 * MIB;
	print(&account, &text);
	CHECK_STRING(text_string(&text), "c1: ended well, peak 31M of 64M\n");
}

TEST(an_oom_kill_names_limit_victim_and_reason)
{
	struct account account =
		account_of(VERDICT_OWN_LIMIT, (struct ending){ ENDING_SIGNALED, 9, false });
	auto_text struct text text = { 0 };

	account.judgement.holder = HOLDER_OWN;
	account.evidence.delta.own = (struct memory_events){ .max = 36, .oom = 1, .oom_kill = 1 };
	kernel_log = (struct kernel_log){ .readable = true, .victim_count = 1 };
	kernel_log.victims[0] = (struct victim){ .pid = 213,
						 .comm = "hog",
						 .anon_bytes = 60 * MIB,
						 .file_bytes = MIB,
						 .pgtables_bytes = 172032,
						 .was_highest = true,
						 .processes = 3,
						 .points = 16242,
						 .second = { 211, 211, "sh" } };
	account.log = &kernel_log;
	print(&account, &text);
	check_columns(text_string(&text));
	CHECK_STRING(
		text_string(&text),
		"c1: OOM-killed at its own limit of 64M\n"
		"  limit     64M, set by /weir/c1; swap none; peak 64M\n"
		"  hit       the limit of /weir/c1\n"
		"  killed    process 213 (hog): anonymous 60M, file 1M, shared 0B, page tables 168K, "
		"oom_score_adj 0\n"
		"            chosen as the highest of 3 processes: 16242 points; next 211 (sh)\n"
		"  counters  max 36, oom 1, oom_kill 1  in /weir/c1\n"
		"  suggested no other limit: nobody looked before the end: a ladder would have\n"
		"  next      Give it a ladder (--ladder graceful): it is warned, sheds, and ends by "
		"itself before the\n"
		"            kernel kills.\n");
}

TEST(without_the_kernel_log_it_says_so)
{
	struct account account =
		account_of(VERDICT_OWN_LIMIT, (struct ending){ ENDING_SIGNALED, 9, false });
	auto_text struct text text = { 0 };

	account.judgement.holder = HOLDER_OWN;
	account.evidence.delta.own.oom_kill = 1;
	kernel_log = (struct kernel_log){ .readable = false };
	account.log = &kernel_log;
	print(&account, &text);
	CHECK(strstr(text_string(&text), "which process is not known: kernel log not readable"));
}

TEST(an_ancestor_is_named)
{
	struct account account =
		account_of(VERDICT_ANCESTOR_LIMIT, (struct ending){ ENDING_SIGNALED, 9, false });
	auto_text struct text text = { 0 };

	account.judgement.holder = HOLDER_ANCESTOR;
	account.evidence.delta.own.oom_kill = 1;
	account.evidence.delta.level_count = 1;
	account.evidence.delta.levels[0] =
		(struct counters_level){ .path_length = 5, .local = { .max = 44, .oom = 2 } };
	print(&account, &text);
	check_columns(text_string(&text));
	CHECK(text_starts(text_string(&text), "c1: OOM-killed because of the limit of /weir above "
					      "it, not of its own\n"));
	CHECK(strstr(text_string(&text), "max 44, oom 2, oom_kill 0  in /weir\n") != NULL);
}

TEST(every_verdict_has_a_sentence)
{
	int verdict;

	for (verdict = 0; verdict < VERDICTS; verdict++) {
		struct account account = account_of((enum verdict) verdict,
						    (struct ending){ ENDING_EXITED, 3, false });
		auto_text struct text text = { 0 };

		account.judgement.holder = HOLDER_OWN;
		print(&account, &text);
		check_columns(text_string(&text));
		CHECK(strstr(text_string(&text), "?") == NULL);
	}
}

TEST(a_name_cannot_command_the_terminal)
{
	struct account account =
		account_of(VERDICT_CHILD_OOM, (struct ending){ ENDING_EXITED, 0, false });
	auto_text struct text text = { 0 };

	kernel_log = (struct kernel_log){ .readable = true, .victim_count = 1 };
	kernel_log.victims[0] = (struct victim){ .pid = 9, .comm = "a\x1b[2Jb" };
	account.log = &kernel_log;
	account.evidence.delta.own.oom_kill = 1;
	print(&account, &text);
	CHECK(strchr(text_string(&text), '\x1b') == NULL);
	CHECK(strstr(text_string(&text), "a?[2Jb") != NULL);
}

TEST(a_broken_report_is_printed_as_far_as_it_goes)
{
	static const char *const reports[] = {
		"{}",
		"[]",
		"{\"id\":7,\"timeline\":[1,2,3]}",
		"{\"limit\":[],\"victims\":[{}],\"counters\":{\"ancestors\":[null]}}",
	};
	size_t i;

	for (i = 0; i < 4; i++) {
		auto_arena struct arena arena = { 0 };
		auto_text struct text text = { 0 };
		const struct json *report = NULL;
		struct err err = { 0 };

		CHECK(json_parse(&arena, reports[i], strlen(reports[i]), &report, &err) == 0);
		report_text(report, &text);
		CHECK(text_ok(&text) && text_starts(text_string(&text), "?: ?\n"));
	}
}

TEST(every_moment_has_a_name)
{
	int moment;

	for (moment = 0; moment < MOMENTS; moment++)
		CHECK(moment_name((enum moment) moment) != NULL);
}

TEST(a_full_timeline_loses_its_middle)
{
	struct timeline timeline;
	unsigned i;

	timeline_open(&timeline, -1);
	for (i = 1; i <= 400; i++) {
		struct entry entry = { .moment = MOMENT_FIRED, .at_usec = i, .rung = i };

		timeline_add(&timeline, &entry, "x");
	}
	CHECK_NUMBER(timeline.count, 256);
	CHECK_NUMBER(timeline.dropped, 144);
	CHECK_NUMBER(timeline.entries[63].rung, 64);
	CHECK_NUMBER(timeline.entries[64].rung, 209);
	CHECK_NUMBER(timeline.entries[255].rung, 400);
	timeline_close(&timeline);
}

TEST(each_moment_is_one_line_of_the_file)
{
	char path[] = "/tmp/weir-timeline-XXXXXX";
	auto_fd int fd = mkstemp(path);
	struct timeline timeline;
	struct entry entry = { .moment = MOMENT_FREED, .rung = 85, .bytes = -5 };
	char content[512] = { 0 };

	CHECK(fd >= 0 && unlink(path) == 0);
	timeline_open(&timeline, fd);
	entry.at_usec = timeline.began_usec + 1500000;
	timeline_add(&timeline, &entry, "after \"1\" s");
	CHECK(pread(fd, content, sizeof(content) - 1, 0) > 0);
	CHECK(strstr(content, "\"seconds\":1.500,\"event\":\"freed\",\"rung\":85,\"bytes\":-5,"
			      "\"note\":\"after \\\"1\\\" s\"}\n") != NULL);
	timeline_close(&timeline);
}

TEST(the_newest_reports_are_kept)
{
	char folder[] = "/tmp/weir-reports-XXXXXX";
	auto_fd int dir = -1;
	struct err err = { 0 };
	char name[32];
	int i;

	CHECK(mkdtemp(folder) != NULL);
	dir = open(folder, O_DIRECTORY | O_CLOEXEC);
	CHECK(file_replace_at(dir, "stranger.txt", "", 0600, &err) == 0);
	for (i = 0; i < REPORTS_KEPT + 3; i++) {
		struct timespec times[2] = { { .tv_sec = 1000 + i }, { .tv_sec = 1000 + i } };

		snprintf(name, sizeof(name), "c%d", i);
		CHECK(report_keep(dir, name, "{}\n", &err) == 0);
		snprintf(name, sizeof(name), "c%d.json", i);
		CHECK(utimensat(dir, name, times, 0) == 0);
	}
	CHECK(faccessat(dir, "c2.json", F_OK, 0) < 0);
	CHECK(faccessat(dir, "c3.json", F_OK, 0) == 0);
	CHECK(faccessat(dir, "stranger.txt", F_OK, 0) == 0);
	CHECK(report_keep(dir, "../x", "{}", &err) < 0);
	CHECK(file_remove_tree_at(AT_FDCWD, folder, &err) == 0);
}

UNIT_MAIN(UNIT_TEST(ok_is_one_line), UNIT_TEST(an_oom_kill_names_limit_victim_and_reason),
	  UNIT_TEST(without_the_kernel_log_it_says_so), UNIT_TEST(an_ancestor_is_named),
	  UNIT_TEST(every_verdict_has_a_sentence), UNIT_TEST(a_name_cannot_command_the_terminal),
	  UNIT_TEST(a_broken_report_is_printed_as_far_as_it_goes),
	  UNIT_TEST(every_moment_has_a_name), UNIT_TEST(a_full_timeline_loses_its_middle),
	  UNIT_TEST(each_moment_is_one_line_of_the_file), UNIT_TEST(the_newest_reports_are_kept))
