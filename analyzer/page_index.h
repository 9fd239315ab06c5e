/*
 * page_index: where each page of a profile is, and checked copies of them.
 *
 * The file may be growing under us, torn by a SIGKILL, cut or forged: nothing
 * is mapped, every page is copied by pread, and every number is checked before
 * it is used.  Only the reader's parts call it.
 */
#ifndef DAGMEM_ANALYZER_PAGE_INDEX_H
#define DAGMEM_ANALYZER_PAGE_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profile/layout.h"

struct error;

struct indexed_page {
	uint32_t kind, owner, index;    /* of its directory entry */
	uint32_t page;                  /* number in the file */
};

struct page_index {
	int fd;
	uint64_t file_bytes;
	struct indexed_page *pages;     /* in the order of kind, owner, index */
	size_t count;
	uint64_t damaged_entries;       /* left out as the directories are now */
	uint64_t damaged_pages;         /* left out by who read them */
};

#define PAGE_INDEX_INIT { .fd = -1 }

struct page_run {
	const struct indexed_page *first;
	size_t count;
};

/*
 * Open the profile at `path` and index its pages.  ERROR_FORMAT with the byte
 * place: not a profile, cut short, written on a machine of other byte order.
 * ERROR_VERSION: of a newer version.  Always to be released.
 */
int page_index_open(struct page_index *index, const char *path, struct error *err);
void page_index_release(struct page_index *index);

/* Look at the directories again: a running program has added pages since. */
int page_index_refresh(struct page_index *index, struct error *err);

/* Copy the header as it is now; what the writer's lacks is zero. */
int page_index_header(const struct page_index *index, struct profile_header *header,
		      struct error *err);

/* All pages of `kind`, by owner and index; valid until the next refresh. */
struct page_run page_index_kind(const struct page_index *index, enum page_kind kind);

/*
 * Of `run` from page `at` on those of one owner: what a snapshot or a leak check
 * consists of.  Empty at the end.
 */
struct page_run page_run_owner(struct page_run run, size_t at);

/* Copy one page into `copy` (PAGE_BYTES); false: it can't be read, and was counted. */
bool page_index_copy(struct page_index *index, const struct indexed_page *page, void *copy);

#endif
