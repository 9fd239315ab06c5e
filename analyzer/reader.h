/*
 * reader: a profile file as plain, checked arrays.
 *
 * Takes finished, growing and torn files and believes none of their bytes:
 * every index in what it gives is in range, every parent is less than its
 * child, every text is terminated, and no number is negative also while the
 * program runs.  Pages that break a rule are left out and counted.  The
 * importer calls it, and info for the processes of the same run.
 *
 *   page_index ─> reader ─┬─ reader_counters   accounts' sums over all shards
 *                         ├─ reader_paths      nodes and accounts
 *                         ├─ reader_journal    modules, texts, notes
 *                         ├─ reader_dag        executions, results and runs of DAG nodes
 *                         ├─ reader_samples    heap and RSS over time
 *                         ├─ reader_snapshots
 *                         ├─ reader_leaks
 *                         └─ process           is it still there?
 */
#ifndef DAGMEM_ANALYZER_READER_H
#define DAGMEM_ANALYZER_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "profile/layout.h"
#include "profile/leak_layout.h"

struct error;

/* Bytes and blocks of one account over all shards. */
struct account_sums {
	uint64_t allocations, allocated_bytes, frees, freed_bytes;      /* this process's events */
	uint64_t live_bytes, live_blocks, slack_bytes;                  /* inherited ones too */
	uint64_t peak_bytes, peak_blocks;
	uint64_t temporaries;
	uint32_t last_allocation, last_free;    /* ticks: profile/tick.h; 0: never */
};

struct reader_account {
	uint32_t stack, dag_node, kind; /* of its subject; stack 0 when it was lost */
	struct account_sums sums;
};

struct reader_node {
	uint64_t place;         /* 0: no such node (root; lost; a double of another) */
	uint32_t parent;
};

struct reader_module {
	const char *path;       /* NULL: no module of this id */
	uint64_t start, end, bias;
	uint8_t build_id[BUILD_ID_MAX];
	uint32_t build_id_bytes;
	bool gone;              /* was unloaded */
};

struct reader_snapshot {
	uint32_t number, kind;
	uint64_t monotonic_ns, live_bytes, live_blocks, peak_bytes;
	char label[SNAPSHOT_LABEL_MAX];
	struct snapshot_row *rows;      /* accounts are in range */
	size_t row_count;
};

struct reader_dag_node {
	const char *name;       /* NULL: no node of this id, or one without name */
	uint32_t dependencies;
	bool requested;
	struct dag_sums sums;   /* over all shards: added up, or the largest */
};

struct reader_dag_edge {
	uint32_t node, position, dependency;    /* position: among the node's, from 0 */
};

struct reader_execution {
	uint32_t shard;
	struct dag_execution execution; /* its node is in range, its end not before its begin */
};

/* A node that a thread was in when the profile was read. */
struct reader_turn { uint32_t shard, dag_node; uint64_t begin_ns; };

struct reader_run_count { uint32_t snapshot; struct dag_run_count count; };

struct reader_misuse { uint32_t kind, dag_node; };      /* kind is below MISUSES */

struct reader_leak_check {
	uint32_t number;
	struct leak_head head;          /* the label ends */
	struct leak_row *rows;          /* accounts are in range, modules are known or MODULE_NONE */
	size_t row_count;
};

struct reader_thread { uint32_t id; char name[16]; };

struct reader_texts {
	const char *const *items;
	size_t count;
};

struct profile_data {
	struct profile_header header;
	uint64_t file_bytes;
	const char *state;              /* "running", "exited", "killed", "executed", "unknown": process.h */
	struct reader_node *nodes;      /* [0] is the root */
	uint32_t node_count;
	struct reader_account *accounts;        /* [0] is none's */
	uint32_t account_count;
	struct reader_module *modules;  /* by id; [0] has no path */
	uint32_t module_count;
	struct reader_dag_node *dag_nodes;      /* by id; [0] is none's */
	uint32_t dag_node_count;
	struct reader_dag_edge *dag_edges;      /* dependency < node; both are in range */
	size_t dag_edge_count;
	struct reader_execution *executions;
	size_t execution_count;
	struct reader_turn *turns;
	size_t turn_count;
	struct dag_result *results;     /* nodes are in range; freed_by, too, or 0 */
	size_t result_count;
	struct dag_run *runs;           /* names end */
	size_t run_count;
	struct reader_run_count *run_counts;
	size_t run_count_count;
	struct reader_misuse *misuses;
	size_t misuse_count;
	struct reader_texts command, notes;     /* command: argv */
	const char *executable, *directory, *options;   /* NULL: not recorded */
	const char *process_node;       /* the DAG node that the process belongs to; NULL: none */
	struct heap_sample *samples;    /* by time */
	size_t sample_count;
	struct rss_sample *rss;         /* by time */
	size_t rss_count;
	struct reader_snapshot *snapshots;      /* by number, which is by time */
	size_t snapshot_count;
	struct reader_leak_check *leak_checks;  /* by number, which is by time */
	size_t leak_check_count;
	struct reader_thread *thread_names;     /* of the newest owners of shards */
	size_t thread_name_count;
	uint64_t size_class[SIZE_CLASSES];
	uint64_t threads;               /* that ever allocated */
	uint64_t pages_damaged;
};

/*
 * Read the profile at `path` into `data`, whose parts live in `arena`.  The
 * errors of page_index_open(), with `path` in front.  Linear in the file.
 */
int reader_read(const char *path, struct arena *arena, struct profile_data *data,
		struct error *err);

/*
 * Only header, file_bytes, state, command, executable, directory, process_node
 * and peak: for lists of profiles.
 */
int reader_read_head(const char *path, struct arena *arena, struct profile_data *data,
		     struct error *err);

#endif
