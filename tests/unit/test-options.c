// SPDX-License-Identifier: Apache-2.0
#include "runtime/options.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>

#include "runtime/base/err.h"
#include "runtime/base/text.h"
#include "runtime/signals.h"
#include "tests/unit/unit.h"

static const struct option_row rows[] = {
	{ 'b', "bundle", OPTION_TEXT, offsetof(struct options, bundle), "DIR", "the bundle" },
	{ 'e', "env", OPTION_LIST, offsetof(struct options, env), "NAME=VALUE", "a variable" },
	{ 'f', "force", OPTION_FLAG, offsetof(struct options, force), NULL, "by force" },
	{ 0 },
};

/* Reads a command line of at most 9 words. */
static int take(const char *const *line, bool stop_at_word, struct options *options,
		struct err *err)
{
	static char *argv[10];
	struct option_words words = { .command = "test", .argv = argv };
	size_t i;

	*options = (struct options){ 0 };
	for (i = 0; line[i] != NULL; i++)
		argv[i] = (char *) (uintptr_t) line[i];
	argv[i] = NULL;
	return options_take(rows, &words, stop_at_word, options, err);
}

#define LINE(...) ((const char *const[]){ __VA_ARGS__, NULL })

TEST(an_option_has_every_spelling_that_engines_use)
{
	static const char *const lines[][3] = {
		{ "--bundle", "/b" }, { "--bundle=/b" }, { "-b", "/b" },
		{ "-b/b" },	      { "-bundle=/b" },	 { "-bundle", "/b" },
	};
	struct options options;
	size_t i;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		CHECK_NUMBER(take(lines[i], false, &options, NULL), 0);
		CHECK_STRING(options.bundle, "/b");
		CHECK_NUMBER(options.argument_count, 0);
	}
}

TEST(options_may_come_behind_arguments)
{
	struct options options;

	CHECK_NUMBER(take(LINE("c1", "--force", "KILL", "-b", "/b"), false, &options, NULL), 0);
	CHECK(options.force);
	CHECK_NUMBER(options.argument_count, 2);
	CHECK_STRING(options.arguments[0], "c1");
	CHECK_STRING(options.arguments[1], "KILL");
	CHECK(options.arguments[2] == NULL);
}

TEST(a_programs_own_options_are_left_alone)
{
	struct options options;

	CHECK_NUMBER(take(LINE("-f", "prog", "-f", "--x", "--"), true, &options, NULL), 0);
	CHECK_NUMBER(options.argument_count, 4);
	CHECK_STRING(options.arguments[0], "prog");
	CHECK_STRING(options.arguments[3], "--");
	CHECK_NUMBER(take(LINE("--", "-f"), true, &options, NULL), 0);
	CHECK(!options.force);
	CHECK_STRING(options.arguments[0], "-f");
}

TEST(a_wrong_word_is_named)
{
	struct options options;
	struct err err = { 0 };

	CHECK(take(LINE("--nope"), false, &options, &err) < 0);
	CHECK_STRING(err.text, "test: unknown option '--nope' (see 'weir test --help')");
	CHECK(take(LINE("-fx"), false, &options, &err) < 0);
	CHECK_STRING(err.text, "test: unknown option '-fx' (see 'weir test --help')");
	CHECK(take(LINE("--force=maybe"), false, &options, &err) < 0);
	CHECK_STRING(err.text, "test: takes no value: '--force=maybe' (see 'weir test --help')");
	/* podman looks for these words (engines.md §0). */
	CHECK(take(LINE("--bundle"), false, &options, &err) < 0);
	CHECK(strstr(err.text, "flag needs an argument") != NULL);
}

TEST(a_flag_may_be_given_as_go_programs_do)
{
	struct options options;

	CHECK_NUMBER(take(LINE("--force=false"), false, &options, NULL), 0);
	CHECK(!options.force);
	CHECK_NUMBER(take(LINE("--force=true"), false, &options, NULL), 0);
	CHECK(options.force);
}

TEST(an_option_of_a_list_may_be_repeated)
{
	struct options options;

	CHECK_NUMBER(take(LINE("-e", "A=1", "--env=B=2", "-eC=3"), false, &options, NULL), 0);
	CHECK_NUMBER(options.env.count, 3);
	CHECK_STRING(options.env.items[0], "A=1");
	CHECK_STRING(options.env.items[1], "B=2");
	CHECK_STRING(options.env.items[2], "C=3");
	options_free(&options);
	CHECK_NUMBER(take(LINE("-e"), false, &options, NULL), -EINVAL);
}

TEST(help_is_printed_from_the_rows)
{
	auto_text struct text text = { 0 };

	options_help(rows, &text);
	CHECK(strstr(text_string(&text), "-b, --bundle DIR") != NULL);
	CHECK(strstr(text_string(&text), "by force\n") != NULL);
}

TEST(what_says_the_same_stands_in_one_line_of_the_help)
{
	static const struct option_row same[] = {
		{ 0, "old", OPTION_TEXT, 0, "N", "how many" },
		{ 0, "new", OPTION_TEXT, 0, "N", "how many" },
		{ 0, "all", OPTION_FLAG, 0, NULL, "how many" },
		{ 0, "hidden", OPTION_FLAG, 0, NULL, NULL },
		{ 0 },
	};
	auto_text struct text text = { 0 };

	options_help(same, &text);
	CHECK_STRING(text_string(&text), "      --old, --new N  how many\n"
					 "      --all           how many\n");
}

TEST(a_signal_has_a_name_or_a_number)
{
	CHECK_NUMBER(signal_parse("TERM"), SIGTERM);
	CHECK_NUMBER(signal_parse("SIGTERM"), SIGTERM);
	CHECK_NUMBER(signal_parse("sigusr1"), SIGUSR1);
	CHECK_NUMBER(signal_parse("9"), SIGKILL);
	CHECK_NUMBER(signal_parse("RTMIN+3"), SIGRTMIN + 3);
	CHECK_NUMBER(signal_parse("SIGRTMAX-1"), SIGRTMAX - 1);
	CHECK_NUMBER(signal_parse("SIGPOLL"), SIGIO);
	CHECK_NUMBER(signal_parse("0"), -1);
	CHECK_NUMBER(signal_parse("65"), -1);
	CHECK_NUMBER(signal_parse("TERMINATE"), -1);
	CHECK_NUMBER(signal_parse(""), -1);
	CHECK_NUMBER(signal_parse("-9"), -1);
	CHECK_NUMBER(signal_parse("RTMIN+99"), -1);
}

UNIT_MAIN(UNIT_TEST(an_option_has_every_spelling_that_engines_use),
	  UNIT_TEST(options_may_come_behind_arguments),
	  UNIT_TEST(a_programs_own_options_are_left_alone), UNIT_TEST(a_wrong_word_is_named),
	  UNIT_TEST(a_flag_may_be_given_as_go_programs_do),
	  UNIT_TEST(an_option_of_a_list_may_be_repeated), UNIT_TEST(help_is_printed_from_the_rows),
	  UNIT_TEST(what_says_the_same_stands_in_one_line_of_the_help),
	  UNIT_TEST(a_signal_has_a_name_or_a_number))
