/*
 * unwind_site: finished answers, by where the caller stands: the accounts of
 * the stacks that a thread had when it was at this (pc, sp) before, with every
 * word that a walk from there reads.  If all of them still are what they were,
 * so is the answer; nothing else is believed.
 *
 * Stacks at the same (pc, sp) share what they read alike: a run of words ends
 * with an account, and where memory differs from it another run may go on, for
 * what stands there instead.
 *
 *   (pc, sp) --> run:  word  word  word  word  word ... account
 *                            ^ differs, is v
 *         (this word, v) --> run:  word  word  word ... account
 *
 * Runs lie in four-way sets by their key; their words in a ring, where new ones
 * overwrite the oldest.  A word is a value and its distance from sp, compared
 * from inner to outer, four at a time: runs are padded with their outermost.
 *
 * Where stacks vary too much the cache only costs: a site (by its pc) that
 * misses more than it hits is left alone for a while, then for twice as long.
 * A miss weighs more where the walk that it did not spare was a short one.
 */
#ifndef DAGMEM_TRACER_UNWIND_SITE_H
#define DAGMEM_TRACER_UNWIND_SITE_H

#include "tracer/unwind_memo.h"

enum {
	SITE_SETS = 1024,
	SITE_WAYS = 4,
	SITE_WORDS = 32768,             /* in the ring */
	SITE_RUN_BITS = 11,
	SITE_RUN_MAX = (1 << SITE_RUN_BITS) - MEMO_STEP,        /* deeper stacks are not worth it */
	SITE_TRUST_SLOTS = 512,
};

/* Where a run begins: (pc, sp), or (a word of another run, what stands there instead). */
struct site_key { uint64_t from, value; };

struct site_run {
	struct site_key key;
	uintptr_t bp;                   /* of the caller */
	uint64_t start;                 /* position in the ring, which only grows: no two are the same */
	uint32_t account;
	uint16_t words;
	bool bp_matters;
};

struct site_trust {
	int16_t level;                  /* > 0: look and remember; < 0: counts up to a new try; 0: new */
	uint16_t rests;                 /* how often it was left alone */
};

struct site_cache {
	uint64_t head;                  /* where the ring goes on; what began a ring before is gone */
	struct site_key missed;         /* the run that the last site_find() would have needed ... */
	uintptr_t missed_slot;          /* ... and the word that differed; 0: it needed a first run */
	struct site_trust trust[SITE_TRUST_SLOTS];
	struct site_run run[SITE_SETS][SITE_WAYS];
	uint16_t distance[SITE_WORDS];  /* of a word's slot from sp, in words */
	uintptr_t value[SITE_WORDS];
};

/* Forget everything. */
void site_clear(struct site_cache *cache);

/* The account of the stack that begins at `caller`; 0: not known here. */
uint32_t site_find(struct site_cache *cache, const struct frame *caller);

/*
 * Remember that `memo`, brought to the stack at `caller`, has this account;
 * right after site_find() did not know it.
 */
void site_remember(struct site_cache *cache, const struct frame *caller, const struct memo *memo,
		   uint32_t account);

#endif
