#include "analyzer/import.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/attribute.h"
#include "analyzer/import_dag.h"
#include "analyzer/import_leaks.h"
#include "analyzer/import_process.h"
#include "base/error.h"
#include "profile/size_class.h"
#include "profile/tick.h"

struct import {
	struct store *store;
	const struct profile_data *data;
	const struct resolved *resolved;
	struct error *err;
};

uint64_t import_time(const struct profile_data *data, uint64_t monotonic_ns)
{
	uint64_t start = data->header.start_monotonic_ns;

	return monotonic_ns > start ? monotonic_ns - start : 0;
}

static void hexadecimal(const uint8_t *bytes, size_t count, char *text)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < count; i++) {
		*text++ = digits[bytes[i] >> 4];
		*text++ = digits[bytes[i] & 15];
	}
	*text = '\0';
}

static int import_modules(struct import *in)
{
	struct store_rows rows;

	store_rows_open(&rows, in->store, "module", 10, in->err);
	for (uint32_t id = 1; id < in->data->module_count; id++) {
		const struct reader_module *module = &in->data->modules[id];
		char build_id[2 * BUILD_ID_MAX + 1];

		if (!module->path)
			continue;
		hexadecimal(module->build_id, module->build_id_bytes, build_id);
		store_number(&rows, IMPORT_PROFILE_ID);
		store_number(&rows, id);
		store_text(&rows, module->path);
		store_text(&rows, module->build_id_bytes ? build_id : NULL);
		store_number(&rows, module->start);
		store_number(&rows, module->end);
		store_number(&rows, module->bias);
		store_number(&rows, module->gone);
		store_text(&rows, resolve_quality_name(in->resolved->module_quality[id]));
		store_text(&rows, in->resolved->module_stamp[id]);
		store_row(&rows);
	}
	return store_rows_close(&rows);
}

static int import_symbols(struct import *in)
{
	const struct call_frames *frames = &in->resolved->frames;
	struct store_rows rows;

	store_rows_open(&rows, in->store, "symbol", 7, in->err);
	for (size_t id = 0; id < frames->symbol_count; id++) {
		const struct frame_symbol *symbol = &frames->symbols[id];

		store_number(&rows, IMPORT_PROFILE_ID);
		store_number(&rows, id);
		store_text(&rows, symbol->function);
		store_text(&rows, symbol->file);
		store_number_or_null(&rows, symbol->line, symbol->line);
		store_text(&rows, symbol->module);
		store_number_or_null(&rows, symbol->offset, !symbol->function);
		store_row(&rows);
	}
	return store_rows_close(&rows);
}

static int import_places(struct import *in)
{
	struct store_rows rows;

	store_rows_open(&rows, in->store, "place", 4, in->err);
	for (size_t i = 0; i < in->resolved->place_count; i++) {
		const struct resolved_place *place = &in->resolved->places[i];

		store_number(&rows, IMPORT_PROFILE_ID);
		store_number(&rows, i + 1);
		store_number_or_null(&rows, place->module, place->module);
		store_number(&rows, place->address);
		store_row(&rows);
	}
	return store_rows_close(&rows);
}

static int import_frames(struct import *in)
{
	const struct call_frames *frames = &in->resolved->frames;
	struct store_rows rows;

	store_rows_open(&rows, in->store, "place_frame", 4, in->err);
	for (size_t id = 1; id < frames->place_count; id++)
		for (uint32_t depth = 0; depth < frames->places[id].count; depth++) {
			store_number(&rows, IMPORT_PROFILE_ID);
			store_number(&rows, id);
			store_number(&rows, depth);
			store_number(&rows, frames->frames[frames->places[id].first + depth]);
			store_row(&rows);
		}
	return store_rows_close(&rows);
}

static int import_nodes(struct import *in)
{
	const struct call_frames *frames = &in->resolved->frames;
	struct store_rows rows;

	store_rows_open(&rows, in->store, "node", 4, in->err);
	for (size_t id = 1; id < frames->node_count; id++) {
		if (frames->nodes[id].place == PLACE_EMPTY)
			continue;
		store_number(&rows, IMPORT_PROFILE_ID);
		store_number(&rows, id);
		store_number(&rows, frames->nodes[id].parent);
		store_number(&rows, frames->nodes[id].place);
		store_row(&rows);
	}
	return store_rows_close(&rows);
}

