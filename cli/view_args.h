/*
 * view_args: the options of the verbs that show a view, and the way from a
 * profile's path to a report on standard output.
 */
#ifndef DAGMEM_CLI_VIEW_ARGS_H
#define DAGMEM_CLI_VIEW_ARGS_H

#include "analyzer/dataset.h"
#include "analyzer/query.h"
#include "base/arena.h"
#include "base/progress.h"
#include "cli/command.h"
#include "cli/option_rules.h"
#include "cli/output.h"
#include "reports/report.h"

/* Which groups of options a verb takes, beside the output's. */
enum view_option_set {
	VIEW_QUERY = 1,         /* rows: -n --by --metric --include ... */
	VIEW_MOMENT = 2,        /* --at */
	VIEW_PLOT = 4,          /* --ascii */
	VIEW_FILTER = 8,        /* of VIEW_QUERY what chooses stacks: --metric --include ... */
	VIEW_TREE = 16,         /* pictures of call trees: --inverted --by-node ... */
	VIEW_LIMIT = 32,        /* of VIEW_QUERY: -n --node --full-paths */
	VIEW_NODE = 64,         /* of VIEW_QUERY: --node */
};

/* Help text of each group, for a command's table entry. */
#define VIEW_QUERY_HELP                                                                   \
	"  -n, --limit N          rows to show (10; 0 = all)\n"                             \
	"      --by GROUP         line, function, file, module, stack or node\n"             \
	VIEW_FILTER_HELP                                                                  \
	"      --full-paths       do not shorten paths\n"
#define VIEW_FILTER_HELP                                                                  \
	"      --metric METRIC    live, peak, total, count, temporary, mapped or pool\n"     \
	"      --include PATTERN  only rows whose file, function or module matches\n"        \
	"      --exclude PATTERN  no such rows; both may be repeated\n"                      \
	"      --node NAME        only what nodes of this name allocated\n"                  \
	"      --all-frames       patterns match any frame of a stack\n"                     \
	"      --leaf             the innermost frame, be it an allocation wrapper or not\n" \
	"      --skip PATTERN     these functions are allocation wrappers, too\n"
#define VIEW_TREE_HELP                                                                    \
	"      --inverted         what allocated first, its callers after it\n"              \
	"      --by-node          the DAG node is the outermost frame\n"                     \
	"      --lines            tell frames of a function apart by line\n"                 \
	"      --prune PERCENT    parts of the tree below this are put together\n"
#define VIEW_LIMIT_HELP                                                                   \
	"  -n, --limit N          rows of each table (10; 0 = all)\n"                       \
	"      --node NAME        only this node and its results\n"                         \
	"      --full-paths       do not shorten paths\n"
#define VIEW_NODE_HELP \
	"      --node NAME        of a DAG's nodes only the lane of this one\n"
#define VIEW_MOMENT_HELP \
	"      --at WHEN          exit, peak or a snapshot's label\n"
#define VIEW_PLOT_HELP \
	"      --ascii            no characters beyond ASCII\n"
#define VIEW_OUTPUT_HELP                                                                  \
	"      --json, --csv      for programs; sizes are bytes\n"                           \
	"  -o, --output FILE      write there\n"                                                   \
	"      --debuginfod       ask the servers in DEBUGINFOD_URLS for debug information\n"

/* Options of one verb alone. */
struct view_own_options {
	const struct option_rule *rules;
	void *args;                     /* for the rules, and the verb */
};

struct view_args {
	struct arena arena;
	struct query_options query;
	bool limited;           /* -n was given */
	struct dataset_options dataset;
	struct progress progress;
	const struct report *report;
	struct report_options report_options;
	enum colour_choice colour;
	const char *output_path;
	unsigned sets;          /* enum view_option_set */
	const struct view_own_options *own;     /* NULL: none */
	char **positional;      /* what is no option */
	int positional_count;
};

/* What a verb does once its options are read: 0, or an error. */
typedef int view_verb(struct view_args *args, struct error *err);

/*
 * The frame of such a verb: reads the options of `argv` that belong to `sets`
 * (enum view_option_set), calls `verb`, tells the user of errors.  Returns the
 * exit code.
 */
int view_args_run(view_verb *verb, unsigned sets, struct context *context, int argc, char **argv);

/* The same with options of the verb's own, which gets at them by args->own->args. */
int view_args_run_own(view_verb *verb, unsigned sets, const struct view_own_options *own,
		      struct context *context, int argc, char **argv);

/*
 * Open the profile that the only positional argument names, or the newest.
 * PROFILE@LABEL is that profile --at LABEL, for verbs that show a moment.
 */
int view_args_open(struct view_args *args, struct dataset **data, struct error *err);

/* Writes `view`, of whatever type the verb has, by the right function of args->report. */
typedef int view_render(const struct view_args *args, const void *view, FILE *out,
			struct error *err);

/* The same to `path`, whatever the options say. */
int view_args_write(const struct view_args *args, view_render *render, const void *view,
		    const char *path, struct error *err);

/* Write `view` where the options say: a file, standard output, the pager. */
int view_args_show(struct view_args *args, view_render *render, const void *view,
		   struct error *err);

#endif
