// SPDX-License-Identifier: Apache-2.0
/* Each row of governor.md §3.3 with the numbers measured there. */
#include <signal.h>

#include "runtime/governor/verdict.h"
#include "tests/unit/unit.h"

static struct evidence ended_by(enum ending_kind kind, int value)
{
	return (struct evidence){ .ending = { .kind = kind, .value = value },
				  .delta = { .level_count = 2 },
				  .stop_signal = SIGTERM };
}

static struct judgement judge(const struct evidence *evidence)
{
	struct judgement judgement;

	verdict_judge(evidence, &judgement);
	return judgement;
}

static const char *verdict_of(const struct evidence *evidence)
{
	return verdict_name(judge(evidence).verdict);
}

TEST(its_own_limit)
{
	struct evidence evidence = ended_by(ENDING_SIGNALED, SIGKILL);

	evidence.delta.own = (struct memory_events){ .max = 36, .oom = 1, .oom_kill = 1 };
	evidence.delta.local = evidence.delta.own;
	CHECK_STRING(verdict_of(&evidence), "own-limit");
	CHECK_NUMBER(judge(&evidence).holder, HOLDER_OWN);
}

TEST(an_innocent_victim_of_the_pod)
{
	struct evidence evidence = ended_by(ENDING_SIGNALED, SIGKILL);

	evidence.delta.own = (struct memory_events){ .oom_kill = 1 };
	evidence.delta.local = evidence.delta.own;
	evidence.delta.levels[1].local = (struct memory_events){ .max = 44, .oom = 2 };
	CHECK_STRING(verdict_of(&evidence), "ancestor-limit");
	CHECK_NUMBER(judge(&evidence).holder, HOLDER_ANCESTOR);
	CHECK_NUMBER(judge(&evidence).level, 1);
}

TEST(the_allocator_beside_the_innocent_victim_has_no_oom)
{
	struct evidence evidence = ended_by(ENDING_EXITED, 0);

	evidence.delta.levels[0].local = (struct memory_events){ .max = 44, .oom = 2 };
	CHECK_STRING(verdict_of(&evidence), "ok");
	CHECK_NUMBER(judge(&evidence).holder, HOLDER_NONE);
}

TEST(the_host_ran_out)
{
	struct evidence evidence = ended_by(ENDING_SIGNALED, SIGKILL);

	evidence.delta.own = (struct memory_events){ .oom_kill = 1 };
	evidence.delta.local = evidence.delta.own;
	CHECK_STRING(verdict_of(&evidence), "global");
}

TEST(sigkill_with_all_counters_zero_is_no_oom)
{
	struct evidence evidence = ended_by(ENDING_SIGNALED, SIGKILL);

	CHECK_STRING(verdict_of(&evidence), "not-oom");
}

TEST(a_child_was_killed_and_init_lived)
{
	struct evidence evidence = ended_by(ENDING_EXITED, 0);

	evidence.delta.own = (struct memory_events){ .oom = 1, .oom_kill = 1 };
	CHECK_STRING(verdict_of(&evidence), "child-oom");
	evidence.ending.value = 137; /* what a shell says of its child */
	CHECK_STRING(verdict_of(&evidence), "child-oom");
	evidence.ending.value = 143;
	CHECK_STRING(verdict_of(&evidence), "child-oom");
}

TEST(a_child_killed_hours_ago_does_not_make_a_later_kill_an_oom)
{
	struct evidence evidence = ended_by(ENDING_SIGNALED, SIGKILL);

	evidence.delta.own = (struct memory_events){ .oom = 1, .oom_kill = 1 };
	evidence.killed_at_end = NO;
	CHECK_STRING(verdict_of(&evidence), "child-oom");
	evidence.killed_at_end = YES;
	CHECK_STRING(verdict_of(&evidence), "own-limit");
	evidence.init_killed = NO;
	CHECK_STRING(verdict_of(&evidence), "child-oom");
	evidence.init_killed = YES;
	CHECK_STRING(verdict_of(&evidence), "own-limit");
}

TEST(a_group_kill_counts_its_first_victim_twice)
{
	struct evidence evidence = ended_by(ENDING_SIGNALED, SIGKILL);

	evidence.delta.own = (struct memory_events){ .oom = 1, .oom_kill = 3, .oom_group_kill = 1 };
	evidence.init_killed = NO; /* the log names the first victim only */
	CHECK_STRING(verdict_of(&evidence), "own-limit");
	CHECK(judge(&evidence).group);
}

TEST(unkillable_at_the_limit)
{
	struct evidence evidence = ended_by(ENDING_UNKNOWN, 0);

	evidence.delta.own = (struct memory_events){ .max = 10173, .oom = 565 };
	CHECK_STRING(verdict_of(&evidence), "unkillable");
	evidence.ending = (struct ending){ ENDING_SIGNALED, SIGKILL, true };
	CHECK_STRING(verdict_of(&evidence), "unkillable");
	CHECK_NUMBER(judge(&evidence).holder, HOLDER_OWN);
	evidence.delta.own.oom = 1; /* a victim that was exiting anyway */
	CHECK_STRING(verdict_of(&evidence), "timed-out");
}

