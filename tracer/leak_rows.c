#include "tracer/leak_rows.h"

#include <string.h>

#include "tracer/leak_freed.h"
#include "tracer/leak_place.h"
#include "tracer/leak_way.h"
#include "tracer/memory.h"

enum {
	ROWS_WANTED = 1 << 12,          /* so many, or holders are put together */
	ROWS_MAX = 1 << 20,             /* of stacks alone, when nothing is left to be put together */
	STACK_FOLD_BITS = 8,
};

struct adder {
	struct leak_rows *rows;
	const struct leak_marker *marker;
	uint32_t *slot, slots;          /* hash table: 1 + row */
	uint32_t limit;
	bool last;                      /* what finds no row is in the sums alone */
	uint32_t *largest;              /* by row: the block */
	uint64_t *largest_bytes;
	unsigned fold_bits;
};

/* What holds or lost block `at`, as a row has it. */
static void describe(const struct adder *adder, uint32_t at, struct leak_row *row)
{
	const struct leak_marker *marker = adder->marker;
	const struct leak_mark *mark = &marker->mark[at];
	const struct leak_held *held = &marker->held[mark->holder];

	row->account = marker->heap->block[at].account;
	row->verdict = (uint8_t)leak_verdict_of(marker, at);
	if (row->verdict == VERDICT_DEFINITE) {
		row->holder = marker->state[at] & STATE_CYCLE ? HELD_BY_CYCLE :
			      marker->state[at] & STATE_FREED ? HELD_BY_FREED : HELD_BY_NOTHING;
		if (row->holder == HELD_BY_CYCLE)
			row->holder_account = marker->heap->block[mark->holder].account;
	} else if (row->verdict == VERDICT_INDIRECT) {
		row->holder = HELD_BY_LEAK;
		row->holder_account = marker->heap->block[mark->holder].account;
	} else {
		row->holder = (uint8_t)held->holder;
		row->holder_tid = held->tid;
		row->holder_address = held->address;
	}
}

/* Words of a stack move from call to call: those of a frame or so are one from the start. */
static uint64_t place_of(const struct adder *adder, const struct leak_row *row)
{
	unsigned bits = adder->fold_bits;

	if (bits < STACK_FOLD_BITS && (row->holder == HELD_BY_STACK || row->holder == HELD_BY_EXIT_STACK ||
				       row->holder == HELD_BY_REGISTER))
		bits = STACK_FOLD_BITS;
	return row->holder_address >> bits;
}

static uint64_t hash_row(const struct adder *adder, const struct leak_row *row)
{
	uint64_t hash = row->account * UINT64_C(0x9e3779b97f4a7c15);

	hash ^= (uint64_t)row->verdict << 8 | (uint64_t)row->holder << 16 | (uint64_t)row->holder_tid << 24;
	hash = (hash ^ hash >> 29) * UINT64_C(0xbf58476d1ce4e5b9);
	hash ^= row->holder_account ^ place_of(adder, row) << 5;
	hash = (hash ^ hash >> 32) * UINT64_C(0x94d049bb133111eb);
	return hash ^ hash >> 31;
}

static bool same_row(const struct adder *adder, const struct leak_row *a, const struct leak_row *b)
{
	return a->account == b->account && a->verdict == b->verdict && a->holder == b->holder &&
	       a->holder_tid == b->holder_tid && a->holder_account == b->holder_account &&
	       place_of(adder, a) == place_of(adder, b);
}

/* The row that is like `row`; the limit: there is no room for another. */
static uint32_t find_row(struct adder *adder, const struct leak_row *row)
{
	struct leak_rows *rows = adder->rows;
	uint64_t at = hash_row(adder, row) % adder->slots;

	for (; adder->slot[at]; at = (at + 1) % adder->slots)
		if (same_row(adder, &rows->row[adder->slot[at] - 1], row))
			return adder->slot[at] - 1;
	if (rows->count == adder->limit)
		return adder->limit;
	rows->row[rows->count] = *row;
	adder->slot[at] = ++rows->count;
	return rows->count - 1;
}

static void add_to_row(struct adder *adder, uint32_t index, const struct leak_row *row, uint32_t at,
		       uint64_t bytes)
{
	const struct leak_block *block = &adder->marker->heap->block[at];
	struct leak_row *into = &adder->rows->row[index];

	if (into->holder_address != row->holder_address)
		into->flags |= LEAK_HOLDER_FOLDED;
	if (!into->blocks++)
		into->sample[0] = block->address;
	into->bytes += bytes;
	into->usable_bytes += leak_block_bytes(block);
	if (bytes >= adder->largest_bytes[index]) {
		adder->largest_bytes[index] = bytes;
		adder->largest[index] = at;
		into->sample[1] = block->address;
		into->holder_address = row->holder_address;
	}
}

static bool add_block(struct adder *adder, uint32_t at)
{
	struct leak_rows *rows = adder->rows;
	uint64_t bytes = leak_block_requested(&adder->marker->heap->block[at]);
	struct leak_row row = { .account = 0 };
	uint32_t index;

	describe(adder, at, &row);
	rows->bytes += bytes;
	rows->verdict_blocks[row.verdict]++;
	rows->verdict_bytes[row.verdict] += bytes;
	index = find_row(adder, &row);
	rows->of_block[at] = index < adder->limit ? index : HEAP_GRAPH_NO_ROW;
	if (index == adder->limit)
		return adder->last;
	add_to_row(adder, index, &row, at, bytes);
	return true;
}

/* Four slots for each row that there may be. */
static bool make_tables(struct adder *adder)
{
	adder->limit = adder->last ? ROWS_MAX : ROWS_WANTED;
	adder->slots = adder->limit * 4;
	adder->slot = memory_reserve(adder->slots * sizeof *adder->slot);
	adder->largest = memory_reserve(adder->limit * sizeof *adder->largest);
	adder->largest_bytes = memory_reserve(adder->limit * sizeof *adder->largest_bytes);
	*adder->rows = (struct leak_rows){
		.row = memory_reserve(adder->limit * sizeof *adder->rows->row),
		.of_block = adder->marker->queue,
		.folded = adder->fold_bits != 0,
	};
	return adder->slot && adder->largest && adder->largest_bytes && adder->rows->row;
}

static bool add_all(struct adder *adder)
{
	for (uint32_t i = 0; i < adder->marker->heap->count; i++)
		if (!add_block(adder, i))
			return false;
	return true;
}

/* --- The holder ---------------------------------------------------------------------- */

static void complete_holder(struct leak_row *row, const struct leak_job *job, const struct leak_roots *roots,
			    const struct leak_maps *maps)
{
	struct leak_place place = leak_place_of(job, roots, maps, row->holder, row->holder_tid,
						row->holder_address);

	row->holder_place = place.code;
	if (place.account)
		row->holder_account = place.account;
}

bool leak_rows_add_up(struct leak_rows *rows, const struct leak_marker *marker, const struct leak_job *job,
		      const struct leak_roots *roots)
{
	static const uint8_t folds[] = { 0, 8, 12, 16, 20, 26, 63 };
	struct adder adder = { .rows = rows, .marker = marker };

	for (size_t i = 0; i < sizeof folds; i++) {
		adder.fold_bits = folds[i];
		adder.last = i + 1 == sizeof folds;
		if (!make_tables(&adder))
			return false;
		if (add_all(&adder))
			break;
	}
	for (uint32_t i = 0; i < rows->count; i++) {
		leak_way_tell(marker, &rows->row[i], adder.largest[i]);
		complete_holder(&rows->row[i], job, roots, marker->maps);
	}
	return true;
}
