/*
 * view_stacks: every stack of a profile by address, for exports.
 */
#ifndef DAGMEM_ANALYZER_VIEW_STACKS_H
#define DAGMEM_ANALYZER_VIEW_STACKS_H

#include "analyzer/view.h"

/*
 * Every stack of a profile by address, nothing merged or left out:
 *
 *   stacks[i] = { call, node, ... }      what one stack allocated in one DAG node
 *   calls[call] = { parent, place }      a call site under its caller; calls[0] is the root
 *   places[place] = { first, count }     a range of place_frames[], innermost first:
 *   place_frames[...] = frame            all but the last are inlined into the next
 *   frames[frame]                        distinct functions, files and lines
 *
 * Parents come before their children.  Only what stacks lead to is there.
 */
struct view_call { uint32_t parent, place; };

struct view_place {             /* one address of code */
	uint32_t first, count;
	uint32_t module;        /* modules[module - 1]; 0: in none */
	uint64_t address;       /* behind the call, in the module's file; in memory without module */
};

struct view_module {
	const char *path, *build_id;    /* hexadecimal; NULL: it has none */
	uint64_t start, end;    /* in memory */
	uint64_t bias;          /* address in memory less address in the file */
};

struct view_stack {
	uint32_t call;          /* innermost; 0: the stack is not known */
	uint32_t node;          /* nodes[node]; 0: outside any */
	uint32_t owner;         /* frames[owner]: what `dagmem top` would show */
	enum view_kind kind;    /* pools lie in heap blocks: their bytes are in both */
	struct view_total live; /* at the view's moment */
	struct view_total peak; /* when the process's heap was largest; 0 at a snapshot */
	struct view_total total;        /* ever allocated, until the view's moment */
	uint64_t temporaries;
};

/* What a stack had at a snapshot. */
struct view_snapshot_row {
	uint32_t stack;
	struct view_total live, total;
	uint64_t temporaries;
};

struct view_snapshot {
	struct view_mark mark;
	struct view_snapshot_row *rows; /* by stack; those of zero are left out */
	size_t row_count;
};

struct view_stacks {
	struct arena arena;
	struct view_process process;
	enum metric metric;     /* the one that was asked for */
	const char *at;         /* "exit", "now", "peak" (then `live` is what was live there) or a label */
	bool filtered;          /* some stacks were left out */
	struct view_stack *stacks;
	size_t stack_count;
	struct view_call *calls;
	size_t call_count;
	struct view_place *places;      /* places[0] is the root's, without frames */
	size_t place_count;
	uint32_t *place_frames;
	size_t place_frame_count;
	struct view_frame *frames;      /* `inlined` and `source` are not set */
	size_t frame_count;
	struct view_module *modules;
	size_t module_count;
	const char **nodes;     /* names of DAG nodes, each once; nodes[0] is VIEW_OUTSIDE_NODES */
	size_t node_count;
	struct view_snapshot *snapshots;        /* in order of time; only when asked for */
	size_t snapshot_count;
	uint64_t peak_bytes, peak_bound_bytes, peak_time_ns;
	struct view_quality quality;
};

/* A profile as a whole: what `dagmem export` converts. */
struct view_profile {
	struct view_stacks stacks;
	struct view_timeline timeline;
	struct view_info info;
};

/* As in view.h: the struct itself is not freed, an empty view is fine. */
void view_stacks_free(struct view_stacks *view);
void view_profile_free(struct view_profile *view);

#endif
