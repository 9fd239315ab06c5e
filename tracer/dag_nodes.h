/*
 * dag_nodes: what the tracer knows of the nodes of the program's DAG: their ids
 * by name and dependencies, whose results are requested, what misuse was told.
 *
 * Declaring is seldom and under a lock; whether an id is known is one load.
 * annotate, dag, results and the adapters of engines call it.
 */
#ifndef DAGMEM_TRACER_DAG_NODES_H
#define DAGMEM_TRACER_DAG_NODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profile/layout.h"
#include "tracer/mapping.h"

/*
 * The id of a node: a new one, that of the same node in an earlier run, or,
 * when there are too many or the profile is full, that of another node of the
 * name (quality.nodes_folded).
 */
uint32_t dag_nodes_declare(const char *name, const uint32_t *dependencies, size_t count);

/* From now on the same declarations are the same nodes again. */
void dag_nodes_run_began(void);

static inline bool dag_nodes_known(uint32_t node)
{
	return node && node <= __atomic_load_n(&profile_header()->dag_nodes, __ATOMIC_RELAXED);
}

void dag_nodes_request(uint32_t node);
bool dag_nodes_requested(uint32_t node);

/* Count a call that made no sense, and name `node` (0: none) the first time. */
void dag_nodes_misused(enum dag_misuse kind, uint32_t node);

/* In a forked child. */
void dag_nodes_fork(void);

#endif
