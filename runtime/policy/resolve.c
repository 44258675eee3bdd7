// SPDX-License-Identifier: Apache-2.0
/*
 * What all the policies come to for one container.
 * Should: give every single thing its source.
 * Must not: let the container's author, or the file given, have more than the host allows.
 */
#include <errno.h>
#include <string.h>

#include "runtime/base/arena.h"
#include "runtime/base/err.h"
#include "runtime/base/text.h"
#include "runtime/policy/policy.h"

#define ALL_SETTINGS ((1U << POLICY_SETTINGS) - 1)

static const char *place(struct arena *arena, const struct policy_rule *rule, size_t line)
{
	return arena_printf(arena, "%s:%zu", rule->file, line);
}

/* ---- the host's files ---- */

static void take_defaults(struct arena *arena, const struct policy_rule *rule, bool of_host,
			  struct policy *policy)
{
	size_t i;

	for (i = 0; rule->defaults != NULL && i < POLICY_SETTINGS; i++)
		if (rule->defaults->text[i] != NULL)
			policy->values[i] = (struct policy_value){
				.text = rule->defaults->text[i],
				.source = place(arena, rule, rule->defaults->line[i]),
				.of_host = of_host,
			};
}

static void take_ceilings(struct arena *arena, const struct policy_rule *rule,
			  struct policy *policy)
{
	const struct policy_ceilings *ceilings = rule->ceilings;
	size_t i;

	if (ceilings == NULL)
		return;
	if (ceilings->line[POLICY_ACTIONS] > 0)
		policy->kinds = ceilings->kinds;
	if (ceilings->line[POLICY_STOP] > 0)
		policy->stop_usec = ceilings->stop_usec;
	if (ceilings->line[POLICY_BRAKE] > 0)
		policy->brake_usec = ceilings->brake_usec;
	if (ceilings->line[POLICY_GROW] > 0)
		policy->grow = ceilings->most;
	for (i = 0; i < POLICY_CEILINGS; i++)
		if (ceilings->line[i] > 0)
			policy->ceiling_sources[i] = place(arena, rule, ceilings->line[i]);
}

static void take_host_rule(struct arena *arena, const struct policy_rule *rule,
			   struct policy *policy)
{
	take_defaults(arena, rule, true, policy);
	take_ceilings(arena, rule, policy);
	if (rule->annotations.items != NULL) {
		policy->allowed = rule->allowed;
		policy->allowed_source = place(arena, rule, rule->annotations_line);
	}
	if (rule->host_exec != NULL) {
		policy->host_exec = rule->host_exec;
		policy->host_exec_source = place(arena, rule, rule->host_exec->line);
	}
}

/* ---- the file given ---- */

/* Bytes and a share of the limit cannot be compared: then the one that is given last holds. */
static bool is_less(const struct policy_amount *left, const struct policy_amount *right)
{
	if (left->percent > 0 && right->percent > 0)
		return left->percent < right->percent;
	if (left->percent == 0 && right->percent == 0)
		return left->bytes < right->bytes;
	return true;
}

static void lower(struct arena *arena, const struct policy_rule *rule, enum policy_ceiling ceiling,
		  struct policy *policy)
{
	policy->ceiling_sources[ceiling] = place(arena, rule, rule->ceilings->line[ceiling]);
}

static void lower_ceilings(struct arena *arena, const struct policy_rule *rule,
			   struct policy *policy)
{
	const struct policy_ceilings *ceilings = rule->ceilings;

	if (ceilings == NULL)
		return;
	if (ceilings->line[POLICY_ACTIONS] > 0 && (policy->kinds & ~ceilings->kinds) != 0) {
		policy->kinds &= ceilings->kinds;
		lower(arena, rule, POLICY_ACTIONS, policy);
	}
	if (ceilings->line[POLICY_STOP] > 0 && ceilings->stop_usec < policy->stop_usec) {
		policy->stop_usec = ceilings->stop_usec;
		lower(arena, rule, POLICY_STOP, policy);
	}
	if (ceilings->line[POLICY_BRAKE] > 0 && ceilings->brake_usec < policy->brake_usec) {
		policy->brake_usec = ceilings->brake_usec;
		lower(arena, rule, POLICY_BRAKE, policy);
	}
	if (ceilings->line[POLICY_GROW] > 0 && (policy->ceiling_sources[POLICY_GROW] == NULL ||
						is_less(&ceilings->most, &policy->grow))) {
		policy->grow = ceilings->most;
		lower(arena, rule, POLICY_GROW, policy);
	}
}

/* Of the file given, before the annotations are looked at. */
static int take_given_limits(struct arena *arena, const struct policy_rule *rule,
			     struct policy *policy, struct err *err)
{
	if (rule->host_exec != NULL)
		return err_say(err, EPERM,
			       "%s:%zu: hostExec: programs of the host are permitted by the host's "
			       "own policies alone",
			       rule->file, rule->host_exec->line);
	lower_ceilings(arena, rule, policy);
	if (rule->annotations.items != NULL && (policy->allowed & ~rule->allowed) != 0) {
		policy->allowed &= rule->allowed;
		policy->allowed_source = place(arena, rule, rule->annotations_line);
	}
	return 0;
}

