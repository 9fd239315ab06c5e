#include "tracer/leak_stacks.h"

#include <string.h>

#include "tracer/leak_pages.h"
#include "tracer/memory.h"
#include "tracer/modules.h"
#include "tracer/regions.h"

enum {
	DESCRIPTOR_BYTES = 2304,        /* struct pthread, about */
	DESCRIPTOR_ALIGN = 64,
	DESCRIPTORS_MAX = 1 << 16,
	PAGE = 4096,
};

/* Threads' descriptors, each at the top of its stack, by address. */
struct descriptors { uintptr_t *at; bool *alive; uint32_t count; };

struct finder {
	struct leak_stacks *stacks;
	const struct leak_job *job;
	const struct leak_maps *maps;
	const struct leak_heap *heap;
	const struct leak_ranges *mapped;
	struct descriptors descriptors;
};

static struct leak_range range_of(uintptr_t start, uintptr_t end, uint8_t holder, uint32_t tid)
{
	return (struct leak_range){ .start = start, .end = end, .tid = tid, .holder = holder };
}

static uintptr_t page_end(uintptr_t address)
{
	return (address + PAGE - 1) & ~(uintptr_t)(PAGE - 1);
}

static bool is_stack_map(const struct leak_map *map)
{
	return map && map->kind == MAP_PLAIN && map->readable && map->writable && !map->shared;
}

static void look_for_descriptors(void *context, uintptr_t start, uintptr_t end)
{
	struct descriptors *found = &((struct finder *)context)->descriptors;

	for (uintptr_t at = start; at < end; at += DESCRIPTOR_ALIGN)
		if (machine_is_descriptor(at) && found->count < DESCRIPTORS_MAX)
			found->at[found->count++] = at;
}

/* In order of address, since maps are. */
static bool find_descriptors(struct finder *finder)
{
	struct descriptors *found = &finder->descriptors;

	found->at = memory_reserve(DESCRIPTORS_MAX * sizeof *found->at);
	found->alive = memory_reserve(DESCRIPTORS_MAX * sizeof *found->alive);
	if (!found->at || !found->alive)
		return false;
	for (uint32_t i = 0; i < finder->mapped->count; i++) {
		const struct leak_range *range = &finder->mapped->range[i];

		if (range->holder == HELD_BY_MAPPING && range->flags & RANGE_SPARSE)
			leak_pages_each(range->start, range->end, look_for_descriptors, finder);
	}
	return true;
}

/* The first descriptor in [from, to); `count` when there is none. */
static uint32_t descriptor_in(const struct descriptors *all, uintptr_t from, uintptr_t to)
{
	for (uint32_t i = 0; i < all->count; i++)
		if (all->at[i] >= from)
			return all->at[i] < to ? i : all->count;
	return all->count;
}

/* Where the stack that ends below `top` may begin: the map's start, or above another thread's. */
static uintptr_t stack_bottom(const struct descriptors *all, const struct leak_map *map, uintptr_t top)
{
	uintptr_t bottom = map->start;

	for (uint32_t i = 0; i < all->count && all->at[i] < top; i++)
		if (all->at[i] >= map->start)
			bottom = page_end(all->at[i] + DESCRIPTOR_BYTES);
	return bottom < top ? bottom : top;
}

/*
 * Where thread-local memory below the thread pointer begins: at the lowest
 * block that the loader's vector { generation, { block, to free }, ... } knows
 * there; without a vector where all modules' blocks would.
 */
static uintptr_t tls_start(const struct finder *finder, uintptr_t pointer)
{
	uintptr_t least = pointer - modules_tls_bytes(), start = pointer, vector = machine_tls_vector(pointer);
	uint32_t block = leak_heap_find(finder->heap, vector);
	const uintptr_t entry_bytes = 16;
	uintptr_t end;

	if (block == LEAK_NO_BLOCK)
		return least;
	end = finder->heap->block[block].address + leak_block_bytes(&finder->heap->block[block]);
	for (uintptr_t at = vector + entry_bytes; at + entry_bytes <= end; at += entry_bytes) {
		uintptr_t tls = *(const uintptr_t *)at;

		if (tls >= least && tls < start)
			start = tls;
	}
	return start;
}

/* Thread-local memory lies around the thread pointer. */
static void add_tls(struct finder *finder, uint32_t tid, uintptr_t pointer)
{
	const struct leak_map *map = leak_maps_find(finder->maps, pointer);
	uintptr_t start, end = page_end(pointer + DESCRIPTOR_BYTES);

	if (!map || map->kind == MAP_MAIN_STACK)
		return;
	start = tls_start(finder, pointer);
	if (start < map->start || start > pointer)
		start = map->start;
	if (end > map->end)
		end = map->end;
	leak_ranges_add(&finder->stacks->ranges, range_of(start, end, HELD_BY_TLS, tid));
}

/* The stack that is in use from `live` on; at its top the C library has put thread-local memory. */
static void add_stack(struct finder *finder, uintptr_t bottom, uintptr_t live, uintptr_t top, uintptr_t pointer,
		      uint32_t tid, uint8_t holder)
{
	uintptr_t tls = pointer > live && pointer < top ? tls_start(finder, pointer) : top;

	leak_ranges_add(&finder->stacks->ranges, range_of(bottom, live, RANGE_NO_ROOT, 0));
	leak_ranges_add(&finder->stacks->ranges, range_of(live, tls > live ? tls : top, holder, tid));
}

