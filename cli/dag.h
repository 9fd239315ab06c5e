/*
 * dag: what the verbs of `dagmem dag` share; its functions are in cmd_dag.c.
 *
 * One file a verb: dag_simulate, dag_run, dag_compare.  Each gets the parsed
 * options and returns the exit code.
 */
#ifndef DAGMEM_CLI_DAG_H
#define DAGMEM_CLI_DAG_H

#include "cli/command.h"
#include "cli/dag_options.h"
#include "cli/dag_record.h"
#include "runner/plan.h"

/* A graph that was loaded and planned. */
struct dag {
	struct graph *graph;
	struct plan plan;
	uint64_t bound_bytes;           /* 0 until dag_find_bounds() */
	uint64_t bound_in_place_bytes;  /* for policies that work in place */
};

/* dag_release() also after a failure. */
int dag_load(struct dag *dag, const struct dag_options *options, struct error *err);
int dag_find_bounds(struct dag *dag, struct error *err);       /* seconds at most */
void dag_release(struct dag *dag);

/* A record with what is known before a run. */
struct dag_record dag_record_of(const struct dag *dag, const struct policy *policy,
				const struct order *order);

/*
 * For `compare` and `simulate`: load, find the bounds, and fill in the policies
 * and the order that the options leave open.  dag_release() also after a failure.
 */
int dag_load_for_runs(struct dag *dag, struct dag_options *options, struct error *err);

/* The one that goes with the policy; 0 if not found yet. */
uint64_t dag_bound_for(const struct dag *dag, const struct policy *policy);

/* Print as the options say; 0 or an exit code. */
int dag_show(const struct dag *dag, const struct dag_options *options,
	     const struct dag_record *records, size_t count);

/* `dag show`: about a profile, not a graph; cmd_dag_show.c. */
int dag_show_profile(struct context *context, int argc, char **argv);

int dag_simulate(const struct context *context, struct dag_options *options, char **argv);
int dag_run(const struct context *context, struct dag_options *options, char **argv);
int dag_compare(const struct context *context, struct dag_options *options, char **argv);

#endif
