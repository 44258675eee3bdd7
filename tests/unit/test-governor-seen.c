// SPDX-License-Identifier: Apache-2.0
/* The recorder, the suspects and the witnesses. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <signal.h>
#include <unistd.h>

#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/governor/kernel_log.h"
#include "runtime/governor/recorder.h"
#include "runtime/governor/suspects.h"
#include "runtime/governor/witness.h"
#include "tests/unit/tree.h"

#define MIB (1ULL << 20)

static struct recorder read_back;

static void add(struct recorder *recorder, uint64_t at_usec, uint64_t need)
{
	const struct point point = { .at_usec = at_usec, .need_bytes = need };
	const struct memory_stat stat = { .anon = need };

	recorder_look(recorder, &point, &stat);
	recorder_add(recorder, &point);
}

TEST(a_long_life_keeps_its_beginning_and_its_end)
{
	struct recorder *recorder = recorder_open(-1);
	uint64_t i;

	CHECK(recorder != NULL);
	for (i = 1; i <= 1000; i++)
		add(recorder, i * 1000000, i);
	CHECK(recorder->point_count <= RECORDER_POINTS);
	CHECK(recorder->point_count >= RECORDER_POINTS - RECORDER_RECENT / 2);
	CHECK_NUMBER(recorder->points[0].at_usec, 1000000);
	for (i = 1; i < recorder->point_count; i++)
		CHECK(recorder->points[i].at_usec > recorder->points[i - 1].at_usec);
	for (i = 0; i < RECORDER_RECENT; i++)
		CHECK_NUMBER(recorder->points[recorder->point_count - 1 - i].need_bytes, 1000 - i);
	recorder_close(recorder);
}

TEST(looks_in_a_burst_are_one_point)
{
	struct recorder *recorder = recorder_open(-1);

	add(recorder, 1000000, 1);
	add(recorder, 1001000, 2);
	add(recorder, 1002000, 3);
	add(recorder, 1050000, 4);
	CHECK_NUMBER(recorder->point_count, 3);
	CHECK_NUMBER(recorder->points[1].need_bytes, 3);
	recorder_close(recorder);
}

TEST(the_peak_is_the_last_time_it_was_near_it)
{
	struct recorder *recorder = recorder_open(-1);

	add(recorder, 1000000, 50 * MIB);
	add(recorder, 2000000, 100 * MIB);
	add(recorder, 3000000, 20 * MIB);
	CHECK_NUMBER(recorder->peak.at_usec, 2000000);
	add(recorder, 4000000, 99 * MIB);
	CHECK_NUMBER(recorder->peak.at_usec, 4000000);
	CHECK_NUMBER(recorder->peak_stat.anon, 99 * MIB);
	CHECK_NUMBER(recorder->peak_need_bytes, 100 * MIB);
	/* what came after the peak does not hide how it was reached */
	add(recorder, 4400000, 5 * MIB);
	CHECK_NUMBER(recorder_pace(recorder, 1000000), 79 * MIB);
	recorder_close(recorder);
}

