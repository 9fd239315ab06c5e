/*
 * load_dag: what a store says of its DAG, as arrays.
 *
 * Loaded when it is asked for.  Times are ns since the program's start,
 * UINT64_MAX where SQL has NULL; `node` is a dag_node.id.  dag_view and its
 * parts read it.
 */
#ifndef DAGMEM_ANALYZER_LOAD_DAG_H
#define DAGMEM_ANALYZER_LOAD_DAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/store.h"
#include "base/arena.h"

struct dag_sum_row {
	uint32_t node;
	bool requested;
	uint64_t executions, failed, busy_ns, allocated_bytes;
	int64_t retained_bytes;
	uint64_t transient_bytes, helper_bytes;
};

struct dag_edge_row { uint32_t node, dependency; };

struct dag_run_row {
	uint32_t number;
	const char *name;       /* NULL: none */
	uint64_t iteration;
	int status;
	uint64_t begin_ns, end_ns, heap_bytes;
	uint64_t snapshot;      /* id, or UINT64_MAX */
};

struct dag_count_row { uint32_t snapshot, node; uint64_t executions; };

struct dag_execution_row {
	uint32_t node, run, shard;
	bool failed, helper, nested, cut;
	uint64_t begin_ns, end_ns, heap_bytes, transient_bytes, allocated_bytes;
	int64_t retained_bytes;
};

struct dag_turn_row { uint32_t shard, node; uint64_t begin_ns; };

struct dag_result_row {
	uint32_t node, run, freed_by;
	uint64_t execution_ns;  /* UINT64_MAX: not known */
	uint64_t bytes;
	bool in_heap, requested, taken;
	uint64_t produced_ns, released_ns, freed_ns;
};

struct dag_misuse_row { const char *what; uint32_t node; };

struct loaded_dag {
	struct dag_sum_row *sums;               /* by node */
	size_t sum_count;
	struct dag_edge_row *edges;             /* by node, in the order named */
	size_t edge_count;
	struct dag_run_row *runs;               /* by number */
	size_t run_count;
	struct dag_count_row *counts;           /* by snapshot, node */
	size_t count_count;
	struct dag_execution_row *executions;   /* by begin */
	size_t execution_count;
	struct dag_turn_row *turns;
	size_t turn_count;
	struct dag_result_row *results;         /* by node, run, execution */
	size_t result_count;
	struct dag_misuse_row *misuses;
	size_t misuse_count;
};

/* Everything in `dag` lives in `arena`. */
int load_dag(struct store *store, struct arena *arena, struct loaded_dag *dag, struct error *err);

#endif
