/*
 * node_set: the nodes that another one depends on, gathered one by one.
 *
 * Small ones need no memory but the struct's.  When memory runs out the set
 * stays as it is: edges are missing then, nothing else.
 */
#ifndef DAGMEM_TRACER_ADAPTERS_NODE_SET_H
#define DAGMEM_TRACER_ADAPTERS_NODE_SET_H

#include <stddef.h>
#include <stdint.h>

enum { NODE_SET_SMALL = 128 };

struct node_set {
	uint32_t *node;                 /* `own`, or mapped */
	size_t count, room;
	uint32_t own[NODE_SET_SMALL];
};

void node_set_init(struct node_set *set);
void node_set_release(struct node_set *set);

/* 0, which is no node, is passed over. */
void node_set_add(struct node_set *set, uint32_t node);

/* Put them into order, each once. */
void node_set_finish(struct node_set *set);

#endif
