/*
 * view: everything reports see.  Filled by the analyzer's queries, rendered by
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

/* The name of what was allocated outside any DAG node. */
#define VIEW_OUTSIDE_NODES "(outside any node)"

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

/* --- Leaks ------------------------------------------------------------------- */

enum trend_verdict {
	TREND_UNKNOWN,                  /* too few points */
	TREND_FLAT,                     /* no trend that chance would not make */
	TREND_GROWING,
	TREND_LEVELS_OFF,               /* grew, and does so no more, or ever more slowly: a cache */
	TREND_SHRINKING,
	TREND_VERDICTS,
};

/* How a quantity moves; see trend.h. */
struct view_trend {
	enum trend_verdict verdict;
	double slope, low, high;        /* per unit of x, and the interval it lies in ... */
	double confidence;              /* ... with this chance: 0.95, less with very few points */
	size_t points;
	const char *unit;               /* of x: "s", "iteration"; NULL: not said */
};

enum leak_verdict {
	LEAK_DEFINITE,                  /* nothing holds it */
	LEAK_INDIRECT,                  /* only what is lost holds it */
	LEAK_POSSIBLE,                  /* only a pointer into its middle, or only what could not be seen */
	LEAK_REACHABLE,
	LEAK_UNJUDGED,                  /* no check of the heap was made: only live, not freed */
	LEAK_VERDICTS,
};

enum leak_grouping { LEAKS_BY_SITE, LEAKS_BY_NODE, LEAKS_BY_MODULE, LEAKS_GROUPINGS };

#define VIEW_NOT_KNOWN UINT64_MAX

/* What holds reachable memory: the root that the first pointer to it lies in. */
struct view_holder {
	const char *kind;               /* "global", "thread stack", "TLS", "mapping", "exit stack" ...; NULL: nothing */
	const char *text;               /* all of it in words: "global `cache` in model/cache.c" */
	const char *symbol;             /* the variable, where it is known */
	const char *file;               /* that declares it; NULL: unknown */
	const char *module;             /* path of the executable or library */
	const char *thread;             /* name of a stack's or TLS's thread */
	uint64_t offset;                /* of the pointer in the variable, or in the module without one */
	uint32_t line, thread_id;       /* 0: unknown */
	struct view_frame frame;        /* of a stack: the function whose frame the pointer is in */
};

/* Blocks of one site, one pointing to the next, on the way from a root or in a lost cycle. */
struct view_leak_block {
	uint64_t blocks;
	uint64_t bytes;                 /* of the last; this and what follows: VIEW_NOT_KNOWN without heap graph */
	uint64_t offset;                /* of the pointer to the next block, or to the row's own */
	uint64_t retained_bytes;
	struct view_frame frame;        /* that allocated them */
	const char *node;               /* DAG node that ran then; NULL: none */
};

struct view_leak {
	uint64_t rank;                  /* from 1 */
	enum leak_verdict verdict;
	uint64_t bytes, blocks;
	uint64_t indirect_bytes, indirect_blocks;       /* lost with it: what only these blocks hold */
	uint64_t retained_bytes;        /* freed if these were; VIEW_NOT_KNOWN */
	uint64_t cycles;                /* 0, or in how many lost rings of blocks they are, as told apart */
	uint64_t first_allocation_ns, last_allocation_ns;       /* since the start, at the latest: snapshots
	                                                           tell; VIEW_NOT_KNOWN */
	uint64_t idle_ns;               /* nothing of this site was freed for so long; VIEW_NOT_KNOWN */
	struct view_trend growth;       /* of the site's live bytes over time, freed ones included */
	struct view_frame frame;        /* the frame that owns it; by module: empty but for that */
	const char *name;               /* by node or module: what the row is */
	const char *node;               /* DAG node; NULL outside any */
	const struct view_frame *stack; /* outermost first; by site, else NULL */
	size_t stack_frames;
	struct view_holder held_by;     /* reachable, and what is only possibly lost */
	const char *lost_by;            /* how the last pointer went, as far as it is known; NULL */
	const struct view_leak_block *path;     /* on request; from the root down to what points to this row's */
	size_t path_blocks;             /* of a lost cycle: the others in it, the first pointing to the second */
	bool path_cut;                  /* some in the middle are left out */
	const char *suppressed_by;      /* name of the suppression; NULL: none, it counts */
};

