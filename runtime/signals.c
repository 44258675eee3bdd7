// SPDX-License-Identifier: Apache-2.0
/*
 * Signals by name.
 * Should: know every name of signal(7), with and without SIG, in either case.
 * Must not: send any.
 */
#include "runtime/signals.h"

#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "runtime/base/number.h"

static int realtime(const char *word)
{
	uint64_t offset = 0;
	int base;

	if (strncasecmp(word, "RTMIN", 5) == 0)
		base = SIGRTMIN;
	else if (strncasecmp(word, "RTMAX", 5) == 0)
		base = SIGRTMAX;
	else
		return -1;
	word += 5;
	if (*word == '\0')
		return base;
	if (*word != (base == SIGRTMIN ? '+' : '-') || !number_u64(word + 1, &offset) ||
	    offset > (uint64_t) (SIGRTMAX - SIGRTMIN))
		return -1;
	return base == SIGRTMIN ? base + (int) offset : base - (int) offset;
}

int signal_parse(const char *word)
{
	uint64_t number;
	int candidate;

	if (number_u64(word, &number))
		return number >= 1 && number <= (uint64_t) SIGRTMAX ? (int) number : -1;
	if (strncasecmp(word, "SIG", 3) == 0)
		word += 3;
	for (candidate = 1; candidate < SIGSYS + 1; candidate++) {
		const char *name = sigabbrev_np(candidate);

		if (name != NULL && strcasecmp(name, word) == 0)
			return candidate;
	}
	if (strcasecmp(word, "IOT") == 0)
		return SIGABRT;
	if (strcasecmp(word, "CLD") == 0)
		return SIGCHLD;
	if (strcasecmp(word, "POLL") == 0)
		return SIGIO;
	return realtime(word);
}
