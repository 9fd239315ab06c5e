#include "tracer/account.h"

#include "profile/size_class.h"
#include "profile/tick.h"
#include "tracer/journal.h"
#include "tracer/mapping.h"
#include "tracer/real.h"
#include "tracer/shadow.h"
#include "tracer/total.h"
#include "tracer/unwind_account.h"

static void count(uint64_t *counter)
{
	__atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

/* Events of a thread between two looks at the clock. */
enum { TICK_EVENTS = 256 };

/*
 * The lazy high-water rule: before a counter changes, keep what it was at the peak.
 * Returns the epoch, which is the counter's now.
 */
static ALWAYS_INLINE uint64_t keep_peak(struct counter *counter)
{
	uint64_t epoch = __atomic_load_n(&profile_header()->peak_epoch, __ATOMIC_RELAXED);

	if (counter_is_of_epoch(counter, epoch))
		return epoch;
	counter->at_peak_bytes = counter->allocated_bytes - counter->freed_bytes;
	counter->at_peak_blocks = (uint32_t)(counter->allocations - counter->frees);
	counter->epoch_and_allocation = tick_beside(epoch, tick_in(counter->epoch_and_allocation));
	return epoch;
}

static ALWAYS_INLINE void count_allocations(struct counter *counter, uint64_t more, uint64_t bytes)
{
	uint64_t epoch = keep_peak(counter);

	counter->allocations += more;
	counter->allocated_bytes += bytes;
	counter->epoch_and_allocation = tick_beside(epoch, tick_now(profile_header()));
}

static ALWAYS_INLINE void count_frees(struct counter *counter, uint64_t more, uint64_t bytes,
				      uint64_t slack_bytes)
{
	keep_peak(counter);
	counter->frees += more;
	counter->freed_bytes += bytes;
	counter->slack_and_free = tick_put(counter->slack_and_free - tick_beside(slack_bytes, 0),
					   tick_now(profile_header()));
}

/* To a sum that this thread alone writes, and any may read: no locked instruction. */
static inline void add(uint64_t *sum, uint64_t more)
{
	__atomic_store_n(sum, *sum + more, __ATOMIC_RELAXED);
}

static inline void add_signed(int64_t *sum, int64_t more)
{
	__atomic_store_n(sum, *sum + more, __ATOMIC_RELAXED);
}

static inline void look_at_total(struct thread *thread)
{
	int64_t net = thread->page->net_bytes;

	if (unlikely(net > __atomic_load_n(&thread->quiet_high, __ATOMIC_RELAXED) ||
		     net < __atomic_load_n(&thread->quiet_low, __ATOMIC_RELAXED)))
		total_moved(thread);
}

static ALWAYS_INLINE void charge(struct thread *thread, account_id account, uint64_t size_bytes,
			  uint64_t slack_bytes)
{
	struct counter *counter = guard_counter(thread, account);
	struct shard_page *page = thread->page;

	count_allocations(counter, 1, size_bytes);
	counter->slack_and_free += tick_beside(slack_bytes, 0);
	add(&page->allocations, 1);
	add(&page->allocated_bytes, size_bytes);
	add_signed(&page->net_blocks, 1);
	add_signed(&page->net_bytes, (int64_t)size_bytes);
	page->size_class[size_class_of(size_bytes)]++;
	if (unlikely(page->allocations % TICK_EVENTS == 0))
		total_renew_tick();
	look_at_total(thread);
}

static ALWAYS_INLINE void discharge(struct thread *thread, struct counter *counter, uint64_t size_bytes,
			     uint64_t slack_bytes)
{
	struct shard_page *page = thread->page;

	count_frees(counter, 1, size_bytes, slack_bytes);
	add_signed(&page->net_blocks, -1);
	add_signed(&page->net_bytes, -(int64_t)size_bytes);
	look_at_total(thread);
}

static COLD void carry_temporaries(struct thread *thread, account_id account)
{
	uint32_t carry[2] = { thread->shard, account };

	journal_append(RECORD_CARRY, carry, sizeof carry, "", 0);
}

static ALWAYS_INLINE void discharge_block(struct thread *thread, account_id account, uintptr_t block,
				   uint64_t size_bytes, uint64_t slack_bytes)
{
	struct counter *counter = guard_counter(thread, account);

	if (unlikely(thread->dag_node))
		dag_freed(thread, account, size_bytes);
	if (thread->newest_block == block) {
		thread->newest_block = 0;
		if (unlikely(!++counter->temporaries))
			carry_temporaries(thread, account);
	}
	discharge(thread, counter, size_bytes, slack_bytes);
}

/* The block that stood where a new one begins: its size is not known any more. */
static COLD void discharge_missed(struct thread *thread, uintptr_t block, uint32_t entry,
				  uint64_t slack_bytes)
{
	uint32_t slack = entry & SLACK_MASK;

	count(&profile_header()->quality.frees_missed);
	if (slack == SLACK_FLAGGED) {
		slack = dag_results_freed(shadow_start(block, entry));
	} else if (slack == SLACK_WIDE) {
		slack = 0;
		if (slack_bytes <= SLACK_MAX)   /* else the new block's stands there by now */
			*shadow_wide_entry(block) = 0;
	}
	discharge(thread, guard_counter(thread, entry >> ENTRY_ACCOUNT_SHIFT), 0, slack);
}

/* A handler interrupted a hook of this thread, or it has no state at all. */
static COLD void alloc_in_handler(uintptr_t block, uint64_t size_bytes, uint64_t slack_bytes,
				  const struct frame *caller)
{
	struct thread *thread = guard_interrupted();
	struct queued_event event = { .size_bytes = size_bytes, .slack_bytes = slack_bytes };
	uint32_t missed;

	if (!thread || thread->interrupted_busy) {
		count(&profile_header()->quality.events_dropped);
		return;
	}
	thread->interrupted_busy = true;
	event.account = unwind_account_interrupted(thread, caller);
	if (thread->dag_node)
		event.account = dag_account_interrupted(thread, event.account);
	if (guard_queue(thread, &event))
		shadow_put(block, event.account, slack_bytes, &missed);
	thread->interrupted_busy = false;
}

void account_alloc(void *block, size_t requested_bytes, const struct frame *caller)
{
	uint64_t slack_bytes = real_usable_size(block) - requested_bytes;
	struct thread *thread = guard_enter(caller->sp);
	account_id account;
	uint32_t missed;

	if (unlikely(!thread)) {
		alloc_in_handler((uintptr_t)block, requested_bytes, slack_bytes, caller);
		return;
	}
	account = unwind_account(thread, caller);
	if (unlikely(thread->dag_node)) {
		account = dag_account(thread, account);
		dag_allocates(thread, requested_bytes);
	}
	if (likely(shadow_put((uintptr_t)block, account, slack_bytes, &missed))) {
		if (unlikely(missed))
			discharge_missed(thread, (uintptr_t)block, missed, slack_bytes);
		thread->newest_block = (uintptr_t)block;
		charge(thread, account, requested_bytes, slack_bytes);
	} else {
		count(&profile_header()->quality.events_dropped);
	}
	guard_leave(thread);
}

static COLD void free_in_handler(account_id account, uint64_t size_bytes, uint64_t slack_bytes)
{
	struct queued_event event = {
		.account = account,
		.is_free = true,
		.size_bytes = size_bytes,
		.slack_bytes = slack_bytes,
	};

	guard_queue(guard_interrupted(), &event);
}

bool account_free(void *block, uintptr_t frame)
{
	struct shadow_block known = shadow_get((uintptr_t)block, true);
	struct thread *thread;
	uint64_t size_bytes;

	if (unlikely(!known.account))
		return false;
	size_bytes = real_usable_size(block) - known.slack_bytes;
	thread = guard_enter(frame);
	if (unlikely(!thread)) {
		free_in_handler(known.account, size_bytes, known.slack_bytes);
		return true;
	}
	discharge_block(thread, known.account, (uintptr_t)block, size_bytes, known.slack_bytes);
	guard_leave(thread);
	return true;
}

COLD void account_unknown_free(void)
{
	count(&profile_header()->quality.frees_unknown);
}

static void landed(void)
{
	if (guard_local.thread)
		guard_local.thread->in_flight = 0;
}

struct moving_block account_realloc_begin(void *block)
{
	struct thread *thread = guard_local.thread;
	struct moving_block moving = { 0, 0, 0 };
	struct shadow_block known;

	if (thread)
		thread->in_flight = (uintptr_t)block;   /* before it is in no table: a leak check may come */
	compiler_barrier();
	known = shadow_get((uintptr_t)block, true);
	moving.account = known.account;
	moving.slack_bytes = known.slack_bytes;
	if (!known.account) {
		landed();
		return moving;
	}
	moving.requested_bytes = real_usable_size(block) - known.slack_bytes;
	return moving;
}

void account_realloc_failed(void *block, const struct moving_block *moving)
{
	uint32_t missed;

	if (moving->account && shadow_put((uintptr_t)block, moving->account, moving->slack_bytes, &missed))
		dag_results_stays((uintptr_t)block);
	landed();
}

void account_realloc_end(const struct moving_block *moving, void *old, void *block,
			 size_t requested_bytes, const struct frame *caller)
{
	struct thread *thread = guard_local.thread;

	if (thread && thread->in_flight)
		thread->in_flight = (uintptr_t)block;   /* it is in no table, until the end of this */
	if (moving->account) {
		thread = guard_enter(caller->sp);
		if (likely(thread)) {
			discharge_block(thread, moving->account, (uintptr_t)old,
					moving->requested_bytes, moving->slack_bytes);
			guard_leave(thread);
		} else {
			free_in_handler(moving->account, moving->requested_bytes,
					moving->slack_bytes);
		}
	}
	if (block)
		account_alloc(block, requested_bytes, caller);
	landed();
}

void account_mapping(struct thread *thread, account_id account, uint64_t bytes, uint32_t pieces)
{
	total_renew_tick();
	count_allocations(guard_counter(thread, account), pieces, bytes);
	add_signed(&thread->page->mapped_bytes, (int64_t)bytes);
}

void account_unmapping(struct thread *thread, account_id account, uint64_t bytes, uint32_t pieces)
{
	total_renew_tick();
	count_frees(guard_counter(thread, account), pieces, bytes, 0);
	add_signed(&thread->page->mapped_bytes, -(int64_t)bytes);
}

void account_pool(struct thread *thread, account_id account, uint64_t bytes)
{
	count_allocations(guard_counter(thread, account), 1, bytes);
}

void account_unpool(struct thread *thread, account_id account, uint64_t bytes)
{
	count_frees(guard_counter(thread, account), 1, bytes, 0);
}

void account_queued(struct thread *thread, const struct queued_event *event)
{
	if (event->is_free) {
		if (thread->dag_node)
			dag_freed(thread, event->account, event->size_bytes);
		discharge(thread, guard_counter(thread, event->account), event->size_bytes,
			  event->slack_bytes);
		return;
	}
	if (thread->dag_node)
		dag_allocates(thread, event->size_bytes);
	charge(thread, event->account, event->size_bytes, event->slack_bytes);
}

static void inherit_block(void *context, uintptr_t address, struct shadow_block block)
{
	struct thread *inherited = context;
	struct counter *counter = guard_counter(inherited, block.account);
	uint64_t size_bytes = real_usable_size((void *)address) - block.slack_bytes;

	counter->allocations++;
	counter->allocated_bytes += size_bytes;
	counter->slack_and_free += tick_beside(block.slack_bytes, 0);
	inherited->page->net_blocks++;
	inherited->page->net_bytes += (int64_t)size_bytes;
}

void account_inherit(struct thread *inherited)
{
	shadow_each(inherit_block, inherited);
}
