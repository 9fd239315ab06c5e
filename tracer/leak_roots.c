#include "tracer/leak_roots.h"

#include <string.h>

#include "tracer/leak_moving.h"
#include "tracer/leak_pages.h"
#include "tracer/mapping.h"
#include "tracer/memory.h"
#include "tracer/modules.h"
#include "tracer/real.h"
#include "tracer/regions.h"

enum {
	ARENA_BYTES = 64 << 20,         /* HEAP_MAX_SIZE of glibc: arenas are aligned to it */
	DESCRIPTOR_BYTES = 2304,        /* struct pthread, about */
	DESCRIPTOR_ALIGN = 64,
	DESCRIPTORS_MAX = 1 << 16,
	VECTORS_MAX = 1 << 16,
	PAGE = 4096,
};

struct descriptors { uintptr_t *at; bool *alive; uint32_t count; };

struct finder {
	struct leak_roots *roots;
	const struct leak_job *job;
	const struct leak_maps *maps;
	const struct leak_heap *heap;
	struct leak_ranges allocator, threads, tracer;
	struct descriptors descriptors;
	uint32_t allocator_module;
};

static struct leak_range range_of(uintptr_t start, uintptr_t end, uint8_t holder, uint32_t tid)
{
	return (struct leak_range){ start, end, tid, holder, 0 };
}

/* --- What is mapped ----------------------------------------------------------- */

static uint8_t holder_of_map(const struct leak_map *map)
{
	if (!map->readable || map->kind == MAP_OF_KERNEL || map->kind == MAP_OF_DEVICE)
		return RANGE_NO_ROOT;
	if (map->kind == MAP_OF_FILE && !map->shared)
		return map->writable ? HELD_BY_GLOBAL : RANGE_NO_ROOT;
	if (map->shared && !map->writable)
		return RANGE_NO_ROOT;
	if (map->kind == MAP_MAIN_STACK)
		return HELD_BY_STACK;
	if (map->kind == MAP_BRK && real.glibc)
		return RANGE_NO_ROOT;
	return map->kind == MAP_PLAIN && modules_id_at(map->start) ? HELD_BY_GLOBAL : HELD_BY_MAPPING;
}

static void add_map(struct finder *finder, const struct leak_map *map)
{
	struct leak_range range = range_of(map->start, map->end, holder_of_map(map), 0);

	if (map->kind == MAP_MAIN_STACK) {      /* unless its thread answers */
		range.tid = finder->job->pid;
		range.flags |= RANGE_UNSURE;
	}
	if (map->shared)
		range.flags |= RANGE_PROBE;
	else if (map->kind == MAP_PLAIN || map->kind == MAP_BRK || map->kind == MAP_MAIN_STACK)
		range.flags |= RANGE_SPARSE;
	if (range.holder == HELD_BY_GLOBAL && real.glibc &&
	    modules_id_at(map->start) == finder->allocator_module)
		range.flags |= RANGE_LIBC;
	if (range.holder == HELD_BY_GLOBAL && modules_find(map->start).is_loader)
		range.flags |= RANGE_LOADER;
	leak_ranges_add(&finder->roots->ranges, range);
}

/* --- The allocator's memory ---------------------------------------------------- */

/* struct heap_info of glibc { ar_ptr, prev, size, mprotect_size, ... } */
static uintptr_t arena_bytes(const struct leak_map *map, uintptr_t start)
{
	const uintptr_t *info = (const uintptr_t *)start;
	uintptr_t arena = info[0], previous = info[1], size = info[2], opened = info[3];

	if (!size || size % PAGE || size > ARENA_BYTES || opened < size || opened > ARENA_BYTES ||
	    opened % PAGE || start + size > map->end || previous % ARENA_BYTES || arena % 8)
		return 0;
	if (previous ? arena - start < ARENA_BYTES : arena - start > 256)
		return 0;
	return start + opened < map->end ? opened : map->end - start;
}

