#include "tracer/dag_results.h"

#include <time.h>

#include "tracer/address_table.h"
#include "tracer/dag.h"
#include "tracer/dag_nodes.h"
#include "tracer/dag_pools.h"
#include "tracer/dag_runs.h"
#include "tracer/guard.h"
#include "tracer/lock.h"
#include "tracer/mapping.h"
#include "tracer/memory.h"
#include "tracer/real.h"
#include "tracer/shadow.h"

enum {
	SLOTS_MAX = 1 << 22,            /* more results at one time are not followed */
	LINKS_PER_CHUNK = 256,
	SLOTS_TRIED = 256,              /* in the search for one that can be used again */
};

/* No slot: of a result that a forked child inherited. */
static const uint32_t NO_SLOT = UINT32_MAX;

/*
 * What of a slot is no reader's business: where its result is, and its
 * neighbours among what the node has produced and not released (0: none, else
 * slot + 1).
 */
struct links {
	uintptr_t address;
	uint32_t next, previous;
};

static struct address_table table;      /* address -> slot, slack; of what has not ended */
static struct dag_result *page[SLOTS_MAX / RESULTS_PER_PAGE];
static struct links *links[SLOTS_MAX / LINKS_PER_CHUNK];
static uint32_t *unreleased;            /* by node: its first link */
static uint32_t cursor;                 /* where a slot to use again is looked for */
static struct address_entry moving;     /* the newest that was freed: realloc may have failed */
static struct lock lock;

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* --- Slots ------------------------------------------------------------------------- */

static struct dag_result *slot_at(uint32_t slot)
{
	struct dag_result **results = &page[slot / RESULTS_PER_PAGE];

	if (!*results)
		*results = pages_add(&profile.pages, PAGE_RESULTS, 0, slot / RESULTS_PER_PAGE);
	return *results ? &(*results)[slot % RESULTS_PER_PAGE] : NULL;
}

static struct links *links_of(uint32_t slot)
{
	struct links **chunk = &links[slot / LINKS_PER_CHUNK];

	if (!*chunk)
		*chunk = memory_reserve(LINKS_PER_CHUNK * sizeof **chunk);
	return *chunk ? &(*chunk)[slot % LINKS_PER_CHUNK] : NULL;
}

/* A slot whose result has ended, of the second half; the first keeps what it has. */
static bool find_ended(uint32_t *slot)
{
	const uint32_t half = RESULTS_KEPT_MAX / 2;
	uint32_t used = profile_header()->results;

	for (uint32_t tries = 0; tries < SLOTS_TRIED; tries++) {
		uint32_t at = half + cursor;

		cursor = (cursor + 1) % (used - half);
		if (slot_at(at) && slot_at(at)->freed_ns) {
			*slot = at;
			return true;
		}
	}
	return false;
}

static bool find_slot(uint32_t *slot)
{
	uint32_t *used = &profile_header()->results;

	if (*used >= RESULTS_KEPT_MAX && find_ended(slot)) {
		__atomic_fetch_add(&profile_header()->quality.results_folded, 1, __ATOMIC_RELAXED);
		return true;
	}
	if (*used >= SLOTS_MAX || !slot_at(*used) || !links_of(*used))
		return false;
	*slot = *used;
	__atomic_store_n(used, *used + 1, __ATOMIC_RELAXED);
	return true;
}

