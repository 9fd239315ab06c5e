#include "tracer/unwind_site.h"

#include "tracer/hint.h"

enum {
	TRUST_NEW = 1024,               /* enough to learn as many stacks, if it then hits */
	TRUST_AGAIN = 64,
	TRUST_MAX = 2048,
	LOSS = 1, LOSS_SHORT = 8,       /* by a miss; by one that cost a short walk only */
	SHORT_WALK = 4,                 /* frames */
	REST_EVENTS = 128,              /* the first time; doubled up to 2^15 */
	REST_DOUBLINGS = 8,
	FIRST_RUNS = 2,                 /* for one (pc, sp) */
	HOPS_MAX = 32,                  /* from run to run, for one answer */
};

/* In a key's `from`: a word of a run, and no pc. */
static const uint64_t BRANCH = UINT64_C(1) << 63;

void site_clear(struct site_cache *cache)
{
	/* Far enough that no run's words are in the ring any more. */
	cache->head += 2 * SITE_WORDS;
}

static inline struct site_run *set_of(struct site_cache *cache, const struct site_key *key)
{
	uint64_t hash = (key->from ^ key->value << 20) * UINT64_C(0x9e3779b97f4a7c15);

	return cache->run[hash >> 54];
}

static inline struct site_trust *trust_of(struct site_cache *cache, uintptr_t pc)
{
	return &cache->trust[pc * UINT64_C(0x9e3779b97f4a7c15) >> 55];
}

static inline bool is_kept(const struct site_cache *cache, const struct site_run *run)
{
	return cache->head <= run->start + SITE_WORDS;
}

static inline bool is_at(const struct site_cache *cache, const struct site_run *run,
			 const struct site_key *key, uintptr_t bp)
{
	return run->key.value == key->value && run->key.from == key->from &&
	       (run->bp == bp || !run->bp_matters) && is_kept(cache, run);
}

static inline uintptr_t read_word(uintptr_t sp, uint32_t distance)
{
	return ((const uintptr_t *)sp)[distance];
}

/* The innermost word of the run that is not what it was, or -1. See memo_verify(). */
static inline int32_t differing(const struct site_cache *cache, const struct site_run *run,
				uintptr_t sp)
{
	const uintptr_t *value = &cache->value[run->start % SITE_WORDS];
	const uint16_t *distance = &cache->distance[run->start % SITE_WORDS];

	for (int32_t at = run->words; at > 0; at -= MEMO_STEP) {
		if (unlikely(read_word(sp, distance[at - 1]) != value[at - 1]))
			return at - 1;
		if (unlikely(read_word(sp, distance[at - 2]) != value[at - 2]))
			return at - 2;
		if (unlikely(read_word(sp, distance[at - 3]) != value[at - 3]))
			return at - 3;
		if (unlikely(read_word(sp, distance[at - 4]) != value[at - 4]))
			return at - 4;
	}
	return -1;
}

/* Word `at` of the run differs: the key of the run that would go on from there. */
static inline struct site_key branch(const struct site_cache *cache, const struct site_run *run,
				     int32_t at, uintptr_t sp, uintptr_t *slot)
{
	uint32_t distance = cache->distance[run->start % SITE_WORDS + (uint32_t)at];

	*slot = sp + distance * sizeof(uintptr_t);
	return (struct site_key) {
		.from = BRANCH | run->start << SITE_RUN_BITS | (uint32_t)at,
		.value = *(const uintptr_t *)*slot,
	};
}

/* From run to run, begun at *key. The account, or 0: then *key and *slot say what would be needed. */
static SEPARATE uint32_t follow(struct site_cache *cache, const struct frame *caller,
				struct site_key *key, uintptr_t *slot)
{
	for (unsigned hop = 0; hop < HOPS_MAX; hop++) {
		const struct site_run *run = set_of(cache, key), *end = run + SITE_WAYS;
		int32_t at;

		while (run < end && !is_at(cache, run, key, caller->bp))
			run++;
		if (run == end)
			return 0;
		at = differing(cache, run, caller->sp);
		if (at < 0)
			return run->account;
		*key = branch(cache, run, at, caller->sp, slot);
	}
	key->from = 0;
	return 0;
}

/*
 * Most sites have a stack or two: those are tried whole; others branch from
 * the last of them.
 */
