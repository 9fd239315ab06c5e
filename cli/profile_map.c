#include "cli/profile_map.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum { STEP_PAGES = 64 };

struct profile_map {
	struct pages pages;             /* first: `grow` finds the map by it */
	int fd;
};

static bool map_extent(struct profile_map *map, uint32_t extent)
{
	void *mapped;

	if (map->pages.extent[extent])
		return true;
	mapped = mmap(NULL, EXTENT_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, map->fd,
		      (off_t)extent * EXTENT_BYTES);
	if (mapped == MAP_FAILED)
		return false;
	map->pages.extent[extent] = mapped;
	return true;
}

/* Have the file system promise the file's first `pages` pages. */
static bool promise(struct profile_map *map, uint32_t pages)
{
	struct profile_header *header = map->pages.header;
	int failed;

	if ((uint64_t)pages * PAGE_BYTES > header->max_profile_bytes)
		return false;
	do
		failed = fallocate(map->fd, 0, 0, (off_t)pages * PAGE_BYTES);
	while (failed && errno == EINTR);
	if (failed)
		return false;
	/* The tracer may have promised more meanwhile: it then does so once more, which is harmless. */
	__atomic_store_n(&header->pages_allocated, pages, __ATOMIC_RELEASE);
	return true;
}

static bool grow(struct pages *pages, uint32_t page)
{
	struct profile_map *map = (struct profile_map *)pages;
	uint32_t allocated = __atomic_load_n(&pages->header->pages_allocated, __ATOMIC_ACQUIRE);

	if (page >= allocated && !promise(map, (page / STEP_PAGES + 1) * STEP_PAGES))
		return false;
	return map_extent(map, page / PAGES_PER_EXTENT);
}

struct profile_map *profile_map_open(int fd)
{
	struct profile_map *map = calloc(1, sizeof *map);

	if (!map)
		return NULL;
	map->fd = fd;
	map->pages.grow = grow;
	if (!map_extent(map, 0)) {
		free(map);
		return NULL;
	}
	map->pages.header = (struct profile_header *)(map->pages.extent[0] + HEADER_PAGE * PAGE_BYTES);
	return map;
}

void profile_map_close(struct profile_map *map)
{
	for (uint32_t extent = 0; map && extent < EXTENTS_MAX; extent++)
		if (map->pages.extent[extent])
			munmap(map->pages.extent[extent], EXTENT_BYTES);
	free(map);
}

struct pages *profile_map_pages(struct profile_map *map)
{
	return &map->pages;
}

uint32_t profile_map_visible(struct profile_map *map)
{
	uint32_t used = __atomic_load_n(&map->pages.header->pages_used, __ATOMIC_ACQUIRE);
	struct stat status;

	if (fstat(map->fd, &status) != 0)
		return 0;
	if ((uint64_t)status.st_size / PAGE_BYTES < used)
		used = (uint32_t)(status.st_size / PAGE_BYTES);
	for (uint32_t extent = 0; extent * PAGES_PER_EXTENT < used; extent++)
		if (extent >= EXTENTS_MAX || !map_extent(map, extent))
			return extent * PAGES_PER_EXTENT;
	return used;
}
