// SPDX-License-Identifier: Apache-2.0
/* Triggers, histories and the brake, in scripted readings; and random ones against the rules. */
#include "cgroupfs/memory.h"
#include "cgroupfs/pressure.h"
#include "runtime/governor/brake.h"
#include "runtime/governor/history.h"
#include "runtime/governor/ladder.h"
#include "runtime/governor/reading.h"
#include "runtime/governor/step.h"
#include "runtime/governor/trigger.h"
#include "runtime/governor/tripline.h"
#include "tests/unit/unit.h"

#define MIB   (1ULL << 20)
#define LIMIT (256 * MIB)
#define SEC   1000000ULL
#define START (1000 * SEC)

static struct ladder ladder;
static struct rung_state states[LADDER_RUNGS];
static struct history history;
static uint64_t counters[LADDER_WINDOWS];
static struct reading now;

static void begin(const char *text)
{
	ladder_free(&ladder);
	CHECK(ladder_parse(text, &ladder, NULL) == 0);
	memset(states, 0, sizeof(states));
	memset(counters, 0, sizeof(counters));
	history_end(&history);
	CHECK(history_begin(&history, &ladder) == 0);
	now = (struct reading){ .limit_bytes = LIMIT, .slack_bytes = 4096 };
}

/* One look; `need` in percent of the limit, as much in use. */
static struct decision look(uint64_t msec, double need)
{
	struct decision decision;

	now.at_usec = START + msec * 1000;
	now.need_bytes = (uint64_t) (need * (double) LIMIT / 100);
	if (now.current_bytes < now.need_bytes)
		now.current_bytes = now.need_bytes;
	history_take(&history, &ladder, counters, &now);
	ladder_step(&ladder, states, &now, &decision);
	return decision;
}

TEST(use_is_everything_and_ws_less_the_cold_cache)
{
	begin("use>80%:log; ws>80%:log");
	now.current_bytes = 220 * MIB;
	now.stat.inactive_file = 100 * MIB;
	CHECK_NUMBER(look(0, 20).fire, 0);
	now.stat.inactive_file = 10 * MIB;
	CHECK_NUMBER(look(100, 20).fire, 1);
}

TEST(bytes_and_what_is_left_of_them)
{
	struct decision decision;

	begin("100M:log; free<64M:log");
	CHECK_NUMBER(look(0, 30).fire, -1);
	decision = look(10, 40);
	CHECK_NUMBER(decision.fire, 0);
	CHECK_NUMBER(decision.next, 1);
	/* 192 MiB is the line of free<64M */
	CHECK_NUMBER((long long) (decision.ahead_bytes + now.need_bytes + 4095) / 4096, 192 * 256);
	CHECK_NUMBER(look(20, 76).fire, 1);
}

TEST(the_time_to_the_limit_is_the_worst_of_three_paces)
{
	begin("ttl<10s:log");
	/* Below half of the limit nobody looks: a trip-line stands there. */
	CHECK(!look(0, 10).watch_rest);
	CHECK_NUMBER(look(1, 10).ahead_bytes / MIB, LIMIT * 40 / 100 / MIB);
	/* 1 % in a second from 60 on: forty seconds */
	CHECK_NUMBER(look(60000, 60).fire, -1);
	CHECK(look(60100, 60).watch_rest);
	CHECK_NUMBER(look(61000, 61).fire, -1);
	CHECK(now.time_to_limit_usec > 30 * SEC && now.time_to_limit_usec < 45 * SEC);
	/* 5 % in half a second: 3.4 s left at that pace */
	CHECK_NUMBER(look(61500, 66).fire, 0);
	CHECK(now.time_to_limit_usec > 3 * SEC && now.time_to_limit_usec < 4 * SEC);
	/* it stops growing: ready again when the slow paces forget it too */
	CHECK_NUMBER(look(62100, 66).rearmed, 0);
	CHECK_NUMBER(look(63000, 66).rearmed, 0);
	CHECK_NUMBER(look(64200, 66).rearmed, 1);
}

