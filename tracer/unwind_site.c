#include "tracer/unwind_site.h"

#include "tracer/hint.h"

enum {
	TRUST_NEW = 1024,               /* enough to learn as many stacks, if it then hits */
	TRUST_MAX = 2048,
	LOSS = 1, LOSS_SHORT = 8,       /* by a miss; by one that cost a short walk only */
	SHORT_WALK = 4,                 /* frames */
	REST_EVENTS = 128,              /* the first time; doubled up to 2^15 */
	REST_DOUBLINGS = 8,
	KNOWN_ALL = 256,                /* the unit of `known_once` */
};

/* In a key's `from`: a fork, and no pc. */
static const uint64_t FORK = UINT64_C(1) << 63;

static void forget(struct site_run *run)
{
	run->key.from = 0;
}

void site_init(struct site_cache *cache)
{
	cache->sets_mask = SITE_SETS_MIN - 1;
}

void site_clear(struct site_cache *cache)
{
	for (uint32_t i = 0; i < (cache->sets_mask + 1) * SITE_WAYS; i++)
		if (cache->run[i].key.from)     /* no page is written that was not before */
			forget(&cache->run[i]);
}

static void rest(struct site_trust *trust)
{
	trust->level = (int16_t)-(REST_EVENTS << trust->rests);
	if (trust->rests < REST_DOUBLINGS)
		trust->rests++;
}

/* What a site's hits since the last miss have earned it. */
static void earn(struct site_cache *cache, struct site_trust *trust)
{
	uint32_t room = (uint32_t)(TRUST_MAX - trust->level);

	cache->hits += trust->hits;
	cache->misses++;
	if (trust->level == 0)
		trust->level = TRUST_NEW;       /* seen for the first time */
	else
		trust->level += (int16_t)(trust->hits < room ? trust->hits : room);
	trust->hits = 0;
}

/* A miss, which cost the site a walk of so many frames. */
static void spend(struct site_cache *cache, struct site_trust *trust, uint32_t frames_walked)
{
	earn(cache, trust);
	trust->level -= frames_walked < SHORT_WALK ? LOSS_SHORT : LOSS;
	if (trust->level <= 0)
		rest(trust);
}

/* --- Runs and their words --------------------------------------------------------- */

static inline uint32_t ring_steps(const struct site_cache *cache)
{
	return (cache->sets_mask + 1) * SITE_SET_STEPS;
}

static inline uint32_t steps_of(uint32_t words)
{
	return (words + SITE_STEP - 1) / SITE_STEP;
}

static inline uint16_t bytes_of(uint32_t words)
{
	return (uint16_t)(steps_of(words) * sizeof(struct site_step));
}

/* Steps in one piece, the ring's oldest: whose words began there is forgotten. */
static struct site_step *take_steps(struct site_cache *cache, uint32_t steps)
{
	if (steps > ring_steps(cache) - cache->head)
		cache->head = 0;
	struct site_step *first = &cache->step[cache->head];

	for (uint32_t i = 0; i < steps; i++) {
		uint16_t *owner = &cache->owner[cache->head++];

		/* It may have become another run since. */
		if (*owner && cache->run[*owner - 1].step == &first[i]) {
			forget(&cache->run[*owner - 1]);
			cache->given_up++;
		}
		*owner = 0;
	}
	return first;
}

/*
 * Twice as much room, where runs are given up for others often and many stacks
 * are not known, once, and again where it helped; all begins anew.
 */
static void grow(struct site_cache *cache)
{
	uint32_t sets = cache->sets_mask + 1;
	uint32_t known;

	if (cache->given_up < 2 * sets)
		return;
	known = (uint32_t)(KNOWN_ALL * (uint64_t)cache->hits / ((uint64_t)cache->hits + cache->misses + 1));
	if (known < KNOWN_ALL * 2 / 3 && sets < SITE_SETS_MAX && known >= cache->known_once) {
		site_clear(cache);
		cache->sets_mask = 2 * sets - 1;
		cache->known_once = known + KNOWN_ALL / 16;
	}
	cache->given_up = cache->hits = cache->misses = 0;
}

/* How long ago, in steps of the ring, the run's words were written. */
static inline uint32_t age(const struct site_cache *cache, const struct site_run *run)
{
	return (cache->head - (uint32_t)(run->step - cache->step)) & (ring_steps(cache) - 1);
}

/* Whether to give up `run` rather than `other`: with a fork all that goes on from it would be lost. */
static inline bool is_worth_less(const struct site_cache *cache, const struct site_run *run,
				 const struct site_run *other)
{
	return !run->fork == !other->fork ? age(cache, run) > age(cache, other) : !run->fork;
}

/* The run of the key's set to give up: one that is none, or worth least. */
static struct site_run *victim(struct site_cache *cache, struct site_key key)
{
	struct site_run *set = site_set(cache, key), *least = set;

	for (uint32_t way = 0; way < SITE_WAYS; way++) {
		if (!set[way].key.from)
			return &set[way];
		if (is_worth_less(cache, &set[way], least))
			least = &set[way];
	}
	cache->given_up++;
	return least;
}

static void put_run(struct site_cache *cache, const struct site_run *fresh)
{
	struct site_run *run = victim(cache, fresh->key);

	*run = *fresh;
	if (run->bytes)
		cache->owner[run->step - cache->step] = (uint16_t)(run - cache->run + 1);
}

static inline void copy_word(struct site_step *to, uint32_t at, const struct site_step *from,
			     uint32_t from_at)
{
	const struct site_step *source = &from[from_at / SITE_STEP];

	to[at / SITE_STEP].value[at % SITE_STEP] = source->value[from_at % SITE_STEP];
	to[at / SITE_STEP].distance[at % SITE_STEP] = source->distance[from_at % SITE_STEP];
}

