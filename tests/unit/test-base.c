// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/base/arena.h"
#include "runtime/base/clock.h"
#include "runtime/base/emit.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/file.h"
#include "runtime/base/number.h"
#include "runtime/base/text.h"
#include "tests/unit/unit.h"

TEST(an_error_reads_from_purpose_to_cause)
{
	struct err err = { 0 };

	CHECK_NUMBER(err_set(&err, EPERM, "fsmount"), -EPERM);
	CHECK_NUMBER(err_context(&err, "mounts: %s", "/proc"), -EPERM);
	CHECK_STRING(err.text, "mounts: /proc: fsmount: Operation not permitted");
}

TEST(an_error_that_is_too_long_says_so)
{
	struct err err = { 0 };
	char long_text[2 * ERR_TEXT_SIZE];

	memset(long_text, 'x', sizeof(long_text));
	long_text[sizeof(long_text) - 1] = '\0';
	err_say(&err, EINVAL, "%s", long_text);
	CHECK(text_ends(err.text, "x..."));
	err_context(&err, "c");
	CHECK(text_starts(err.text, "c: xxx") && text_ends(err.text, "..."));
}

TEST(numbers_are_whole_or_refused)
{
	uint64_t value = 7;
	int64_t number = 7;

	CHECK(!number_u64("", &value) && !number_u64("-1", &value) && !number_u64("1 ", &value));
	CHECK(!number_u64("18446744073709551616", &value) && !number_u64("0x1", &value));
	CHECK_NUMBER(value, 7);
	CHECK(number_u64("18446744073709551615", &value) && value == UINT64_MAX);
	CHECK(number_i64("-9223372036854775808", &number) && number == INT64_MIN);
	CHECK(!number_i64("9223372036854775808", &number));
}

TEST(sizes_and_durations_have_units)
{
	uint64_t value = 0;

	CHECK(number_bytes("64M", &value) && value == 64ULL << 20);
	CHECK(number_bytes("0", &value) && value == 0);
	CHECK(!number_bytes("1.5G", &value) && !number_bytes("64X", &value));
	CHECK(!number_bytes("99999999999T", &value));
	CHECK(number_duration("20s", &value) && value == 20000000);
	CHECK(number_duration("250ms", &value) && value == 250000);
	CHECK(!number_duration("20 s", &value));
}

TEST(a_text_grows_and_is_cut_into_pieces)
{
	auto_text struct text text = { 0 };
	char line[] = "a;;b";
	char *cursor = line;
	int i;

	for (i = 0; i < 1000; i++)
		text_addf(&text, "%d,", i);
	CHECK(text_ok(&text) && text_ends(text_string(&text), "998,999,"));
	CHECK_STRING(text_next(&cursor, ';'), "a");
	CHECK_STRING(text_next(&cursor, ';'), "");
	CHECK_STRING(text_next(&cursor, ';'), "b");
	CHECK(text_next(&cursor, ';') == NULL);
	CHECK_STRING(text_value_of("anon 12", "anon"), "12");
	CHECK(text_value_of("anon_thp 12", "anon") == NULL);
}

TEST(sizes_are_printed_for_people)
{
	char room[TEXT_SIZE_ROOM];

	CHECK_STRING(text_size(64ULL << 20, room), "64M");
	CHECK_STRING(text_size(1536ULL << 20, room), "1.5G");
	CHECK_STRING(text_size(1023, room), "1023B");
}

TEST(an_arena_is_zero_filled_and_takes_large_pieces)
{
	auto_arena struct arena arena = { 0 };
	char *large = arena_alloc(&arena, 100000);
	size_t i;

	CHECK(large != NULL);
	for (i = 0; i < 100000; i++)
		CHECK(large[i] == 0);
	CHECK_STRING(arena_printf(&arena, "%s-%d", "c", 1), "c-1");
	CHECK(arena_array(&arena, SIZE_MAX / 2, 16) == NULL);
}

