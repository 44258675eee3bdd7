// SPDX-License-Identifier: Apache-2.0
/*
 * The likely cause, and the limit that would do.
 * Should: be rules that a person can check with the numbers beside them.
 * Must not: name a number that nothing supports.
 */
#include <string.h>

#include "runtime/base/emit.h"
#include "runtime/base/text.h"
#include "runtime/governor/account.h"
#include "runtime/governor/recorder.h"
#include "runtime/governor/step.h"

#define MIB (1ULL << 20)

/* ---- what is known ---- */

struct facts {
	const struct account *account;
	const struct recorder *recorder; /* NULL: nobody looked */
	const struct memory_stat *stat;	 /* at the peak, if somebody looked then */
	uint64_t limit_bytes;		 /* 0: none */
	uint64_t need_bytes;		 /* at its peak; 0: not known */
	double lasted_seconds;		 /* of the readings */
	uint64_t rose_bytes;		 /* from the first reading to the peak */
	double pace;			 /* bytes per second before the peak */
};

static void take_readings(struct facts *facts)
{
	const struct recorder *recorder = facts->recorder;
	const struct point *first = &recorder->points[0];
	const struct point *peak = &recorder->peak;

	if (recorder->point_count == 0)
		return;
	facts->need_bytes = peak->need_bytes;
	facts->lasted_seconds = (double) (peak->at_usec - first->at_usec) / 1e6;
	if (peak->need_bytes > first->need_bytes)
		facts->rose_bytes = peak->need_bytes - first->need_bytes;
	facts->pace = recorder_pace(recorder, 500000);
}

static struct facts facts_of(const struct account *account)
{
	struct facts facts = { .account = account,
			       .recorder = account->recorder,
			       .stat = &account->stat };

	if (account->limit_bytes != MEMORY_NO_LIMIT)
		facts.limit_bytes = account->limit_bytes;
	if (account->recorder != NULL && account->recorder->last.at_usec > 0) {
		facts.stat = &account->recorder->peak_stat;
		take_readings(&facts);
	}
	return facts;
}

static bool killed(const struct facts *facts)
{
	return facts->account->evidence.delta.own.oom_kill > 0;
}

/* Ended for its memory, one way or another. */
static bool ran_out(const struct facts *facts)
{
	enum verdict verdict = facts->account->judgement.verdict;

	return killed(facts) || verdict == VERDICT_GRACEFUL_STOP ||
	       verdict == VERDICT_FORCED_STOP || verdict == VERDICT_UNKILLABLE;
}

/* Whether `bytes` are `percent` of the limit. */
static bool share(const struct facts *facts, uint64_t bytes, unsigned percent)
{
	return facts->limit_bytes > 0 && bytes >= ladder_bytes(facts->limit_bytes, percent);
}

/* ---- the rules: whether, and in words ---- */

static bool is_neighbour(const struct facts *facts)
{
	return facts->account->judgement.holder == HOLDER_ANCESTOR && killed(facts);
}

static void say_neighbour(const struct facts *facts, struct text *text)
{
	const struct memory_events *local = &facts->account->evidence.delta.local;
	char path[CGROUP_PATH_ROOM];
	char size[TEXT_SIZE_ROOM];

	text_addf(text, "%s was full; this container used %s of it",
		  account_holder(facts->account, path),
		  text_size(facts->recorder != NULL && facts->recorder->last.at_usec > 0
				    ? facts->recorder->last.current_bytes
				    : facts->account->current_bytes,
			    size));
	if (local->max == 0)
		text_add(text, " and never met its own limit");
}

static bool is_host(const struct facts *facts)
{
	return facts->account->judgement.holder == HOLDER_GLOBAL && killed(facts);
}

static void say_host(const struct facts *facts, struct text *text)
{
	(void) facts;
	text_add(text,
		 "the host had no memory left: limits of all that runs there are more than it has");
}

static bool is_tmpfs(const struct facts *facts)
{
	return share(facts, facts->stat->shmem, 30);
}

static void say_tmpfs(const struct facts *facts, struct text *text)
{
	char size[TEXT_SIZE_ROOM];

	text_addf(text,
		  "%s are shared memory: files in a tmpfs (/dev/shm, /tmp) stay until they are "
		  "deleted",
		  text_size(facts->stat->shmem, size));
}

static bool is_sockets(const struct facts *facts)
{
	return share(facts, facts->stat->sock, 20);
}

static void say_sockets(const struct facts *facts, struct text *text)
{
	char size[TEXT_SIZE_ROOM];

	text_addf(text, "%s are socket buffers: somebody sends faster than is read",
		  text_size(facts->stat->sock, size));
}

static bool is_pagetables(const struct facts *facts)
{
	return share(facts, facts->stat->pagetables, 15);
}

static void say_pagetables(const struct facts *facts, struct text *text)
{
	char size[TEXT_SIZE_ROOM];

	text_addf(text,
		  "%s are page tables: many processes that map the same memory, or huge sparse "
		  "mappings",
		  text_size(facts->stat->pagetables, size));
}

