/*
 * dag_processes: a DAG whose nodes are processes: a build, whose targets' recipes
 * are process trees, each process with a profile of its own.
 *
 * Which node a process belongs to stands in its profile ($DAGMEM_NODE); the
 * graph stands in that of the process that the run began with.  What was
 * allocated at which time by all processes of a node together follows from
 * their samples and exact peaks.  dag_view calls it.
 */
#ifndef DAGMEM_ANALYZER_DAG_PROCESSES_H
#define DAGMEM_ANALYZER_DAG_PROCESSES_H

#include "analyzer/dag_parts.h"

struct error;

/*
 * When processes of the run belong to nodes of the view: fill these, and the
 * view's peak and executions; else leave all as it is.
 */
int dag_processes_fill(struct dag_parts *parts, struct arena *arena, struct error *err);

#endif
