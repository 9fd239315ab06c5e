#include "tests/unit/hand_heap.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "tracer/real.h"

enum { GRANULE = 32, HEAD = 16, LARGEST_ROOTS = 1 << 22 };

static size_t told_size(void *address)
{
	return ((const size_t *)address)[-1];
}

struct hand_heap *hand_heap_new(size_t bytes, uint32_t roots)
{
	struct hand_heap *hand = calloc(1, sizeof *hand);
	size_t all = (bytes + (size_t)roots * 8 + 8191) & ~(size_t)4095;
	void *mapped = mmap(NULL, all, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (!hand || mapped == MAP_FAILED || roots > LARGEST_ROOTS)
		abort();
	hand->start = hand->next = (uintptr_t)mapped;
	hand->end = hand->start + all;
	hand->next_root = hand->start + ((bytes + 15) & ~(size_t)15);
	hand->map[0] = (struct leak_map){
		.start = hand->start, .end = hand->end, .kind = MAP_PLAIN, .readable = true, .writable = true,
	};
	hand->maps = (struct leak_maps){ hand->map, 1 };
	if (!shadow.granule_shift)
		shadow_init(GRANULE);
	real.usable_size = told_size;
	real.glibc = false;
	if (!leak_ranges_init(&hand->roots, roots + 1) || !leak_ranges_init(&hand->kept, 8))
		abort();
	return hand;
}

void hand_heap_free(struct hand_heap *hand)
{
	for (uint32_t i = 0; i < hand->heap.count; i++)
		shadow_get(hand->heap.block[i].address, true);
	munmap((void *)hand->start, hand->end - hand->start);
	free(hand);
}

uintptr_t hand_block(struct hand_heap *hand, size_t bytes, size_t slack, uint32_t account)
{
	uintptr_t block = hand->next + HEAD;
	uint32_t missed;

	if (bytes % 8 || !shadow_put(block, account, (uint32_t)slack, &missed))
		abort();
	((size_t *)block)[-1] = bytes;
	hand->next = (block + bytes + GRANULE) & ~(uintptr_t)(GRANULE - 1);
	hand->blocks++;
	return block;
}

void hand_point(uintptr_t from, unsigned word, uintptr_t value)
{
	((uintptr_t *)from)[word] = value;
}

uintptr_t hand_root(struct hand_heap *hand, enum leak_holder holder, uint8_t flags, uint32_t tid, uintptr_t value)
{
	uintptr_t word = hand->next_root;

	if (word + 16 > hand->end)
		abort();
	*(uintptr_t *)word = value;
	leak_ranges_add(&hand->roots, (struct leak_range){
		.start = word, .end = word + 8, .tid = tid, .holder = (uint8_t)holder, .flags = flags,
	});
	hand->next_root += 8;
	return word;
}

bool hand_prepare(struct hand_heap *hand)
{
	return leak_heap_collect(&hand->heap, &hand->maps) && hand->heap.count == hand->blocks &&
	       leak_mark_init(&hand->marker, &hand->heap, &hand->roots, &hand->maps);
}

bool hand_judge(struct hand_heap *hand, bool tagged)
{
	if (!hand_prepare(hand))
		return false;
	leak_mark_all(&hand->marker, &hand->kept, tagged);
	return leak_lost_classify(&hand->marker);
}

static uint32_t index_of(const struct hand_heap *hand, uintptr_t block)
{
	uint32_t at = leak_heap_find(&hand->heap, block);

	if (at == LEAK_NO_BLOCK || hand->heap.block[at].address != block)
		abort();
	return at;
}

enum heap_verdict hand_verdict(const struct hand_heap *hand, uintptr_t block)
{
	return leak_verdict_of(&hand->marker, index_of(hand, block));
}

const struct leak_held *hand_holder(const struct hand_heap *hand, uintptr_t block)
{
	return &hand->marker.held[hand->marker.mark[index_of(hand, block)].holder];
}

uintptr_t hand_parent(const struct hand_heap *hand, uintptr_t block)
{
	uint32_t parent = hand->marker.mark[index_of(hand, block)].parent;

	return parent == LEAK_NO_BLOCK ? 0 : (uintptr_t)hand->heap.block[parent].address;
}
