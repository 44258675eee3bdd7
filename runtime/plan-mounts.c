// SPDX-License-Identifier: Apache-2.0
/*
 * The plan's mounts: option words in the kernel's terms.
 * Should: know every word of config.md, "Linux mount options"; the rest is the file system's.
 * Must not: lose a word: each is an attribute, a file system's option, or an error.
 */
#include <errno.h>
#include <string.h>
#include <sys/mount.h>

#include "runtime/base/arena.h"
#include "runtime/base/err.h"
#include "runtime/base/text.h"
#include "runtime/plan.h"
#include "spec/load.h"

enum word_kind {
	WORD_IGNORED, /* the default, or without meaning for the mount API */
	WORD_SET,     /* attributes of this mount */
	WORD_CLEAR,   /* likewise */
	WORD_ATIME,   /* one of the kinds of access time, which exclude each other */
	WORD_RSET,    /* the same for this mount and all below it */
	WORD_RCLEAR,
	WORD_RATIME,
	WORD_PROPAGATION,
	WORD_RPROPAGATION,
	WORD_SUPERBLOCK, /* a flag that every file system takes (fsconfig(2)) */
	WORD_BIND,
	WORD_RBIND,
	WORD_REMOUNT,
	WORD_SOURCE_NOFOLLOW,
	WORD_DESTINATION_NOFOLLOW,
	WORD_COPY_UP,
	WORD_COPY_SYMLINK,
	WORD_IDMAP,
	WORD_RIDMAP,
};

static const struct word {
	const char *name;
	enum word_kind kind;
	uint64_t value;
} words[] = {
	{ "_netdev", WORD_IGNORED, 0 }, /* for mount(8) and fstab(5) only, as "auto" and "nofail" */
	{ "async", WORD_SUPERBLOCK, 0 },
	{ "atime", WORD_ATIME, MOUNT_ATTR_RELATIME },
	{ "auto", WORD_IGNORED, 0 },
	{ "bind", WORD_BIND, 0 },
	{ "copy-symlink", WORD_COPY_SYMLINK, 0 },
	{ "defaults", WORD_IGNORED, 0 },
	{ "dest-nofollow", WORD_DESTINATION_NOFOLLOW, 0 },
	{ "dev", WORD_CLEAR, MOUNT_ATTR_NODEV },
	{ "diratime", WORD_CLEAR, MOUNT_ATTR_NODIRATIME },
	{ "dirsync", WORD_SUPERBLOCK, 0 },
	{ "exec", WORD_CLEAR, MOUNT_ATTR_NOEXEC },
	{ "idmap", WORD_IDMAP, 0 },
	{ "iversion", WORD_IGNORED, 0 }, /* file systems that can count do, always (Linux 6.1) */
	{ "lazytime", WORD_SUPERBLOCK, 0 },
	{ "loud", WORD_IGNORED, 0 }, /* fsopen(2) has no such flag: messages are its own log */
	{ "mand", WORD_IGNORED, 0 }, /* gone since Linux 5.15 */
	{ "noatime", WORD_ATIME, MOUNT_ATTR_NOATIME },
	{ "noauto", WORD_IGNORED, 0 },
	{ "nodev", WORD_SET, MOUNT_ATTR_NODEV },
	{ "nodiratime", WORD_SET, MOUNT_ATTR_NODIRATIME },
	{ "noexec", WORD_SET, MOUNT_ATTR_NOEXEC },
	{ "nofail", WORD_IGNORED, 0 },
	{ "noiversion", WORD_IGNORED, 0 },
	{ "nolazytime", WORD_SUPERBLOCK, 0 },
	{ "nomand", WORD_IGNORED, 0 },
	{ "norelatime", WORD_IGNORED, 0 },
	{ "nostrictatime", WORD_IGNORED, 0 },
	{ "nosuid", WORD_SET, MOUNT_ATTR_NOSUID },
	{ "nosymfollow", WORD_SET, MOUNT_ATTR_NOSYMFOLLOW },
	{ "private", WORD_PROPAGATION, MS_PRIVATE },
	{ "ratime", WORD_RATIME, MOUNT_ATTR_RELATIME },
	{ "rbind", WORD_RBIND, 0 },
	{ "rdev", WORD_RCLEAR, MOUNT_ATTR_NODEV },
	{ "rdiratime", WORD_RCLEAR, MOUNT_ATTR_NODIRATIME },
	{ "relatime", WORD_ATIME, MOUNT_ATTR_RELATIME },
	{ "remount", WORD_REMOUNT, 0 },
	{ "rexec", WORD_RCLEAR, MOUNT_ATTR_NOEXEC },
	{ "ridmap", WORD_RIDMAP, 0 },
	{ "rnoatime", WORD_RATIME, MOUNT_ATTR_NOATIME },
	{ "rnodev", WORD_RSET, MOUNT_ATTR_NODEV },
	{ "rnodiratime", WORD_RSET, MOUNT_ATTR_NODIRATIME },
	{ "rnoexec", WORD_RSET, MOUNT_ATTR_NOEXEC },
	{ "rnorelatime", WORD_IGNORED, 0 },
	{ "rnostrictatime", WORD_IGNORED, 0 },
	{ "rnosuid", WORD_RSET, MOUNT_ATTR_NOSUID },
	{ "rnosymfollow", WORD_RSET, MOUNT_ATTR_NOSYMFOLLOW },
	{ "ro", WORD_SET, MOUNT_ATTR_RDONLY },
	{ "rprivate", WORD_RPROPAGATION, MS_PRIVATE },
	{ "rrelatime", WORD_RATIME, MOUNT_ATTR_RELATIME },
	{ "rro", WORD_RSET, MOUNT_ATTR_RDONLY },
	{ "rrw", WORD_RCLEAR, MOUNT_ATTR_RDONLY },
	{ "rshared", WORD_RPROPAGATION, MS_SHARED },
	{ "rslave", WORD_RPROPAGATION, MS_SLAVE },
	{ "rstrictatime", WORD_RATIME, MOUNT_ATTR_STRICTATIME },
	{ "rsuid", WORD_RCLEAR, MOUNT_ATTR_NOSUID },
	{ "rsymfollow", WORD_RCLEAR, MOUNT_ATTR_NOSYMFOLLOW },
	{ "runbindable", WORD_RPROPAGATION, MS_UNBINDABLE },
	{ "rw", WORD_CLEAR, MOUNT_ATTR_RDONLY },
	{ "shared", WORD_PROPAGATION, MS_SHARED },
	{ "silent", WORD_IGNORED, 0 },
	{ "slave", WORD_PROPAGATION, MS_SLAVE },
	{ "src-nofollow", WORD_SOURCE_NOFOLLOW, 0 },
	{ "strictatime", WORD_ATIME, MOUNT_ATTR_STRICTATIME },
	{ "suid", WORD_CLEAR, MOUNT_ATTR_NOSUID },
	{ "symfollow", WORD_CLEAR, MOUNT_ATTR_NOSYMFOLLOW },
	{ "sync", WORD_SUPERBLOCK, 0 },
	{ "tmpcopyup", WORD_COPY_UP, 0 },
	{ "unbindable", WORD_PROPAGATION, MS_UNBINDABLE },
};

