// SPDX-License-Identifier: Apache-2.0
/*
 * teletype: what sits at the other end of terminals, for tests.
 *
 *   teletype drive ROWSxCOLUMNS SCRIPT COMMAND...   COMMAND on a terminal of its own, and SCRIPT typed into it
 *   teletype receive SOCKET SCRIPT                  takes a terminal by the socket, as engines do; SCRIPT likewise
 *
 * A script's lines: `send TEXT` (\n, \r, \xHH), `expect TEXT`, `resize ROWSxCOLUMNS`, `end` (waits for it).
 * Should: print all that came, then what it has found out ("status 0", "modes kept", "message 10 bytes 1 descriptor").
 * Must not: wait for ever: 20 seconds for a line.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define PATIENCE_MSEC 20000
#define HEARD_MAX     (1 << 20)

static int master;
static pid_t driven;
static char heard[HEARD_MAX];
static size_t heard_bytes;
static size_t matched; /* up to where it was expected already */

static void fail(const char *what, const char *detail)
{
	printf("%s\nteletype: %s %s\n", heard, what, detail);
	exit(1);
}

/* False at the end of the other side. */
static bool hear(int msec)
{
	struct pollfd slot = { .fd = master, .events = POLLIN };
	ssize_t got;

	if (poll(&slot, 1, msec) <= 0)
		return true;
	got = read(master, heard + heard_bytes, sizeof(heard) - 1 - heard_bytes);
	if (got <= 0)
		return false;
	heard_bytes += (size_t) got;
	heard[heard_bytes] = '\0';
	return true;
}

static void expect(const char *text)
{
	int left = PATIENCE_MSEC;
	char *found;

	while ((found = strstr(heard + matched, text)) == NULL) {
		if ((left -= 50) < 0 || !hear(50))
			fail("never came:", text);
	}
	matched = (size_t) (found - heard) + strlen(text);
}

/* Of the command; or of the other end, where it is not ours. */
static bool is_over(void)
{
	siginfo_t info = { 0 };
	bool more = hear(50);

	if (driven == 0)
		return !more;
	return waitid(P_PID, (id_t) driven, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       info.si_pid == driven;
}

static void end(void)
{
	int left = PATIENCE_MSEC;

	while (!is_over()) {
		if ((left -= 50) < 0)
			fail("no end", "");
	}
}

static size_t unescape(char *text)
{
	char *to = text;
	char *from = text;

	while (*from != '\0') {
		char digits[3] = { 0 };

		if (from[0] == '\\' && (from[1] == 'n' || from[1] == 'r')) {
			*to++ = from[1] == 'n' ? '\n' : '\r';
			from += 2;
		} else if (from[0] == '\\' && from[1] == 'x' && from[2] != '\0') {
			memcpy(digits, from + 2, 2);
			*to++ = (char) strtoul(digits, NULL, 16);
			from += 4;
		} else {
			*to++ = *from++;
		}
	}
	return (size_t) (to - text);
}

static struct winsize size_of(const char *text)
{
	struct winsize size = { 0 };

	if (sscanf(text, "%hux%hu", &size.ws_row, &size.ws_col) != 2)
		fail("not ROWSxCOLUMNS:", text);
	return size;
}

static void play(const char *path)
{
	char line[4096];
	FILE *script = fopen(path, "r");

	if (script == NULL)
		fail("no script", path);
	while (fgets(line, sizeof(line), script) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "send ", 5) == 0) {
			if (write(master, line + 5, unescape(line + 5)) < 0)
				fail("cannot write:", strerror(errno));
		} else if (strncmp(line, "expect ", 7) == 0) {
			expect(line + 7);
		} else if (strncmp(line, "resize ", 7) == 0) {
			struct winsize size = size_of(line + 7);

			(void) ioctl(master, TIOCSWINSZ, &size);
		} else if (strcmp(line, "end") == 0) {
			end();
		} else {
			fail("what is", line);
		}
	}
	fclose(script);
}

static int drive(char **argv)
{
	struct winsize size = size_of(argv[0]);
	struct termios before = { 0 };
	struct termios after = { 0 };
	int status = 0;
	int peer;

	master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
		fail("no terminal:", strerror(errno));
	peer = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	(void) ioctl(master, TIOCSWINSZ, &size);
	(void) tcgetattr(peer, &before);
	driven = fork();
	if (driven == 0) {
		(void) setsid();
		(void) ioctl(peer, TIOCSCTTY, 0);
		(void) dup2(peer, 0);
		(void) dup2(peer, 1);
		(void) dup2(peer, 2);
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	/* Our own copy of the other end stays open, so that the modes can be seen afterwards. */
	play(argv[1]);
	end();
	(void) waitpid(driven, &status, 0);
	while (heard_bytes < sizeof(heard) - 1) {
		size_t had = heard_bytes;

		(void) hear(50);
		if (heard_bytes == had)
			break;
	}
	(void) tcgetattr(peer, &after);
	printf("%s\nstatus %d\n", heard,
	       WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	puts(memcmp(&before, &after, sizeof(before)) == 0 ? "modes kept" : "modes changed");
	return 0;
}

static int receive(char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char control[CMSG_SPACE(4 * sizeof(int))];
	char bytes[4096];
	struct iovec body = { bytes, sizeof(bytes) };
	struct msghdr message = { .msg_iov = &body,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct cmsghdr *header;
	int connection;
	ssize_t got;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", argv[0]);
	if (bind(listener, (struct sockaddr *) &address, sizeof(address)) < 0 ||
	    listen(listener, 1) < 0)
		fail("cannot listen:", strerror(errno));
	connection = accept(listener, NULL, NULL);
	got = recvmsg(connection, &message, 0);
	header = CMSG_FIRSTHDR(&message);
	if (got <= 0 || header == NULL || header->cmsg_type != SCM_RIGHTS)
		fail("no descriptor", "came");
	memcpy(&master, CMSG_DATA(header), sizeof(master));
	play(argv[1]);
	printf("%s\nmessage %.*s, %zu descriptor\n", heard, (int) got, bytes,
	       (header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
	return recv(connection, bytes, sizeof(bytes), 0) == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	(void) signal(SIGPIPE, SIG_IGN);
	if (argc >= 5 && strcmp(argv[1], "drive") == 0)
		return drive(argv + 2);
	if (argc == 4 && strcmp(argv[1], "receive") == 0)
		return receive(argv + 2);
	fprintf(stderr,
		"usage: teletype drive ROWSxCOLUMNS SCRIPT COMMAND... | receive SOCKET SCRIPT\n");
	return 2;
}
