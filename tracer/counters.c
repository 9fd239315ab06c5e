#include "tracer/counters.h"

#include "profile/once.h"
#include "tracer/guard.h"
#include "tracer/mapping.h"
#include "tracer/memory.h"
#include "tracer/shards.h"

/* --- Pages ------------------------------------------------------------------------ */

/* Where guard_page() looks; NULL: no memory. */
static struct counter **slot_of(struct thread *thread, uint32_t number)
{
	struct counter ***table = &thread->far[number / COUNTER_TABLE_CHUNKS];

	if (number < COUNTER_TABLE_CHUNKS)
		return &thread->near[number];
	if (!*table)
		*table = memory_reserve(COUNTER_TABLE_CHUNKS * sizeof(struct counter *));
	return *table ? &(*table)[number % COUNTER_TABLE_CHUNKS] : NULL;
}

/* The thread's page of that number, made if there is none; NULL when the profile is full. */
static struct counter *make_page(struct thread *thread, uint32_t number)
{
	struct counter **slot = slot_of(thread, number);

	if (slot && !*slot)
		*slot = pages_add(&profile.pages, PAGE_COUNTERS, thread->shard, number);
	return slot ? *slot : NULL;
}

COLD struct counter *counters_lasting(struct thread *thread, account_id account)
{
	static struct counter nowhere;  /* when not even the root's account has room */
	struct counter *page = make_page(thread, account / COUNTERS_PER_PAGE);

	if (page)
		return &page[account % COUNTERS_PER_PAGE];
	__atomic_fetch_add(&profile_header()->quality.stacks_folded, 1, __ATOMIC_RELAXED);
	page = make_page(thread, 0);
	if (page)
		return &page[1];
	__atomic_fetch_add(&profile_header()->quality.events_dropped, 1, __ATOMIC_RELAXED);
	return &nowhere;
}

/* --- Records ---------------------------------------------------------------------- */

enum { CHUNKS_PER_PAGE = ONCES_PER_PAGE / COUNTERS_PER_PAGE, FEW_ACCOUNTS = 32 };

/* By account / 256.  NULL: nobody knows yet; &pages_only: they get none. */
static struct once *once_page[ACCOUNTS_MAX / ONCES_PER_PAGE];
static struct once pages_only;

/* Whether the thread allocated from none of these 256 accounts twice, and not just from a few. */
static bool were_used_once(const struct thread *thread, uint32_t number)
{
	unsigned used = 0;

	for (uint32_t chunk = 0; chunk < CHUNKS_PER_PAGE; chunk++) {
		const struct counter *page = guard_page(thread, number * CHUNKS_PER_PAGE + chunk);

		for (unsigned i = 0; page && i < COUNTERS_PER_PAGE; i++) {
			if (page[i].allocations > 1 || page[i].frees > 1)
				return false;
			used += page[i].allocations != 0;
		}
	}
	return used >= FEW_ACCOUNTS;
}

/* Whether records spared the thread most pages of these 256 accounts. */
static bool spared_pages(const struct thread *thread, uint32_t number)
{
	unsigned pages = 0;

	for (uint32_t chunk = 0; chunk < CHUNKS_PER_PAGE; chunk++)
		pages += guard_page(thread, number * CHUNKS_PER_PAGE + chunk) != NULL;
	return pages <= 1;
}

/* Those who come are taken to be like those before them. */
static bool are_worth_records(const struct thread *thread, uint32_t number)
{
	const struct once *before;

	if (!number)
		return false;
	before = __atomic_load_n(&once_page[number - 1], __ATOMIC_ACQUIRE);
	return before && before != &pages_only ? spared_pages(thread, number - 1) :
						 were_used_once(thread, number - 1);
}

static void decide(const struct thread *thread, uint32_t number)
{
	struct once *unknown = NULL, *decided = &pages_only;
	uint32_t page = are_worth_records(thread, number) ? pages_take(&profile.pages) : 0;

	if (page)
		decided = page_at(&profile.pages, page);
	if (!__atomic_compare_exchange_n(&once_page[number], &unknown, decided, 0, __ATOMIC_ACQ_REL,
					 __ATOMIC_RELAXED)) {
		if (page)
			pages_publish(&profile.pages, page, PAGE_FREE, 0, 0);
	} else if (page) {
		pages_publish(&profile.pages, page, PAGE_ONCES, 0, number);
	}
}

