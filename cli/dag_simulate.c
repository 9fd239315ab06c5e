/* dag simulate: the bookkeeping of runs, without running anything. */
#include <stdlib.h>

#include "base/error.h"
#include "cli/dag.h"
#include "cli/message.h"
#include "runner/simulate.h"

/* One order under each policy: `records` moves on. */
static int simulate_order(const struct dag *dag, const struct dag_options *options,
			  const struct order *order, struct dag_record **records, struct error *err)
{
	uint32_t *sequence;
	int code = order_make(order, &dag->plan, &sequence, err);

	if (code != 0)
		return code;
	for (size_t i = 0; code == 0 && i < options->policy_count; i++) {
		struct simulation simulation;
		struct dag_record *record = (*records)++;

		*record = dag_record_of(dag, options->policies[i], order);
		record->status = DAG_SIMULATED;
		code = simulate(&dag->plan, sequence, options->policies[i], NULL, &simulation, err);
		if (code == 0) {
			record->peak_bytes = simulation.peak_bytes;
			record->held_at_end_bytes = simulation.held_at_end_bytes;
		}
	}
	free(sequence);
	return code;
}

static int simulate_all(const struct dag *dag, const struct dag_options *options, struct error *err,
			int *exit_code)
{
	size_t count = options->order_count * options->policy_count;
	struct dag_record *records = calloc(count, sizeof *records), *next = records;
	int code = 0;

	if (!records)
		return error_set(err, ERROR_NO_MEMORY, "no memory for %zu runs", count);
	for (size_t i = 0; code == 0 && i < options->order_count; i++)
		code = simulate_order(dag, options, options->orders[i], &next, err);
	if (code == 0)
		*exit_code = dag_show(dag, options, records, count);
	free(records);
	return code;
}

int dag_simulate(const struct context *context, struct dag_options *options, char **argv)
{
	struct error err;
	struct dag dag;
	int exit_code = EXIT_OK;

	(void)context;
	(void)argv;
	int code = dag_load_for_runs(&dag, options, &err);
	if (code == 0)
		code = simulate_all(&dag, options, &err, &exit_code);
	dag_release(&dag);
	return code == 0 ? exit_code : message_error(&err);
}
