/*
 * group: numbers for what rows are about.
 *
 * Two stacks belong to one row when they get one number.  Numbers are made of
 * names only (file and line, function, module, DAG node), never of addresses
 * or ids of a profile: a `struct groups` that is used for two datasets numbers
 * what is the same in both alike.  query and diff use it.
 */
#ifndef DAGMEM_ANALYZER_GROUP_H
#define DAGMEM_ANALYZER_GROUP_H

#include <stdbool.h>

#include "analyzer/call_frames.h"
#include "analyzer/view.h"
#include "base/arena.h"
#include "base/intern.h"

struct groups {
	struct arena arena;
	struct intern texts;
	struct map numbers;
	bool short_paths;       /* files and modules are their last component, wherever they are */
};

/* To be released also when nothing was numbered. */
void groups_init(struct groups *groups);
void groups_release(struct groups *groups);

/*
 * Fill numbers[symbol] for rows of that kind (not BY_STACK, BY_NODE).  -1: no
 * memory.
 */
int groups_of_symbols(struct groups *groups, const struct call_frames *frames, enum grouping by,
		      uint32_t *numbers);

/* Fill numbers[node] for BY_STACK: of the stack that ends at each node. -1: no memory. */
int groups_of_stacks(struct groups *groups, const struct call_frames *frames, uint32_t *numbers);

/* The number of a DAG node by its name, without one by its id; MAP_NONE: no memory. */
uint32_t group_of_dag_node(struct groups *groups, const char *name, uint32_t dag_node);

/* How many numbers there are: all are below. */
size_t groups_count(const struct groups *groups);

#endif