/* The account's record; NULL: there is none. */
static struct once *record_of(account_id account)
{
	struct once *page = __atomic_load_n(&once_page[account / ONCES_PER_PAGE], __ATOMIC_ACQUIRE);

	return page && page != &pages_only ? &page[account % ONCES_PER_PAGE] : NULL;
}

/* A record that may take the thread's next event of the account; NULL: none. */
static struct once *record_for(const struct thread *thread, account_id account)
{
	struct once *once = record_of(account);

	if (unlikely(!once)) {
		if (!__atomic_load_n(&once_page[account / ONCES_PER_PAGE], __ATOMIC_RELAXED))
			decide(thread, account / ONCES_PER_PAGE);
		once = record_of(account);
	}
	return once && (once_is_free(once) || once_is_live(once, thread->shard)) ? once : NULL;
}

/* --- Open counters ------------------------------------------------------------------ */

/* The thread's open counter of the account, or a new one; NULL: there are too many. */
static struct open_counter *open_for(struct thread *thread, account_id account)
{
	struct open_counter *open = thread->open, *end = open + thread->open_count;

	for (; open < end; open++)
		if (open->account == account)
			return open;
	if (thread->open_count == COUNTERS_OPEN)
		return NULL;
	thread->open_count++;
	*open = (struct open_counter) { .account = account };
	return open;
}

SEPARATE struct counter *counters_make(struct thread *thread, account_id account)
{
	struct once *once = record_for(thread, account);
	struct open_counter *open = once ? open_for(thread, account) : NULL;

	if (!open)
		return counters_lasting(thread, account);
	open->once = once;
	thread->on_leave |= LEAVE_SETTLE;       /* guard_leave_slow() knows what that may lose */
	return &open->counter;
}

void counters_never_open(struct thread *thread)
{
	thread->open_count = COUNTERS_OPEN;
}

static bool fits_record(const struct thread *thread, const struct open_counter *open)
{
	const struct counter *event = &open->counter;

	if (event->allocations + event->frees != 1 ||
	    (event->frees ? event->allocated_bytes : event->freed_bytes))
		return false;
	return event->frees ? once_free(open->once, thread->shard, event) :
			      once_allocate(open->once, thread->shard, event);
}

/* The at-peak part of `more`, which was all counted after the epoch before its own, at `epoch`. */
static void add_at_peak(struct counter *counter, const struct counter *more, bool passed)
{
	counter->at_peak_bytes += passed ? more->allocated_bytes - more->freed_bytes : more->at_peak_bytes;
	counter->at_peak_blocks += passed ? (uint32_t)(more->allocations - more->frees) :
					    more->at_peak_blocks;
}

/*
 * Both have the lazy high-water rule (charge.h): whichever was not touched in
 * the later of their epochs had at that peak what it has now.
 */
static void add(struct counter *counter, const struct counter *more)
{
	uint64_t apart = (more->epoch_and_allocation >> TICK_BITS) -
			 (counter->epoch_and_allocation >> TICK_BITS);
	int64_t later = (int64_t)(apart << TICK_BITS);
	uint64_t last_free = tick_in(more->slack_and_free) ? more->slack_and_free : counter->slack_and_free;

	if (later > 0) {
		counter->at_peak_bytes = counter->allocated_bytes - counter->freed_bytes;
		counter->at_peak_blocks = (uint32_t)(counter->allocations - counter->frees);
		counter->epoch_and_allocation += apart << TICK_BITS;
	}
	add_at_peak(counter, more, later < 0);
	counter->allocations += more->allocations;
	counter->allocated_bytes += more->allocated_bytes;
	counter->frees += more->frees;
	counter->freed_bytes += more->freed_bytes;
	counter->temporaries += more->temporaries;
	counter->slack_and_free = tick_put(counter->slack_and_free + tick_beside((uint64_t)counter_slack(more), 0),
					   tick_in(last_free));
	if (more->allocations)
		counter->epoch_and_allocation = tick_put(counter->epoch_and_allocation,
							 tick_in(more->epoch_and_allocation));
}

/* Part of a mapping may be gone: then there are bytes and no free. */
static inline bool has_counted(const struct counter *event)
{
	return event->allocations | event->frees | event->allocated_bytes | event->freed_bytes;
}

