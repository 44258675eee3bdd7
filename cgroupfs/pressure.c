// SPDX-License-Identifier: Apache-2.0
/*
 * Pressure stall information.
 * Should: read the totals, which no average blurs.
 * Must not: arm a trigger: a privileged one is a kernel thread.
 */
#include "cgroupfs/pressure.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "runtime/base/err.h"
#include "runtime/base/file.h"
#include "runtime/base/number.h"

#define ROOM 512 /* two lines of at most 100 bytes */

static bool total_of(const char *text, const char *kind, uint64_t *usec)
{
	const char *line = strstr(text, kind);
	const char *total = line != NULL ? strstr(line, "total=") : NULL;

	if (total == NULL)
		return false;
	total += strlen("total=");
	return number_u64_next(&total, usec);
}

int pressure_parse(const char *text, struct pressure *pressure, struct err *err)
{
	struct pressure parsed = { 0 };

	if (!total_of(text, "some ", &parsed.some_usec) ||
	    !total_of(text, "full ", &parsed.full_usec))
		return err_say(err, EINVAL, "memory.pressure: no totals in it");
	*pressure = parsed;
	return 0;
}

int pressure_read(int dirfd, struct pressure *pressure, struct err *err)
{
	char text[ROOM];
	ssize_t length = file_read_at(dirfd, "memory.pressure", text, sizeof(text), err);

	return length < 0 ? (int) length : pressure_parse(text, pressure, err);
}
