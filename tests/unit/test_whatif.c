#include "analyzer/whatif.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/random.h"

/*
 * A run, one node after the other, that keeps its results until it ends or
 * frees some of them earlier; what pruning would have made of it is worked out
 * event by event.
 */
enum { NODES_MAX = 24, BASE_BYTES = 5000, STEP_NS = 100 };

struct made_up {
	uint32_t nodes;
	uint64_t size[NODES_MAX], extra[NODES_MAX];
	bool needs[NODES_MAX][NODES_MAX];       /* [node][dependency] */
	bool requested[NODES_MAX];
	uint32_t freed_after[NODES_MAX];        /* what the run did; nodes: at its end */
	struct arena arena;
	struct loaded loaded;
	struct loaded_dag rows;
};

static uint32_t last_reader(const struct made_up *run, uint32_t node)
{
	uint32_t last = node;

	for (uint32_t i = node + 1; i < run->nodes; i++)
		if (run->needs[i][node])
			last = i;
	return last;
}

static void draw(struct made_up *run, struct random *random)
{
	*run = (struct made_up){ .nodes = 2 + (uint32_t)random_below(random, NODES_MAX - 2) };
	for (uint32_t i = 0; i < run->nodes; i++) {
		run->size[i] = 1 + random_below(random, 1000);
		run->extra[i] = random_below(random, 2) * random_below(random, 500);
		for (uint32_t d = 0; d < i; d++)
			run->needs[i][d] = random_below(random, i) < 2;
		run->requested[i] = random_below(random, 8) == 0;
	}
	for (uint32_t i = 0; i < run->nodes; i++) {
		uint32_t last = last_reader(run, i);

		run->freed_after[i] = random_below(random, 3) ? run->nodes
			: last + (uint32_t)random_below(random, run->nodes - last);
		if (run->requested[i])
			run->freed_after[i] = run->nodes;
	}
}

/* The peak when result `i` is freed after node until[i]. */
static uint64_t peak_of(const struct made_up *run, const uint32_t *until)
{
	uint64_t peak = 0;

	for (uint32_t at = 0; at < run->nodes; at++) {
		uint64_t held = BASE_BYTES + run->size[at] + run->extra[at];

		for (uint32_t i = 0; i < at; i++)
			held += until[i] >= at ? run->size[i] : 0;
		peak = held > peak ? held : peak;
	}
	return peak;
}

static uint64_t begin_of(uint32_t node)
{
	return 1000 + (uint64_t)node * STEP_NS;
}

static uint64_t end_of(uint32_t node)
{
	return begin_of(node) + STEP_NS - 20;
}

static void *room(struct made_up *run, size_t count, size_t bytes)
{
	void *array = arena_alloc_array(&run->arena, count, bytes);

	assert_non_null(array);
	return array;
}

static void write_executions(struct made_up *run)
{
	run->rows.executions = room(run, run->nodes, sizeof *run->rows.executions);
	run->rows.execution_count = run->nodes;
	for (uint32_t at = 0; at < run->nodes; at++) {
		uint64_t held = BASE_BYTES;

		for (uint32_t i = 0; i < at; i++)
			held += run->freed_after[i] >= at ? run->size[i] : 0;
		run->rows.executions[at] = (struct dag_execution_row){
			.node = at + 1, .run = 1, .begin_ns = begin_of(at), .end_ns = end_of(at),
			.heap_bytes = held, .transient_bytes = run->size[at] + run->extra[at],
		};
	}
}

static void write_results(struct made_up *run)
{
	run->rows.results = room(run, run->nodes, sizeof *run->rows.results);
	run->rows.result_count = run->nodes;
	for (uint32_t i = 0; i < run->nodes; i++) {
		bool kept = run->freed_after[i] == run->nodes;

		run->rows.results[i] = (struct dag_result_row){
			.node = i + 1, .run = 1, .execution_ns = begin_of(i), .bytes = run->size[i],
			.in_heap = true, .requested = run->requested[i], .produced_ns = end_of(i) - 5,
			.released_ns = UINT64_MAX,
			.freed_ns = kept ? UINT64_MAX : end_of(run->freed_after[i]) + 3,
		};
	}
}

static void write_edges(struct made_up *run)
{
	run->rows.edges = room(run, (size_t)run->nodes * run->nodes, sizeof *run->rows.edges);
	for (uint32_t i = 0; i < run->nodes; i++)
		for (uint32_t d = 0; d < i; d++)
			if (run->needs[i][d])
				run->rows.edges[run->rows.edge_count++] = (struct dag_edge_row){ i + 1, d + 1 };
}

static void write_down(struct made_up *run)
{
	run->arena = (struct arena)ARENA_INIT;
	write_executions(run);
	write_results(run);
	write_edges(run);
	run->loaded.peak_bytes = peak_of(run, run->freed_after);
	run->loaded.process.duration_ns = begin_of(run->nodes) + 1000;
}

