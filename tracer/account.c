#include "tracer/account.h"

#include "tracer/account_here.h"
#include "tracer/account_straight.h"
#include "tracer/journal.h"

static void count(uint64_t *counter)
{
	__atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

COLD void charge_look(struct thread *thread)
{
	const struct shard_page *page = thread->page;

	if (page->allocations % TICK_EVENTS == 0)
		total_renew_tick();
	if (page->net_bytes > __atomic_load_n(&thread->quiet_high, __ATOMIC_RELAXED) ||
	    page->net_bytes < __atomic_load_n(&thread->quiet_low, __ATOMIC_RELAXED))
		total_moved(thread);
}

COLD void *account_finish(struct thread *thread, void *block)
{
	charge_look(thread);
	guard_leave(thread);
	return block;
}

COLD void charge_carry(struct thread *thread, account_id account)
{
	uint32_t carry[2] = { thread->shard, account };

	journal_append(RECORD_CARRY, carry, sizeof carry, "", 0);
}

/* The block that stood where a new one begins: its size is not known any more. */
COLD void account_missed(struct thread *thread, uintptr_t block, uint32_t entry,
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
COLD void account_new_in_handler(uintptr_t block, uint64_t size_bytes, uint64_t slack_bytes,
				 uintptr_t pc, uintptr_t sp, uintptr_t bp)
{
	struct thread *thread = guard_interrupted();
	const struct frame caller = { pc, sp, bp };
	struct queued_event event = { .size_bytes = size_bytes, .slack_bytes = slack_bytes };
	uint32_t missed;

	if (!thread || thread->interrupted_busy) {
		count(&profile_header()->quality.events_dropped);
		return;
	}
	thread->interrupted_busy = true;
	event.account = unwind_account_interrupted(thread, &caller);
	if (thread->dag_node)
		event.account = dag_account_interrupted(thread, event.account);
	if (guard_queue(thread, &event))
		shadow_put(block, event.account, slack_bytes, &missed);
	thread->interrupted_busy = false;
}

SEPARATE struct charged account_find(struct thread *thread, struct site_run *run, uintptr_t pc,
				     uintptr_t sp, uintptr_t bp)
{
	account_id account;

	if (run) {
		struct counter *counter = counters_lasting(thread, run->account);

		/* Another's is no answer for the next time: each event is to be counted as folded. */
		if (likely(counter == counters_in_page(thread, run->account)))
			run->counter = counter;
		return (struct charged) { run->account, counter };
	}
	account = unwind_other(thread, pc, sp, bp);
	return (struct charged) { account, guard_counter(thread, account) };
}

struct charged account_in_node(struct thread *thread, struct charged own, uint64_t requested_bytes)
{
	account_id account = dag_account(thread, own.account);

	dag_allocates(thread, requested_bytes);
	return (struct charged) { account, guard_counter(thread, account) };
}

void *account_in_node_known(struct thread *thread, void *block, size_t requested_bytes,
			    const struct site_run *run)
{
	struct charged own = { run->account, run->counter };

	account_enter(thread, block, account_in_node(thread, own, requested_bytes), requested_bytes,
		      real_chunk_usable(block) - requested_bytes, SHADOW_CHUNK_SHIFT);
	guard_leave(thread);
	return block;
}

void *account_in_node_gone(struct thread *thread, void *block, account_id account, uint32_t slack_bytes)
{
	discharge_block(thread, account, (uintptr_t)block, real_chunk_usable_plain(block) - slack_bytes,
			slack_bytes);
	guard_leave(thread);
	return block;
}

void *account_chunk(void *block, size_t requested_bytes, uintptr_t pc, uintptr_t sp, uintptr_t bp)
{
	const struct frame caller = { pc, sp, bp };
	size_t slack_bytes = real_chunk_usable(block) - requested_bytes;
	struct thread *thread = guard_enter(sp);

	if (unlikely(!thread)) {
		account_new_in_handler((uintptr_t)block, requested_bytes, slack_bytes, pc, sp, bp);
		return block;
	}
	account_enter(thread, block, account_of_caller(thread, &caller, requested_bytes),
		      requested_bytes, slack_bytes, SHADOW_CHUNK_SHIFT);
	guard_leave(thread);
	return block;
}

void account_alloc(void *block, size_t requested_bytes, const struct frame *caller)
{
	size_t slack_bytes = real_usable_size(block) - requested_bytes;
	struct thread *thread = guard_enter(caller->sp);
	struct charged charged;

	if (unlikely(!thread)) {
		account_new_in_handler((uintptr_t)block, requested_bytes, slack_bytes, caller->pc,
				       caller->sp, caller->bp);
		return;
	}
	charged = account_of_caller(thread, caller, requested_bytes);
	if (unlikely(unwind_check_every))
		unwind_compare(thread, caller, charged.account);
	account_enter(thread, block, charged, requested_bytes, slack_bytes, shadow.granule_shift);
	guard_leave(thread);
}

COLD void account_gone_in_handler(account_id account, uint64_t size_bytes, uint64_t slack_bytes)
{
	struct queued_event event = {
		.account = account,
		.is_free = true,
		.size_bytes = size_bytes,
		.slack_bytes = slack_bytes,
	};

	guard_queue(guard_interrupted(), &event);
}

bool account_chunk_free(void *block, uintptr_t frame)
{
	struct shadow_block known = shadow_get_by(SHADOW_CHUNK_SHIFT, (uintptr_t)block, true);

	if (unlikely(!known.account))
		return false;
	account_gone(block, known, real_chunk_usable(block), frame);
	return true;
}

bool account_free(void *block, uintptr_t frame)
{
	struct shadow_block known = shadow_get((uintptr_t)block, true);

	if (unlikely(!known.account))
		return false;
	account_gone(block, known, real_usable_size(block), frame);
	return true;
}

COLD void account_dropped(void)
{
	count(&profile_header()->quality.events_dropped);
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
			account_gone_in_handler(moving->account, moving->requested_bytes,
						moving->slack_bytes);
		}
	}
	if (block)
		account_alloc(block, requested_bytes, caller);
	landed();
}

