/*
 * view_dag: what reports see of a traced DAG: nodes, their results' lives, the peak that
 * would have been.  `dagmem dag show` and the page show it.
 */
#ifndef DAGMEM_ANALYZER_VIEW_DAG_H
#define DAGMEM_ANALYZER_VIEW_DAG_H

#include "analyzer/view_leaks.h"

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

/* As in view.h: the struct itself is not freed, an empty view is fine. */
void view_dag_free(struct view_dag *view);

#endif