struct view_leak_total { uint64_t rows, bytes, blocks; };

struct view_suppression {
	const char *name;               /* LSan's pattern, or valgrind's name */
	const char *file;               /* NULL: built in */
	const char *expires;            /* "2026-12-31", as its comment says; NULL: never */
	uint64_t bytes, blocks, rows;   /* that it matched */
	uint32_t line;
	bool expired;                   /* not honoured any more */
};

/* One check of the heap. */
struct view_leak_check {
	const char *label;              /* "exit", or what dagmem_leak_check() was told */
	uint64_t time_ns;               /* since the start */
	uint64_t pause_ns;              /* that the program stood still */
	uint64_t duration_ns;           /* CPU of the scan beside it */
	uint64_t scanned_bytes;         /* roots and blocks */
	uint64_t blocks, bytes;         /* live in all */
	uint64_t threads, threads_unseen;       /* of these neither registers nor stack pointer are known */
	const char **unseen;            /* what could not be captured, in words */
	size_t unseen_count;
};

struct view_leaks {
	struct arena arena;
	struct view_process process;
	bool judged;                    /* false: no check; rows are LEAK_UNJUDGED, `unjudged` says why */
	const char *unjudged;
	struct view_leak_check check;
	enum leak_grouping by;
	struct view_leak *rows;         /* suppressed ones last */
	size_t row_count;
	struct view_leak_total total[LEAK_VERDICTS];    /* not suppressed, whether shown or not */
	struct view_leak_total suppressed, other;       /* other: not shown for want of room (-n) */
	struct view_suppression *suppressions;  /* users' all, of the built-in ones those that matched */
	size_t suppression_count;
	struct view_quality quality;
};

/* --- The DAG: dag show ------------------------------------------------------ */

/*
 * Times are ns since the program's start; VIEW_NOT_KNOWN: not known, or it did
 * not happen.  `node` numbers are places in view_dag.nodes; VIEW_NO_NODE: none.
 */
#define VIEW_NO_NODE UINT32_MAX

/* All DAG nodes of one name. */
struct view_dag_node {
	const char *name;
	uint64_t declared;              /* ids of that name */
	bool requested;                 /* its result is an output */
	uint64_t executions, failed, busy_ns;
	uint64_t running;               /* threads that were in it at the end */
	uint64_t processes;             /* of a build: that its recipe consisted of; else 0 */
	uint64_t allocated_bytes, allocations;  /* OWN: charged to it, ever */
	int64_t retained_bytes;         /* RETAINED: of that, still there when its executions ended */
	uint64_t transient_bytes;       /* TRANSIENT: the most that one execution added to its thread's heap */
	uint64_t helper_bytes;          /* ditto, the most that a helper's turn added: beside it */
	uint64_t at_peak_bytes, at_peak_count;  /* AT PEAK: its own, when the process's heap was largest */
	uint64_t idle_at_peak_bytes;    /* results that were held then, though nobody was to read them any more */
	uint64_t live_bytes, live_count;        /* its own, at the end */
	uint64_t results, result_bytes; /* executions that produced one; the largest of them */
	double drag_byte_s;             /* DRAG: bytes held after their last use, times seconds */
	double lag_byte_s, use_byte_s, void_byte_s;
	struct view_frame held_by;      /* HELD BY: the line that allocated most of live_bytes */
	uint64_t held_bytes;            /* of that line and this node; 0: nothing is held */
};

/* `consumer` reads the result of `node`. */
struct view_dag_edge { uint32_t node, consumer; };

/*
 * A result over its life, after Röjemo & Runciman 1996:
 *
 *     produced --lag--> first consumer begins --use--> last one ends --drag--> freed
 *     produced --------------------------void (nobody read it)---------------> freed
 *
 * What is not freed lasts to the end of the profile (freed_ns VIEW_NOT_KNOWN).
 */
