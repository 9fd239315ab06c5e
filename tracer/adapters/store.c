#include "tracer/adapters/store.h"

#include <sys/mman.h>

#include "tracer/sys.h"

enum { CHUNK_FIRST = 16 << 10, CHUNK_LARGEST = 1 << 20 };

struct store_chunk {
	struct store_chunk *older;
	size_t bytes;
};

/* Each is twice as large as the one before: few calls, little waste. */
static struct store_chunk *add_chunk(struct store *store)
{
	const struct store_chunk *before = store->newest;
	size_t bytes = !before ? CHUNK_FIRST :
		before->bytes < CHUNK_LARGEST ? before->bytes * 2 : CHUNK_LARGEST;
	struct store_chunk *chunk = sys_mmap(NULL, bytes, PROT_READ | PROT_WRITE,
					     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (!chunk)
		return NULL;
	*chunk = (struct store_chunk){ store->newest, bytes };
	store->newest = chunk;
	store->used = sizeof *chunk;
	return chunk;
}

void *store_take(struct store *store, size_t bytes)
{
	size_t rounded = (bytes + 7) & ~(size_t)7;

	if (rounded > CHUNK_FIRST - sizeof(struct store_chunk))
		return NULL;
	if ((!store->newest || store->newest->bytes - store->used < rounded) && !add_chunk(store))
		return NULL;
	void *piece = (char *)store->newest + store->used;

	store->used += rounded;
	return piece;
}

void store_release(struct store *store)
{
	while (store->newest) {
		struct store_chunk *chunk = store->newest;

		store->newest = chunk->older;
		sys_munmap(chunk, chunk->bytes);
	}
	store->used = 0;
}
