/*
 * id_index: from the hash of a key to the id of what has it, for ids whose keys
 * stand elsewhere (nodes and accounts, in the profile's pages).
 *
 * Open addressing, at most five eighths full.  A slot is four bytes, so entering
 * is one compare-and-swap, and six bits of it are of the hash: so a lookup looks
 * at a wrong key once in 64 times that it meets one.
 *
 *      hash:  | place: log2(slots) | tag 6 | more 4 | ...
 *      slot:  | tag 6 | id 26 |           0: empty; taken: the next one that is free,
 *                                         at the end one of 511 more
 *      rest:  | how far from its place 3 | 1, and as many of `more` as are known |
 *
 * A table twice as large takes one bit more for the place, so tags need one
 * more: `rest`, written after the slot and read by nobody else, has it.  Where it
 * has not, as for one id in 32 when a table has grown five times, or not yet, the
 * hash is reckoned anew from the key.
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

enum { ID_BITS = 26, ID_TAG_BITS = 32 - ID_BITS };

struct id_table {
	struct id_table *older;         /* being copied into this one; NULL: done */
	uint8_t *rest;                  /* of each slot */
	uint16_t shift;                 /* a hash's place: 64 - log2(slots) */
	uint16_t tag_shift;             /* and its tag, in the lowest bits */
	uint32_t used;                  /* at most: what is being copied counts from the start */
	uint32_t slot[];                /* `rest` is after them */
};

struct id_index {
	struct id_table *newest;
	const struct id_memory *memory;
	/* The hash that the key of `id` has; called while a table grows. */
	uint64_t (*hash_of)(const void *owner, uint32_t id);
	const void *owner;
};

struct id_key {
	uint64_t hash;
	/* Whether the thing `id` has this key. */
	bool (*is_of)(const struct id_key *key, uint32_t id);
};

/* An empty index; memory, hash_of and owner are filled in. False: no memory. */
bool id_index_init(struct id_index *index, unsigned slots_log2);

/* The id of what has the key; 0: none. */
uint32_t id_index_find(struct id_index *index, const struct id_key *key);

/* Enter `id`, which has the key; returns the id that the index has for it from now on. */
uint32_t id_index_enter(struct id_index *index, const struct id_key *key, uint32_t id);

static inline uint64_t id_table_place(const struct id_table *table, uint64_t hash)
{
	return hash >> table->shift;
}

/* The id in `slot` if its tag is that of the hash; else 0, as where it is empty, or more than any id. */
static inline uint32_t id_table_id(const struct id_table *table, uint64_t hash, uint32_t slot)
{
	return slot ^ (uint32_t)(hash >> table->tag_shift) << ID_BITS;
}

/* The slot where a key of that hash stands unless others did first. */
static inline const void *id_index_slot(const struct id_index *index, uint64_t hash)
{
	const struct id_table *table = __atomic_load_n(&index->newest, __ATOMIC_ACQUIRE);

	return &table->slot[id_table_place(table, hash)];
}

static const uint32_t ID_UNKNOWN = UINT32_MAX;

/* A key of that hash will be entered soon. */
static inline void id_index_expect(const struct id_index *index, uint64_t hash)
{
	const struct id_table *table = __atomic_load_n(&index->newest, __ATOMIC_ACQUIRE);

	__builtin_prefetch(&table->rest[id_table_place(table, hash)], 1);
}

/*
 * The id in that slot, or in one of the next few, if its tag is that of the hash:
 * the key is yet to be compared.  0: no key of that hash was entered.  ID_UNKNOWN:
 * neither, so it is to be looked for.
 */
static inline uint32_t id_index_candidate(const struct id_index *index, uint64_t hash)
{
	const struct id_table *table = __atomic_load_n(&index->newest, __ATOMIC_ACQUIRE);
	const uint32_t *slots = &table->slot[id_table_place(table, hash)];
	/* Looked at first: what is not in this table is in none. */
	const struct id_table *older = __atomic_load_n(&table->older, __ATOMIC_ACQUIRE);

	for (unsigned probe = 0; probe < ID_INDEX_NEAR; probe++) {
		uint32_t slot = __atomic_load_n(&slots[probe], __ATOMIC_ACQUIRE);
		uint32_t id = id_table_id(table, hash, slot);

		if (id >> ID_BITS != 0 && slot)
			continue;
		if (!slot && older)
			break;
		/* In a table that was replaced meanwhile it might be one that came too late. */
		return table != __atomic_load_n(&index->newest, __ATOMIC_ACQUIRE) ? ID_UNKNOWN :
		       slot ? id : 0;
	}
	return ID_UNKNOWN;
}

#endif
