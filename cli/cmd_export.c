/* export: a profile in a form that other tools read. */
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

/* The format is the first argument that is no option. */
static int take_format(struct view_args *args, struct error *err)
{
	const char *name = args->positional_count ? args->positional[0] : NULL;
	const struct report *report = name ? report_find(name) : NULL;
	const struct report_options *options = &args->report_options;

	if (!report || !report->profile)
		return no_format(name, err);
	if (!report->tree && (options->inverted || options->by_node || options->lines ||
			      options->prune != REPORT_PRUNE_USUAL))
		return error_set(err, ERROR_USAGE, "%s holds every stack as it is: --inverted, --by-node,"
				 " --lines and --prune are for pictures", name);
	if (report->binary && !args->output_path && isatty(STDOUT_FILENO))
		return error_set(err, ERROR_USAGE, "%s is nothing for a terminal: -o FILE.%s", name,
				 report->suffix);
	args->report = report;
	args->positional++;
	args->positional_count--;
	return 0;
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
		   "\n"
		   VIEW_FILTER_HELP VIEW_MOMENT_HELP VIEW_TREE_HELP
		   "  -o, --output FILE      write there\n"
		   "      --debuginfod       ask the servers in DEBUGINFOD_URLS for debug information\n",
	.run = run_export,
};
