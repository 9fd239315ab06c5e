#include "analyzer/tree.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/attribute.h"
#include "analyzer/dataset.h"
#include "analyzer/fold.h"
#include "analyzer/load.h"
#include "analyzer/merge.h"
#include "base/error.h"
#include "profile/layout.h"

enum { NO_CHARGE = UINT32_MAX };

/* What is needed while a tree is made, and gone when it is. */
struct builder {
	struct dataset *data;
	const struct loaded *loaded;
	struct fill *fill;
	struct merged merged;
	struct fold fold;
	uint32_t *shown;        /* merged node -> node of the tree */
	uint32_t *owners;       /* call_frames' node -> symbol */
	uint32_t *charge_of;    /* account (by position) -> charge or NO_CHARGE */
	struct intern dag_names;
};

static int no_memory(struct error *err)
{
	return error_set(err, ERROR_NO_MEMORY, "no memory for the call tree");
}

/* --- What is large enough to be shown ---------------------------------------- */

typedef uint64_t measure(const struct account_row *account);

static uint64_t heap_only(const struct account_row *account, uint64_t value)
{
	return account->kind == ACCOUNT_HEAP ? value : 0;
}

static uint64_t live_of(const struct account_row *a) { return heap_only(a, a->live_bytes); }
static uint64_t peak_of(const struct account_row *a) { return heap_only(a, a->peak_bytes); }
static uint64_t total_of(const struct account_row *a) { return heap_only(a, a->allocated_bytes); }
static uint64_t count_of(const struct account_row *a) { return heap_only(a, a->allocations); }
static uint64_t temporaries_of(const struct account_row *a) { return heap_only(a, a->temporaries); }

static uint64_t mapped_of(const struct account_row *a)
{
	return a->kind == ACCOUNT_MAPPING ? a->live_bytes : 0;
}

static uint64_t pooled_of(const struct account_row *a)
{
	return a->kind == ACCOUNT_POOL ? a->live_bytes : 0;
}

static void judge(struct builder *builder, const struct account_row *rows, size_t count,
		  measure *value)
{
	fold_begin(&builder->fold);
	for (size_t i = 0; i < count; i++)
		fold_add(&builder->fold, builder->merged.of_node[rows[i].node], value(&rows[i]));
	fold_judge(&builder->fold);
}

static void judge_end(struct builder *builder)
{
	static measure *const measures[] = {
		live_of, peak_of, total_of, count_of, temporaries_of, mapped_of,
		pooled_of,
	};

	for (size_t i = 0; i < sizeof measures / sizeof measures[0]; i++)
		judge(builder, builder->loaded->accounts, builder->loaded->account_count, measures[i]);
}

/* What `use` makes of a snapshot's accounts. */
typedef int moment_user(struct builder *builder, size_t moment, const struct account_row *rows,
			size_t count, void *context);

/* Each snapshot's accounts in turn: all of them may be too many to hold. */
static int each_moment(struct builder *builder, moment_user *use, void *context, struct error *err)
{
	const struct loaded *loaded = builder->loaded;
	int status = 0;

	for (size_t i = 0; i < loaded->snapshot_count && !status; i++) {
		struct arena arena = ARENA_INIT;
		struct account_row *rows;
		size_t count;

		status = load_snapshot(dataset_store(builder->data), loaded, loaded->snapshots[i].id,
				       &arena, &rows, &count, err);
		if (!status && use(builder, i, rows, count, context))
			status = no_memory(err);
		arena_release(&arena);
	}
	return status;
}

static int judge_moment(struct builder *builder, size_t moment, const struct account_row *rows,
			size_t count, void *context)
{
	(void)moment, (void)context;
	judge(builder, rows, count, live_of);
	return 0;
}

static int fold_tree(struct builder *builder, double share, struct view_tree *tree,
		     struct error *err)
{
	struct merged *merged = &builder->merged;

	builder->shown = calloc(merged->count + 1, sizeof *builder->shown);
	tree->nodes = fill_array(builder->fill, merged->count, sizeof *tree->nodes);
	if (!builder->shown || !tree->nodes ||
	    fold_init(&builder->fold, merged->nodes, merged->count, share))
		return no_memory(err);
	judge_end(builder);
	if (share > 0 && each_moment(builder, judge_moment, NULL, err))
		return err->code;
	tree->node_count = fold_apply(&builder->fold, builder->shown, tree->nodes);
	tree->folded_nodes = merged->count - tree->node_count;
	return 0;
}

/* --- Charges ------------------------------------------------------------------ */

static const char *name_of(struct builder *builder, uint32_t dag_node)
{
	return fill_name(builder->fill, BY_NODE, SYMBOL_UNKNOWN, dag_node);
}

static enum view_kind kind_of(const struct account_row *account)
{
	return account->kind == ACCOUNT_MAPPING ? VIEW_MAPPING :
	       account->kind == ACCOUNT_POOL ? VIEW_POOL : VIEW_HEAP;
}

