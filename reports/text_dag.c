/* text_dag: a profile's DAG: what to look at first, what pruning would save, nodes, results, growth. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/units.h"
#include "reports/clean.h"
#include "reports/place.h"
#include "reports/text.h"

enum { NAME_COLUMNS_MAX = 32, NAME_COLUMNS_MIN = 8 };

/* What the tables have in common. */
struct table {
	const struct view_dag *view;
	const struct report_options *options;
	FILE *out;
	int name_columns;
};

static const char *name_of(const struct view_dag *view, uint32_t node)
{
	return node < view->node_count ? view->nodes[node].name : "-";
}

static const char *plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

static void print_count(uint64_t count, const char *what, const char *after, FILE *out)
{
	fprintf(out, "%" PRIu64 " %s%s%s", count, what, plural(count), after);
}

/* A name in its column, cut where it is too long. */
static void print_name(const struct table *table, const char *name)
{
	size_t length = strlen(name), fits = clean_prefix(name, length, (size_t)table->name_columns);
	size_t characters = 0;

	for (size_t i = 0; i < fits; i++)
		characters += ((unsigned char)name[i] & 0xc0) != 0x80;
	if (fits < length) {
		fits = clean_prefix(name, length, (size_t)table->name_columns - 1);
		characters = (size_t)table->name_columns;
	}
	clean_print_bytes(name, fits, table->out);
	if (fits < length)
		fputc('~', table->out);
	fprintf(table->out, "%*s", table->name_columns - (int)characters, "");
}

static struct units_text byte_seconds(double value)
{
	struct units_text text = units_size(value > 0 ? (uint64_t)(value + 0.5) : 0);
	size_t length = strlen(text.text);

	if (length + 3 <= sizeof text.text)
		memcpy(text.text + length, " s", 3);
	return text;
}

static struct units_text signed_size(int64_t bytes)
{
	return bytes < 0 ? units_size_change((uint64_t)-bytes, 0) : units_size((uint64_t)bytes);
}

static size_t shown(const struct table *table, size_t count)
{
	return table->options->limit && table->options->limit < count ? table->options->limit : count;
}

static void print_others(const struct table *table, size_t count)
{
	if (shown(table, count) < count)
		fprintf(table->out, "  %zu other\n", count - shown(table, count));
}

static bool is_wanted(const struct table *table, uint32_t node)
{
	return !table->options->node || strcmp(name_of(table->view, node), table->options->node) == 0;
}

/* --- The head -------------------------------------------------------------------------------- */

static void print_head(const struct view_dag *view, FILE *out)
{
	print_count(view->node_count, "node", ", ", out);
	print_count(view->edge_count, "edge", ", ", out);
	if (view->runs_begun)
		print_count(view->runs_begun, "run", ", ", out);
	print_count(view->executions_ended, "execution", "", out);
	if (view->processes)
		fprintf(out, ", %" PRIu64 " process%s", view->processes, view->processes == 1 ? "" : "es");
	if (view->result_count)
		fprintf(out, ", %zu result%s", view->result_count, plural(view->result_count));
	fputc('\n', out);
	text_print_peak(view->peak_bytes, view->peak_bound_bytes, out);
}

static void print_findings(const struct view_dag *view, FILE *out)
{
	for (size_t i = 0; i < view->finding_count; i++) {
		fputs(i ? "      and: " : "\nMain finding: ", out);
		clean_print(view->findings[i].text, out);
		fputc('\n', out);
	}
}

/* --- What if ---------------------------------------------------------------------------------- */

static void print_peak_row(const struct table *table, const char *what, uint64_t bytes)
{
	uint64_t measured = table->view->what_if.measured_bytes;
	double change = measured ? ((double)bytes / (double)measured - 1) * 100 : 0;

	fprintf(table->out, "  %-34s %12s", what, units_size(bytes).text);
	if (change <= -0.5 || change >= 0.5)
		fprintf(table->out, "  %+4.0f %%", change);
	fputc('\n', table->out);
}

static void print_saving(const struct table *table, const struct view_dag_saving *saving)
{
	FILE *out = table->out;

	fputs("  free `", out);
	clean_print(name_of(table->view, saving->node), out);
	fputs("`'s result ", out);
	if (saving->after == VIEW_NO_NODE) {
		fputs("at once, nobody reads it", out);
	} else {
		fputs("after `", out);
		clean_print(name_of(table->view, saving->after), out);
		fputc('`', out);
	}
	fprintf(out, ": peak -%.0f %%\n", saving->share * 100);
}