/* Whatever memory the program took for it. */
static void add_live_stack(struct finder *finder, uintptr_t live, uintptr_t pointer, uint32_t tid,
			   uint8_t holder)
{
	const struct leak_map *map = leak_maps_find(finder->maps, live);
	uint32_t block = leak_heap_find(finder->heap, live);
	uintptr_t top;
	struct region region;

	if (block != LEAK_NO_BLOCK) {
		const struct leak_block *stack = &finder->heap->block[block];

		add_stack(finder, live, live, stack->address + leak_block_bytes(stack), pointer, tid, holder);
	} else if (regions_find(live, &region)) {
		add_stack(finder, region.start, live, region.end, pointer, tid, holder);
	} else if (map && map->kind == MAP_MAIN_STACK) {
		add_stack(finder, map->start, live, map->end, pointer, tid, holder);
	} else if (is_stack_map(map)) {
		top = pointer > live && pointer < map->end ? page_end(pointer + DESCRIPTOR_BYTES) : map->end;
		add_stack(finder, stack_bottom(&finder->descriptors, map, live), live,
			  top < map->end ? top : map->end, pointer, tid, holder);
	}
}

static void note_alive(struct descriptors *all, uintptr_t pointer)
{
	for (uint32_t i = 0; i < all->count; i++)
		if (all->at[i] == pointer)
			all->alive[i] = true;
}

/* A thread whose stack pointer alone is known: its descriptor is the first above. */
static uintptr_t pointer_of_seen(struct finder *finder, uintptr_t sp)
{
	const struct leak_map *map = leak_maps_find(finder->maps, sp);
	uint32_t found = map ? descriptor_in(&finder->descriptors, sp, map->end) : finder->descriptors.count;

	return found < finder->descriptors.count ? finder->descriptors.at[found] : 0;
}

static void add_thread(struct finder *finder, const struct leak_thread *thread)
{
	uintptr_t pointer = thread->thread_pointer;

	if (!thread->tid)
		return;
	if (thread->state == THREAD_UNKNOWN) {
		finder->stacks->unknown++;
		return;
	}
	if (thread->state == THREAD_SEEN) {
		finder->stacks->seen++;
		pointer = pointer_of_seen(finder, thread->at.sp);
	} else {
		finder->stacks->stopped++;
	}
	note_alive(&finder->descriptors, pointer);
	leak_tls_add(&finder->stacks->tls, pointer, thread->tid, finder->maps, finder->heap);
	if (pointer)
		add_tls(finder, thread->tid, pointer);
	add_live_stack(finder, thread->at.sp - MACHINE_RED_ZONE, pointer, thread->tid, HELD_BY_STACK);
}

static bool exits(const struct leak_job *job)
{
	return job->reason == LEAK_AT_EXIT && !(job->flags & LEAK_NO_EXIT_FRAME);
}

static void add_threads(struct finder *finder)
{
	const struct leak_job *job = finder->job;

	note_alive(&finder->descriptors, job->thread_pointer);
	leak_tls_add(&finder->stacks->tls, job->thread_pointer, job->tid, finder->maps, finder->heap);
	add_tls(finder, job->tid, job->thread_pointer);
	add_live_stack(finder, job->caller.sp, job->thread_pointer, job->tid,
		       exits(job) ? HELD_BY_EXIT_STACK : HELD_BY_STACK);
	for (uint32_t i = 0; i < job->threads.count; i++)
		add_thread(finder, &job->threads.thread[i]);
}

/* What looks like a descriptor is one if the loader's vector of TLS blocks is where it says. */
static bool has_vector(const struct finder *finder, uintptr_t pointer)
{
	const uintptr_t head_bytes = 16;
	uintptr_t vector = machine_tls_vector(pointer);
	uint32_t block = leak_heap_find(finder->heap, vector);
	struct region region;

	return block != LEAK_NO_BLOCK && !regions_find(pointer, &region) &&
	       finder->heap->block[block].address + head_bytes == vector;
}

/* Stacks that the C library keeps for threads to come: only if every thread is accounted for. */
static void add_ended(struct finder *finder)
{
	const struct descriptors *all = &finder->descriptors;

	if (finder->stacks->unknown || finder->job->threads.unlisted)
		return;
	for (uint32_t i = 0; i < all->count; i++) {
		const struct leak_map *map = leak_maps_find(finder->maps, all->at[i]);
		uintptr_t end = page_end(all->at[i] + DESCRIPTOR_BYTES);

		if (all->alive[i] || !is_stack_map(map) || !has_vector(finder, all->at[i]))
			continue;
		leak_tls_add(&finder->stacks->tls, all->at[i], 0, finder->maps, finder->heap);
		leak_ranges_add(&finder->stacks->ranges, range_of(stack_bottom(all, map, all->at[i]),
							   end < map->end ? end : map->end,
							   RANGE_NO_ROOT, 0));
	}
}

bool leak_stacks_find(struct leak_stacks *stacks, const struct leak_job *job, const struct leak_maps *maps,
		      const struct leak_heap *heap, const struct leak_ranges *mapped)
{
	struct finder finder = { .stacks = stacks, .job = job, .maps = maps, .heap = heap, .mapped = mapped };
	uint32_t threads = job->threads.count;

	memset(stacks, 0, sizeof *stacks);
	if (!leak_ranges_init(&stacks->ranges, 4 * threads + DESCRIPTORS_MAX) ||
	    !leak_tls_init(&stacks->tls, maps, threads + 1) || !find_descriptors(&finder))
		return false;
	add_threads(&finder);
	add_ended(&finder);
	leak_tls_sort(&stacks->tls);
	leak_ranges_sort(&stacks->ranges);
	return true;
}