const char *plan_mount_word(size_t index)
{
	if (index >= sizeof(words) / sizeof(words[0]))
		return NULL;
	return words[index].name;
}

static const struct word *find_word(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i].name, name) == 0)
			return &words[i];
	return NULL;
}

/* The later of two contradicting words wins (mount(8)). */
static void set_bits(uint64_t *set, uint64_t *clear, uint64_t bits)
{
	*set |= bits;
	*clear &= ~bits;
}

static void set_atime(uint64_t *set, uint64_t *clear, uint64_t value)
{
	*set = (*set & ~(uint64_t) MOUNT_ATTR__ATIME) | value;
	*clear |= MOUNT_ATTR__ATIME;
}

static void apply_attribute(struct plan_mount *mount, const struct word *word)
{
	switch (word->kind) {
	case WORD_SET:
		set_bits(&mount->attr_set, &mount->attr_clear, word->value);
		break;
	case WORD_CLEAR:
		set_bits(&mount->attr_clear, &mount->attr_set, word->value);
		break;
	case WORD_ATIME:
		set_atime(&mount->attr_set, &mount->attr_clear, word->value);
		break;
	case WORD_RSET:
		set_bits(&mount->recursive_attr_set, &mount->recursive_attr_clear, word->value);
		break;
	case WORD_RCLEAR:
		set_bits(&mount->recursive_attr_clear, &mount->recursive_attr_set, word->value);
		break;
	case WORD_RATIME:
		set_atime(&mount->recursive_attr_set, &mount->recursive_attr_clear, word->value);
		break;
	default:
		break;
	}
}

