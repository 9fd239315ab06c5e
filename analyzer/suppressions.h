/*
 * suppressions: which leaks nobody wants to hear of, as files in the formats
 * of LeakSanitizer and of valgrind say it, and a list of our own.
 *
 *     # expires: 2027-01-31          leak:libfontconfig         any frame's function,
 *     leak:make_cache                leak:^init_*_table$        file or module; * wild
 *
 *     {                              valgrind's: frames from the innermost on,
 *        a cache of ours             * and ? wild, ... any number of frames
 *        Memcheck:Leak
 *        match-leak-kinds: definite,indirect
 *        fun:malloc                  the allocator's own frame is never recorded:
 *        fun:make_cache              a first frame that names one is passed over
 *        obj:*libapp.so*
 *        src:main.c:12
 *     }
 *
 * Both may stand in one file.  A comment `expires: YYYY-MM-DD` before or in an
 * entry ends it after that day.  leaks reads and applies them.
 */
#ifndef DAGMEM_ANALYZER_SUPPRESSIONS_H
#define DAGMEM_ANALYZER_SUPPRESSIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct error;

enum suppression_part_kind {
	PART_ANYWHERE,          /* LSan's: function, file or module of any frame */
	PART_FUNCTION,
	PART_OBJECT,
	PART_SOURCE,
	PART_ANY_FRAMES,        /* "...": none, one or more frames */
};

struct suppression_part {
	enum suppression_part_kind kind;
	const char *pattern;
	const char *readable;   /* a linker's name, demangled; else NULL */
	uint32_t line;          /* of PART_SOURCE; 0: any */
};

struct suppression {
	const char *name, *file;        /* `file` NULL: built in */
	uint32_t line;
	const char *expires;            /* "YYYY-MM-DD", NULL: never */
	bool expired;
	unsigned verdicts;              /* bits 1 << enum leak_verdict */
	const struct suppression_part *parts;
	size_t part_count;
};

struct suppressions {
	struct arena arena;
	struct suppression *items;
	size_t count, capacity;
	char today[16];                 /* "YYYY-MM-DD" */
};

/* Begin with the built-in list.  `today` decides what has expired.  Always to be released. */
int suppressions_init(struct suppressions *suppressions, const char *today, struct error *err);
void suppressions_release(struct suppressions *suppressions);

/* Add a file.  ERROR_SYSTEM: can't be read; ERROR_FORMAT, with "path:line: ": not understood. */
int suppressions_read(struct suppressions *suppressions, const char *path, struct error *err);

/* The same from memory; `path` is named in messages, NULL: built in. */
int suppressions_parse(struct suppressions *suppressions, const char *bytes, size_t length,
		       const char *path, struct error *err);

/* The text of the built-in list: builtin.supp. */
extern const char suppressions_builtin[];

#endif
