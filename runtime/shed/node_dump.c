// SPDX-License-Identifier: Apache-2.0
/*
 * Node.js' heap as a file: HeapProfiler.takeHeapSnapshot by the inspector, which sends it in pieces, each a text
 * frame with a JSON string.
 * Should: keep one piece in memory at a time.
 * Must not: trust a length that a frame claims.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/base/fd.h"
#include "runtime/shed/shed.h"

/* Node's pieces have 100 KiB; escaped, six times of that at most. */
#define FRAME_MAX ((size_t) 1 << 20)

struct snapshot {
	int connection;
	int file;
	char *frame;
	uint64_t bytes;
};

static bool receive_all(int fd, void *buffer, size_t size)
{
	char *at = buffer;

	while (size > 0) {
		ssize_t got = recv(fd, at, size, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		at += got;
		size -= (size_t) got;
	}
	return true;
}

/* RFC 6455, 5.2; a server does not mask. The frame's text, NUL-ended; false at the end. */
static bool read_frame(struct snapshot *snapshot)
{
	unsigned char head[2];
	unsigned char more[8] = { 0 };
	uint64_t length;
	size_t extra;
	size_t i;

	if (!receive_all(snapshot->connection, head, 2))
		return false;
	length = head[1] & 0x7f;
	extra = length == 126 ? 2 : length == 127 ? 8 : 0;
	if (!receive_all(snapshot->connection, more, extra))
		return false;
	for (i = 0, length = extra > 0 ? 0 : length; i < extra; i++)
		length = length << 8 | more[i];
	if (length > FRAME_MAX || !receive_all(snapshot->connection, snapshot->frame, length))
		return false;
	snapshot->frame[length] = '\0';
	return true;
}

static unsigned hex_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return (unsigned) (digit - '0');
	return (unsigned) ((digit | 0x20) - 'a' + 10) & 15;
}

/* What stands for one escape; moves *from behind it. Two halves of a pair each become three bytes:
 * the snapshot's strings are for people. */
static size_t unescape(const char **from, char *to)
{
	static const char plain[] = "\"\\/bfnrt";
	static const char meant[] = "\"\\/\b\f\n\r\t";
	const char *at = *from;
	const char *known = *at != '\0' ? strchr(plain, *at) : NULL;
	unsigned code = 0;
	int i;

	*from = at + 1;
	if (known != NULL) {
		to[0] = meant[known - plain];
		return 1;
	}
	for (i = 1; *at == 'u' && i <= 4 && at[i] != '\0'; i++)
		code = code << 4 | hex_value(at[i]);
	if (*at != 'u' || i <= 4)
		return 0;
	*from = at + 5;
	if (code < 0x80) {
		to[0] = (char) code;
		return 1;
	}
	if (code < 0x800) {
		to[0] = (char) (0xc0 | code >> 6);
		to[1] = (char) (0x80 | (code & 0x3f));
		return 2;
	}
	to[0] = (char) (0xe0 | code >> 12);
	to[1] = (char) (0x80 | (code >> 6 & 0x3f));
	to[2] = (char) (0x80 | (code & 0x3f));
	return 3;
}

/* In place: what an escape stands for is never longer. */
static bool write_piece(struct snapshot *snapshot, const char *from)
{
	char *text = snapshot->frame;
	size_t length = 0;

	while (*from != '"' && *from != '\0') {
		if (*from != '\\') {
			text[length++] = *from++;
			continue;
		}
		from++;
		length += unescape(&from, text + length);
	}
	snapshot->bytes += length;
	return fd_write_full(snapshot->file, text, length) == 0;
}

static bool take_all(struct snapshot *snapshot)
{
	static const char key[] = "\"chunk\":\"";

	while (read_frame(snapshot)) {
		const char *piece = strstr(snapshot->frame, key);

		if (strstr(snapshot->frame, "\"method\":\"HeapProfiler.addHeapSnapshotChunk\"") !=
			    NULL &&
		    piece != NULL) {
			if (!write_piece(snapshot, piece + strlen(key)))
				return false;
		} else if (strstr(snapshot->frame, "\"id\":1") != NULL) {
			return strstr(snapshot->frame, "\"error\"") == NULL;
		}
	}
	return false;
}

int dump_node(const struct shed_target *target, const char *path, char said[SHED_SAID])
{
	auto_fd int connection = node_connect(target);
	auto_fd int file = -1;
	auto_free char *frame = malloc(FRAME_MAX + 1);
	struct snapshot snapshot = { .connection = connection, .frame = frame };

	if (connection < 0 || frame == NULL) {
		snprintf(said, SHED_SAID, "its inspector is not open");
		return -1;
	}
	file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (file < 0) {
		snprintf(said, SHED_SAID, "%.100s: %s", path, strerror(errno));
		return -1;
	}
	snapshot.file = file;
	talk_patience(connection, DUMP_SECONDS);
	if (!node_ask(connection, "{\"id\":1,\"method\":\"HeapProfiler.takeHeapSnapshot\"}") ||
	    !take_all(&snapshot)) {
		(void) unlink(path);
		snprintf(said, SHED_SAID, "its inspector gives no snapshot");
		return -1;
	}
	snprintf(said, SHED_SAID, "%.100s, %llu MiB", path,
		 (unsigned long long) (snapshot.bytes >> 20));
	return 0;
}
