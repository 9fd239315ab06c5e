#include "analyzer/timeline.h"

#include "analyzer/dataset.h"
#include "analyzer/fill.h"
#include "analyzer/lanes.h"
#include "analyzer/load.h"
#include "base/error.h"

enum { POINTS_A_BUCKET = 4 };   /* first, least, largest, last */

struct samples {
	const struct sample_row *rows;
	size_t count;
};

static void add_point(struct view_sample *points, size_t *count, const struct sample_row *row,
		      int value)
{
	points[(*count)++] = (struct view_sample){ row->time_ns, row->value[value] };
}

/* The samples from..to-1, which are one span of time, as at most four points in order. */
static void add_bucket(struct samples samples, size_t from, size_t to, int value,
		       struct view_sample *points, size_t *count)
{
	size_t least = from, largest = from;

	for (size_t i = from; i < to; i++) {
		if (samples.rows[i].value[value] < samples.rows[least].value[value])
			least = i;
		if (samples.rows[i].value[value] > samples.rows[largest].value[value])
			largest = i;
	}
	size_t early = least < largest ? least : largest;
	size_t late = least < largest ? largest : least;
	const size_t order[POINTS_A_BUCKET] = { from, early, late, to - 1 };

	for (int i = 0; i < POINTS_A_BUCKET; i++)
		if (i == 0 || order[i] != order[i - 1])
			add_point(points, count, &samples.rows[order[i]], value);
}

/* Equally long spans of time; `count` of `samples` is not 0. */
static void add_buckets(struct samples samples, int value, struct view_sample *points,
			size_t *count)
{
	const uint64_t buckets = TIMELINE_POINTS_MAX / POINTS_A_BUCKET;
	uint64_t start = samples.rows[0].time_ns;
	uint64_t span = (samples.rows[samples.count - 1].time_ns - start) / buckets + 1;

	for (size_t from = 0, to; from < samples.count; from = to) {
		uint64_t bucket = (samples.rows[from].time_ns - start) / span;

		for (to = from + 1; to < samples.count; to++)
			if ((samples.rows[to].time_ns - start) / span != bucket)
				break;
		add_bucket(samples, from, to, value, points, count);
	}
}

static struct view_sample *fill_series(struct fill *fill, struct samples samples, int value,
				       size_t *count)
{
	size_t room = samples.count < TIMELINE_POINTS_MAX ? samples.count : TIMELINE_POINTS_MAX;
	struct view_sample *points = fill_array(fill, room, sizeof *points);

	*count = 0;
	if (!points || !samples.count)
		return points;
	if (samples.count > TIMELINE_POINTS_MAX) {
		add_buckets(samples, value, points, count);
		return points;
	}
	for (size_t i = 0; i < samples.count; i++)
		add_point(points, count, &samples.rows[i], value);
	return points;
}

static void fill_view(struct fill *fill, struct samples heap, struct samples rss,
		      struct view_timeline *view)
{
	view->process = fill_process(fill, &fill->loaded->process);
	view->quality = fill_quality(fill);
	view->heap = fill_series(fill, heap, 0, &view->heap_count);
	view->mapped = fill_series(fill, heap, 1, &view->mapped_count);
	view->allocations = fill_series(fill, heap, 2, &view->allocations_count);
	view->rss = fill_series(fill, rss, 0, &view->rss_count);
	view->snapshots = fill_marks(fill, &view->snapshot_count);
	view->peak_bytes = fill->loaded->peak_bytes;
	view->peak_bound_bytes = fill->loaded->peak_bound_bytes;
	view->peak_time_ns = fill->loaded->peak_time_ns;
	view->duration_ns = fill->loaded->process.duration_ns;
}

static int read_view(struct dataset *data, const char *node, struct arena *arena,
		     struct view_timeline *view, struct error *err)
{
	int code;

	struct sample_row *heap, *rss;
	size_t heap_count, rss_count;
	struct fill fill;

	if (load_heap_samples(dataset_store(data), arena, &heap, &heap_count, err) ||
	    load_rss_samples(dataset_store(data), arena, &rss, &rss_count, err))
		return err->code;
	fill_init(&fill, dataset_loaded(data), &view->arena);
	fill_view(&fill, (struct samples){ heap, heap_count }, (struct samples){ rss, rss_count },
		  view);
	code = lanes_fill(dataset_store(data), &fill, node, view, err);
	fill_release(&fill);
	if (code != 0)
		return code;
	return fill.failed ? error_set(err, ERROR_NO_MEMORY, "no memory for the timeline") : 0;
}

int timeline_read(struct dataset *data, struct view_timeline *view, struct error *err)
{
	return timeline_read_node(data, NULL, view, err);
}

int timeline_read_node(struct dataset *data, const char *node, struct view_timeline *view,
		       struct error *err)
{
	struct view_timeline filled = { .arena = ARENA_INIT };
	struct arena arena = ARENA_INIT;
	int status = read_view(data, node, &arena, &filled, err);

	if (!status)
		*view = filled;
	else
		view_timeline_free(&filled);
	arena_release(&arena);
	return status;
}