static uint64_t other_kernel(const struct memory_stat *stat)
{
	uint64_t known = stat->pagetables + stat->slab_reclaimable;

	return stat->kernel > known ? stat->kernel - known : 0;
}

static bool is_kernel(const struct facts *facts)
{
	return share(facts, other_kernel(facts->stat), 30);
}

static void say_kernel(const struct facts *facts, struct text *text)
{
	char size[TEXT_SIZE_ROOM];

	text_addf(text, "%s are the kernel's, for it: threads, open files, pipes, inodes",
		  text_size(other_kernel(facts->stat), size));
}

static bool is_many(const struct facts *facts)
{
	const struct suspects *suspects =
		facts->recorder != NULL ? &facts->recorder->suspects : NULL;

	return suspects != NULL && suspects->processes >= 32 && suspects->count > 0 &&
	       !share(facts, suspects->items[0].anon_bytes + suspects->items[0].shmem_bytes, 20);
}

static void say_many(const struct facts *facts, struct text *text)
{
	const struct suspects *suspects = &facts->recorder->suspects;
	char size[TEXT_SIZE_ROOM];

	text_addf(text, "%u processes, the largest with %s: it is their number",
		  suspects->processes,
		  text_size(suspects->items[0].anon_bytes + suspects->items[0].shmem_bytes, size));
}

static bool is_lowered(const struct facts *facts)
{
	return facts->recorder != NULL && facts->recorder->point_count > 0 && ran_out(facts) &&
	       facts->recorder->points[0].limit_bytes > facts->recorder->last.limit_bytes;
}

static void say_lowered(const struct facts *facts, struct text *text)
{
	char before[TEXT_SIZE_ROOM];
	char after[TEXT_SIZE_ROOM];

	text_addf(text, "the limit was lowered while it ran, from %s to %s",
		  text_size(facts->recorder->points[0].limit_bytes, before),
		  text_size(facts->recorder->last.limit_bytes, after));
}

/* Faster than anybody could look: half the limit in two seconds. */
static bool is_burst(const struct facts *facts)
{
	return ran_out(facts) && facts->pace > 0 && share(facts, (uint64_t) (facts->pace * 2), 50);
}

static void say_burst(const struct facts *facts, struct text *text)
{
	char size[TEXT_SIZE_ROOM];

	text_addf(text, "a burst: need rose by %s a second at the end",
		  text_size((uint64_t) facts->pace, size));
}

/* Need at `parts` eighths of the time of the readings. */
static uint64_t need_at(const struct recorder *recorder, unsigned parts)
{
	uint64_t began = recorder->points[0].at_usec;
	uint64_t when = began + (recorder->peak.at_usec - began) / 8 * parts;
	size_t i = 0;

	while (i + 1 < recorder->point_count && recorder->points[i + 1].at_usec <= when)
		i++;
	return recorder->points[i].need_bytes;
}

/* In most of eight parts of its time need rose, and never fell by much. */
static bool rises_steadily(const struct recorder *recorder, uint64_t slack_bytes)
{
	unsigned rises = 0;
	unsigned i;

	for (i = 0; i < 8; i++) {
		uint64_t before = need_at(recorder, i);
		uint64_t after = need_at(recorder, i + 1);

		rises += after > before;
		if (after + slack_bytes < before)
			return false;
	}
	return rises >= 6;
}

/* A minute is the least in which steadiness means something. */
static bool is_leak(const struct facts *facts)
{
	return ran_out(facts) && facts->recorder != NULL && facts->recorder->point_count >= 8 &&
	       facts->lasted_seconds >= 60 && share(facts, facts->rose_bytes, 20) &&
	       rises_steadily(facts->recorder, facts->limit_bytes / 20);
}

static void say_leak(const struct facts *facts, struct text *text)
{
	char rose[TEXT_SIZE_ROOM];
	char pace[TEXT_SIZE_ROOM];

	text_addf(
		text,
		"a leak, or a cache without a bound: need rose steadily by %s in %.0f s, %s an hour",
		text_size(facts->rose_bytes, rose), facts->lasted_seconds,
		text_size((uint64_t) ((double) facts->rose_bytes / facts->lasted_seconds * 3600),
			  pace));
}

static bool is_growth(const struct facts *facts)
{
	return ran_out(facts) && !is_burst(facts) && !is_leak(facts) && facts->lasted_seconds > 0 &&
	       share(facts, facts->rose_bytes, 10);
}

static void say_growth(const struct facts *facts, struct text *text)
{
	char rose[TEXT_SIZE_ROOM];
	char anon[TEXT_SIZE_ROOM];

	text_addf(text, "need rose by %s in %.1f s; %s are the program's own (anonymous) memory",
		  text_size(facts->rose_bytes, rose), facts->lasted_seconds,
		  text_size(facts->stat->anon, anon));
}

static bool is_huge(const struct facts *facts)
{
	return ran_out(facts) && share(facts, facts->stat->anon, 50) &&
	       facts->stat->anon_thp / 6 * 10 >= facts->stat->anon;
}