static void print_what_if(const struct table *table)
{
	const struct view_dag_what_if *what_if = &table->view->what_if;
	char label[64];

	if (!what_if->known)
		return;
	fputs("\nThe heap's peak\n", table->out);
	print_peak_row(table, "as it was", what_if->measured_bytes);
	print_peak_row(table, what_if->exact ? "results freed at last use"
					     : "results freed at last use, at most",
		       what_if->peak_bytes);
	for (size_t i = 1; i < what_if->order_count; i++) {
		snprintf(label, sizeof label, "and in %s order", what_if->orders[i].name);
		print_peak_row(table, label, what_if->orders[i].peak_bytes);
	}
	if (what_if->lower_bound_bytes != VIEW_NOT_KNOWN)
		print_peak_row(table, "no order gets below", what_if->lower_bound_bytes);
	for (size_t i = 0; i < what_if->saving_count && i < 5; i++)
		if (what_if->savings[i].share >= 0.005)
			print_saving(table, &what_if->savings[i]);
	if (what_if->executions_known < what_if->executions)
		fprintf(table->out, "  (from %" PRIu64 " of %" PRIu64 " executions: the others were not kept)\n",
			what_if->executions_known, what_if->executions);
}

/* --- Nodes ------------------------------------------------------------------------------------- */

static int by_peak(const void *a, const void *b)
{
	const struct view_dag_node *x = *(const struct view_dag_node *const *)a;
	const struct view_dag_node *y = *(const struct view_dag_node *const *)b;

	if (x->at_peak_bytes != y->at_peak_bytes)
		return x->at_peak_bytes > y->at_peak_bytes ? -1 : 1;
	if (x->allocated_bytes != y->allocated_bytes)
		return x->allocated_bytes > y->allocated_bytes ? -1 : 1;
	return x < y ? -1 : x > y;
}

static void print_node(const struct table *table, const struct view_dag_node *node)
{
	FILE *out = table->out;

	fputs("  ", out);
	print_name(table, node->name);
	fprintf(out, " %7" PRIu64 " %10s %10s %10s %10s %12s  ", node->executions,
		units_size(node->allocated_bytes).text, signed_size(node->retained_bytes).text,
		units_size(node->transient_bytes).text, units_size(node->at_peak_bytes).text,
		node->drag_byte_s + node->void_byte_s > 0
			? byte_seconds(node->drag_byte_s + node->void_byte_s).text : "-");
	if (node->held_bytes) {
		place_print(&node->held_by, NULL, BY_LINE, table->options, out);
		fprintf(out, " (%s)", units_size(node->held_bytes).text);
	} else {
		fputc('-', out);
	}
	fputc('\n', out);
}

static size_t select_nodes(const struct table *table, const struct view_dag_node **nodes)
{
	size_t count = 0;

	for (uint32_t i = 0; i < table->view->node_count; i++)
		if (is_wanted(table, i))
			nodes[count++] = &table->view->nodes[i];
	qsort(nodes, count, sizeof(struct view_dag_node *), by_peak);
	return count;
}

static int print_nodes(const struct table *table, struct error *err)
{
	const struct view_dag_node **nodes = calloc(table->view->node_count + 1, sizeof(struct view_dag_node *));
	size_t count;

	if (!nodes)
		return error_set(err, ERROR_NO_MEMORY, "out of memory");
	count = select_nodes(table, nodes);
	fprintf(table->out, "\nNodes, by what they held at the peak\n  %-*s %7s %10s %10s %10s %10s %12s  %s\n",
		table->name_columns, "NODE", "TIMES", "OWN", "RETAINED", "TRANSIENT", "AT PEAK", "DRAG",
		"HELD BY");
	for (size_t i = 0; i < shown(table, count); i++)
		print_node(table, nodes[i]);
	print_others(table, count);
	free(nodes);
	return 0;
}

/* --- Results ------------------------------------------------------------------------------------ */

static const char *fate_of(const struct view_dag_result *result)
{
	if (result->requested)
		return "requested";
	if (result->taken)
		return "taken over";
	return result->freed_ns == VIEW_NOT_KNOWN ? "held" : "freed";
}