/* What the last step has left beyond the run's words becomes the same as the last of them. */
static void fill_up(struct site_step *first, uint32_t words)
{
	for (uint32_t i = words; i % SITE_STEP; i++)
		copy_word(first, i, first, words - 1);
}

/*
 * Of a frame's words those that the runs before have not compared: those did
 * return addresses up to the one at `slot`.  (Not saved frame pointers: those
 * matter or not by what lies further out.)
 */
static inline uint32_t first_word_of(const struct memo *memo, const struct memo_frame *frame,
				     uintptr_t slot)
{
	return frame->first_word +
	       (frame->sp <= slot || memo->word[frame->first_word].slot == slot);
}

static uint32_t count_words(const struct memo *memo, uintptr_t slot)
{
	const struct memo_frame *top = &memo->frame[memo->length], *frame = top - 1;

	while (frame->sp <= slot)       /* as frame 0 is not */
		frame--;
	return top->first_word - (uint32_t)(top - 1 - frame) -
	       (top->first_word && memo->word[frame->first_word].slot == slot);
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

/* The words of `memo` beyond `slot` as a run's that begins at `first`, outermost last. */
static bool put_words(struct site_step *first, uint32_t words, const struct memo *memo,
		      uintptr_t slot, uintptr_t sp)
{
	uint32_t at = words;

	for (uint32_t i = 0; i < memo->length; i++) {
		const struct memo_frame *frame = &memo->frame[i];

		for (uint32_t word = first_word_of(memo, frame, slot); word < frame[1].first_word; word++)
			if (!put_word(first, --at, frame, &memo->word[word], sp))
				return false;
	}
	fill_up(first, words);
	return true;
}

/* --- Learning --------------------------------------------------------------------- */

/* A number that no fork had before, far from all of them: site_set() adds what stands at the fork. */
static uint64_t new_fork(struct site_cache *cache)
{
	return FORK | ++cache->forks * UINT64_C(0x9e3779b97f4a7c15);
}

/*
 * The run ends with a fork at its word `at` from now on; what came after that
 * becomes a run of its own, *rest.  False: the run's words were the ring's
 * oldest, and it is given up.
 *
 *   before  run:  word ... word[at]  word  word  account
 *   after   run:  word ... fork
 *                           | is word[at]: run:  word  word  account
 */
static bool split(struct site_cache *cache, struct site_run *run, uint32_t at, struct site_run *rest)
{
	struct site_step *words = run->step;
	const struct site_step *forks = &words[at / SITE_STEP];
	/* With those that it is filled up with. */
	uint32_t beyond = (uint32_t)(run->bytes / sizeof *words) * SITE_STEP - at - 1;

	*rest = *run;
	rest->key = (struct site_key) { new_fork(cache), forks->value[at % SITE_STEP] };
	rest->bytes = bytes_of(beyond);
	rest->step = take_steps(cache, steps_of(beyond));
	if (!run->key.from)
		return false;
	run->fork = rest->key.from;
	run->fork_distance = forks->distance[at % SITE_STEP];
	run->bytes = bytes_of(at);
	for (uint32_t i = 0; i < beyond; i++)
		copy_word(rest->step, i, words, at + 1 + i);
	fill_up(rest->step, beyond);
	fill_up(words, at);
	return true;
}

/* The innermost word of the run that is not what it was, or -1. */
static int32_t find_differing(const struct site_run *run, uintptr_t sp)
{
	uint32_t words = (uint32_t)(run->bytes / sizeof *run->step) * SITE_STEP;

	for (uint32_t i = 0; i < words; i++)
		if (site_word_differs(&run->step[i / SITE_STEP], i % SITE_STEP, sp))
			return (int32_t)i;
	return -1;
}

/* What site_find() would have needed to know a stack. */
struct missing {
	struct site_key key;            /* of a run ... */
	uintptr_t slot;                 /* ... for what is beyond this word; 0: for all */
};

static void go_on(struct missing *missing, const struct site_run *run, uintptr_t sp)
{
	missing->key = site_fork(run, sp);
	missing->slot = sp + run->fork_distance * sizeof(uintptr_t);
}

/* As site_find(). False: nothing is missing, or it can't be begun now. */
static bool find_missing(struct site_cache *cache, const struct frame *caller, struct missing *missing)
{
	struct site_run *run, rest;

	*missing = (struct missing) { { caller->pc, caller->sp }, 0 };
	while ((run = site_run_at(cache, missing->key, caller->bp)) != NULL) {
		int32_t differs = find_differing(run, caller->sp);

		if (differs >= 0) {
			if (!split(cache, run, (uint32_t)differs, &rest))
				return false;
			go_on(missing, run, caller->sp);
			put_run(cache, &rest);  /* perhaps in place of `run` */
			return true;
		}
		if (!run->fork)
			return false;
		go_on(missing, run, caller->sp);
	}
	return true;
}

void site_remember(struct site_cache *cache, const struct frame *caller, const struct memo *memo,
		   uint32_t account)
{
	const struct memo_frame *top = &memo->frame[memo->length];
	struct missing missing;
	struct site_step *first;
	uint32_t words;

	spend(cache, site_trust_of(cache, caller->pc), memo->walked);
	if (top->first_word > SITE_STACK_MAX)
		return;
	grow(cache);
	if (!find_missing(cache, caller, &missing))
		return;
	words = count_words(memo, missing.slot);
	first = take_steps(cache, steps_of(words));
	if (!put_words(first, words, memo, missing.slot, caller->sp))
		return;
	put_run(cache, &(struct site_run) {
		.key = missing.key,
		.bp = caller->bp,
		.bp_mask = top->bp_matters ? UINTPTR_MAX : 0,
		.step = first,
		.account = account,
		.bytes = bytes_of(words),
	});
}
