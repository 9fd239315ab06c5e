/*
 * dag_child: one run of a DAG in a process of its own.
 *
 * Whatever becomes of the process, what is known of the run is in the record:
 * the two share it while the process lives.
 */
#ifndef DAGMEM_CLI_DAG_CHILD_H
#define DAGMEM_CLI_DAG_CHILD_H

#include "cli/dag.h"

struct progress;

/*
 * Run options->source under this policy and order, traced into `profile`
 * (NULL: untraced), and fill `record`, which holds what is known beforehand.
 * A run that fails or is killed is a result; an error is one of ours.
 */
int dag_child_run(const struct dag_options *options, const struct policy *policy,
		  const struct order *order, const char *profile, struct progress *progress,
		  struct dag_record *record, struct error *err);

#endif
