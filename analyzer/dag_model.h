/*
 * dag_model: the DAG of a profile put together from the store's rows: who
 * consumes whose results, when each node ran, and of each result when it was
 * used first and last.
 *
 * A result is all that one execution of a node produced.  It was used by the
 * executions of the node's consumers that belong to the same run and began
 * while it was there, after it was produced and before the node's next result
 * of that run was.  dag_view, whatif and dag_growth read it.
 */
#ifndef DAGMEM_ANALYZER_DAG_MODEL_H
#define DAGMEM_ANALYZER_DAG_MODEL_H

#include "analyzer/load.h"
#include "analyzer/load_dag.h"

/* Times are ns since the start; UINT64_MAX: it did not happen.  Nodes are ids; 0: none. */
struct dag_model_result {
	uint32_t node, run, last_consumer, freed_by;
	const struct dag_result_row *part;      /* the first */
	size_t parts;
	uint64_t bytes, heap_bytes;             /* heap_bytes: of blocks and pools */
	bool requested, taken;
	bool use_known;                         /* false: executions were folded, it may have been used */
	uint64_t produced_ns;                   /* its first part */
	uint64_t ready_ns;                      /* the execution that produced it ended */
	uint64_t first_use_ns, last_use_ns;     /* begin and end of consumers */
	uint64_t released_ns, freed_ns;         /* its last part */
};

/* Numbers by key: items[start[key]] ... items[start[key + 1] - 1]. */
struct dag_lists { uint32_t *start, *items; };

struct dag_model {
	const struct loaded *loaded;
	const struct loaded_dag *rows;
	uint64_t end_ns;                        /* of the profile: nothing in it is later */
	uint32_t node_limit;                    /* ids are below */
	struct dag_lists consumers;             /* by node: nodes */
	struct dag_lists executions;            /* by node: places in rows->executions, by begin */
	struct dag_model_result *results;       /* by node, run, execution */
	size_t result_count;
};

/* Everything lives in `arena`. -1: no memory. */
int dag_model_make(struct dag_model *model, const struct loaded *loaded,
		   const struct loaded_dag *rows, struct arena *arena);

/* When nobody was to use it any more; UINT64_MAX: it is to be kept, or that is not known. */
uint64_t dag_model_dead_from(const struct dag_model_result *result);

/* When it was freed, or the profile's end. */
uint64_t dag_model_gone(const struct dag_model *model, uint64_t freed_ns);

/* The run of that number, or NULL. */
const struct dag_run_row *dag_model_run(const struct dag_model *model, uint32_t number);

#endif
