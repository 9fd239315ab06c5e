#include "analyzer/whatif.h"

#include <stdlib.h>
#include <string.h>

enum { SHARDS = 1024 };

/* --- Moments ------------------------------------------------------------------------------ */

/*
 * Executions that hold others say less than those: what ends inside them is
 * still there at their begin.
 */
static bool *find_outer(const struct dag_model *model)
{
	const struct dag_execution_row *rows = model->rows->executions;
	size_t count = model->rows->execution_count;
	bool *outer = calloc(count + 1, sizeof *outer);
	uint32_t *around = calloc(count + 1, sizeof *around);   /* place + 1 */
	uint32_t newest[SHARDS] = { 0 };                        /* ditto, by shard */

	for (size_t i = 0; outer && around && i < count; i++) {
		uint32_t *at = &newest[rows[i].shard % SHARDS];

		while (*at && rows[*at - 1].end_ns <= rows[i].begin_ns)
			*at = around[*at - 1];
		around[i] = *at;
		if (*at)
			outer[*at - 1] = true;
		*at = (uint32_t)i + 1;
	}
	free(around);
	if (!around) {
		free(outer);
		outer = NULL;
	}
	return outer;
}

static void add_moment(struct whatif *whatif, const struct dag_execution_row *row)
{
	whatif->moments[whatif->moment_count++] = (struct whatif_moment){
		row->begin_ns, row->end_ns, row->heap_bytes + row->transient_bytes, row->run,
	};
}

static bool overlap(const struct whatif *whatif)
{
	for (size_t i = 1; i < whatif->moment_count; i++)
		if (whatif->moments[i].at_ns < whatif->moments[i - 1].until_ns)
			return true;
	return false;
}

/*
 * Where executions overlap: from each begin to the next, all that go on may add
 * their most, though never more than was measured.
 */
static void add_up_overlapping(struct whatif *whatif, const struct dag_execution_row **rows,
			       const struct dag_execution_row **active, uint64_t measured_bytes)
{
	size_t count = whatif->moment_count, going_on = 0;

	for (size_t i = 0; i < count && rows[i]; i++) {
		struct whatif_moment *moment = &whatif->moments[i];
		size_t left = 0;

		active[going_on++] = rows[i];
		moment->bytes = rows[i]->heap_bytes;
		moment->until_ns = i + 1 < count && rows[i + 1] ? rows[i + 1]->begin_ns : rows[i]->end_ns;
		for (size_t at = 0; at < going_on; at++) {
			const struct dag_execution_row *other = active[at];

			if (!other || (other->end_ns <= moment->at_ns && other != rows[i]))
				continue;
			moment->bytes += other->transient_bytes;
			active[left++] = other;
		}
		going_on = left;
		if (moment->bytes > measured_bytes)
			moment->bytes = measured_bytes;
	}
}

static int make_moments(struct whatif *whatif, const struct dag_model *model, struct arena *arena)
{
	size_t count = model->rows->execution_count;
	const struct dag_execution_row **rows = calloc(2 * count + 2, sizeof(struct dag_execution_row *));
	bool *outer = find_outer(model);
	int result = -1;

	whatif->moments = arena_alloc_array(arena, count + 1, sizeof *whatif->moments);
	if (rows && outer && whatif->moments) {
		for (size_t i = 0; i < count; i++) {
			if (outer[i])
				continue;
			rows[whatif->moment_count] = &model->rows->executions[i];
			add_moment(whatif, &model->rows->executions[i]);
		}
		whatif->exact = !overlap(whatif);
		if (!whatif->exact)
			add_up_overlapping(whatif, rows, rows + count + 1, model->loaded->peak_bytes);
		result = 0;
	}
	free(outer);
	free(rows);
	return result;
}

/* A peak outside any execution is a moment of its own: the last, whatever its time. */
static void add_outside_peak(struct whatif *whatif, const struct dag_model *model)
{
	uint64_t measured = model->loaded->peak_bytes;
	uint64_t at = model->loaded->peak_time_ns;

	for (size_t i = 0; i < whatif->moment_count; i++)
		if (whatif->moments[i].bytes >= measured - measured / 1024)
			return;
	whatif->moments[whatif->moment_count++] = (struct whatif_moment){ at, at, measured, 0 };
}

/* --- Spans -------------------------------------------------------------------------------- */

static int by_from(const void *a, const void *b)
{
	const struct whatif_span *x = a, *y = b;

	return (x->from_ns > y->from_ns) - (x->from_ns < y->from_ns);
}

static int by_to(const void *a, const void *b)
{
	const struct whatif_span *x = a, *y = b;

	return (x->to_ns > y->to_ns) - (x->to_ns < y->to_ns);
}

static int make_spans(struct whatif *whatif, const struct dag_model *model, struct arena *arena)
{
	whatif->spans = arena_alloc_array(arena, model->rows->result_count + 1, sizeof *whatif->spans);
	if (!whatif->spans)
		return -1;
	for (size_t i = 0; i < model->result_count; i++) {
		const struct dag_model_result *result = &model->results[i];
		uint64_t from = dag_model_dead_from(result);

		for (size_t part = 0; from != UINT64_MAX && part < result->parts; part++) {
			const struct dag_result_row *row = &result->part[part];
			uint64_t to = row->freed_ns;

			if (row->in_heap && to > from)
				whatif->spans[whatif->span_count++] =
					(struct whatif_span){ from, to, row->bytes, row->node };
		}
	}
	if (whatif->span_count)
		qsort(whatif->spans, whatif->span_count, sizeof *whatif->spans, by_from);
	return 0;
}