TEST(a_stall_is_a_share_of_its_window)
{
	begin("60 & psi.some>20%/5s:log");
	CHECK_NUMBER(look(0, 50).fire, -1);
	CHECK_NUMBER(look(1000, 65).fire, -1);
	CHECK(look(1000, 65).watch_rest);
	counters[0] = 990000; /* usec within 5 s: 19.8 % */
	CHECK_NUMBER(look(2000, 65).fire, -1);
	counters[0] = 1010000;
	CHECK_NUMBER(look(3000, 65).fire, 0);
	/* pressure alone does not count below the share */
	begin("60 & psi.some>20%/5s:log");
	look(0, 50);
	counters[0] = 4000000;
	CHECK_NUMBER(look(4000, 50).fire, -1);
}

TEST(a_rate_of_max_events_is_counted_to_its_window)
{
	begin("max>10/1s:log");
	look(0, 60);
	counters[0] = 10;
	CHECK_NUMBER(look(1000, 60).fire, -1);
	counters[0] = 40; /* 30 more in 2 s: 15 in each */
	CHECK_NUMBER(look(3000, 60).fire, 0);
}

TEST(swap_is_a_share_of_what_it_may_be)
{
	begin("swap>50%:log");
	now.swap_bytes = 60 * MIB;
	now.swap_limit_bytes = MEMORY_NO_LIMIT;
	CHECK_NUMBER(look(0, 60).fire, -1);
	now.swap_limit_bytes = 100 * MIB;
	CHECK_NUMBER(look(100, 60).fire, 0);
	now.swap_limit_bytes = 0;
	CHECK_NUMBER(look(200, 60).rearmed, 0);
	CHECK_NUMBER(look(2200, 60).rearmed, 1);
}

TEST(a_rung_of_another_kind_is_passed_only_if_it_is_true)
{
	begin("swap>50%:notify; 60:notify; 90:log");
	CHECK_NUMBER(look(0, 95).fire, 2);
	begin("swap>50%:notify; 60:notify; 90:log");
	CHECK_NUMBER(look(0, 95).passed, 2);
}

TEST(pressure_is_its_totals)
{
	struct pressure pressure = { 0 };

	CHECK(pressure_parse("some avg10=1.23 avg60=0.00 avg300=0.00 total=1234567\n"
			     "full avg10=0.00 avg60=0.00 avg300=0.00 total=89\n",
			     &pressure, NULL) == 0);
	CHECK_NUMBER(pressure.some_usec, 1234567);
	CHECK_NUMBER(pressure.full_usec, 89);
	CHECK(pressure_parse("some avg10=1.23\n", &pressure, NULL) < 0);
}

/* governor.md 2.3, the table: seconds by limit (MiB), gap (percent), threads. */
TEST(the_brake_takes_as_long_as_was_measured)
{
	static const struct {
		uint64_t limit_mib;
		unsigned gap, threads;
		double seconds;
	} rows[] = {
		{ 64, 5, 1, 0.7 },     { 64, 10, 1, 6.7 },    { 256, 3, 1, 0.6 },
		{ 256, 5, 1, 3.0 },    { 256, 5, 16, 0.19 },  { 256, 10, 1, 27 },
		{ 256, 10, 64, 0.42 }, { 512, 5, 1, 6.0 },    { 512, 15, 16, 13 },
		{ 1024, 10, 16, 6.7 }, { 4096, 5, 64, 0.75 },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t limit = rows[i].limit_mib * MIB;
		uint64_t line = limit / 100 * (100 - rows[i].gap);
		double seconds = (double) brake_predict_usec(limit, line, rows[i].threads) / 1e6;

		CHECK(seconds > rows[i].seconds * 0.9 && seconds < rows[i].seconds * 1.1);
	}
	CHECK(brake_predict_usec(LIMIT, LIMIT, 1) == UINT64_MAX);
}

