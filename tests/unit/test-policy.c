// SPDX-License-Identifier: Apache-2.0
/* The memory policy: what a file may say, who wins, what is permitted. */
#include <errno.h>

#include "runtime/base/arena.h"
#include "runtime/base/err.h"
#include "runtime/base/text.h"
#include "runtime/governor/ladder.h"
#include "runtime/policy/policy.h"
#include "tests/unit/unit.h"

static struct arena arena;

/* ---- what a file may say ---- */

static int parse(const char *json, struct policy_rules *rules, struct err *err)
{
	auto_text struct text text = { 0 };

	text_add(&text, json);
	return policy_parse(&arena, "f.json", &text, rules, err);
}

/* A file of one policy with these members, on line 2. */
static struct policy_rules rules_of(const char *members)
{
	auto_text struct text json = { 0 };
	struct policy_rules rules = { 0 };
	struct err err = { 0 };

	text_addf(&json, "{ \"version\": 1, \"policies\": [\n{ %s } ] }", members);
	if (parse(text_string(&json), &rules, &err) < 0)
		fprintf(stderr, "%s\n", err.text);
	CHECK_NUMBER(err.number, 0);
	return rules;
}

static const char *refusal(const char *json)
{
	static struct err err;
	struct policy_rules rules;

	err_clear(&err);
	CHECK(parse(json, &rules, &err) < 0);
	return err.text;
}

static const char *refusal_of(const char *members)
{
	auto_text struct text json = { 0 };

	text_addf(&json, "{ \"version\": 1, \"policies\": [\n{ %s } ] }", members);
	return refusal(text_string(&json));
}

TEST(an_error_names_file_line_column_and_path)
{
	CHECK_STRING(refusal("{ \"version\": 1,\n \"policies\": 7 }"),
		     "f.json: line 2 column 14: /policies: expected an array, found an integer");
	CHECK_STRING(refusal("{ \"version\": 2, \"policies\": [] }"),
		     "f.json: line 1 column 14: /version: 2 is out of range (1 to 1)");
	CHECK_STRING(refusal("{ \"policies\": [] }"),
		     "f.json: line 1 column 1: /version: required, but missing");
	CHECK_STRING(
		refusal("{ \"version\": 1, \"policies\": [ }"),
		"f.json: line 1 column 31: parse error: unallowed token at this point in JSON text");
	CHECK_STRING(refusal_of("\"defaults\": { \"ladder\": \"70:log,nofity\" }"),
		     "f.json: line 2 column 27: /policies/0/defaults/ladder: column 8: unknown "
		     "action 'nofity' (did you mean 'notify'?)");
	CHECK_STRING(refusal_of("\"defaults\": {\n\"ladder\": \"70:log\",\n  \"align\": \"sp\" }"),
		     "f.json: line 4 column 12: /policies/0/defaults/align: column 1: 'sp' is none "
		     "of auto, go, jvm, node, dotnet, malloc, as");
	CHECK_STRING(refusal_of("\"ceilings\": { \"actions\": [\"log\", \"dance\"] }"),
		     "f.json: line 2 column 36: /policies/0/ceilings/actions/1: unknown action "
		     "'dance'");
}

TEST(an_unknown_name_is_refused_where_it_stands)
{
	CHECK_STRING(refusal("{ \"version\": 1,\n\t\"polices\": [] }"),
		     "f.json: line 2 column 2: /polices: unknown name");
	CHECK_STRING(refusal_of("\"match\": { \"cgroups\": [\"/a\"] }"),
		     "f.json: line 2 column 14: /policies/0/match/cgroups: unknown name");
	CHECK_STRING(refusal_of("\"ceilings\": { \"exec\": true }"),
		     "f.json: line 2 column 17: /policies/0/ceilings/exec: unknown name");
	/* A quote inside the name is no place to begin. */
	CHECK_STRING(refusal_of("\"a\\\"b\\\\\": 1"),
		     "f.json: line 2 column 3: /policies/0/a\"b\\: unknown name");
}

