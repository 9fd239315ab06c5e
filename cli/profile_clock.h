/*
 * profile_clock: keeps the tick of a running program's profile (profile/tick.h)
 * true from outside, for `dagmem run`: a program that allocates seldom looks at
 * the clock seldom, too.
 */
#ifndef DAGMEM_CLI_PROFILE_CLOCK_H
#define DAGMEM_CLI_PROFILE_CLOCK_H

#include <stdint.h>

struct profile_clock;

/* Of the profile behind `fd`.  NULL when it can't be mapped: the functions below accept that. */
struct profile_clock *profile_clock_open(int fd);

void profile_clock_renew(struct profile_clock *clock, uint64_t now_ns);

void profile_clock_close(struct profile_clock *clock);

#endif
