/*
 * shadow: address of a block -> its account and its slack (usable size minus
 * requested size).  Nothing is added to the program's blocks.
 *
 * Two levels.  A root of pointers covers the address space in regions of
 * 64 MiB; a region's leaf has a 4-byte entry per granule, and no two blocks
 * start in one granule (32 bytes with glibc, whose chunks are at least that
 * far apart):
 *
 *      address  | region 21 | granule 21 | 5 |
 *                     |           |
 *       root: [ . . . * . . ]     |           entry: | account 25 | half 1 | slack 6 |
 *                     +-> leaf: [ . * . . ]           0 = no block starts here
 *
 * `half` tells in which half of the granule the block starts.
 *
 * Slack of 0..61 stands in the entry itself.  SLACK_WIDE: it stands in the
 * next granule's entry, which is inside the block, since a block with so much
 * slack is longer than two granules.
 *
 * A block belongs to whoever allocates or frees it, so plain stores do; the
 * entry is written after the real allocator returned the block and taken
 * before the real free gets it.  Signal-safe.
 */
#ifndef DAGMEM_TRACER_SHADOW_H
#define DAGMEM_TRACER_SHADOW_H

#include <stdbool.h>
#include <stddef.h>

#include "profile/layout.h"
#include "tracer/dag_results.h"
#include "tracer/hint.h"
#include "tracer/machine.h"

enum {
	SHADOW_REGION_BITS = 26,
	SHADOW_REGIONS = 1 << (MACHINE_ADDRESS_BITS - SHADOW_REGION_BITS),
	SLACK_BITS = 6,
	SLACK_MASK = (1 << SLACK_BITS) - 1,
	ENTRY_HALF = 1 << SLACK_BITS,
	ENTRY_ACCOUNT_SHIFT = SLACK_BITS + 1,
	SLACK_MAX = 61,
	SLACK_FLAGGED = 62,     /* a DAG node's result: dag_results knows the slack, and more */
	SLACK_WIDE = 63,
	SHADOW_CHUNK_SHIFT = 5, /* granule_shift where real.reads_chunks */
};

struct shadow {
	uint32_t *leaf[SHADOW_REGIONS];
	uint32_t granule_shift;
} __attribute__((aligned(4096)));

extern struct shadow shadow HIDDEN;

struct shadow_block { uint32_t account; uint32_t slack_bytes; };

/* Choose the granule: bytes between the starts of two blocks, a power of two. */
void shadow_init(unsigned granule_bytes);

/* The leaf of the region that `address` is in, made if it isn't there; NULL: no memory. */
uint32_t *shadow_make_leaf(uintptr_t address);

static inline uint32_t *shadow_leaf(uintptr_t address)
{
	uintptr_t region = address >> SHADOW_REGION_BITS;

	if (unlikely(region >= SHADOW_REGIONS))
		return NULL;
	return __atomic_load_n(&shadow.leaf[region], __ATOMIC_RELAXED);
}

static inline uint32_t shadow_index_by(unsigned shift, uintptr_t address)
{
	return (uint32_t)((address & (((uintptr_t)1 << SHADOW_REGION_BITS) - 1)) >> shift);
}

static inline uint32_t shadow_index(uintptr_t address)
{
	return shadow_index_by(shadow.granule_shift, address);
}

/* Wide slack of a block at the very end of a region stands in the next region's leaf. */
uint32_t *shadow_wide_entry(uintptr_t address);

/* The entry of the granule that `address` is in; NULL: its region has no leaf. */
static ALWAYS_INLINE uint32_t *shadow_entry_by(unsigned shift, uintptr_t address)
{
	uint32_t *leaf = shadow_leaf(address);

	return likely(leaf) ? &leaf[shadow_index_by(shift, address)] : NULL;
}