/* Who jumps out of here may lose what was counted, and never counts it twice. */
static ALWAYS_INLINE void settle(struct thread *thread, struct open_counter *open)
{
	account_id account = open->account;

	if (!account || !has_counted(&open->counter))
		return;
	open->account = 0;
	compiler_barrier();
	if (unlikely(!fits_record(thread, open)))
		add(counters_lasting(thread, account), &open->counter);
}

void counters_settle(struct thread *thread)
{
	for (uint32_t i = 0; i < thread->open_count; i++)
		settle(thread, &thread->open[i]);
}

void counters_leave(struct thread *thread)
{
	counters_settle(thread);
	thread->open_count = 0;
}

void counters_fork(struct thread *thread)
{
	for (uint32_t i = 0; i < thread->open_count; i++)
		thread->open[i].counter = (struct counter) { .allocations = 0 };
}

/* --- Sums --------------------------------------------------------------------------- */

/* What is counted has an identity; an id that was handed out when the file could not grow has neither. */
static bool is_heap(account_id account)
{
	return subject_kind(call_tree_subject(&profile.tree, account)) == ACCOUNT_HEAP;
}

static int64_t usable_in_page(const struct counter *page, account_id first)
{
	int64_t bytes = 0;

	for (unsigned i = 0; i < COUNTERS_PER_PAGE; i++)
		if ((page[i].allocations | page[i].frees) && is_heap(first + i))
			bytes += (int64_t)(page[i].allocated_bytes - page[i].freed_bytes) +
				 counter_slack(&page[i]);
	return bytes;
}

static int64_t usable_in_records(account_id first, account_id end)
{
	struct counter counter;
	int64_t bytes = 0;
	uint32_t shard;

	for (account_id account = first; account < end; account++) {
		const struct once *once = record_of(account);

		if (once && once_use_of(once->what) == ONCE_LIVE && is_heap(account) &&
		    once_as_counter(once, &counter, &shard))
			bytes += (int64_t)counter.allocated_bytes + counter_slack(&counter);
	}
	return bytes;
}

uint64_t counters_usable_bytes(void)
{
	uint32_t accounts = __atomic_load_n(&profile_header()->accounts, __ATOMIC_ACQUIRE);
	int64_t bytes = usable_in_records(1, accounts);

	for (uint32_t i = 0; i < shards_count(); i++) {
		const struct thread *thread = shards_at(i);

		for (uint32_t chunk = 0; thread && chunk <= accounts / COUNTERS_PER_PAGE; chunk++) {
			const struct counter *page = guard_page(thread, chunk);

			bytes += page ? usable_in_page(page, chunk * COUNTERS_PER_PAGE) : 0;
		}
	}
	return bytes < 0 ? 0 : (uint64_t)bytes;
}

const struct counter *counters_in_page(const struct thread *thread, account_id account)
{
	const struct counter *page = guard_page(thread, account / COUNTERS_PER_PAGE);

	return page ? &page[account % COUNTERS_PER_PAGE] : NULL;
}

bool counters_in_record(account_id account, struct counter *counter, uint32_t *shard)
{
	const struct once *once = record_of(account);

	return once && once_as_counter(once, counter, shard);
}

static void add_to_sum(struct snapshot_row *sum, const struct counter *counter)
{
	sum->allocations += counter->allocations;
	sum->allocated_bytes += counter->allocated_bytes;
	sum->frees += counter->frees;
	sum->freed_bytes += counter->freed_bytes;
	sum->slack_bytes += counter_slack(counter);
	sum->temporaries += counter->temporaries;
}

bool counters_sum(account_id account, struct snapshot_row *sum)
{
	uint32_t shards = shards_count(), shard;
	struct counter record;

	*sum = (struct snapshot_row) { .account = account };
	for (uint32_t i = 0; i < shards; i++) {
		const struct thread *thread = shards_at(i);
		const struct counter *counter = thread ? counters_in_page(thread, account) : NULL;

		if (counter)
			add_to_sum(sum, counter);
	}
	if (counters_in_record(account, &record, &shard))
		add_to_sum(sum, &record);
	sum->slack_bytes = counter_slack_sum(sum->slack_bytes);
	return sum->allocations || sum->frees;
}
