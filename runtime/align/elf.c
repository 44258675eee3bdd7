// SPDX-License-Identifier: Apache-2.0
/*
 * What an ELF file says of itself (elf(5)).
 * Should: read few and bounded pieces, whatever the file claims.
 * Must not: believe an offset or a count before it is checked.
 */
#include <elf.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/align/align.h"
#include "runtime/base/fd.h"
#include "runtime/base/text.h"

#define SEGMENTS      64 /* ld writes about a dozen */
#define NOTE_BYTES    4096
#define DYNAMIC_ROWS  512 /* a program of 60 libraries has under 100 */
#define NEEDED	      128
#define SECTIONS      256 /* ld writes about thirty */
#define NAME_BYTES    128
#define GO_NOTE	      4		  /* "Go", the build id: cmd/link, of every Go program */
#define SEARCHED_MOST (32U << 20) /* Node's own names are about 3 MiB */

#if __BYTE_ORDER == __LITTLE_ENDIAN
#define OUR_ORDER ELFDATA2LSB
#else
#define OUR_ORDER ELFDATA2MSB
#endif

struct file {
	int fd;
	Elf64_Ehdr header;
	Elf64_Phdr segments[SEGMENTS];
	size_t segment_count;
};

static bool read_at(int fd, void *buffer, size_t size, uint64_t offset)
{
	return offset <= INT64_MAX - size &&
	       pread(fd, buffer, size, (off_t) offset) == (ssize_t) size;
}

/* Up to `size` bytes; ended by NUL in any case. */
static size_t read_string(int fd, char *buffer, size_t size, uint64_t offset)
{
	ssize_t got = offset <= INT64_MAX ? pread(fd, buffer, size - 1, (off_t) offset) : -1;

	buffer[got > 0 ? got : 0] = '\0';
	return strlen(buffer);
}

static bool read_header(struct file *file)
{
	Elf64_Ehdr *header = &file->header;

	if (!read_at(file->fd, header, sizeof(*header), 0) ||
	    memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
	    header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != OUR_ORDER ||
	    header->e_phentsize != sizeof(Elf64_Phdr))
		return false;
	file->segment_count = header->e_phnum < SEGMENTS ? header->e_phnum : SEGMENTS;
	return read_at(file->fd, file->segments, file->segment_count * sizeof(Elf64_Phdr),
		       header->e_phoff);
}

/* Where an address of the loaded program stands in the file; 0: nowhere. */
static uint64_t offset_of(const struct file *file, uint64_t address)
{
	size_t i;

	for (i = 0; i < file->segment_count; i++) {
		const Elf64_Phdr *segment = &file->segments[i];

		if (segment->p_type == PT_LOAD && address >= segment->p_vaddr &&
		    address - segment->p_vaddr < segment->p_filesz)
			return segment->p_offset + (address - segment->p_vaddr);
	}
	return 0;
}

/* ---- notes ---- */

static bool has_go_note(const struct file *file, const Elf64_Phdr *segment)
{
	uint32_t words[NOTE_BYTES / 4];
	size_t size = segment->p_filesz < sizeof(words) ? segment->p_filesz : sizeof(words);
	const char *bytes = (const char *) words;
	size_t at = 0;

	if (!read_at(file->fd, words, size, segment->p_offset))
		return false;
	while (size - at >= sizeof(Elf64_Nhdr)) {
		Elf64_Nhdr note;
		uint64_t next;

		memcpy(&note, bytes + at, sizeof(note));
		next = at + sizeof(note) + (((uint64_t) note.n_namesz + 3) & ~3ULL) +
		       (((uint64_t) note.n_descsz + 3) & ~3ULL);
		if (next > size)
			return false;
		if (note.n_type == GO_NOTE && note.n_namesz == 4 &&
		    memcmp(bytes + at + sizeof(note), "Go\0", 4) == 0)
			return true;
		at = (size_t) next;
	}
	return false;
}

/* ---- sections ---- */

