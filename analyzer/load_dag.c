#include "analyzer/load_dag.h"

#include "analyzer/cursor.h"
#include "base/error.h"

static uint32_t id_at(const struct cursor *c, int column)
{
	return (uint32_t)cursor_number(c, column);
}

static int load_sums(struct store *store, struct arena *arena, struct loaded_dag *dag,
		     struct error *err)
{
	struct cursor c;
	size_t room;

	if (cursor_make_rows(store, arena, "SELECT count(*) FROM dag_sum WHERE profile = 1",
			     sizeof *dag->sums, &dag->sums, &room, err))
		return err->code;
	cursor_open(&c, store, arena,
		    "SELECT node, requested, executions, failed, busy, allocated_bytes,"
		    " retained_bytes, transient_bytes, helper_bytes FROM dag_sum"
		    " WHERE profile = 1 ORDER BY node", err);
	while (cursor_next(&c) && dag->sum_count < room)
		dag->sums[dag->sum_count++] = (struct dag_sum_row){
			.node = id_at(&c, 0), .requested = cursor_number(&c, 1),
			.executions = cursor_number(&c, 2), .failed = cursor_number(&c, 3),
			.busy_ns = cursor_number(&c, 4), .allocated_bytes = cursor_number(&c, 5),
			.retained_bytes = (int64_t)cursor_number(&c, 6),
			.transient_bytes = cursor_number(&c, 7), .helper_bytes = cursor_number(&c, 8),
		};
	return cursor_close(&c);
}

static int load_edges(struct store *store, struct arena *arena, struct loaded_dag *dag,
		      struct error *err)
{
	struct cursor c;
	size_t room;

	if (cursor_make_rows(store, arena, "SELECT count(*) FROM dag_edge WHERE profile = 1",
			     sizeof *dag->edges, &dag->edges, &room, err))
		return err->code;
	cursor_open(&c, store, arena, "SELECT node, dependency FROM dag_edge WHERE profile = 1"
		    " ORDER BY node, position", err);
	while (cursor_next(&c) && dag->edge_count < room)
		dag->edges[dag->edge_count++] = (struct dag_edge_row){ id_at(&c, 0), id_at(&c, 1) };
	return cursor_close(&c);
}

static int load_runs(struct store *store, struct arena *arena, struct loaded_dag *dag,
		     struct error *err)
{
	struct cursor c;
	size_t room;

	if (cursor_make_rows(store, arena, "SELECT count(*) FROM dag_run WHERE profile = 1",
			     sizeof *dag->runs, &dag->runs, &room, err))
		return err->code;
	cursor_open(&c, store, arena,
		    "SELECT number, name, iteration, status, begin, end, heap_bytes, snapshot"
		    " FROM dag_run WHERE profile = 1 ORDER BY number", err);
	while (cursor_next(&c) && dag->run_count < room)
		dag->runs[dag->run_count++] = (struct dag_run_row){
			.number = id_at(&c, 0), .name = cursor_text(&c, 1),
			.iteration = cursor_number(&c, 2), .status = (int)cursor_number(&c, 3),
			.begin_ns = cursor_number(&c, 4), .end_ns = cursor_number_or_unknown(&c, 5),
			.heap_bytes = cursor_number_or_unknown(&c, 6),
			.snapshot = cursor_number_or_unknown(&c, 7),
		};
	return cursor_close(&c);
}

static int load_counts(struct store *store, struct arena *arena, struct loaded_dag *dag,
		       struct error *err)
{
	struct cursor c;
	size_t room;

	if (cursor_make_rows(store, arena, "SELECT count(*) FROM dag_count WHERE profile = 1",
			     sizeof *dag->counts, &dag->counts, &room, err))
		return err->code;
	cursor_open(&c, store, arena, "SELECT snapshot, node, executions FROM dag_count"
		    " WHERE profile = 1 ORDER BY snapshot, node", err);
	while (cursor_next(&c) && dag->count_count < room)
		dag->counts[dag->count_count++] = (struct dag_count_row){
			id_at(&c, 0), id_at(&c, 1), cursor_number(&c, 2)
		};
	return cursor_close(&c);
}

static struct dag_execution_row read_execution(const struct cursor *c)
{
	return (struct dag_execution_row){
		.node = id_at(c, 0), .run = id_at(c, 1), .shard = id_at(c, 2),
		.failed = cursor_number(c, 3), .helper = cursor_number(c, 4),
		.nested = cursor_number(c, 5), .cut = cursor_number(c, 6),
		.begin_ns = cursor_number(c, 7), .end_ns = cursor_number(c, 8),
		.heap_bytes = cursor_number(c, 9), .transient_bytes = cursor_number(c, 10),
		.allocated_bytes = cursor_number(c, 11), .retained_bytes = (int64_t)cursor_number(c, 12),
	};
}

