/*
 * annotate: what the runner tells the tracer that may be watching.
 *
 * The only place that calls include/dagmem.h.  Costs a few nanoseconds when
 * nobody watches.  Any thread.
 */
#ifndef DAGMEM_RUNNER_ANNOTATE_H
#define DAGMEM_RUNNER_ANNOTATE_H

#define ANNOTATE_END_LABEL "dag-end"

/*
 * All nodes have ended and nothing has been cleaned up: a snapshot, under
 * ANNOTATE_END_LABEL, of what the policy left behind.
 */
void annotate_run_ended(void);

#endif