static void apply_word(struct plan_mount *mount, const struct word *word)
{
	switch (word->kind) {
	case WORD_PROPAGATION:
	case WORD_RPROPAGATION:
		mount->propagation = word->value;
		mount->propagation_recursive = word->kind == WORD_RPROPAGATION;
		break;
	case WORD_BIND:
	case WORD_RBIND:
		/* "remount,bind" changes the mount and not the file system: as we always do. */
		if (mount->kind != PLAN_MOUNT_REMOUNT)
			mount->kind = PLAN_MOUNT_BIND;
		mount->recursive = mount->recursive || word->kind == WORD_RBIND;
		break;
	case WORD_REMOUNT:
		mount->kind = PLAN_MOUNT_REMOUNT;
		break;
	case WORD_SOURCE_NOFOLLOW:
		mount->source_nofollow = true;
		break;
	case WORD_DESTINATION_NOFOLLOW:
		mount->destination_nofollow = true;
		break;
	case WORD_COPY_UP:
		mount->copy_up = true;
		break;
	case WORD_COPY_SYMLINK:
		mount->copy_symlink = true;
		break;
	case WORD_IDMAP:
	case WORD_RIDMAP:
		mount->idmapped = true;
		mount->idmap_recursive = mount->idmap_recursive || word->kind == WORD_RIDMAP;
		break;
	default:
		apply_attribute(mount, word);
	}
}

/* An option of the file system: "key" or "key=value". */
static int add_option(struct arena *arena, struct plan_mount *mount, const char *option,
		      struct err *err)
{
	const char *equals = strchr(option, '=');
	struct plan_mount_option *slot = &mount->options[mount->option_count++];

	slot->key = equals != NULL ? arena_copy(arena, option, (size_t) (equals - option)) : option;
	slot->value = equals != NULL ? equals + 1 : NULL;
	return slot->key == NULL ? err_set(err, ENOMEM, "plan") : 0;
}

/* mount(8) keeps these to itself. */
static bool is_comment(const char *option)
{
	return option[0] == '\0' || text_starts(option, "x-") || text_starts(option, "X-");
}

/* "idmap=…" is a word with a value; no file system has such an option. */
static bool is_idmap(struct plan_mount *mount, const char *option)
{
	bool recursive = text_starts(option, "ridmap=");

	if (!recursive && !text_starts(option, "idmap="))
		return false;
	mount->idmapped = true;
	mount->idmap_recursive = mount->idmap_recursive || recursive;
	mount->idmap_text = strchr(option, '=') + 1;
	return true;
}

static int plan_option(struct arena *arena, struct plan_mount *mount, const char *option,
		       struct err *err)
{
	const struct word *word = find_word(option);

	if (is_comment(option) || is_idmap(mount, option))
		return 0;
	if (word == NULL || word->kind == WORD_SUPERBLOCK)
		return add_option(arena, mount, option, err);
	apply_word(mount, word);
	return 0;
}

/* mount(2) takes one string with commas between: what an entry joins so is split again. */
static int plan_options(struct arena *arena, const struct spec_strings *options,
			struct plan_mount *mount, struct err *err)
{
	size_t room = 3; /* for "ro", a label, and the key of NULL that ends them */
	size_t i;

	for (i = 0; i < options->count; i++)
		room += strlen(options->items[i]) / 2 + 1;
	mount->options = arena_array(arena, room, sizeof(*mount->options));
	if (mount->options == NULL)
		return err_set(err, ENOMEM, "plan");
	for (i = 0; i < options->count; i++) {
		char *cursor = arena_string(arena, options->items[i]);
		char *option;

		if (cursor == NULL)
			return err_set(err, ENOMEM, "plan");
		while ((option = text_next(&cursor, ',')) != NULL) {
			int result = plan_option(arena, mount, option, err);

			if (result < 0)
				return result;
		}
	}
	return 0;
}

/* A bind has no options of a file system. mount(2) drops them without a word, and engines leave some
 * there: they are dropped, but not without a word. */
static void warn_of_options(const struct plan_mount *mount, struct text *warnings)
{
	size_t i;

	if (mount->kind != PLAN_MOUNT_BIND)
		return;
	for (i = 0; i < mount->option_count; i++)
		text_addf(warnings,
			  "%s/options: '%s' is of no effect: no new file system is mounted\n",
			  mount->where, mount->options[i].key);
}

static int plan_bind(struct arena *arena, const struct spec_mount *asked, const char *bundle,
		     struct plan_mount *mount, struct err *err)
{
	if (asked->source == NULL || asked->source[0] == '\0')
		return err_say(err, EINVAL, "%s/source: missing: a bind mount needs one",
			       mount->where);
	mount->source = asked->source[0] == '/'
				? asked->source
				: arena_printf(arena, "%s/%s", bundle, asked->source);
	return mount->source == NULL ? err_set(err, ENOMEM, "plan") : 0;
}

/* A file system without a device of its own takes "ro" for the mount alone, where it can be changed;
 * one on a device has to know, or it would write its journal. */
