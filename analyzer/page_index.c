#include "analyzer/page_index.h"

#include <byteswap.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

/* Oldest header that is still understood: up to and with `quality`. */
enum { HEADER_BYTES_MIN = offsetof(struct profile_header, quality) };

/* Copy up to `bytes` at `offset`; returns how many there were, or -1. */
static ssize_t copy_at(int fd, void *copy, size_t bytes, uint64_t offset)
{
	size_t done = 0;

	while (done < bytes) {
		ssize_t got = pread(fd, (char *)copy + done, bytes - done, (off_t)(offset + done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		done += (size_t)got;
	}
	return (ssize_t)done;
}

/* A running program makes its file longer, then uses what is new: look again. */
static bool reaches(struct page_index *index, uint64_t pages)
{
	struct stat status;

	if (pages * PAGE_BYTES > index->file_bytes && fstat(index->fd, &status) == 0)
		index->file_bytes = (uint64_t)status.st_size;
	return pages * PAGE_BYTES <= index->file_bytes;
}

static int cut_short(const struct page_index *index, uint64_t page, struct error *err)
{
	return error_set(err, ERROR_FORMAT,
			 "cut short: the file ends at byte %llu, page %llu should be at byte %llu",
			 (unsigned long long)index->file_bytes, (unsigned long long)page,
			 (unsigned long long)page * PAGE_BYTES);
}

/* Is the very first entry that of a profile which we can read? */
static int check_magic(const struct extent_entry *entry, struct error *err)
{
	if (memcmp(entry->magic, PROFILE_MAGIC, sizeof entry->magic) != 0)
		return error_set(err, ERROR_FORMAT, "not a dagmem profile: no magic at byte 0");
	if (entry->version == bswap_32(PROFILE_VERSION))
		return error_set(err, ERROR_FORMAT, "written on a machine of the other byte order "
				 "(version at byte 8)");
	if (entry->version > PROFILE_VERSION)
		return error_set(err, ERROR_VERSION,
				 "of format version %u, newer than %u which this dagmem reads (byte 8)",
				 entry->version, PROFILE_VERSION);
	if (entry->version != PROFILE_VERSION || entry->extent != 0)
		return error_set(err, ERROR_FORMAT, "not a dagmem profile: bad directory at byte 8");
	return 0;
}

/*
 * An extent's own entry is signed by whichever thread comes first, version
 * last: while that is 0 the extent is young, but its pages count already.
 */
static bool extent_is_sound(const struct extent_entry *entry, uint32_t extent)
{
	if (entry->version == 0)
		return true;
	return entry->version == PROFILE_VERSION && entry->extent == extent &&
	       memcmp(entry->magic, PROFILE_MAGIC, sizeof entry->magic) == 0;
}

static bool is_counted(uint32_t kind)
{
	return kind != PAGE_UNUSED && kind != PAGE_FREE;
}

static int add_page(struct page_index *index, const struct page_entry *entry, uint32_t page,
		    struct error *err)
{
	if (!is_counted(entry->kind))
		return 0;
	if (entry->kind >= PAGE_KINDS) {
		index->damaged_entries++;
		return 0;
	}
	if (!reaches(index, (uint64_t)page + 1))
		return cut_short(index, page, err);
	index->pages[index->count++] = (struct indexed_page){
		entry->kind, entry->owner, entry->index, page
	};
	return 0;
}

static int add_extent(struct page_index *index, uint32_t extent, struct error *err)
{
	union {
		struct extent_entry own;
		struct page_entry page[PAGES_PER_EXTENT];
	} directory = { 0 };
	ssize_t got = copy_at(index->fd, &directory, sizeof directory,
			      (uint64_t)extent * EXTENT_BYTES);

	if (got < 0)
		return error_system(err, errno, "reading at byte %llu",
				    (unsigned long long)extent * EXTENT_BYTES);
	if (extent == 0 && got >= (ssize_t)sizeof directory.own && check_magic(&directory.own, err))
		return err->code;
	if (extent == 0 && got < (ssize_t)sizeof directory)
		return error_set(err, ERROR_FORMAT,
				 "not a dagmem profile: it ends at byte %zd, inside the first page", got);
	if (!extent_is_sound(&directory.own, extent)) {
		index->damaged_entries++;
		return 0;
	}
	for (uint32_t i = 1; i < PAGES_PER_EXTENT; i++)
		if (add_page(index, &directory.page[i], extent * PAGES_PER_EXTENT + i, err))
			return err->code;
	return 0;
}

static int compare_pages(const void *a, const void *b)
{
	const struct indexed_page *x = a, *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->owner != y->owner)
		return x->owner < y->owner ? -1 : 1;
	if (x->index != y->index)
		return x->index < y->index ? -1 : 1;
	return x->page < y->page ? -1 : x->page > y->page;
}

/* Two pages that claim the same content: the first is believed. */
static void drop_doubles(struct page_index *index)
{
	size_t kept = 0;

	for (size_t i = 0; i < index->count; i++) {
		const struct indexed_page *page = &index->pages[i];
		const struct indexed_page *last = &index->pages[kept ? kept - 1 : 0];

		if (kept && last->kind == page->kind && last->owner == page->owner &&
		    last->index == page->index)
			index->damaged_entries++;
		else
			index->pages[kept++] = *page;
	}
	index->count = kept;
}

/* What the writer has used and what it was promised must be in the file. */
static int check_length(struct page_index *index, struct error *err)
{
	struct profile_header header = { .ready = 0 };

	if (page_index_header(index, &header, err))
		return err->code;
	uint64_t pages = header.pages_used < header.pages_allocated ? header.pages_used
								    : header.pages_allocated;

	if (pages > (uint64_t)EXTENTS_MAX * PAGES_PER_EXTENT)
		return error_set(err, ERROR_FORMAT, "impossible number of pages at byte %zu",
				 HEADER_PAGE * PAGE_BYTES +
				 offsetof(struct profile_header, pages_used));
	if (!reaches(index, pages))
		return cut_short(index, pages - 1, err);
	return 0;
}

int page_index_refresh(struct page_index *index, struct error *err)
{
	struct stat status;

	if (fstat(index->fd, &status))
		return error_system(err, errno, "reading the size");
	index->file_bytes = (uint64_t)status.st_size;
	uint64_t extents = (index->file_bytes + EXTENT_BYTES - 1) / EXTENT_BYTES;

	if (extents > EXTENTS_MAX)
		return error_set(err, ERROR_FORMAT, "too large for a profile: %llu bytes",
				 (unsigned long long)index->file_bytes);
	free(index->pages);
	index->count = index->damaged_entries = 0;
	index->pages = calloc(extents * PAGES_PER_EXTENT + 1, sizeof *index->pages);
	if (!index->pages)
		return error_set(err, ERROR_NO_MEMORY, "no memory for the pages' index");
	for (uint32_t extent = 0; extent < extents || extent == 0; extent++)
		if (add_extent(index, extent, err))
			return err->code;
	qsort(index->pages, index->count, sizeof *index->pages, compare_pages);
	drop_doubles(index);
	return check_length(index, err);
}

int page_index_open(struct page_index *index, const char *path, struct error *err)
{
	struct stat status;

	*index = (struct page_index)PAGE_INDEX_INIT;
	/* O_NONBLOCK: a FIFO without writer must not stop us. */
	index->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (index->fd < 0)
		return error_system(err, errno, "opening");
	if (fstat(index->fd, &status))
		return error_system(err, errno, "reading the size");
	if (!S_ISREG(status.st_mode))
		return error_set(err, ERROR_FORMAT, "not a dagmem profile: not a regular file");
	return page_index_refresh(index, err);
}

void page_index_release(struct page_index *index)
{
	if (index->fd >= 0)
		close(index->fd);
	free(index->pages);
	*index = (struct page_index)PAGE_INDEX_INIT;
}

int page_index_header(const struct page_index *index, struct profile_header *header,
		      struct error *err)
{
	const uint64_t place = (uint64_t)HEADER_PAGE * PAGE_BYTES;
	struct profile_header copy = { 0 };
	ssize_t got = copy_at(index->fd, &copy, sizeof copy, place);

	if (got < 0)
		return error_system(err, errno, "reading the header at byte %llu",
				    (unsigned long long)place);
	if (got < (ssize_t)sizeof copy)
		return cut_short(index, HEADER_PAGE, err);
	if (copy.ready != 1)
		return error_set(err, ERROR_FORMAT, "the header at byte %llu is not complete",
				 (unsigned long long)place);
	if (copy.byte_order != PROFILE_BYTE_ORDER)
		return error_set(err, ERROR_FORMAT, "bad byte order mark at byte %llu",
				 (unsigned long long)place + offsetof(struct profile_header, byte_order));
	if (copy.header_bytes < HEADER_BYTES_MIN || copy.header_bytes > PAGE_BYTES)
		return error_set(err, ERROR_FORMAT, "impossible header size %u at byte %llu",
				 copy.header_bytes, (unsigned long long)place +
				 offsetof(struct profile_header, header_bytes));
	if (copy.header_bytes < sizeof copy)
		memset((char *)&copy + copy.header_bytes, 0, sizeof copy - copy.header_bytes);
	*header = copy;
	return 0;
}

/* The first page whose kind is not below `kind`. */
static size_t lower_bound(const struct page_index *index, uint32_t kind)
{
	size_t low = 0, high = index->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (index->pages[middle].kind < kind)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct page_run page_index_kind(const struct page_index *index, enum page_kind kind)
{
	size_t first = lower_bound(index, kind);

	return (struct page_run){ index->pages + first, lower_bound(index, kind + 1u) - first };
}

struct page_run page_run_owner(struct page_run run, size_t at)
{
	struct page_run part = { NULL, 0 };

	if (at < run.count)
		part.first = &run.first[at];
	while (at + part.count < run.count && part.first[part.count].owner == part.first->owner)
		part.count++;
	return part;
}

bool page_index_copy(struct page_index *index, const struct indexed_page *page, void *copy)
{
	ssize_t got = copy_at(index->fd, copy, PAGE_BYTES, (uint64_t)page->page * PAGE_BYTES);

	if (got == PAGE_BYTES)
		return true;
	index->damaged_pages++;
	return false;
}
