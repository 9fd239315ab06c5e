#include "analyzer/import_process.h"

#include "analyzer/import.h"
#include "base/error.h"
#include "base/text.h"
#include "profile/tick.h"

struct import {
	struct store *store;
	const struct profile_data *data;
	const struct resolved *resolved;
	struct error *err;
};

/* Until the recorded end, else until the last sign of life. */
static uint64_t duration_of(const struct profile_data *data)
{
	uint64_t end = data->header.end_monotonic_ns;

	if (!end && data->sample_count)
		end = data->samples[data->sample_count - 1].monotonic_ns;
	if (data->rss_count && data->rss[data->rss_count - 1].monotonic_ns > end &&
	    !data->header.end_monotonic_ns)
		end = data->rss[data->rss_count - 1].monotonic_ns;
	return import_time(data, end);
}

/* What Linux's coarse clocks may be behind. */
static const uint64_t CLOCK_LAG_NS = 10000000;

/* An event came so long at most after the time of its tick. */
static uint64_t tick_width(const struct profile_data *data)
{
	const struct profile_header *header = &data->header;
	uint64_t gap_ms = header->tick_gap_ms, end_ms = duration_of(data) / 1000000;
	uint64_t to_the_end_ms = end_ms - (tick_now(header) && tick_ms(tick_now(header)) < end_ms ?
					   tick_ms(tick_now(header)) : end_ms);

	if (to_the_end_ms > gap_ms)
		gap_ms = to_the_end_ms;
	return (gap_ms + 1 + (end_ms >> TICK_FRACTION_BITS)) * 1000000 + CLOCK_LAG_NS;
}

static void put_file(struct store_rows *rows, const char *path, const char *fingerprint,
		     const struct profile_data *data)
{
	store_number(rows, IMPORT_PROFILE_ID);
	store_text(rows, DAGMEM_VERSION);
	store_text(rows, path);
	store_text(rows, fingerprint);
	store_number(rows, data->file_bytes);
	store_number(rows, PROFILE_VERSION);
}

static void put_process(struct store_rows *rows, const struct profile_data *data)
{
	const struct profile_header *header = &data->header;

	store_text(rows, header->tracer_version);
	store_number(rows, header->machine);
	store_text(rows, header->allocator[0] ? header->allocator : NULL);
	store_number(rows, header->pid);
	store_number(rows, header->parent_pid);
	store_number(rows, header->forked);
	store_number(rows, header->run_id);
	store_text(rows, data->executable);
	store_text(rows, data->directory);
	store_text(rows, data->options);
	store_text(rows, data->process_node);
	store_text(rows, data->state);
	store_number_or_null(rows, (uint64_t)(int64_t)header->exit_status, header->state == STATE_EXITED);
	store_number_or_null(rows, header->signal, header->state == STATE_KILLED);
	store_number(rows, header->out_of_memory != 0);
	store_number(rows, header->start_realtime_ns);
	store_number(rows, duration_of(data));
}

static void put_totals(struct store_rows *rows, const struct profile_data *data)
{
	const struct profile_header *header = &data->header;

	store_number(rows, header->peak_bytes);
	store_number(rows, header->peak_bound_bytes);
	store_number_or_null(rows, import_time(data, header->peak_monotonic_ns), header->peak_monotonic_ns);
	store_number(rows, header->peak_resets);
	store_number(rows, data->threads);
	store_number(rows, header->shards);
	store_number(rows, header->private_bytes);
	store_number_or_null(rows, header->allocator_free_bytes,
		       header->allocator_free_bytes != UINT64_MAX);
	store_number_or_null(rows, header->max_rss_bytes, header->max_rss_bytes);
	store_number_or_null(rows, header->user_ns, header->max_rss_bytes);
	store_number_or_null(rows, header->system_ns, header->max_rss_bytes);
	store_number_or_null(rows, header->end_rss_bytes, header->end_rss_bytes);
	store_number_or_null(rows, header->tracer_rss_bytes, header->end_rss_bytes);
	store_number_or_null(rows, header->mapped_rss_bytes, header->end_rss_bytes);
	store_number(rows, tick_width(data));
}

