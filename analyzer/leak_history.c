#include "analyzer/leak_history.h"

#include "analyzer/cursor.h"
#include "analyzer/trend.h"
#include "analyzer/view_leaks.h"
#include "base/error.h"

/* One account over the snapshots: what the store leaves out is zero. */
struct course {
	const struct leak_history *history;
	const struct loaded *loaded;
	const struct account_row *account;
	const struct account_point *points;
	size_t count;
};

static bool make_arrays(struct leak_history *history, size_t groups, struct arena *arena)
{
	history->times = arena_alloc_array(arena, history->points, sizeof *history->times);
	history->bytes = arena_alloc_array(arena, groups * history->points + 1, sizeof *history->bytes);
	history->first_ns = arena_alloc_array(arena, groups + 1, sizeof *history->first_ns);
	history->last_ns = arena_alloc_array(arena, groups + 1, sizeof *history->last_ns);
	history->freed_ns = arena_alloc_array(arena, groups + 1, sizeof *history->freed_ns);
	history->first_at = arena_alloc_array(arena, groups + 1, sizeof *history->first_at);
	history->freed_at = arena_alloc_array(arena, groups + 1, sizeof *history->freed_at);
	if (!history->times || !history->bytes || !history->first_ns || !history->last_ns ||
	    !history->freed_ns || !history->first_at || !history->freed_at)
		return false;
	for (size_t g = 0; g < groups; g++)
		history->first_ns[g] = history->last_ns[g] = history->freed_ns[g] =
			history->first_at[g] = history->freed_at[g] = VIEW_NOT_KNOWN;
	return true;
}

static void fill_times(struct leak_history *history, const struct loaded *loaded)
{
	history->end_ns = loaded->process.duration_ns;
	for (size_t i = 0; i < loaded->snapshot_count; i++) {
		uint64_t time_ns = loaded->snapshots[i].time_ns;

		history->times[i] = (double)time_ns / 1e9;
		if (time_ns > history->end_ns)
			history->end_ns = time_ns;
	}
	history->times[loaded->snapshot_count] = (double)history->end_ns / 1e9;
}

static uint64_t allocations_at(const struct account_point *point)
{
	return point->allocations;
}

static uint64_t frees_at(const struct account_point *point)
{
	return point->allocations > point->live_blocks ? point->allocations - point->live_blocks : 0;
}

/* The first point at which the count was what it was at the end; `end` is then not 0. */
static size_t last_change(const struct course *course, uint64_t end,
			  uint64_t (*count)(const struct account_point *))
{
	for (size_t i = 0; i < course->count; i++)
		if (count(&course->points[i]) >= end)
			return course->points[i].snapshot;
	return course->history->points - 1;
}

static uint64_t last_change_ns(const struct course *course, uint64_t end,
			       uint64_t (*count)(const struct account_point *))
{
	size_t point = last_change(course, end, count);

	return point + 1 < course->history->points ? course->loaded->snapshots[point].time_ns
						   : course->history->end_ns;
}

static void keep_earliest(uint64_t *kept, uint64_t time_ns)
{
	if (time_ns < *kept)
		*kept = time_ns;
}

static void keep_latest(uint64_t *kept, uint64_t time_ns)
{
	if (*kept == VIEW_NOT_KNOWN || time_ns > *kept)
		*kept = time_ns;
}

/* The end of a tick, which the event was in. */
static uint64_t end_of_tick(const struct course *course, uint64_t tick_ns)
{
	uint64_t last_ns = tick_ns + course->loaded->tick_width_ns;

	return last_ns < course->history->end_ns ? last_ns : course->history->end_ns;
}

/* A counter knows when it was last touched, also without snapshots. */
static void add_ticks(struct leak_history *history, const struct course *course, uint32_t group)
{
	if (course->account->last_allocation_ns != VIEW_NOT_KNOWN)
		keep_latest(&history->last_ns[group],
			    end_of_tick(course, course->account->last_allocation_ns));
	if (course->account->last_free_ns != VIEW_NOT_KNOWN)
		keep_latest(&history->freed_ns[group],
			    end_of_tick(course, course->account->last_free_ns));
}

