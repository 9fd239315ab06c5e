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
	ARENAS_MAX = 1 << 16,
	PAGE = 4096,
};

struct finder {
	struct leak_roots *roots;
	const struct leak_job *job;
	const struct leak_maps *maps;
	const struct leak_heap *heap;
	struct leak_ranges allocator, tracer;
	uint32_t allocator_module;
};

static struct leak_range range_of(uintptr_t start, uintptr_t end, uint8_t holder, uint32_t tid)
{
	return (struct leak_range){ .start = start, .end = end, .tid = tid, .holder = holder };
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
		else if (map->kind == MAP_BRK)
			leak_ranges_add(&finder->allocator, range_of(map->start, map->end, RANGE_NO_ROOT, 0));
	}
	for (uint32_t i = 0; i < finder->heap->chunk_count; i++)
		leak_ranges_add(&finder->allocator, range_of(finder->heap->chunk[i].start,
							     finder->heap->chunk[i].end, RANGE_NO_ROOT, 0));
}

static uint32_t mapping_module(const struct region *region)
{
	uint64_t subject = call_tree_subject(&profile.tree, region->account);

	return PLACE_MODULE(call_tree_node(&profile.tree, subject_stack(subject))->place);
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
	leak_moving_add(roots, &finder->tracer, job, finder->maps, finder->heap);
	for (uint32_t i = 0; i < finder->roots->stacks.tls.roots.count; i++)
		leak_ranges_add(roots, finder->roots->stacks.tls.roots.range[i]);
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
	uint32_t maps = finder->maps->count;
	uint32_t blocks = real.glibc ? finder->heap->chunk_count : finder->heap->count;

	return leak_ranges_init(&finder->roots->ranges, maps) &&
	       leak_ranges_init(&finder->allocator, blocks + maps + ARENAS_MAX) &&
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
	if (real.glibc)
		finder->roots->heap = finder->allocator;
}

bool leak_roots_find(struct leak_roots *roots, const struct leak_job *job, const struct leak_maps *maps,
		     const struct leak_heap *heap)
{
	struct finder finder = {
		.roots = roots, .job = job, .maps = maps, .heap = heap,
		.allocator_module = modules_id_at((uintptr_t)real.malloc),
	};

	memset(roots, 0, sizeof *roots);
	if (!make_lists(&finder))
		return false;
	for (uint32_t i = 0; i < maps->count; i++)
		add_map(&finder, &maps->map[i]);
	add_tracer(&finder);
	leak_ranges_sort(&finder.tracer);
	find_allocator(&finder);
	if (!leak_ranges_lay(&roots->ranges, &finder.allocator) ||
	    !leak_ranges_lay(&roots->ranges, &finder.tracer) ||
	    !leak_stacks_find(&roots->stacks, job, maps, heap, &roots->ranges) ||
	    !leak_ranges_lay(&roots->ranges, &roots->stacks.ranges) ||
	    !leak_ranges_lay(&roots->ranges, &roots->stacks.tls.ranges) ||
	    !leak_ranges_lay(&roots->ranges, &finder.tracer))
		return false;
	keep_roots(roots);
	if (!add_room_for_values(&roots->ranges, job->threads.count + leak_moving_count() * LEAK_MOVING_MAX +
				 roots->stacks.tls.roots.count + 2))
		return false;
	add_values(&finder);
	for (uint32_t i = 0; i < roots->ranges.count; i++)
		roots->bytes += roots->ranges.range[i].end - roots->ranges.range[i].start;
	return true;
}
