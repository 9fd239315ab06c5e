#include "tracer/unwind_site.h"

#include "tracer/hint.h"

enum {
	TRUST_NEW = 1024,               /* enough to learn as many stacks, if it then hits */
	TRUST_AGAIN = 64,
	LOSS = 1, LOSS_SHORT = 8,       /* by a miss; by one that cost a short walk only */
	SHORT_WALK = 4,                 /* frames */
	REST_EVENTS = 128,              /* the first time; doubled up to 2^15 */
	REST_DOUBLINGS = 8,
	HOPS_MAX = 32,                  /* from run to run, for one answer */
};

/* In a key's `from`: a word of a run, and no pc. */
static const uint64_t BRANCH = UINT64_C(1) << 63;

void site_clear(struct site_cache *cache)
{
	/* Far enough that no run's words are in the ring any more. */
	cache->head += 2 * SITE_STEPS;
}

static inline struct site_run *set_of(struct site_cache *cache, const struct site_key *key)
{
	uint64_t hash = (key->from ^ key->value << 20) * UINT64_C(0x9e3779b97f4a7c15);

	return key->from & BRANCH ? cache->run[hash >> 54] :
				    site_first_set(cache, key->from, key->value);
}

/* Word `at` of the run differs: the key of the run that would go on from there. */
static inline struct site_key branch(const struct site_cache *cache, const struct site_run *run,
				     uint32_t at, uintptr_t sp, uintptr_t *slot)
{
	const struct site_step *step = &cache->step[run->start % SITE_STEPS + at / SITE_STEP];

	*slot = sp + step->distance[at % SITE_STEP] * sizeof(uintptr_t);
	return (struct site_key) {
		.from = BRANCH | run->start << SITE_RUN_BITS | at,
		.value = *(const uintptr_t *)*slot,
	};
}

/* From run to run, begun at *key. The account, or 0: then *key and *slot say what would be needed. */
static inline uint32_t follow(struct site_cache *cache, const struct frame *caller,
			      struct site_key *key, uintptr_t *slot)
{
	for (unsigned hop = 0; hop < HOPS_MAX; hop++) {
		const struct site_run *run = set_of(cache, key), *end = run + SITE_WAYS;
		int32_t at;

		while (run < end && !site_is_at(cache, run, *key, caller->bp))
			run++;
		if (run == end)
			return 0;
		at = site_differing(cache, run, caller->sp);
		if (at < 0)
			return run->account;
		*key = branch(cache, run, (uint32_t)at, caller->sp, slot);
	}
	key->from = 0;
	return 0;
}

SEPARATE uint32_t site_branch(struct site_cache *cache, const struct frame *caller,
			      const struct site_run *last, uint32_t at)
{
	uintptr_t slot;
	struct site_key key = branch(cache, last, at, caller->sp, &slot);
	uint32_t account = follow(cache, caller, &key, &slot);

	if (!account) {
		cache->missed = key;
		cache->missed_slot = slot;
	}
	return account;
}

/* The run of the set to give up: one that is gone, or the oldest. */
static struct site_run *victim(struct site_cache *cache, const struct site_key *key)
{
	struct site_run *set = set_of(cache, key), *oldest = set;

	for (unsigned way = 0; way < SITE_WAYS; way++) {
		if (!site_is_kept(cache, &set[way]))
			return &set[way];
		if (set[way].start < oldest->start)
			oldest = &set[way];
	}
	return oldest;
}

static void rest(struct site_trust *trust)
{
	trust->level = (int16_t)-(REST_EVENTS << trust->rests);
	if (trust->rests < REST_DOUBLINGS)
		trust->rests++;
}

/* Whether this site may try; each refusal brings the next try nearer. */
static bool is_trusted(struct site_trust *trust, uint32_t frames_walked)
{
	if (trust->level < 0) {
		if (++trust->level == 0)
			trust->level = TRUST_AGAIN;
		return false;
	}
	if (trust->level == 0)
		trust->level = TRUST_NEW;       /* seen for the first time */
	trust->level -= frames_walked < SHORT_WALK ? LOSS_SHORT : LOSS;
	if (trust->level <= 0)
		rest(trust);
	return true;
}

