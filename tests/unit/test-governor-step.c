// SPDX-License-Identifier: Apache-2.0
/* The state machine, in scripts of (time, need in percent of the limit). */
#include "runtime/governor/ladder.h"
#include "runtime/governor/reading.h"
#include "runtime/governor/step.h"
#include "runtime/governor/tripline.h"
#include "tests/unit/unit.h"

#define LIMIT (256ULL << 20)
#define SEC   1000000ULL
#define START (1000 * SEC) /* a machine that has been up for a while */

#define RUNG(share)                                                                                \
	{                                                                                          \
		.percent = share, .triggers = { { METRIC_NEED, true, share, 0, 0 } },              \
		.trigger_count = 1                                                                 \
	}

static const struct ladder ladder = {
	.rungs = { RUNG(70), RUNG(85), RUNG(95) },
	.rung_count = 3,
};

static struct rung_state states[3];

static struct reading reading_at(uint64_t msec, double percent)
{
	return (struct reading){
		.at_usec = START + msec * 1000,
		.need_bytes = (uint64_t) (percent * (double) LIMIT / 100),
		.current_bytes = (uint64_t) (percent * (double) LIMIT / 100),
		.limit_bytes = LIMIT,
		.slack_bytes = 512 << 10,
	};
}

static struct decision step(uint64_t msec, double percent)
{
	struct reading reading = reading_at(msec, percent);
	struct decision decision;

	ladder_step(&ladder, states, &reading, &decision);
	return decision;
}

static void restart(void)
{
	memset(states, 0, sizeof(states));
}

TEST(each_rung_fires_once_on_the_way_up)
{
	restart();
	CHECK_NUMBER(step(0, 10).fire, -1);
	CHECK_NUMBER(step(0, 10).next, 0);
	CHECK_NUMBER(step(100, 71).fire, 0);
	CHECK_NUMBER(step(110, 72).fire, -1);
	CHECK_NUMBER(step(110, 72).next, 1);
	CHECK_NUMBER(step(200, 86).fire, 1);
	CHECK_NUMBER(step(300, 96).fire, 2);
	CHECK_NUMBER(step(310, 99).fire, -1);
	CHECK_NUMBER(step(310, 99).next, -1);
}

TEST(a_jump_fires_the_top_and_tells_the_lower_ones)
{
	struct decision decision;

	restart();
	decision = step(0, 96);
	CHECK_NUMBER(decision.fire, 2);
	CHECK_NUMBER(decision.passed, 3);
	decision = step(10, 97);
	CHECK_NUMBER(decision.fire, -1);
	CHECK_NUMBER(decision.passed, 0);
}

TEST(a_jump_over_one_that_fired_tells_the_other)
{
	struct decision decision;

	restart();
	CHECK_NUMBER(step(0, 71).fire, 0);
	decision = step(10, 96);
	CHECK_NUMBER(decision.fire, 2);
	CHECK_NUMBER(decision.passed, 2);
}

TEST(below_the_first_rung_nothing_is_due_by_time)
{
	struct decision decision;

	restart();
	decision = step(0, 69);
	CHECK(decision.due_usec == UINT64_MAX && !decision.watch_fall);
}

TEST(above_it_need_is_sampled)
{
	restart();
	CHECK(step(0, 71).watch_fall);
	CHECK(step(1000, 71).watch_fall);
}

TEST(a_rung_rearms_five_points_below_after_two_seconds)
{
	struct decision decision;

	restart();
	CHECK_NUMBER(step(0, 86).fire, 1);
	decision = step(6000, 79.9);
	CHECK_NUMBER(decision.rearmed, 0);
	CHECK_NUMBER(decision.due_usec, START + 8 * SEC);
	CHECK_NUMBER(step(7999, 79.9).rearmed, 0);
	decision = step(8000, 79.9);
	CHECK_NUMBER(decision.rearmed, 2);
	CHECK_NUMBER(decision.next, 1);
	CHECK_NUMBER(step(8010, 86).fire, 1);
}

TEST(four_points_below_do_not_rearm)
{
	restart();
	CHECK_NUMBER(step(0, 86).fire, 1);
	CHECK_NUMBER(step(6000, 81).rearmed, 0);
	CHECK_NUMBER(step(60000, 81).rearmed, 0);
	CHECK_NUMBER(step(60001, 86).fire, -1);
}

TEST(a_dip_restarts_the_hold_time)
{
	restart();
	CHECK_NUMBER(step(0, 86).fire, 1);
	CHECK_NUMBER(step(6000, 79).rearmed, 0);
	CHECK_NUMBER(step(7000, 81).rearmed, 0);
	CHECK_NUMBER(step(7100, 79).rearmed, 0);
	CHECK_NUMBER(step(8500, 79).rearmed, 0);
	CHECK_NUMBER(step(9100, 79).rearmed, 2);
}

