#include "analyzer/overview.h"

#include "analyzer/dag_view.h"
#include "analyzer/dataset.h"
#include "analyzer/fill.h"
#include "analyzer/info.h"
#include "analyzer/timeline.h"
#include "base/error.h"

static int read_tree(struct dataset *data, const struct tree_options *options,
		     struct view_report *view, struct error *err)
{
	struct fill fill;

	fill_init(&fill, dataset_loaded(data), &view->arena);
	int status = tree_read(data, &fill, options, &view->tree, &view->moments,
			       &view->moment_count, err);

	fill_release(&fill);
	if (!status && fill.failed)
		status = error_set(err, ERROR_NO_MEMORY, "no memory for the call tree");
	return status;
}

int overview_read(struct dataset *data, const struct overview_options *options,
		  struct view_report *view, struct error *err)
{
	struct view_report filled = { .arena = ARENA_INIT };
	int status = info_read(data, &filled.info, err);

	if (!status)
		status = timeline_read(data, &filled.timeline, err);
	if (!status)
		status = dag_view_read(data, &filled.dag, err);
	if (!status)
		status = leaks_find(data, &options->leaks, &filled.leaks, err);
	if (!status)
		status = read_tree(data, &options->tree, &filled, err);
	if (!status)
		*view = filled;
	else
		view_report_free(&filled);
	return status;
}