TEST(nothing_is_said_twice_or_by_half)
{
	CHECK(strstr(refusal_of("\"name\": \"a\", \"name\": \"b\""), "the name is used twice") !=
	      NULL);
	CHECK_STRING(refusal_of("\"defaults\": { \"ladder\": \"\" }"),
		     "f.json: line 2 column 27: /policies/0/defaults/ladder: empty");
	CHECK_STRING(refusal_of("\"match\": null"),
		     "f.json: line 2 column 12: /policies/0/match: expected an object, found null");
	CHECK_STRING(refusal_of("\"match\": { \"comm\": [] }"),
		     "f.json: line 2 column 22: /policies/0/match/comm: empty");
	CHECK(strstr(refusal_of("\"ceilings\": { \"stop\": \"soon\" }"), "is not a duration") !=
	      NULL);
	CHECK(strstr(refusal_of("\"ceilings\": { \"grow\": \"lots\" }"),
		     "neither bytes nor a percentage") != NULL);
	CHECK(strstr(refusal_of("\"annotations\": [\"ladders\"]"), "none of ladder, align, oom") !=
	      NULL);
	CHECK(strstr(refusal_of("\"defaults\": { \"oom\": \"all\" }"), "none of group") != NULL);
}

TEST(programs_of_the_host_need_somebody_to_be)
{
	CHECK(strstr(refusal_of("\"hostExec\": { \"uid\": 0, \"gid\": 1 }"),
		     "out of range (1 to") != NULL);
	CHECK(strstr(refusal_of("\"hostExec\": { \"uid\": 1, \"gid\": 1, \"timeout\": \"1h\" }"),
		     "at most 60s") != NULL);
	CHECK_STRING(refusal_of("\"defaults\": { \"ladder\": \"80:host-exec=/bin/x\" }"),
		     "f.json: line 2 column 27: /policies/0/defaults/ladder: host-exec needs a "
		     "hostExec beside it: whose privileges?");
}

TEST(comments_are_members)
{
	CHECK_NUMBER(rules_of("\"comment\": \"x\", \"defaults\": { \"comment\": [1, \"y\"] },"
			      "\"match\": { \"comment\": \"z\" }, \"ceilings\": { \"comment\": 1 }")
			     .count,
		     1);
}

/* ---- whom it is for ---- */

static struct spec_pair pairs[] = {
	{ "io.kubernetes.cri.image-name", "docker.io/library/nginx:1.27" },
	{ "team", "web-shop" },
};
static const struct spec_pairs annotations = { pairs, 2 };

/* Why the rule matched; "no" if it did not. */
static const char *match(const char *members)
{
	static struct text why;
	const struct policy_subject subject = { .annotations = &annotations,
						.cgroup = "/kubepods.slice/pod1/c1",
						.program = "/usr/sbin/nginx" };
	struct policy_rules rules = rules_of(members);

	text_free(&why);
	return policy_matches(rules.items[0].match, &subject, &why) ? text_string(&why) : "no";
}

TEST(a_policy_is_for_whom_all_of_its_match_fits)
{
	CHECK_STRING(match("\"name\": \"x\""), "every container");
	CHECK_STRING(match("\"match\": { \"cgroup\": [\"/kubepods.slice/*\"] }"),
		     "cgroup /kubepods.slice/pod1/c1");
	CHECK_STRING(match("\"match\": { \"cgroup\": [\"/user.slice/*\", \"*/c1\"] }"),
		     "cgroup /kubepods.slice/pod1/c1");
	CHECK_STRING(match("\"match\": { \"cgroup\": [\"/kubepods\"] }"), "no");
	CHECK_STRING(match("\"match\": { \"image\": [\"*/nginx:*\"] }"),
		     "image docker.io/library/nginx:1.27");
	CHECK_STRING(match("\"match\": { \"image\": [\"nginx\"] }"), "no");
	CHECK_STRING(match("\"match\": { \"comm\": [\"java\", \"ng[hi]nx\"] }"), "comm nginx");
	CHECK_STRING(match("\"match\": { \"comm\": [\"/usr/sbin/nginx\"] }"), "no");
	CHECK_STRING(match("\"match\": { \"annotation\": { \"team\": \"web-*\" } }"),
		     "annotation team");
	CHECK_STRING(match("\"match\": { \"annotation\": { \"none\": \"*\" } }"), "no");
	CHECK_STRING(match("\"match\": { \"comm\": [\"nginx\"], \"cgroup\": [\"/k*\"] }"),
		     "cgroup /kubepods.slice/pod1/c1, comm nginx");
	CHECK_STRING(match("\"match\": { \"comm\": [\"nginx\"], \"cgroup\": [\"/x\"] }"), "no");
}