struct view_dag_result {
	uint32_t node, run;             /* run: place in view_dag.runs, or VIEW_NO_NODE */
	uint64_t bytes, parts;
	bool requested;                 /* it is to be held: nothing of it is drag */
	bool taken;                     /* its block became another node's result */
	uint64_t produced_ns, first_use_ns, last_use_ns, released_ns, freed_ns;
	uint32_t last_consumer, freed_by;       /* nodes */
	uint64_t lag_ns, use_ns, drag_ns, void_ns;
	uint64_t unreleased_ns;         /* from its last use to when the program let it go */
	uint64_t unfreed_ns;            /* from there to the free; VIEW_NOT_KNOWN: never announced */
	double drag_byte_s, void_byte_s;
};

struct view_dag_run {
	const char *name;               /* NULL: none */
	uint64_t iteration, begin_ns, end_ns;   /* end_ns VIEW_NOT_KNOWN: it did not end */
	int status;
	uint64_t heap_bytes;            /* live in the process at its end */
};

/* One execution on one thread, for lanes. */
struct view_dag_execution {
	uint32_t node, run, thread;     /* thread: a number from 0, or a shard's */
	uint64_t begin_ns, end_ns, transient_bytes, allocated_bytes;
	bool helper, failed;
};

/* If one node's results were freed at their last use: "free `extract`'s result after `join`". */
struct view_dag_saving {
	uint32_t node, after;           /* after: the last consumer; VIEW_NO_NODE: nobody reads it */
	uint64_t peak_bytes;            /* the heap's peak then */
	uint64_t bytes;                 /* of it that were held at the peak */
	double share;                   /* of the peak that is saved, 0..1 */
};

/* The same nodes in another order, with the sizes that were measured. */
struct view_dag_order {
	const char *name;               /* "same", "greedy", "liu", "best", ... */
	uint64_t peak_bytes;            /* of the process's heap */
};

struct view_dag_what_if {
	bool known;                     /* there were results, and executions to tell when they were used */
	bool exact;                     /* one thread at a time: else at most this */
	uint64_t measured_bytes;        /* the heap's peak as it was */
	uint64_t peak_bytes;            /* if every result had been freed when its last consumer ended */
	uint64_t held_bytes;            /* results at the measured peak that nobody was to read any more */
	uint64_t other_bytes;           /* of the pruned peak: what is no result */
	uint64_t lower_bound_bytes;     /* no order gets below; VIEW_NOT_KNOWN: not computed */
	struct view_dag_order *orders;
	size_t order_count;
	struct view_dag_saving *savings;        /* the largest first */
	size_t saving_count;
	uint64_t executions, executions_known;  /* that it rests on: the others were too many to keep */
};

/* A line that allocated what a node retains more of with every execution. */
struct view_dag_growth_line {
	struct view_frame frame;
	double bytes_per_execution, blocks_per_execution;
};

/*
 * What a node holds from run to run: `trend` of its live bytes over its
 * executions.  TREND_GROWING is a leak, TREND_LEVELS_OFF a cache.
 */
struct view_dag_growth {
	uint32_t node;
	struct view_trend trend;
	double blocks_per_execution;
	uint64_t since_iteration;       /* the growth began there at the latest */
	struct view_sample *points;     /* time_ns: executions so far; value: bytes live */
	size_t point_count;
	struct view_dag_growth_line *lines;     /* the largest first */
	size_t line_count;
};

/* A call of dagmem.h that made no sense. */
struct view_dag_misuse { const char *what, *name; };    /* name: of the node; NULL: not known */

/* What a reader should look at first. */
enum dag_finding_kind { FINDING_DRAG, FINDING_VOID, FINDING_LAG, FINDING_LEAK, FINDING_UNFREED, FINDING_MISUSE };

struct view_dag_finding {
	enum dag_finding_kind kind;
	uint32_t node;                  /* the one that has most of it, or VIEW_NO_NODE */
	double weight;                  /* byte-seconds; bytes per execution for a leak */
	const char *text;               /* one sentence */
};

