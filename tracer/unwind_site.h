/*
 * unwind_site: finished answers, by where the caller stands: the account of
 * the stack that a thread had when it was last at this (pc, sp), with every
 * word that a walk from there reads.  If all of them still are what they were,
 * so is the answer; nothing else is believed.
 *
 * Two-way sets of entries; their words lie in a ring, where new ones overwrite
 * the oldest:
 *
 *   entry:  pc sp bp | account | start, words          ring of words
 *                                    |          +----------------------------+
 *                                    +--------> | slot value | slot value ...|
 *                                               +----------------------------+
 *
 * Where stacks vary the cache only costs: a site (by its pc) that misses more
 * than it hits is left alone for a while.
 */
#ifndef DAGMEM_TRACER_UNWIND_SITE_H
#define DAGMEM_TRACER_UNWIND_SITE_H

#include "tracer/unwind_memo.h"

enum {
	SITE_SETS = 256,
	SITE_WAYS = 2,
	SITE_RING_WORDS = 8192,
	SITE_WORDS_MAX = 1024,          /* deeper stacks are not worth it */
	SITE_TRUST_SLOTS = 512,
};

struct site_entry {
	uintptr_t pc, sp, bp;
	uint64_t start;                 /* position in the ring, which only grows */
	uint32_t words;
	uint32_t account;
	bool bp_matters;
};

struct site_cache {
	uint64_t head;                  /* where the ring goes on; entries before head - ring are gone */
	struct site_entry entry[SITE_SETS][SITE_WAYS];
	int8_t trust[SITE_TRUST_SLOTS]; /* > 0: look and remember; else count up to a new try */
	struct memo_word ring[SITE_RING_WORDS];
};

/* Forget everything. */
void site_clear(struct site_cache *cache);

/* The account of the stack that begins at `caller`; 0: not known here. */
uint32_t site_find(struct site_cache *cache, const struct frame *caller);

/* Remember that `memo`, brought to the stack at `caller`, has this account. */
void site_remember(struct site_cache *cache, const struct frame *caller, const struct memo *memo,
		   uint32_t account);

#endif
