#include "tracer/unwind_site.h"

#include <string.h>

#include "tracer/hint.h"

enum {
	TRUST_MAX = 32,
	TRUST_NEW = 8,
	TRUST_NONE = -128,              /* so many events without a try */
};

void site_clear(struct site_cache *cache)
{
	/* Far enough that no entry's words are in the ring any more. */
	cache->head += 2 * SITE_RING_WORDS;
}

static inline struct site_entry *set_of(struct site_cache *cache, const struct frame *caller)
{
	uint64_t hash = (caller->pc ^ caller->sp << 20) * UINT64_C(0x9e3779b97f4a7c15);

	return cache->entry[hash >> 56];
}

static inline int8_t *trust_of(struct site_cache *cache, uintptr_t pc)
{
	return &cache->trust[pc * UINT64_C(0x9e3779b97f4a7c15) >> 55];
}

static inline bool is_kept(const struct site_cache *cache, const struct site_entry *entry)
{
	return entry->words && cache->head <= entry->start + SITE_RING_WORDS;
}

static inline bool holds(const struct site_cache *cache, const struct site_entry *entry)
{
	const struct memo_word *padding = &cache->ring[entry->start % SITE_RING_WORDS];

	return memo_verify(padding + MEMO_PADDING, entry->words) < 0;
}

uint32_t site_find(struct site_cache *cache, const struct frame *caller)
{
	int8_t *trust = trust_of(cache, caller->pc);
	const struct site_entry *entry = set_of(cache, caller);

	if (unlikely(*trust < 0))
		return 0;
	for (unsigned way = 0; way < SITE_WAYS; way++, entry++) {
		if (entry->pc == caller->pc && entry->sp == caller->sp &&
		    (entry->bp == caller->bp || !entry->bp_matters) && is_kept(cache, entry) &&
		    holds(cache, entry)) {
			if (*trust < TRUST_MAX)
				(*trust)++;
			return entry->account;
		}
	}
	return 0;
}

/* The entry of the set to give up: one that is gone, of this place, or the older. */
static struct site_entry *victim(struct site_cache *cache, const struct frame *caller)
{
	struct site_entry *set = set_of(cache, caller);

	for (unsigned way = 0; way < SITE_WAYS; way++)
		if (!is_kept(cache, &set[way]))
			return &set[way];
	return set[0].start < set[1].start ? &set[0] : &set[1];
}

/* Room for `words` in one piece. */
static uint64_t take_room(struct site_cache *cache, uint32_t words)
{
	uint64_t start = cache->head, left = SITE_RING_WORDS - start % SITE_RING_WORDS;

	if (left < words)
		start += left;
	cache->head = start + words;
	return start;
}

/* Whether this site may try; each refusal brings the next try nearer. */
static bool is_trusted(struct site_cache *cache, uintptr_t pc)
{
	int8_t *trust = trust_of(cache, pc);

	if (*trust < 0) {
		if (++*trust == 0)
			*trust = TRUST_NEW / 2;
		return false;
	}
	if (*trust == 0)
		*trust = TRUST_NEW;     /* seen for the first time */
	if (--*trust == 0)
		*trust = TRUST_NONE;
	return true;
}

void site_remember(struct site_cache *cache, const struct frame *caller, const struct memo *memo,
		   uint32_t account)
{
	const struct memo_frame *top = &memo->frame[memo->length];
	struct site_entry *entry;

	if (!is_trusted(cache, caller->pc) || top->first_word - 1 >= SITE_WORDS_MAX)
		return;
	entry = victim(cache, caller);
	*entry = (struct site_entry) {
		.pc = caller->pc,
		.sp = caller->sp,
		.bp = caller->bp,
		.bp_matters = top->bp_matters,
		.words = top->first_word,
		.account = account,
		.start = take_room(cache, top->first_word + MEMO_PADDING),
	};
	memcpy(&cache->ring[entry->start % SITE_RING_WORDS], memo->word - MEMO_PADDING,
	       (top->first_word + MEMO_PADDING) * sizeof *memo->word);
}