struct view_dag {
	struct arena arena;
	struct view_process process;
	/*
	 * Of a build, whose nodes are recipes: how many processes it had.  The peak
	 * and what of it is whose are then those of all of them together, which are
	 * known at the times of their samples.  Else 0.
	 */
	uint64_t processes;
	uint64_t peak_bytes, peak_bound_bytes, peak_time_ns, duration_ns;
	uint64_t outside_at_peak_bytes; /* of what was allocated outside any node */
	struct view_dag_node *nodes;    /* by the order of their declaration */
	size_t node_count;
	struct view_dag_edge *edges;
	size_t edge_count;
	struct view_dag_run *runs;      /* those that were kept, by time */
	size_t run_count;
	uint64_t runs_begun;
	struct view_dag_result *results;        /* the largest drag and void first */
	size_t result_count;
	struct view_dag_execution *executions;  /* those that were kept, by their begin */
	size_t execution_count;
	uint64_t executions_ended;
	struct view_dag_what_if what_if;
	struct view_dag_growth *growth; /* leaks first; nodes of several runs only */
	size_t growth_count;
	struct view_dag_finding *findings;      /* the main one first */
	size_t finding_count;
	struct view_dag_misuse *misuses;
	size_t misuse_count;
	struct view_quality quality;
};

/* --- The call tree ---------------------------------------------------------- */

/* A frame under its caller.  Inlined functions are nodes of their own; what the same
 * frame called under the same callers is one node. */
struct view_tree_node {
	uint32_t parent;                /* less than the node's own index; [0] is the root */
	uint32_t frame;                 /* index into frames; the root's means nothing */
	bool inlined;                   /* into its parent */
};

enum view_kind { VIEW_HEAP, VIEW_MAPPING, VIEW_POOL };

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

/* --- Every stack: exports ------------------------------------------------------ */

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

/* --- A gate ------------------------------------------------------------------- */

enum check_quantity {
	CHECK_PEAK,                     /* bytes */
	CHECK_LIVE,                     /* bytes live at the end */
	CHECK_LEAK,                     /* bytes that nothing holds */
	CHECK_TOTAL,                    /* bytes ever allocated */
	CHECK_ALLOCATIONS,
	CHECK_TEMPORARY,                /* allocations freed before the thread's next one */
	CHECK_TRANSIENT,                /* of a DAG node: the most that one execution added */
	CHECK_RETAINED,                 /* of a DAG node: still there when its executions ended */
	CHECK_QUANTITIES,
};

enum check_scope {
	CHECK_PROCESS, CHECK_LINE, CHECK_FUNCTION, CHECK_FILE, CHECK_MODULE, CHECK_NODE, CHECK_SCOPES
};

enum check_kind {
	CHECK_LIMIT,                    /* no more than so much */
	CHECK_GROWTH,                   /* no more than the baseline's, with a tolerance */
	CHECK_NEW_SITE,                 /* no function of more than so much that the baseline lacks */
};

/* What a check complains of, or what stands behind it. */
struct view_check_row {
	uint64_t value, before;         /* before: VIEW_NOT_KNOWN without baseline */
	struct view_frame frame;
	const char *name;               /* of a file, module or node; else NULL */
};

struct view_check_item {
	const char *text;               /* as it was written: "max-peak node:join=200MiB" */
	const char *file;               /* the budget; NULL: the command line */
	uint32_t line;
	enum check_kind kind;
	enum check_quantity quantity;
	enum check_scope scope;
	bool passed;
	uint64_t value;                 /* the process's, or of the largest row that it is about */
	uint64_t allowed;
	uint64_t before;                /* VIEW_NOT_KNOWN without baseline */
	uint64_t matched, over;         /* rows that it is about; of these over it */
	/* Those over it, largest first; of the process: what holds most, or grew most. */
	struct view_check_row *rows;
	size_t row_count;
};

struct view_check {
	struct arena arena;
	struct view_process process;
	const char *baseline_path;      /* NULL: none */
	struct view_check_item *items;
	size_t item_count, failed;
	uint64_t peak_bound_bytes;
	struct view_quality quality;
};

/* Free what a view holds, not the struct itself; an empty or freed view is fine. */
void view_top_free(struct view_top *view);
void view_diff_free(struct view_diff *view);
void view_timeline_free(struct view_timeline *view);
void view_info_free(struct view_info *view);
void view_leaks_free(struct view_leaks *view);
void view_dag_free(struct view_dag *view);
void view_report_free(struct view_report *view);
void view_stacks_free(struct view_stacks *view);
void view_profile_free(struct view_profile *view);
void view_check_free(struct view_check *view);

#endif
