/*
 * layered: where the nodes of a DAG stand in a picture.
 *
 * Sugiyama, Tagawa & Toda 1981 in its simplest form: a node is one layer below
 * the lowest of those it needs; within a layer nodes are ordered by where
 * their neighbours stand, up and down in turn; a layer of many nodes takes
 * several rows.  Edges that would make a cycle are not looked at.  html_dag
 * calls it.
 */
#ifndef DAGMEM_REPORTS_LAYERED_H
#define DAGMEM_REPORTS_LAYERED_H

#include <stddef.h>
#include <stdint.h>

struct layered_box {
	float width, height;    /* in: with whatever space a neighbour should leave */
	float x, y;             /* out: of the middle of its top edge; from 0 on */
};

struct layered_edge { uint32_t from, to; };     /* boxes; `to` is below */

/*
 * Fill x and y of `count` boxes.  Edges from or to no box, or to the same, are
 * left out.  -1: no memory.  O((boxes + edges) log boxes).
 */
int layered_place(struct layered_box *boxes, size_t count, const struct layered_edge *edges,
		  size_t edge_count);

#endif
