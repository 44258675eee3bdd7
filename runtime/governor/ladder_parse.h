// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_GOVERNOR_LADDER_PARSE_H
#define WEIR_GOVERNOR_LADDER_PARSE_H

#include <stddef.h>

struct action;
struct err;
struct ladder;
struct rung;

/* Private to the parser: ladder.c (rungs), ladder_trigger.c and ladder_action.c. Pieces point into
 * `text`, so a piece's place is its column; they are cut there by NULs. */
struct parse {
	char *text;
	const char *action; /* the one being parsed, for an argument that is missing */
	struct ladder *ladder;
	struct err *err;
};

/* Records "column N: …" and returns -EINVAL. */
__attribute__((format(printf, 3, 4))) int parse_fail(struct parse *parse, const char *where,
						     const char *format, ...);

/* Skips blanks in front and cuts them off behind. */
char *parse_trim(char *piece);

/* "need>85% & ttl<10s" into the rung's triggers and percent. */
int parse_triggers(struct parse *parse, char *piece, struct rung *rung);

/* One action, "signal:USR1@all". */
int parse_action(struct parse *parse, char *piece, struct action *action);

#endif
