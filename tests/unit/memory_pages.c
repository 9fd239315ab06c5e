#include "tests/unit/memory_pages.h"

#include <stdlib.h>

static bool grow(struct pages *pages, uint32_t page)
{
	struct memory_pages *memory = (struct memory_pages *)pages;
	uint8_t **slot = &pages->extent[page / PAGES_PER_EXTENT], *none = NULL;

	if (page >= memory->pages_max) {
		__atomic_fetch_add(&memory->refused, 1, __ATOMIC_RELAXED);
		return false;
	}
	if (__atomic_load_n(slot, __ATOMIC_ACQUIRE))
		return true;
	uint8_t *extent = calloc(1, EXTENT_BYTES);

	if (!__atomic_compare_exchange_n(slot, &none, extent, 0, __ATOMIC_ACQ_REL,
					 __ATOMIC_ACQUIRE))
		free(extent);
	return true;
}

struct memory_pages *memory_pages_new(uint32_t pages_max)
{
	struct memory_pages *memory = calloc(1, sizeof *memory);

	memory->pages.grow = grow;
	memory->pages_max = pages_max;
	memory->pages.extent[0] = calloc(1, EXTENT_BYTES);
	memory->pages.header = page_at(&memory->pages, HEADER_PAGE);
	memory->pages.header->pages_used = HEADER_PAGE;
	pages_add(&memory->pages, PAGE_HEADER, 0, 0);
	return memory;
}

void memory_pages_free(struct memory_pages *memory)
{
	for (uint32_t extent = 0; extent < EXTENTS_MAX; extent++)
		free(memory->pages.extent[extent]);
	free(memory);
}

uint32_t memory_pages_count(const struct memory_pages *memory, enum page_kind kind)
{
	uint32_t used = memory->pages.header->pages_used, count = 0;

	for (uint32_t page = 1; page < used && page_at(&memory->pages, page); page++)
		if (page % PAGES_PER_EXTENT)
			count += page_entry_of(&memory->pages, page)->kind == (uint32_t)kind;
	return count;
}
