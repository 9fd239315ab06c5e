/*
 * guard: the tracer's per-thread state, and who may touch it.
 *
 * Each thread that allocates has a shard of the profile to itself and a struct
 * thread in private memory.  guard_enter() gives it to a hook, guard_leave()
 * takes it back.  In between the thread is busy: what a signal handler does
 * then to the heap is queued and accounted when the interrupted hook leaves.
 *
 * The only thread-local variable is initial-exec and 16 bytes, so reading it
 * never allocates.  A hook that is left by siglongjmp() or cancellation leaves
 * its thread busy; the next hook sees that the frame it names is gone and goes
 * on ("healed").
 *
 * Threads hand their shard on when they end.  What happens later (the C
 * library's own clean-up) borrows a shard for each event, as do threads that
 * find none free.
 */
#ifndef DAGMEM_TRACER_GUARD_H
#define DAGMEM_TRACER_GUARD_H

#include <stddef.h>

#include "profile/call_tree.h"
#include "tracer/counters.h"
#include "tracer/dag.h"
#include "tracer/hint.h"
#include "tracer/unwind_memo.h"
#include "tracer/unwind_site.h"
#include "tracer/unwind_walk.h"

enum {
	QUEUE_EVENTS = 64,
	SHARDS_LENT = 16,       /* of SHARDS_MAX: never owned, only lent for an event */
};

/* What a signal handler did to the heap while its thread was busy. */
struct queued_event {
	uint32_t account;
	bool is_free;
	uint64_t size_bytes;
	uint64_t slack_bytes;
};

/* How far a thread may move unseen; see windows. */
struct window {
	int64_t top;                    /* its net is not above this, unless it is looking around */
	const struct shard_page *page;  /* where its net is */
	uint64_t settings;              /* twice how often it was set; odd: just now */
	uint64_t shut;                  /* `settings` when somebody shut it: its top is its net */
};

struct thread {
	/* One line that every event touches. */
	uintptr_t busy_frame;           /* of the hook at work: its caller's stack; 0: none is */
	uint32_t on_leave;              /* enum on_leave */
	uint32_t generation;            /* of loaded code, that the memo holds for */
	struct shard_page *page;        /* this shard's totals, in the profile */
	int64_t quiet_low, quiet_high;  /* net_bytes between these: nobody need be told */
	int64_t peak_net;               /* net_bytes above this are a maximum that no header tells */
	uintptr_t newest_block;         /* what this thread allocated last */
	uint32_t dag_node;              /* that it runs; 0: none */
	/* One that others read when they look at the total, and only looks write. */
	struct window window __attribute__((aligned(64)));
	/* */
	uint32_t shard __attribute__((aligned(64)));
	uint32_t kind;                  /* enum shard_kind */
	uintptr_t in_flight;            /* a block inside realloc: in no table */
	uintptr_t foreign_freed;        /* by an operator delete of the allocator's, last */
	bool interrupted_busy;          /* a signal handler is using interrupted_walk */
	/* What total_moved() knows while this thread is the only one at work. */
	bool alone;
	int64_t others_bytes;           /* the sum of all other shards' nets */
	int64_t next_sample;            /* the total to take a sample at */
	uint32_t disturbed;             /* how often total_disturb() was called before */
	int64_t looked_net;             /* net_bytes when it last added up all nets */
	uint64_t checks;                /* stacks until the next comparison (check=N) */
	struct counter *near[COUNTER_TABLE_CHUNKS];     /* pages of counters of the first accounts ... */
	struct counter **far[COUNTER_TABLES];           /* ... and of all others; far[0] is not used */
	uint32_t open_count;
	struct open_counter open[COUNTERS_OPEN];
	struct queued_event queue[QUEUE_EVENTS];
	uint32_t queue_length;
	struct dag_state dag;
	struct memo memo;
	struct site_cache sites;
	struct walk walk;               /* when the memo can't help */
	struct walk interrupted_walk;   /* for a signal handler that interrupted a hook */
	struct walk check_walk;         /* the oracle's (check=N) */
};

enum shard_kind { SHARD_OWNED, SHARD_LENT, SHARD_KINDS };

enum on_leave { LEAVE_DRAIN = 1, LEAVE_RETURN_SHARD = 2, LEAVE_SETTLE = 4 };

struct guard_local {
	struct thread *thread;
	uint32_t state;                 /* enum guard_state */
	uint32_t borrowed;              /* how often, before GUARD_ENDING */
};

/*
 * The last two borrow a shard for each event, and so does a signal handler that
 * comes while its thread claims one.
 */
enum guard_state { GUARD_NEW = 0, GUARD_OWNS, GUARD_CLAIMING, GUARD_SHARES, GUARD_ENDING };

extern __thread struct guard_local guard_local
	__attribute__((tls_model("initial-exec"), visibility("hidden")));

/* Once, at start, before any other thread. False: no memory. */
bool guard_init(void);

/* In a forked child: forget the parent's other threads. */
void guard_fork(void);

struct thread *guard_enter_slow(uintptr_t frame);
void guard_leave_slow(struct thread *thread);

/*
 * Begin a hook whose caller's stack pointer is `frame`.  NULL: this thread is
 * already in one (a signal handler, or the tracer's own use of the allocator),
 * or has no state; the event may be queued with guard_queue().
 */
static inline struct thread *guard_enter(uintptr_t frame)
{
	struct thread *thread = guard_local.thread;

	if (unlikely(!thread || thread->busy_frame)) {
		thread = guard_enter_slow(frame);
		if (!thread)
			return NULL;
	}
	thread->busy_frame = frame;
	compiler_barrier();
	return thread;
}

/* Nothing is to be done on leaving, or whoever calls this enters again and leaves then. */
static inline void guard_step_out(struct thread *thread)
{
	compiler_barrier();
	thread->busy_frame = 0;
}

static inline void guard_leave(struct thread *thread)
{
	compiler_barrier();
	if (unlikely(thread->on_leave))
		guard_leave_slow(thread);
	else
		guard_step_out(thread);
}

/* The thread whose hook a signal handler interrupted; NULL when there is none. */
struct thread *guard_interrupted(void);

/* Keep an event for the interrupted hook to account. False: dropped, and counted. */
bool guard_queue(struct thread *thread, const struct queued_event *event);

/* This thread ends: hand its shard on. */
void guard_thread_end(void);

/* The thread's page of counters of that number; NULL: it has none. */
static inline struct counter *guard_page(const struct thread *thread, uint32_t number)
{
	struct counter **table;

	if (likely(number < COUNTER_TABLE_CHUNKS))
		return thread->near[number];
	table = thread->far[number / COUNTER_TABLE_CHUNKS];
	return table ? table[number % COUNTER_TABLE_CHUNKS] : NULL;
}

/*
 * This thread's counter of `account`, to count an event and be forgotten: it may
 * not be the same one after guard_leave().  To be kept: counters_lasting().
 */
static inline struct counter *guard_counter(struct thread *thread, account_id account)
{
	struct counter *page = guard_page(thread, account / COUNTERS_PER_PAGE);

	return likely(page) ? &page[account % COUNTERS_PER_PAGE] : counters_make(thread, account);
}

#endif
