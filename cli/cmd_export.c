/* export: a profile in a form that other tools read. */
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/info.h"
#include "analyzer/stacks.h"
#include "analyzer/timeline.h"
#include "base/text.h"
#include "cli/view_args.h"

static int render(const struct view_args *args, const void *view, FILE *out, struct error *err)
{
	return args->report->profile(view, &args->report_options, out, err);
}

static int no_format(const char *name, struct error *err)
{
	struct text names;

	text_init(&names);
	for (const struct report *const *report = REPORTS; *report; report++)
		if ((*report)->profile)
			text_printf(&names, "%s%s", names.length ? ", " : "", (*report)->name);
	error_set(err, ERROR_USAGE, "%s%s%s: %s", name ? "there is no format '" : "export needs a format",
		  name ? name : "", name ? "'" : "", names.data);
	text_release(&names);
	return err->code;
}

static bool has_suffix(const char *path, const char *suffix)
{
	size_t length = strlen(path), end = strlen(suffix);

	return length > end && strcmp(path + length - end, suffix) == 0;
}

static bool is_filtered(const struct query_options *query)
{
	return query->at || query->node || query->include.count || query->exclude.count || query->metric;
}

/* Options that mean nothing to the format are mistakes. */
static int check_options(const struct view_args *args, const struct report *report, struct error *err)
{
	const struct report_options *options = &args->report_options;
	bool binary = report->binary || options->png;

	if (!report->tree && (options->inverted || options->by_node || options->lines ||
			      options->prune != REPORT_PRUNE_USUAL))
		return error_set(err, ERROR_USAGE, "--inverted, --by-node, --lines and --prune are for"
				 " trees: '%s' is none", report->name);
	if (report->whole && is_filtered(&args->query))
		return error_set(err, ERROR_USAGE, "%s is of the whole run: no filter, metric or moment",
				 report->name);
	if (options->png && !report->picture)
		return error_set(err, ERROR_USAGE, "%s is no picture: no --png", report->name);
	if (binary && !args->output_path && isatty(STDOUT_FILENO))
		return error_set(err, ERROR_USAGE, "this is nothing for a terminal: -o FILE.%s",
				 options->png ? "png" : report->suffix);
	return 0;
}

/* The format is the first argument that is no option. */
static int take_format(struct view_args *args, struct error *err)
{
	const char *name = args->positional_count ? args->positional[0] : NULL;
	const struct report *report = name ? report_find(name) : NULL;

	if (!report || !report->profile)
		return no_format(name, err);
	if (report->picture && args->output_path && has_suffix(args->output_path, ".png"))
		args->report_options.png = true;
	args->report = report;
	args->positional++;
	args->positional_count--;
	return check_options(args, report, err);
}

static int read_view(struct view_args *args, struct dataset *data, struct view_profile *view,
		     struct error *err)
{
	int code = stacks_read(data, &args->query, args->report->snapshots, &view->stacks, err);

	if (code == 0)
		code = timeline_read(data, &view->timeline, err);
	if (code == 0)
		code = info_read(data, &view->info, err);
	return code;
}

static int export(struct view_args *args, struct error *err)
{
	struct view_profile view = { .stacks = { .arena = ARENA_INIT } };
	struct dataset *data = NULL;
	int code = take_format(args, err);

	if (code == 0)
		code = view_args_open(args, &data, err);
	if (code == 0)
		code = read_view(args, data, &view, err);
	if (code == 0)
		code = view_args_show(args, render, &view, err);
	view_profile_free(&view);
	dataset_free(data);
	return code;
}

static int run_export(struct context *context, int argc, char **argv)
{
	return view_args_run(export, VIEW_FILTER | VIEW_MOMENT | VIEW_TREE, context, argc, argv);
}

const struct command command_export = {
	.name = "export",
	.synopsis = "FORMAT [PROFILE[@LABEL]] [OPTION...]",
	.summary = "Write a profile in a form that other tools read",
	.options = "  pprof                  for `go tool pprof`, Pyroscope, Grafana\n"
		   "  speedscope             for speedscope.app\n"
		   "  folded                 stacks on lines, for flamegraph.pl and inferno\n"
		   "  massif                 for ms_print and massif-visualizer\n"
		   "  json                   everything, for programs\n"
		   "  csv                    a row a stack, for spreadsheets and sqlite3\n"
		   "  flamegraph             a picture of the call tree, SVG or PNG\n"
		   "  timeline               a picture of memory over time, SVG or PNG\n"
		   "\n"
		   VIEW_FILTER_HELP VIEW_MOMENT_HELP VIEW_TREE_HELP
		   "      --png              pictures: PNG; so does -o FILE.png\n"
		   "  -o, --output FILE      write there\n"
		   "      --debuginfod       ask the servers in DEBUGINFOD_URLS for debug information\n",
	.run = run_export,
};
