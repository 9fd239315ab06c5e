#include "analyzer/leaks_parts.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/attribute.h"
#include "analyzer/view_leaks.h"
#include "profile/layout.h"

int leaks_no_memory(struct leaks_finder *finder)
{
	return error_set(finder->err, ERROR_NO_MEMORY, "no memory for the leaks");
}

/* --- Which check ------------------------------------------------------------------------- */

static bool is_done(const struct leak_check_row *check)
{
	return check->status && strcmp(check->status, "done") == 0;
}

static int find_labelled(struct leaks_finder *finder)
{
	for (size_t i = finder->check_count; i-- > 0;)
		if (finder->checks[i].label && strcmp(finder->checks[i].label, finder->options->at) == 0) {
			finder->check = is_done(&finder->checks[i]) ? &finder->checks[i] : NULL;
			return 0;
		}
	return error_set(finder->err, ERROR_NOT_FOUND, "no leak check '%s' in %s", finder->options->at,
			 finder->loaded->process.profile_path);
}

static int find_check(struct leaks_finder *finder)
{
	if (load_leak_checks(dataset_store(finder->data), &finder->arena, &finder->checks,
			     &finder->check_count, finder->err))
		return finder->err->code;
	if (finder->options->at)
		return find_labelled(finder);
	for (size_t i = finder->check_count; i-- > 0 && !finder->check;)
		if (is_done(&finder->checks[i]))
			finder->check = &finder->checks[i];
	return 0;
}

const struct leak_check_row *leaks_check_before(const struct leaks_finder *finder)
{
	for (const struct leak_check_row *check = finder->check; check && check-- > finder->checks;)
		if (is_done(check))
			return check;
	return NULL;
}

/* Without a check: everything that is live, one record an account. */
static int make_unjudged(struct leaks_finder *finder)
{
	const struct loaded *loaded = finder->loaded;

	finder->records = arena_alloc_array(&finder->arena, loaded->account_count, sizeof *finder->records);
	if (!finder->records)
		return leaks_no_memory(finder);
	for (size_t i = 0; i < loaded->account_count; i++) {
		const struct account_row *account = &loaded->accounts[i];

		if (account->kind == ACCOUNT_HEAP && account->live_blocks)
			finder->records[finder->record_count++] = (struct leak_record){
				.account = account, .verdict = LEAK_UNJUDGED,
				.bytes = account->live_bytes, .blocks = account->live_blocks,
			};
	}
	return 0;
}

static int load_records(struct leaks_finder *finder)
{
	const struct leak_check_row *before = leaks_check_before(finder);
	struct store *store = dataset_store(finder->data);

	if (!finder->check)
		return make_unjudged(finder);
	if (load_leaks(store, finder->loaded, finder->check->id, &finder->arena, &finder->records,
		       &finder->record_count, finder->err) ||
	    (before && load_leaks(store, finder->loaded, before->id, &finder->arena, &finder->earlier,
				  &finder->earlier_count, finder->err)))
		return finder->err->code;
	return 0;
}

/* --- Suppressions ------------------------------------------------------------------------ */

static int read_suppressions(struct leaks_finder *finder)
{
	const struct leaks_options *options = finder->options;

	if (suppressions_init(&finder->suppressions, options->today, finder->err))
		return finder->err->code;
	if (options->no_builtin)
		finder->suppressions.count = 0;
	for (size_t i = 0; i < options->file_count; i++)
		if (suppressions_read(&finder->suppressions, options->files[i], finder->err))
			return finder->err->code;
	finder->matched = arena_alloc_array(&finder->arena, finder->suppressions.count + 1,
					    sizeof *finder->matched);
	if (!finder->matched || suppressor_init(&finder->suppressor, &finder->suppressions,
						&finder->loaded->frames))
		return leaks_no_memory(finder);
	return 0;
}

static size_t count_frames(const struct call_frames *frames, uint32_t node)
{
	size_t count = 0;

	for (; node; node = frames->nodes[node].parent)
		count += frames->places[frames->nodes[node].place].count;
	return count;
}

/* The suppression that hides blocks of this stack and verdict. */
uint32_t leaks_suppression_of(struct leaks_finder *finder, const struct leak_record *record)
{
	const struct call_frames *frames = &finder->loaded->frames;
	size_t count = 0, room = count_frames(frames, record->account->node);
	uint32_t *symbols = malloc((room + 1) * sizeof *symbols), found = LEAKS_NOT_SUPPRESSED;

	if (!symbols)
		return LEAKS_NOT_SUPPRESSED;
	for (uint32_t node = record->account->node; node; node = frames->nodes[node].parent) {
		const struct frame_place *place = &frames->places[frames->nodes[node].place];

		for (uint32_t i = 0; i < place->count; i++)
			symbols[count++] = frames->frames[place->first + i];
	}
	found = suppressor_find(&finder->suppressor, record->verdict, symbols, count);
	free(symbols);
	return found;
}

static int add_history(struct leaks_finder *finder)
{
	if (leak_history_make(dataset_store(finder->data), finder->loaded, finder->group_of,
			      finder->groups.count, &finder->arena, &finder->history, finder->err))
		return finder->err->code;
	for (size_t i = 0; i < finder->entry_count && finder->options->by != LEAKS_BY_HOLDER; i++)
		if (!leak_history_growth(&finder->history, finder->entries[i].group,
					 &finder->entries[i].growth))
			return leaks_no_memory(finder);
	return 0;
}

static int find_all(struct leaks_finder *finder)
{
	finder->owners = arena_alloc_array(&finder->arena, finder->loaded->frames.node_count + 1,
					   sizeof *finder->owners);
	if (!finder->owners || attribute_owners(&finder->loaded->frames, NULL, false, finder->owners))
		return leaks_no_memory(finder);
	if (read_suppressions(finder) || find_check(finder) || load_records(finder) ||
	    leaks_make_entries(finder) || add_history(finder) || leaks_use_graph(finder))
		return finder->err->code;
	if (leaks_sort_entries(finder))
		return finder->err->code;
	finder->view->process = fill_process(&finder->fill, &finder->loaded->process);
	finder->view->quality = fill_quality(&finder->fill);
	leaks_fill_view(finder);
	return finder->fill.failed ? leaks_no_memory(finder) : 0;
}

static void release(struct leaks_finder *finder)
{
	fill_release(&finder->fill);
	suppressor_release(&finder->suppressor);
	suppressions_release(&finder->suppressions);
	map_release(&finder->groups);
	map_release(&finder->keys);
	map_release(&finder->heads);
	intern_release(&finder->texts);
	arena_release(&finder->arena);
}

int leaks_find(struct dataset *data, const struct leaks_options *options, struct view_leaks *view,
	       struct error *err)
{
	struct view_leaks filled = { .arena = ARENA_INIT };
	struct leaks_finder finder = {
		.data = data, .loaded = dataset_loaded(data), .options = options, .view = &filled,
		.err = err,
	};
	int status;

	finder.texts = (struct intern)INTERN_INIT(&finder.arena);
	fill_init(&finder.fill, finder.loaded, &filled.arena);
	status = find_all(&finder);
	release(&finder);
	if (!status)
		*view = filled;
	else
		view_leaks_free(&filled);
	return status;
}