/* --- The highest moment without some spans ----------------------------------------------- */

/* Spans by both their ends, and how far a sweep over the moments has come. */
struct sweep {
	const struct whatif_span *by_from, *by_to;
	size_t count, from, to;
	uint64_t begun_bytes, ended_bytes;
};

/*
 * What the spans hold all through a moment: those that began before it, less
 * those that end within; but what also began within was not counted.
 */
static uint64_t held_through(struct sweep *sweep, const struct whatif_moment *moment)
{
	uint64_t inside = 0;

	while (sweep->from < sweep->count && sweep->by_from[sweep->from].from_ns <= moment->at_ns)
		sweep->begun_bytes += sweep->by_from[sweep->from++].bytes;
	while (sweep->to < sweep->count && sweep->by_to[sweep->to].to_ns < moment->until_ns)
		sweep->ended_bytes += sweep->by_to[sweep->to++].bytes;
	for (size_t i = sweep->from; i < sweep->count && sweep->by_from[i].from_ns < moment->until_ns; i++)
		if (sweep->by_from[i].to_ns < moment->until_ns)
			inside += sweep->by_from[i].bytes;
	return sweep->begun_bytes - (sweep->ended_bytes - inside);
}

static uint64_t held_at(const struct whatif_span *spans, size_t count, uint64_t ns)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < count && spans[i].from_ns <= ns; i++)
		if (spans[i].to_ns >= ns)
			bytes += spans[i].bytes;
	return bytes;
}

struct answer { uint64_t peak_bytes, held_at_highest; size_t moment; };

/* The last moment may be out of order: the peak outside any execution. */
static struct answer look(const struct whatif *whatif, struct sweep *sweep)
{
	struct answer answer = { 0, 0, 0 };

	for (size_t i = 0; i < whatif->moment_count; i++) {
		const struct whatif_moment *moment = &whatif->moments[i];
		bool apart = i && moment->at_ns < whatif->moments[i - 1].until_ns;
		uint64_t held = apart ? held_at(sweep->by_from, sweep->count, moment->at_ns)
				      : held_through(sweep, moment);
		uint64_t left = moment->bytes > held ? moment->bytes - held : 0;

		if (left > answer.peak_bytes) {
			answer.peak_bytes = left;
			answer.moment = i;
		}
		if (i == whatif->highest)
			answer.held_at_highest = held;
	}
	return answer;
}

static int sweep_over(const struct whatif *whatif, const struct whatif_span *spans, size_t count,
		      struct answer *answer)
{
	struct whatif_span *sorted = malloc((count + 1) * sizeof *sorted);
	struct sweep sweep = { .by_from = spans, .by_to = sorted, .count = count };

	if (!sorted)
		return -1;
	if (count) {
		memcpy(sorted, spans, count * sizeof *sorted);
		qsort(sorted, count, sizeof *sorted, by_to);
	}
	*answer = look(whatif, &sweep);
	free(sorted);
	return 0;
}

static void find_highest(struct whatif *whatif)
{
	for (size_t i = 1; i < whatif->moment_count; i++)
		if (whatif->moments[i].bytes > whatif->moments[whatif->highest].bytes)
			whatif->highest = i;
}

int whatif_make(struct whatif *whatif, const struct dag_model *model, struct arena *arena)
{
	struct answer answer;

	*whatif = (struct whatif){ .exact = true };
	if (!model->rows->execution_count)
		return 0;
	if (make_moments(whatif, model, arena) || make_spans(whatif, model, arena))
		return -1;
	add_outside_peak(whatif, model);
	find_highest(whatif);
	if (sweep_over(whatif, whatif->spans, whatif->span_count, &answer))
		return -1;
	whatif->held_bytes = answer.held_at_highest;
	whatif->peak_bytes = answer.peak_bytes;
	whatif->peak_moment = answer.moment;
	return 0;
}

int whatif_without(const struct whatif *whatif, uint32_t node, uint64_t *peak_bytes)
{
	struct whatif_span *spans = malloc((whatif->span_count + 1) * sizeof *spans);
	struct answer answer = { 0, 0, 0 };
	size_t count = 0;
	int result = -1;

	for (size_t i = 0; spans && i < whatif->span_count; i++)
		if (whatif->spans[i].node == node)
			spans[count++] = whatif->spans[i];
	if (spans)
		result = sweep_over(whatif, spans, count, &answer);
	if (!result)
		*peak_bytes = answer.peak_bytes;
	free(spans);
	return result;
}

void whatif_held(const struct whatif *whatif, uint64_t *bytes, uint32_t node_limit)
{
	const struct whatif_moment *moment = &whatif->moments[whatif->highest];

	for (size_t i = 0; i < whatif->span_count && whatif->spans[i].from_ns <= moment->at_ns; i++)
		if (whatif->spans[i].to_ns >= moment->until_ns && whatif->spans[i].node < node_limit)
			bytes[whatif->spans[i].node] += whatif->spans[i].bytes;
}
