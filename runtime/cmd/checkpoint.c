// SPDX-License-Identifier: Apache-2.0
/*
 * checkpoint, restore: of a build without CRIU.
 * Should: answer the probes of engines (--help; an option without its argument), and take every option
 *         that they pass before saying no.
 * Must not: touch a container.
 */
#include <errno.h>

#include "runtime/base/err.h"
#include "runtime/cmd/cmd.h"

#define TEXT(name, value, help)                                                                    \
	{                                                                                          \
		0, name, OPTION_TEXT, offsetof(struct options, ignored_text), value, help          \
	}
#define FLAG(name, help)                                                                           \
	{                                                                                          \
		0, name, OPTION_FLAG, offsetof(struct options, ignored_flag), NULL, help           \
	}

static const struct option_row checkpoint_rows[] = {
	TEXT("image-path", "DIR", "where the image is kept"),
	TEXT("work-path", "DIR", "where CRIU keeps its log"),
	TEXT("parent-path", "DIR", "the image of an earlier --pre-dump"),
	TEXT("manage-cgroups-mode", "MODE", "soft, full or strict"),
	TEXT("network-lock", "METHOD", "iptables or nftables"),
	TEXT("status-fd", "FD", "told when lazy pages are ready"),
	TEXT("page-server", "ADDRESS", "where pages go"),
	TEXT("empty-ns", "TYPE", "leave a namespace out"),
	FLAG("leave-running", "do not stop the container"),
	FLAG("tcp-established", "with its TCP connections"),
	FLAG("tcp-skip-in-flight", "without connections being made"),
	FLAG("link-remap", "with files that have no name left"),
	FLAG("ext-unix-sk", "with unix sockets of others"),
	FLAG("shell-job", "with the terminal of a shell"),
	FLAG("file-locks", "with file locks"),
	FLAG("pre-dump", "its memory alone, while it runs"),
	FLAG("lazy-pages", "pages are fetched later"),
	FLAG("auto-dedup", "without pages that a parent holds"),
	{ 'h', "help", OPTION_FLAG, offsetof(struct options, help), NULL, "this help" },
	{ 0 },
};

static const struct option_row restore_rows[] = {
	TEXT("bundle", "DIR", "the bundle"),
	TEXT("pid-file", "FILE", "write the first process's pid to FILE"),
	TEXT("console-socket", "SOCKET", "where the terminal goes"),
	TEXT("image-path", "DIR", "where the image is kept"),
	TEXT("work-path", "DIR", "where CRIU keeps its log"),
	TEXT("manage-cgroups-mode", "MODE", "soft, full or strict"),
	TEXT("network-lock", "METHOD", "iptables or nftables"),
	TEXT("lsm-profile", "PROFILE", "another LSM profile"),
	TEXT("lsm-mount-context", "CONTEXT", "another LSM label for mounts"),
	TEXT("empty-ns", "TYPE", "leave a namespace out"),
	FLAG("detach", "do not stay with the container"),
	FLAG("tcp-established", "with its TCP connections, or without"),
	FLAG("tcp-close", "with its TCP connections, or without"),
	FLAG("ext-unix-sk", "with unix sockets of others"),
	FLAG("shell-job", "with the terminal of a shell"),
	FLAG("file-locks", "with file locks"),
	FLAG("lazy-pages", "pages are fetched later"),
	FLAG("auto-dedup", "without pages that a parent holds"),
	FLAG("no-subreaper", "as for run"),
	FLAG("no-pivot", "as for run"),
	{ 'h', "help", OPTION_FLAG, offsetof(struct options, help), NULL, "this help" },
	{ 0 },
};

static int say_no(struct call *call, struct err *err)
{
	(void) call;
	return err_say(err, ENOTSUP,
		       "this build has no CRIU: containers cannot be checkpointed or "
		       "restored");
}

const struct command command_checkpoint = {
	.name = "checkpoint",
	.arguments = "ID",
	.summary = "not in this build: it has no CRIU",
	.rows = checkpoint_rows,
	.takes_unknown = true,
	.run = say_no,
};

const struct command command_restore = {
	.name = "restore",
	.arguments = "ID",
	.summary = "not in this build: it has no CRIU",
	.rows = restore_rows,
	.takes_unknown = true,
	.run = say_no,
};