/* ---- who wins ---- */

struct sides {
	const char *host, *given, *annotation, *flag;
};

static struct policy_rules several(const char *policies)
{
	auto_text struct text json = { 0 };
	struct policy_rules rules = { 0 };
	struct err err = { 0 };

	text_addf(&json, "{ \"version\": 1, \"policies\": [ %s ] }",
		  policies != NULL ? policies : "");
	if (parse(text_string(&json), &rules, &err) < 0)
		fprintf(stderr, "%s\n", err.text);
	CHECK_NUMBER(err.number, 0);
	return rules;
}

static int resolve(const struct sides *sides, struct policy *policy, struct err *err)
{
	struct policy_rules host = several(sides->host);
	struct policy_rules given = several(sides->given);
	struct spec_pair pair = { POLICY_ANNOTATION "ladder", sides->annotation };
	const struct spec_pairs some = { &pair, sides->annotation != NULL };
	const struct policy_request request = {
		.arena = &arena,
		.host = &host,
		.given = &given,
		.subject = { .annotations = &some, .cgroup = "/x", .program = "/bin/true" },
		.flags = { [POLICY_LADDER] = sides->flag },
	};
	size_t i;

	for (i = 0; i < host.count; i++)
		host.items[i].file = "host";
	return policy_resolve(&request, policy, err);
}

static const char *ladder_of(const struct sides sides)
{
	static struct text told;
	struct policy policy;
	struct err err = { 0 };

	text_free(&told);
	if (resolve(&sides, &policy, &err) < 0)
		return text_addf(&told, "%s", err.text), text_string(&told);
	text_addf(&told, "%s by %s",
		  policy.values[POLICY_LADDER].text != NULL ? policy.values[POLICY_LADDER].text
							    : "nothing",
		  policy.values[POLICY_LADDER].source);
	return text_string(&told);
}

#define LADDER(text)	 "{ \"defaults\": { \"ladder\": \"" text "\" } }"
#define ALLOWS(settings) "{ \"annotations\": [" settings "] }"

TEST(the_last_that_speaks_of_it_counts)
{
	CHECK_STRING(ladder_of((struct sides){ 0 }), "nothing by default");
	CHECK_STRING(ladder_of((struct sides){ .host = LADDER("10:log") }), "10:log by host:1");
	CHECK_STRING(ladder_of((struct sides){ .host = LADDER("10:log") ", " LADDER("20:log") }),
		     "20:log by host:1");
	CHECK_STRING(ladder_of((struct sides){ .host = LADDER("10:log"), .annotation = "30:log" }),
		     "30:log by /annotations/io.weir.memory.ladder");
	CHECK_STRING(ladder_of((struct sides){ .host = LADDER("10:log"),
					       .annotation = "30:log",
					       .given = LADDER("40:log") }),
		     "40:log by f.json:1");
	CHECK_STRING(ladder_of((struct sides){
			     .annotation = "30:log", .given = LADDER("40:log"), .flag = "50:log" }),
		     "50:log by --ladder");
	CHECK_STRING(ladder_of((struct sides){ .host = LADDER("10:log"), .annotation = "off" }),
		     "nothing by /annotations/io.weir.memory.ladder");
}

TEST(one_that_is_not_for_it_does_not_speak)
{
	CHECK_STRING(
		ladder_of((struct sides){
			.host = LADDER("10:log") ", { \"match\": { \"comm\": [\"java\"] }, "
						 "\"defaults\": { \"ladder\": \"20:log\" } }" }),
		"10:log by host:1");
}

