/*
 * oom_watch: whether the kernel killed for want of memory while a program ran.
 *
 * Counts of the cgroup we are in (the program is in it too unless it moves):
 * version 2's memory.events, version 1's memory.oom_control; outside of any,
 * the whole machine's count in /proc/vmstat.
 */
#ifndef DAGMEM_CLI_OOM_WATCH_H
#define DAGMEM_CLI_OOM_WATCH_H

#include <stdint.h>

enum { OOM_UNKNOWN = -1 };

/* Kills so far, or OOM_UNKNOWN. */
int64_t oom_kill_count(void);

#endif