TEST(the_runtimes_own_limit_is_not_the_kernels)
{
	struct evidence aborted = ended_by(ENDING_SIGNALED, SIGABRT);
	struct evidence failed = ended_by(ENDING_EXITED, 134);

	CHECK_STRING(verdict_of(&aborted), "crashed");
	CHECK_STRING(verdict_of(&failed), "failed");
}

TEST(a_stop_is_graceful_when_the_program_ends_itself)
{
	struct evidence evidence = ended_by(ENDING_EXITED, 0);

	evidence.stop_sent = true;
	evidence.delta.own = (struct memory_events){ .high = 3, .max = 2 };
	CHECK_STRING(verdict_of(&evidence), "graceful-stop");
	evidence.ending = (struct ending){ ENDING_SIGNALED, SIGTERM, false };
	CHECK_STRING(verdict_of(&evidence), "graceful-stop");
	evidence.ending = (struct ending){ ENDING_SIGNALED, SIGKILL, false };
	CHECK_STRING(verdict_of(&evidence), "not-oom");
	evidence.stop_forced = true;
	CHECK_STRING(verdict_of(&evidence), "forced-stop");
}

TEST(an_oom_during_a_stop_is_an_oom)
{
	struct evidence evidence = ended_by(ENDING_SIGNALED, SIGKILL);

	evidence.stop_sent = true;
	evidence.delta.own = (struct memory_events){ .oom = 1, .oom_kill = 1 };
	CHECK_STRING(verdict_of(&evidence), "own-limit");
}

TEST(a_time_out_is_no_oom)
{
	struct evidence evidence = ended_by(ENDING_SIGNALED, SIGKILL);

	evidence.ending.timed_out = true;
	CHECK_STRING(verdict_of(&evidence), "timed-out");
	evidence.delta.own = (struct memory_events){ .oom = 1, .oom_kill = 1 };
	CHECK_STRING(verdict_of(&evidence), "timed-out");
	evidence.init_killed = YES;
	CHECK_STRING(verdict_of(&evidence), "own-limit");
}

TEST(the_kernel_log_decides_between_two_limits)
{
	struct evidence evidence = ended_by(ENDING_SIGNALED, SIGKILL);

	evidence.delta.own = (struct memory_events){ .oom = 1, .oom_kill = 2 };
	evidence.delta.levels[0].local = (struct memory_events){ .oom = 1 };
	CHECK_STRING(verdict_of(&evidence), "own-limit");
	evidence.logged_holder = HOLDER_ANCESTOR;
	CHECK_STRING(verdict_of(&evidence), "ancestor-limit");
	CHECK_NUMBER(judge(&evidence).level, 0);
}

TEST(an_end_nobody_saw)
{
	struct evidence evidence = ended_by(ENDING_UNKNOWN, 0);

	CHECK_STRING(verdict_of(&evidence), "ended");
	evidence.delta.own = (struct memory_events){ .oom = 1, .oom_kill = 1 };
	CHECK_STRING(verdict_of(&evidence), "child-oom");
	evidence.killed_at_end = YES;
	CHECK_STRING(verdict_of(&evidence), "own-limit");
	evidence.killed_at_end = NO;
	evidence.init_killed = YES;
	CHECK_STRING(verdict_of(&evidence), "own-limit");
}

TEST(one_that_lives_has_no_end)
{
	struct evidence evidence = ended_by(ENDING_NONE, 0);

	CHECK_STRING(verdict_of(&evidence), "running");
	evidence.stop_sent = true;
	CHECK_STRING(verdict_of(&evidence), "running");
	evidence.delta.own = (struct memory_events){ .oom = 1, .oom_kill = 1 };
	evidence.killed_at_end = YES;
	CHECK_STRING(verdict_of(&evidence), "child-oom");
	evidence.delta.own = (struct memory_events){ .max = 900, .oom = 565 };
	CHECK_STRING(verdict_of(&evidence), "unkillable");
}

TEST(nothing_happened)
{
	struct evidence evidence = ended_by(ENDING_EXITED, 0);

	evidence.delta.own = (struct memory_events){ .max = 12, .high = 40 };
	CHECK_STRING(verdict_of(&evidence), "ok");
}

UNIT_MAIN(UNIT_TEST(its_own_limit), UNIT_TEST(an_innocent_victim_of_the_pod),
	  UNIT_TEST(the_allocator_beside_the_innocent_victim_has_no_oom),
	  UNIT_TEST(the_host_ran_out), UNIT_TEST(sigkill_with_all_counters_zero_is_no_oom),
	  UNIT_TEST(a_child_was_killed_and_init_lived),
	  UNIT_TEST(a_child_killed_hours_ago_does_not_make_a_later_kill_an_oom),
	  UNIT_TEST(a_group_kill_counts_its_first_victim_twice), UNIT_TEST(unkillable_at_the_limit),
	  UNIT_TEST(the_runtimes_own_limit_is_not_the_kernels),
	  UNIT_TEST(a_stop_is_graceful_when_the_program_ends_itself),
	  UNIT_TEST(an_oom_during_a_stop_is_an_oom), UNIT_TEST(a_time_out_is_no_oom),
	  UNIT_TEST(the_kernel_log_decides_between_two_limits), UNIT_TEST(an_end_nobody_saw),
	  UNIT_TEST(one_that_lives_has_no_end), UNIT_TEST(nothing_happened))
