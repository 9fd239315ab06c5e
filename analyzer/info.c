#include "analyzer/info.h"

#include <string.h>

#include "analyzer/dataset.h"
#include "analyzer/fill.h"
#include "analyzer/load.h"
#include "analyzer/siblings.h"
#include "base/error.h"
#include "profile/layout.h"

_Static_assert(sizeof ((struct view_info *)NULL)->size_class == SIZE_CLASSES * sizeof(uint64_t),
	       "the view has room for every size class");

static void add_account(struct view_info *view, const struct account_row *account)
{
	if (account->kind == ACCOUNT_MAPPING) {
		view->totals.mappings += account->live_blocks;
		view->totals.mapped_bytes += account->live_bytes;
	}
	if (account->kind != ACCOUNT_HEAP)
		return;
	view->totals.allocations += account->allocations;
	view->totals.allocated_bytes += account->allocated_bytes;
	view->totals.frees += account->frees;
	view->totals.freed_bytes += account->freed_bytes;
	view->totals.live_bytes += account->live_bytes;
	view->totals.live_count += account->live_blocks;
	view->totals.slack_bytes += account->slack_bytes;
	view->totals.temporaries += account->temporaries;
}

static void fill_totals(const struct loaded *loaded, struct view_info *view)
{
	for (size_t i = 0; i < loaded->account_count; i++)
		add_account(view, &loaded->accounts[i]);
	view->totals.peak_bytes = loaded->peak_bytes;
	view->totals.peak_bound_bytes = loaded->peak_bound_bytes;
}

static uint64_t count_nodes(const struct call_frames *frames)
{
	uint64_t count = 0;

	for (size_t id = 1; id < frames->node_count; id++)
		count += frames->nodes[id].place != PLACE_EMPTY;
	return count;
}

static void fill_facts(struct fill *fill, struct view_info *view)
{
	const struct loaded *loaded = fill->loaded;

	view->threads = loaded->threads;
	view->shards = loaded->shards;
	view->call_tree_nodes = count_nodes(&loaded->frames);
	view->accounts = loaded->account_count;
	view->modules = loaded->module_count;
	view->profile_bytes = loaded->profile_bytes;
	view->tracer_memory_bytes = loaded->tracer_bytes;
	view->allocator = fill_text(fill, loaded->allocator);
	view->tracer_version = fill_text(fill, loaded->tracer_version);
	view->format_version = loaded->format_version;
}

static uint64_t or_else(uint64_t value, uint64_t other)
{
	return value != UINT64_MAX ? value : other;
}

/*
 * The RSS at the end, taken apart: or the last one that was seen, and then
 * mappings and the tracer's memory count as large as they are, also where they
 * were never touched.  What the parts have more than the RSS was never touched.
 */
static void fill_rss(const struct loaded *loaded, uint64_t last_seen, struct view_info *view)
{
	struct view_rss *parts = &view->rss;

	parts->rss = or_else(loaded->end_rss_bytes, last_seen);
	parts->requested = view->totals.live_bytes;
	parts->slack = view->totals.slack_bytes;
	parts->allocator_free = loaded->allocator_free_bytes;
	parts->mapped = or_else(loaded->mapped_rss_bytes, view->totals.mapped_bytes);
	parts->tracer = or_else(loaded->tracer_rss_bytes, loaded->tracer_bytes);
	parts->other = parts->untouched = UINT64_MAX;
	if (parts->rss == UINT64_MAX)
		return;
	uint64_t known = parts->requested + parts->slack + parts->mapped + parts->tracer +
			 (parts->allocator_free != UINT64_MAX ? parts->allocator_free : 0);

	parts->other = parts->rss > known ? parts->rss - known : 0;
	parts->untouched = known > parts->rss ? known - parts->rss : 0;
}

static void fill_children(struct fill *fill, const struct sibling *siblings, size_t count,
			  struct view_info *view)
{
	view->children = fill_array(fill, count, sizeof *view->children);
	view->children_peak_bytes = fill_array(fill, count, sizeof *view->children_peak_bytes);
	if (!view->children || !view->children_peak_bytes)
		return;
	view->child_count = count;
	for (size_t i = 0; i < count; i++) {
		view->children[i] = fill_process(fill, &siblings[i].process);
		view->children_peak_bytes[i] = siblings[i].peak_bytes;
	}
}

static int read_view(struct dataset *data, struct arena *arena, struct view_info *view,
		     struct error *err)
{
	const struct loaded *loaded = dataset_loaded(data);
	struct sibling *siblings;
	size_t sibling_count, rss_count;
	struct sample_row *rss;
	struct fill fill;

	if (load_rss_samples(dataset_store(data), arena, &rss, &rss_count, err) ||
	    load_size_classes(dataset_store(data), view->size_class, err) ||
	    siblings_find(loaded->process.profile_path, loaded->run_id, arena, &siblings,
			  &sibling_count, err))
		return err->code;
	fill_init(&fill, loaded, &view->arena);
	view->process = fill_process(&fill, &loaded->process);
	view->quality = fill_quality(&fill);
	view->snapshots = fill_marks(&fill, &view->snapshot_count);
	fill_facts(&fill, view);
	fill_totals(loaded, view);
	fill_rss(loaded, rss_count ? rss[rss_count - 1].value[0] : UINT64_MAX, view);
	fill_children(&fill, siblings, sibling_count, view);
	fill_release(&fill);
	return fill.failed ? error_set(err, ERROR_NO_MEMORY, "no memory for the facts") : 0;
}

int info_read(struct dataset *data, struct view_info *view, struct error *err)
{
	struct view_info filled = { .arena = ARENA_INIT };
	struct arena arena = ARENA_INIT;
	int status = read_view(data, &arena, &filled, err);

	if (!status)
		*view = filled;
	else
		view_info_free(&filled);
	arena_release(&arena);
	return status;
}
