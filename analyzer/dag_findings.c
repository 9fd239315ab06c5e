#include "analyzer/dag_parts.h"

#include <stdlib.h>

#include "base/units.h"

/*
 * Waste below these shares is no finding: each has some, since the moment a
 * result goes is never that of its last use.
 */
static const double SHARE_OF_LIFE = 0.10;       /* of all byte-seconds of results */
static const double SHARE_OF_PEAK = 0.05;       /* of the peak, that would be saved */

enum { FINDINGS_MAX = 6 };

struct sums { double drag, lag, use, waste_void, all; };

static struct sums add_up(const struct view_dag *view)
{
	struct sums sums = { 0, 0, 0, 0, 0 };

	for (size_t i = 0; i < view->node_count; i++) {
		sums.drag += view->nodes[i].drag_byte_s;
		sums.lag += view->nodes[i].lag_byte_s;
		sums.use += view->nodes[i].use_byte_s;
		sums.waste_void += view->nodes[i].void_byte_s;
	}
	sums.all = sums.drag + sums.lag + sums.use + sums.waste_void;
	return sums;
}

static double drag_of(const struct view_dag_node *node)
{
	return node->drag_byte_s;
}

static double void_of(const struct view_dag_node *node)
{
	return node->void_byte_s;
}

static uint32_t node_with_most(const struct view_dag *view, double (*of)(const struct view_dag_node *))
{
	uint32_t most = VIEW_NO_NODE;

	for (uint32_t i = 0; i < view->node_count; i++)
		if (of(&view->nodes[i]) > (most == VIEW_NO_NODE ? 0 : of(&view->nodes[most])))
			most = i;
	return most;
}

static void add(struct dag_parts *parts, enum dag_finding_kind kind, uint32_t node, double weight,
		const char *text)
{
	struct view_dag *view = parts->view;

	parts->fill->failed |= !text;
	if (view->finding_count < FINDINGS_MAX)
		view->findings[view->finding_count++] =
			(struct view_dag_finding){ kind, node, weight, text };
}

static const char *name_of(const struct view_dag *view, uint32_t node)
{
	return node == VIEW_NO_NODE ? "?" : view->nodes[node].name;
}

static int percent(double share)
{
	return (int)(share * 100 + 0.5);
}

/* "-41 % of the peak", of what pruning would save. */
static double saved_share(const struct view_dag_what_if *what_if)
{
	if (!what_if->known || !what_if->measured_bytes)
		return 0;
	return 1 - (double)what_if->peak_bytes / (double)what_if->measured_bytes;
}

static void find_drag(struct dag_parts *parts, const struct sums *sums)
{
	const struct view_dag_what_if *what_if = &parts->view->what_if;
	uint32_t node = node_with_most(parts->view, drag_of);
	double share = sums->all > 0 ? sums->drag / sums->all : 0;

	if (node == VIEW_NO_NODE || saved_share(what_if) < SHARE_OF_PEAK || share < SHARE_OF_LIFE)
		return;
	add(parts, FINDING_DRAG, node, sums->drag,
	    arena_printf(parts->fill->arena,
			 "drag: results are held after their last use, %d %% of all their byte-seconds "
			 "(most by `%s`); freed in time, the peak would be %s%s instead of %s (-%d %%)",
			 percent(share), name_of(parts->view, node),
			 what_if->exact ? "" : "at most ", units_size(what_if->peak_bytes).text,
			 units_size(what_if->measured_bytes).text,
			 percent(saved_share(what_if))));
}

static void find_void(struct dag_parts *parts, const struct sums *sums)
{
	uint32_t node = node_with_most(parts->view, void_of);
	double share = sums->all > 0 ? sums->waste_void / sums->all : 0;

	if (node == VIEW_NO_NODE || share < SHARE_OF_LIFE)
		return;
	add(parts, FINDING_VOID, node, sums->waste_void,
	    arena_printf(parts->fill->arena,
			 "void: results that nobody reads and nobody asked for, %d %% of all "
			 "byte-seconds of results (most by `%s`)",
			 percent(share), name_of(parts->view, node)));
}

static void find_leaks(struct dag_parts *parts)
{
	struct view_dag *view = parts->view;

	for (size_t i = 0; i < view->growth_count; i++) {
		const struct view_dag_growth *growth = &view->growth[i];

		if (growth->trend.verdict != TREND_GROWING)
			break;
		add(parts, FINDING_LEAK, growth->node, growth->trend.slope,
		    arena_printf(parts->fill->arena,
				 "leak: `%s` retains %s per execution since iteration %llu",
				 name_of(view, growth->node),
				 units_size((uint64_t)(growth->trend.slope + 0.5)).text,
				 (unsigned long long)growth->since_iteration));
	}
}

/* Results that were let go and stayed: the program thinks they are freed. */
static void find_unfreed(struct dag_parts *parts)
{
	struct view_dag *view = parts->view;
	const struct view_dag_result *worst = NULL;
	uint64_t bytes = 0, results = 0;

	for (size_t i = 0; i < view->result_count; i++) {
		const struct view_dag_result *result = &view->results[i];

		if (result->released_ns == VIEW_NOT_KNOWN || result->freed_ns != VIEW_NOT_KNOWN)
			continue;
		bytes += result->bytes;
		results++;
		worst = !worst || result->bytes > worst->bytes ? result : worst;
	}
	if (worst)
		add(parts, FINDING_UNFREED, worst->node, (double)bytes,
		    arena_printf(parts->fill->arena,
				 "released but not freed: %llu results, %s (most by `%s`)",
				 (unsigned long long)results, units_size(bytes).text,
				 name_of(view, worst->node)));
}

static void find_misuse(struct dag_parts *parts)
{
	struct view_dag *view = parts->view;

	if (!view->misuse_count)
		return;
	const struct view_dag_misuse *first = &view->misuses[0];

	add(parts, FINDING_MISUSE, VIEW_NO_NODE, (double)view->quality.nodes_misused,
	    arena_printf(parts->fill->arena, "%llu calls made no sense, as of `%s`: %s",
			 (unsigned long long)view->quality.nodes_misused,
			 first->name ? first->name : "?", first->what));
}

void dag_findings_fill(struct dag_parts *parts)
{
	struct sums sums = add_up(parts->view);

	parts->view->findings = fill_array(parts->fill, FINDINGS_MAX, sizeof *parts->view->findings);
	if (!parts->view->findings)
		return;
	find_leaks(parts);
	find_drag(parts, &sums);
	find_void(parts, &sums);
	find_unfreed(parts);
	find_misuse(parts);
}
