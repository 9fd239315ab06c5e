#include "tracer/leak_way.h"

#include <string.h>

#include "tracer/leak_inside.h"
#include "tracer/leak_pages.h"

enum {
	WAY_MAX = 1 << 16,
	ENDS = 512,                     /* of a long way the words are looked for at both ends */
	SPARSE_BYTES = 1 << 20,
};

/* What all rows of a check together may cost, in words that are looked at. */
static uint64_t words_left = UINT64_C(1) << 26;

/* --- The word that points to a block ------------------------------------------------ */

/* From the least to the best. */
enum fit { FITS_NOT, FITS_TAGGED, FITS_INSIDE, FITS_HEURISTIC, FITS_START };

struct slot_search {
	const struct leak_marker *marker;
	uint32_t target;
	enum fit fit;
	uintptr_t word, value;          /* that fits best, the first of its kind */
};

static enum fit fit_of(const struct slot_search *search, uintptr_t value)
{
	const struct leak_marker *marker = search->marker;
	const struct leak_block *block = &marker->heap->block[search->target];

	if (value == block->address)
		return FITS_START;
	if (value - block->address > leak_block_bytes(block) ||
	    leak_heap_find(marker->heap, value) != search->target)
		return FITS_NOT;
	return leak_inside_is_start(block, value, marker->maps) ? FITS_HEURISTIC : FITS_INSIDE;
}

static void try_value(struct slot_search *search, uintptr_t word, uintptr_t value, enum fit most)
{
	enum fit fit = fit_of(search, value);

	if (fit > most)
		fit = most;
	if (fit <= search->fit)
		return;
	search->fit = fit;
	search->word = word;
	search->value = value;
}

/* As MARK_TAGGED looks: bits above and below the address, and half a word further. */
static void try_tagged(struct slot_search *search, uintptr_t word, uintptr_t end)
{
	const uintptr_t address_bits = ((uintptr_t)1 << MACHINE_ADDRESS_BITS) - 1;
	uintptr_t shifted;

	try_value(search, word, *(const uintptr_t *)word & address_bits & ~(uintptr_t)7, FITS_TAGGED);
	if (word + 12 > end)
		return;
	memcpy(&shifted, (const void *)(word + 4), sizeof shifted);
	try_value(search, word + 4, shifted, FITS_TAGGED);
}

static void look_through(void *context, uintptr_t start, uintptr_t end)
{
	struct slot_search *search = context;
	uintptr_t word = (start + 7) & ~(uintptr_t)7;

	for (; word + 8 <= end && words_left && search->fit != FITS_START; word += 8, words_left--) {
		try_value(search, word, *(const uintptr_t *)word, FITS_START);
		if (search->fit == FITS_NOT)
			try_tagged(search, word, end);
	}
}

/* In block `from`.  FITS_NOT: it is too far to look. */
static struct slot_search find_slot(const struct leak_marker *marker, uint32_t from, uint32_t target)
{
	struct slot_search search = { .marker = marker, .target = target };
	const struct leak_block *block = &marker->heap->block[from];
	uintptr_t end = block->address + leak_block_bytes(block);

	if (leak_block_bytes(block) < SPARSE_BYTES)
		look_through(&search, block->address, end);
	else
		leak_pages_each(block->address, end, look_through, &search);
	return search;
}

static uint64_t slot_of(const struct leak_marker *marker, uint32_t from, uint32_t target)
{
	struct slot_search search = find_slot(marker, from, target);

	return search.fit == FITS_NOT ? LEAK_OFFSET_UNKNOWN
				      : search.word - marker->heap->block[from].address;
}

/* --- The way ------------------------------------------------------------------------ */

/* From what points to the block on; the words of both ends. */
struct way {
	uint32_t block[WAY_MAX], count;
	uint64_t slot[2 * ENDS];
	bool cut;
};

static uint64_t way_slot(const struct way *way, uint32_t i)
{
	if (i < ENDS)
		return way->slot[i];
	if (way->count - i <= ENDS)
		return way->slot[2 * ENDS - (way->count - i)];
	return LEAK_OFFSET_UNKNOWN;
}

