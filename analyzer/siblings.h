/*
 * siblings: the profiles of the same `dagmem run` in the same folder.
 *
 * With --follow every process of a tree leaves a profile of its own; they have
 * a run id in common.  info and dag_processes call it.
 */
#ifndef DAGMEM_ANALYZER_SIBLINGS_H
#define DAGMEM_ANALYZER_SIBLINGS_H

#include <stddef.h>
#include <stdint.h>

#include "analyzer/view.h"

struct error;

struct sibling {
	struct view_process process;
	const char *node;               /* the DAG node that the process belongs to; NULL: none */
	uint64_t peak_bytes;
};

/*
 * The others than `profile_path` with run id `run_id`, in order of their start;
 * everything in `arena`.  A folder that can't be read has none.
 */
int siblings_find(const char *profile_path, uint64_t run_id, struct arena *arena,
		  struct sibling **siblings, size_t *count, struct error *err);

#endif
