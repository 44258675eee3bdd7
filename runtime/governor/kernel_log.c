// SPDX-License-Identifier: Apache-2.0
/*
 * OOM kills out of the kernel log's text.
 * Should: parse from fixed words, the last match where a name comes before them.
 * Must not: believe a process or a cgroup that is called like a line of the log.
 */
#include "runtime/governor/kernel_log.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/base/number.h"
#include "runtime/base/text.h"

#define PAGE_BYTES 4096
#define KIB	   1024

/* The last occurrence of `needle`. */
static const char *find_last(const char *text, const char *needle)
{
	const char *found = NULL;
	const char *next = text;

	while ((next = strstr(next, needle)) != NULL)
		found = next++;
	return found;
}

static void copy_piece(char *to, size_t room, const char *from, size_t length)
{
	if (length >= room)
		length = room - 1;
	memcpy(to, from, length);
	to[length] = '\0';
}

/* The number right behind `word`, which is looked for in `text`. */
static bool number_behind(const char *text, const char *word, uint64_t *value)
{
	const char *at = strstr(text, word);

	if (at == NULL)
		return false;
	at += strlen(word);
	return number_u64_next(&at, value);
}

static uint64_t kib_behind(const char *text, const char *word)
{
	uint64_t kib = 0;

	return number_behind(text, word, &kib) && kib < UINT64_MAX / KIB ? kib * KIB : 0;
}

static int64_t signed_behind(const char *text, const char *word)
{
	const char *at = strstr(text, word);
	uint64_t value = 0;
	bool negative;

	if (at == NULL)
		return 0;
	at += strlen(word);
	negative = *at == '-';
	at += negative;
	if (!number_u64_next(&at, &value) || value > 1000)
		return 0;
	return negative ? -(int64_t) value : (int64_t) value;
}

/* "COMM invoked oom-killer: gfp_mask=…": a new record begins. COMM has 15 bytes at most, so no
 * name can hold these words. */
static bool take_begin(struct kernel_log *log, const char *text)
{
	if (strstr(text, " invoked oom-killer: gfp_mask=") == NULL)
		return false;
	log->record = (struct kernel_log_record){ .header = true };
	return true;
}

/* "memory: usage 65536kB, limit 65536kB, failcnt 44" and "swap: usage …". */
static bool take_usage(struct kernel_log *log, const char *text)
{
	struct kernel_log_record *record = &log->record;

	if (text_starts(text, "memory: usage ") && strstr(text, "kB, limit ") != NULL) {
		record->usage_bytes = kib_behind(text, "memory: usage ");
		record->limit_bytes = kib_behind(text, "kB, limit ");
		return true;
	}
	if (text_starts(text, "swap: usage ") && strstr(text, "kB, limit ") != NULL) {
		record->swap_limit_bytes = kib_behind(text, "kB, limit ");
		return true;
	}
	return false;
}

/* "[  pid  ]   uid  tgid total_vm      rss rss_anon …": the split of rss came with 6.9. */
static bool take_table(struct kernel_log *log, const char *text)
{
	if (!text_starts(text, "[  pid  ]"))
		return false;
	log->record.columns = strstr(text, " rss_anon ") != NULL ? 11 : 8;
	return true;
}

/* The next number of a row of the table, which may be negative. */
static bool column(const char **cursor, int64_t *value)
{
	uint64_t magnitude = 0;
	bool negative;

	*cursor += strspn(*cursor, " ");
	negative = **cursor == '-';
	*cursor += negative;
	if (!number_u64_next(cursor, &magnitude) || magnitude > INT64_MAX)
		return false;
	*value = negative ? -(int64_t) magnitude : (int64_t) magnitude;
	return true;
}

/*
 * The limit in the pages that oom_badness() multiplies oom_score_adj with. Swap counts up to its
 * limit; without one the kernel takes all of the host's, which the log does not tell.
 */
static int64_t limit_pages(const struct kernel_log_record *record)
{
	uint64_t bytes = record->limit_bytes;

	if (record->swap_limit_bytes < UINT64_MAX / 4)
		bytes += record->swap_limit_bytes;
	return bytes < INT64_MAX ? (int64_t) (bytes / PAGE_BYTES) : 0;
}

static int64_t points_of(const struct kernel_log_record *record, int64_t pages, int64_t adj)
{
	return pages + adj * (limit_pages(record) / 1000);
}

