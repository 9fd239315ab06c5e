/* dag run: execute a DAG in this process, under the tracer unless told not to. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/progress.h"
#include "cli/dag.h"
#include "cli/dag_self.h"
#include "cli/message.h"
#include "dagmem.h"
#include "runner/budget.h"
#include "runner/execute.h"
#include "runner/payload.h"

/* Set by a signal's handler, which has no other way to tell. */
static int cancel_requested;

static void request_cancel(int signal)
{
	(void)signal;
	__atomic_store_n(&cancel_requested, 1, __ATOMIC_RELEASE);
}

static void catch_signals(void)
{
	struct sigaction action = { .sa_handler = request_cancel, .sa_flags = SA_RESETHAND };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Keeps the record up to date while the run goes on. */
struct watcher {
	const struct graph *graph;
	struct dag_record *record;
	struct progress progress;
};

static void note_name(char *to, size_t size, const char *name)
{
	memccpy(to, name, '\0', size - 1);
}

static void observe(void *context, const struct execution_event *event)
{
	struct watcher *watcher = context;
	struct dag_record *record = watcher->record;

	if (event->status == NODE_RUNNING)
		note_name(record->node, sizeof record->node, graph_name(watcher->graph, event->node));
	record->held_at_end_bytes = event->live_bytes;
	record->peak_bytes = event->peak_bytes;
	record->nodes_executed = event->ended;
	if (event->ended % 256 == 0)
		progress_update(&watcher->progress, "nodes", event->ended, record->nodes);
}

/* Somebody looks: a terminal, or the parent. */
static bool is_watched(const struct dag_options *options)
{
	return options->status_file || isatty(STDERR_FILENO);
}

static enum dag_status status_of(int code)
{
	switch (code) {
	case 0:
		return DAG_DONE;
	case ERROR_LIMIT:
		return DAG_LIMIT;
	case ERROR_CANCELLED:
		return DAG_CANCELLED;
	default:
		return DAG_FAILED;
	}
}

static void measure(struct dag_record *record)
{
	struct rusage usage;
	struct dagmem_totals totals;

	if (getrusage(RUSAGE_SELF, &usage) == 0)
		record->rss_peak_bytes = (uint64_t)usage.ru_maxrss * 1024;
	if (!dagmem_traced())
		return;
	dagmem_get_totals(&totals);
	record->heap_peak_bytes = totals.peak_bytes;
}

static void destroy_outputs(const struct graph *graph, struct payload *payload,
			    const struct dagrun_value *outputs)
{
	for (uint32_t v = 0; v < graph->nodes; v++) {
		if (!(graph->flags[v] & NODE_REQUESTED))
			continue;
		if (!(graph->flags[v] & NODE_INPUT))
			payload_destroy(payload, v, *outputs);
		outputs++;
	}
}

/* The run itself.  What it came to is in the record; the error is the caller's to tell. */
static int execute_payload(const struct dag *dag, const struct dag_options *options,
			   struct execution_options execution, struct payload *payload,
			   struct dag_record *record, struct error *err)
{
	struct watcher watcher = { .graph = dag->graph, .record = record };
	struct dagrun_value *outputs = calloc(dag->graph->nodes, sizeof *outputs);
	struct execution_report report = { 0 };

	if (!outputs)
		return error_set(err, ERROR_NO_MEMORY, "no memory for the outputs");
	progress_init(&watcher.progress, stderr);
	/* A parent that watches shows the progress itself. */
	if (options->status_file)
		watcher.progress.stream = NULL;
	if (is_watched(options)) {
		execution.observe = observe;
		execution.observe_context = &watcher;
	}
	record->status = DAG_RUNNING;
	uint64_t start_ns = now_ns();
	int code = execute(&dag->plan, &payload_ops, payload, NULL, &execution, outputs, &report, err);
	record->duration_ns = now_ns() - start_ns;
	progress_end(&watcher.progress);
	measure(record);
	record->peak_bytes = report.peak_bytes;
	record->held_at_end_bytes = report.held_at_end_bytes;
	record->nodes_executed = report.executed;
	note_name(record->node, sizeof record->node,
		  code != 0 && report.stopped_at != NODE_NONE ? graph_name(dag->graph, report.stopped_at) : "");
	if (code == 0)
		destroy_outputs(dag->graph, payload, outputs);
	free(outputs);
	return code;
}

static int run_ordered(const struct dag *dag, const struct dag_options *options,
		       const uint32_t *sequence, struct dag_record *record, struct error *err)
{
	struct execution_options execution = {
		.policy = options->policies[0],
		.order = sequence,
		.workers = options->jobs,
		.budget_bytes = options->budget_bytes,
		.limit_bytes = options->limit_bytes,
		.cancel = &cancel_requested,
		.mark_end = true,
	};
	struct payload *payload;
	int code = 0;

	if (options->budget_bytes)
		code = budget_check(&dag->plan, options->orders[0], sequence, options->policies[0],
				    options->budget_bytes, err);
	if (code == 0)
		code = payload_new(options->payload, dag->graph, &payload, err);
	if (code != 0)
		return code;
	code = execute_payload(dag, options, execution, payload, record, err);
	payload_free(payload);
	return code;
}

static int run_loaded(const struct dag *dag, const struct dag_options *options,
		      struct dag_record *record, struct error *err)
{
	uint32_t *sequence;
	int code = order_make(options->orders[0], &dag->plan, &sequence, err);

	*record = dag_record_of(dag, options->policies[0], options->orders[0]);
	if (code == 0) {
		code = run_ordered(dag, options, sequence, record, err);
		free(sequence);
	}
	record->status = status_of(code);
	if (code != 0)
		note_name(record->message, sizeof record->message, err->message);
	return code;
}

/* The record, in memory that a parent may have given us. */
static struct dag_record *map_record(const char *status_file, struct error *err)
{
	int flags = status_file ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS;
	int file = status_file ? open(status_file, O_RDWR | O_CLOEXEC) : -1;

	if (status_file && file < 0) {
		error_system(err, errno, "%s", status_file);
		return NULL;
	}
	void *memory = mmap(NULL, sizeof(struct dag_record), PROT_READ | PROT_WRITE, flags, file, 0);
	if (memory == MAP_FAILED)
		error_system(err, errno, "the run's record");
	if (file >= 0)
		close(file);
	return memory == MAP_FAILED ? NULL : memory;
}

/* The bound comes last, so that its search is no part of the run's peak. */
static int show(struct dag *dag, const struct dag_options *options, struct dag_record *record)
{
	struct error err;

	if (dag_find_bounds(dag, &err) != 0)
		return message_error(&err);
	record->lower_bound_bytes = dag_bound_for(dag, options->policies[0]);
	return dag_show(dag, options, record, 1);
}

static int run_here(struct dag_options *options)
{
	struct error err;
	struct dag dag = { .graph = NULL };
	struct dag_record *record = map_record(options->status_file, &err);
	int exit_code = EXIT_OK;

	if (!record)
		return message_error(&err);
	catch_signals();
	int code = dag_load(&dag, options, &err);
	if (code != 0) {
		exit_code = message_error(&err);
	} else if (run_loaded(&dag, options, record, &err) != 0) {
		exit_code = EXIT_GATE;
		if (!options->status_file)
			message("%s", err.message);
	}
	/* A parent shows its children's runs itself. */
	if (code == 0 && !options->status_file && (exit_code == EXIT_OK || options->json)) {
		int shown = show(&dag, options, record);

		exit_code = shown ? shown : exit_code;
	}
	dag_release(&dag);
	munmap(record, sizeof *record);
	return exit_code;
}

/* Become `dagmem run -- dagmem dag run ...`. */
static int run_traced(const struct context *context, const struct dag_options *options, char **argv)
{
	struct dag_self self;
	struct error err;

	if (dag_self_init(&self, context->quiet, options->output, &err) != 0)
		return message_error(&err);
	for (char **argument = argv; *argument; argument++)
		dag_self_add(&self, *argument);
	dag_self_add(&self, "--no-trace");
	int code = dag_self_exec(&self, &err);
	return code == 0 ? EXIT_OK : message_error(&err);
}

int dag_run(const struct context *context, struct dag_options *options, char **argv)
{
	if (options->policy_count > 1 || options->order_count > 1)
		return message_usage("dag", "run takes one policy and one order; compare takes several");
	if (!options->policy_count)
		options->policies[options->policy_count++] = POLICY_DEFAULT;
	if (!options->order_count)
		options->orders[options->order_count++] = ORDER_DEFAULT;
	if (!options->untraced && !dagmem_traced())
		return run_traced(context, options, argv);
	return run_here(options);
}
