#include "tracer/leak_moving.h"

#include "tracer/guard.h"
#include "tracer/real.h"
#include "tracer/shards.h"

enum {
	FRAMES_BYTES = 2048,            /* of the hook and the allocator */
	CHUNK_HEAD = 16, CHUNK_MIN = 32, CHUNK_FLAGS = 7, CHUNK_ALIGN = 16,
};

struct mover {
	struct leak_ranges *ranges;
	const struct leak_ranges *tracer;
	const struct leak_maps *maps;
	const struct leak_heap *heap;
	uint32_t tid, added;
};

/* The same address stands on a stack more than once. */
static bool was_added(const struct mover *mover, uintptr_t start)
{
	for (uint32_t i = 0; i < mover->added; i++)
		if (mover->ranges->range[mover->ranges->count - 1 - i].start == start)
			return true;
	return false;
}

static void add(struct mover *mover, uintptr_t start, uintptr_t bytes)
{
	const struct leak_map *map = leak_maps_find(mover->maps, start);

	if (!map || !map->readable || mover->added == LEAK_MOVING_MAX || was_added(mover, start))
		return;
	if (bytes > map->end - start)
		bytes = map->end - start;
	if (!bytes || leak_ranges_meet(mover->tracer, start, start + bytes))
		return;
	leak_ranges_add(mover->ranges, (struct leak_range){
		.start = start, .end = start + bytes, .tid = mover->tid, .holder = HELD_BY_REALLOC,
	});
	mover->added++;
}

/* glibc's heaps and the chunks that it maps are private memory without a file. */
static bool may_be_allocators(const struct leak_map *map)
{
	return map && map->readable && map->writable && !map->shared &&
	       (map->kind == MAP_PLAIN || map->kind == MAP_BRK);
}

/* Whether a chunk of glibc's could have its block at `address`; no live block has. */
static void consider(struct mover *mover, uintptr_t address)
{
	const struct leak_map *map = leak_maps_find(mover->maps, address);
	uintptr_t size;

	if (address % CHUNK_ALIGN || !may_be_allocators(map) ||
	    address - map->start < CHUNK_HEAD || leak_heap_find(mover->heap, address) != LEAK_NO_BLOCK)
		return;
	size = ((const uintptr_t *)address)[-1] & ~(uintptr_t)CHUNK_FLAGS;
	if (size >= CHUNK_MIN && size % CHUNK_ALIGN == 0 && size <= map->end - (address - CHUNK_HEAD))
		add(mover, address, size - CHUNK_HEAD / 2);
}

/* The allocator may have the block's address, or the chunk's. */
static void consider_words(struct mover *mover, const uintptr_t *word, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		consider(mover, word[i]);
		consider(mover, word[i] + CHUNK_HEAD);
	}
}

static void look_for_new(struct mover *mover, const struct leak_thread *thread)
{
	const struct leak_map *stack = leak_maps_find(mover->maps, thread->at.sp);
	uintptr_t bytes = FRAMES_BYTES;

	consider_words(mover, thread->registers.value, MACHINE_REGISTERS);
	if (!stack || !stack->readable || thread->at.sp % sizeof(uintptr_t))
		return;
	if (bytes > stack->end - thread->at.sp)
		bytes = stack->end - thread->at.sp;
	consider_words(mover, (const uintptr_t *)thread->at.sp, bytes / sizeof(uintptr_t));
}

static void add_old(struct mover *mover, uintptr_t block)
{
	const struct leak_map *map = leak_maps_find(mover->maps, block);

	if (map && map->readable && leak_heap_find(mover->heap, block) == LEAK_NO_BLOCK)
		add(mover, block, real.usable_size((void *)block));
}

void leak_moving_add(struct leak_ranges *ranges, const struct leak_ranges *tracer,
		     const struct leak_job *job, const struct leak_maps *maps, const struct leak_heap *heap)
{
	for (uint32_t i = 0; i < shards_count(); i++) {
		const struct thread *thread = shards_at(i);
		struct mover mover = { ranges, tracer, maps, heap, 0, 0 };

		if (!thread || !thread->in_flight)
			continue;
		mover.tid = thread->page->owner_tid;
		add_old(&mover, thread->in_flight);
		for (uint32_t j = 0; real.glibc && j < job->threads.count; j++)
			if (job->threads.thread[j].tid == mover.tid &&
			    job->threads.thread[j].state == THREAD_STOPPED)
				look_for_new(&mover, &job->threads.thread[j]);
	}
}

uint32_t leak_moving_count(void)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < shards_count(); i++)
		count += shards_at(i) && shards_at(i)->in_flight;
	return count;
}