/* What an entry says of a block; `code`: its slack, or one of the codes beyond SLACK_MAX. */
static ALWAYS_INLINE uint32_t shadow_code_by(unsigned shift, uintptr_t address, uint32_t account,
					     uint32_t code)
{
	/* The address's bit of half a granule, where the entry has it. */
	uint32_t half = (uint32_t)(shift <= SLACK_BITS ? address << (SLACK_BITS + 1 - shift) :
							 address >> (shift - 1 - SLACK_BITS)) & ENTRY_HALF;

	return account << ENTRY_ACCOUNT_SHIFT | half | code;
}

/*
 * Enter a block (`_by`: where the granule's shift is known).  False when there
 * is no memory for its entry (the block then is not accounted).  *missed: what
 * stood there, a block whose free we never saw.
 */
static ALWAYS_INLINE bool shadow_put_by(unsigned shift, uintptr_t address, uint32_t account,
					uint64_t slack_bytes, uint32_t *missed)
{
	uint32_t *leaf = shadow_leaf(address);
	uint32_t code = (uint32_t)slack_bytes;

	if (unlikely(!leaf)) {
		leaf = shadow_make_leaf(address);
		if (!leaf)
			return false;
	}
	if (unlikely(slack_bytes > SLACK_MAX)) {
		uint32_t *wide = shadow_wide_entry(address);

		if (!wide)
			return false;
		*wide = slack_bytes > UINT32_MAX ? UINT32_MAX : (uint32_t)slack_bytes;
		code = SLACK_WIDE;
	}
	uint32_t *entry = &leaf[shadow_index_by(shift, address)];

	machine_touch(entry);
	*missed = *entry;
	*entry = shadow_code_by(shift, address, account, code);
	return true;
}

static inline bool shadow_put(uintptr_t address, uint32_t account, uint64_t slack_bytes,
			      uint32_t *missed)
{
	return shadow_put_by(shadow.granule_shift, address, account, slack_bytes, missed);
}

/* The slack of a block whose entry has one of the codes beyond SLACK_MAX. */
static inline uint32_t shadow_slack_elsewhere(uintptr_t address, uint32_t code, bool take)
{
	uint32_t *wide, slack;

	if (code == SLACK_FLAGGED)
		return take ? dag_results_freed(address) : dag_results_slack(address);
	wide = shadow_wide_entry(address);
	slack = *wide;
	if (take)
		*wide = 0;
	return slack;
}

/* Look at, or take out, the block that starts at `address`; account 0: none does. */
static ALWAYS_INLINE struct shadow_block shadow_get_by(unsigned shift, uintptr_t address, bool take)
{
	struct shadow_block block = { 0, 0 };
	uint32_t *leaf = shadow_leaf(address);

	if (unlikely(!leaf))
		return block;
	uint32_t *entry = &leaf[shadow_index_by(shift, address)];
	uint32_t value = *entry;

	block.account = value >> ENTRY_ACCOUNT_SHIFT;
	block.slack_bytes = value & SLACK_MASK;
	if (unlikely(block.slack_bytes > SLACK_MAX))
		block.slack_bytes = shadow_slack_elsewhere(address, block.slack_bytes, take);
	if (take)
		*entry = 0;
	return block;
}

static inline struct shadow_block shadow_get(uintptr_t address, bool take)
{
	return shadow_get_by(shadow.granule_shift, address, take);
}

/* The block that starts at `address` is a result from now on: its slack is elsewhere. */
void shadow_flag(uintptr_t address);

/* Whether a block starts at `address` itself, and not only near it. */
bool shadow_starts(uintptr_t address);

/* Where the block starts whose `entry` stands in the granule of `address`. */
static inline uintptr_t shadow_start(uintptr_t address, uint32_t entry)
{
	uintptr_t granule = (uintptr_t)1 << shadow.granule_shift;

	return (address & ~(granule - 1)) | (entry & ENTRY_HALF ? granule / 2 : 0);
}

/* Call `see` with every block in the shadow, in order of address. */
void shadow_each(void (*see)(void *context, uintptr_t address, struct shadow_block block),
		 void *context);

#endif