static void find_slots(const struct leak_marker *marker, uint32_t at, struct way *way)
{
	for (uint32_t i = 0; i < way->count; i++) {
		uint32_t target = i ? way->block[i - 1] : at;

		if (i < ENDS)
			way->slot[i] = slot_of(marker, way->block[i], target);
		else if (way->count - i <= ENDS)
			way->slot[2 * ENDS - (way->count - i)] = slot_of(marker, way->block[i], target);
	}
}

/* A block that points to itself is a cycle, too; else there was none near enough. */
static void find_round(const struct leak_marker *marker, uint32_t at, struct way *way)
{
	way->count = leak_lost_cycle(marker, at, way->block, WAY_MAX - 1);
	way->cut = !way->count && slot_of(marker, at, at) == LEAK_OFFSET_UNKNOWN;
	if (!way->cut)
		way->block[way->count++] = at;
}

static void find_way(const struct leak_marker *marker, bool cycle, uint32_t at, struct way *way)
{
	way->count = 0;
	way->cut = false;
	if (cycle) {
		find_round(marker, at, way);
		return;
	}
	for (at = marker->mark[at].parent; at != LEAK_NO_BLOCK; at = marker->mark[at].parent) {
		way->cut = way->count == WAY_MAX || !words_left;
		if (way->cut)
			return;
		way->block[way->count++] = at;
		words_left--;
	}
}

/* Blocks of one account that point to each other from the same word are one step; `loose`: from any. */
static bool joins(const struct leak_step *step, uint32_t account, uint64_t slot, bool loose)
{
	return step->account == account && (loose || slot == LEAK_OFFSET_UNKNOWN ||
					    step->offset == LEAK_OFFSET_UNKNOWN || step->offset == slot);
}

static void add_step(struct leak_row *row, uint32_t account, uint64_t slot, bool loose)
{
	struct leak_step *last = row->steps ? &row->path[row->steps - 1] : NULL;
	const struct leak_step step = { account, 1, slot };

	if (last && joins(last, account, slot, loose)) {
		last->blocks++;
	} else if (row->steps < LEAK_STEPS_MAX) {
		row->path[row->steps++] = step;
	} else {
		/* The end nearest to the root, and the other, say most. */
		const int keep = LEAK_STEPS_MAX / 2 + 1;

		memmove(&row->path[keep], &row->path[keep + 1],
			(LEAK_STEPS_MAX - 1 - keep) * sizeof *row->path);
		row->path[LEAK_STEPS_MAX - 1] = step;
		row->flags |= LEAK_PATH_CUT;
	}
}

static void add_steps(const struct leak_marker *marker, struct leak_row *row, const struct way *way,
		      bool loose)
{
	row->steps = 0;
	row->flags &= (uint8_t)~LEAK_PATH_CUT;
	for (uint32_t i = 0; i < way->count; i++)
		add_step(row, marker->heap->block[way->block[i]].account, way_slot(way, i), loose);
}

/* Where the pointer to the block leads: it is in the first of the way, or is the root. */
static void tell_target(const struct leak_marker *marker, struct leak_row *row, uint32_t at,
			const struct way *way)
{
	struct slot_search search = { .marker = marker, .target = at };
	uintptr_t root = row->holder_address;

	if (way->count)
		search = find_slot(marker, way->block[0], at);
	else if (root && row->holder != HELD_BY_TAGGED)
		look_through(&search, root, root + 8);
	if (search.fit > FITS_TAGGED)
		row->target_offset = search.value - marker->heap->block[at].address;
}

void leak_way_tell(const struct leak_marker *marker, struct leak_row *row, uint32_t at)
{
	static struct way way;

	if (row->holder == HELD_BY_NOTHING)
		return;
	find_way(marker, row->holder == HELD_BY_CYCLE, at, &way);
	find_slots(marker, at, &way);
	tell_target(marker, row, at, &way);
	add_steps(marker, row, &way, false);
	if (row->flags & LEAK_PATH_CUT)
		add_steps(marker, row, &way, true);
	if (way.cut)
		row->flags |= LEAK_PATH_CUT;
}
