#include "tracer/leak_tls.h"

#include "tracer/machine.h"
#include "tracer/modules.h"

enum {
	LINK_MAP_BYTES = 1400,          /* and more than struct link_map has */
	VECTOR_MAX = 1 << 16,
	KEPT_MAX = 1 << 18,
	ENTRY_BYTES = 16,
	DESCRIPTOR_BYTES = 2304,        /* struct pthread, about: values of pthread_setspecific() are in it */
};

/* --- Modules ------------------------------------------------------------------------ */

static uintptr_t readable_end(const struct leak_maps *maps, uintptr_t address)
{
	const struct leak_map *map = leak_maps_find(maps, address);

	return map && map->readable ? map->end : 0;
}

/* struct link_map of glibc { ... image, file's bytes, bytes, alignment, first byte, offset, number ... } */
static bool find_number(const struct module_tls *from, const struct leak_maps *maps,
			struct leak_tls_module *module)
{
	const uintptr_t *word = from->link_map;
	uintptr_t end = readable_end(maps, (uintptr_t)word);

	if (!word)
		return false;
	if (end - (uintptr_t)word > LINK_MAP_BYTES)
		end = (uintptr_t)word + LINK_MAP_BYTES;
	for (; (uintptr_t)(word + 7) <= end; word++)
		if (word[0] == from->image && word[1] == from->file_bytes && word[2] == from->bytes &&
		    word[3] == from->align && word[6] && word[6] < VECTOR_MAX) {
			*module = (struct leak_tls_module){ from->id, from->bytes, word[6], 0 };
			if (word[5] > 1 && word[5] <= (uintptr_t)INTPTR_MAX)
				module->offset = word[5];
			return true;
		}
	return false;
}

bool leak_tls_init(struct leak_tls *tls, const struct leak_maps *maps, uint32_t threads)
{
	struct module_tls from;

	for (uint32_t i = 0; modules_tls(i, &from); i++) {
		if (!from.bytes)
			continue;
		if (tls->count < LEAK_TLS_MODULES_MAX && find_number(&from, maps, &tls->module[tls->count]))
			tls->count++;
		else
			tls->partly = true;
	}
	return leak_ranges_init(&tls->ranges, threads * (tls->count + 1)) &&
	       leak_ranges_init(&tls->kept, KEPT_MAX + threads * (tls->count + 1)) &&
	       leak_ranges_init(&tls->roots, KEPT_MAX + threads * (tls->count + 1));
}

/* --- Threads ------------------------------------------------------------------------ */

struct vector { const uintptr_t *entry; uintptr_t length; };

static struct vector vector_of(uintptr_t pointer, const struct leak_maps *maps)
{
	uintptr_t at = machine_tls_vector(pointer), end = at > ENTRY_BYTES ? readable_end(maps, at - ENTRY_BYTES) : 0;
	struct vector vector = { (const uintptr_t *)at, 0 };

	if (at & 7 || end <= at)
		return vector;
	vector.length = ((const uintptr_t *)at)[-2];
	if (vector.length > VECTOR_MAX || (end - at) / ENTRY_BYTES <= vector.length)
		vector.length = 0;
	return vector;
}

static void keep(struct leak_tls *tls, uint32_t at, uint32_t tid, const struct leak_heap *heap)
{
	const struct leak_block *block = &heap->block[at];

	leak_ranges_add(&tls->kept, (struct leak_range){
		.start = block->address, .end = block->address + leak_block_bytes(block), .tid = tid,
		.holder = tid ? HELD_BY_TLS : HELD_BY_LOADER,
	});
}

/* Where the variables are, and what has to be freed. */
static uint32_t block_of(const uintptr_t *entry, const struct leak_heap *heap)
{
	uint32_t at = leak_heap_find(heap, entry[1]);

	return at != LEAK_NO_BLOCK ? at : leak_heap_find(heap, entry[0]);
}

static bool is_number(const struct leak_tls *tls, uintptr_t number)
{
	for (uint32_t i = 0; i < tls->count; i++)
		if (tls->module[i].number == number)
			return true;
	return false;
}

static void add_blocks(struct leak_tls *tls, const struct vector *vector, uint32_t tid,
		       const struct leak_heap *heap)
{
	for (uintptr_t i = 1; i <= vector->length; i++) {
		uint32_t at = block_of(vector->entry + 2 * i, heap);

		if (at == LEAK_NO_BLOCK || !(is_number(tls, i) || tls->partly))
			continue;
		keep(tls, at, tid, heap);
		if (tid && !is_number(tls, i))
			leak_ranges_add(&tls->roots, tls->kept.range[tls->kept.count - 1]);
	}
}

static void add_modules(struct leak_tls *tls, uintptr_t pointer, const struct vector *vector, uint32_t tid)
{
	const uintptr_t unallocated = UINTPTR_MAX;

	for (uint32_t i = 0; i < tls->count; i++) {
		const struct leak_tls_module *module = &tls->module[i];
		uintptr_t start = 0;

		if (module->number <= vector->length)
			start = vector->entry[2 * module->number];
		if ((!start || start == unallocated) && module->offset)
			start = machine_tls_static(pointer, module->offset);
		if (start && start != unallocated)
			leak_ranges_add(&tls->ranges, (struct leak_range){
				.start = start, .end = start + module->bytes, .tid = tid,
				.holder = HELD_BY_TLS, .module = (uint16_t)module->id,
			});
	}
	if (machine_is_descriptor(pointer))
		leak_ranges_add(&tls->ranges, (struct leak_range){
			.start = pointer, .end = pointer + DESCRIPTOR_BYTES, .tid = tid,
			.holder = HELD_BY_TLS,
		});
}

void leak_tls_add(struct leak_tls *tls, uintptr_t pointer, uint32_t tid, const struct leak_maps *maps,
		  const struct leak_heap *heap)
{
	struct vector vector;
	uint32_t at;

	if (!pointer)
		return;
	vector = vector_of(pointer, maps);
	at = leak_heap_find(heap, (uintptr_t)vector.entry);
	if (at != LEAK_NO_BLOCK)
		keep(tls, at, tid, heap);
	add_blocks(tls, &vector, tid, heap);
	if (tid)
		add_modules(tls, pointer, &vector, tid);
}

void leak_tls_sort(struct leak_tls *tls)
{
	leak_ranges_sort(&tls->ranges);
}

uint64_t leak_tls_place(const struct leak_tls *tls, uintptr_t address)
{
	uint32_t low = 0, high = tls->ranges.count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (tls->ranges.range[middle].end <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == tls->ranges.count || address < tls->ranges.range[low].start ||
	    !tls->ranges.range[low].module)
		return 0;
	return PLACE(tls->ranges.range[low].module, address - tls->ranges.range[low].start);
}
