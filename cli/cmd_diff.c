/* diff: what changed between two profiles, or two moments of one. */
#include "analyzer/diff.h"
#include "cli/view_args.h"

static int render(const struct view_args *args, const void *view, FILE *out, struct error *err)
{
	return args->report->diff(view, &args->report_options, out, err);
}

static int diff(struct view_args *args, struct error *err)
{
	struct view_diff view = { 0 };

	if (args->positional_count != 2)
		return error_set(err, ERROR_USAGE, "diff needs two profiles, OLD and NEW");
	int code = diff_profiles(args->positional[0], args->positional[1], &args->query,
				 &args->dataset, &view, err);

	if (code == 0)
		code = view_args_show(args, render, &view, err);
	view_diff_free(&view);
	return code;
}

static int run_diff(struct context *context, int argc, char **argv)
{
	return view_args_run(diff, VIEW_QUERY, context, argc, argv);
}

const struct command command_diff = {
	.name = "diff",
	.synopsis = "OLD[@LABEL] NEW[@LABEL] [OPTION...]",
	.summary = "Show what changed between two profiles or snapshots",
	.options = VIEW_QUERY_HELP VIEW_OUTPUT_HELP,
	.run = run_diff,
};
