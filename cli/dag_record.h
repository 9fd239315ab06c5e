/*
 * dag_record: what is known of one run of a DAG, and how it is shown.
 *
 * A record holds no pointers: a run in a process of its own writes it into
 * memory that it shares with its parent, so that what it held is known even
 * when it was killed.
 */
#ifndef DAGMEM_CLI_DAG_RECORD_H
#define DAGMEM_CLI_DAG_RECORD_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct error;
struct graph;

#define DAG_UNKNOWN UINT64_MAX

enum dag_status {
	DAG_STARTING,
	DAG_RUNNING,
	DAG_DONE,
	DAG_SIMULATED,
	DAG_FAILED,             /* a node did, or the process before any node */
	DAG_LIMIT,              /* --memory-limit or --budget */
	DAG_CANCELLED,
	DAG_KILLED,
};

struct dag_record {
	char policy[24], order[24];
	enum dag_status status;
	uint64_t peak_bytes, held_at_end_bytes;         /* by bookkeeping */
	uint64_t lower_bound_bytes;
	uint64_t heap_peak_bytes, rss_peak_bytes;       /* DAG_UNKNOWN where not measured */
	uint64_t duration_ns;                           /* ditto */
	uint64_t nodes_executed, nodes;
	char node[128];                                 /* that ran last, or at which it ended */
	char message[512];                              /* why it did not get through */
	char profile[PATH_MAX];                         /* "" = none */
};

struct dag_result {
	const struct graph *graph;
	uint64_t lower_bound_bytes;
	const struct dag_record *records;
	size_t record_count;
};

const char *dag_status_name(enum dag_status status);

/* A table for people. */
void dag_result_print(const struct dag_result *result, FILE *out);

/* {"schema":"dagmem.dag/1", ...} */
int dag_result_print_json(const struct dag_result *result, FILE *out, struct error *err);

#endif
