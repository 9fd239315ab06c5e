/* dag: run a DAG under retention policies and orders, or work out what it would hold. */
#include <string.h>

#include "base/error.h"
#include "cli/dag.h"
#include "cli/message.h"
#include "runner/bound.h"
#include "runner/source.h"

int dag_load(struct dag *dag, const struct dag_options *options, struct error *err)
{
	*dag = (struct dag){ .graph = NULL };
	int code = source_load(options->source, &options->build, options->keep, options->keep_count,
			       &dag->graph, err);

	return code == 0 ? plan_init(&dag->plan, dag->graph, err) : code;
}

int dag_find_bounds(struct dag *dag, struct error *err)
{
	struct bound_options in_place = BOUND_OPTIONS_INIT;
	struct bound bound, bound_in_place;

	in_place.in_place = true;
	int code = bound_compute(&dag->plan, NULL, &bound, err);
	if (code == 0)
		code = bound_compute(&dag->plan, &in_place, &bound_in_place, err);
	if (code == 0) {
		dag->bound_bytes = bound.bytes;
		dag->bound_in_place_bytes = bound_in_place.bytes;
	}
	return code;
}

uint64_t dag_bound_for(const struct dag *dag, const struct policy *policy)
{
	return policy->in_place ? dag->bound_in_place_bytes : dag->bound_bytes;
}

void dag_release(struct dag *dag)
{
	plan_release(&dag->plan);
	graph_free(dag->graph);
}

struct dag_record dag_record_of(const struct dag *dag, const struct policy *policy,
				const struct order *order)
{
	struct dag_record record = {
		.lower_bound_bytes = dag_bound_for(dag, policy),
		.heap_peak_bytes = DAG_UNKNOWN,
		.rss_peak_bytes = DAG_UNKNOWN,
		.duration_ns = DAG_UNKNOWN,
		.nodes = dag->plan.count,
	};

	memccpy(record.policy, policy->name, '\0', sizeof record.policy - 1);
	memccpy(record.order, order->name, '\0', sizeof record.order - 1);
	return record;
}

static void fill_in_policies(struct dag_options *options)
{
	static const struct policy *const usual[] = {
		&policy_keep_all, &policy_scan, &policy_refcount_path, &policy_donate,
	};

	if (options->policy_count)
		return;
	options->policy_count = sizeof usual / sizeof usual[0];
	memcpy(options->policies, usual, sizeof usual);
}

int dag_load_for_runs(struct dag *dag, struct dag_options *options, struct error *err)
{
	fill_in_policies(options);
	if (!options->order_count)
		options->orders[options->order_count++] = ORDER_DEFAULT;
	int code = dag_load(dag, options, err);

	return code == 0 ? dag_find_bounds(dag, err) : code;
}

int dag_show(const struct dag *dag, const struct dag_options *options,
	     const struct dag_record *records, size_t count)
{
	struct dag_result result = { dag->graph, dag->bound_bytes, records, count };
	struct error err;

	if (!options->json)
		dag_result_print(&result, stdout);
	else if (dag_result_print_json(&result, stdout, &err) != 0)
		return message_error(&err);
	return 0;
}

static const struct verb {
	const char *name;
	int (*run)(const struct context *context, struct dag_options *options, char **argv);
} VERBS[] = {
	{ "run", dag_run },
	{ "compare", dag_compare },
	{ "simulate", dag_simulate },
};

static const struct verb *find(const char *name)
{
	for (size_t i = 0; i < sizeof VERBS / sizeof VERBS[0]; i++)
		if (strcmp(VERBS[i].name, name) == 0)
			return &VERBS[i];
	return NULL;
}

static int run_dag(struct context *context, int argc, char **argv)
{
	struct dag_options options;

	if (argc < 2)
		return message_usage("dag", "what to do with a DAG: run, compare, simulate or show?");
	if (strcmp(argv[1], "show") == 0)
		return dag_show_profile(context, argc - 1, argv + 1);
	const struct verb *verb = find(argv[1]);
	if (!verb)
		return message_usage("dag", "'%s' is none of run, compare, simulate, show", argv[1]);
	if (argc > 2 && strcmp(argv[2], "--help") == 0) {
		command_print_usage(&command_dag, stdout);
		return EXIT_OK;
	}
	int code = dag_options_parse(&options, context, argc - 1, argv + 1);
	if (code == 0)
		code = verb->run(context, &options, argv);
	dag_options_release(&options);
	return code;
}

const struct command command_dag = {
	.name = "dag",
	.synopsis = "run|compare|simulate FILE|GENERATOR [OPTION...], dag show [PROFILE] [OPTION...]",
	.summary = "Run a DAG under retention policies, compare what they hold, show what a traced one held",
	.options = DAG_OPTIONS_HELP,
	.run = run_dag,
};
