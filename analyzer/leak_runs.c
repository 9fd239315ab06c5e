#include "analyzer/leak_runs.h"

#include "analyzer/cursor.h"
#include "analyzer/trend.h"
#include "base/error.h"

static int make_room(struct leak_runs *runs, struct store *store, struct arena *arena, struct error *err)
{
	size_t room;

	if (cursor_make_rows(store, arena, "SELECT count(*) FROM dag_run WHERE profile = 1",
			     sizeof *runs->runs, &runs->runs, &room, err))
		return err->code;
	runs->x = arena_alloc_array(arena, room + 1, sizeof *runs->x);
	runs->y = arena_alloc_array(arena, room + 1, sizeof *runs->y);
	return runs->x && runs->y ? 0 : cursor_no_memory(err);
}

int leak_runs_load(struct store *store, const struct loaded *loaded, struct arena *arena,
		   struct leak_runs *runs, struct error *err)
{
	struct cursor cursor;

	*runs = (struct leak_runs){ .count = 0 };
	if (make_room(runs, store, arena, err) != 0)
		return err->code;
	cursor_open(&cursor, store, NULL, "SELECT number, iteration, snapshot FROM dag_run"
		    " WHERE profile = 1 AND end IS NOT NULL ORDER BY number", err);
	while (cursor_next(&cursor)) {
		size_t snapshot = load_snapshot_index(loaded, cursor_number_or_unknown(&cursor, 2));

		runs->last = cursor_number(&cursor, 0);
		if (snapshot == SIZE_MAX)
			continue;
		runs->runs[runs->count++] = (struct leak_run){
			snapshot, cursor_number(&cursor, 0), cursor_number(&cursor, 1),
		};
	}
	return cursor_close(&cursor);
}

bool leak_runs_suffice(const struct leak_runs *runs)
{
	return runs->count >= TREND_POINTS_MIN;
}

/* The last of those that hold the least. */
static size_t find_least(const double *y, size_t count)
{
	size_t least = 0;

	for (size_t i = 1; i < count; i++)
		if (y[i] <= y[least])
			least = i;
	return least;
}

/*
 * When the growth began: after the run that held the least; with the first, if
 * what was held then is what that many runs leak.
 */
static uint64_t find_begin(const struct leak_runs *runs, const double *y, size_t least, double slope)
{
	if (!least && y[0] > 0 && y[0] <= 1.5 * slope * (double)runs->runs[0].number)
		return runs->runs[0].iteration;
	return runs->runs[least + 1 < runs->count ? least + 1 : least].iteration;
}

bool leak_runs_growth(const struct leak_runs *runs, const double *bytes, struct view_trend *growth)
{
	struct view_trend since;
	size_t least;

	for (size_t i = 0; i < runs->count; i++) {
		runs->x[i] = (double)runs->runs[i].number;
		runs->y[i] = bytes[runs->runs[i].snapshot];
	}
	if (trend_find(runs->x, runs->y, runs->count, growth))
		return false;
	growth->unit = "run";
	if (growth->verdict != TREND_GROWING)
		return true;
	least = find_least(runs->y, runs->count);
	if (runs->count - least >= TREND_POINTS_MIN) {
		if (trend_find(runs->x + least, runs->y + least, runs->count - least, &since))
			return false;
		since.unit = growth->unit;
		if (since.verdict == growth->verdict)
			*growth = since;
	}
	growth->since = find_begin(runs, runs->y, least, growth->slope);
	return true;
}

uint64_t leak_runs_after(const struct leak_runs *runs, size_t snapshot)
{
	uint64_t before = 0;

	for (size_t i = 0; i < runs->count && runs->runs[i].snapshot <= snapshot; i++)
		before = runs->runs[i].number;
	return runs->last - before;
}
