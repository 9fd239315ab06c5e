/*
 * execute_map: a map node's block, once per item.
 *
 * One item after the other, on the thread that runs the map node.  Under a
 * policy that prunes, an item's results go as soon as its block has no more
 * use for them; else they are stranded until the run ends.
 */
#ifndef DAGMEM_RUNNER_EXECUTE_MAP_H
#define DAGMEM_RUNNER_EXECUTE_MAP_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "runner/ledger.h"
#include "runner/policy.h"
#include "runner/results.h"

struct error;

/* A result of a block that nobody pruned. */
struct stranded {
	void *context;          /* of the block's tasks */
	uint32_t node;          /* of the block */
	struct dagrun_value value;
};

/* What maps share with the rest of the run. */
struct map_run {
	struct results *results;        /* of the outer graph */
	const struct policy *policy;
	const int *stop, *cancel;       /* non-zero: no further item; `cancel` may be NULL */
	pthread_mutex_t *lock;          /* of what follows */
	struct ledger *ledger;
	struct stranded *stranded;
	size_t stranded_count, stranded_capacity;
};

/*
 * Run map node `node`: puts a struct dagrun_items into the table.  Non-zero:
 * room->message says why, and nothing is left behind but what is stranded.
 */
int map_execute(struct map_run *run, uint32_t node, struct call_room *room);

/* Destroy what is stranded. */
void map_run_release(struct map_run *run);

#endif