TEST(a_rung_does_not_fire_again_within_five_seconds)
{
	struct decision decision;

	restart();
	CHECK_NUMBER(step(0, 86).fire, 1);
	CHECK_NUMBER(step(100, 76).rearmed, 0);
	CHECK_NUMBER(step(2100, 76).rearmed, 2);
	decision = step(3000, 86);
	CHECK_NUMBER(decision.fire, -1);
	CHECK_NUMBER(decision.due_usec, START + 5 * SEC);
	CHECK_NUMBER(decision.next, 2);
	CHECK_NUMBER(step(5000, 86).fire, 1);
}

TEST(a_cooldown_is_over_when_need_fell_meanwhile)
{
	restart();
	CHECK_NUMBER(step(0, 86).fire, 1);
	step(100, 76);
	step(2100, 76);
	CHECK_NUMBER(step(3000, 86).fire, -1);
	CHECK_NUMBER(step(5000, 80).fire, -1);
	CHECK_NUMBER(step(5000, 80).next, 1);
}

TEST(a_real_drop_rearms_at_once_and_needs_no_cooldown)
{
	struct decision decision;

	restart();
	CHECK_NUMBER(step(0, 86).fire, 1);
	CHECK_NUMBER(step(100, 70.1).rearmed, 0);
	CHECK_NUMBER(step(200, 69.9).rearmed, 2);
	CHECK_NUMBER(step(300, 20).rearmed, 1);
	decision = step(400, 86);
	CHECK_NUMBER(decision.fire, 1);
	CHECK_NUMBER(decision.passed, 1);
	/* Nothing freed since: now it counts. */
	step(500, 76);
	CHECK_NUMBER(step(2500, 76).rearmed, 2);
	CHECK_NUMBER(step(2600, 86).fire, -1);
}

TEST(a_higher_rung_does_not_wait_for_a_lower_ones_cooldown)
{
	struct decision decision;

	restart();
	CHECK_NUMBER(step(0, 71).fire, 0);
	step(100, 60);
	CHECK_NUMBER(step(2100, 60).rearmed, 1);
	decision = step(3000, 96);
	CHECK_NUMBER(decision.fire, 2);
	/* 85 is told, 70 was heard 3 s ago and is not repeated behind 95. */
	CHECK_NUMBER(decision.passed, 2);
	CHECK_NUMBER(step(5100, 96).fire, -1);
}

TEST(a_full_cycle_fires_again_and_again)
{
	uint64_t msec;
	int fired = 0;

	restart();
	for (msec = 0; msec < 100000; msec += 100)
		fired += step(msec, msec % 10000 < 5000 ? 86 : 40).fire == 1;
	CHECK_NUMBER(fired, 10);
}

TEST(a_changed_limit_moves_the_rungs)
{
	struct reading reading = reading_at(0, 60);
	struct decision decision;

	restart();
	ladder_step(&ladder, states, &reading, &decision);
	CHECK_NUMBER(decision.fire, -1);
	reading.limit_bytes = LIMIT * 3 / 4;
	ladder_step(&ladder, states, &reading, &decision);
	CHECK_NUMBER(decision.fire, 0);
}

TEST(what_the_kernel_holds_back_counts_as_reached)
{
	struct reading reading = reading_at(0, 0);
	struct decision decision;

	restart();
	reading.need_bytes = ladder_bytes(LIMIT, 70) - (512 << 10) - 1;
	ladder_step(&ladder, states, &reading, &decision);
	CHECK_NUMBER(decision.fire, -1);
	reading.need_bytes++;
	ladder_step(&ladder, states, &reading, &decision);
	CHECK_NUMBER(decision.fire, 0);
}

TEST(the_slack_is_bounded)
{
	CHECK_NUMBER(reading_slack(LIMIT, 2), 512 << 10);
	CHECK_NUMBER(reading_slack(64 << 20, 64), (64 << 20) / 200);
	CHECK_NUMBER(reading_slack(100 << 10, 2), 4096);
}

/* Random need: never two firings of one rung within its cooldown unless need fell far meanwhile, and
 * never a lower one after a higher one at the same reading. The generator is a constant's: a failure repeats. */
TEST(no_sequence_of_readings_breaks_the_rules)
{
	uint64_t last[3] = { 0 };
	bool fell[3] = { false };
	unsigned seed = 1;
	uint64_t msec = 10000;
	int i;

	restart();
	for (i = 0; i < 200000; i++) {
		struct decision decision;
		double percent;
		int rung;

		seed = seed * 1103515245 + 12345;
		msec += seed >> 16 & 511;
		percent = (double) (seed >> 20 & 1023) / 10.24;
		decision = step(msec, percent);
		CHECK(decision.fire < 0 || decision.passed < 1U << decision.fire);
		for (rung = 0; rung < 3; rung++) {
			fell[rung] |= percent < ladder.rungs[rung].percent - LADDER_DROP_POINTS;
			if (decision.fire != rung && !(decision.passed >> rung & 1))
				continue;
			CHECK(last[rung] == 0 || fell[rung] || msec - last[rung] >= 5000);
			last[rung] = msec;
			fell[rung] = false;
		}
	}
	CHECK(last[0] > 0 && last[1] > 0 && last[2] > 0);
}