/*
 * Write a frame's word as the run's word `at`.  False: too far away for a run,
 * or not between its frame and the one inside it, where runs expect it.
 */
static inline bool put_word(struct site_step *first, uint32_t at, const struct memo_frame *frame,
			    const struct memo_word *word, uintptr_t sp)
{
	uintptr_t bytes = word->slot - sp;
	struct site_step *step = &first[at / SITE_STEP];

	if (bytes % sizeof(uintptr_t) || bytes / sizeof(uintptr_t) > UINT16_MAX ||
	    word->slot >= frame[0].sp || word->slot < frame[1].sp)
		return false;
	step->value[at % SITE_STEP] = word->value;
	step->distance[at % SITE_STEP] = (uint16_t)(bytes / sizeof(uintptr_t));
	return true;
}

/* What the last step has left beyond the run's words becomes the same as the last of them. */
static void fill_up(struct site_step *first, uint32_t words)
{
	const struct site_step *last = &first[(words - 1) / SITE_STEP];

	for (uint32_t i = words; i % SITE_STEP; i++) {
		first[i / SITE_STEP].value[i % SITE_STEP] = last->value[(words - 1) % SITE_STEP];
		first[i / SITE_STEP].distance[i % SITE_STEP] = last->distance[(words - 1) % SITE_STEP];
	}
}

/*
 * Of a frame's words those that the runs before have not compared: those did
 * return addresses of frames inside `missed_slot`.  (Not saved frame pointers:
 * those matter or not by what lies further out.)
 */
static inline uint32_t first_word_of(const struct site_cache *cache, const struct memo_frame *frame)
{
	return frame->first_word + (frame->sp <= cache->missed_slot);
}

static uint32_t count_words(const struct site_cache *cache, const struct memo *memo)
{
	uint32_t words = 0;

	for (uint32_t i = 1; i < memo->length; i++)
		words += memo->frame[i + 1].first_word - first_word_of(cache, &memo->frame[i]);
	return words;
}

/* The words of `memo` as a run that begins at `first`, outermost last. */
static bool put_words(const struct site_cache *cache, const struct memo *memo,
		      struct site_step *first, uint32_t words, uintptr_t sp)
{
	uint32_t at = words;

	for (uint32_t i = 1; i < memo->length; i++) {
		const struct memo_frame *frame = &memo->frame[i];

		for (uint32_t word = first_word_of(cache, frame); word < frame[1].first_word; word++)
			if (!put_word(first, --at, frame, &memo->word[word], sp))
				return false;
	}
	fill_up(first, words);
	return true;
}

/* Where the next run's steps can stand in one piece. */
static uint64_t next_room(const struct site_cache *cache, uint32_t steps)
{
	uint64_t left = SITE_STEPS - cache->head % SITE_STEPS;

	return left < steps ? cache->head + left : cache->head;
}

void site_remember(struct site_cache *cache, const struct frame *caller, const struct memo *memo,
		   uint32_t account)
{
	const struct memo_frame *top = &memo->frame[memo->length];
	uint32_t words, steps;
	uint64_t start;

	if (!is_trusted(site_trust_of(cache, caller->pc), memo->walked) ||
	    top->first_word > SITE_RUN_MAX || !cache->missed.from)
		return;
	words = count_words(cache, memo);
	steps = (words + SITE_STEP - 1) / SITE_STEP;
	if (!words)
		return;
	start = next_room(cache, steps);
	cache->head = start + steps;    /* what stood there is gone from here on */
	if (!put_words(cache, memo, &cache->step[start % SITE_STEPS], words, caller->sp))
		return;
	*victim(cache, &cache->missed) = (struct site_run) {
		.key = cache->missed,
		.bp = caller->bp,
		.start = start,
		.account = account,
		.steps = (uint16_t)steps,
		.bp_matters = top->bp_matters,
	};
}