TEST(the_brake_ends_with_its_budget_or_in_vain)
{
	const struct brake_look began = { START, 500, 10, 100, 100 };
	struct brake_look look_now = began;
	uint64_t again = 0;

	look_now.stalled_usec += 1900000;
	CHECK_NUMBER(brake_judge(&began, &look_now, 2000000, &again), BRAKE_HOLDS);
	CHECK_NUMBER(again, 100000);
	look_now.stalled_usec += 100000;
	CHECK_NUMBER(brake_judge(&began, &look_now, 2000000, &again), BRAKE_SPENT);
	look_now = began;
	look_now.high_events += 200;
	look_now.scanned_pages += 100000;
	look_now.stolen_pages += 10000;
	CHECK_NUMBER(brake_judge(&began, &look_now, 2000000, &again), BRAKE_HOLDS);
	look_now.stolen_pages -= 1;
	CHECK_NUMBER(brake_judge(&began, &look_now, 2000000, &again), BRAKE_FUTILE);
	look_now.high_events = began.high_events + 50;
	CHECK_NUMBER(brake_judge(&began, &look_now, 2000000, &again), BRAKE_HOLDS);
}

static uint64_t seed;

static uint64_t random_below(uint64_t bound)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (seed >> 33) % bound;
}

/* Whatever is read: the trip-line is never above the config's nor at the limit, a rung that fires was
 * ready, one fires at a time, a lower one is only told, and from calm everything comes back. */
static void run_randomly(uint64_t with_seed)
{
	uint64_t msec = 0;
	int i;

	seed = with_seed;
	begin("50 & psi.some>10%/2s:log; 60:log; use>80%:log; free<32M:log; ttl<2s:log; 95:log");
	for (i = 0; i < 20000; i++) {
		uint64_t config = random_below(3) == 0 ? MEMORY_NO_LIMIT : random_below(LIMIT);
		unsigned fired = 0;
		struct decision decision;
		uint64_t place;
		size_t rung;

		for (rung = 0; rung < ladder.rung_count; rung++)
			fired |= states[rung].fired ? 1U << rung : 0;
		msec += random_below(700);
		counters[0] += random_below(300000);
		now.current_bytes = random_below(LIMIT);
		decision = look(msec, (double) random_below(100));
		CHECK(decision.fire < 0 ||
		      (fired & ~decision.rearmed & (1U << decision.fire)) == 0);
		CHECK(decision.fire < 0 || decision.passed >> decision.fire == 0);
		CHECK((decision.passed & fired & ~decision.rearmed) == 0);
		place = tripline_place(&now, decision.ahead_bytes, config);
		CHECK(place <= config && (place < LIMIT || place == config));
		CHECK(decision.next < 0 || !states[decision.next].fired);
	}
	for (i = 0; i < 700; i++) {
		now.current_bytes = 0;
		look(msec += 1000, 1);
	}
	for (i = 0; i < (int) ladder.rung_count; i++)
		CHECK(!states[i].fired);
}

TEST(no_readings_whatever_break_the_rules)
{
	static const uint64_t seeds[] = { 1, 42, 20240229, 0xdeadbeef, 7777777 };
	size_t i;

	for (i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++) {
		printf("seed %llu\n", (unsigned long long) seeds[i]);
		run_randomly(seeds[i]);
	}
}

UNIT_MAIN(UNIT_TEST(use_is_everything_and_ws_less_the_cold_cache),
	  UNIT_TEST(bytes_and_what_is_left_of_them),
	  UNIT_TEST(the_time_to_the_limit_is_the_worst_of_three_paces),
	  UNIT_TEST(a_stall_is_a_share_of_its_window),
	  UNIT_TEST(a_rate_of_max_events_is_counted_to_its_window),
	  UNIT_TEST(swap_is_a_share_of_what_it_may_be),
	  UNIT_TEST(a_rung_of_another_kind_is_passed_only_if_it_is_true),
	  UNIT_TEST(pressure_is_its_totals), UNIT_TEST(the_brake_takes_as_long_as_was_measured),
	  UNIT_TEST(the_brake_ends_with_its_budget_or_in_vain),
	  UNIT_TEST(no_readings_whatever_break_the_rules))
