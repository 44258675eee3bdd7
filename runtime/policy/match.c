// SPDX-License-Identifier: Apache-2.0
/*
 * Which containers a policy is for.
 * Should: say why it matched.
 * Must not: believe more of an annotation than that somebody wrote it.
 */
#include <fnmatch.h>
#include <string.h>

#include "runtime/base/text.h"
#include "runtime/policy/policy.h"

/* Matching takes time by the length of both; no name of an image or cgroup is longer. */
#define VALUE_BYTES 4096

/* What engines write the image's name into: containerd, CRI-O (old and new), images by themselves. */
static const char *const image_annotations[] = {
	"io.kubernetes.cri.image-name",
	"io.kubernetes.cri-o.ImageName",
	"io.kubernetes.cri-o.UserRequestedImage",
	"io.kubernetes.cri-o.SomeNameOfTheImage",
	"io.containerd.image.name",
	"org.opencontainers.image.ref.name",
	"org.opencontainers.image.title",
};

static const char *annotation(const struct policy_subject *subject, const char *key)
{
	size_t i;

	for (i = 0; subject->annotations != NULL && i < subject->annotations->count; i++)
		if (strcmp(subject->annotations->items[i].key, key) == 0)
			return subject->annotations->items[i].value;
	return NULL;
}

static bool fits(const char *pattern, const char *value)
{
	return value != NULL && strnlen(value, VALUE_BYTES) < VALUE_BYTES &&
	       fnmatch(pattern, value, 0) == 0;
}

static void say(struct text *why, const char *what, const char *value)
{
	text_addf(why, "%s%s %s", why->length > 0 ? ", " : "", what, value);
}

static bool match_annotations(const struct spec_pairs *patterns,
			      const struct policy_subject *subject, struct text *why)
{
	size_t i;

	for (i = 0; i < patterns->count; i++) {
		if (!fits(patterns->items[i].value, annotation(subject, patterns->items[i].key)))
			return false;
		say(why, "annotation", patterns->items[i].key);
	}
	return true;
}

static bool fits_any(const struct spec_strings *patterns, const char *value)
{
	size_t i;

	for (i = 0; i < patterns->count; i++)
		if (fits(patterns->items[i], value))
			return true;
	return false;
}

static bool match_value(const struct spec_strings *patterns, const char *what, const char *value,
			struct text *why)
{
	if (patterns->count == 0)
		return true;
	if (!fits_any(patterns, value))
		return false;
	say(why, what, value);
	return true;
}

static bool match_image(const struct spec_strings *patterns, const struct policy_subject *subject,
			struct text *why)
{
	size_t i;

	if (patterns->count == 0)
		return true;
	for (i = 0; i < sizeof(image_annotations) / sizeof(image_annotations[0]); i++) {
		const char *image = annotation(subject, image_annotations[i]);

		if (!fits_any(patterns, image))
			continue;
		say(why, "image", image);
		return true;
	}
	return false;
}

static const char *comm_of(const char *program)
{
	const char *slash = program != NULL ? strrchr(program, '/') : NULL;

	return slash != NULL ? slash + 1 : program;
}

bool policy_matches(const struct policy_match *match, const struct policy_subject *subject,
		    struct text *why)
{
	bool matches = match == NULL ||
		       (match_annotations(&match->annotation, subject, why) &&
			match_value(&match->cgroup, "cgroup", subject->cgroup, why) &&
			match_image(&match->image, subject, why) &&
			match_value(&match->comm, "comm", comm_of(subject->program), why));

	if (matches && why->length == 0)
		text_add(why, "every container");
	return matches;
}
