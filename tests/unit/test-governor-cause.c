// SPDX-License-Identifier: Apache-2.0
/* The likely cause and the suggested limit: one case for each rule, by the numbers that it is made of. */
#include "cgroupfs/cgroup.h"
#include "runtime/base/arena.h"
#include "runtime/base/emit.h"
#include "runtime/base/json.h"
#include "runtime/governor/account.h"
#include "runtime/governor/recorder.h"
#include "runtime/governor/report_read.h"
#include "tests/unit/unit.h"

#define MIB (1ULL << 20)

static const struct cgroup c1 = { .dirfd = -1, .path = "/weir/c1" };
static struct recorder recorder;

static void look(uint64_t seconds_by_10, uint64_t need_mib, const struct memory_stat *stat)
{
	const struct point point = { .at_usec = 1000000 + seconds_by_10 * 100000,
				     .need_bytes = need_mib * MIB,
				     .current_bytes = need_mib * MIB,
				     .limit_bytes = 100 * MIB };

	recorder_look(&recorder, &point, stat);
	recorder_add(&recorder, &point);
}

static struct account begin(enum verdict verdict)
{
	recorder = (struct recorder){ .began_usec = 1000000, .rung_count = 1 };
	return (struct account){ .id = "c1",
				 .cgroup = &c1,
				 .judgement = { .verdict = verdict, .holder = HOLDER_OWN },
				 .limit_bytes = 100 * MIB,
				 .recorder = &recorder,
				 .began_usec = 1000000,
				 .ended_usec = 2000000 };
}

/* "cause,cause suggestion-in-MiB|null" */
static const char *causes_of(const struct account *account)
{
	static char words[256];
	auto_emit struct emit emit = { 0 };
	auto_arena struct arena arena = { 0 };
	const struct json *json = NULL;
	const struct json *cause;
	const struct json *suggested;
	size_t at = 0;

	emit_open(&emit, false);
	emit_object(&emit, NULL);
	cause_emit(account, &emit);
	emit_object_end(&emit);
	CHECK(json_parse(&arena, emit_text(&emit), strlen(emit_text(&emit)), &json, NULL) == 0);
	words[0] = '\0';
	for (cause = report_first(json, "causes"); cause != NULL; cause = cause->next) {
		CHECK(strlen(report_string(cause, "text")) > 10);
		at += (size_t) snprintf(words + at, sizeof(words) - at, "%s%s", at > 0 ? "," : "",
					report_string(cause, "cause"));
	}
	suggested = json_member(json, "suggested_limit");
	if (report_number(suggested, "bytes") > 0)
		snprintf(words + at, sizeof(words) - at, " %llu",
			 (unsigned long long) (report_number(suggested, "bytes") / MIB));
	else if (suggested != NULL)
		snprintf(words + at, sizeof(words) - at, " none");
	return words;
}

static const struct memory_stat plain = { .anon = 90 * MIB };

TEST(a_burst_has_no_limit)
{
	struct account account = begin(VERDICT_OWN_LIMIT);

	account.evidence.delta.own.oom_kill = 1;
	look(0, 10, &plain);
	look(1, 60, &plain);
	look(2, 99, &plain);
	CHECK_STRING(causes_of(&account), "burst none");
}

TEST(a_leak_has_no_limit_either)
{
	struct account account = begin(VERDICT_OWN_LIMIT);
	unsigned i;

	account.evidence.delta.own.oom_kill = 1;
	for (i = 0; i <= 100; i++)
		look(i * 10, 20 + i * 79 / 100, &plain);
	CHECK_STRING(causes_of(&account), "leak none");
}

TEST(a_plateau_supports_a_number)
{
	struct account account = begin(VERDICT_GRACEFUL_STOP);
	unsigned i;

	for (i = 0; i <= 20; i++)
		look(i * 10, i < 10 ? 50 + i * 4 : 95, &plain);
	CHECK_STRING(causes_of(&account), "growth 120");
}

