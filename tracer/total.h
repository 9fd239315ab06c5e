/*
 * total: the heap's size as a whole: its maximum, and samples over time.
 *
 * Each shard's net bytes have one writer, and the total is their sum; nobody
 * adds to a shared variable.  A thread looks at the total only when its own
 * net leaves its window (windows.h).  While one thread has a shard it may pass
 * the old maximum unseen (`peak_net`), since a new one is noted when something
 * is freed, which makes it exact.
 * With more threads there is nothing to look at while all windows together stay
 * below the maximum.  Else a window is a batch wide, and the true maximum may be
 * above the one that was seen by what all windows leave open:
 * header.peak_bound_bytes, about two batches a thread.
 */
#ifndef DAGMEM_TRACER_TOTAL_H
#define DAGMEM_TRACER_TOTAL_H

#include "profile/tick.h"
#include "tracer/guard.h"
#include "tracer/mapping.h"

enum { TOTAL_BATCH_BYTES = 32 * 1024, TOTAL_BATCH_BYTES_MIN = 4096 };

/*
 * The header's tick (profile/tick.h) becomes the present.  Events take theirs
 * from it, so it is called now and then by whoever has come off the common path.
 */
void total_renew_tick(void);

/* The thread's net left its window: maximum, sample, new window. */
void total_moved(struct thread *thread);

/* A thread whose net is above its `peak_net` is about to free: what it has now is the maximum. */
void total_falls(struct thread *thread);

/* How often total_disturb() was called. */
extern uint32_t total_disturbances HIDDEN;

/*
 * Whether what a lone thread knows of the others still holds: none of them
 * moves.  The window is shut when somebody came, or the peak was reset.
 */
static inline bool total_is_undisturbed(const struct thread *thread)
{
	return thread->alone &&
	       __atomic_load_n(&thread->quiet_high, __ATOMIC_RELAXED) != INT64_MIN;
}

/* And did all the time, even if somebody came, moved and went again. */
static inline bool total_was_undisturbed(const struct thread *thread)
{
	compiler_barrier();
	return thread->disturbed == __atomic_load_n(&total_disturbances, __ATOMIC_RELAXED);
}

/*
 * total_falls() of a thread that is alone, without a call; no locked instruction
 * for a heap that only grows.  False: total_falls() has to do it.  A tick that
 * `dagmem run` renews at this very moment is lost: events have the one before,
 * until it is renewed again.
 */
static inline bool total_falls_alone(struct thread *thread)
{
	struct profile_header *header = profile_header();
	int64_t net = thread->page->net_bytes;

	if (!total_is_undisturbed(thread))
		return false;
	__atomic_store_n(&header->peak_bytes, (uint64_t)(thread->others_bytes + net), __ATOMIC_RELAXED);
	__atomic_store_n(&header->moment, moment_next(moment_now(header)), __ATOMIC_RELAXED);
	thread->peak_net = net;
	return total_was_undisturbed(thread);
}

/* The maximum, if it is now, becomes known; before somebody moves who does not know that it is. */
void total_catch_up(void);

/* Every thread is to look at the total at its next event: a thread came, or the peak was reset. */
void total_disturb(void);

/* A thread that was alone leaves barriers to who comes, and nobody has sent it one yet. */
bool total_trusts_barrier(void);

/* The heap's live bytes now, or its blocks, allocations, or bytes in anonymous mappings. */
struct totals {
	int64_t live_bytes, live_blocks, mapped_bytes;
	uint64_t allocations, allocated_bytes;
};
void total_read(struct totals *totals);

/*
 * The heap's live bytes in a few nanoseconds: the sum while there are few
 * shards, else what some thread saw last, to within the bound of the peak and
 * half a sample's step a thread.
 */
uint64_t total_about(void);

/* Let the maximum start anew from what is live. */
void total_reset_peak(void);

/* Append a sample whatever moved: at the start, at the end, at a snapshot. */
void total_sample_now(void);

/* In a new profile. */
void total_init(void);
void total_fork(void);

#endif
