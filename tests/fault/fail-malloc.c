// SPDX-License-Identifier: Apache-2.0
/*
 * Preloaded: the FAIL_MALLOC_AT-th allocation of a process (counted on in its children) gives NULL, and the file
 * FAIL_MALLOC_FILE says that it did. Counts what the runtime and its libraries ask libc for.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

static long left = -1;
static bool is_set;

static long read_number(const char *text)
{
	long number = 0;

	while (text != NULL && *text >= '0' && *text <= '9')
		number = 10 * number + (*text++ - '0');
	return number;
}

static bool is_it(void)
{
	const char *file;
	int fd;

	if (!is_set) {
		is_set = true;
		left = read_number(getenv("FAIL_MALLOC_AT"));
	}
	if (left <= 0 || --left > 0)
		return false;
	file = getenv("FAIL_MALLOC_FILE");
	fd = file != NULL ? open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;
	if (fd >= 0)
		close(fd);
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	return is_it() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return is_it() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	return is_it() ? NULL : __libc_realloc(old, size);
}
