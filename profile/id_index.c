#include "profile/id_index.h"

/* Runs of taken slots grow with the load: at five eighths one of 512 is never met (e^-53). */
enum { PROBES_MAX = 512, SLOTS_LOG2_MAX = 30, MORE_BITS = 4, REST_BITS = MORE_BITS + 1 };

static struct id_table *table_new(const struct id_memory *memory, unsigned slots_log2,
				  struct id_table *older)
{
	const size_t slots = ((size_t)1 << slots_log2) + PROBES_MAX - 1;
	struct id_table *table = memory->reserve(sizeof *table + slots * (sizeof table->slot[0] +
									  sizeof table->rest[0]));

	if (table) {
		table->rest = (uint8_t *)&table->slot[slots];
		table->shift = (uint16_t)(64 - slots_log2);
		table->tag_shift = (uint16_t)(table->shift - ID_TAG_BITS);
		table->older = older;
		/* All of them will come: who enters meanwhile must not take their places. */
		table->used = older ? __atomic_load_n(&older->used, __ATOMIC_RELAXED) : 0;
	}
	return table;
}

/* All of them, those after the last place too. */
static size_t slots_of(const struct id_table *table)
{
	return ((size_t)1 << (64 - table->shift)) + PROBES_MAX - 1;
}

/* The id in `slot`, which is not empty, if it is the key's; else 0. */
static uint32_t id_of_key(const struct id_table *table, const struct id_key *key, uint32_t slot)
{
	uint32_t id = id_table_id(table, key->hash, slot);

	return id >> ID_BITS == 0 && key->is_of(key, id) ? id : 0;
}

static uint32_t table_find(const struct id_table *table, const struct id_key *key)
{
	uint64_t at = id_table_place(table, key->hash);

	for (unsigned probe = 0; probe < PROBES_MAX; probe++, at++) {
		uint32_t slot = __atomic_load_n(&table->slot[at], __ATOMIC_ACQUIRE), id;

		if (!slot)
			return 0;
		id = id_of_key(table, key, slot);
		if (id)
			return id;
	}
	return 0;
}

/*
 * Whatever is known of a hash: all bits but the lowest ones.  For a table these
 * are place, tag, and `more` bits, which `rest` keeps with a 1 before them.
 */
struct known { uint64_t bits; unsigned more; };

static struct known known_of_hash(const struct id_table *table, uint64_t hash)
{
	return (struct known) { hash >> (table->tag_shift - MORE_BITS), MORE_BITS };
}

static uint32_t slot_of(struct known known, uint32_t id)
{
	return (uint32_t)(known.bits >> known.more) << ID_BITS | id;
}

static uint64_t place_of(struct known known)
{
	return known.bits >> known.more >> ID_TAG_BITS;
}

/* Where that is too far for it, it stays 0: not known. */
static void keep_rest(uint8_t *rest, struct known known, unsigned distance)
{
	uint32_t first = 1u << known.more, more = (uint32_t)known.bits & (first - 1);

	if (distance < 1u << (8 - REST_BITS))
		__atomic_store_n(rest, (uint8_t)(distance << REST_BITS | first | more), __ATOMIC_RELAXED);
}

/* Put `fresh`, the `probe`-th place tried for it, where nothing is. Else what is there. */
static inline uint32_t take_slot(struct id_table *table, uint64_t at, unsigned probe, struct known known,
				 uint32_t fresh)
{
	uint32_t there = 0;

	if (__atomic_compare_exchange_n(&table->slot[at], &there, fresh, 0, __ATOMIC_SEQ_CST,
					__ATOMIC_ACQUIRE))
		keep_rest(&table->rest[at], known, probe);
	return there;
}

/* Enter `fresh` unless its key is there; what the table holds for it afterwards. */
static uint32_t table_enter(struct id_table *table, const struct id_key *key, uint32_t id)
{
	const struct known known = known_of_hash(table, key->hash);
	const uint32_t fresh = slot_of(known, id);
	uint64_t at = place_of(known);

	for (unsigned probe = 0; probe < PROBES_MAX; probe++, at++) {
		uint32_t there = take_slot(table, at, probe, known, fresh);

		if (!there) {
			__atomic_fetch_add(&table->used, 1, __ATOMIC_RELAXED);
			return id;
		}
		there = id_of_key(table, key, there);
		if (there)
			return there;
	}
	return id;      /* no place near: valid, but will not be found again */
}

