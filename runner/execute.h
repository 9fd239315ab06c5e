/*
 * execute: runs a plan.
 *
 * Workers take the ready node that stands earliest in the order, call its
 * task, tell the policy that it ended and destroy what the policy lets go.
 * With one worker the order is followed to the letter and the bookkeeping is
 * the simulation's, to the byte, where tasks make what was expected of them.
 *
 * A node that fails takes its consumers with it: they are skipped.  Whatever
 * happens, every result is either handed to the caller or destroyed, once.
 */
#ifndef DAGMEM_RUNNER_EXECUTE_H
#define DAGMEM_RUNNER_EXECUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dagrun.h"
#include "runner/plan.h"
#include "runner/policy.h"

struct error;

/* What the nodes of a graph do.  Called on any worker's thread; `context` is the graph's. */
struct task_ops {
	int (*run)(void *context, uint32_t node, struct dagrun_call *call);
	void (*destroy)(void *context, uint32_t node, struct dagrun_value value);
	/* Of map nodes: how many items, each item, and the context of the block's tasks. */
	int (*count)(void *context, uint32_t node, struct dagrun_call *call, size_t *items);
	int (*item)(void *context, uint32_t node, struct dagrun_call *call, size_t index);
	void (*destroy_item)(void *context, uint32_t node, struct dagrun_value value);
	void *(*block)(void *context, uint32_t node);
};

enum node_status { NODE_WAITING, NODE_RUNNING, NODE_DONE, NODE_FAILED, NODE_SKIPPED };

/* A node starts or has ended.  `blame`: the node for whose sake it is skipped, or NODE_NONE. */
struct execution_event {
	uint32_t node;
	enum node_status status;
	uint32_t blame;
	uint64_t live_bytes, peak_bytes;        /* just after */
	uint64_t ended;                         /* nodes so far */
};

struct execution_options {
	const struct policy *policy;
	const uint32_t *order;
	unsigned workers;
	uint64_t budget_bytes;          /* 0 = none: what is booked stays within */
	uint64_t limit_bytes;           /* 0 = none: stop before a node that would pass it */
	bool keep_going;
	bool mark_end;                  /* tell the tracer what is left before it is destroyed */
	const int *cancel;
	void (*observe)(void *context, const struct execution_event *event);    /* one at a time */
	void *observe_context;
};

struct execution_report {
	uint64_t peak_bytes, held_at_end_bytes;
	uint64_t executed, failed, skipped;
	uint32_t stopped_at;            /* node that failed, or would have passed the limit; NODE_NONE */
};

/*
 * `inputs[v]` is the value of input v; NULL when there are none.  `outputs`
 * gets the requested results in the order of their nodes.  ERROR_FAILED,
 * ERROR_CANCELLED or ERROR_LIMIT when the run did not get through: `report`
 * is filled then too, and `outputs` untouched.
 */
int execute(const struct plan *plan, const struct task_ops *ops, void *context,
	    const struct dagrun_value *inputs, const struct execution_options *options,
	    struct dagrun_value *outputs, struct execution_report *report, struct error *err);

#endif
