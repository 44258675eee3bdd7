// SPDX-License-Identifier: Apache-2.0
/*
 * What a program is told of its limit.
 * Should: leave room for all that is not the heap (governor.md §4 has the shares).
 * Must not: touch what the config says, in whatever variable or argument it says it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "runtime/align/align.h"
#include "runtime/base/arena.h"
#include "runtime/base/err.h"
#include "runtime/base/text.h"

#define MIB (1ULL << 20)
#define GIB (1ULL << 30)

/* ---- what the config says already ---- */

static const char *variable(const struct align_request *request, const char *name)
{
	const struct spec_strings *env = request->program->env;
	size_t length = strlen(name);
	size_t i;

	for (i = 0; i < env->count; i++)
		if (strncmp(env->items[i], name, length) == 0 && env->items[i][length] == '=')
			return env->items[i] + length + 1;
	return NULL;
}

/* Its name if it is there. Never the value: what a config says in it may be a secret. */
static const char *has_variable(const struct align_request *request, const char *name)
{
	return variable(request, name) != NULL ? name : NULL;
}

/* The whole word that one of `words` is found in: "-Xmx900m". */
static const char *word_in(const struct align_request *request, const char *string,
			   const char *const words[])
{
	for (; *words != NULL; words++) {
		const char *at = strstr(string, *words);

		while (at != NULL && at > string && at[-1] == '-')
			at--;
		if (at != NULL)
			return arena_printf(request->arena, "%.*s", (int) strcspn(at, " \"'"), at);
	}
	return NULL;
}

static const char *find_in(const struct align_request *request, const struct spec_strings *strings,
			   const char *const words[])
{
	const char *found = NULL;
	size_t i;

	for (i = 0; i < strings->count && found == NULL; i++)
		found = word_in(request, strings->items[i], words);
	return found;
}

/* In any variable, whatever its name: scripts put them on command lines (JAVA_OPTS, CATALINA_OPTS …). */
static const char *said_anywhere(const struct align_request *request, const char *const words[])
{
	const char *found = find_in(request, request->program->args, words);

	return found != NULL ? found : find_in(request, request->program->env, words);
}

/* ---- writing down ---- */

static void add(struct alignment *alignment, const char *name, const char *value, const char *note)
{
	if (alignment->count < ALIGN_VARIABLES)
		alignment->variables[alignment->count++] =
			(struct align_variable){ name, value, note };
}

/* `said` by the config, and then nothing is set; NULL: it is silent. */
static void offer(const struct align_request *request, struct alignment *alignment,
		  const char *said, const char *name, const char *value)
{
	if (said == NULL)
		add(alignment, name, value, NULL);
	else
		add(alignment, name, NULL,
		    arena_printf(request->arena, "left alone: the config has %.80s", said));
}

/* The share of the limit that the wish or, if it is silent, the table has. */
static uint64_t share_of(const struct align_request *request, unsigned permille)
{
	unsigned asked = request->wish->shares[request->found->kind].permille;

	if (asked > 0)
		permille = asked;
	return request->limit_bytes / 1000 * permille;
}

static unsigned percent_of(const struct align_request *request, unsigned percent)
{
	unsigned asked = request->wish->shares[request->found->kind].permille;

	return asked > 0 ? asked / 10 : percent;
}

/* ---- by runtime ---- */

/* With C in it, that is not counted by Go's collector. GOGC is never set: with "off" a leak that
 * stays below the limit is never collected, which is for the image to ask for. */
static void tell_go(const struct align_request *request, struct alignment *alignment)
{
	uint64_t bytes = share_of(request, request->found->links_c ? 800 : 900);
	const char *gogc = variable(request, "GOGC");

	offer(request, alignment, has_variable(request, "GOMEMLIMIT"), "GOMEMLIMIT",
	      arena_printf(request->arena, "%llu", (unsigned long long) bytes));
	if (gogc != NULL)
		add(alignment, "GOGC", NULL,
		    strcmp(gogc, "off") == 0
			    ? "left alone: the config has GOGC=off: the heap is collected at "
			      "GOMEMLIMIT alone"
			    : "left alone: the config sets it");
}

/* A JVM before 24 does not see the limit of a cgroup above its own: then it is told bytes. The digit
 * behind the point is for JDK 8, which refuses "75". */
static void tell_jvm(const struct align_request *request, struct alignment *alignment)
{
	static const char *const words[] = { "-Xmx", "MaxRAMPercentage", "MaxHeapSize",
					     "-XX:MaxRAM=", NULL };
	unsigned percent = request->limit_bytes >= GIB	       ? 75
			   : request->limit_bytes >= 512 * MIB ? 60
							       : 50;
	const char *said = has_variable(request, "JAVA_TOOL_OPTIONS");
	const char *value;

	if (said == NULL)
		said = said_anywhere(request, words);
	if (request->limit_is_own)
		value = arena_printf(request->arena, "-XX:MaxRAMPercentage=%u.0",
				     percent_of(request, percent));
	else
		value = arena_printf(request->arena, "-Xmx%lluk",
				     (unsigned long long) (share_of(request, percent * 10) / 1024));
	offer(request, alignment, said, "JAVA_TOOL_OPTIONS", value);
}

