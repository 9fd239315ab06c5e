/*
 * windows: how far each thread's net may move before it looks at the heap's
 * total, and what they leave open of the maximum.
 *
 * A thread looks around when its net leaves [quiet_low, quiet_high].  Anybody
 * may call for a look, by setting quiet_high; only the thread itself says how
 * high its net may come, `window.top`.  So the total is never above the sum of
 * all tops: where that is below the maximum nobody need add up what there is.
 *
 *      0         net_1     top_1
 *      |-----------|=======|
 *                          0      net_2   top_2          maximum
 *                          |--------|=======|. . room . . .|
 *
 * Room that a thread took and no longer needs can be taken back: who does so
 * makes it look at its next event, sends a barrier to all processors, and then,
 * if the thread has set no window meanwhile, notes that this one is shut.
 *
 * total.c alone calls this.
 */
#ifndef DAGMEM_TRACER_WINDOWS_H
#define DAGMEM_TRACER_WINDOWS_H

#include "tracer/guard.h"

/* The top of a shard whose net counts, whatever it is. */
#define TOP_IS_NET INT64_MIN

/* The thread looks again when its net is `down` lower or `up` higher than now. */
void windows_set(struct thread *thread, int64_t down, int64_t up);

/*
 * The sum of all tops.  Where it is more than `peak` and a batch to both sides of
 * each thread, room is taken back first.
 */
int64_t windows_sum_at_most(int64_t peak, uint32_t threads);

/* How far each of several threads may move unseen wherever the total is. */
int64_t windows_batch(int64_t peak, uint32_t threads);

/*
 * A window of a thread among several, within what they all leave free below
 * `peak`.  False: that is too little, and the window may be any.
 */
bool windows_set_below(struct thread *thread, int64_t peak, uint32_t threads);

/* Every thread is to look around at its next event. */
void windows_call(void);

#endif