static void weigh(struct kernel_log_record *record, const struct candidate *candidate)
{
	record->processes++;
	if (record->best[0].pid == 0 || candidate->points > record->best[0].points) {
		record->best[1] = record->best[0];
		record->best[0] = *candidate;
	} else if (record->best[1].pid == 0 || candidate->points > record->best[1].points) {
		record->best[1] = *candidate;
	}
}

/*
 * "[    213]     0   213     8577     8123  7939  184  0   106496        0             0 hog": pid
 * uid tgid total_vm rss [rss_anon rss_file rss_shmem] pgtables_bytes swapents adj name. Exactly so
 * many numbers: the name, which may be one too, is the rest of the line.
 */
static bool take_row(struct kernel_log *log, const char *text)
{
	struct kernel_log_record *record = &log->record;
	struct candidate candidate = { 0 };
	int64_t values[11] = { 0 };
	const char *cursor = text + 1;
	size_t i;

	if (record->columns == 0 || *text != '[' || !column(&cursor, &values[0]) ||
	    *cursor++ != ']')
		return false;
	for (i = 1; i < record->columns; i++)
		if (!column(&cursor, &values[i]))
			return false;
	cursor += *cursor == ' ';
	candidate.pid = (pid_t) values[0];
	candidate.points = points_of(record, values[4] + values[i - 3] / PAGE_BYTES + values[i - 2],
				     values[i - 1]);
	copy_piece(candidate.comm, sizeof(candidate.comm), cursor, strlen(cursor));
	if (values[i - 1] > -1000) /* OOM_SCORE_ADJ_MIN: never chosen */
		weigh(record, &candidate);
	return true;
}

/* "oom-kill:constraint=…,oom_memcg=/P,task_memcg=/P/a,task=COMM,pid=N,uid=N" */
static bool take_summary(struct kernel_log *log, const char *text)
{
	if (!text_starts(text, "oom-kill:constraint="))
		return false;
	copy_piece(log->record.summary, sizeof(log->record.summary), text, strlen(text));
	log->record.columns = 0;
	return true;
}