/* What a table twice as large may know of the hash of `id`, whose slot is at `at`. */
static struct known known_of_slot(const struct id_index *index, const struct id_table *table, uint64_t at,
				  uint32_t slot)
{
	uint32_t rest = __atomic_load_n(&table->rest[at], __ATOMIC_RELAXED);
	uint32_t more = rest & ((1u << REST_BITS) - 1);
	uint64_t place = at - (rest >> REST_BITS);
	unsigned count;

	if (more < 2) {
		uint64_t hash = index->hash_of(index->owner, slot & ((1u << ID_BITS) - 1));

		return (struct known) { hash >> (table->tag_shift - 1 - MORE_BITS), MORE_BITS };
	}
	count = 31 - (unsigned)__builtin_clz(more);
	return (struct known) { (place << ID_TAG_BITS | slot >> ID_BITS) << count | (more ^ 1u << count),
				count - 1 };
}

/* It may stand there already, by another who copies. */
static void copy_slot(struct id_table *to, struct known known, uint32_t id)
{
	const uint32_t slot = slot_of(known, id);
	uint64_t at = place_of(known);

	for (unsigned probe = 0; probe < PROBES_MAX; probe++, at++) {
		uint32_t there = take_slot(to, at, probe, known, slot);

		if (!there || there == slot)
			return;
	}
}

/*
 * Copy what the older table holds, so that nobody need look there any more.
 * Slots stand in the order of their hashes, so both tables are gone through
 * from one end to the other; of two ids for one key (one came too late, and its
 * thread was told the other) the first stays the first.
 * What a jump out of a signal's handler leaves half done, the next thread that
 * finds no room does again.
 */
static void take_over(const struct id_index *index, struct id_table *table)
{
	struct id_table *older = __atomic_load_n(&table->older, __ATOMIC_ACQUIRE);
	size_t slots = older ? slots_of(older) : 0;

	if (!older)
		return;
	for (size_t at = 0; at < slots; at++) {
		uint32_t slot = __atomic_load_n(&older->slot[at], __ATOMIC_SEQ_CST);

		if (slot)
			copy_slot(table, known_of_slot(index, older, at, slot), slot & ((1u << ID_BITS) - 1));
	}
	__atomic_store_n(&table->older, NULL, __ATOMIC_RELEASE);
	index->memory->discard(older->slot, slots * (sizeof older->slot[0] + sizeof older->rest[0]));
}

static bool is_full(const struct id_table *table)
{
	return __atomic_load_n(&table->used, __ATOMIC_RELAXED) > (UINT64_C(5) << (64 - table->shift)) / 8;
}

/* Put a larger table before the newest; failing leaves all as it is. */
static void grow(struct id_index *index, struct id_table *full)
{
	unsigned slots_log2 = 64 - full->shift;
	struct id_table *larger;

	take_over(index, full);
	if (slots_log2 >= SLOTS_LOG2_MAX)
		return;
	larger = table_new(index->memory, slots_log2 + 1, full);
	if (!larger)
		return;
	if (__atomic_compare_exchange_n(&index->newest, &full, larger, 0, __ATOMIC_SEQ_CST,
					__ATOMIC_RELAXED))
		take_over(index, larger);       /* else another was faster: ours is unused */
}

bool id_index_init(struct id_index *index, unsigned slots_log2)
{
	index->newest = table_new(index->memory, slots_log2, NULL);
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
	const struct id_table *older;
	uint32_t id;

	do {
		table = newest;
		older = __atomic_load_n(&table->older, __ATOMIC_ACQUIRE);
		id = table_find(table, key);
		newest = __atomic_load_n(&index->newest, __ATOMIC_ACQUIRE);
	} while (table != newest);
	if (id || !older)
		return id;
	id = known_id(table, key, 0);
	return id ? id_index_enter(index, key, id) : table_find(table, key);
}