static int load_executions(struct store *store, struct arena *arena, struct loaded_dag *dag,
			   struct error *err)
{
	struct cursor c;
	size_t room;

	if (cursor_make_rows(store, arena, "SELECT count(*) FROM dag_execution WHERE profile = 1",
			     sizeof *dag->executions, &dag->executions, &room, err))
		return err->code;
	cursor_open(&c, store, arena,
		    "SELECT node, run, shard, status, helper, nested, cut, begin, end, heap_bytes,"
		    " transient_bytes, allocated_bytes, retained_bytes FROM dag_execution"
		    " WHERE profile = 1 ORDER BY id", err);
	while (cursor_next(&c) && dag->execution_count < room)
		dag->executions[dag->execution_count++] = read_execution(&c);
	return cursor_close(&c);
}

static int load_turns(struct store *store, struct arena *arena, struct loaded_dag *dag,
		      struct error *err)
{
	struct cursor c;
	size_t room;

	if (cursor_make_rows(store, arena, "SELECT count(*) FROM dag_turn WHERE profile = 1",
			     sizeof *dag->turns, &dag->turns, &room, err))
		return err->code;
	cursor_open(&c, store, arena, "SELECT shard, node, begin FROM dag_turn WHERE profile = 1"
		    " ORDER BY shard", err);
	while (cursor_next(&c) && dag->turn_count < room)
		dag->turns[dag->turn_count++] = (struct dag_turn_row){
			id_at(&c, 0), id_at(&c, 1), cursor_number(&c, 2)
		};
	return cursor_close(&c);
}

static struct dag_result_row read_result(const struct cursor *c)
{
	return (struct dag_result_row){
		.node = id_at(c, 0), .run = id_at(c, 1),
		.execution_ns = cursor_number_or_unknown(c, 2), .bytes = cursor_number(c, 3),
		.in_heap = cursor_number(c, 4), .requested = cursor_number(c, 5),
		.taken = cursor_number(c, 6), .produced_ns = cursor_number(c, 7),
		.released_ns = cursor_number_or_unknown(c, 8),
		.freed_ns = cursor_number_or_unknown(c, 9), .freed_by = id_at(c, 10),
	};
}

static int load_results(struct store *store, struct arena *arena, struct loaded_dag *dag,
			struct error *err)
{
	struct cursor c;
	size_t room;

	if (cursor_make_rows(store, arena, "SELECT count(*) FROM dag_result WHERE profile = 1",
			     sizeof *dag->results, &dag->results, &room, err))
		return err->code;
	cursor_open(&c, store, arena,
		    "SELECT node, run, execution, bytes, in_heap, requested, taken, produced,"
		    " released, freed, freed_by FROM dag_result WHERE profile = 1"
		    " ORDER BY node, run, execution, produced", err);
	while (cursor_next(&c) && dag->result_count < room)
		dag->results[dag->result_count++] = read_result(&c);
	return cursor_close(&c);
}

static int load_misuses(struct store *store, struct arena *arena, struct loaded_dag *dag,
			struct error *err)
{
	struct cursor c;
	size_t room;

	if (cursor_make_rows(store, arena, "SELECT count(*) FROM dag_misuse WHERE profile = 1",
			     sizeof *dag->misuses, &dag->misuses, &room, err))
		return err->code;
	cursor_open(&c, store, arena, "SELECT what, node FROM dag_misuse WHERE profile = 1"
		    " ORDER BY position", err);
	while (cursor_next(&c) && dag->misuse_count < room)
		dag->misuses[dag->misuse_count++] = (struct dag_misuse_row){
			cursor_text(&c, 0), id_at(&c, 1)
		};
	return cursor_close(&c);
}

int load_dag(struct store *store, struct arena *arena, struct loaded_dag *dag, struct error *err)
{
	*dag = (struct loaded_dag){ .sum_count = 0 };
	if (load_sums(store, arena, dag, err) ||
	    load_edges(store, arena, dag, err) ||
	    load_runs(store, arena, dag, err) ||
	    load_counts(store, arena, dag, err) ||
	    load_executions(store, arena, dag, err) ||
	    load_turns(store, arena, dag, err) ||
	    load_results(store, arena, dag, err) ||
	    load_misuses(store, arena, dag, err))
		return err->code;
	return 0;
}