static void add_arenas(struct finder *finder, const struct leak_map *map)
{
	uintptr_t at = (map->start + ARENA_BYTES - 1) & ~(uintptr_t)(ARENA_BYTES - 1);

	for (; at >= map->start && at < map->end; at += ARENA_BYTES)
		if (leak_pages_touched(at))
			leak_ranges_add(&finder->allocator,
					range_of(at, at + arena_bytes(map, at), RANGE_NO_ROOT, 0));
}

static void add_glibc(struct finder *finder)
{
	for (uint32_t i = 0; i < finder->maps->count; i++) {
		const struct leak_map *map = &finder->maps->map[i];

		if (map->kind == MAP_PLAIN && map->readable && map->writable && !map->shared)
			add_arenas(finder, map);
	}
	for (uint32_t i = 0; i < finder->heap->chunk_count; i++)
		leak_ranges_add(&finder->allocator, range_of(finder->heap->chunk[i].start,
							     finder->heap->chunk[i].end, RANGE_NO_ROOT, 0));
}

static uint32_t mapping_module(const struct region *region)
{
	const struct account *account = call_tree_account(&profile.tree, region->account);

	return PLACE_MODULE(call_tree_node(&profile.tree, account->stack)->place);
}

/* Mappings that the allocator's own code made, or that blocks are in. */
static void add_foreign_regions(struct finder *finder)
{
	struct region region;

	for (size_t i = 0; regions_get(i, &region); i++)
		if (mapping_module(&region) == finder->allocator_module)
			leak_ranges_add(&finder->allocator,
					range_of(region.start, region.end, RANGE_NO_ROOT, 0));
}

/* What is in no mapping that we saw: by 64 KiB, where blocks are. */
static void add_foreign_blocks(struct finder *finder)
{
	const uintptr_t unit = 65536;
	uintptr_t done = 0;

	for (uint32_t i = 0; i < finder->heap->count; i++) {
		const struct leak_block *block = &finder->heap->block[i];
		uintptr_t start = block->address & ~(unit - 1);
		uintptr_t end = (block->address + leak_block_bytes(block) + unit - 1) & ~(unit - 1);
		struct region region;

		if (block->address < done)
			continue;
		if (regions_find(block->address, &region)) {
			start = region.start;
			end = region.end;
		}
		leak_ranges_add(&finder->allocator, range_of(start, end, RANGE_NO_ROOT, 0));
		done = end;
	}
}

