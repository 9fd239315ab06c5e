/*
 * make_graph: the DAG of a build, from what GNU make wrote while it ran.
 *
 * adapter_make has every make write a line for each recipe that it runs, and
 * one for each of its prerequisites; make_graph puts these together.  Targets
 * whose recipe was not run (up to date, source files, without recipe) are no
 * nodes.  The text is taken as it comes: it may end anywhere, or hold anything.
 */
#ifndef DAGMEM_CLI_MAKE_GRAPH_H
#define DAGMEM_CLI_MAKE_GRAPH_H

#include <stddef.h>
#include <stdint.h>

struct arena;
struct error;

/* A target; it needs those before it that `need` lists, as places in `nodes`. */
struct make_node {
	const char *name;
	const uint32_t *need;
	size_t need_count;
};

struct make_graph {
	struct make_node *nodes;        /* each after all that it needs */
	size_t count;
	size_t dropped;                 /* edges that would have closed a circle */
};

/*
 * Lines, ended by a newline, fields separated by tabs: "N", name: a recipe
 * begins; "E", name, needed: it needs that.  Everything of `graph` is in
 * `arena`.  Only want of memory fails.
 */
int make_graph_read(const char *text, size_t bytes, struct arena *arena, struct make_graph *graph,
		    struct error *err);

#endif