static bool at_or_below(const char *path, const char *above)
{
	size_t length = strlen(above);

	if (strcmp(above, "/") == 0)
		return true;
	return strncmp(path, above, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

/*
 * Splits "/P,task_memcg=/P/a,task=…": the victim lives at or below the cgroup whose limit was hit,
 * so the comma is the first one behind which a path at or below what is before it begins.
 */
static bool split_paths(struct victim *victim, const char *paths, const char *end)
{
	static const char word[] = ",task_memcg=";
	const char *comma = paths;

	while ((comma = strstr(comma, word)) != NULL && comma < end) {
		const char *task = comma + strlen(word);

		copy_piece(victim->oom_cgroup, CGROUP_PATH_ROOM, paths, (size_t) (comma - paths));
		copy_piece(victim->task_cgroup, CGROUP_PATH_ROOM, task, (size_t) (end - task));
		if (at_or_below(victim->task_cgroup, victim->oom_cgroup))
			return true;
		comma = task;
	}
	victim->oom_cgroup[0] = victim->task_cgroup[0] = '\0';
	return false;
}

/* Where the paths of the summary end: at the task's name, which we know from the victim's line; a
 * thread may have another one, then at the last ",task=". */
static const char *end_of_paths(const char *summary, const struct victim *victim)
{
	auto_text struct text tail = { 0 };
	const char *end;

	text_addf(&tail, ",task=%s,pid=", victim->comm);
	end = find_last(summary, text_string(&tail));
	return end != NULL ? end : find_last(summary, ",task=");
}

/* The cgroup's name in "cpuset=NAME" holds no '/', so the first ",oom_memcg=/" is the kernel's. */
static void take_paths(struct victim *victim, const char *summary)
{
	const char *end = end_of_paths(summary, victim);
	const char *owner = strstr(summary, ",oom_memcg=/");
	const char *global = strstr(summary, ",global_oom,task_memcg=/");

	if (end == NULL)
		return;
	if (owner != NULL && (global == NULL || owner < global)) {
		victim->header = split_paths(victim, strchr(owner, '/'), end);
	} else if (global != NULL) {
		const char *task = strchr(global, '/');

		copy_piece(victim->task_cgroup, CGROUP_PATH_ROOM, task, (size_t) (end - task));
		victim->global = victim->header = true;
	}
}

/* "… Killed process N (COMM) total-vm:8kB, anon-rss:…": what follows COMM is the kernel's alone. */
static bool parse_killed(struct victim *victim, const char *text)
{
	const char *at = strstr(text, "Killed process ");
	const char *tail = find_last(text, ") total-vm:");
	uint64_t pid = 0;

	if (at == NULL || tail == NULL)
		return false;
	at += strlen("Killed process ");
	if (!number_u64_next(&at, &pid) || strncmp(at, " (", 2) != 0 || at + 2 > tail)
		return false;
	victim->pid = (pid_t) pid;
	at += 2;
	copy_piece(victim->comm, sizeof(victim->comm), at, (size_t) (tail - at));
	victim->total_vm_bytes = kib_behind(tail, "total-vm:");
	victim->anon_bytes = kib_behind(tail, "anon-rss:");
	victim->file_bytes = kib_behind(tail, "file-rss:");
	victim->shmem_bytes = kib_behind(tail, "shmem-rss:");
	victim->pgtables_bytes = kib_behind(tail, "pgtables:");
	victim->oom_score_adj = signed_behind(tail, "oom_score_adj:");
	number_behind(tail, "UID:", &victim->uid);
	return true;
}

/* Why it was this one: out of the table if there was one, else from its own line (without swap,
 * which that does not tell). */
static void take_weights(struct victim *victim, const struct kernel_log_record *record)
{
	uint64_t bytes = victim->anon_bytes + victim->file_bytes + victim->shmem_bytes +
			 victim->pgtables_bytes;

	victim->processes = record->processes;
	victim->usage_bytes = record->usage_bytes;
	victim->limit_bytes = record->limit_bytes;
	if (record->best[0].pid == victim->pid) {
		victim->was_highest = true;
		victim->points = record->best[0].points;
		victim->second = record->best[1];
		return;
	}
	victim->points = points_of(record, (int64_t) (bytes / PAGE_BYTES), victim->oom_score_adj);
	victim->second = record->best[0];
}

static bool is_ours(const struct kernel_log_query *query, const struct victim *victim)
{
	if (victim->header)
		return at_or_below(victim->task_cgroup, query->path);
	return query->init_pid > 0 && victim->pid == query->init_pid;
}

void kernel_log_keep(struct kernel_log *log, const struct victim *victim)
{
	if (log->victim_count == KERNEL_LOG_VICTIMS) {
		memmove(log->victims, log->victims + 1,
			(KERNEL_LOG_VICTIMS - 1) * sizeof(*log->victims));
		log->victim_count--;
	}
	log->victims[log->victim_count++] = *victim;
}

static bool take_killed(struct kernel_log *log, const char *text, uint64_t at_usec)
{
	static const char *const begins[] = {
		"Memory cgroup out of memory: Killed process ",
		"Out of memory: Killed process ",
		"Out of memory (oom_kill_allocating_task): Killed process ",
	};
	struct victim victim = { .at_usec = at_usec };
	size_t i;

	for (i = 0; i < 3 && !text_starts(text, begins[i]); i++)
		;
	if (i == 3 || !parse_killed(&victim, text))
		return false;
	victim.global = i > 0;
	if (log->record.header) {
		take_paths(&victim, log->record.summary);
		take_weights(&victim, &log->record);
	}
	if (at_usec >= log->query.since_usec && is_ours(&log->query, &victim))
		kernel_log_keep(log, &victim);
	/* With memory.oom.group more victims follow the same header: its paths stay true, the
	 * table told of the first one only. */
	log->record.processes = 0;
	memset(log->record.best, 0, sizeof(log->record.best));
	return true;
}

void kernel_log_feed(struct kernel_log *log, const char *record)
{
	const char *text = strchr(record, ';');
	const char *cursor = record;
	uint64_t fields[3] = { 0 };
	char line[2 * CGROUP_PATH_ROOM + 256];
	size_t i;

	if (text == NULL)
		return;
	for (i = 0; i < 3; i++)
		if (!number_u64_next(&cursor, &fields[i]) || *cursor++ != ',')
			return;
	text++;
	copy_piece(line, sizeof(line), text, strcspn(text, "\n"));
	if (!take_begin(log, line) && !take_killed(log, line, fields[2]) &&
	    !take_summary(log, line) && !take_usage(log, line) && !take_table(log, line))
		take_row(log, line);
}