/* --- Threads --------------------------------------------------------------------- */

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
	for (uint32_t i = 0; i < finder->roots->ranges.count; i++) {
		const struct leak_range *range = &finder->roots->ranges.range[i];

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

/* Thread-local memory lies around the thread pointer. */
static void add_tls(struct finder *finder, uint32_t tid, uintptr_t pointer)
{
	const struct leak_map *map = leak_maps_find(finder->maps, pointer);
	uintptr_t start = pointer - modules_tls_bytes(), end = page_end(pointer + DESCRIPTOR_BYTES);

	if (!map || map->kind == MAP_MAIN_STACK)
		return;
	if (start < map->start || start > pointer)
		start = map->start;
	if (end > map->end)
		end = map->end;
	leak_ranges_add(&finder->threads, range_of(start, end, HELD_BY_TLS, tid));
}

static void add_stack(struct finder *finder, uintptr_t bottom, uintptr_t live, uintptr_t top, uint32_t tid,
		      uint8_t holder)
{
	leak_ranges_add(&finder->threads, range_of(bottom, live, RANGE_NO_ROOT, 0));
	leak_ranges_add(&finder->threads, range_of(live, top, holder, tid));
}

/* The stack that is in use from `live` on, whatever memory the program took for it. */
static void add_live_stack(struct finder *finder, uintptr_t live, uintptr_t pointer, uint32_t tid,
			   uint8_t holder)
{
	const struct leak_map *map = leak_maps_find(finder->maps, live);
	uint32_t block = leak_heap_find(finder->heap, live);
	uintptr_t top;
	struct region region;

	if (block != LEAK_NO_BLOCK) {
		const struct leak_block *stack = &finder->heap->block[block];

		leak_ranges_add(&finder->threads, range_of(live, stack->address + leak_block_bytes(stack),
							   holder, tid));
	} else if (regions_find(live, &region)) {
		add_stack(finder, region.start, live, region.end, tid, holder);
	} else if (map && map->kind == MAP_MAIN_STACK) {
		add_stack(finder, map->start, live, map->end, tid, holder);
	} else if (is_stack_map(map)) {
		top = pointer > live && pointer < map->end ? page_end(pointer + DESCRIPTOR_BYTES) : map->end;
		add_stack(finder, stack_bottom(&finder->descriptors, map, live), live,
			  top < map->end ? top : map->end, tid, holder);
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

/* The block of a thread's TLS vector, which is the C library's; tid 0: of one that has ended. */
static void add_vector(struct finder *finder, uintptr_t pointer, uint32_t tid)
{
	uintptr_t vector = pointer ? machine_tls_vector(pointer) : 0;
	uint32_t block = vector ? leak_heap_find(finder->heap, vector) : LEAK_NO_BLOCK;
	struct leak_range range;

	if (block == LEAK_NO_BLOCK)
		return;
	range = range_of(finder->heap->block[block].address,
			 finder->heap->block[block].address + leak_block_bytes(&finder->heap->block[block]),
			 tid ? HELD_BY_TLS : HELD_BY_LOADER, tid);
	leak_ranges_add(&finder->roots->vectors, range);
}

static void add_thread(struct finder *finder, const struct leak_thread *thread)
{
	uintptr_t pointer = thread->thread_pointer;

	if (!thread->tid)
		return;
	if (thread->state == THREAD_UNKNOWN) {
		finder->roots->unknown++;
		return;
	}
	if (thread->state == THREAD_SEEN) {
		finder->roots->seen++;
		pointer = pointer_of_seen(finder, thread->at.sp);
	} else {
		finder->roots->stopped++;
	}
	note_alive(&finder->descriptors, pointer);
	add_vector(finder, pointer, thread->tid);
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
	add_vector(finder, job->thread_pointer, job->tid);
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

	if (finder->roots->unknown || finder->job->threads.unlisted)
		return;
	for (uint32_t i = 0; i < all->count; i++) {
		const struct leak_map *map = leak_maps_find(finder->maps, all->at[i]);
		uintptr_t end = page_end(all->at[i] + DESCRIPTOR_BYTES);

		if (all->alive[i] || !is_stack_map(map) || !has_vector(finder, all->at[i]))
			continue;
		add_vector(finder, all->at[i], 0);
		leak_ranges_add(&finder->threads, range_of(stack_bottom(all, map, all->at[i]),
							   end < map->end ? end : map->end,
							   RANGE_NO_ROOT, 0));
	}
}

/* --- The tracer ---------------------------------------------------------------- */

static void add_tracer(struct finder *finder)
{
	uintptr_t start, end;
	size_t bytes;

	real_library_span(&start, &end);
	leak_ranges_add(&finder->tracer, range_of(start, end, RANGE_NO_ROOT, 0));
	for (uint32_t i = 0; memory_range(i, &start, &bytes); i++)
		leak_ranges_add(&finder->tracer, range_of(start, start + bytes, RANGE_NO_ROOT, 0));
	for (uint32_t i = 0; i < EXTENTS_MAX; i++) {
		start = (uintptr_t)profile.pages.extent[i];
		if (start)
			leak_ranges_add(&finder->tracer, range_of(start, start + EXTENT_BYTES,
								  RANGE_NO_ROOT, 0));
	}
}

/* --- Roots that are no maps of the program's ------------------------------------ */

static void add_registers(struct leak_ranges *roots, const struct machine_registers *registers,
			  uint32_t tid, uint8_t holder)
{
	uintptr_t start = (uintptr_t)registers->value;

	leak_ranges_add(roots, range_of(start, start + sizeof registers->value, holder, tid));
}

static void add_values(struct finder *finder)
{
	const struct leak_job *job = finder->job;
	struct leak_ranges *roots = &finder->roots->ranges;
	uintptr_t start, end;

	add_registers(roots, &job->caller.registers, job->tid,
		      job->reason == LEAK_AT_EXIT ? HELD_BY_EXIT_STACK : HELD_BY_REGISTER);
	for (uint32_t i = 0; i < job->threads.count; i++)
		if (job->threads.thread[i].tid && job->threads.thread[i].state == THREAD_STOPPED)
			add_registers(roots, &job->threads.thread[i].registers,
				      job->threads.thread[i].tid, HELD_BY_REGISTER);
	bootstrap_span(&start, &end);
	leak_ranges_add(roots, range_of(start, end, HELD_BY_LOADER, 0));
	leak_moving_add(roots, job, finder->maps, finder->heap);
}

/* --- All together ------------------------------------------------------------------ */

static void keep_roots(struct leak_roots *roots)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < roots->ranges.count; i++)
		if (roots->ranges.range[i].holder != RANGE_NO_ROOT)
			roots->ranges.range[kept++] = roots->ranges.range[i];
	roots->ranges.count = kept;
}

static bool make_lists(struct finder *finder)
{
	uint32_t threads = finder->job->threads.count, maps = finder->maps->count;
	uint32_t blocks = real.glibc ? finder->heap->chunk_count : finder->heap->count;

	return leak_ranges_init(&finder->roots->ranges, maps) &&
	       leak_ranges_init(&finder->roots->vectors, threads + VECTORS_MAX) &&
	       leak_ranges_init(&finder->allocator, blocks + maps + VECTORS_MAX) &&
	       leak_ranges_init(&finder->threads, 4 * threads + DESCRIPTORS_MAX) &&
	       leak_ranges_init(&finder->tracer, 4096 + EXTENTS_MAX + 1);
}

/* The values come last: they lie in memory that is no root by itself. */
static bool add_room_for_values(struct leak_ranges *ranges, uint32_t more)
{
	struct leak_ranges larger;

	if (!leak_ranges_init(&larger, ranges->count + more))
		return false;
	memcpy(larger.range, ranges->range, ranges->count * sizeof *ranges->range);
	larger.count = ranges->count;
	*ranges = larger;
	return true;
}

static void find_allocator(struct finder *finder)
{
	if (real.glibc) {
		add_glibc(finder);
	} else {
		add_foreign_regions(finder);
		add_foreign_blocks(finder);
	}
	leak_ranges_sort(&finder->allocator);
}

bool leak_roots_find(struct leak_roots *roots, const struct leak_job *job, const struct leak_maps *maps,
		     const struct leak_heap *heap)
{
	struct finder finder = {
		.roots = roots, .job = job, .maps = maps, .heap = heap,
		.allocator_module = modules_id_at((uintptr_t)real.malloc),
	};

	*roots = (struct leak_roots){ .bytes = 0 };
	if (!make_lists(&finder))
		return false;
	for (uint32_t i = 0; i < maps->count; i++)
		add_map(&finder, &maps->map[i]);
	add_tracer(&finder);
	leak_ranges_sort(&finder.tracer);
	find_allocator(&finder);
	if (!leak_ranges_lay(&roots->ranges, &finder.allocator) ||
	    !leak_ranges_lay(&roots->ranges, &finder.tracer) || !find_descriptors(&finder))
		return false;
	add_threads(&finder);
	add_ended(&finder);
	leak_ranges_sort(&finder.threads);
	if (!leak_ranges_lay(&roots->ranges, &finder.threads) ||
	    !leak_ranges_lay(&roots->ranges, &finder.tracer))
		return false;
	keep_roots(roots);
	if (!add_room_for_values(&roots->ranges, job->threads.count + leak_moving_count() * LEAK_MOVING_MAX + 2))
		return false;
	add_values(&finder);
	for (uint32_t i = 0; i < roots->ranges.count; i++)
		roots->bytes += roots->ranges.range[i].end - roots->ranges.range[i].start;
	return true;
}
