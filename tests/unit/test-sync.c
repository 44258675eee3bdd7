// SPDX-License-Identifier: Apache-2.0
#include "runtime/sync.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/base/err.h"
#include "tests/unit/unit.h"

TEST(a_message_arrives_as_what_it_is)
{
	struct err err = { 0 };
	int pair[2];

	CHECK(sync_pair(pair, &err) == 0);
	CHECK(sync_send(pair[0], SYNC_READY, &err) == 0);
	CHECK(sync_expect(pair[1], SYNC_READY, &err) == 0);
	CHECK(sync_send(pair[0], SYNC_MOUNTED, &err) == 0);
	CHECK(sync_expect(pair[1], SYNC_READY, &err) == -EPROTO);
	CHECK_STRING(err.text, "sync: expected READY, received MOUNTED");
	close(pair[0]);
	close(pair[1]);
}

TEST(a_failure_arrives_whole)
{
	struct err sent = { 0 };
	struct err received = { 0 };
	int pair[2];

	CHECK(sync_pair(pair, NULL) == 0);
	err_set(&sent, EPERM, "mounts: /proc: fsmount");
	sync_send_failure(pair[0], &sent);
	CHECK_NUMBER(sync_expect(pair[1], SYNC_READY, &received), -EPERM);
	CHECK_STRING(received.text, "mounts: /proc: fsmount: Operation not permitted");
	close(pair[0]);
	close(pair[1]);
}

TEST(the_end_of_the_peer_is_noticed)
{
	struct err err = { 0 };
	int pair[2];

	CHECK(sync_pair(pair, NULL) == 0);
	close(pair[0]);
	CHECK_NUMBER(sync_expect(pair[1], SYNC_READY, &err), -ECONNRESET);
	CHECK_STRING(err.text, "the other side ended");
	CHECK_NUMBER(sync_expect_exec(pair[1], NULL, &err), 0);
	close(pair[1]);
}

TEST(a_failure_to_exec_is_not_a_start)
{
	struct err sent = { 0 };
	struct err received = { 0 };
	int pair[2];

	CHECK(sync_pair(pair, NULL) == 0);
	/* The very number that marks a lost peer: it must not pass for the end of file of an exec. */
	err_set(&sent, ECONNRESET, "exec");
	sync_send_failure(pair[0], &sent);
	close(pair[0]);
	CHECK_NUMBER(sync_expect_exec(pair[1], NULL, &received), -ECONNRESET);
	close(pair[1]);
}

TEST(a_malformed_message_is_refused)
{
	static const int kinds[] = { -1, 0, 99 };
	struct err err = { 0 };
	int pair[2];
	size_t i;

	CHECK(sync_pair(pair, NULL) == 0);
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		CHECK(send(pair[0], &kinds[i], sizeof(kinds[i]), 0) == sizeof(kinds[i]));
		CHECK_NUMBER(sync_expect(pair[1], SYNC_READY, &err), -EPROTO);
	}
	CHECK(send(pair[0], "x", 1, 0) == 1);
	CHECK_NUMBER(sync_expect(pair[1], SYNC_READY, &err), -EPROTO);
	CHECK_STRING(err.text, "sync: malformed message of 1 bytes");
	close(pair[0]);
	close(pair[1]);
}

UNIT_MAIN(UNIT_TEST(a_message_arrives_as_what_it_is), UNIT_TEST(a_failure_arrives_whole),
	  UNIT_TEST(the_end_of_the_peer_is_noticed), UNIT_TEST(a_failure_to_exec_is_not_a_start),
	  UNIT_TEST(a_malformed_message_is_refused))
