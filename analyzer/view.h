/*
 * view: what reports see: rows, differences, timelines, totals; view_leaks.h,
 * view_dag.h, view_report.h, view_stacks.h and view_check.h have the rest.  Filled by the analyzer's queries, rendered by
 * reports/; neither SQLite nor the profile shows through.
 *
 * All sizes are bytes, all counts are blocks or events.  Strings belong to the
 * view's arena and live until view_*_free(); a NULL string is "not known".
 */
#ifndef DAGMEM_ANALYZER_VIEW_H
#define DAGMEM_ANALYZER_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

enum metric {           /* what rows are ranked by */
	METRIC_LIVE,            /* bytes live at the chosen moment (exit unless said) */
	METRIC_PEAK,            /* bytes live when the process's heap was largest */
	METRIC_TOTAL,           /* bytes ever allocated */
	METRIC_COUNT,           /* allocations ever made */
	METRIC_TEMPORARY,       /* allocations freed before the thread's next one; bytes are 0 */
	METRIC_MAPPED,          /* bytes in live anonymous mappings */
	METRIC_POOL,            /* bytes in live blocks of pools that the program announced */
	METRICS
};

enum grouping { BY_LINE, BY_FUNCTION, BY_FILE, BY_MODULE, BY_STACK, BY_NODE, GROUPINGS };

enum view_kind { VIEW_HEAP, VIEW_MAPPING, VIEW_POOL };

/* The name of what was allocated outside any DAG node. */
#define VIEW_OUTSIDE_NODES "(outside any node)"

/* Of a number: there is none, or it is not known. */
#define VIEW_NOT_KNOWN UINT64_MAX

/* One place in the source, as far as it is known. */
struct view_frame {
	const char *function;   /* demangled; NULL: unknown */
	const char *file;       /* full path as the debug information has it */
	const char *module;     /* path of the executable or library */
	const char *source;     /* text of the line, when the file was found */
	uint64_t module_offset; /* for frames without function */
	uint32_t line;          /* 0 = unknown */
	bool inlined;           /* into the next (outer) frame of the stack */
};

/* What the tracer could not do, the reader could not use, the symbols did not tell. */
struct view_quality {
	uint64_t walks_failed, walks_truncated, stacks_folded, events_dropped;
	uint64_t events_before_start, frees_unknown, frees_missed, guard_healed;
	uint64_t shards_shared, children_untraced, growth_failed, nodes_misused;
	uint64_t nodes_folded, executions_folded, results_folded;
	uint64_t check_stacks, check_frames_differ, check_ids_differ;
	uint64_t pages_damaged;         /* of the profile, left out by the reader */
	uint64_t modules, modules_without_debug_info;   /* of those that rows stand in */
	uint64_t modules_rebuilt;       /* the file is another build than the one that ran: not used */
	const char **plain_modules;     /* paths of those without debug information */
	size_t plain_module_count;
	const char **notes;             /* the tracer's own words */
	size_t note_count;
};

struct view_row {
	uint64_t rank;                  /* from 1 */
	uint64_t bytes, count;          /* by the metric; may not be negative */
	uint64_t usable_bytes;          /* bytes plus allocator slack; 0 where the metric has none */
	double share;                   /* of the total's metric, 0..1 */
	struct view_frame frame;        /* of the row (BY_STACK: the innermost that counts) */
	const char *name;               /* BY_FILE, BY_MODULE, BY_NODE: what the row is */
	const char *node;               /* BY_NODE: its name; NULL outside any */
	const struct view_frame *stack; /* BY_STACK: outermost first; else NULL */
	size_t stack_frames;
};

struct view_total { uint64_t bytes, count, usable_bytes; };

struct view_process {
	const char *const *command;     /* argv, NULL-terminated */
	const char *executable, *directory, *profile_path;
	uint32_t pid, parent_pid;
	const char *state;              /* "running", "exited", "killed", "executed", "unknown" */
	int exit_status;                /* valid when exited */
	int signal;                     /* valid when killed */
	bool out_of_memory;             /* killed by the kernel for want of memory */
	uint64_t start_realtime_ns, duration_ns;
};

struct view_top {
	struct arena arena;
	struct view_process process;
	enum metric metric;
	enum grouping by;
	const char *at;                 /* "exit", "now", "peak" or a snapshot's label */
	struct view_row *rows;
	size_t row_count;
	struct view_total total;        /* after filters */
	struct view_total other;        /* rows not shown */
	uint64_t other_rows;
	uint64_t peak_bytes, peak_bound_bytes;
	struct view_quality quality;
};

struct view_diff_row {
	uint64_t rank;
	uint64_t old_bytes, new_bytes, old_count, new_count;
	struct view_frame frame;
	const char *name, *node;
	const struct view_frame *stack;
	size_t stack_frames;
};

struct view_diff {
	struct arena arena;
	struct view_process old_process, new_process;
	const char *old_at, *new_at;
	enum metric metric;
	enum grouping by;
	struct view_diff_row *rows;     /* by |difference|, largest first; equal rows left out */
	size_t row_count;
	uint64_t other_rows;
	struct view_total old_total, new_total;
	uint64_t old_peak_bytes, new_peak_bytes;
	struct view_quality quality;    /* of both, added */
};

struct view_sample { uint64_t time_ns, value; };        /* ns since the start */

struct view_mark { uint64_t time_ns; const char *label; bool automatic; };

struct view_span { uint64_t begin_ns, end_ns; };        /* ns since the start */

/* When DAG nodes of one name ran, on whatever thread; overlaps and small gaps are joined. */
struct view_lane {
	const char *node;
	struct view_span *spans;        /* by time */
	size_t span_count;
	uint64_t busy_ns, allocated_bytes;
};

struct view_timeline {
	struct arena arena;
	struct view_process process;
	struct view_sample *heap, *mapped, *rss, *allocations;
	size_t heap_count, mapped_count, rss_count, allocations_count;
	struct view_mark *snapshots;
	size_t snapshot_count;
	uint64_t peak_bytes, peak_bound_bytes, peak_time_ns, duration_ns;
	struct view_lane *lanes;        /* of the nodes that allocated most, by their first begin */
	size_t lane_count;
	uint64_t other_lanes;           /* nodes that ran, and have none */
	struct view_quality quality;
};

/* RSS taken apart; UINT64_MAX = not known. */
struct view_rss {
	uint64_t rss, requested, slack, allocator_free, mapped, tracer;
	uint64_t other;                 /* code, stacks, static data, the C library's own */
	uint64_t untouched;             /* of the parts, what never became resident */
};

struct view_info {
	struct arena arena;
	struct view_process process;
	struct {
		uint64_t allocations, allocated_bytes, frees, freed_bytes;
		uint64_t live_bytes, live_count, slack_bytes, peak_bytes, peak_bound_bytes, temporaries;
		uint64_t mappings, mapped_bytes;
	} totals;
	uint64_t threads, shards, call_tree_nodes, accounts, modules, profile_bytes, tracer_memory_bytes;
	const char *allocator, *tracer_version;
	uint32_t format_version;
	struct view_mark *snapshots;
	size_t snapshot_count;
	struct view_rss rss;
	uint64_t size_class[256];       /* allocations; profile/size_class.h has the limits */
	struct view_process *children;  /* of the same run, --follow; in order of start */
	uint64_t *children_peak_bytes;
	size_t child_count;
	struct view_quality quality;
};

/* Free what a view holds, not the struct itself; an empty or freed view is fine. */
void view_top_free(struct view_top *view);
void view_diff_free(struct view_diff *view);
void view_timeline_free(struct view_timeline *view);
void view_info_free(struct view_info *view);

#endif
