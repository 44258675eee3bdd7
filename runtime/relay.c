// SPDX-License-Identifier: Apache-2.0
/*
 * The foreground's side of a terminal.
 * Should: be as if the program sat at our stdio, whether that is a terminal or a pipe.
 * Must not: leave our terminal raw, block on one direction while the other has work, or change the
 * modes of descriptors that are shared with the caller.
 */
#include "runtime/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "runtime/base/err.h"
#include "runtime/base/fd.h"

enum { SLOT_STDIN, SLOT_PROGRAM_IN, SLOT_PROGRAM_OUT, SLOT_STDOUT };

static void make_raw(struct relay *relay)
{
	struct termios raw = relay->saved;

	cfmakeraw(&raw);
	relay->raw = tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0;
}

void relay_resize(const struct relay *relay)
{
	struct winsize size;

	if (relay->master >= 0 && ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0 &&
	    (size.ws_row != 0 || size.ws_col != 0))
		(void) ioctl(relay->master, TIOCSWINSZ, &size);
}

void relay_resume(struct relay *relay)
{
	if (relay->raw)
		make_raw(relay);
	relay_resize(relay);
}

int relay_begin(struct relay *relay, struct err *err)
{
	/* Ours alone: nobody else is surprised by it. */
	if (fcntl(relay->master, F_SETFL, O_RDWR | O_NONBLOCK) < 0)
		return err_set(err, errno, "the program's terminal");
	if (tcgetattr(STDIN_FILENO, &relay->saved) == 0) {
		make_raw(relay);
		relay_resize(relay);
	}
	return 0;
}

static bool may_fill(const struct relay_flow *flow)
{
	return !flow->ended && flow->length == 0;
}

void relay_slots(const struct relay *relay, struct pollfd slots[RELAY_SLOTS])
{
	const bool fill_in = may_fill(&relay->in) && !relay->in.lost;
	const bool fill_out = may_fill(&relay->out);

	slots[SLOT_STDIN] = (struct pollfd){ fill_in ? STDIN_FILENO : -1, POLLIN, 0 };
	slots[SLOT_PROGRAM_IN] =
		(struct pollfd){ relay->in.length > 0 ? relay->master : -1, POLLOUT, 0 };
	slots[SLOT_PROGRAM_OUT] = (struct pollfd){ fill_out ? relay->master : -1, POLLIN, 0 };
	slots[SLOT_STDOUT] =
		(struct pollfd){ relay->out.length > 0 ? STDOUT_FILENO : -1, POLLOUT, 0 };
}

/* Reads once. EIO is how a terminal says that nobody holds its other end. */
static void fill(struct relay_flow *flow, int from)
{
	ssize_t got = read(from, flow->bytes, sizeof(flow->bytes));

	flow->start = 0;
	flow->length = got > 0 ? (size_t) got : 0;
	if (got > 0)
		flow->last = flow->bytes[got - 1];
	flow->ended = got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
}

/* Writes once. */
static void empty(struct relay_flow *flow, int to)
{
	ssize_t put = flow->lost ? (ssize_t) flow->length
				 : write(to, flow->bytes + flow->start, flow->length);

	if (put < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	flow->lost = flow->lost || put < 0;
	if (flow->lost)
		put = (ssize_t) flow->length;
	flow->start += (size_t) put;
	flow->length -= (size_t) put;
}

/* stdin has ended: in a terminal, that is a character. One only ends a line that was begun. */
static void tell_end(struct relay *relay)
{
	struct relay_flow *in = &relay->in;
	struct termios modes;

	if (tcgetattr(relay->master, &modes) < 0 || (modes.c_lflag & ICANON) == 0)
		return;
	in->length = in->last != '\n' && in->last != '\0' ? 2 : 1;
	in->start = 0;
	memset(in->bytes, modes.c_cc[VEOF], in->length);
}

void relay_turn(struct relay *relay, const struct pollfd slots[RELAY_SLOTS])
{
	if (slots[SLOT_PROGRAM_IN].revents != 0)
		empty(&relay->in, relay->master);
	if (slots[SLOT_STDOUT].revents != 0)
		empty(&relay->out, STDOUT_FILENO);
	if (slots[SLOT_PROGRAM_OUT].revents != 0)
		fill(&relay->out, relay->master);
	if (slots[SLOT_STDIN].revents == 0)
		return;
	fill(&relay->in, STDIN_FILENO);
	if (relay->in.ended)
		tell_end(relay);
}

void relay_finish(struct relay *relay)
{
	struct relay_flow *out = &relay->out;

	if (relay->master < 0)
		return;
	/* Nothing is under way when the kernel says that nothing is there: its read pushes what was
	 * written to the other end (drivers/tty/n_tty.c). Whoever still holds that is not waited
	 * for. */
	do {
		while (out->length > 0 && fd_wait(STDOUT_FILENO, POLLOUT, -1) > 0)
			empty(out, STDOUT_FILENO);
		if (!out->ended)
			fill(out, relay->master);
	} while (out->length > 0);
}

void relay_close(struct relay *relay)
{
	fd_close(&relay->master);
	if (relay->raw)
		(void) tcsetattr(STDIN_FILENO, TCSADRAIN, &relay->saved);
	relay->raw = false;
}