static bool is_virtual(const char *type)
{
	static const char *const types[] = {
		"proc", "sysfs", "tmpfs", "devpts", "mqueue", "ramfs"
	};
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(types[i], type) == 0)
			return true;
	return false;
}

static int plan_filesystem(const struct spec_mount *asked, struct plan_mount *mount,
			   struct err *err)
{
	if (asked->type == NULL || asked->type[0] == '\0')
		return err_say(err, EINVAL, "%s/type: missing", mount->where);
	if (mount->copy_up && strcmp(asked->type, "tmpfs") != 0)
		return err_say(err, EINVAL, "%s/options: tmpcopyup is for tmpfs only",
			       mount->where);
	if ((mount->attr_set & MOUNT_ATTR_RDONLY) != 0 && !is_virtual(asked->type))
		mount->options[mount->option_count++].key = "ro";
	return 0;
}

static int plan_one(struct arena *arena, const struct spec_mount *asked, const char *bundle,
		    struct plan_mount *mount, struct err *err)
{
	int result;

	mount->type = asked->type;
	mount->source = asked->source;
	mount->destination = asked->destination[0] == '/'
				     ? asked->destination
				     : arena_printf(arena, "/%s", asked->destination);
	if (mount->destination == NULL || mount->where == NULL)
		return err_set(err, ENOMEM, "plan");
	if (asked->type != NULL && strcmp(asked->type, "bind") == 0)
		mount->kind = PLAN_MOUNT_BIND;
	else if (asked->type != NULL &&
		 (strcmp(asked->type, "cgroup") == 0 || strcmp(asked->type, "cgroup2") == 0))
		mount->kind = PLAN_MOUNT_CGROUP;
	result = plan_options(arena, &asked->options, mount, err);
	if (result == 0 && mount->kind == PLAN_MOUNT_BIND)
		result = plan_bind(arena, asked, bundle, mount, err);
	if (result == 0 && mount->kind == PLAN_MOUNT_FILESYSTEM)
		result = plan_filesystem(asked, mount, err);
	return result;
}

#define CONTEXT_ANNOTATION "run.oci.mount_context_type"

/* The option by which a file system is told of its label (mount(8), SELinux). */
static int context_key(const struct spec *spec, const char **key, struct err *err)
{
	static const char *const keys[] = { "context", "fscontext", "defcontext", "rootcontext" };
	const char *asked = spec_annotation(spec, CONTEXT_ANNOTATION);
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		*key = keys[i];
		if (asked == NULL || strcmp(asked, keys[i]) == 0)
			return 0;
	}
	return err_say(err, EINVAL, "/annotations/" CONTEXT_ANNOTATION ": unknown value '%.64s'",
		       asked);
}

/* config-linux.md, Mount Label. The kernel's own file systems have labels of their own; a bind has
 * its source's. */
static int plan_label(const struct plan_request *request, struct plan_mount *mount, struct err *err)
{
	static const char *const unlabelled[] = { "proc", "sysfs", "mqueue" };
	const char *label = request->spec->linux_config.mount_label;
	const char *key;
	size_t i;
	int result;

	if (label == NULL || mount->kind != PLAN_MOUNT_FILESYSTEM)
		return 0;
	for (i = 0; i < sizeof(unlabelled) / sizeof(unlabelled[0]); i++)
		if (strcmp(mount->type, unlabelled[i]) == 0)
			return 0;
	result = context_key(request->spec, &key, err);
	if (result == 0)
		mount->options[mount->option_count++] = (struct plan_mount_option){ key, label };
	return result;
}

int plan_mounts(const struct plan_request *request, struct plan *plan, struct err *err)
{
	const struct spec *spec = request->spec;
	struct arena *arena = request->arena;
	size_t i;

	plan->mount_label = spec->linux_config.mount_label;
	plan->mounts = arena_array(arena, spec->mounts.count, sizeof(*plan->mounts));
	if (plan->mounts == NULL)
		return err_set(err, ENOMEM, "plan");
	for (i = 0; i < spec->mounts.count; i++) {
		int result;

		plan->mounts[i].where = arena_printf(arena, "/mounts/%zu", i);
		result = plan_one(arena, &spec->mounts.items[i], request->bundle, &plan->mounts[i],
				  err);
		if (result == 0)
			result = plan_idmap(arena, &spec->mounts.items[i], plan, &plan->mounts[i],
					    err);
		if (result == 0)
			result = plan_label(request, &plan->mounts[i], err);
		if (result < 0)
			return result;
		warn_of_options(&plan->mounts[i], request->warnings);
		plan->mount_count++;
	}
	return 0;
}