TEST(annotations_are_used_as_far_as_the_host_allows)
{
	CHECK_STRING(
		ladder_of((struct sides){ .host = ALLOWS("\"align\""), .annotation = "9:log" }),
		"/annotations/io.weir.memory.ladder: not allowed by host:1");
	CHECK_STRING(ladder_of((struct sides){ .host = ALLOWS("") ", " ALLOWS("\"ladder\""),
					       .annotation = "9:log" }),
		     "9:log by /annotations/io.weir.memory.ladder");
	/* The file given can take away, and not give. */
	CHECK_STRING(ladder_of((struct sides){ .given = ALLOWS(""), .annotation = "9:log" }),
		     "/annotations/io.weir.memory.ladder: not allowed by f.json:1");
	CHECK_STRING(ladder_of((struct sides){ .host = ALLOWS(""),
					       .given = ALLOWS("\"ladder\""),
					       .annotation = "9:log" }),
		     "/annotations/io.weir.memory.ladder: not allowed by host:1");
}

TEST(an_annotation_that_is_not_known_is_refused)
{
	struct spec_pair pair = { POLICY_ANNOTATION "lader", "70:log" };
	const struct spec_pairs some = { &pair, 1 };
	const struct policy_request request = { .arena = &arena,
						.subject = { .annotations = &some, .cgroup = "" } };
	struct policy policy;
	struct err err = { 0 };

	CHECK_NUMBER(policy_resolve(&request, &policy, &err), -EINVAL);
	CHECK_STRING(err.text, "/annotations/io.weir.memory.lader: unknown (io.weir.memory.ladder, "
			       "align or oom)");
}

/* ---- what is permitted ---- */

/* "" if it is. */
static const char *check(const struct sides sides, uint64_t limit_bytes)
{
	static struct err err;
	struct policy policy;
	struct ladder ladder = { 0 };

	err_clear(&err);
	CHECK_NUMBER(resolve(&sides, &policy, &err), 0);
	CHECK_NUMBER(ladder_parse(policy.values[POLICY_LADDER].text, &ladder, &err), 0);
	(void) policy_check(&policy, limit_bytes, &ladder, &err);
	ladder_free(&ladder);
	return err.text;
}

#define CEILINGS(members) "{ \"ceilings\": { " members " } }"
#define MIB		  (1ULL << 20)

TEST(a_ceiling_is_not_passed)
{
	const char *host = CEILINGS("\"stop\": \"30s\", \"brake\": \"1s\", \"grow\": \"64M\", "
				    "\"actions\": [\"log\", \"stop\", \"brake\", \"grow\"]");

	CHECK_STRING(check((struct sides){ .host = host, .flag = "95:log,stop=30s" }, 0), "");
	CHECK_STRING(check((struct sides){ .host = host, .flag = "95:log,stop=31s" }, 0),
		     "rung 95: stop of 31 s is more than the 30 s permitted (host:1)");
	CHECK_STRING(check((struct sides){ .host = host, .annotation = "95:brake=2s" }, 0),
		     "rung 95: brake of 2 s is more than the 1 s permitted (host:1)");
	CHECK_STRING(check((struct sides){ .host = host, .annotation = "80:notify" }, 0),
		     "rung 80: notify is not permitted (host:1)");
	CHECK_STRING(check((struct sides){ .host = host, .flag = "80:grow=+64M" }, 0), "");
	CHECK_STRING(check((struct sides){ .host = host, .flag = "80:grow=+65M" }, 0),
		     "rung 80: grow by more than is permitted (host:1)");
	CHECK_STRING(check((struct sides){ .host = host, .flag = "80:grow=+25%" }, 256 * MIB), "");
	CHECK_STRING(check((struct sides){ .host = host, .flag = "80:grow=+50%" }, 256 * MIB),
		     "rung 80: grow by more than is permitted (host:1)");
	/* Not known: the governor keeps to it (grow.c). */
	CHECK_STRING(check((struct sides){ .host = host, .flag = "80:grow=+50%" }, UINT64_MAX), "");
}

