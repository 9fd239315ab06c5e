/*
 * live_profile: a profile of the test's own process, in a file in a folder of
 * its own, for tests of tracer modules that write into one.  As lifecycle
 * makes it, without hooks: the test says what happens.  The tracer's state is
 * the process's, so there is one per test program, begun once.
 */
#ifndef DAGMEM_TESTS_UNIT_LIVE_PROFILE_H
#define DAGMEM_TESTS_UNIT_LIVE_PROFILE_H

#include "tracer/mapping.h"

/* For cmocka: group setup and teardown.  `state` becomes the folder's name. */
int live_profile_setup(void **state);
int live_profile_teardown(void **state);

/* An account's sums over all shards, as a reader has them. */
struct live_sums {
	int64_t allocations, allocated_bytes, frees, freed_bytes, slack_bytes, temporaries;
	int64_t live_blocks, live_bytes;
	int64_t peak_blocks, peak_bytes;        /* by the lazy high-water rule */
};
struct live_sums live_profile_sums(account_id account);

/* The heap's maximum, as a reader has it: what is live while that is above the header's. */
int64_t live_profile_peak(void);

#endif
