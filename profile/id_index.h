/*
 * id_index: from the hash of a key to the id of what has it, for ids whose keys
 * stand elsewhere (nodes and accounts, in the profile's pages).
 *
 * Open addressing, at most five eighths full.  A slot is one word, so entering
 * is one compare-and-swap, and half of it is the hash's upper half: so a lookup
 * hardly ever looks at a wrong key, and a table can be copied into a larger one
 * without a look at any key:
 *
 *      slot:  | upper half of the hash 32 | id 32 |      0: empty
 *      place: the hash's uppermost bits; taken: the next one that is free
 *
 *      newest table --older--> the one before, while that is being copied
 *
 * Lookups take no lock, and write only to what is being copied; entering is
 * lock-free.  A key that two threads enter at once gets one id, whether or not
 * the index grows meanwhile.  Safe in a signal handler that interrupts any of it.
 */
#ifndef DAGMEM_PROFILE_ID_INDEX_H
#define DAGMEM_PROFILE_ID_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ID_INDEX_NEAR = 4 };     /* slots that a first look goes through */

/* Memory by the owner's means. */
struct id_memory {
	void *(*reserve)(size_t bytes);                 /* zeroed, for good; NULL: none */
	/* Not used any more; but it stays readable, and who still reads it may find zeros. */
	void (*discard)(void *start, size_t bytes);
};

struct id_table {
	struct id_table *older;         /* being copied into this one; NULL: done */
	uint32_t shift;                 /* 64 - log2(slots) */
	uint32_t used;                  /* at most: what is being copied counts from the start */
	uint64_t slot[];
};

struct id_index {
	struct id_table *newest;
	const struct id_memory *memory;
};

struct id_key {
	uint64_t hash;
	/* Whether the thing `id` has this key. */
	bool (*is_of)(const struct id_key *key, uint32_t id);
};

/* False: no memory. */
bool id_index_init(struct id_index *index, unsigned slots_log2, const struct id_memory *memory);

/* The id of what has the key; 0: none. */
uint32_t id_index_find(struct id_index *index, const struct id_key *key);

/* Enter `id`, which has the key; returns the id that the index has for it from now on. */
uint32_t id_index_enter(struct id_index *index, const struct id_key *key, uint32_t id);

/* The slot where a key of that hash stands unless others did first. */
static inline const uint64_t *id_index_slot(const struct id_index *index, uint64_t hash)
{
	const struct id_table *table = __atomic_load_n(&index->newest, __ATOMIC_ACQUIRE);

	return &table->slot[hash >> table->shift];
}

/*
 * The id in that slot, or one of the next few, if it is of an equal upper half of
 * a hash; else 0. The key is yet to be compared.
 */
static inline uint32_t id_index_candidate(const struct id_index *index, uint64_t hash)
{
	const struct id_table *table = __atomic_load_n(&index->newest, __ATOMIC_ACQUIRE);
	uint64_t at = hash >> table->shift, last = UINT64_MAX >> table->shift;

	for (unsigned probe = 0; probe < ID_INDEX_NEAR && at <= last; probe++, at++) {
		uint64_t slot = __atomic_load_n(&table->slot[at], __ATOMIC_ACQUIRE);

		/* In a table that was replaced meanwhile it might be one that came too late. */
		if ((slot ^ hash) >> 32 == 0)
			return table == __atomic_load_n(&index->newest, __ATOMIC_RELAXED) ?
				(uint32_t)slot : 0;
		if (!slot)
			return 0;
	}
	return 0;
}

#endif