static void print_result(const struct table *table, const struct view_dag_result *result)
{
	bool used = result->first_use_ns != VIEW_NOT_KNOWN;
	FILE *out = table->out;

	fputs("  ", out);
	print_name(table, name_of(table->view, result->node));
	fprintf(out, " %10s %10s %10s %10s %10s  ", units_size(result->bytes).text,
		used ? units_duration(result->lag_ns).text : "-",
		used ? units_duration(result->use_ns).text : "-",
		used ? units_duration(result->drag_ns).text : "-",
		used ? "-" : units_duration(result->void_ns).text);
	print_name(table, result->last_consumer == VIEW_NO_NODE ? "-"
			: name_of(table->view, result->last_consumer));
	fprintf(out, " %s", fate_of(result));
	if (result->freed_ns != VIEW_NOT_KNOWN && result->freed_by != VIEW_NO_NODE) {
		fputs(" by ", out);
		clean_print(name_of(table->view, result->freed_by), out);
	}
	fputc('\n', out);
}

static void print_results(const struct table *table)
{
	const struct view_dag *view = table->view;
	size_t wanted = 0, printed = 0;

	for (size_t i = 0; i < view->result_count; i++)
		wanted += is_wanted(table, view->results[i].node);
	if (!wanted)
		return;
	fprintf(table->out, "\nResults, those held longest for nothing first\n"
		"  %-*s %10s %10s %10s %10s %10s  %-*s %s\n", table->name_columns, "RESULT OF", "BYTES", "LAG",
		"USE", "DRAG", "VOID", table->name_columns, "LAST READ BY", "THEN");
	for (size_t i = 0; i < view->result_count && printed < shown(table, wanted); i++)
		if (is_wanted(table, view->results[i].node)) {
			print_result(table, &view->results[i]);
			printed++;
		}
	print_others(table, wanted);
}

/* --- Growth --------------------------------------------------------------------------------------- */

static void print_growth_line(const struct table *table, const struct view_dag_growth_line *line)
{
	fputs("    ", table->out);
	place_print(&line->frame, NULL, BY_LINE, table->options, table->out);
	fprintf(table->out, ": %.0f B in %.3g block%s per execution\n", line->bytes_per_execution,
		line->blocks_per_execution, line->blocks_per_execution == 1 ? "" : "s");
	place_print_source(&line->frame, table->options, table->out);
}

static void print_growth(const struct table *table, const struct view_dag_growth *growth)
{
	const struct view_trend *trend = &growth->trend;
	FILE *out = table->out;

	fputs("  ", out);
	clean_print(name_of(table->view, growth->node), out);
	if (trend->verdict != TREND_GROWING) {
		fprintf(out, ": levels off at %s: a cache, no leak\n",
			units_size(growth->points[growth->point_count - 1].value).text);
		return;
	}
	fprintf(out, " retains %.0f B per execution since iteration %" PRIu64 ": leak (%.0f to %.0f B, "
		"%.0f %% confidence, %zu runs)\n", trend->slope, growth->since_iteration, trend->low,
		trend->high, trend->confidence * 100, growth->point_count);
	for (size_t i = 0; i < growth->line_count; i++)
		print_growth_line(table, &growth->lines[i]);
}

static void print_growths(const struct table *table)
{
	const struct view_dag *view = table->view;
	bool any = false;

	for (size_t i = 0; i < view->growth_count; i++) {
		if (!is_wanted(table, view->growth[i].node))
			continue;
		if (!any)
			fputs("\nFrom run to run\n", table->out);
		any = true;
		print_growth(table, &view->growth[i]);
	}
}

static void print_misuses(const struct view_dag *view, FILE *out)
{
	if (view->misuse_count)
		fputs("\nCalls that made no sense\n", out);
	for (size_t i = 0; i < view->misuse_count; i++) {
		fputs("  ", out);
		if (view->misuses[i].name) {
			clean_print(view->misuses[i].name, out);
			fputs(": ", out);
		}
		clean_print(view->misuses[i].what, out);
		fputc('\n', out);
	}
}

static int name_columns(const struct view_dag *view)
{
	size_t longest = NAME_COLUMNS_MIN;

	for (size_t i = 0; i < view->node_count; i++)
		if (strlen(view->nodes[i].name) > longest)
			longest = strlen(view->nodes[i].name);
	return (int)(longest < NAME_COLUMNS_MAX ? longest : NAME_COLUMNS_MAX);
}

int text_dag(const struct view_dag *view, const struct report_options *options, FILE *out,
	     struct error *err)
{
	struct table table = { view, options, out, name_columns(view) };

	print_head(view, out);
	print_findings(view, out);
	print_what_if(&table);
	if (print_nodes(&table, err) != 0)
		return err->code;
	print_results(&table);
	print_growths(&table);
	print_misuses(view, out);
	text_print_unknown(&view->quality, out);
	return 0;
}
