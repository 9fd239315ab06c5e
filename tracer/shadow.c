#include "tracer/shadow.h"

#include "tracer/memory.h"

struct shadow shadow;

void shadow_init(unsigned granule_bytes)
{
	shadow.granule_shift = (unsigned)__builtin_ctz(granule_bytes);
	memory_adopt(shadow.leaf, sizeof shadow.leaf);
}

static size_t leaf_bytes(void)
{
	return ((size_t)1 << (SHADOW_REGION_BITS - shadow.granule_shift)) * sizeof(uint32_t);
}

COLD uint32_t *shadow_make_leaf(uintptr_t address)
{
	uintptr_t region = address >> SHADOW_REGION_BITS;
	uint32_t *there = NULL, *leaf;

	if (region >= SHADOW_REGIONS)
		return NULL;
	leaf = memory_reserve(leaf_bytes());
	if (!leaf)
		return __atomic_load_n(&shadow.leaf[region], __ATOMIC_ACQUIRE);
	if (__atomic_compare_exchange_n(&shadow.leaf[region], &there, leaf, 0, __ATOMIC_ACQ_REL,
					__ATOMIC_ACQUIRE))
		return leaf;
	return there;   /* another thread was faster; ours stays untouched and unused */
}

uint32_t *shadow_wide_entry(uintptr_t address)
{
	uintptr_t next = address + ((uintptr_t)1 << shadow.granule_shift);
	uint32_t *leaf = shadow_leaf(next);

	if (!leaf)
		leaf = shadow_make_leaf(next);
	return leaf ? &leaf[shadow_index(next)] : NULL;
}

void shadow_flag(uintptr_t address)
{
	uint32_t *leaf = shadow_leaf(address);
	uint32_t *entry = leaf ? &leaf[shadow_index(address)] : NULL;

	if (!entry || !*entry)
		return;
	if ((*entry & SLACK_MASK) == SLACK_WIDE)
		*shadow_wide_entry(address) = 0;
	*entry = (*entry & ~(uint32_t)SLACK_MASK) | SLACK_FLAGGED;
}

static uint32_t entry_at(uintptr_t address)
{
	const uint32_t *leaf = shadow_leaf(address);

	return leaf ? leaf[shadow_index(address)] : 0;
}

bool shadow_starts(uintptr_t address)
{
	uintptr_t granule = (uintptr_t)1 << shadow.granule_shift;
	uint32_t entry = entry_at(address), before = entry_at(address - granule);

	/* After one of wide slack stands that slack, and no block. */
	return entry && shadow_start(address, entry) == address && (before & SLACK_MASK) != SLACK_WIDE;
}

void shadow_each(void (*see)(void *context, uintptr_t address, struct shadow_block block),
		 void *context)
{
	size_t entries = leaf_bytes() / sizeof(uint32_t);
	uintptr_t skip = 0;     /* the granule that holds the last block's wide slack */

	for (uintptr_t region = 0; region < SHADOW_REGIONS; region++) {
		const uint32_t *leaf = shadow.leaf[region];

		for (size_t i = 0; leaf && i < entries; i++) {
			uintptr_t address = region << SHADOW_REGION_BITS |
					    (uintptr_t)i << shadow.granule_shift;

			if (!leaf[i] || address == skip)
				continue;
			if ((leaf[i] & SLACK_MASK) == SLACK_WIDE)
				skip = address + ((uintptr_t)1 << shadow.granule_shift);
			address |= (leaf[i] & ENTRY_HALF) ? (uintptr_t)1 << (shadow.granule_shift - 1) : 0;
			see(context, address, shadow_get(address, false));
		}
	}
}
