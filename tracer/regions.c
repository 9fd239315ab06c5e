#include "tracer/regions.h"

#include <string.h>
#include <sys/auxv.h>

#include "tracer/account.h"
#include "tracer/lock.h"
#include "tracer/mapping.h"
#include "tracer/memory.h"

enum { FIRST_REGIONS = 1024 };

static struct region *region;           /* by address, disjoint */
static size_t region_count, capacity;
static struct lock lock;

/* To whole pages, as the kernel does. */
static uintptr_t round_up(uintptr_t bytes)
{
	uintptr_t page = getauxval(AT_PAGESZ);

	return (bytes + page - 1) & ~(page - 1);
}

/* Index of the first region that ends after `address`. */
static size_t first_after(uintptr_t address)
{
	size_t low = 0, high = region_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (region[middle].end <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool make_room(void)
{
	size_t larger = capacity ? capacity * 4 : FIRST_REGIONS;
	struct region *moved;

	if (region_count < capacity)
		return true;
	moved = memory_reserve(larger * sizeof *moved);
	if (!moved)
		return false;
	if (region_count)
		memcpy(moved, region, region_count * sizeof *moved);
	region = moved;
	capacity = larger;
	return true;
}

static bool insert(size_t at, struct region fresh)
{
	if (!make_room())
		return false;
	memmove(&region[at + 1], &region[at], (region_count - at) * sizeof *region);
	region[at] = fresh;
	region_count++;
	return true;
}

/* Take [start, end) out of region `at`, which it meets; returns the next index to look at. */
static size_t cut(struct thread *thread, size_t at, uintptr_t start, uintptr_t end)
{
	struct region *whole = &region[at], right = *whole;
	uintptr_t from = start > whole->start ? start : whole->start;
	uintptr_t to = end < whole->end ? end : whole->end;
	bool keeps_left = whole->start < from, keeps_right = to < whole->end;

	account_unmapping(thread, whole->account, to - from, !keeps_left && !keeps_right);
	if (keeps_left && keeps_right) {
		right.start = to;
		whole->end = from;
		account_mapping(thread, right.account, 0, 1);   /* one piece has become two */
		if (!insert(at + 1, right))
			account_unmapping(thread, right.account, right.end - right.start, 1);
		return at + 2;
	}
	if (keeps_left)
		whole->end = from;
	else if (keeps_right)
		whole->start = to;
	else {
		memmove(whole, whole + 1, (region_count - at - 1) * sizeof *whole);
		region_count--;
		return at;
	}
	return at + 1;
}

static void clear(struct thread *thread, uintptr_t start, uintptr_t end)
{
	size_t at = first_after(start);

	while (at < region_count && region[at].start < end)
		at = cut(thread, at, start, end);
}

static void add(struct thread *thread, uintptr_t start, uintptr_t end, account_id account)
{
	struct region fresh = { start, end, account };

	if (insert(first_after(start), fresh))
		account_mapping(thread, account, end - start, 1);
}

static account_id mapping_account(struct thread *thread, const struct frame *caller)
{
	account_id account = call_tree_account_of(&profile.tree, unwind_node(thread, caller),
						  thread->dag_node, ACCOUNT_MAPPING);

	return account ? account : call_tree_account_of(&profile.tree, NODE_ROOT, 0, ACCOUNT_MAPPING);
}

void regions_map(uintptr_t start, size_t bytes, bool anonymous, const struct frame *caller)
{
	uintptr_t end = start + round_up(bytes);
	struct thread *thread = guard_enter(caller->sp);
	account_id account;
	uint64_t signals;

	if (!thread)
		return; /* mapped by a handler that interrupted us: not seen */
	account = anonymous ? mapping_account(thread, caller) : 0;
	signals = lock_take(&lock);
	clear(thread, start, end);
	if (account)
		add(thread, start, end, account);
	lock_release(&lock, signals);
	guard_leave(thread);
}

bool regions_may_unmap(uintptr_t start, size_t bytes)
{
	return bytes && !(start & (getauxval(AT_PAGESZ) - 1)) && start + bytes > start;
}

void regions_unmap(uintptr_t start, size_t bytes, const struct frame *caller)
{
	regions_map(start, bytes, false, caller);
}

/* The account that holds `address`, or 0. */
static account_id account_at(uintptr_t address)
{
	size_t at = first_after(address);

	return at < region_count && region[at].start <= address ? region[at].account : 0;
}

void regions_remap(uintptr_t old_start, size_t old_bytes, uintptr_t start, size_t bytes,
		   const struct frame *caller)
{
	struct thread *thread = guard_enter(caller->sp);
	account_id account, fresh;
	uint64_t signals;

	if (!thread)
		return;
	fresh = mapping_account(thread, caller);
	signals = lock_take(&lock);
	account = account_at(old_start);
	clear(thread, old_start, old_start + round_up(old_bytes));
	clear(thread, start, start + round_up(bytes));
	if (account)    /* like realloc: the memory now is the caller's */
		add(thread, start, start + round_up(bytes), fresh);
	lock_release(&lock, signals);
	guard_leave(thread);
}

uint64_t regions_resident(void)
{
	uint64_t signals = lock_take(&lock), bytes = 0;

	for (size_t i = 0; i < region_count; i++)
		bytes += memory_resident_in(region[i].start, region[i].end - region[i].start);
	lock_release(&lock, signals);
	return bytes;
}

bool regions_get(size_t index, struct region *found)
{
	if (index >= region_count)
		return false;
	*found = region[index];
	return true;
}

bool regions_find(uintptr_t address, struct region *found)
{
	size_t at = first_after(address);

	if (at >= region_count || region[at].start > address)
		return false;
	*found = region[at];
	return true;
}

void regions_fork(void)
{
	lock.holder = 0;
}

void regions_inherit(struct thread *inherited)
{
	for (size_t i = 0; i < region_count; i++)
		account_mapping(inherited, region[i].account, region[i].end - region[i].start, 1);
}
