/*
 * unwind_site: finished answers, by where the caller stands: the accounts of
 * the stacks that a thread had when it was at this (pc, sp) before, with every
 * word that a walk from there reads.  If all of them still are what they were,
 * so is the answer; nothing else is believed.
 *
 * Stacks at the same (pc, sp) share what they read alike: a run of words ends
 * with an account, or, where stacks went apart, with a fork: which run goes on
 * is said by the word that stands there.
 *
 *   (pc, sp) --> run:  word  word  word  fork
 *                                         | is v: run:  word  word  account
 *                                         | is w: run:  word  word  word  fork
 *                                                                          | ...
 *
 * Runs lie in four-way sets by their key, a line each; their words in a ring,
 * where new ones overwrite the oldest.  Sets and ring grow where they are too
 * small.  A word is a value and its distance from sp, compared from inner to
 * outer, four at a time:
 *
 *      step  | value x 4 | distance x 4 |  the last filled up with its outermost
 *
 * Where stacks vary too much the cache only costs: a site (by its pc) that
 * misses more than it hits is left alone for a while, then for twice as long.
 * A miss weighs more where the walk that it did not spare was a short one.
 */
#ifndef DAGMEM_TRACER_UNWIND_SITE_H
#define DAGMEM_TRACER_UNWIND_SITE_H

#include <stddef.h>

#include "profile/layout.h"
#include "tracer/unwind_memo.h"

enum {
	SITE_SETS_MIN = 256, SITE_SETS_MAX = 1024,
	SITE_WAYS = 4,
	SITE_STEP = 4,                  /* words */
	SITE_SET_STEPS = 16,            /* of the ring, for each set */
	SITE_STACK_MAX = 2048,          /* words; deeper stacks are not worth it */
	SITE_TRUST_SLOTS = 512,
	SITE_TRUST_AGAIN = 64,          /* after a rest */
	SITE_LINE_BYTES = 64,
};

/* Where a run begins: (pc, sp), or (a fork, what stands there). */
struct site_key { uint64_t from, value; };

struct site_step {
	uintptr_t value[SITE_STEP];
	uint16_t distance[SITE_STEP];   /* of a word's slot from sp, in words */
};

struct site_run {
	struct site_key key;            /* from 0: no run */
	uintptr_t bp, bp_mask;          /* of the caller; mask 0: it does not matter */
	uint64_t fork;                  /* `from` of the runs that go on; 0: the stack ends here */
	struct counter *counter;        /* the thread's, of `account`; NULL: not asked for yet */
	struct site_step *step;
	uint32_t account;
	uint16_t bytes;                 /* of its steps */
	uint16_t fork_distance;         /* of the word that tells which */
} __attribute__((aligned(SITE_LINE_BYTES)));

struct site_trust {
	int16_t level;                  /* > 0: look and remember; < 0: counts up to a new try; 0: new */
	uint16_t rests;                 /* how often it was left alone */
	uint32_t hits;                  /* since the last miss */
};

struct site_cache {
	uint32_t sets_mask;             /* sets in use, minus 1 */
	uint32_t given_up, hits, misses;/* runs given up for others; since the sets were counted last */
	uint32_t known_once;            /* for more sets yet, of 256 stacks so many are to be known */
	uint32_t head;                  /* where the ring goes on */
	uint64_t forks;                 /* made so far */
	struct site_trust trust[SITE_TRUST_SLOTS];
	struct site_run run[SITE_SETS_MAX * SITE_WAYS];
	struct site_step step[SITE_SETS_MAX * SITE_SET_STEPS];
	uint16_t owner[SITE_SETS_MAX * SITE_SET_STEPS]; /* whose words begin here: run's number + 1; 0: nobody's */
};

/* A cache of zeros becomes one that knows nothing. */
void site_init(struct site_cache *cache);

/* Forget everything. */
void site_clear(struct site_cache *cache);

/*
 * Remember that `memo`, brought to the stack at `caller`, has this account,
 * which site_find() did not know; at a site that does not rest.
 */
void site_remember(struct site_cache *cache, const struct frame *caller, const struct memo *memo,
		   uint32_t account);

static inline struct site_trust *site_trust_of(struct site_cache *cache, uintptr_t pc)
{
	return &cache->trust[pc % SITE_TRUST_SLOTS];
}

/* Whether a site that missed is at rest; each miss brings its next try nearer. */
static inline bool site_rests(struct site_cache *cache, uintptr_t pc)
{
	struct site_trust *trust = site_trust_of(cache, pc);

	if (trust->level >= 0)
		return false;
	if (++trust->level == 0)
		trust->level = SITE_TRUST_AGAIN;
	return true;
}

/* Return addresses and stack pointers are spread well enough as they are. */
static inline struct site_run *site_set(struct site_cache *cache, struct site_key key)
{
	uint64_t set = (key.from + (key.value >> 4)) & cache->sets_mask;

	return &cache->run[set * SITE_WAYS];
}

/* Of the runs in the key's set the one that begins with it. */
static ALWAYS_INLINE struct site_run *site_run_at(struct site_cache *cache, struct site_key key,
						  uintptr_t bp)
{
	struct site_run *run = site_set(cache, key), *end = run + SITE_WAYS;

	for (; run < end; run++)
		if (run->key.value == key.value && run->key.from == key.from &&
		    !((run->bp ^ bp) & run->bp_mask))
			return run;
	return NULL;
}

static inline bool site_word_differs(const struct site_step *step, unsigned i, uintptr_t sp)
{
	return ((const uintptr_t *)sp)[step->distance[i]] != step->value[i];
}

/* Whether all words of the run are what they were, read from inner to outer. See memo_verify(). */
static ALWAYS_INLINE bool site_agrees(const struct site_run *run, uintptr_t sp)
{
	const struct site_step *step = run->step;
	const struct site_step *end = (const struct site_step *)((const char *)step + run->bytes);

	for (; step < end; step++)
		if (unlikely(site_word_differs(step, 0, sp) || site_word_differs(step, 1, sp) ||
			     site_word_differs(step, 2, sp) || site_word_differs(step, 3, sp)))
			return false;
	return true;
}

/* The key of the run that goes on from one with a fork. */
static inline struct site_key site_fork(const struct site_run *run, uintptr_t sp)
{
	return (struct site_key) { run->fork, ((const uintptr_t *)sp)[run->fork_distance] };
}

/* The run at whose end the stack that begins at `caller` ends; NULL: not known here. */
static ALWAYS_INLINE struct site_run *site_find(struct site_cache *cache, const struct frame *caller)
{
	struct site_trust *trust = site_trust_of(cache, caller->pc);
	struct site_key key = { caller->pc, caller->sp };

	if (unlikely(trust->level < 0))
		return NULL;
	for (;;) {
		struct site_run *run = site_run_at(cache, key, caller->bp);

		if (unlikely(!run || !site_agrees(run, caller->sp)))
			return NULL;
		if (!run->fork) {
			trust->hits++;
			return run;
		}
		key = site_fork(run, caller->sp);
	}
}

#endif
