// SPDX-License-Identifier: Apache-2.0
#include <signal.h>

#include "runtime/base/err.h"
#include "runtime/governor/ladder.h"
#include "tests/unit/unit.h"

/* What the parser says of a text it refuses. */
static const char *refusal(const char *text)
{
	static struct err err;
	struct ladder ladder = { 0 };

	err_clear(&err);
	if (ladder_parse(text, &ladder, &err) == 0) {
		ladder_free(&ladder);
		return "accepted";
	}
	CHECK(ladder.text == NULL && ladder.rung_count == 0);
	return err.text;
}

TEST(a_ladder_is_rungs_and_their_actions)
{
	struct ladder ladder = { 0 };
	struct err err = { 0 };

	CHECK(ladder_parse("70:log, notify; 85% : signal:USR1,exec:/bin/shed --now 5;"
			   " 95:signal=SIGHUP,stop=1500ms;",
			   &ladder, &err) == 0);
	CHECK_NUMBER(ladder.rung_count, 3);
	CHECK_NUMBER(ladder.rungs[0].percent, 70);
	CHECK_NUMBER(ladder.rungs[0].action_count, 2);
	CHECK_NUMBER(ladder.rungs[0].actions[1].kind, ACTION_NOTIFY);
	CHECK_NUMBER(ladder.rungs[1].actions[0].signal, SIGUSR1);
	CHECK_STRING(ladder.rungs[1].actions[1].words[0], "/bin/shed");
	CHECK_STRING(ladder.rungs[1].actions[1].words[2], "5");
	CHECK(ladder.rungs[1].actions[1].words[3] == NULL);
	CHECK_NUMBER(ladder.rungs[2].actions[0].signal, SIGHUP);
	CHECK_NUMBER(ladder.rungs[2].actions[1].time_usec, 1500000);
	ladder_free(&ladder);
}

TEST(graceful_is_a_ladder)
{
	struct ladder ladder = { 0 };
	struct err err = { 0 };

	CHECK(ladder_parse("graceful", &ladder, &err) == 0);
	CHECK_NUMBER(ladder.rung_count, 3);
	CHECK_NUMBER(ladder.rungs[2].percent, 95);
	CHECK_NUMBER(ladder.rungs[2].actions[3].kind, ACTION_STOP);
	CHECK_NUMBER(ladder.rungs[2].actions[3].time_usec, 20000000);
	ladder_free(&ladder);
}

TEST(an_error_names_its_column)
{
	CHECK_STRING(refusal(""), "column 1: a rung is missing");
	CHECK_STRING(refusal("70:log;;85:log"), "column 8: a rung is missing");
	CHECK_STRING(refusal("70"), "column 1: '70' is not TRIGGER:ACTION,ACTION");
	CHECK_STRING(refusal("gracefull"), "column 1: 'gracefull' is not TRIGGER:ACTION,ACTION");
	CHECK_STRING(refusal("101:log"), "column 1: '101' is not a percentage from 1 to 100");
	CHECK_STRING(refusal("0:log"), "column 1: '0' is not a percentage from 1 to 100");
	CHECK_STRING(refusal("85:log; 70:log"),
		     "column 9: rung 70 must be above the one before it (85)");
	CHECK_STRING(refusal("70:log; 70:log"),
		     "column 9: rung 70 must be above the one before it (70)");
	CHECK_STRING(refusal("70:log,shoud"),
		     "column 8: unknown action 'shoud' (did you mean 'shed'?)");
	CHECK_STRING(refusal("70:log,dance"), "column 8: unknown action 'dance'");
	CHECK_STRING(refusal("70:log, notfy"),
		     "column 9: unknown action 'notfy' (did you mean 'notify'?)");
	CHECK_STRING(refusal("70:log,"), "column 8: an action is missing");
	CHECK_STRING(refusal("70:log=now"), "column 8: takes no argument: 'now'");
	CHECK_STRING(refusal("70:signal"), "column 4: signal: which one? (signal:USR1)");
	CHECK_STRING(refusal("70:signal:USR9"), "column 11: unknown signal 'USR9'");
	CHECK_STRING(refusal("70:signal:99"), "column 11: unknown signal '99'");
	CHECK_STRING(refusal("70:exec:"), "column 4: exec: which program? (exec:/bin/shed now)");
	CHECK_STRING(refusal("70:exec:shed"),
		     "column 9: exec: 'shed' is not an absolute path in the container");
	CHECK_STRING(refusal("95:stop=fast"), "column 9: 'fast' is not a duration (stop=20s)");
	CHECK_STRING(refusal("95:stop,log"), "column 9: nothing can follow stop in its rung");
}

TEST(triggers_have_their_own_lines)
{
	struct ladder ladder = { 0 };
	struct err err = { 0 };

	CHECK(ladder_parse(
		      "need>70% : log; use>90% & psi.some>20%/5s:log; 300M:log;"
		      "free<64M:log; ttl<10s & 80:log; swap>50%:log; psi.full>5% :log; max>10/1s:log",
		      &ladder, &err) == 0);
	CHECK_NUMBER(ladder.rungs[0].percent, 70);
	CHECK_STRING(ladder.rungs[0].name, "need>70%");
	CHECK_NUMBER(ladder.rungs[1].percent, 0);
	CHECK_STRING(ladder.rungs[1].name, "use>90% & psi.some>20%/5s");
	CHECK_NUMBER(ladder.rungs[1].trigger_count, 2);
	CHECK_NUMBER(ladder.rungs[1].triggers[1].metric, METRIC_PSI_SOME);
	CHECK_NUMBER(ladder.rungs[1].triggers[1].window_usec, 5000000);
	CHECK(!ladder.rungs[2].triggers[0].percent);
	CHECK_NUMBER(ladder.rungs[2].triggers[0].value, 300 << 20);
	CHECK_NUMBER(ladder.rungs[3].triggers[0].metric, METRIC_FREE);
	CHECK_NUMBER(ladder.rungs[4].triggers[0].value, 10000000);
	CHECK_NUMBER(ladder.rungs[4].triggers[1].value, 80);
	CHECK_NUMBER(ladder.rungs[7].triggers[0].value, 10);
	CHECK_NUMBER(ladder.rungs[7].triggers[0].slot, 2);
	CHECK_NUMBER(ladder.window_count, 3);
	ladder_free(&ladder);
}