/* The share as a share (--max-old-space-size-percentage) is known to few versions, and the others do not
 * start with it. */
static void tell_node(const struct align_request *request, struct alignment *alignment)
{
	static const char *const words[] = { "max-old-space-size", "max_old_space_size",
					     "max-heap-size", "max_heap_size", NULL };
	const char *said = has_variable(request, "NODE_OPTIONS");
	uint64_t bytes = share_of(request, request->limit_bytes >= 512 * MIB ? 750 : 600);

	if (said == NULL)
		said = said_anywhere(request, words);
	offer(request, alignment, said, "NODE_OPTIONS",
	      arena_printf(request->arena, "--max-old-space-size=%llu",
			   (unsigned long long) (bytes / MIB)));
}

/* Both are read as hexadecimal numbers (.NET: Runtime configuration options for garbage collection). */
static void tell_dotnet(const struct align_request *request, struct alignment *alignment)
{
	static const char *const words[] = { "GCHeapHardLimit", NULL };
	const char *said = find_in(request, request->program->env, words);
	const char *conserves = has_variable(request, "DOTNET_GCConserveMemory");

	if (said == NULL && request->found->heap_is_set)
		said = "System.GC.HeapHardLimit in runtimeconfig.json";
	if (request->limit_is_own)
		offer(request, alignment, said, "DOTNET_GCHeapHardLimitPercent",
		      arena_printf(request->arena, "0x%X", percent_of(request, 75)));
	else
		offer(request, alignment, said, "DOTNET_GCHeapHardLimit",
		      arena_printf(request->arena, "0x%llX",
				   (unsigned long long) share_of(request, 750)));
	if (conserves == NULL)
		conserves = has_variable(request, "COMPlus_GCConserveMemory");
	offer(request, alignment, conserves, "DOTNET_GCConserveMemory", "0x5");
}

/* glibc makes up to eight arenas a core, and gives back little of each. */
static void tell_malloc(const struct align_request *request, struct alignment *alignment)
{
	static const char *const tunables[] = { "glibc.malloc.arena_max", NULL };
	const char *said = has_variable(request, "MALLOC_ARENA_MAX");
	const char *preload = variable(request, "LD_PRELOAD");
	unsigned arenas = request->wish->arenas > 0 ? request->wish->arenas : 2;

	if (!request->wish->arenas_wanted || !request->found->glibc)
		return;
	/* What is right for a GiB is not for a machine: there it would only be contention. */
	if (request->wish->arenas == 0 && request->limit_bytes > GIB &&
	    request->found->kind != ALIGN_JVM)
		return;
	if (said == NULL)
		said = find_in(request, request->program->env, tunables);
	if (said == NULL && preload != NULL && strstr(preload, "malloc") != NULL)
		said = "another malloc in LD_PRELOAD";
	offer(request, alignment, said, "MALLOC_ARENA_MAX",
	      arena_printf(request->arena, "%u", arenas));
}

static void (*const tellers[])(const struct align_request *request, struct alignment *alignment) = {
	[ALIGN_GO] = tell_go,
	[ALIGN_JVM] = tell_jvm,
	[ALIGN_NODE] = tell_node,
	[ALIGN_DOTNET] = tell_dotnet,
};

static bool sets_any(const struct alignment *alignment)
{
	size_t i;

	for (i = 0; i < alignment->count; i++)
		if (alignment->variables[i].value != NULL)
			return true;
	return false;
}

static const char *why_nothing(const struct align_request *request,
			       const struct alignment *alignment)
{
	enum align_kind kind = request->found->kind;

	if (request->limit_bytes == 0)
		return "there is no limit to align to";
	if (alignment->count > 0)
		return "the config sets all of it";
	if (kind != ALIGN_NATIVE && !request->wish->shares[kind].wanted)
		return "this runtime is not among those asked for";
	return "nothing is known to tell such a program";
}

static bool is_whole(const struct alignment *alignment)
{
	size_t i;

	for (i = 0; i < alignment->count; i++)
		if (alignment->variables[i].value == NULL && alignment->variables[i].note == NULL)
			return false;
	return true;
}

int align_choose(const struct align_request *request, struct alignment *alignment, struct err *err)
{
	struct align_found found = *request->found;
	struct align_request asked = *request;

	if (request->wish->is_told) {
		found.kind = request->wish->told;
		found.why = "the policy says so";
	}
	asked.found = &found;
	*alignment = (struct alignment){ .wish = request->text,
					 .source = request->source,
					 .found = found,
					 .limit_bytes = request->limit_bytes,
					 .limit_is_own = request->limit_is_own };
	if (request->limit_bytes > 0) {
		if (found.kind != ALIGN_NATIVE && request->wish->shares[found.kind].wanted)
			tellers[found.kind](&asked, alignment);
		tell_malloc(&asked, alignment);
	}
	if (!is_whole(alignment))
		return err_set(err, ENOMEM, "align");
	if (!sets_any(alignment))
		alignment->nothing = why_nothing(&asked, alignment);
	return 0;
}
