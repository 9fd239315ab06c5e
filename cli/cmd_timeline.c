/* timeline: memory over time. */
#include "analyzer/timeline.h"
#include "cli/view_args.h"

static int render(const struct view_args *args, const void *view, FILE *out, struct error *err)
{
	return args->report->timeline(view, &args->report_options, out, err);
}

static int timeline(struct view_args *args, struct error *err)
{
	struct view_timeline view = { 0 };
	struct dataset *data = NULL;
	int code = view_args_open(args, &data, err);

	if (code == 0)
		code = timeline_read_node(data, args->query.node, &view, err);
	if (code == 0)
		code = view_args_show(args, render, &view, err);
	view_timeline_free(&view);
	dataset_free(data);
	return code;
}

static int run_timeline(struct context *context, int argc, char **argv)
{
	return view_args_run(timeline, VIEW_PLOT | VIEW_NODE, context, argc, argv);
}

const struct command command_timeline = {
	.name = "timeline",
	.synopsis = "[PROFILE] [OPTION...]",
	.summary = "Show memory over time, and when the nodes of a DAG ran",
	.options = VIEW_NODE_HELP VIEW_PLOT_HELP VIEW_OUTPUT_HELP,
	.run = run_timeline,
};