/* ---- annotations ---- */

static int take_annotation(const struct policy_request *request, const struct spec_pair *pair,
			   struct policy *policy, struct err *err)
{
	const char *name = pair->key + strlen(POLICY_ANNOTATION);
	unsigned setting = 0;

	while (setting < POLICY_SETTINGS && strcmp(policy_setting_name(setting), name) != 0)
		setting++;
	if (setting == POLICY_SETTINGS)
		return err_say(err, EINVAL,
			       "/annotations/%.128s: unknown (" POLICY_ANNOTATION
			       "ladder, align or oom)",
			       pair->key);
	if ((policy->allowed & (1U << setting)) == 0)
		return err_say(err, EPERM, "/annotations/%s: not allowed by %s", pair->key,
			       policy->allowed_source);
	policy->values[setting] = (struct policy_value){
		.text = pair->value,
		.source = arena_printf(request->arena, "/annotations/%s", pair->key),
	};
	return 0;
}

static int take_annotations(const struct policy_request *request, struct policy *policy,
			    struct err *err)
{
	const struct spec_pairs *annotations = request->subject.annotations;
	size_t i;
	int result = 0;

	for (i = 0; result == 0 && annotations != NULL && i < annotations->count; i++)
		if (text_starts(annotations->items[i].key, POLICY_ANNOTATION))
			result = take_annotation(request, &annotations->items[i], policy, err);
	return result;
}

/* ---- all together ---- */

static size_t count_of(const struct policy_rules *rules)
{
	return rules != NULL ? rules->count : 0;
}

/* Whether the rule is for this container; then it is noted as one that was. */
static bool note_match(const struct policy_request *request, const struct policy_rule *rule,
		       struct policy *policy)
{
	auto_text struct text why = { 0 };
	bool matches = policy_matches(rule->match, &request->subject, &why);

	if (matches)
		policy->matched[policy->matched_count++] = (struct policy_matched){
			.place = place(request->arena, rule, rule->line),
			.name = rule->name,
			.why = arena_string(request->arena, text_string(&why)),
		};
	return matches;
}

/* The last of each: a setting that says it is to be left as it is. */
static void finish(struct policy *policy)
{
	static const char *const nothing[] = { "off", "off", "spec" };
	size_t i;

	for (i = 0; i < POLICY_SETTINGS; i++)
		if (policy->values[i].text != NULL &&
		    strcmp(policy->values[i].text, nothing[i]) == 0)
			policy->values[i].text = NULL;
}

static void take_flags(const struct policy_request *request, struct policy *policy)
{
	static const char *const names[] = { "--ladder", "--align", "--oom" };
	size_t i;

	for (i = 0; i < POLICY_SETTINGS; i++)
		if (request->flags[i] != NULL)
			policy->values[i] = (struct policy_value){ .text = request->flags[i],
								   .source = names[i] };
}

static int resolve(const struct policy_request *request, struct policy *policy, struct err *err)
{
	size_t i;
	int result = 0;

	/* Which rules are for it is asked once, of the host's first: their places are in order. */
	bool *given = arena_array(request->arena, count_of(request->given) + 1, sizeof(*given));

	if (given == NULL)
		return err_set(err, ENOMEM, "memory policy");
	for (i = 0; i < count_of(request->host); i++)
		if (note_match(request, &request->host->items[i], policy))
			take_host_rule(request->arena, &request->host->items[i], policy);
	for (i = 0; result == 0 && i < count_of(request->given); i++) {
		given[i] = note_match(request, &request->given->items[i], policy);
		if (given[i])
			result = take_given_limits(request->arena, &request->given->items[i],
						   policy, err);
	}
	if (result == 0)
		result = take_annotations(request, policy, err);
	if (result < 0)
		return result;
	for (i = 0; i < count_of(request->given); i++)
		if (given[i])
			take_defaults(request->arena, &request->given->items[i], false, policy);
	take_flags(request, policy);
	finish(policy);
	return 0;
}

int policy_resolve(const struct policy_request *request, struct policy *policy, struct err *err)
{
	struct policy made = { .kinds = ~0U,
			       .stop_usec = UINT64_MAX,
			       .brake_usec = UINT64_MAX,
			       .allowed = ALL_SETTINGS };
	size_t rules = count_of(request->host) + count_of(request->given);
	size_t i;
	int result;

	for (i = 0; i < POLICY_SETTINGS; i++)
		made.values[i].source = "default";
	made.matched = arena_array(request->arena, rules + 1, sizeof(*made.matched));
	if (made.matched == NULL)
		return err_set(err, ENOMEM, "memory policy");
	result = resolve(request, &made, err);
	if (result == 0)
		*policy = made;
	return result;
}
