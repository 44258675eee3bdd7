// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_SPEC_FIELD_H
#define WEIR_SPEC_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct err;
struct json;
struct text;

/*
 * The table machine: one row per JSON property says how it is read, where it goes, and what it may
 * be; one shape per JSON object lists its rows. An object is read in four passes, so that the most
 * basic thing wrong with it is what is reported: values of the wrong type or out of range, in the
 * order of the rows; properties that are missing; the rules between properties (`check`); and
 * values that are right and refused all the same.
 */

enum field_kind {		     /* the member's C type */
		  FIELD_IGNORED,     /* none: of another platform, and named here to say so */
		  FIELD_STRING,	     /* const char *; "" of an optional one is read as absent */
		  FIELD_BOOL,	     /* bool */
		  FIELD_BOOL_IF_SET, /* struct spec_bool */
		  FIELD_INT,	     /* int64_t */
		  FIELD_INT_IF_SET,  /* struct spec_int */
		  FIELD_UINT,	     /* uint64_t */
		  FIELD_UINT_IF_SET, /* struct spec_uint */
		  FIELD_WORD,	     /* int64_t, out of a table of words */
		  FIELD_STRINGS,     /* struct spec_strings */
		  FIELD_NUMBERS,     /* struct spec_uints */
		  FIELD_WORDS,	     /* struct spec_uints, out of a table of words */
		  FIELD_OBJECT,	     /* a struct */
		  FIELD_POINTER,     /* a pointer to a struct, NULL when absent */
		  FIELD_LIST,	     /* { struct *items; size_t count; } */
		  FIELD_PAIRS,	     /* struct spec_pairs: an object of strings */
		  FIELD_NAMED, /* as FIELD_LIST, from an object: each name goes to the struct's
				   first member, a const char * */
};

enum field_flags {
	FIELD_REQUIRED = 1,
	FIELD_FILLED = 2,   /* a list that may not be empty */
	FIELD_ABSOLUTE = 4, /* a path, or each of a list of paths, that begins with '/' */
	FIELD_NOT_YET = 8,  /* "not supported yet", unless the value is harmless */
};

/* A word of the spec and the kernel's constant. A table ends with a NULL word. */
struct word {
	const char *word;
	int64_t value;
	bool not_yet; /* "not supported yet" */
};

struct field {
	const char *name; /* the property's */
	enum field_kind kind;
	unsigned flags;
	size_t place; /* of the member in its struct */
	size_t size;  /* of the struct a shape fills */
	int64_t min;  /* of a number */
	uint64_t max; /* of a number; or the bytes of a string or an item, 0: no limit */
	const struct word *words;
	const struct shape *shape;
	const char *refused; /* why any value but a harmless one is refused */
	int64_t harmless;    /* the number, besides 0, or the boolean that asks for nothing; so
				does an empty string, list or object */
};

struct loading {
	struct arena *arena;
	struct text *warnings; /* may be NULL */
	/* The text that is read, when it is a file that people write by hand and not a config: errors
	 * tell the line and column, and an unknown name, null and "" are errors. NULL: a config. */
	const char *written;
	struct err *err;
};

struct shape {
	size_t size; /* of the struct */
	const struct field *fields;
	size_t count;
	/* The rules between properties; may be NULL. 0 or -errno. */
	int (*check)(struct loading *loading, const struct json *json, void *object);
};

#define SHAPE(type, rows, rules)                                                                   \
	{                                                                                          \
		.size = sizeof(struct type), .fields = (rows),                                     \
		.count = sizeof(rows) / sizeof((rows)[0]), .check = (rules)                        \
	}

/* The place of a member; does not compile unless the member is what the kind of row fills. */
#define FIELD_AT(owner, member, type)                                                              \
	(offsetof(struct owner, member) +                                                          \
	 0 * sizeof(char[__builtin_types_compatible_p(__typeof__(((struct owner *) 0)->member),    \
						      type)                                        \
				 ? 1                                                               \
				 : -1]))

#define ROW(json, row_kind, at, ...)                                                               \
	{                                                                                          \
		.name = (json), .kind = (row_kind), .place = (at), __VA_ARGS__                     \
	}
#define ROW_IGNORED(json) ROW(json, FIELD_IGNORED, 0, )
#define ROW_STRING(owner, member, json, ...)                                                       \
	ROW(json, FIELD_STRING, FIELD_AT(owner, member, const char *), __VA_ARGS__)
#define ROW_BOOL(owner, member, json, ...)                                                         \
	ROW(json, FIELD_BOOL, FIELD_AT(owner, member, bool), .max = 1, __VA_ARGS__)
#define ROW_BOOL_IF_SET(owner, member, json, ...)                                                  \
	ROW(json, FIELD_BOOL_IF_SET, FIELD_AT(owner, member, struct spec_bool), __VA_ARGS__)