static void say_huge(const struct facts *facts, struct text *text)
{
	char size[TEXT_SIZE_ROOM];

	text_addf(
		text,
		"%s of it are huge pages: a heap that touches a little of each 2M holds all of it",
		text_size(facts->stat->anon_thp, size));
}

/* The limit was met again and again, and most of what was there could be given back. */
static bool is_cache(const struct facts *facts)
{
	return !killed(facts) && facts->account->evidence.delta.own.max >= 100 &&
	       facts->need_bytes > 0 && !share(facts, facts->need_bytes, 60);
}

static void say_cache(const struct facts *facts, struct text *text)
{
	text_addf(text,
		  "the limit was met %llu times, by page cache: it works less well than with more "
		  "memory, and needs none",
		  (unsigned long long) facts->account->evidence.delta.own.max);
}

static const struct rule {
	const char *name;
	bool (*holds)(const struct facts *facts);
	void (*say)(const struct facts *facts, struct text *text);
} rules[] = {
	/* the strongest first: who, then what, then how fast */
	{ "neighbour", is_neighbour, say_neighbour },
	{ "host", is_host, say_host },
	{ "limit-lowered", is_lowered, say_lowered },
	{ "tmpfs", is_tmpfs, say_tmpfs },
	{ "sockets", is_sockets, say_sockets },
	{ "page-tables", is_pagetables, say_pagetables },
	{ "kernel-memory", is_kernel, say_kernel },
	{ "many-processes", is_many, say_many },
	{ "burst", is_burst, say_burst },
	{ "leak", is_leak, say_leak },
	{ "growth", is_growth, say_growth },
	{ "huge-pages", is_huge, say_huge },
	{ "page-cache", is_cache, say_cache },
};

static void emit_causes(const struct facts *facts, struct emit *emit)
{
	size_t i;

	emit_array(emit, "causes");
	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		auto_text struct text text = { 0 };

		if (!rules[i].holds(facts))
			continue;
		rules[i].say(facts, &text);
		emit_object(emit, NULL);
		emit_string(emit, "cause", rules[i].name);
		emit_string(emit, "text", text_string(&text));
		emit_object_end(emit);
	}
	emit_array_end(emit);
}

/* ---- the limit ---- */

/* Rounded up to what people write. */
static uint64_t round_limit(uint64_t bytes)
{
	uint64_t unit = bytes < 256 * MIB ? 8 * MIB : bytes < 2048 * MIB ? 64 * MIB : 256 * MIB;

	return (bytes + unit - 1) / unit * unit;
}

/* In the last quarter of its time need did not rise any more. */
static bool levelled_off(const struct facts *facts)
{
	uint64_t before;

	if (facts->recorder == NULL || facts->recorder->point_count < 8 ||
	    facts->lasted_seconds < 5)
		return false;
	before = need_at(facts->recorder, 6);
	return facts->need_bytes < before + facts->limit_bytes / 50;
}

/* 0: none can be named; `why` says it. */
static uint64_t suggest(const struct facts *facts, struct text *why)
{
	uint64_t peak = facts->recorder != NULL ? facts->recorder->peak_need_bytes : 0;
	char size[TEXT_SIZE_ROOM];

	if (is_neighbour(facts) || is_host(facts))
		text_add(why, "its own limit was not what ended it");
	else if (facts->limit_bytes == 0 || facts->recorder == NULL || peak == 0)
		text_add(why, "nobody looked before the end: a ladder would have");
	else if (is_leak(facts))
		text_add(why, "it grows without end: a higher limit is only reached later");
	else if (ran_out(facts) && !levelled_off(facts))
		text_add(
			why,
			"it was still growing when it ended: how much it wants cannot be seen from "
			"here");
	else if (ran_out(facts) || share(facts, peak, 80) || !share(facts, peak, 50))
		text_addf(why, "it needed %s at most, which is 80 %% of that",
			  text_size(peak, size));
	else
		text_addf(why, "the limit fits: it needed %s at most", text_size(peak, size));
	if (!text_starts(text_string(why), "it needed "))
		return 0;
	return round_limit(peak / 8 * 10);
}

/* Of a program that ended by itself and far from its limit nothing is said without readings. */
static bool worth_suggesting(const struct facts *facts)
{
	return ran_out(facts) || (facts->recorder != NULL && facts->recorder->rung_count > 0 &&
				  facts->recorder->peak_need_bytes > 0);
}

void cause_emit(const struct account *account, struct emit *emit)
{
	struct facts facts = facts_of(account);
	auto_text struct text why = { 0 };
	uint64_t bytes;

	emit_causes(&facts, emit);
	if (!worth_suggesting(&facts))
		return;
	bytes = suggest(&facts, &why);
	emit_object(emit, "suggested_limit");
	if (bytes > 0)
		emit_u64(emit, "bytes", bytes);
	else
		emit_null(emit, "bytes");
	emit_string(emit, "why", text_string(&why));
	emit_object_end(emit);
}
