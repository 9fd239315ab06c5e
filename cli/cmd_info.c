/* info: what a profile holds. */
#include "analyzer/info.h"
#include "cli/view_args.h"

static int render(const struct view_args *args, const void *view, FILE *out, struct error *err)
{
	return args->report->info(view, &args->report_options, out, err);
}

static int info(struct view_args *args, struct error *err)
{
	struct view_info view = { 0 };
	struct dataset *data = NULL;
	int code = view_args_open(args, &data, err);

	if (code == 0)
		code = info_read(data, &view, err);
	if (code == 0)
		code = view_args_show(args, render, &view, err);
	view_info_free(&view);
	dataset_free(data);
	return code;
}

static int run_info(struct context *context, int argc, char **argv)
{
	return view_args_run(info, 0, context, argc, argv);
}

const struct command command_info = {
	.name = "info",
	.synopsis = "[PROFILE] [OPTION...]",
	.summary = "Tell what a profile holds",
	.options = VIEW_OUTPUT_HELP,
	.run = run_info,
};