static void the_foretold_peak_is_that_of_pruning(void **state)
{
	struct random random = { 3 };

	(void)state;
	for (int round = 0; round < 3000; round++) {
		uint32_t until[NODES_MAX], alone[NODES_MAX];
		struct dag_model model;
		struct whatif whatif;
		struct made_up run;
		uint64_t peak;

		draw(&run, &random);
		write_down(&run);
		assert_int_equal(dag_model_make(&model, &run.loaded, &run.rows, &run.arena), 0);
		assert_int_equal(whatif_make(&whatif, &model, &run.arena), 0);
		for (uint32_t i = 0; i < run.nodes; i++)
			until[i] = run.requested[i] ? run.nodes : last_reader(&run, i);
		assert_true(whatif.exact);
		assert_int_equal(whatif.moments[whatif.highest].bytes, run.loaded.peak_bytes);
		assert_int_equal(whatif.peak_bytes, peak_of(&run, until));

		uint32_t one = (uint32_t)random_below(&random, run.nodes);

		memcpy(alone, run.freed_after, sizeof alone);
		if (until[one] < alone[one])
			alone[one] = until[one];
		assert_int_equal(whatif_without(&whatif, one + 1, &peak), 0);
		assert_int_equal(peak, peak_of(&run, alone));
		arena_release(&run.arena);
	}
}

static void uses_are_the_consumers_of_the_same_run(void **state)
{
	struct dag_execution_row executions[] = {
		{ .node = 1, .run = 1, .begin_ns = 10, .end_ns = 20 },
		{ .node = 2, .run = 1, .begin_ns = 30, .end_ns = 40 },
		{ .node = 1, .run = 2, .begin_ns = 50, .end_ns = 60 },
		{ .node = 2, .run = 2, .begin_ns = 70, .end_ns = 90 },
		{ .node = 2, .run = 2, .begin_ns = 95, .end_ns = 99 },
	};
	struct dag_result_row results[] = {
		{ .node = 1, .run = 1, .execution_ns = 10, .bytes = 5, .in_heap = true,
		  .produced_ns = 15, .released_ns = UINT64_MAX, .freed_ns = UINT64_MAX },
		{ .node = 1, .run = 2, .execution_ns = 50, .bytes = 5, .in_heap = true,
		  .produced_ns = 55, .released_ns = 92, .freed_ns = 93, .freed_by = 2 },
		{ .node = 1, .run = 2, .execution_ns = 50, .bytes = 7,
		  .produced_ns = 56, .released_ns = 92, .freed_ns = 92 },
	};
	struct dag_edge_row edges[] = { { 2, 1 } };
	struct loaded_dag rows = {
		.executions = executions, .execution_count = 5, .results = results, .result_count = 3,
		.edges = edges, .edge_count = 1,
	};
	struct loaded loaded = { .process = { .duration_ns = 200 } };
	struct arena arena = ARENA_INIT;
	struct dag_model model;

	(void)state;
	assert_int_equal(dag_model_make(&model, &loaded, &rows, &arena), 0);
	assert_int_equal(model.result_count, 2);
	assert_int_equal(model.results[0].first_use_ns, 30);
	assert_int_equal(model.results[0].last_use_ns, 40);
	assert_int_equal(dag_model_dead_from(&model.results[0]), 40);
	assert_int_equal(model.results[1].parts, 2);
	assert_int_equal(model.results[1].bytes, 12);
	assert_int_equal(model.results[1].heap_bytes, 5);
	assert_int_equal(model.results[1].last_use_ns, 90);     /* later it was gone */
	assert_int_equal(model.results[1].freed_ns, 93);
	assert_int_equal(model.results[1].freed_by, 2);
	arena_release(&arena);
}

static void executions_that_overlap_give_a_bound(void **state)
{
	struct dag_execution_row executions[] = {
		{ .node = 1, .shard = 0, .begin_ns = 10, .end_ns = 50, .heap_bytes = 0, .transient_bytes = 100 },
		{ .node = 2, .shard = 1, .begin_ns = 20, .end_ns = 60, .heap_bytes = 30, .transient_bytes = 200 },
	};
	struct loaded_dag rows = { .executions = executions, .execution_count = 2 };
	struct loaded loaded = { .peak_bytes = 280, .process = { .duration_ns = 100 } };
	struct arena arena = ARENA_INIT;
	struct dag_model model;
	struct whatif whatif;

	(void)state;
	assert_int_equal(dag_model_make(&model, &loaded, &rows, &arena), 0);
	assert_int_equal(whatif_make(&whatif, &model, &arena), 0);
	assert_false(whatif.exact);
	assert_int_equal(whatif.moments[0].bytes, 100);
	assert_int_equal(whatif.moments[1].bytes, 280);         /* 330, but never so much was there */
	assert_int_equal(whatif.peak_bytes, 280);
	arena_release(&arena);
}

static void without_executions_nothing_is_foretold(void **state)
{
	struct loaded_dag rows = { .sum_count = 0 };
	struct loaded loaded = { .peak_bytes = 5 };
	struct arena arena = ARENA_INIT;
	struct dag_model model;
	struct whatif whatif;

	(void)state;
	assert_int_equal(dag_model_make(&model, &loaded, &rows, &arena), 0);
	assert_int_equal(whatif_make(&whatif, &model, &arena), 0);
	assert_int_equal(whatif.moment_count, 0);
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_foretold_peak_is_that_of_pruning),
		cmocka_unit_test(uses_are_the_consumers_of_the_same_run),
		cmocka_unit_test(executions_that_overlap_give_a_bound),
		cmocka_unit_test(without_executions_nothing_is_foretold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
