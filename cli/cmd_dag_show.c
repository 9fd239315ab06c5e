/* dag show: a profile's DAG: nodes, results over their lives, the peak that would have been. */
#include <string.h>

#include "analyzer/dag_view.h"
#include "analyzer/load.h"
#include "base/error.h"
#include "cli/dag.h"
#include "cli/view_args.h"

static int render(const struct view_args *args, const void *view, FILE *out, struct error *err)
{
	return args->report->dag(view, &args->report_options, out, err);
}

static int check(const struct view_args *args, const struct view_dag *view, struct error *err)
{
	const char *wanted = args->query.node;

	if (!view->node_count)
		return error_set(err, ERROR_NOT_FOUND, "no DAG nodes in %s: its program announced none",
				 view->process.profile_path);
	for (size_t i = 0; wanted && i < view->node_count; i++)
		if (strcmp(view->nodes[i].name, wanted) == 0)
			return 0;
	return wanted ? error_set(err, ERROR_NOT_FOUND, "no node '%s' in %s", wanted,
				  view->process.profile_path) : 0;
}

static int show(struct view_args *args, struct error *err)
{
	struct view_dag view = { 0 };
	struct dataset *data = NULL;
	int code = view_args_open(args, &data, err);

	if (code == 0)
		code = dag_view_read(data, &view, err);
	if (code == 0)
		code = check(args, &view, err);
	args->report_options.limit = args->query.limit;
	args->report_options.node = args->query.node;
	if (code == 0)
		code = view_args_show(args, render, &view, err);
	view_dag_free(&view);
	dataset_free(data);
	return code;
}

int dag_show_profile(struct context *context, int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "--help") == 0) {
		command_print_usage(&command_dag_show, stdout);
		return EXIT_OK;
	}
	return view_args_run(show, VIEW_LIMIT, context, argc, argv);
}

const struct command command_dag_show = {
	.name = "dag show",
	.synopsis = "[PROFILE] [OPTION...]",
	.summary = "Show what each node of a traced DAG held, for how long, and what pruning would save",
	.options = VIEW_LIMIT_HELP VIEW_OUTPUT_HELP,
};
