/*
 * suppress: does a suppression hide this leak?  And the other way round: the
 * suppression that would.
 *
 * Patterns are tried once on each symbol, however many stacks it stands in.
 * leaks calls it.
 */
#ifndef DAGMEM_ANALYZER_SUPPRESS_H
#define DAGMEM_ANALYZER_SUPPRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/call_frames.h"
#include "analyzer/suppressions.h"
#include "analyzer/view.h"
#include "analyzer/view_leaks.h"
#include "base/text.h"

/* valgrind's way: the whole text, `*` for any part of it, `?` for any character. */
bool suppress_glob(const char *pattern, const char *text);

/* LSan's way: anywhere in the text, unless ^ or $ tie it to an end; only `*` is special. */
bool suppress_anywhere(const char *pattern, const char *text);

struct suppressor {
	const struct suppressions *list;
	const struct call_frames *frames;
	size_t *first;          /* by suppression: its first part's number */
	uint8_t *known;         /* by part and symbol: 0 not tried, 1 no, 2 yes */
};

/* -1: no memory.  Always to be released; `list` and `frames` must outlive it. */
int suppressor_init(struct suppressor *suppressor, const struct suppressions *list,
		    const struct call_frames *frames);
void suppressor_release(struct suppressor *suppressor);

/*
 * The first suppression in force that hides a leak of this verdict whose stack
 * is symbols[0 .. count - 1], innermost first: its number, or UINT32_MAX.
 */
uint32_t suppressor_find(struct suppressor *suppressor, enum leak_verdict verdict,
			 const uint32_t *symbols, size_t count);

/*
 * Append an entry in valgrind's format that hides exactly such a stack
 * (outermost first) of such a verdict; valgrind takes it, too, where the
 * functions are C.
 */
void suppress_write(struct text *out, const struct view_leak *leak);

#endif
