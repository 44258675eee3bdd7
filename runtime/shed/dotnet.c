// SPDX-License-Identifier: Apache-2.0
/*
 * .NET, by its diagnostics IPC (dotnet/diagnostics, ipc-protocol.md): an EventPipe session with the
 * keyword GCHeapCollect begins with a full collection.
 * Should: end the session as soon as the collection is under way.
 * Must not: keep any event.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/fd.h"
#include "runtime/base/text.h"
#include "runtime/shed/shed.h"

#define PROVIDER      "Microsoft-Windows-DotNETRuntime"
#define GC_COLLECT    0x800000ULL /* GCHeapCollectKeyword */
#define INFORMATIONAL 4
#define BUFFER_MIB    16 /* of the runtime's; the least that it takes without complaint */
#define NETTRACE      1

struct message {
	unsigned char bytes[256];
	size_t length;
};

static void put(struct message *message, uint64_t value, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		message->bytes[message->length++] = (unsigned char) (value >> (8 * i));
}

/* UTF-16 with its length, NUL included. */
static void put_text(struct message *message, const char *text)
{
	size_t i;

	put(message, strlen(text) + 1, 4);
	for (i = 0; i <= strlen(text); i++)
		put(message, (unsigned char) text[i], 2);
}

/* Magic, size, command set EventPipe (2), command, reserved: 20 bytes. */
static void put_header(struct message *message, unsigned command)
{
	memcpy(message->bytes, "DOTNET_IPC_V1", 14);
	message->length = 16;
	put(message, 2, 1);
	put(message, command, 1);
	put(message, 0, 2);
}

static bool send_message(int fd, struct message *message)
{
	message->bytes[14] = (unsigned char) message->length;
	message->bytes[15] = (unsigned char) (message->length >> 8);
	return talk_send(fd, message->bytes, message->length);
}

/* CollectTracing (2): buffer, format, one provider. Its answer: OK (0xff, 0) and the session's id. */
static bool begin_session(int fd, unsigned char id[8])
{
	struct message message = { 0 };
	char answer[32];

	put_header(&message, 2);
	put(&message, BUFFER_MIB, 4);
	put(&message, NETTRACE, 4);
	put(&message, 1, 4);
	put(&message, GC_COLLECT, 8);
	put(&message, INFORMATIONAL, 4);
	put_text(&message, PROVIDER);
	put(&message, 0, 4);
	if (!send_message(fd, &message) || talk_receive(fd, answer, 29, NULL) < 28)
		return false;
	memcpy(id, answer + 20, 8);
	return (unsigned char) answer[16] == 0xff && answer[17] == 0;
}

/* StopTracing (1); what the session says until then is read and thrown away. */
static void end_session(const char *path, int stream, const unsigned char id[8])
{
	auto_fd int fd = talk_unix(path);
	struct message message = { 0 };
	char waste[4096];
	int patience = 1000;

	if (fd < 0)
		return;
	put_header(&message, 1);
	memcpy(message.bytes + message.length, id, 8);
	message.length += 8;
	if (!send_message(fd, &message))
		return;
	while (patience-- > 0 && talk_receive(stream, waste, sizeof(waste), NULL) > 0)
		;
}

/* /tmp/dotnet-diagnostic-PID-TIME-socket */
static bool find_socket(pid_t pid, char path[300])
{
	char prefix[48];
	struct dirent *entry;
	bool found = false;
	DIR *directory = opendir("/tmp");

	snprintf(prefix, sizeof(prefix), "dotnet-diagnostic-%d-", (int) pid);
	while (directory != NULL && !found && (entry = readdir(directory)) != NULL) {
		found = text_starts(entry->d_name, prefix) && text_ends(entry->d_name, "-socket");
		if (found)
			snprintf(path, 300, "/tmp/%s", entry->d_name);
	}
	if (directory != NULL)
		closedir(directory);
	return found;
}

int shed_dotnet(const struct shed_target *target, char said[SHED_SAID])
{
	unsigned char id[8];
	char path[300];
	auto_fd int fd = -1;

	if (!find_socket(target->pid, path)) {
		snprintf(said, SHED_SAID, "it has no diagnostics socket");
		return -1;
	}
	fd = talk_unix(path);
	if (fd < 0 || !begin_session(fd, id)) {
		snprintf(said, SHED_SAID, "its diagnostics socket does not answer");
		return -1;
	}
	end_session(path, fd, id);
	snprintf(said, SHED_SAID, "GCHeapCollect");
	return 0;
}
