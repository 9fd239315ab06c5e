#include "profile/pages.h"

/* The extent's own entry: the same bytes whoever writes them, maybe two at once. */
static void sign_extent(struct pages *pages, uint32_t extent)
{
	struct extent_entry *entry = page_at(pages, extent * PAGES_PER_EXTENT);
	uint64_t magic;

	__builtin_memcpy(&magic, PROFILE_MAGIC, sizeof magic);
	__atomic_store_n((uint64_t *)entry->magic, magic, __ATOMIC_RELAXED);
	__atomic_store_n(&entry->extent, extent, __ATOMIC_RELAXED);
	__atomic_store_n(&entry->version, PROFILE_VERSION, __ATOMIC_RELEASE);
}

uint32_t pages_take(struct pages *pages)
{
	uint32_t page;

	do {
		if (__atomic_load_n(&pages->full, __ATOMIC_RELAXED))
			return 0;
		page = __atomic_fetch_add(&pages->header->pages_used, 1, __ATOMIC_RELAXED);
		if (page / PAGES_PER_EXTENT >= EXTENTS_MAX || !pages->grow(pages, page)) {
			__atomic_store_n(&pages->full, 1, __ATOMIC_RELAXED);
			return 0;
		}
		if (page % PAGES_PER_EXTENT <= 1)
			sign_extent(pages, page / PAGES_PER_EXTENT);
	} while (page % PAGES_PER_EXTENT == 0);
	*(volatile uint64_t *)page_at(pages, page) = 0; /* one fault, of a write, and not two */
	return page;
}

void pages_publish(struct pages *pages, uint32_t page, enum page_kind kind, uint32_t owner,
		   uint32_t index)
{
	struct page_entry *entry = page_entry_of(pages, page);

	entry->owner = owner;
	entry->index = index;
	__atomic_store_n(&entry->kind, kind, __ATOMIC_RELEASE);
}

void *pages_add(struct pages *pages, enum page_kind kind, uint32_t owner, uint32_t index)
{
	uint32_t page = pages_take(pages);

	if (!page)
		return NULL;
	pages_publish(pages, page, kind, owner, index);
	return page_at(pages, page);
}
