/*
 * payload: what the nodes of a graph without functions do.
 *
 * Each one makes a result of its size and uses its transient meanwhile, so
 * that a workflow can be executed, and its memory measured, without its
 * programs.  The word a result begins with depends on the graph alone: not on
 * policy, order or workers.
 *
 *     transform   a block of memory, every byte computed from the inputs
 *     file        an unlinked temporary file, written and read in pieces
 *     none        nothing; only the bookkeeping counts the size
 */
#ifndef DAGMEM_RUNNER_PAYLOAD_H
#define DAGMEM_RUNNER_PAYLOAD_H

#include <stddef.h>
#include <stdint.h>

#include "dagrun.h"
#include "runner/execute.h"

struct error;
struct payload;

/* NULL-terminated. */
extern const char *const payload_names[];

/* Tasks for all nodes of `graph`, which must outlive it.  ERROR_USAGE: no such payload. */
int payload_new(const char *name, const struct graph *graph, struct payload **payload,
		struct error *err);
void payload_free(struct payload *payload);

/* To give to execute(), with the payload as the context. */
extern const struct task_ops payload_ops;

/* Destroy an output of the run; a map's with all that it collected. */
void payload_destroy(struct payload *payload, uint32_t node, struct dagrun_value value);

/* The word that a result begins with: equal results have equal ones. */
uint64_t payload_digest(const struct payload *payload, struct dagrun_value value);

#endif
