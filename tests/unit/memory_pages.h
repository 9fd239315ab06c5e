/*
 * memory_pages: a profile in plain memory, as many extents as a test allows,
 * for tests of profile/.  `grow` is the test's: it counts, and says no at the
 * limit.
 */
#ifndef DAGMEM_TESTS_UNIT_MEMORY_PAGES_H
#define DAGMEM_TESTS_UNIT_MEMORY_PAGES_H

#include "profile/pages.h"

struct memory_pages {
	struct pages pages;             /* first: grow() finds its way back */
	uint32_t pages_max;             /* grow() refuses this page and what follows */
	uint32_t refused;               /* how often it did */
};

/* A profile of at most `pages_max` pages, with its header taken. */
struct memory_pages *memory_pages_new(uint32_t pages_max);
void memory_pages_free(struct memory_pages *memory);

/* How many pages of `kind` the directories name. */
uint32_t memory_pages_count(const struct memory_pages *memory, enum page_kind kind);

#endif
