/*
 * results: the table of a graph's results while it runs, and the calling of
 * tasks on it.
 *
 * Each entry has one writer at a time: the worker that runs its node, later
 * the one that lets it go.  Shared by execute and execute_map; no locks.
 */
#ifndef DAGMEM_RUNNER_RESULTS_H
#define DAGMEM_RUNNER_RESULTS_H

#include <stdbool.h>
#include <stdint.h>

#include "dagrun.h"
#include "runner/execute.h"
#include "runner/graph.h"

struct error;

struct results {
	const struct graph *graph;
	const struct task_ops *ops;
	void *context;          /* for ops */
	void **data;            /* by node */
	uint64_t *bytes;        /* by node; of inputs too */
	uint8_t *present;       /* by node: is ours to destroy */
};

int results_init(struct results *results, const struct graph *graph, const struct task_ops *ops,
		 void *context, struct error *err);

/* Destroys what is left. */
void results_release(struct results *results);

void results_put(struct results *results, uint32_t node, struct dagrun_value value);

/* The value, which is the caller's now. */
struct dagrun_value results_take(struct results *results, uint32_t node);

/* Destroy a value of this node, wherever it is: of a map node, each of the collected ones. */
void results_destroy_value(const struct results *results, uint32_t node, struct dagrun_value value);

/* Destroy it, if it is there.  Its `bytes` stay readable. */
void results_destroy(struct results *results, uint32_t node);

/* Room for calls of one thread. */
struct call_room {
	struct dagrun_value *inputs;    /* of the node with most dependencies */
	char message[256];              /* of the last call that failed */
};

int call_room_init(struct call_room *room, const struct graph *graph, struct error *err);
void call_room_release(struct call_room *room);

/* A call of `node` with its inputs; `donor` is NODE_NONE or a dependency. */
struct dagrun_call results_call(const struct results *results, uint32_t node, uint32_t donor,
				struct call_room *room);

/*
 * Run the node's task.  0 and a result in the table; a taken donor's entry is
 * then empty.  Else room->message says why.
 */
int results_run(struct results *results, uint32_t node, uint32_t donor, struct call_room *room);

#endif
