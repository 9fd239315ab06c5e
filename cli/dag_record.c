#include "cli/dag_record.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/units.h"
#include "reports/clean.h"
#include "runner/graph.h"

const char *dag_status_name(enum dag_status status)
{
	static const char *const names[] = {
		[DAG_STARTING] = "starting", [DAG_RUNNING] = "running", [DAG_DONE] = "done",
		[DAG_SIMULATED] = "simulated", [DAG_FAILED] = "failed", [DAG_LIMIT] = "limit",
		[DAG_CANCELLED] = "cancelled", [DAG_KILLED] = "killed",
	};

	return names[status];
}

/* --- Text ------------------------------------------------------------------------ */

static void print_size(uint64_t bytes, FILE *out)
{
	fprintf(out, " %10s", bytes == DAG_UNKNOWN ? "-" : units_size(bytes).text);
}

static void print_times(const struct dag_record *record, FILE *out)
{
	uint64_t nodes = record->nodes_executed ? record->nodes_executed : 1;

	if (record->duration_ns == DAG_UNKNOWN)
		fprintf(out, " %9s %9s", "-", "-");
	else
		fprintf(out, " %9s %9" PRIu64, units_duration(record->duration_ns).text,
			record->duration_ns / nodes);
}

/* How far the peak is over what no order gets below. */
static void print_gap(const struct dag_record *record, FILE *out)
{
	double bound = (double)record->lower_bound_bytes;

	if (!record->lower_bound_bytes || record->status > DAG_SIMULATED)
		fprintf(out, " %7s", "-");
	else
		fprintf(out, " %6.1f%%", ((double)record->peak_bytes - bound) / bound * 100);
}

static void print_row(const struct dag_record *record, bool measured, FILE *out)
{
	fprintf(out, "%-13s %-6s", record->policy, record->order);
	print_size(record->peak_bytes, out);
	print_size(record->held_at_end_bytes, out);
	if (measured) {
		print_size(record->heap_peak_bytes, out);
		print_size(record->rss_peak_bytes, out);
		print_times(record, out);
	}
	print_gap(record, out);
	if (measured)
		fprintf(out, "  %s", dag_status_name(record->status));
	fputc('\n', out);
}

void dag_result_print(const struct dag_result *result, FILE *out)
{
	bool measured = result->record_count && result->records[0].status != DAG_SIMULATED;

	fprintf(out, "%" PRIu32 " nodes, %" PRIu32 " edges, results of %s; no order peaks below %s\n",
		result->graph->nodes, result->graph->edges,
		units_size(graph_total_bytes(result->graph)).text,
		units_size(result->lower_bound_bytes).text);
	fprintf(out, "%-13s %-6s %10s %10s", "policy", "order", "peak", "at end");
	if (measured)
		fprintf(out, " %10s %10s %9s %9s", "heap peak", "RSS peak", "time", "ns/node");
	fprintf(out, " %7s%s\n", "gap", measured ? "  status" : "");
	for (size_t i = 0; i < result->record_count; i++)
		print_row(&result->records[i], measured, out);
	for (size_t i = 0; i < result->record_count; i++)
		if (result->records[i].message[0]) {
			fprintf(out, "%s: ", result->records[i].policy);
			clean_print(result->records[i].message, out);
			fputc('\n', out);
		}
}

/* --- JSON ------------------------------------------------------------------------- */

static json_t *known(uint64_t value)
{
	return value == DAG_UNKNOWN ? json_null() : json_integer((json_int_t)value);
}

static json_t *seconds(uint64_t duration_ns)
{
	return duration_ns == DAG_UNKNOWN ? json_null() : json_real((double)duration_ns / 1e9);
}

/* Names may be any bytes. */
static json_t *text(const char *value)
{
	char *clean = value[0] ? clean_utf8(value) : NULL;
	json_t *string = clean ? json_string(clean) : json_null();

	free(clean);
	return string;
}

static json_t *run_to_json(const struct dag_record *record)
{
	return json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:o, s:o, s:o, s:I, s:o, s:o, s:o}",
			 "policy", record->policy,
			 "order", record->order,
			 "status", dag_status_name(record->status),
			 "peak_bytes", (json_int_t)record->peak_bytes,
			 "held_at_end_bytes", (json_int_t)record->held_at_end_bytes,
			 "lower_bound_bytes", (json_int_t)record->lower_bound_bytes,
			 "heap_peak_bytes", known(record->heap_peak_bytes),
			 "rss_peak_bytes", known(record->rss_peak_bytes),
			 "seconds", seconds(record->duration_ns),
			 "nodes_executed", (json_int_t)record->nodes_executed,
			 "node", text(record->node),
			 "message", text(record->message),
			 "profile", text(record->profile));
}

int dag_result_print_json(const struct dag_result *result, FILE *out, struct error *err)
{
	json_t *runs = json_array();

	for (size_t i = 0; i < result->record_count; i++)
		json_array_append_new(runs, run_to_json(&result->records[i]));
	json_t *document = json_pack("{s:s, s:{s:I, s:I}, s:I, s:o}",
				     "schema", "dagmem.dag/1",
				     "graph",
				     "nodes", (json_int_t)result->graph->nodes,
				     "edges", (json_int_t)result->graph->edges,
				     "lower_bound_bytes", (json_int_t)result->lower_bound_bytes,
				     "runs", runs);
	if (!document || json_array_size(json_object_get(document, "runs")) != result->record_count) {
		json_decref(document);
		return error_set(err, ERROR_NO_MEMORY, "no memory for the report");
	}
	int code = json_dumpf(document, out, JSON_INDENT(2));
	json_decref(document);
	fputc('\n', out);
	return code == 0 ? 0 : error_set(err, ERROR_SYSTEM, "writing the report failed");
}
