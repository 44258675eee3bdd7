// SPDX-License-Identifier: Apache-2.0
/*
 * A JSON document that an option names: a file, a pipe, or stdin.
 * Should: end at the limit, whatever comes.
 * Must not: be used for a file of an image: this one may be waited for.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/json.h"
#include "runtime/base/text.h"
#include "runtime/cmd/cmd.h"

int input_read(const char *option, const char *path, struct text *json, struct err *err)
{
	bool is_stdin = strcmp(path, "-") == 0;
	auto_fd int fd = is_stdin ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	const char *shown = is_stdin ? "stdin" : path;
	char piece[4096];
	ssize_t got;

	if (fd < 0)
		return err_set(err, errno, "%s%s", option, shown);
	while ((got = fd_read_full(fd, piece, sizeof(piece))) > 0) {
		text_add_bytes(json, piece, (size_t) got);
		if (json->length > JSON_BYTES)
			return err_say(err, EFBIG, "%s%s: larger than the %u bytes allowed", option,
				       shown, JSON_BYTES);
	}
	if (got < 0)
		return err_set(err, (int) -got, "%s%s", option, shown);
	return text_ok(json) ? 0 : err_set(err, ENOMEM, "%s%s", option, shown);
}
