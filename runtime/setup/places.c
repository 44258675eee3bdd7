// SPDX-License-Identifier: Apache-2.0
/*
 * Where descriptors are.
 * Should: ask the kernel, by /proc/self/fd of the private procfs.
 * Must not: be used to open anything: a place is only to be judged.
 */
#include "runtime/setup/places.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "runtime/base/err.h"
#include "runtime/setup/setup.h"

static int place_of(const struct setup *setup, int fd, char out[PATH_MAX], struct err *err)
{
	char link[64];
	ssize_t length;

	snprintf(link, sizeof(link), "self/fd/%d", fd);
	length = readlinkat(setup->proc, link, out, PATH_MAX);
	if (length < 0)
		return err_set(err, errno, "/proc/%s", link);
	if (length >= PATH_MAX)
		return err_set(err, ENAMETOOLONG, "/proc/%s", link);
	out[length] = '\0';
	return 0;
}

int place_in_container(const struct setup *setup, int fd, char out[PATH_MAX], struct err *err)
{
	char root[PATH_MAX];
	char whole[PATH_MAX];
	size_t length;
	int result = place_of(setup, setup->root, root, err);

	if (result == 0)
		result = place_of(setup, fd, whole, err);
	if (result < 0)
		return result;
	/* The root "/" of a container without a rootfs of its own is a prefix that has no name. */
	length = strcmp(root, "/") == 0 ? 0 : strlen(root);
	if (strncmp(whole, root, length) != 0 || (whole[length] != '/' && whole[length] != '\0'))
		return err_say(err, EXDEV, "%s lies outside the container", whole);
	snprintf(out, PATH_MAX, "%s", whole[length] != '\0' ? whole + length : "/");
	return 0;
}
