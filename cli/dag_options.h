/*
 * dag_options: what the command line says after `dagmem dag VERB`.
 */
#ifndef DAGMEM_CLI_DAG_OPTIONS_H
#define DAGMEM_CLI_DAG_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runner/graph_build.h"
#include "runner/order.h"
#include "runner/policy.h"

enum { DAG_LIST_MAX = 16 };

struct context;

struct dag_options {
	const char *source;             /* file or generator */
	struct build_options build;
	const struct policy *policies[DAG_LIST_MAX];
	size_t policy_count;            /* 0 = the verb's own */
	const struct order *orders[DAG_LIST_MAX];
	size_t order_count;             /* ditto */
	const char **keep;              /* malloced */
	size_t keep_count;
	unsigned jobs;
	uint64_t budget_bytes, limit_bytes;     /* 0 = none */
	const char *payload;
	const char *output;             /* profile, or folder of profiles */
	const char *status_file;        /* for a parent that watches */
	bool json, untraced, ascii;
};

#define DAG_OPTIONS_HELP                                                                        \
	"FILE is text, WfFormat (.json) or Graphviz (.dot, .gv); GENERATOR one of\n"            \
	"chain:N:BYTES diamond:WIDTH:BYTES tree:DEPTH:ARITY:BYTES fan:WIDTH:BYTES\n"            \
	"layered:SEED:WIDTHxDEPTH:BYTES map:ITEMS:NODES:BYTES.\n\n"                             \
	"      --policy NAME      keep-all, scan, refcount, refcount-path or donate\n"          \
	"      --order NAME       file, bfs, dfs, liu, greedy, beam, exact or best\n"           \
	"      --keep NODE        a requested output, instead of the file's; repeatable\n"      \
	"      --scale FACTOR     all sizes times this\n"                                       \
	"      --transients       count what nodes need while they run\n"                       \
	"  -j, --jobs N           workers (1)\n"                                                \
	"      --budget SIZE      never book more; refused below the lower bound\n"             \
	"      --memory-limit SIZE  stop before results pass it\n"                              \
	"      --payload NAME     transform, file or none: what nodes do\n"                     \
	"      --no-trace         do not profile the run\n"                                     \
	"  -o, --output PATH      profile (run), or a folder of profiles (compare)\n"           \
	"      --ascii            no characters beyond ASCII\n"                                 \
	"      --json             for programs; sizes are bytes\n\n"                            \
	"--policy and --order may be repeated, or name several with commas between.\n"

/* Read argv[1 ...]; 0, or an exit code after telling the user.  dag_options_release() either way. */
int dag_options_parse(struct dag_options *options, struct context *context, int argc,
		      char **argv);
void dag_options_release(struct dag_options *options);

#endif
