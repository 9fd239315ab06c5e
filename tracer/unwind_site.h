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
 * from inner to outer, four at a time:
 *
 *      step  | value x 4 | distance x 4 |  the last filled up with its outermost
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
	SITE_STEP = 4,                  /* words */
	SITE_STEPS = 8192,              /* in the ring */
	SITE_RUN_BITS = 11,
	SITE_RUN_MAX = (1 << SITE_RUN_BITS) - SITE_STEP,        /* deeper stacks are not worth it */
	SITE_TRUST_SLOTS = 512,
	SITE_TRUST_MAX = 2048,
	SITE_FIRST_RUNS = 2,            /* for one (pc, sp) */
};

/* Where a run begins: (pc, sp), or (a word of another run, what stands there instead). */
struct site_key { uint64_t from, value; };

struct site_step {
	uintptr_t value[SITE_STEP];
	uint16_t distance[SITE_STEP];   /* of a word's slot from sp, in words */
};

struct site_run {
	struct site_key key;
	uintptr_t bp;                   /* of the caller */
	uint64_t start;                 /* position in the ring, which only grows: no two are the same */
	uint32_t account;
	uint16_t steps;
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
	struct site_step step[SITE_STEPS];
};

/* Forget everything. */
void site_clear(struct site_cache *cache);

/*
 * Remember that `memo`, brought to the stack at `caller`, has this account;
 * right after site_find() did not know it.
 */
void site_remember(struct site_cache *cache, const struct frame *caller, const struct memo *memo,
		   uint32_t account);

/* The rest of site_find(), where `last` of the site's runs differs in its word `at`. */
uint32_t site_branch(struct site_cache *cache, const struct frame *caller,
		     const struct site_run *last, uint32_t at);

/* The sets of first runs, and the trust, of a site; of other runs see unwind_site.c. */
static inline uint64_t site_hash(uintptr_t pc)
{
	return pc * UINT64_C(0x9e3779b97f4a7c15);
}

static inline struct site_trust *site_trust_of(struct site_cache *cache, uintptr_t pc)
{
	return &cache->trust[site_hash(pc) >> 55];
}

static inline struct site_run *site_first_set(struct site_cache *cache, uintptr_t pc, uintptr_t sp)
{
	return cache->run[(site_hash(pc) >> 40 ^ sp >> 4) % SITE_SETS];
}

static inline bool site_is_kept(const struct site_cache *cache, const struct site_run *run)
{
	return cache->head - run->start <= SITE_STEPS;
}

static inline bool site_is_at(const struct site_cache *cache, const struct site_run *run,
			      struct site_key key, uintptr_t bp)
{
	return run->key.value == key.value && run->key.from == key.from &&
	       (run->bp == bp || !run->bp_matters) && likely(site_is_kept(cache, run));
}

static inline bool site_word_differs(const struct site_step *step, unsigned i, uintptr_t sp)
{
	return ((const uintptr_t *)sp)[step->distance[i]] != step->value[i];
}

/* The innermost word of the run that is not what it was, or -1. See memo_verify(). */
static inline int32_t site_differing(const struct site_cache *cache, const struct site_run *run,
				     uintptr_t sp)
{
	const struct site_step *first = &cache->step[run->start % SITE_STEPS], *step = first;
	const struct site_step *end = first + run->steps;

	do {
		if (unlikely(site_word_differs(step, 0, sp)))
			return (int32_t)(step - first) * SITE_STEP;
		if (unlikely(site_word_differs(step, 1, sp)))
			return (int32_t)(step - first) * SITE_STEP + 1;
		if (unlikely(site_word_differs(step, 2, sp)))
			return (int32_t)(step - first) * SITE_STEP + 2;
		if (unlikely(site_word_differs(step, 3, sp)))
			return (int32_t)(step - first) * SITE_STEP + 3;
	} while (++step < end);
	return -1;
}

static inline uint32_t site_hit(struct site_trust *trust, uint32_t account)
{
	if (trust->level < SITE_TRUST_MAX)
		trust->level++;
	return account;
}

/*
 * The account of the stack that begins at `caller`; 0: not known here.
 *
 * Most sites have a stack or two: those are tried whole; others branch from
 * the last of them.
 */
static ALWAYS_INLINE uint32_t site_find(struct site_cache *cache, const struct frame *caller)
{
	struct site_trust *trust = site_trust_of(cache, caller->pc);
	struct site_key key = { caller->pc, caller->sp };
	const struct site_run *run = site_first_set(cache, key.from, key.value);
	const struct site_run *end = run + SITE_WAYS;
	unsigned tried = 0;

	if (unlikely(trust->level < 0))
		return 0;
	for (; run < end; run++) {
		int32_t at;

		if (!site_is_at(cache, run, key, caller->bp))
			continue;
		at = site_differing(cache, run, caller->sp);
		if (likely(at < 0))
			return site_hit(trust, run->account);
		if (++tried == SITE_FIRST_RUNS) {
			uint32_t account = site_branch(cache, caller, run, (uint32_t)at);

			return account ? site_hit(trust, account) : 0;
		}
	}
	cache->missed = key;
	cache->missed_slot = 0;
	return 0;
}

#endif