TEST(what_frees_nothing_waits_twice_as_long_and_the_next_comes_sooner)
{
	uint64_t msec = 0;
	int i;

	restart();
	CHECK_NUMBER(step(0, 71).fire, 0);
	ladder_effect(&states[0], (int64_t) (LIMIT / 100), LIMIT);
	CHECK(!states[0].futile);
	CHECK_NUMBER(step(100, 81).fire, -1);
	ladder_effect(&states[0], (int64_t) (LIMIT / 100) - 1, LIMIT);
	/* 85 comes at 80 now */
	CHECK_NUMBER(step(200, 79).fire, -1);
	CHECK_NUMBER(step(300, 80.1).fire, 1);
	restart();
	CHECK_NUMBER(step(0, 71).fire, 0);
	ladder_effect(&states[0], -1, LIMIT);
	step(100, 60);
	CHECK_NUMBER(step(2100, 60).rearmed, 1);
	CHECK_NUMBER(step(9900, 71).fire, -1);
	CHECK_NUMBER(step(10000, 71).fire, 0);
	for (i = 0; i < 20; i++)
		ladder_effect(&states[0], 0, LIMIT);
	CHECK_NUMBER(states[0].cooldown_usec, 300 * SEC);
	for (msec = 11000; msec < 309000; msec += 3000)
		CHECK_NUMBER(step(msec, (msec / 3000) % 2 == 0 ? 71 : 60).fire, -1);
	ladder_effect(&states[0], (int64_t) LIMIT, LIMIT);
	CHECK_NUMBER(states[0].cooldown_usec, 5 * SEC);
}

TEST(limits_of_any_size_do_not_overflow)
{
	CHECK_NUMBER(ladder_bytes(UINT64_MAX / 2, 100), UINT64_MAX / 2);
	CHECK_NUMBER(ladder_bytes(1000, 95), 950);
}

TEST(the_tripline_stands_where_usage_will_be)
{
	struct reading reading = reading_at(0, 10);

	reading.current_bytes = 100 << 20;
	reading.need_bytes = 60 << 20;
	CHECK_NUMBER(tripline_place(&reading, (30 << 20) + 5, MEMORY_NO_LIMIT), 130 << 20);
	/* cache in the way: usage meets the limit before need meets the rung */
	reading.current_bytes = 226 << 20;
	CHECK(tripline_place(&reading, 30 << 20, MEMORY_NO_LIMIT) == MEMORY_NO_LIMIT);
	CHECK(tripline_place(&reading, UINT64_MAX, MEMORY_NO_LIMIT) == MEMORY_NO_LIMIT);
	/* never above the config's own */
	reading.current_bytes = 100 << 20;
	CHECK_NUMBER(tripline_place(&reading, 30 << 20, 120 << 20), 120 << 20);
	CHECK_NUMBER(tripline_place(&reading, 30 << 20, 140 << 20), 130 << 20);
}

TEST(sampling_follows_the_time_to_the_limit)
{
	CHECK_NUMBER(ladder_sample_usec(0), 1000000);
	CHECK_NUMBER(ladder_sample_usec(2000000), 250000);
	CHECK_NUMBER(ladder_sample_usec(8000), 20000);
	CHECK_NUMBER(ladder_sample_usec(3600 * SEC), 1000000);
}

UNIT_MAIN(UNIT_TEST(each_rung_fires_once_on_the_way_up),
	  UNIT_TEST(a_jump_fires_the_top_and_tells_the_lower_ones),
	  UNIT_TEST(a_jump_over_one_that_fired_tells_the_other),
	  UNIT_TEST(below_the_first_rung_nothing_is_due_by_time),
	  UNIT_TEST(above_it_need_is_sampled),
	  UNIT_TEST(a_rung_rearms_five_points_below_after_two_seconds),
	  UNIT_TEST(four_points_below_do_not_rearm), UNIT_TEST(a_dip_restarts_the_hold_time),
	  UNIT_TEST(a_rung_does_not_fire_again_within_five_seconds),
	  UNIT_TEST(a_cooldown_is_over_when_need_fell_meanwhile),
	  UNIT_TEST(a_real_drop_rearms_at_once_and_needs_no_cooldown),
	  UNIT_TEST(a_higher_rung_does_not_wait_for_a_lower_ones_cooldown),
	  UNIT_TEST(a_full_cycle_fires_again_and_again), UNIT_TEST(a_changed_limit_moves_the_rungs),
	  UNIT_TEST(what_the_kernel_holds_back_counts_as_reached), UNIT_TEST(the_slack_is_bounded),
	  UNIT_TEST(no_sequence_of_readings_breaks_the_rules),
	  UNIT_TEST(what_frees_nothing_waits_twice_as_long_and_the_next_comes_sooner),
	  UNIT_TEST(limits_of_any_size_do_not_overflow),
	  UNIT_TEST(the_tripline_stands_where_usage_will_be),
	  UNIT_TEST(sampling_follows_the_time_to_the_limit))