TEST(json_out_is_escaped_and_always_utf8)
{
	auto_emit struct emit emit = { 0 };

	emit_open(&emit, false);
	emit_object(&emit, NULL);
	emit_string(&emit, "a/b", "x\n\"\xff\xc3\xa9");
	emit_string(&emit, "absent", NULL);
	emit_u64(&emit, "n", UINT64_MAX);
	emit_array(&emit, "l");
	emit_i64(&emit, NULL, -1);
	emit_bool(&emit, NULL, true);
	emit_real(&emit, NULL, 1.5);
	emit_array_end(&emit);
	emit_object_end(&emit);
	CHECK_STRING(emit_text(&emit), "{\"a/b\":\"x\\n\\\"?\xc3\xa9\",\"n\":18446744073709551615,"
				       "\"l\":[-1,true,1.500]}");
}

TEST(a_file_is_replaced_whole_and_nothing_is_left)
{
	char folder[] = "/tmp/weir-test-XXXXXX";
	auto_fd int dir = -1;
	struct err err = { 0 };
	char buffer[16];
	auto_text struct text loaded = { 0 };

	CHECK(mkdtemp(folder) != NULL);
	dir = open(folder, O_DIRECTORY | O_CLOEXEC);
	CHECK(file_replace_at(dir, "state", "one", 0600, &err) == 0);
	CHECK(file_replace_at(dir, "state", "two", 0600, &err) == 0);
	CHECK_NUMBER(file_read_at(dir, "state", buffer, sizeof(buffer), &err), 3);
	CHECK_STRING(buffer, "two");
	CHECK_NUMBER(file_read_at(dir, "state", buffer, 3, &err), -EFBIG);
	CHECK_NUMBER(file_load_at(dir, "state", 2, &loaded, &err), -EFBIG);
	CHECK(mkfifoat(dir, "fifo", 0600) == 0);
	CHECK_NUMBER(file_load_at(dir, "fifo", 100, &loaded, &err), -EINVAL);
	CHECK_STRING(err.text, "fifo: not a regular file");
	CHECK(file_remove_tree_at(AT_FDCWD, folder, &err) == 0);
	CHECK(access(folder, F_OK) < 0 && errno == ENOENT);
}

TEST(a_descriptor_travels_over_a_socket)
{
	int pair[2];
	int received = -1;
	char byte = 0;

	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
	CHECK(fd_send(pair[0], pair[0], "x", 1) == 0);
	CHECK_NUMBER(fd_receive(pair[1], &received, &byte, 1), 1);
	CHECK(byte == 'x' && received >= 0);
	CHECK_NUMBER(fd_wait(pair[1], 1 /* POLLIN */, 0), 0);
	close(received);
	close(pair[0]);
	close(pair[1]);
}

TEST(time_is_printed_in_utc)
{
	char room[CLOCK_TEXT_ROOM];

	CHECK_STRING(clock_text(1767225845678901ULL, room), "2026-01-01T00:04:05.678901Z");
	CHECK(clock_monotonic_usec() > 0);
}

UNIT_MAIN(UNIT_TEST(an_error_reads_from_purpose_to_cause),
	  UNIT_TEST(an_error_that_is_too_long_says_so), UNIT_TEST(numbers_are_whole_or_refused),
	  UNIT_TEST(sizes_and_durations_have_units), UNIT_TEST(a_text_grows_and_is_cut_into_pieces),
	  UNIT_TEST(sizes_are_printed_for_people),
	  UNIT_TEST(an_arena_is_zero_filled_and_takes_large_pieces),
	  UNIT_TEST(json_out_is_escaped_and_always_utf8),
	  UNIT_TEST(a_file_is_replaced_whole_and_nothing_is_left),
	  UNIT_TEST(a_descriptor_travels_over_a_socket), UNIT_TEST(time_is_printed_in_utc))
