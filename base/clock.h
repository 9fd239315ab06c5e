/*
 * clock: the time since the machine has started, for what is measured or due.
 */
#ifndef DAGMEM_BASE_CLOCK_H
#define DAGMEM_BASE_CLOCK_H

#include <stdint.h>

/* CLOCK_MONOTONIC in nanoseconds: what profiles hold, too. */
uint64_t clock_monotonic_ns(void);

#endif