static int import_dag_nodes(struct import *in)
{
	struct store_rows rows;

	store_rows_open(&rows, in->store, "dag_node", 3, in->err);
	for (uint32_t id = 1; id < in->data->dag_node_count; id++) {
		if (!in->data->dag_nodes[id].name)
			continue;
		store_number(&rows, IMPORT_PROFILE_ID);
		store_number(&rows, id);
		store_text(&rows, in->data->dag_nodes[id].name);
		store_row(&rows);
	}
	return store_rows_close(&rows);
}

static int import_dag_edges(struct import *in)
{
	struct store_rows rows;

	store_rows_open(&rows, in->store, "dag_edge", 4, in->err);
	for (size_t i = 0; i < in->data->dag_edge_count; i++) {
		const struct reader_dag_edge *edge = &in->data->dag_edges[i];

		store_number(&rows, IMPORT_PROFILE_ID);
		store_number(&rows, edge->node);
		store_number(&rows, edge->position);
		store_number(&rows, edge->dependency);
		store_row(&rows);
	}
	return store_rows_close(&rows);
}

static bool is_charged(const struct account_sums *sums)
{
	static const struct account_sums nothing;

	return memcmp(sums, &nothing, sizeof nothing) != 0;
}

static void put_tick(struct store_rows *rows, uint32_t tick)
{
	store_number_or_null(rows, tick ? tick_ms(tick) * 1000000 : 0, tick);
}

static void put_account(struct store_rows *rows, uint64_t id, const struct reader_account *account,
			uint32_t owner)
{
	const struct account_sums *sums = &account->sums;

	store_number(rows, IMPORT_PROFILE_ID);
	store_number(rows, id);
	store_number(rows, account->stack);
	store_number(rows, account->dag_node);
	store_number(rows, account->kind);
	store_number(rows, owner);
	store_number(rows, sums->allocations);
	store_number(rows, sums->allocated_bytes);
	store_number(rows, sums->frees);
	store_number(rows, sums->freed_bytes);
	store_number(rows, sums->live_bytes);
	store_number(rows, sums->live_blocks);
	store_number(rows, sums->slack_bytes);
	store_number(rows, sums->peak_bytes);
	store_number(rows, sums->peak_blocks);
	store_number(rows, sums->temporaries);
	put_tick(rows, sums->last_allocation);
	put_tick(rows, sums->last_free);
	store_row(rows);
}

/* An account that only a snapshot or a leak check names is needed there. */
static bool *find_wanted(const struct profile_data *data)
{
	bool *wanted = calloc(data->account_count, sizeof *wanted);

	if (!wanted)
		return NULL;
	for (uint32_t id = 1; id < data->account_count; id++)
		wanted[id] = is_charged(&data->accounts[id].sums);
	for (size_t i = 0; i < data->snapshot_count; i++)
		for (size_t row = 0; row < data->snapshots[i].row_count; row++)
			wanted[data->snapshots[i].rows[row].account] = true;
	import_leaks_mark_accounts(data, wanted);
	return wanted;
}

static int import_accounts(struct import *in)
{
	const struct call_frames *frames = &in->resolved->frames;
	uint32_t *owners = calloc(frames->node_count, sizeof *owners);
	bool *wanted = find_wanted(in->data);
	struct store_rows rows;
	int result;

	if (owners && wanted && !attribute_owners(frames, NULL, false, owners)) {
		store_rows_open(&rows, in->store, "account", 18, in->err);
		for (uint32_t id = 1; id < in->data->account_count; id++)
			if (wanted[id])
				put_account(&rows, id, &in->data->accounts[id],
					    owners[in->data->accounts[id].stack]);
		result = store_rows_close(&rows);
	} else {
		result = error_set(in->err, ERROR_NO_MEMORY, "no memory for the accounts");
	}
	free(owners);
	free(wanted);
	return result;
}

static uint64_t not_below(uint64_t value, uint64_t taken)
{
	return value > taken ? value - taken : 0;
}

static void put_snapshot_rows(struct store_rows *rows, const struct reader_snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->row_count; i++) {
		const struct snapshot_row *row = &snapshot->rows[i];

		store_number(rows, IMPORT_PROFILE_ID);
		store_number(rows, snapshot->number);
		store_number(rows, row->account);
		store_number(rows, row->allocations);
		store_number(rows, row->allocated_bytes);
		store_number(rows, not_below(row->allocated_bytes, row->freed_bytes));
		store_number(rows, not_below(row->allocations, row->frees));
		store_number(rows, row->slack_bytes > 0 ? (uint64_t)row->slack_bytes : 0);
		store_number(rows, row->temporaries);
		store_row(rows);
	}
}

