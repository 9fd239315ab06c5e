/*
 * policy: when a result is let go.
 *
 * A policy is told that a node has ended and answers which results nobody
 * needs any more.  The simulation and the execution ask the same policy, so
 * the bookkeeping is written once.  Telling is thread-safe and lock-free: each
 * result is answered once, whoever asks.
 *
 * Adding one: a file policy_NAME.c with a `const struct policy`, and a line in
 * policy.c.
 */
#ifndef DAGMEM_RUNNER_POLICY_H
#define DAGMEM_RUNNER_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "runner/plan.h"

struct error;
struct policy;

/* One run's counters under one policy. */
struct retention {
	const struct plan *plan;
	const struct policy *policy;
	uint32_t *remaining;    /* by node: consumers that have not ended; NULL where not used */
	uint8_t *present;       /* by node: in the result table; NULL where not used */
};

struct policy {
	const char *name;
	const char *summary;    /* one line for the help */
	bool in_place;          /* a last reader may take its dependency's buffer */
	bool prunes_blocks;     /* a map's inner results go as each block ends, not at the run's end */
	int (*start)(struct retention *retention, struct error *err);
	uint32_t (*ended)(struct retention *retention, uint32_t node, bool has_result,
			  uint32_t *released);
};

extern const struct policy policy_keep_all, policy_scan, policy_refcount, policy_refcount_path,
	policy_donate;

/* NULL-terminated, in the order of the help. */
extern const struct policy *const policies[];

#define POLICY_DEFAULT (&policy_refcount_path)

/* NULL when there is none of this name. */
const struct policy *policy_find(const char *name);

/* `plan` must outlive it. */
int retention_init(struct retention *retention, const struct plan *plan,
		   const struct policy *policy, struct error *err);
void retention_release(struct retention *retention);

/*
 * `node` has ended (done, or without a result: failed or skipped).  Fill
 * `released`, which has room for its dependencies, with those whose results go
 * and return how many.  Some may have no result: their nodes failed.
 */
static inline uint32_t retention_ended(struct retention *retention, uint32_t node, bool has_result,
				       uint32_t *released)
{
	return retention->policy->ended(retention, node, has_result, released);
}

/*
 * The dependency whose buffer `node` may take, or NODE_NONE: `node` works in
 * place and is its last reader, and `bytes[dependency]` is enough for
 * `need_bytes`.  Ask before the node starts.
 */
uint32_t retention_donor(const struct retention *retention, uint32_t node, const uint64_t *bytes,
			 uint64_t need_bytes);

#endif