TEST(a_limit_that_is_far_too_large)
{
	struct account account = begin(VERDICT_OK);
	unsigned i;

	for (i = 0; i <= 20; i++)
		look(i * 10, 20, &plain);
	CHECK_STRING(causes_of(&account), " 32");
	look(300, 60, &plain);
	CHECK_STRING(causes_of(&account), " none");
}

TEST(whose_memory_it_was)
{
	static const struct {
		struct memory_stat stat;
		const char *causes;
	} rows[] = {
		{ { .anon = 50 * MIB, .shmem = 40 * MIB }, "tmpfs,growth none" },
		{ { .anon = 50 * MIB, .sock = 25 * MIB }, "sockets,growth none" },
		{ { .anon = 50 * MIB, .kernel = 20 * MIB, .pagetables = 16 * MIB },
		  "page-tables,growth none" },
		{ { .anon = 50 * MIB, .kernel = 40 * MIB, .slab_reclaimable = 5 * MIB },
		  "kernel-memory,growth none" },
		{ { .anon = 80 * MIB, .anon_thp = 60 * MIB }, "growth,huge-pages none" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct account account = begin(VERDICT_OWN_LIMIT);

		account.evidence.delta.own.oom_kill = 1;
		look(0, 10, &plain);
		look(100, 99, &rows[i].stat);
		CHECK_STRING(causes_of(&account), rows[i].causes);
	}
}

TEST(who_else_it_was)
{
	struct account account = begin(VERDICT_ANCESTOR_LIMIT);

	account.evidence.delta.own.oom_kill = 1;
	account.judgement.holder = HOLDER_ANCESTOR;
	account.evidence.delta.level_count = 1;
	account.evidence.delta.levels[0].path_length = 5;
	look(0, 10, &plain);
	CHECK_STRING(causes_of(&account), "neighbour none");
	account.judgement.holder = HOLDER_GLOBAL;
	CHECK_STRING(causes_of(&account), "host none");
}

TEST(a_crowd)
{
	struct account account = begin(VERDICT_CHILD_OOM);

	account.evidence.delta.own.oom_kill = 1;
	look(0, 10, &plain);
	look(100, 99, &plain);
	recorder.suspects.processes = 200;
	recorder.suspects.count = 1;
	recorder.suspects.items[0].anon_bytes = MIB;
	CHECK_STRING(causes_of(&account), "many-processes,growth none");
}

TEST(page_cache_is_no_shortage)
{
	struct account account = begin(VERDICT_OK);

	account.evidence.delta.own.max = 5000;
	look(0, 10, &plain);
	look(100, 55, &plain);
	CHECK_STRING(causes_of(&account), "page-cache none");
}

TEST(a_limit_that_came_down)
{
	struct account account = begin(VERDICT_OWN_LIMIT);

	account.evidence.delta.own.oom_kill = 1;
	look(0, 95, &plain);
	recorder.points[0].limit_bytes = 200 * MIB;
	look(100, 99, &plain);
	CHECK_STRING(causes_of(&account), "limit-lowered none");
}

TEST(without_a_governor_nothing_is_made_up)
{
	struct account account = begin(VERDICT_OWN_LIMIT);

	account.evidence.delta.own.oom_kill = 1;
	account.recorder = NULL;
	CHECK_STRING(causes_of(&account), " none");
	account.judgement.verdict = VERDICT_OK;
	account.evidence.delta.own.oom_kill = 0;
	CHECK_STRING(causes_of(&account), "");
}

UNIT_MAIN(UNIT_TEST(a_burst_has_no_limit), UNIT_TEST(a_leak_has_no_limit_either),
	  UNIT_TEST(a_plateau_supports_a_number), UNIT_TEST(a_limit_that_is_far_too_large),
	  UNIT_TEST(whose_memory_it_was), UNIT_TEST(who_else_it_was), UNIT_TEST(a_crowd),
	  UNIT_TEST(page_cache_is_no_shortage), UNIT_TEST(a_limit_that_came_down),
	  UNIT_TEST(without_a_governor_nothing_is_made_up))