/* By points, since runs may be shorter than the clock's step. */
static void add_points(struct leak_history *history, const struct course *course, uint32_t group)
{
	const struct account_row *account = course->account;

	keep_earliest(&history->first_at[group], last_change(course, 1, allocations_at));
	if (account->frees)
		keep_latest(&history->freed_at[group], last_change(course, account->frees, frees_at));
}

static void add_course(struct leak_history *history, const struct course *course, uint32_t group)
{
	double *bytes = &history->bytes[group * history->points];
	const struct account_row *account = course->account;

	for (size_t i = 0; i < course->count; i++)
		bytes[course->points[i].snapshot] += (double)course->points[i].live_bytes;
	bytes[history->points - 1] += (double)account->live_bytes;
	add_ticks(history, course, group);
	if (history->points == 1 || !account->allocations)
		return;
	add_points(history, course, group);
	keep_earliest(&history->first_ns[group], last_change_ns(course, 1, allocations_at));
	if (account->last_allocation_ns == VIEW_NOT_KNOWN)
		keep_latest(&history->last_ns[group],
			    last_change_ns(course, account->allocations, allocations_at));
	if (account->frees && account->last_free_ns == VIEW_NOT_KNOWN)
		keep_latest(&history->freed_ns[group], last_change_ns(course, account->frees, frees_at));
}

static void add_all(struct leak_history *history, const struct loaded *loaded,
		    const uint32_t *group_of, const struct account_point *points, size_t count)
{
	size_t at = 0;

	for (size_t i = 0; i < loaded->account_count; i++) {
		struct course course = { history, loaded, &loaded->accounts[i], NULL, 0 };

		while (at < count && points[at].account < course.account->id)
			at++;
		course.points = &points[at];
		for (; at < count && points[at].account == course.account->id; at++)
			course.count++;
		if (group_of[i] != LEAK_NO_GROUP)
			add_course(history, &course, group_of[i]);
	}
}

int leak_history_make(struct store *store, const struct loaded *loaded, const uint32_t *group_of,
		      size_t groups, struct arena *arena, struct leak_history *history,
		      struct error *err)
{
	struct account_point *points;
	size_t count;

	*history = (struct leak_history){ .points = loaded->snapshot_count + 1 };
	if (!make_arrays(history, groups, arena))
		return cursor_no_memory(err);
	if (load_account_points(store, loaded, arena, &points, &count, err) ||
	    leak_runs_load(store, loaded, arena, &history->runs, err))
		return err->code;
	fill_times(history, loaded);
	add_all(history, loaded, group_of, points, count);
	return 0;
}

bool leak_history_growth(const struct leak_history *history, uint32_t group,
			 struct view_trend *growth)
{
	const double *bytes = &history->bytes[group * history->points];

	if (leak_runs_suffice(&history->runs))
		return leak_runs_growth(&history->runs, bytes, growth);
	if (trend_find(history->times, bytes, history->points, growth))
		return false;
	growth->unit = "s";
	return true;
}

uint64_t leak_history_since_allocation_ns(const struct leak_history *history, uint32_t group)
{
	uint64_t last = history->last_ns[group];

	return last == VIEW_NOT_KNOWN ? VIEW_NOT_KNOWN : history->end_ns - last;
}

uint64_t leak_history_idle_ns(const struct leak_history *history, uint32_t group)
{
	uint64_t since = history->freed_ns[group];

	if (since == VIEW_NOT_KNOWN)
		since = history->first_ns[group];
	return since == VIEW_NOT_KNOWN ? VIEW_NOT_KNOWN : history->end_ns - since;
}

uint64_t leak_history_idle_runs(const struct leak_history *history, uint32_t group)
{
	uint64_t since = history->freed_at[group];

	if (since == VIEW_NOT_KNOWN)
		since = history->first_at[group];
	return since == VIEW_NOT_KNOWN || !history->runs.last ? VIEW_NOT_KNOWN
							      : leak_runs_after(&history->runs, since);
}
