// SPDX-License-Identifier: Apache-2.0
/*
 * --regex: one command for every container whose id matches.
 * Should: try them all, whatever becomes of one.
 * Must not: take a pattern that is none for one that matches nothing.
 */
#include <errno.h>
#include <regex.h>

#include "runtime/base/err.h"
#include "runtime/cmd/cmd.h"
#include "runtime/container.h"

struct matching {
	struct call *call;
	regex_t regex;
	int (*action)(struct call *call, const char *id, struct err *err);
	struct err first; /* what went wrong first: the rest are warnings */
};

static int try_one(void *context, const char *id, struct err *err)
{
	struct matching *matching = context;
	struct err own = { 0 };

	(void) err;
	if (regexec(&matching->regex, id, 0, NULL, 0) != 0)
		return 0;
	if (matching->action(matching->call, id, &own) == 0)
		return 0;
	if (matching->first.number == 0)
		matching->first = own;
	else
		log_warnings(&matching->call->log, own.text);
	return 0;
}

int matching_run(struct call *call, const char *pattern,
		 int (*action)(struct call *call, const char *id, struct err *err), struct err *err)
{
	auto_container struct container root = CONTAINER_NONE;
	struct matching matching = { .call = call, .action = action };
	char why[128];
	int result = regcomp(&matching.regex, pattern, REG_EXTENDED | REG_NOSUB);

	if (result != 0) {
		regerror(result, &matching.regex, why, sizeof(why));
		return err_say(err, EINVAL, "--regex '%s': %s", pattern, why);
	}
	result = container_find_root(&root, call->root, err);
	if (result == 0)
		result = container_for_each(&root, try_one, &matching, err);
	regfree(&matching.regex);
	if (result == -ENOENT)
		return 0;
	if (result < 0 || matching.first.number == 0)
		return result;
	*err = matching.first;
	return -err->number;
}
