// SPDX-License-Identifier: Apache-2.0
/*
 * The other end of a unix socket, for tests.
 *
 *	peer datagram SOCKET          prints one datagram as it came
 *	peer datagrams SOCKET COUNT   prints so many (1 to 9), one a line
 *	peer say SOCKET DATAGRAM...   sends them
 *	peer agent SOCKET ANSWER      a seccomp agent: takes one container process state, prints it and the number of
 *	                              descriptors, then answers every notification: "continue", or a number that the
 *	                              call is to return (negative: an errno)
 *	peer deaf SOCKET              takes one connection and closes it unread
 *	peer packet SOCKET TEXT       sends one packet to who listens there, and prints the answer
 *	peer crowd SOCKET NUMBER      so many connections that say nothing, until it is ended
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define BYTES_MAX (4 << 20)

static _Noreturn void fail(const char *what)
{
	perror(what);
	exit(1);
}

static int listen_at(const char *path, int type)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd < 0 || bind(fd, (struct sockaddr *) &address, sizeof(address)) < 0)
		fail(path);
	if (type == SOCK_STREAM && listen(fd, 8) < 0)
		fail("listen");
	return fd;
}

static int take_datagram(const char *path)
{
	static char bytes[BYTES_MAX];
	ssize_t got = recv(listen_at(path, SOCK_DGRAM), bytes, sizeof(bytes), 0);

	return got < 0 || fwrite(bytes, 1, (size_t) got, stdout) != (size_t) got;
}

static int take_datagrams(const char *path, int count)
{
	int fd = listen_at(path, SOCK_DGRAM);
	char bytes[4096];

	for (; count > 0; count--) {
		ssize_t got = recv(fd, bytes, sizeof(bytes), 0);

		if (got < 0)
			fail(path);
		printf("%.*s\n", (int) got, bytes);
		fflush(stdout);
	}
	return 0;
}

static int say(const char *path, char *const words[])
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	for (; *words != NULL; words++)
		if (sendto(fd, *words, strlen(*words), 0, (struct sockaddr *) &address,
			   sizeof(address)) < 0)
			fail(path);
	return 0;
}

/* All there is until the peer closes; the descriptors come with the first piece. */
static int receive(int connection, char *bytes, int *count)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(8 * sizeof(int))];
	} control = { 0 };
	struct iovec piece = { bytes, BYTES_MAX - 1 };
	struct msghdr message = { .msg_iov = &piece,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	ssize_t got = recvmsg(connection, &message, MSG_CMSG_CLOEXEC);
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	size_t length = 0;
	int fd = -1;

	*count = 0;
	if (header != NULL && header->cmsg_type == SCM_RIGHTS) {
		*count = (int) ((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	}
	while (got > 0) {
		length += (size_t) got;
		got = read(connection, bytes + length, BYTES_MAX - 1 - length);
	}
	if (got < 0)
		fail("receive");
	bytes[length] = '\0';
	return fd;
}

static bool answer_one(int listener, const char *answer)
{
	struct seccomp_notif asked = { 0 };
	struct seccomp_notif_resp answered = { 0 };
	long number =
		strcmp(answer, "continue") == 0 ? 0 : strtol(answer, NULL, 10); /* lint: allowed */

	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &asked) < 0)
		return errno == EINTR || errno == ENOENT;
	printf("asked for call %d of process %u\n", asked.data.nr, asked.pid);
	fflush(stdout);
	answered.id = asked.id;
	if (strcmp(answer, "continue") == 0)
		answered.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	else if (number < 0)
		answered.error = (int32_t) number;
	else
		answered.val = number;
	return ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answered) == 0 || errno == ENOENT;
}

static int be_agent(const char *path, const char *answer)
{
	static char bytes[BYTES_MAX];
	int listening = listen_at(path, SOCK_STREAM);
	int connection = accept(listening, NULL, NULL);
	int count;
	int listener;

	if (connection < 0)
		fail("accept");
	listener = receive(connection, bytes, &count);
	printf("%s\n%d descriptors\n", bytes, count);
	fflush(stdout);
	for (;;) {
		struct pollfd slot = { .fd = listener, .events = POLLIN };

		if (listener < 0 || poll(&slot, 1, -1) < 0 || (slot.revents & POLLHUP) != 0)
			return listener < 0;
		if (!answer_one(listener, answer))
			fail("answer");
	}
}

static int be_deaf(const char *path)
{
	int connection = accept(listen_at(path, SOCK_STREAM), NULL, NULL);

	return connection < 0 || close(connection) < 0;
}

static int connect_packets(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd < 0 || connect(fd, (struct sockaddr *) &address, sizeof(address)) < 0)
		fail(path);
	return fd;
}

static int send_packet(const char *path, const char *text)
{
	char answer[1024];
	int fd = connect_packets(path);
	ssize_t got;

	if (send(fd, text, strlen(text), MSG_NOSIGNAL) < 0)
		fail("send");
	got = recv(fd, answer, sizeof(answer), 0);
	if (got < 0)
		fail("receive");
	printf("%.*s\n", (int) got, answer);
	return 0;
}

static _Noreturn void be_crowd(const char *path, const char *number)
{
	long left = strtol(number, NULL, 10); /* lint: allowed */

	while (left-- > 0)
		(void) connect_packets(path);
	printf("here\n");
	fflush(stdout);
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "datagram") == 0)
		return take_datagram(argv[2]);
	if (argc == 4 && strcmp(argv[1], "datagrams") == 0)
		return take_datagrams(argv[2], argv[3][0] - '0');
	if (argc > 3 && strcmp(argv[1], "say") == 0)
		return say(argv[2], argv + 3);
	if (argc == 4 && strcmp(argv[1], "agent") == 0)
		return be_agent(argv[2], argv[3]);
	if (argc == 3 && strcmp(argv[1], "deaf") == 0)
		return be_deaf(argv[2]);
	if (argc == 4 && strcmp(argv[1], "packet") == 0)
		return send_packet(argv[2], argv[3]);
	if (argc == 4 && strcmp(argv[1], "crowd") == 0)
		be_crowd(argv[2], argv[3]);
	fprintf(stderr, "usage: peer datagram|datagrams|say|agent|deaf|packet|crowd SOCKET [WORD]\n");
	return 2;
}