/* A reader takes what has an even sequence, before and after. */
static void write_result(struct dag_result *to, const struct dag_result *from)
{
	uint32_t sequence = to->sequence | 1;

	__atomic_store_n(&to->sequence, sequence, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	*to = *from;
	to->sequence = sequence;
	__atomic_store_n(&to->sequence, sequence + 1, __ATOMIC_RELEASE);
}

/* --- What a node has produced and not released ------------------------------------- */

static uint32_t *first_of(uint32_t node)
{
	if (!unreleased)
		unreleased = memory_reserve((DAG_NODES_MAX + 1) * sizeof *unreleased);
	return unreleased ? &unreleased[node] : NULL;
}

static void link_slot(uint32_t node, uint32_t slot)
{
	uint32_t *first = first_of(node);

	if (!first)
		return;
	links_of(slot)->next = *first;
	if (*first)
		links_of(*first - 1)->previous = slot + 1;
	*first = slot + 1;
}

static void unlink_slot(uint32_t node, uint32_t slot)
{
	uint32_t *first = first_of(node);
	struct links *of = links_of(slot);

	if (!first || (*first != slot + 1 && !of->previous))
		return;         /* not in the list, or not any more */
	if (of->previous)
		links_of(of->previous - 1)->next = of->next;
	else
		*first = of->next;
	if (of->next)
		links_of(of->next - 1)->previous = of->previous;
	of->next = of->previous = 0;
}

/* --- Ends -------------------------------------------------------------------------- */

static uint32_t running_node(void)
{
	return guard_local.thread ? guard_local.thread->dag_node : 0;
}

static void release(uint32_t slot, uint64_t now)
{
	struct dag_result *result = slot_at(slot);

	if (!result->released_ns)
		result->released_ns = now;
	unlink_slot(result->dag_node, slot);
}

/* The result in `slot` is there no more; `flags` are added. */
static void end(uint32_t slot, uint32_t flags, uint64_t now)
{
	struct address_entry *entry = address_table_find(&table, links_of(slot)->address);
	struct dag_result *result = slot_at(slot);

	unlink_slot(result->dag_node, slot);
	if (entry)
		address_table_remove(&table, entry);
	result->flags |= flags;
	result->freed_by = running_node();
	__atomic_store_n(&result->freed_ns, now, __ATOMIC_RELEASE);
}

/* --- Produced ---------------------------------------------------------------------- */

static void add(struct dag_result *fresh, uintptr_t data)
{
	struct address_entry entry = { .address = data, .extra = fresh->slack_bytes };

	if (!find_slot(&entry.index) || !address_table_add(&table, entry)) {
		__atomic_fetch_add(&profile_header()->quality.results_folded, 1, __ATOMIC_RELAXED);
		return;
	}
	write_result(slot_at(entry.index), fresh);
	*links_of(entry.index) = (struct links){ .address = data };
	link_slot(fresh->dag_node, entry.index);
	if (fresh->flags & RESULT_BLOCK)
		shadow_flag(data);
}

static bool is_same(const struct dag_result *a, const struct dag_result *b)
{
	return a->dag_node == b->dag_node && a->execution_ns == b->execution_ns &&
	       !a->released_ns;
}

/* What `data` is, and how many bytes it stands for. */
static uint32_t describe(uintptr_t data, uint64_t *bytes, uint32_t *slack)
{
	struct shadow_block block;
	uint64_t held;

	if (dag_pools_bytes(data, &held)) {
		*bytes = *bytes ? *bytes : held;
		return RESULT_POOL;
	}
	block = shadow_get(data, false);
	if (!block.account || !shadow_starts(data))
		return 0;
	*slack = block.slack_bytes;
	if (!*bytes)
		*bytes = real.usable_size((void *)data) - block.slack_bytes;
	return RESULT_BLOCK;
}

/* False: it is this node's already.  What is another's goes over, its slack with it. */
static bool produce(struct dag_result *fresh, uintptr_t data)
{
	struct address_entry *entry = address_table_find(&table, data);

	if (entry && entry->index == NO_SLOT) {
		fresh->slack_bytes = entry->extra;
		address_table_remove(&table, entry);
	} else if (entry) {
		if (is_same(slot_at(entry->index), fresh))
			return false;
		fresh->slack_bytes = entry->extra;
		end(entry->index, RESULT_TAKEN, fresh->produced_ns);
	}
	add(fresh, data);
	return true;
}

void dag_results_produced(struct thread *thread, uint32_t node, uintptr_t data, uint64_t bytes)
{
	struct dag_result fresh = {
		.dag_node = node, .run = dag_runs_current(),
		.execution_ns = dag_execution_of(thread, node),
	};
	uint64_t signals;
	bool fine;

	if (!dag_nodes_known(node)) {
		dag_nodes_misused(MISUSE_UNKNOWN_NODE, node);
		return;
	}
	if (!data)
		return;
	fresh.flags = describe(data, &bytes, &fresh.slack_bytes) | (dag_nodes_requested(node) ? RESULT_OUTPUT : 0);
	fresh.bytes = bytes;
	signals = lock_take(&lock);
	fresh.produced_ns = now_ns();
	fine = produce(&fresh, data);
	lock_release(&lock, signals);
	if (!fine)
		dag_nodes_misused(MISUSE_PRODUCED_TWICE, node);
}

/* --- Released ---------------------------------------------------------------------- */

/* What no free will end ends here. */
static void release_or_end(uint32_t slot, uint64_t now)
{
	const struct dag_result *result = slot_at(slot);

	release(slot, now);
	if (!(result->flags & (RESULT_BLOCK | RESULT_POOL)))
		end(slot, 0, now);
}

/* False: there was none. */
static bool release_all(uint32_t node, uint64_t now)
{
	uint32_t *first = first_of(node);
	bool any = first && *first;

	while (first && *first)
		release_or_end(*first - 1, now);
	return any;
}

/* 0, or what is wrong with it. */
static enum dag_misuse release_one(uint32_t node, uintptr_t data, uint64_t now)
{
	struct address_entry *entry = address_table_find(&table, data);
	const struct dag_result *result = entry && entry->index != NO_SLOT ?
		slot_at(entry->index) : NULL;

	if (!result || result->dag_node != node)
		return MISUSE_NOT_PRODUCED;
	if (result->released_ns)
		return MISUSE_RELEASED_TWICE;
	release_or_end(entry->index, now);
	return 0;
}

void dag_results_released(uint32_t node, uintptr_t data)
{
	enum dag_misuse wrong = MISUSE_UNKNOWN_NODE;
	uint64_t signals;

	if (dag_nodes_known(node)) {
		signals = lock_take(&lock);
		if (data)
			wrong = release_one(node, data, now_ns());
		else
			wrong = release_all(node, now_ns()) ? 0 : MISUSE_NOT_PRODUCED;
		lock_release(&lock, signals);
	}
	if (wrong)
		dag_nodes_misused(wrong, node);
}

/* --- Freed ------------------------------------------------------------------------- */

uint32_t dag_results_slack(uintptr_t block)
{
	uint64_t signals = lock_take(&lock);
	const struct address_entry *entry = address_table_find(&table, block);
	uint32_t slack = entry ? entry->extra : 0;

	lock_release(&lock, signals);
	return slack;
}

static uint32_t take_out(uintptr_t address)
{
	struct address_entry *entry = address_table_find(&table, address);

	if (!entry)
		return 0;
	moving = *entry;
	if (moving.index == NO_SLOT)
		address_table_remove(&table, entry);
	else
		end(moving.index, 0, now_ns());
	return moving.extra;
}

uint32_t dag_results_freed(uintptr_t block)
{
	uint64_t signals = lock_take(&lock);
	uint32_t slack = take_out(block);

	lock_release(&lock, signals);
	return slack;
}

void dag_results_ended(uintptr_t address)
{
	dag_results_freed(address);
}

void dag_results_stays(uintptr_t block)
{
	uint64_t signals = lock_take(&lock);

	if (moving.address == block && address_table_add(&table, moving)) {
		if (moving.index != NO_SLOT)
			slot_at(moving.index)->freed_ns = 0;
		shadow_flag(block);
	}
	moving.address = 0;
	lock_release(&lock, signals);
}

void dag_results_fork(void)
{
	lock.holder = 0;
	unreleased = NULL;
	moving.address = 0;
	for (uint32_t i = 0; i < SLOTS_MAX / RESULTS_PER_PAGE && page[i]; i++)
		page[i] = NULL;
	profile_header()->results = 0;
	cursor = 0;
	for (size_t i = 0; i < table.capacity; i++)
		table.entries[i].index = NO_SLOT;
}
