#include "analyzer/moment.h"

#include <string.h>

#include "analyzer/dataset.h"
#include "base/error.h"
#include "base/text.h"

static bool is_end(const char *at)
{
	return !at || strcmp(at, "exit") == 0 || strcmp(at, "now") == 0;
}

/* The same label may be used again: the newest counts. */
static const struct snapshot_head *find_snapshot(const struct loaded *loaded, const char *label)
{
	for (size_t i = loaded->snapshot_count; i-- > 0;)
		if (strcmp(loaded->snapshots[i].label, label) == 0)
			return &loaded->snapshots[i];
	return NULL;
}

static int no_snapshot(const struct loaded *loaded, const char *label, struct error *err)
{
	enum { SHOWN = 8 };
	struct text labels;

	text_init(&labels);
	for (size_t i = 0; i < loaded->snapshot_count && i < SHOWN; i++)
		text_printf(&labels, "%s '%s'", i ? "," : "", loaded->snapshots[i].label);
	if (loaded->snapshot_count > SHOWN)
		text_add(&labels, ", ...");
	error_set(err, ERROR_NOT_FOUND, "no snapshot '%s' in %s; it has%s", label,
		  loaded->process.profile_path, labels.length ? labels.data : " none");
	text_release(&labels);
	return err->code;
}

static int find_end(const struct loaded *loaded, enum metric metric, struct moment *moment)
{
	bool running = loaded->process.state && strcmp(loaded->process.state, "running") == 0;

	moment->rows = loaded->accounts;
	moment->count = loaded->account_count;
	moment->at_peak = metric == METRIC_PEAK;
	moment->name = moment->at_peak ? "peak" : running ? "now" : "exit";
	return 0;
}

static int find_peak(const struct loaded *loaded, enum metric metric, struct moment *moment,
		     struct error *err)
{
	if (metric != METRIC_LIVE && metric != METRIC_PEAK)
		return error_set(err, ERROR_USAGE, "at the peak only live bytes are known");
	return find_end(loaded, METRIC_PEAK, moment);
}

int moment_find(struct dataset *data, const char *at, enum metric metric, struct arena *arena,
		struct moment *moment, struct error *err)
{
	const struct loaded *loaded = dataset_loaded(data);
	struct account_row *rows;

	if (is_end(at))
		return find_end(loaded, metric, moment);
	if (strcmp(at, "peak") == 0)
		return find_peak(loaded, metric, moment, err);
	const struct snapshot_head *snapshot = find_snapshot(loaded, at);

	if (!snapshot)
		return no_snapshot(loaded, at, err);
	if (metric == METRIC_PEAK)
		return error_set(err, ERROR_USAGE,
				 "the composition of the peak is not known at a snapshot");
	*moment = (struct moment){ .name = snapshot->label };
	if (load_snapshot(dataset_store(data), loaded, snapshot->id, arena, &rows, &moment->count,
			  err))
		return err->code;
	moment->rows = rows;
	return 0;
}

struct view_total moment_value(const struct moment *moment, const struct account_row *row,
			       enum metric metric)
{
	if (moment->at_peak)
		return (struct view_total){ row->peak_bytes, row->peak_blocks, 0 };
	switch (metric) {
	case METRIC_TOTAL:
	case METRIC_COUNT:
		return (struct view_total){ row->allocated_bytes, row->allocations, 0 };
	case METRIC_TEMPORARY:
		return (struct view_total){ 0, row->temporaries, 0 };
	case METRIC_MAPPED:
	case METRIC_POOL:
		return (struct view_total){ row->live_bytes, row->live_blocks, 0 };
	default:
		return (struct view_total){ row->live_bytes, row->live_blocks,
					    row->live_bytes + row->slack_bytes };
	}
}
