/* top: the rows that hold most. */
#include "analyzer/rank.h"
#include "cli/view_args.h"

static int render(const struct view_args *args, const void *view, FILE *out, struct error *err)
{
	return args->report->top(view, &args->report_options, out, err);
}

static int top(struct view_args *args, struct error *err)
{
	struct view_top view = { 0 };
	struct dataset *data = NULL;
	int code = view_args_open(args, &data, err);

	if (code == 0)
		code = rank_top(data, &args->query, &view, err);
	if (code == 0)
		code = view_args_show(args, render, &view, err);
	view_top_free(&view);
	dataset_free(data);
	return code;
}

static int run_top(struct context *context, int argc, char **argv)
{
	return view_args_run(top, VIEW_QUERY | VIEW_MOMENT, context, argc, argv);
}

const struct command command_top = {
	.name = "top",
	.synopsis = "[PROFILE[@LABEL]] [OPTION...]",
	.summary = "Show what holds most memory",
	.options = VIEW_QUERY_HELP VIEW_MOMENT_HELP VIEW_OUTPUT_HELP,
	.run = run_top,
};