#define ROW_INT(owner, member, json, lowest, highest, ...)                                         \
	ROW(json, FIELD_INT, FIELD_AT(owner, member, int64_t), .min = (lowest), .max = (highest),  \
	    __VA_ARGS__)
#define ROW_INT_IF_SET(owner, member, json, lowest, highest, ...)                                  \
	ROW(json, FIELD_INT_IF_SET, FIELD_AT(owner, member, struct spec_int), .min = (lowest),     \
	    .max = (highest), __VA_ARGS__)
#define ROW_UINT(owner, member, json, highest, ...)                                                \
	ROW(json, FIELD_UINT, FIELD_AT(owner, member, uint64_t), .max = (highest), __VA_ARGS__)
#define ROW_UINT_IF_SET(owner, member, json, highest, ...)                                         \
	ROW(json, FIELD_UINT_IF_SET, FIELD_AT(owner, member, struct spec_uint), .max = (highest),  \
	    __VA_ARGS__)
#define ROW_WORD(owner, member, json, table, ...)                                                  \
	ROW(json, FIELD_WORD, FIELD_AT(owner, member, int64_t), .words = (table), __VA_ARGS__)
#define ROW_STRINGS(owner, member, json, ...)                                                      \
	ROW(json, FIELD_STRINGS, FIELD_AT(owner, member, struct spec_strings), __VA_ARGS__)
#define ROW_NUMBERS(owner, member, json, highest, ...)                                             \
	ROW(json, FIELD_NUMBERS, FIELD_AT(owner, member, struct spec_uints), .max = (highest),     \
	    __VA_ARGS__)
#define ROW_WORDS(owner, member, json, table, ...)                                                 \
	ROW(json, FIELD_WORDS, FIELD_AT(owner, member, struct spec_uints), .words = (table),       \
	    __VA_ARGS__)
#define ROW_PAIRS(owner, member, json, ...)                                                        \
	ROW(json, FIELD_PAIRS, FIELD_AT(owner, member, struct spec_pairs), __VA_ARGS__)
/* That the shape fills what the member holds is checked by comparing the two sizes (test-spec). */
#define ROW_OBJECT(owner, member, json, of, ...)                                                   \
	ROW(json, FIELD_OBJECT, offsetof(struct owner, member),                                    \
	    .size = sizeof(((struct owner *) 0)->member), .shape = (of), __VA_ARGS__)
#define ROW_POINTER(owner, member, json, of, ...)                                                  \
	ROW(json, FIELD_POINTER, offsetof(struct owner, member),                                   \
	    .size = sizeof(*((struct owner *) 0)->member), .shape = (of), __VA_ARGS__)
#define ROW_LIST(owner, member, json, of, ...)                                                     \
	ROW(json, FIELD_LIST, offsetof(struct owner, member.items),                                \
	    .size = sizeof(*((struct owner *) 0)->member.items), .shape = (of), __VA_ARGS__)
#define ROW_NAMED(owner, member, json, of, ...)                                                    \
	ROW(json, FIELD_NAMED, offsetof(struct owner, member.items),                               \
	    .size = sizeof(*((struct owner *) 0)->member.items), .shape = (of), __VA_ARGS__)

/* Reads `json` into the zero-filled `object`. 0 or -errno. */
int field_load_object(struct loading *loading, const struct shape *shape, const struct json *json,
		      void *object);

/* Reads a value of the row's type into its place. 0 or -errno. (field_value.c) */
int field_load_value(struct loading *loading, const struct field *field, const struct json *json,
		     void *place);

/* -EINVAL with "/path: expected X, found Y" unless the value is what a row of this kind holds. */
int field_expect_kind(struct loading *loading, enum field_kind kind, const struct json *json);

/* The row of the table, or NULL. */
const struct word *field_word(const struct word *words, const char *word);

/* Records "/path/of/value: MESSAGE"; returns -EINVAL. */
__attribute__((format(printf, 3, 4))) int
field_refuse(struct loading *loading, const struct json *value, const char *format, ...);

/* As field_refuse(), at the member `name` of an object whether it is there or not. */
__attribute__((format(printf, 4, 5))) int field_refuse_member(struct loading *loading,
							      const struct json *object,
							      const char *name, const char *format,
							      ...);

/* Records "not supported yet: /path/of/value"; returns -EINVAL. */
int field_refuse_not_yet(struct loading *loading, const struct json *value);

/* Records that memory ran out; returns -ENOMEM. */
int field_no_memory(struct loading *loading);

/* The item `index` of the member `name` of an object, for messages; the object if there is none. */
const struct json *field_item(const struct json *object, const char *name, size_t index);

/* A word of the config as a message may show it: on one line and not long. Returns room. */
#define FIELD_SHOWN_ROOM 72
const char *field_shown(const char *string, char room[FIELD_SHOWN_ROOM]);

#endif