static bool is_shown(const struct account_row *account)
{
	return account->allocations | account->live_bytes | account->live_blocks |
	       account->peak_bytes | account->peak_blocks;
}

static void add_account(struct view_charge *charge, const struct account_row *account)
{
	charge->live_bytes += account->live_bytes;
	charge->live_count += account->live_blocks;
	charge->slack_bytes += account->slack_bytes;
	charge->peak_bytes += account->peak_bytes;
	charge->peak_count += account->peak_blocks;
	charge->total_bytes += account->allocated_bytes;
	charge->total_count += account->allocations;
	charge->temporaries += account->temporaries;
}

/* The charge that an account is part of, new or not; NULL: no memory. */
static struct view_charge *charge_for(struct builder *builder, struct map *index,
				      const struct account_row *account, struct view_tree *tree)
{
	struct view_charge new = {
		.node = builder->shown[builder->merged.of_node[account->node]],
		.owner = builder->owners[account->node],
		.dag_node = intern_add(&builder->dag_names, name_of(builder, account->dag_node)),
		.kind = kind_of(account),
	};
	struct map_key key = { (uint64_t)new.node << 32 | new.owner,
			       (uint64_t)new.dag_node << 2 | new.kind };
	uint32_t number = map_add(index, key, (uint32_t)tree->charge_count);

	if (number == MAP_NONE || new.dag_node == MAP_NONE)
		return NULL;
	if (number == tree->charge_count)
		tree->charges[tree->charge_count++] = new;
	return &tree->charges[number];
}

static int add_charges(struct builder *builder, struct map *index, struct view_tree *tree)
{
	const struct loaded *loaded = builder->loaded;

	for (size_t i = 0; i < loaded->account_count; i++) {
		struct view_charge *charge;

		builder->charge_of[i] = NO_CHARGE;
		if (!is_shown(&loaded->accounts[i]))
			continue;
		charge = charge_for(builder, index, &loaded->accounts[i], tree);
		if (!charge)
			return -1;
		add_account(charge, &loaded->accounts[i]);
		builder->charge_of[i] = (uint32_t)(charge - tree->charges);
	}
	return 0;
}

static int make_charges(struct builder *builder, struct view_tree *tree, struct error *err)
{
	size_t accounts = builder->loaded->account_count;
	struct map index = MAP_INIT;
	int result = -1;

	builder->charge_of = calloc(accounts + 1, sizeof *builder->charge_of);
	tree->charges = fill_array(builder->fill, accounts, sizeof *tree->charges);
	if (builder->charge_of && tree->charges &&
	    intern_add(&builder->dag_names, VIEW_OUTSIDE_NODES) == 0)
		result = add_charges(builder, &index, tree);
	map_release(&index);
	tree->dag_names = fill_array(builder->fill, builder->dag_names.count,
				     sizeof *tree->dag_names);
	if (result || !tree->dag_names)
		return no_memory(err);
	tree->dag_name_count = builder->dag_names.count;
	for (uint32_t i = 0; i < tree->dag_name_count; i++)
		tree->dag_names[i] = fill_text(builder->fill,
					       intern_text(&builder->dag_names, i));
	return 0;
}

/* --- Frames ------------------------------------------------------------------- */

/* The number of a symbol among the frames, new or not; `numbers` has them plus 1. */
static uint32_t frame_number(struct builder *builder, uint32_t *numbers, uint32_t symbol,
			     struct view_tree *tree)
{
	if (!numbers[symbol]) {
		tree->frames[tree->frame_count] = fill_frame(builder->fill, symbol);
		numbers[symbol] = (uint32_t)++tree->frame_count;
	}
	return numbers[symbol] - 1;
}

static void number_frames(struct builder *builder, uint32_t *numbers, bool source,
			  struct view_tree *tree)
{
	for (size_t i = 0; i < tree->charge_count; i++) {
		struct view_charge *charge = &tree->charges[i];

		charge->owner = frame_number(builder, numbers, charge->owner, tree);
		if (source && !tree->frames[charge->owner].source)
			fill_source(builder->fill, &tree->frames[charge->owner]);
	}
	for (size_t i = 1; i < tree->node_count; i++)
		tree->nodes[i].frame = frame_number(builder, numbers, tree->nodes[i].frame, tree);
}

static int make_frames(struct builder *builder, bool source, struct view_tree *tree,
		       struct error *err)
{
	size_t symbols = builder->loaded->frames.symbol_count;
	uint32_t *numbers = calloc(symbols + 1, sizeof *numbers);

	tree->frames = fill_array(builder->fill, symbols, sizeof *tree->frames);
	if (numbers && tree->frames)
		number_frames(builder, numbers, source, tree);
	free(numbers);
	return numbers && tree->frames ? 0 : no_memory(err);
}

