// SPDX-License-Identifier: Apache-2.0
/*
 * The audit of the alignment as JSON.
 * Should: say of each variable why it is set, or not.
 * Must not: decide.
 */
#include "runtime/align/align.h"
#include "runtime/base/emit.h"

void align_report(const struct alignment *alignment, struct emit *emit, const char *key)
{
	size_t i;

	emit_object(emit, key);
	emit_string(emit, "wish", alignment->wish);
	emit_string(emit, "source", alignment->source);
	emit_string(emit, "program", alignment->found.path);
	emit_string(emit, "runtime", align_kind_name(alignment->found.kind));
	emit_string(emit, "known_by", alignment->found.why);
	if (alignment->limit_bytes > 0) {
		emit_u64(emit, "limit", alignment->limit_bytes);
		emit_bool(emit, "limit_is_own", alignment->limit_is_own);
	}
	emit_array(emit, "variables");
	for (i = 0; i < alignment->count; i++) {
		const struct align_variable *variable = &alignment->variables[i];

		emit_object(emit, NULL);
		emit_string(emit, "name", variable->name);
		emit_string(emit, "value", variable->value);
		emit_string(emit, "note", variable->note);
		emit_object_end(emit);
	}
	emit_array_end(emit);
	emit_string(emit, "nothing", alignment->nothing);
	emit_object_end(emit);
}
