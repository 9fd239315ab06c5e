/*
 * dagrun.h: run a DAG of C functions with as little memory as its order allows.
 *
 *     struct dagrun_error error;
 *     struct dagrun_graph *graph = dagrun_graph_new();
 *     struct dagrun_value report;
 *
 *     dagrun_add(graph, &(struct dagrun_node){ .name = "load", .run = load, .destroy = drop }, &error);
 *     dagrun_add(graph, &(struct dagrun_node){ .name = "report", .run = sum, .destroy = drop,
 *                .deps = (const char *const[]){ "load", NULL } }, &error);
 *     if (dagrun_run(graph, NULL, &report, &error) != 0)
 *             fprintf(stderr, "%s\n", error.message);
 *
 * A node's result is destroyed as soon as nobody will read it: that is the
 * point.  Requested results are handed to the caller.  Functions return 0 or a
 * negative dagrun_code and then fill `error`, which may be NULL.  A graph is
 * used by one thread at a time; the functions of its nodes run on as many
 * threads as options.workers says.
 *
 * Link with libdagrun.a -lpthread.
 */
#ifndef DAGRUN_H
#define DAGRUN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum dagrun_code {
	DAGRUN_OK = 0,
	DAGRUN_NO_MEMORY = -1,
	DAGRUN_SYSTEM = -2,
	DAGRUN_INVALID = -3,    /* no DAG: a cycle, a missing dependency, a name twice */
	DAGRUN_USAGE = -5,
	DAGRUN_LIMIT = -7,      /* a budget or a limit that can't be kept */
	DAGRUN_CANCELLED = -8,
	DAGRUN_FAILED = -9      /* a node's function failed */
};

struct dagrun_error {
	int code;               /* enum dagrun_code */
	char message[512];
};

/* A result: whatever its node's function says. */
struct dagrun_value {
	void *data;
	size_t bytes;           /* what the bookkeeping counts */
};

/* What `data` of a map's result points to: the blocks' results, in the items' order. */
struct dagrun_items {
	size_t count;
	struct dagrun_value *values;
};

/* One execution of a node. */
struct dagrun_call {
	const char *name;                       /* the node's */
	void *context;                          /* the node's */
	const struct dagrun_value *inputs;      /* one for each distinct dependency, in the order named */
	size_t input_count;
	struct dagrun_value result;             /* to be filled; { NULL, 0 } at first */
	/*
	 * The input whose buffer the function may turn into its result, or -1.
	 * A function that does so sets `taken`, also when realloc moved it.
	 */
	int donated;
	int taken;
	char *message;                          /* room for words on a failure */
	size_t message_size;
};

/* Returns 0; anything else is a failure, and the result is then not destroyed. */
typedef int (*dagrun_function)(struct dagrun_call *call);
typedef void (*dagrun_destructor)(struct dagrun_value value, void *context);

enum dagrun_flag {
	DAGRUN_IN_PLACE = 4     /* the function knows about `donated` */
};

struct dagrun_node {
	const char *name;
	dagrun_function run;
	dagrun_destructor destroy;      /* of its result; NULL: nothing to do */
	void *context;
	const char *const *deps;        /* NULL-terminated; NULL: none */
	uint64_t size_bytes;            /* expected size of the result: for orders and budgets */
	uint64_t transient_bytes;       /* expected on top of it while it runs */
	unsigned flags;                 /* enum dagrun_flag */
};

/*
 * A node that runs a block, a graph of its own, once per item, and collects
 * the results.  The block's input is its first node, added with
 * dagrun_add_input(); it has one output.  Each item's other results are
 * destroyed as its block ends.
 */
struct dagrun_map {
	const char *name;
	const char *const *deps;
	void *context;
	/* How many items there are: known when the dependencies are. */
	int (*count)(struct dagrun_call *call, size_t *count);
	/* Make item `index`: call->result.  NULL: items are { NULL, 0 }. */
	int (*item)(struct dagrun_call *call, size_t index);
	dagrun_destructor destroy_item;
	struct dagrun_graph *block;     /* taken over, also on failure */
	uint64_t expected_items;
};

struct dagrun_graph;

/* NULL: no memory. */
struct dagrun_graph *dagrun_graph_new(void);
void dagrun_graph_free(struct dagrun_graph *graph);

/* Dependencies may be added later.  All is copied but `context`. */
int dagrun_add(struct dagrun_graph *graph, const struct dagrun_node *node, struct dagrun_error *error);
int dagrun_add_map(struct dagrun_graph *graph, const struct dagrun_map *map, struct dagrun_error *error);

/* A value that the caller owns, to be read like a result. */
int dagrun_add_input(struct dagrun_graph *graph, const char *name, struct dagrun_value value,
		     struct dagrun_error *error);

/* Ask for a result; when nothing is asked for, the sinks are.  In the order of their nodes. */
int dagrun_request(struct dagrun_graph *graph, const char *name, struct dagrun_error *error);

/* A value to use instead of running a node, for one run. */
struct dagrun_override {
	const char *name;
	struct dagrun_value value;      /* the caller's */
};

enum dagrun_status { DAGRUN_DONE = 1, DAGRUN_NODE_FAILED = 2, DAGRUN_SKIPPED = 3 };

/* Told once per node, one at a time, from whatever thread it ended on. */
typedef void (*dagrun_observer)(void *context, const char *node, enum dagrun_status status,
				const char *reason);

struct dagrun_options {
	const char *policy;             /* NULL: refcount-path */
	const char *order;              /* NULL: file, the order of adding as far as possible */
	unsigned workers;               /* 0 = 1 */
	uint64_t budget_bytes;          /* 0 = none: results and transients stay within, by the expected sizes */
	int keep_going;                 /* after a failure run what does not depend on it */
	const int *cancel;              /* stop when it becomes non-zero, from any thread or signal handler */
	const struct dagrun_override *overrides;
	size_t override_count;
	dagrun_observer observe;
	void *observe_context;
};

/*
 * Run what the requested results need.  `outputs` has room for as many values
 * as are requested; they are the caller's to destroy.  On an error everything
 * that was made is destroyed and `outputs` is untouched.  NULL options = all
 * zero.  A graph can be run again; nothing can be added after its first run.
 */
int dagrun_run(struct dagrun_graph *graph, const struct dagrun_options *options,
	       struct dagrun_value *outputs, struct dagrun_error *error);

/* Destroy an output of this node as the runner would; of a map, all it has collected. */
void dagrun_destroy(struct dagrun_graph *graph, const char *node, struct dagrun_value output);

/* What the last successful run held. */
struct dagrun_stats {
	uint64_t peak_bytes;            /* of results and expected transients at a time */
	uint64_t held_at_end_bytes;     /* requested results, and what the policy left behind */
	uint64_t nodes_executed;
	uint64_t lower_bound_bytes;     /* no order gets below, by the expected sizes */
};

/* The first call after a run computes the lower bound, which may take a tenth of a second. */
void dagrun_stats(struct dagrun_graph *graph, struct dagrun_stats *stats);

#ifdef __cplusplus
}
#endif

#endif
