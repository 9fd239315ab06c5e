#include "profile/id_index.h"

/* Runs of taken slots grow with the load: at five eighths one of 512 is never met (e^-53). */
enum { PROBES_MAX = 512, SLOTS_LOG2_MAX = 30 };

static struct id_table *table_new(const struct id_memory *memory, unsigned slots_log2,
				  struct id_table *older)
{
	struct id_table *table = memory->reserve(sizeof *table +
						 (sizeof table->slot[0] << slots_log2));

	if (table) {
		table->shift = 64 - slots_log2;
		table->older = older;
		/* All of them will come: who enters meanwhile must not take their places. */
		table->used = older ? __atomic_load_n(&older->used, __ATOMIC_RELAXED) : 0;
	}
	return table;
}

static uint64_t slots_of(const struct id_table *table)
{
	return UINT64_C(1) << (64 - table->shift);
}

static bool is_of(const struct id_key *key, uint64_t slot)
{
	return (slot ^ key->hash) >> 32 == 0 && key->is_of(key, (uint32_t)slot);
}

static uint32_t table_find(const struct id_table *table, const struct id_key *key)
{
	uint64_t at = key->hash >> table->shift, mask = slots_of(table) - 1;

	for (unsigned probe = 0; probe < PROBES_MAX; probe++, at++) {
		uint64_t slot = __atomic_load_n(&table->slot[at & mask], __ATOMIC_ACQUIRE);

		if (!slot)
			return 0;
		if (is_of(key, slot))
			return (uint32_t)slot;
	}
	return 0;
}

/* Enter `fresh` unless its key is there; what the table holds for it afterwards. */
static uint32_t table_enter(struct id_table *table, const struct id_key *key, uint32_t id)
{
	const uint64_t fresh = key->hash >> 32 << 32 | id;
	uint64_t at = key->hash >> table->shift, mask = slots_of(table) - 1;

	for (unsigned probe = 0; probe < PROBES_MAX; probe++, at++) {
		uint64_t there = 0;

		if (__atomic_compare_exchange_n(&table->slot[at & mask], &there, fresh, 0,
						__ATOMIC_SEQ_CST, __ATOMIC_ACQUIRE)) {
			__atomic_fetch_add(&table->used, 1, __ATOMIC_RELAXED);
			return id;
		}
		if (is_of(key, there))
			return (uint32_t)there;
	}
	return id;      /* no place near: valid, but will not be found again */
}

/* It may stand there already, by another who copies. */
static void copy_slot(struct id_table *to, uint64_t slot)
{
	uint64_t at = (slot >> 32 << 32) >> to->shift, mask = slots_of(to) - 1;

	for (unsigned probe = 0; probe < PROBES_MAX; probe++, at++) {
		uint64_t there = 0;

		if (__atomic_compare_exchange_n(&to->slot[at & mask], &there, slot, 0,
						__ATOMIC_SEQ_CST, __ATOMIC_ACQUIRE) ||
		    there == slot)
			return;
	}
}

/* A slot that no run of taken ones crosses. */
static uint64_t empty_slot(const struct id_table *table)
{
	uint64_t at = 0, slots = slots_of(table);

	while (at < slots && __atomic_load_n(&table->slot[at], __ATOMIC_ACQUIRE))
		at++;
	return at < slots ? at : 0;
}

/*
 * Copy what the older table holds, so that nobody need look there any more.
 * Slots stand in the order of their hashes, so both tables are gone through
 * from one end to the other, but run by run: of two ids for one key (one came
 * too late, and its thread was told the other) the first stays the first.
 * What a jump out of a signal's handler leaves half done, the next thread that
 * finds no room does again.
 */
static void take_over(const struct id_memory *memory, struct id_table *table)
{
	struct id_table *older = __atomic_load_n(&table->older, __ATOMIC_ACQUIRE);
	uint64_t slots = older ? slots_of(older) : 0, start;

	if (!older)
		return;
	start = empty_slot(older);
	for (uint64_t at = start; at < start + slots; at++) {
		uint64_t slot = __atomic_load_n(&older->slot[at & (slots - 1)], __ATOMIC_SEQ_CST);

		if (slot)
			copy_slot(table, slot);
	}
	__atomic_store_n(&table->older, NULL, __ATOMIC_RELEASE);
	memory->discard(older->slot, slots * sizeof older->slot[0]);
}

static bool is_full(const struct id_table *table)
{
	return __atomic_load_n(&table->used, __ATOMIC_RELAXED) > slots_of(table) / 8 * 5;
}

/* Put a larger table before the newest; failing leaves all as it is. */
static void grow(struct id_index *index, struct id_table *full)
{
	unsigned slots_log2 = 64 - full->shift;
	struct id_table *larger;

	take_over(index->memory, full);
	if (slots_log2 >= SLOTS_LOG2_MAX)
		return;
	larger = table_new(index->memory, slots_log2 + 1, full);
	if (!larger)
		return;
	if (__atomic_compare_exchange_n(&index->newest, &full, larger, 0, __ATOMIC_SEQ_CST,
					__ATOMIC_RELAXED))
		take_over(index->memory, larger);       /* else another was faster: ours is unused */
}

bool id_index_init(struct id_index *index, unsigned slots_log2, const struct id_memory *memory)
{
	index->memory = memory;
	index->newest = table_new(memory, slots_log2, NULL);
	return index->newest != NULL;
}

/* The id for the key in the older table, where that is still being copied; else `id`. */
static uint32_t known_id(const struct id_table *table, const struct id_key *key, uint32_t id)
{
	const struct id_table *older = __atomic_load_n(&table->older, __ATOMIC_ACQUIRE);
	uint32_t known = older ? table_find(older, key) : 0;

	return known ? known : id;
}

/*
 * A table that is replaced meanwhile may have been copied before the id was in
 * it; then, by the order of these accesses, the newer one is seen here.  And
 * who sees the newer one sees all that was entered into the older one by
 * threads that did not: so it looks there before it enters an id of its own.
 * Once the older one is given back, and reads as empty, its copies are found.
 */
uint32_t id_index_enter(struct id_index *index, const struct id_key *key, uint32_t id)
{
	struct id_table *table, *newest = __atomic_load_n(&index->newest, __ATOMIC_ACQUIRE);

	do {
		table = newest;
		id = table_enter(table, key, known_id(table, key, id));
		newest = __atomic_load_n(&index->newest, __ATOMIC_SEQ_CST);
	} while (table != newest);
	if (is_full(table))
		grow(index, table);
	return id;
}

/*
 * What a table that was replaced holds is not the last word: its thread may
 * have come too late, and be told another id.  So the table found in must still
 * be the newest; and what only the older one has is entered into the newest,
 * which decides.  Once the older one is given back, its copies are found.
 */
uint32_t id_index_find(struct id_index *index, const struct id_key *key)
{
	struct id_table *table, *newest = __atomic_load_n(&index->newest, __ATOMIC_ACQUIRE);
	uint32_t id;

	do {
		table = newest;
		id = table_find(table, key);
		newest = __atomic_load_n(&index->newest, __ATOMIC_ACQUIRE);
	} while (table != newest);
	if (id || !__atomic_load_n(&table->older, __ATOMIC_ACQUIRE))
		return id ? id : table_find(table, key);
	id = known_id(table, key, 0);
	return id ? id_index_enter(index, key, id) : table_find(table, key);
}
