// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_ALIGN_ALIGN_H
#define WEIR_ALIGN_ALIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spec/spec.h"

struct arena;
struct emit;
struct err;

/*
 * Alignment: a language runtime that sizes its heap by the machine, or by nothing, is told the
 * container's limit through the environment (governor.md §4, docs/alignment.md). What the program is
 * is seen in its file (detect.c, elf.c); what it is told is chosen without looking at anything
 * (choose.c); and what the config says already is never touched.
 */

enum align_kind {
	ALIGN_NATIVE, /* none of those below */
	ALIGN_GO,
	ALIGN_JVM,
	ALIGN_NODE,
	ALIGN_DOTNET,
	ALIGN_KINDS
};

/* "native", "go", "jvm", "node", "dotnet". */
const char *align_kind_name(enum align_kind kind);

/* ---- what is asked for ---- */

struct align_share {
	bool wanted;
	unsigned permille; /* of the limit; 0: as governor.md §4 has it */
};

struct align_wish {
	struct align_share shares[ALIGN_KINDS];
	bool arenas_wanted;
	unsigned arenas; /* of malloc(3); 0: as governor.md §4 has it */
	bool is_told;	 /* "as=": what the program is, is not looked for */
	enum align_kind told;
};

/*
 * "auto", "off", or a list: "go=0.9,jvm=75,node=60%,dotnet=70,malloc=2" aligns those alone;
 * "auto,jvm=off" all but one; "as=jvm" says what the program is. An error names the column.
 */
int align_parse(const char *text, struct align_wish *wish, struct err *err);

/* ---- what the program is ---- */

struct align_program {
	const struct spec_strings *args;
	const struct spec_strings *env;
	const char *cwd;
};

struct align_found {
	enum align_kind kind;
	const char *path; /* as the container sees it; NULL: not found */
	const char *why;  /* what it was known by */
	bool links_c;	  /* a Go program with C in it */
	bool glibc;	  /* its malloc(3) is that of glibc */
	bool heap_is_set; /* in a file beside it (runtimeconfig.json) */
};

/*
 * Looks at the program below `root` (O_PATH), through scripts ("#!") and wrappers that are given the
 * real one as an argument. Reads a bounded part of regular files and never waits; what cannot be read
 * is not known. -ENOMEM alone.
 */
int align_detect(struct arena *arena, int root, const struct align_program *program,
		 struct align_found *found, struct err *err);

/* What one ELF file says of itself. False if it is none for this machine's byte order and 64 bits. */
struct align_elf {
	bool go;
	bool needs_libc; /* dynamically linked against any */
	bool glibc;
	bool needs_jvm, needs_node, needs_coreclr;
	bool other_malloc;
	uint64_t names_offset, names_size; /* of the dynamic symbols' names in the file */
};
bool align_read_elf(int fd, struct align_elf *elf);

/* Whether the dynamic symbols' names contain `name`. */
bool align_elf_names(int fd, const struct align_elf *elf, const char *name);

/* ---- what it is told ---- */

#define ALIGN_VARIABLES 6

struct align_variable {
	const char *name;
	const char *value; /* what is set; NULL: nothing */
	const char *note;  /* why not, or what else there is to say; may be NULL */
};

struct alignment {
	const char *wish;   /* as written; NULL: none, and nothing below counts */
	const char *source; /* of the wish */
	struct align_found found;
	uint64_t limit_bytes; /* 0: none */
	bool limit_is_own;    /* and not an ancestor's */
	struct align_variable variables[ALIGN_VARIABLES];
	size_t count;
	const char *nothing; /* why nothing is set; NULL: something is */
};

struct align_request {
	struct arena *arena;
	const char *text; /* of the wish, for alignment->wish */
	const char *source;
	const struct align_wish *wish;
	const struct align_found *found;
	const struct align_program *program;
	uint64_t limit_bytes; /* 0: none */
	bool limit_is_own;
};

/* Chooses. Pure; -ENOMEM alone. */
int align_choose(const struct align_request *request, struct alignment *alignment, struct err *err);

/* The audit: an object `key` with what was found, set and left alone. */
void align_report(const struct alignment *alignment, struct emit *emit, const char *key);

#endif