void *account_chunk_moved(void *block, size_t requested_bytes, void *old, struct moving_block moving,
			  uintptr_t pc, uintptr_t sp, uintptr_t bp)
{
	const struct frame caller = { pc, sp, bp };
	struct thread *thread = guard_enter(sp);

	if (unlikely(!thread)) {
		account_realloc_end(&moving, old, block, requested_bytes, &caller);
		return block;
	}
	thread->in_flight = (uintptr_t)block;   /* until it is in a table */
	discharge_block(thread, moving.account, (uintptr_t)old, moving.requested_bytes, moving.slack_bytes);
	account_enter(thread, block, account_of_caller(thread, &caller, requested_bytes), requested_bytes,
		      real_chunk_usable(block) - requested_bytes, SHADOW_CHUNK_SHIFT);
	thread->in_flight = 0;
	guard_leave(thread);
	return block;
}

void account_mapping(struct thread *thread, account_id account, uint64_t bytes, uint32_t pieces)
{
	total_renew_tick();
	counter_allocate(guard_counter(thread, account), pieces, bytes);
	sum_move(&thread->page->mapped_bytes, (int64_t)bytes);
}

void account_unmapping(struct thread *thread, account_id account, uint64_t bytes, uint32_t pieces)
{
	total_renew_tick();
	counter_free(guard_counter(thread, account), pieces, bytes, 0);
	sum_move(&thread->page->mapped_bytes, -(int64_t)bytes);
}

void account_pool(struct thread *thread, account_id account, uint64_t bytes)
{
	counter_allocate(guard_counter(thread, account), 1, bytes);
}

void account_unpool(struct thread *thread, account_id account, uint64_t bytes)
{
	counter_free(guard_counter(thread, account), 1, bytes, 0);
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
	charge(thread, guard_counter(thread, event->account), event->size_bytes,
	       event->slack_bytes);
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
