/*
 * view_report: what the page for a browser is made of: the call tree with what was
 * charged to it at each moment, and the other views.
 */
#ifndef DAGMEM_ANALYZER_VIEW_REPORT_H
#define DAGMEM_ANALYZER_VIEW_REPORT_H

#include "analyzer/view_dag.h"
#include "analyzer/view_leaks.h"

/* A frame under its caller.  Inlined functions are nodes of their own; what the same
 * frame called under the same callers is one node. */
struct view_tree_node {
	uint32_t parent;                /* less than the node's own index; [0] is the root */
	uint32_t frame;                 /* index into frames; the root's means nothing */
	bool inlined;                   /* into its parent */
};

/* What one stack allocated while DAG nodes of one name ran. */
struct view_charge {
	uint32_t node;                  /* index into nodes: the innermost frame */
	uint32_t owner;                 /* index into frames: the row of `top` that it belongs to */
	uint32_t dag_node;              /* index into dag_names; 0 = outside any */
	enum view_kind kind;
	uint64_t live_bytes, live_count, slack_bytes;   /* at the end */
	uint64_t peak_bytes, peak_count;
	uint64_t total_bytes, total_count, temporaries;
};

struct view_tree {
	struct view_frame *frames;      /* distinct */
	size_t frame_count;
	struct view_tree_node *nodes;
	size_t node_count;
	const char **dag_names;         /* [0] is VIEW_OUTSIDE_NODES */
	size_t dag_name_count;
	struct view_charge *charges;
	size_t charge_count;
	uint64_t folded_nodes;          /* too small to be shown: charged to their callers */
};

/* A charge at a snapshot less the same at the one before; two's complement. */
struct view_change {
	uint32_t charge;
	uint64_t live_bytes, live_count, total_bytes, total_count, temporaries;
};

struct view_moment {
	struct view_mark mark;
	struct view_change *changes;    /* charges that did change, in order */
	size_t change_count;
};

/* All of a profile, for a report that shows everything. */
struct view_report {
	struct arena arena;
	struct view_info info;
	struct view_timeline timeline;
	struct view_tree tree;
	struct view_moment *moments;    /* snapshots, in order of time */
	size_t moment_count;
	struct view_dag dag;            /* without nodes: the program announced none */
	struct view_leaks leaks;
};

/* As in view.h: the struct itself is not freed, an empty view is fine. */
void view_report_free(struct view_report *view);

#endif