TEST(a_later_policy_of_the_host_has_another_ceiling_and_the_file_given_only_a_lower_one)
{
	const char *raised = CEILINGS("\"stop\": \"10s\"") ", " CEILINGS("\"stop\": \"60s\"");

	CHECK_STRING(check((struct sides){ .host = raised, .flag = "95:stop=60s" }, 0), "");
	CHECK_STRING(check((struct sides){ .host = raised,
					   .given = CEILINGS("\"stop\": \"20s\""),
					   .flag = "95:stop=60s" },
			   0),
		     "rung 95: stop of 60 s is more than the 20 s permitted (f.json:1)");
	CHECK_STRING(check((struct sides){ .host = CEILINGS("\"stop\": \"10s\""),
					   .given = CEILINGS("\"stop\": \"20s\""),
					   .flag = "95:stop=15s" },
			   0),
		     "rung 95: stop of 15 s is more than the 10 s permitted (host:1)");
	CHECK_STRING(check((struct sides){ .host = CEILINGS("\"actions\": [\"log\", \"notify\"]"),
					   .given = CEILINGS("\"actions\": [\"log\", \"stop\"]"),
					   .flag = "80:log; 95:stop" },
			   0),
		     "rung 95: stop is not permitted (f.json:1)");
}

TEST(the_governor_is_given_the_ceilings_that_only_it_can_keep)
{
	const struct sides sides = { .host = CEILINGS("\"grow\": \"10%\", \"brake\": \"1s\""),
				     .flag = "80:grow=+5%" };
	struct policy policy;
	struct ladder ladder = { 0 };

	CHECK_NUMBER(resolve(&sides, &policy, NULL), 0);
	CHECK_NUMBER(ladder_parse("80:grow=+5%", &ladder, NULL), 0);
	CHECK(ladder.ceiling.brake_usec == UINT64_MAX && ladder.ceiling.grow_percent == 0);
	CHECK_NUMBER(policy_check(&policy, UINT64_MAX, &ladder, NULL), 0);
	CHECK_NUMBER(ladder.ceiling.grow_percent, 10);
	CHECK_NUMBER(ladder.ceiling.brake_usec, 1000000);
	ladder_free(&ladder);
}

#define HOST_LADDER                                                                                \
	"{ \"hostExec\": { \"uid\": 65534, \"gid\": 65534, \"timeout\": \"3s\" }, "                \
	"\"defaults\": { \"ladder\": \"80:host-exec=/bin/x\" } }"

TEST(a_program_of_the_host_runs_by_the_hosts_word_alone)
{
	struct policy policy;
	struct err err = { 0 };

	CHECK_STRING(check((struct sides){ .host = HOST_LADDER }, 0), "");
	CHECK_STRING(
		check((struct sides){ .host = HOST_LADDER, .annotation = "80:host-exec=/bin/x" },
		      0),
		"rung 80: host-exec is for the host's own policy files alone");
	CHECK_STRING(check((struct sides){ .host = HOST_LADDER, .flag = "80:host-exec=/bin/x" }, 0),
		     "rung 80: host-exec is for the host's own policy files alone");
	CHECK_NUMBER(resolve(&(struct sides){ .given = HOST_LADDER }, &policy, &err), -EPERM);
	CHECK(strstr(err.text, "by the host's own policies alone") != NULL);
}

UNIT_MAIN(
	UNIT_TEST(an_error_names_file_line_column_and_path),
	UNIT_TEST(an_unknown_name_is_refused_where_it_stands),
	UNIT_TEST(nothing_is_said_twice_or_by_half),
	UNIT_TEST(programs_of_the_host_need_somebody_to_be), UNIT_TEST(comments_are_members),
	UNIT_TEST(a_policy_is_for_whom_all_of_its_match_fits),
	UNIT_TEST(the_last_that_speaks_of_it_counts),
	UNIT_TEST(one_that_is_not_for_it_does_not_speak),
	UNIT_TEST(annotations_are_used_as_far_as_the_host_allows),
	UNIT_TEST(an_annotation_that_is_not_known_is_refused), UNIT_TEST(a_ceiling_is_not_passed),
	UNIT_TEST(
		a_later_policy_of_the_host_has_another_ceiling_and_the_file_given_only_a_lower_one),
	UNIT_TEST(the_governor_is_given_the_ceilings_that_only_it_can_keep),
	UNIT_TEST(a_program_of_the_host_runs_by_the_hosts_word_alone))