TEST(actions_have_their_own_arguments)
{
	struct ladder ladder = { 0 };
	struct err err = { 0 };

	CHECK(ladder_parse("70:signal:USR1@all,signal:USR2@comm=node,reclaim=5%,grow:+64M,event;"
			   "80:reclaim:16M,shed,unready,freeze-snapshot,kill-largest;"
			   "95:brake=500ms,kill-group",
			   &ladder, &err) == 0);
	CHECK_NUMBER(ladder.rungs[0].actions[0].target, TARGET_ALL);
	CHECK_NUMBER(ladder.rungs[0].actions[0].signal, SIGUSR1);
	CHECK_STRING(ladder.rungs[0].actions[1].comm, "node");
	CHECK_NUMBER(ladder.rungs[0].actions[2].percent, 5);
	CHECK_NUMBER(ladder.rungs[0].actions[3].bytes, 64 << 20);
	CHECK_NUMBER(ladder.rungs[1].actions[0].bytes, 16 << 20);
	CHECK_NUMBER(ladder.rungs[2].actions[0].time_usec, 500000);
	CHECK_NUMBER(ladder.rungs[2].actions[1].kind, ACTION_KILL_GROUP);
	ladder_free(&ladder);
}

TEST(an_error_of_a_trigger_names_its_column)
{
	CHECK_STRING(refusal("ttl:log"), "column 4: ttl needs '<' and a value (ttl<10s)");
	CHECK_STRING(refusal("ttl>10s:log"), "column 4: ttl needs '<' and a value (ttl<10s)");
	CHECK_STRING(refusal("70 & fly>3:log"), "column 6: unknown trigger 'fly>3'");
	CHECK_STRING(refusal("70 &:log"), "column 5: a trigger is missing");
	CHECK_STRING(refusal("psi.some>20%/0s:log"),
		     "column 10: '20%' is no value of psi.some (psi.some>20%/5s)");
	CHECK_STRING(refusal("psi.some>120%/5s:log"),
		     "column 10: '120%' is no value of psi.some (psi.some>20%/5s)");
	CHECK_STRING(refusal("swap>64M:log"), "column 6: '64M' is no value of swap (swap>50%)");
	CHECK_STRING(refusal("use>0%:log"), "column 5: '0%' is no value of use (use>85%)");
	CHECK_STRING(refusal("3Q:log"),
		     "column 1: '3Q' is neither a percentage nor bytes (85, 300M)");
	CHECK_STRING(refusal("70:log; use>1M & 80:log; 70:log"),
		     "column 26: rung 70 must be above the one before it (70)");
	CHECK_STRING(refusal("90:brake; 95:stop"), "column 11: only the top rung may brake");
	CHECK_STRING(refusal("90:brake=2h"), "column 10: '2h' is not a duration (brake=2s)");
	CHECK_STRING(refusal("70:signal:USR1@some"),
		     "column 15: '@some' is none of @init, @all, @comm=NAME");
	CHECK_STRING(refusal("70:reclaim"), "column 4: how much? (reclaim=5%)");
	CHECK_STRING(refusal("70:reclaim=lots"),
		     "column 12: 'lots' is neither bytes nor a percentage (reclaim=5%)");
	CHECK_STRING(refusal("70:log,log"), "column 8: log twice in one rung");
}

TEST(what_comes_later_is_refused_by_name)
{
	CHECK_STRING(refusal("70:log,heap-dump"),
		     "column 8: heap-dump: into which directory? (heap-dump=/var/dumps)");
	CHECK_STRING(refusal("70:heap-dump=dumps"),
		     "column 14: heap-dump: 'dumps' is not an absolute path in the container");
}

TEST(too_much_is_refused)
{
	CHECK_STRING(refusal("1:log;2:log;3:log;4:log;5:log;6:log;7:log;8:log;9:log;10:log;"
			     "11:log;12:log;13:log;14:log;15:log;16:log;17:log"),
		     "column 104: more than 16 rungs");
	CHECK_STRING(refusal("1:log,event,notify,unready,kill-group,reclaim=1%,grow=1M,brake,stop"),
		     "column 64: more than 8 actions");
	CHECK_STRING(refusal("1:exec:/a 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16"),
		     "column 45: exec: more than 15 words");
}

UNIT_MAIN(UNIT_TEST(a_ladder_is_rungs_and_their_actions), UNIT_TEST(graceful_is_a_ladder),
	  UNIT_TEST(an_error_names_its_column), UNIT_TEST(triggers_have_their_own_lines),
	  UNIT_TEST(actions_have_their_own_arguments),
	  UNIT_TEST(an_error_of_a_trigger_names_its_column),
	  UNIT_TEST(what_comes_later_is_refused_by_name), UNIT_TEST(too_much_is_refused))