static int import_profile_row(struct import *in, const char *path, const char *fingerprint)
{
	struct store_rows rows;

	store_rows_open(&rows, in->store, "profile", 38, in->err);
	put_file(&rows, path, fingerprint, in->data);
	put_process(&rows, in->data);
	put_totals(&rows, in->data);
	store_row(&rows);
	return store_rows_close(&rows);
}

static int import_texts(struct import *in, const char *table, struct reader_texts texts)
{
	struct store_rows rows;

	store_rows_open(&rows, in->store, table, 3, in->err);
	for (size_t i = 0; i < texts.count; i++) {
		store_number(&rows, IMPORT_PROFILE_ID);
		store_number(&rows, i);
		store_text(&rows, texts.items[i]);
		store_row(&rows);
	}
	return store_rows_close(&rows);
}

/* After the tracer's notes: what the files say now. */
static int import_our_notes(struct import *in)
{
	size_t position = in->data->notes.count;
	struct store_rows rows;
	struct text note;

	text_init(&note);
	store_rows_open(&rows, in->store, "note", 3, in->err);
	for (uint32_t id = 1; id < in->data->module_count; id++) {
		if (in->resolved->module_quality[id] != SYMBOLS_REBUILT)
			continue;
		text_clear(&note);
		text_printf(&note, "%s is another build than the one that ran: its symbols were not used",
			    in->data->modules[id].path);
		store_number(&rows, IMPORT_PROFILE_ID);
		store_number(&rows, position++);
		store_text(&rows, note.data);
		store_row(&rows);
	}
	bool failed = text_failed(&note);

	text_release(&note);
	if (store_rows_close(&rows))
		return in->err->code;
	return failed ? error_set(in->err, ERROR_NO_MEMORY, "no memory for the notes") : 0;
}

static void put_quality(struct store_rows *rows, const char *name, uint64_t value)
{
	store_number(rows, IMPORT_PROFILE_ID);
	store_text(rows, name);
	store_number(rows, value);
	store_row(rows);
}

static int import_quality(struct import *in)
{
	const struct quality *q = &in->data->header.quality;
	const struct { const char *name; uint64_t value; } values[] = {
		{ "walks", q->walks },
		{ "walks_failed", q->walks_failed },
		{ "walks_truncated", q->walks_truncated },
		{ "stacks_folded", q->stacks_folded },
		{ "events_dropped", q->events_dropped },
		{ "events_before_start", q->events_before_start },
		{ "frees_unknown", q->frees_unknown },
		{ "frees_missed", q->frees_missed },
		{ "guard_healed", q->guard_healed },
		{ "shards_shared", q->shards_shared },
		{ "children_untraced", q->children_untraced },
		{ "modules_unloaded", q->modules_unloaded },
		{ "check_stacks", q->check_stacks },
		{ "check_frames_differ", q->check_frames_differ },
		{ "check_ids_differ", q->check_ids_differ },
		{ "growth_failed", q->growth_failed },
		{ "nodes_misused", q->nodes_misused },
		{ "nodes_folded", q->nodes_folded },
		{ "executions_folded", q->executions_folded },
		{ "results_folded", q->results_folded },
		{ "pages_damaged", in->data->pages_damaged },
	};
	struct store_rows rows;

	store_rows_open(&rows, in->store, "quality", 3, in->err);
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
		put_quality(&rows, values[i].name, values[i].value);
	return store_rows_close(&rows);
}

int import_process(struct store *store, const char *path, const char *fingerprint,
		   const struct profile_data *data, const struct resolved *resolved,
		   struct error *err)
{
	struct import in = { store, data, resolved, err };

	if (import_profile_row(&in, path, fingerprint) ||
	    import_texts(&in, "argument", data->command) ||
	    import_texts(&in, "note", data->notes) ||
	    import_our_notes(&in) ||
	    import_quality(&in))
		return err->code;
	return 0;
}
