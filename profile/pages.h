/*
 * pages: hands out the pages of a profile, to the tracer and to `dagmem run`,
 * in either process and on any thread at once.
 *
 * Lock-free: page numbers come from an atomic counter in the shared header.
 * Mapping an extent and promising its space needs the system and is the
 * owner's business: the `grow` callback.  Freestanding; signal-safe if `grow`
 * is.
 */
#ifndef DAGMEM_PROFILE_PAGES_H
#define DAGMEM_PROFILE_PAGES_H

#include <stdbool.h>
#include <stddef.h>

#include "profile/layout.h"

struct pages {
	struct profile_header *header;
	uint8_t *extent[EXTENTS_MAX];   /* where each is mapped; NULL: not yet */
	uint32_t full;                  /* 1: nothing more is handed out */
	/*
	 * Make page `page` usable: its extent mapped into extent[] and the space
	 * up to it promised by the file system.  Any thread, several at once.
	 * False: it can't be had, and will not be asked for again.
	 */
	bool (*grow)(struct pages *pages, uint32_t page);
};

/* Where page `page` is mapped, or NULL when it isn't. */
static inline void *page_at(const struct pages *pages, uint32_t page)
{
	uint8_t *extent = __atomic_load_n(&pages->extent[page / PAGES_PER_EXTENT],
					  __ATOMIC_ACQUIRE);

	return extent ? extent + (uint64_t)(page % PAGES_PER_EXTENT) * PAGE_BYTES : NULL;
}

/* The directory entry of page `page`, whose extent is mapped. */
static inline struct page_entry *page_entry_of(const struct pages *pages, uint32_t page)
{
	struct page_entry *directory =
		page_at(pages, page / PAGES_PER_EXTENT * PAGES_PER_EXTENT);

	return &directory[page % PAGES_PER_EXTENT];
}

/*
 * Take the next page: zeroed, mapped, and not yet in the directory.  Returns
 * its number, or 0 when the profile is full (then `full` is set for good).
 */
uint32_t pages_take(struct pages *pages);

/* Enter a page taken into its directory, as the last step of filling it. */
void pages_publish(struct pages *pages, uint32_t page, enum page_kind kind, uint32_t owner,
		   uint32_t index);

/* Take and publish in one step, for pages whose zeroes are valid content. NULL: full. */
void *pages_add(struct pages *pages, enum page_kind kind, uint32_t owner, uint32_t index);

#endif
