/*
 * counters: where a thread counts an account's events.
 *
 * Mostly in pages of 64 counters, of neighbouring accounts, for this thread
 * alone: guard_counter() finds them.  Where a program's stacks hardly ever come
 * back that is 64 bytes to say that something was allocated once and freed; so
 * where 256 accounts were all used like that, the next 256 get records of 16
 * bytes (profile/once.h), for all threads, and a page only for what no record
 * holds.
 *
 * Who counts need not know: where there is no page, the hook is given an open
 * counter of zeros, and what it has counted goes where it belongs when the hook
 * leaves, or before somebody sums counters up.
 *
 *      guard_counter() -> page  or  counters_make() -> open -> record, or page
 *
 * Constant time, no lock; safe in any hook on any thread.
 */
#ifndef DAGMEM_TRACER_COUNTERS_H
#define DAGMEM_TRACER_COUNTERS_H

#include "profile/call_tree.h"

struct thread;

enum {
	COUNTER_TABLE_CHUNKS = 512,
	COUNTER_TABLES = ACCOUNTS_MAX / COUNTERS_PER_PAGE / COUNTER_TABLE_CHUNKS,
	COUNTERS_OPEN = 4,      /* accounts that one hook touches, and mostly it is one */
};

/* account 0: what it has counted is where it belongs. */
struct open_counter { account_id account; struct once *once; struct counter counter; };

/*
 * A counter of `account` for a thread that has no page for it: good until the
 * thread leaves its hook.  Of the root's account when there is no room.
 */
struct counter *counters_make(struct thread *thread, account_id account);

/* One that stays where it is as long as the thread does. */
struct counter *counters_lasting(struct thread *thread, account_id account);

/* `thread` is none that has hooks: it gets pages only. */
void counters_never_open(struct thread *thread);

/* The hook leaves: what it has counted in open counters goes where it belongs. */
void counters_leave(struct thread *thread);

/* The same in the middle of a hook, which may still go on to count. */
void counters_settle(struct thread *thread);

/* In a forked child: what the parent's hooks have counted in open counters is the parent's. */
void counters_fork(struct thread *thread);

/* For who sums up: a thread's counter of an account in a page; NULL: it has none. */
const struct counter *counters_in_page(const struct thread *thread, account_id account);

/* And the account's record as a counter of shard *shard; false: it has none. */
bool counters_in_record(account_id account, struct counter *counter, uint32_t *shard);

/* Both, of all threads; false: nothing was counted. */
bool counters_sum(account_id account, struct snapshot_row *sum);

/* Usable bytes of all live heap blocks now. */
uint64_t counters_usable_bytes(void);

#endif