/* A build id can be left out (-buildid=); this section cannot. */
static bool has_go_section(const struct file *file)
{
	const Elf64_Ehdr *header = &file->header;
	Elf64_Shdr sections[SECTIONS];
	size_t count = header->e_shnum < SECTIONS ? header->e_shnum : SECTIONS;
	char name[NAME_BYTES];
	size_t i;

	if (header->e_shentsize != sizeof(Elf64_Shdr) || header->e_shstrndx >= count ||
	    !read_at(file->fd, sections, count * sizeof(sections[0]), header->e_shoff))
		return false;
	for (i = 0; i < count; i++) {
		uint64_t at;

		if (__builtin_add_overflow(sections[header->e_shstrndx].sh_offset,
					   sections[i].sh_name, &at))
			continue;
		read_string(file->fd, name, sizeof(name), at);
		if (strcmp(name, ".go.buildinfo") == 0)
			return true;
	}
	return false;
}

/* ---- what is linked ---- */

static void take_needed(const char *name, struct align_elf *elf)
{
	static const struct {
		const char *begins;
		size_t place;
	} rows[] = {
		{ "libc.so", offsetof(struct align_elf, needs_libc) },
		{ "libc.so.6", offsetof(struct align_elf, glibc) },
		{ "libc.musl-", offsetof(struct align_elf, needs_libc) },
		{ "libjvm.so", offsetof(struct align_elf, needs_jvm) },
		{ "libjli.so", offsetof(struct align_elf, needs_jvm) },
		{ "libnode.so", offsetof(struct align_elf, needs_node) },
		{ "libcoreclr.so", offsetof(struct align_elf, needs_coreclr) },
		{ "libhostfxr.so", offsetof(struct align_elf, needs_coreclr) },
		{ "libjemalloc", offsetof(struct align_elf, other_malloc) },
		{ "libtcmalloc", offsetof(struct align_elf, other_malloc) },
		{ "libmimalloc", offsetof(struct align_elf, other_malloc) },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (text_starts(name, rows[i].begins))
			*(bool *) (void *) ((char *) elf + rows[i].place) = true;
}

static void read_dynamic(const struct file *file, const Elf64_Phdr *segment, struct align_elf *elf)
{
	Elf64_Dyn rows[DYNAMIC_ROWS];
	uint64_t needed[NEEDED];
	size_t size = segment->p_filesz < sizeof(rows) ? segment->p_filesz : sizeof(rows);
	size_t count = size / sizeof(rows[0]);
	char name[NAME_BYTES];
	size_t names = 0;
	size_t i;

	if (!read_at(file->fd, rows, count * sizeof(rows[0]), segment->p_offset))
		return;
	for (i = 0; i < count && rows[i].d_tag != DT_NULL; i++) {
		if (rows[i].d_tag == DT_STRTAB)
			elf->names_offset = offset_of(file, rows[i].d_un.d_ptr);
		else if (rows[i].d_tag == DT_STRSZ)
			elf->names_size = rows[i].d_un.d_val;
		else if (rows[i].d_tag == DT_NEEDED && names < NEEDED)
			needed[names++] = rows[i].d_un.d_val;
	}
	for (i = 0; elf->names_offset > 0 && i < names; i++) {
		if (needed[i] >= elf->names_size)
			continue;
		read_string(file->fd, name, sizeof(name), elf->names_offset + needed[i]);
		take_needed(name, elf);
	}
}

bool align_read_elf(int fd, struct align_elf *elf)
{
	struct file file = { .fd = fd };
	size_t i;

	*elf = (struct align_elf){ 0 };
	if (!read_header(&file))
		return false;
	for (i = 0; i < file.segment_count; i++) {
		if (file.segments[i].p_type == PT_NOTE)
			elf->go |= has_go_note(&file, &file.segments[i]);
		if (file.segments[i].p_type == PT_DYNAMIC)
			read_dynamic(&file, &file.segments[i], elf);
	}
	elf->go = elf->go || has_go_section(&file);
	return true;
}

bool align_elf_names(int fd, const struct align_elf *elf, const char *name)
{
	size_t length = strlen(name);
	size_t size = elf->names_size < SEARCHED_MOST ? (size_t) elf->names_size : SEARCHED_MOST;
	size_t room = 1U << 16;
	auto_free char *piece = malloc(room);
	size_t at;

	if (piece == NULL || elf->names_offset == 0)
		return false;
	/* Pieces overlap by a name. */
	for (at = 0; at + length <= size; at += room - length) {
		size_t wanted = size - at < room ? size - at : room;
		ssize_t got = pread(fd, piece, wanted, (off_t) (elf->names_offset + at));

		if (got < (ssize_t) length)
			return false;
		if (memmem(piece, (size_t) got, name, length) != NULL)
			return true;
	}
	return false;
}
