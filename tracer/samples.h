/*
 * samples: the heap's size over time, for the total to note as it moves.  2048
 * of them fit: when they are full, each two become the higher one and the time
 * between them doubles.  No waiting, no clock but the coarse one; signals are
 * blocked or the caller is in a hook.
 */
#ifndef DAGMEM_TRACER_SAMPLES_H
#define DAGMEM_TRACER_SAMPLES_H

#include <stdbool.h>
#include <stdint.h>

#include "profile/layout.h"

/* The coarse monotonic clock, which samples go by. */
uint64_t samples_clock_ns(void);

/* The total when a sample was last thought of, and how far it may move before the next. */
int64_t samples_newest(void);
int64_t samples_step(const struct profile_header *header);

/*
 * Append a sample of `total`, or raise the newest where it is of this interval,
 * unless `always` is set.  Nothing happens where another thread is at it.
 */
void samples_add(int64_t total, bool always);

/* Make room for samples in a new profile. */
void samples_init(void);
void samples_fork(void);

#endif