/* --- Moments ------------------------------------------------------------------ */

struct moments {
	const struct view_tree *tree;
	struct view_moment *moments;
	struct view_change *before, *now;       /* by charge */
};

/* The charge of the account `id`: accounts are in the order of their ids. */
static uint32_t charge_of_id(const struct builder *builder, uint32_t id)
{
	const struct loaded *loaded = builder->loaded;
	size_t low = 0, high = loaded->account_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (loaded->accounts[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < loaded->account_count && loaded->accounts[low].id == id ?
		builder->charge_of[low] : NO_CHARGE;
}

static void add_moment_row(struct view_change *now, const struct account_row *row)
{
	now->live_bytes += row->live_bytes;
	now->live_count += row->live_blocks;
	now->total_bytes += row->allocated_bytes;
	now->total_count += row->allocations;
	now->temporaries += row->temporaries;
}

static bool differs(const struct view_change *a, const struct view_change *b)
{
	return a->live_bytes != b->live_bytes || a->live_count != b->live_count ||
	       a->total_bytes != b->total_bytes || a->total_count != b->total_count ||
	       a->temporaries != b->temporaries;
}

static int fill_changes(struct fill *fill, const struct moments *all, struct view_moment *moment)
{
	size_t charges = all->tree->charge_count, count = 0;

	for (size_t i = 0; i < charges; i++)
		count += differs(&all->now[i], &all->before[i]);
	moment->changes = fill_array(fill, count, sizeof *moment->changes);
	for (size_t i = 0; i < charges && moment->changes; i++) {
		const struct view_change *now = &all->now[i], *before = &all->before[i];

		if (differs(now, before))
			moment->changes[moment->change_count++] = (struct view_change){
				(uint32_t)i, now->live_bytes - before->live_bytes,
				now->live_count - before->live_count,
				now->total_bytes - before->total_bytes,
				now->total_count - before->total_count,
				now->temporaries - before->temporaries,
			};
	}
	return moment->changes ? 0 : -1;
}

static int make_moment(struct builder *builder, size_t moment, const struct account_row *rows,
		       size_t count, void *context)
{
	struct moments *all = context;
	struct view_change *swap = all->before;

	all->before = all->now;
	all->now = swap;
	memset(all->now, 0, all->tree->charge_count * sizeof *all->now);
	for (size_t i = 0; i < count; i++) {
		uint32_t charge = charge_of_id(builder, rows[i].id);

		if (charge != NO_CHARGE)
			add_moment_row(&all->now[charge], &rows[i]);
	}
	return fill_changes(builder->fill, all, &all->moments[moment]);
}

static int make_moments(struct builder *builder, const struct view_tree *tree,
			struct view_moment **moments, size_t *count, struct error *err)
{
	struct moments all = { .tree = tree };
	struct view_mark *marks = fill_marks(builder->fill, count);
	int status = 0;

	all.moments = fill_array(builder->fill, *count, sizeof *all.moments);
	all.before = calloc(tree->charge_count + 1, sizeof *all.before);
	all.now = calloc(tree->charge_count + 1, sizeof *all.now);
	if (!marks || !all.moments || !all.before || !all.now)
		status = no_memory(err);
	for (size_t i = 0; i < *count && !status; i++)
		all.moments[i].mark = marks[i];
	if (!status)
		status = each_moment(builder, make_moment, &all, err);
	*moments = all.moments;
	free(all.before);
	free(all.now);
	return status;
}

/* --- All of it ---------------------------------------------------------------- */

static int prepare(struct builder *builder, struct error *err)
{
	const struct call_frames *frames = &builder->loaded->frames;

	builder->owners = calloc(frames->node_count + 1, sizeof *builder->owners);
	if (!builder->owners || merge_frames(frames, &builder->merged) ||
	    attribute_owners(frames, NULL, false, builder->owners))
		return no_memory(err);
	return 0;
}

static void release(struct builder *builder)
{
	merged_release(&builder->merged);
	fold_release(&builder->fold);
	intern_release(&builder->dag_names);
	free(builder->shown);
	free(builder->owners);
	free(builder->charge_of);
}

int tree_read(struct dataset *data, struct fill *fill, const struct tree_options *options,
	      struct view_tree *tree, struct view_moment **moments, size_t *count,
	      struct error *err)
{
	struct builder builder = { .data = data, .loaded = dataset_loaded(data), .fill = fill,
				   .dag_names = INTERN_INIT(fill->arena) };
	int status = prepare(&builder, err);

	if (!status)
		status = fold_tree(&builder, options->fold_share, tree, err);
	if (!status)
		status = make_charges(&builder, tree, err);
	if (!status)
		status = make_frames(&builder, options->source, tree, err);
	if (!status)
		status = make_moments(&builder, tree, moments, count, err);
	release(&builder);
	return status;
}