TEST(what_was_recorded_outlives_who_recorded_it)
{
	struct tree tree = tree_make(NULL, 0);
	auto_fd int fd = openat(tree.fd, "recorder", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	struct recorder *recorder = recorder_open(fd);
	struct err err = { 0 };

	CHECK(recorder != NULL);
	add(recorder, 1000000, 7);
	recorder->stop_sent = true;
	recorder->rung_count = 99;
	memset(recorder->rungs[0].name, 'x', RECORDER_NAME);
	/* torn: a point that is older than the one before it */
	recorder->points[1].at_usec = 500;
	recorder->point_count = 2;
	recorder_close(recorder);
	CHECK(recorder_read(tree.fd, "recorder", &read_back, &err) == 0);
	CHECK_NUMBER(read_back.points[0].need_bytes, 7);
	CHECK_NUMBER(read_back.point_count, 1);
	CHECK_NUMBER(read_back.rung_count, LADDER_RUNGS);
	CHECK_NUMBER(strlen(read_back.rungs[0].name), RECORDER_NAME - 1);
	CHECK(read_back.stop_sent);
	CHECK(recorder_read(tree.fd, "none", &read_back, &err) == -ENOENT);
	CHECK(ftruncate(fd, 100) == 0 && recorder_read(tree.fd, "recorder", &read_back, &err) < 0);
	tree_remove(&tree);
}

/* ---- suspects ---- */

static const struct tree_file processes[] = {
	{ "1/status",
	  "Name:\tinit\nNSpid:\t1\nVmRSS:\t   1024 kB\nRssAnon:\t    512 kB\n"
	  "RssFile:\t    512 kB\nRssShmem:\t      0 kB\nVmPTE:\t      64 kB\nVmSwap:\t   0 kB\n" },
	{ "1/oom_score_adj", "0\n" },
	{ "1/cmdline", "/sbin/init\0" },
	{ "7/status",
	  "Name:\tVmRSS:\t9 kB\nNSpid:\t7\t3\nVmRSS:\t   8192 kB\nRssAnon:\t   4096 kB\n"
	  "RssFile:\t   1024 kB\nRssShmem:\t   3072 kB\nVmPTE:\t     128 kB\nVmSwap:\t 256 kB\n" },
	{ "7/oom_score_adj", "100\n" },
	{ "8/status", "Name:\tsafe\nNSpid:\t8\nVmRSS:\t 999999 kB\nRssAnon:\t 999999 kB\n" },
	{ "8/oom_score_adj", "-1000\n" },
	{ "9/status", "Name:\tkthreadd\nNSpid:\t9\n" },
	{ "9/oom_score_adj", "0\n" },
};

TEST(a_process_is_weighed_as_the_kernel_weighs_it)
{
	struct tree tree = tree_make(processes, sizeof(processes) / sizeof(processes[0]));
	struct suspect suspect;

	CHECK(suspect_read(tree.fd, 1, 512 * MIB, &suspect));
	CHECK_STRING(suspect.comm, "init");
	CHECK_NUMBER(suspect.badness_bytes, (1024 + 64) * 1024);
	CHECK(suspect_read(tree.fd, 7, 512 * MIB, &suspect));
	/* governor.md 3.4: adj 100 in 512 MiB is 51 MiB */
	CHECK_NUMBER(suspect.badness_bytes, (8192 + 128 + 256) * 1024 + 512 * MIB / 1000 * 100);
	CHECK_NUMBER(suspect.ns_pid, 3);
	CHECK_NUMBER(suspect.shmem_bytes, 3 * MIB);
	CHECK_NUMBER(suspect.oom_score_adj, 100);
	CHECK(!suspect_read(tree.fd, 8, 512 * MIB, &suspect));
	CHECK(!suspect_read(tree.fd, 9, 512 * MIB, &suspect));
	CHECK(!suspect_read(tree.fd, 10, 512 * MIB, &suspect));
	tree_remove(&tree);
}

/* ---- tracefs ---- */

TEST(an_event_of_tracefs)
{
	struct victim victim;

	/* as Linux 6.12 writes it */
	CHECK(witness_trace_parse(
		"             hog-213     [001] d..2.   123.456789: mark_victim: pid=213 comm=hog "
		"total-vm=68028kB anon-rss=65280kB file-rss:704kB shmem-rss:0kB uid=1000 "
		"pgtables=168kB oom_score_adj=-17",
		&victim));
	CHECK_NUMBER(victim.pid, 213);
	CHECK_STRING(victim.comm, "hog");
	CHECK_NUMBER(victim.at_usec, 123456789);
	CHECK_NUMBER(victim.anon_bytes, 65280 * 1024);
	CHECK_NUMBER(victim.file_bytes, 704 * 1024);
	CHECK_NUMBER(victim.pgtables_bytes, 168 * 1024);
	CHECK_NUMBER(victim.uid, 1000);
	CHECK_NUMBER(victim.oom_score_adj, -17);
	/* and Linux 6.1: a number */
	CHECK(witness_trace_parse("  a b-9  [000] d..1.  7.000001: mark_victim: pid=42", &victim));
	CHECK_NUMBER(victim.pid, 42);
	CHECK_STRING(victim.comm, "");
	CHECK(!witness_trace_parse("# : mark_victim: pid=42", &victim));
	CHECK(!witness_trace_parse("  x-1 [0] d 1.2: other: pid=42", &victim));
	CHECK(!witness_trace_parse("  x-1 [0] d 1.2: mark_victim: pid=", &victim));
}

TEST(a_hostile_name_is_only_a_name)
{
	struct victim victim;

	CHECK(witness_trace_parse("  x-1 [0] d 1.000002: mark_victim: pid=5 comm=a total-vm=1kB "
				  "total-vm=10kB anon-rss=20kB",
				  &victim));
	CHECK_STRING(victim.comm, "a total-vm=1kB");
	CHECK_NUMBER(victim.total_vm_bytes, 10 * 1024);
	CHECK_NUMBER(victim.anon_bytes, 20 * 1024);
	/* a newline in it ends the line: the number stands */
	CHECK(witness_trace_parse("  x-1 [0] d 1.000002: mark_victim: pid=6 comm=a", &victim));
	CHECK_NUMBER(victim.pid, 6);
}

/* ---- the proc connector ---- */

static size_t make_exit(char *message, unsigned what, uint32_t code, int tgid)
{
	struct proc_event event = { .what = what, .timestamp_ns = 5000000 };
	size_t at = sizeof(struct nlmsghdr) + sizeof(struct cn_msg);

	event.event_data.exit.process_pid = 77;
	event.event_data.exit.process_tgid = tgid;
	event.event_data.exit.exit_code = code;
	event.event_data.exit.parent_tgid = 70;
	memcpy(message + at, &event, sizeof(event));
	return at + sizeof(event);
}

TEST(an_end_by_sigkill)
{
	char message[512] = { 0 };
	struct witness_exit end;
	size_t length = make_exit(message, PROC_EVENT_EXIT, SIGKILL, 77);

	CHECK(witness_exits_parse(message, length, &end));
	CHECK_NUMBER(end.pid, 77);
	CHECK_NUMBER(end.parent_pid, 70);
	CHECK_NUMBER(end.at_usec, 5000);
	CHECK(!witness_exits_parse(message, 60, &end));
	make_exit(message, PROC_EVENT_EXIT, SIGTERM, 77);
	CHECK(!witness_exits_parse(message, length, &end));
	make_exit(message, PROC_EVENT_EXIT, 9 << 8, 77);
	CHECK(!witness_exits_parse(message, length, &end));
	make_exit(message, PROC_EVENT_FORK, SIGKILL, 77);
	CHECK(!witness_exits_parse(message, length, &end));
	make_exit(message, PROC_EVENT_EXIT, SIGKILL, 76);
	CHECK(!witness_exits_parse(message, length, &end));
}

UNIT_MAIN(UNIT_TEST(a_long_life_keeps_its_beginning_and_its_end),
	  UNIT_TEST(looks_in_a_burst_are_one_point),
	  UNIT_TEST(the_peak_is_the_last_time_it_was_near_it),
	  UNIT_TEST(what_was_recorded_outlives_who_recorded_it),
	  UNIT_TEST(a_process_is_weighed_as_the_kernel_weighs_it), UNIT_TEST(an_event_of_tracefs),
	  UNIT_TEST(a_hostile_name_is_only_a_name), UNIT_TEST(an_end_by_sigkill))