static inline uint32_t look(struct site_cache *cache, const struct frame *caller)
{
	struct site_key key = { caller->pc, caller->sp };
	const struct site_run *run = set_of(cache, &key), *end = run + SITE_WAYS, *last = NULL;
	uintptr_t slot = 0;
	unsigned tried = 0;
	uint32_t account = 0;
	int32_t at = 0;

	for (; run < end && tried < FIRST_RUNS; run++) {
		if (!is_at(cache, run, &key, caller->bp))
			continue;
		at = differing(cache, run, caller->sp);
		if (at < 0)
			return run->account;
		last = run;
		tried++;
	}
	if (tried == FIRST_RUNS) {
		key = branch(cache, last, at, caller->sp, &slot);
		account = follow(cache, caller, &key, &slot);
	}
	if (!account) {
		cache->missed = key;
		cache->missed_slot = slot;
	}
	return account;
}

uint32_t site_find(struct site_cache *cache, const struct frame *caller)
{
	struct site_trust *trust = trust_of(cache, caller->pc);
	uint32_t account;

	if (unlikely(trust->level < 0))
		return 0;
	account = look(cache, caller);
	if (account && trust->level < TRUST_MAX)
		trust->level++;
	return account;
}

/* The run of the set to give up: one that is gone, or the oldest. */
static struct site_run *victim(struct site_cache *cache, const struct site_key *key)
{
	struct site_run *set = set_of(cache, key), *oldest = set;

	for (unsigned way = 0; way < SITE_WAYS; way++) {
		if (!is_kept(cache, &set[way]))
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
 * Put a frame's word into the ring at `at`.  False: too far away for a run, or
 * not between its frame and the one inside it, where runs expect it.
 */
static inline bool put_word(struct site_cache *cache, uint64_t at, const struct memo_frame *frame,
			    const struct memo_word *word, uintptr_t sp)
{
	uintptr_t bytes = word->slot - sp;

	if (bytes % sizeof(uintptr_t) || bytes / sizeof(uintptr_t) > UINT16_MAX ||
	    word->slot >= frame[0].sp || word->slot < frame[1].sp)
		return false;
	cache->value[at % SITE_WORDS] = word->value;
	cache->distance[at % SITE_WORDS] = (uint16_t)(bytes / sizeof(uintptr_t));
	return true;
}

/*
 * Put the words of `memo` into the ring at `begin`, but for those that the runs
 * before have compared: return addresses of frames inside `missed_slot`.  (Not
 * saved frame pointers: those matter or not by what lies further out.)
 * Returns where they end, or 0.
 */
static uint64_t put_words(struct site_cache *cache, const struct memo *memo, uint64_t begin,
			  uintptr_t sp)
{
	uint64_t at = begin;

	for (uint32_t i = 1; i < memo->length; i++) {
		const struct memo_frame *frame = &memo->frame[i];
		uint32_t word = frame[0].first_word + (frame->sp <= cache->missed_slot);

		for (; word < frame[1].first_word; word++)
			if (!put_word(cache, at++, frame, &memo->word[word], sp))
				return 0;
	}
	return at;
}

/* Make the words [begin, end) a multiple of MEMO_STEP; returns where they begin now. */
static uint64_t pad(struct site_cache *cache, uint64_t begin, uint64_t end)
{
	uint64_t first = begin;

	for (; begin < end && (end - first) % MEMO_STEP; first--) {
		cache->value[(first - 1) % SITE_WORDS] = cache->value[begin % SITE_WORDS];
		cache->distance[(first - 1) % SITE_WORDS] = cache->distance[begin % SITE_WORDS];
	}
	return first;
}

/* Where the next run's words can stand in one piece, padding and all. */
static uint64_t next_room(const struct site_cache *cache, uint32_t words)
{
	uint64_t left = SITE_WORDS - cache->head % SITE_WORDS;

	return (left < words + MEMO_STEP ? cache->head + left : cache->head) + MEMO_PADDING;
}

void site_remember(struct site_cache *cache, const struct frame *caller, const struct memo *memo,
		   uint32_t account)
{
	const struct memo_frame *top = &memo->frame[memo->length];
	uint64_t begin, end;

	if (!is_trusted(trust_of(cache, caller->pc), memo->walked) || top->first_word > SITE_RUN_MAX || !cache->missed.from)
		return;
	begin = next_room(cache, top->first_word);
	end = put_words(cache, memo, begin, caller->sp);
	if (!end)
		return;
	begin = pad(cache, begin, end);
	cache->head = end + 1;          /* so that no two runs begin at the same place */
	*victim(cache, &cache->missed) = (struct site_run) {
		.key = cache->missed,
		.bp = caller->bp,
		.start = begin,
		.account = account,
		.words = (uint16_t)(end - begin),
		.bp_matters = top->bp_matters,
	};
}