static int import_snapshot_rows(struct import *in)
{
	struct store_rows rows;

	store_rows_open(&rows, in->store, "snapshot_account", 9, in->err);
	for (size_t i = 0; i < in->data->snapshot_count; i++)
		put_snapshot_rows(&rows, &in->data->snapshots[i]);
	return store_rows_close(&rows);
}

static int import_snapshots(struct import *in)
{
	struct store_rows rows;

	store_rows_open(&rows, in->store, "snapshot", 8, in->err);
	for (size_t i = 0; i < in->data->snapshot_count; i++) {
		const struct reader_snapshot *snapshot = &in->data->snapshots[i];

		store_number(&rows, IMPORT_PROFILE_ID);
		store_number(&rows, snapshot->number);
		store_text(&rows, snapshot->label);
		store_number(&rows, snapshot->kind - SNAPSHOT_NAMED);
		store_number(&rows, import_time(in->data, snapshot->monotonic_ns));
		store_number(&rows, snapshot->live_bytes);
		store_number(&rows, snapshot->live_blocks);
		store_number(&rows, snapshot->peak_bytes);
		store_row(&rows);
	}
	return store_rows_close(&rows);
}

static int import_samples(struct import *in)
{
	struct store_rows rows;

	store_rows_open(&rows, in->store, "sample", 5, in->err);
	for (size_t i = 0; i < in->data->sample_count; i++) {
		const struct heap_sample *sample = &in->data->samples[i];

		store_number(&rows, IMPORT_PROFILE_ID);
		store_number(&rows, import_time(in->data, sample->monotonic_ns));
		store_number(&rows, sample->live_bytes);
		store_number(&rows, sample->mapped_bytes);
		store_number(&rows, sample->allocations);
		store_row(&rows);
	}
	return store_rows_close(&rows);
}

static int import_rss(struct import *in)
{
	struct store_rows rows;

	store_rows_open(&rows, in->store, "rss_sample", 4, in->err);
	for (size_t i = 0; i < in->data->rss_count; i++) {
		store_number(&rows, IMPORT_PROFILE_ID);
		store_number(&rows, import_time(in->data, in->data->rss[i].monotonic_ns));
		store_number(&rows, in->data->rss[i].rss_bytes);
		store_number(&rows, in->data->rss[i].anonymous_bytes);
		store_row(&rows);
	}
	return store_rows_close(&rows);
}

static int import_size_classes(struct import *in)
{
	struct store_rows rows;

	store_rows_open(&rows, in->store, "size_class", 4, in->err);
	for (unsigned class = 0; class < SIZE_CLASSES; class++) {
		if (!in->data->size_class[class])
			continue;
		store_number(&rows, IMPORT_PROFILE_ID);
		store_number(&rows, class);
		store_number(&rows, size_class_max(class));
		store_number(&rows, in->data->size_class[class]);
		store_row(&rows);
	}
	return store_rows_close(&rows);
}

static int import_all(struct import *in, const char *path, const char *fingerprint)
{
	if (import_process(in->store, path, fingerprint, in->data, in->resolved, in->err) ||
	    import_modules(in) ||
	    import_symbols(in) ||
	    import_places(in) ||
	    import_frames(in) ||
	    import_nodes(in) ||
	    import_dag_nodes(in) ||
	    import_dag_edges(in) ||
	    import_accounts(in) ||
	    import_snapshots(in) ||
	    import_snapshot_rows(in) ||
	    import_samples(in) ||
	    import_rss(in) ||
	    import_size_classes(in) ||
	    import_dag(in->store, in->data, in->err) ||
	    import_leaks(in->store, in->data, in->resolved, in->err))
		return in->err->code;
	return 0;
}

int import_profile(struct store *store, const char *path, const char *fingerprint,
		   const struct profile_data *data, const struct resolved *resolved,
		   struct error *err)
{
	struct import in = { store, data, resolved, err };

	if (store_execute(store, "BEGIN", err) ||
	    import_all(&in, path, fingerprint) ||
	    store_execute(store, "COMMIT", err))
		return error_context(err, "importing %s", path);
	return 0;
}
