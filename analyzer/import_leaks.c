#include "analyzer/import_leaks.h"

#include "analyzer/import.h"
#include "base/error.h"

const char *leak_verdict_text(unsigned verdict)
{
	static const char *const TEXTS[HEAP_VERDICTS] = {
		[VERDICT_DEFINITE] = "definite", [VERDICT_INDIRECT] = "indirect",
		[VERDICT_POSSIBLE] = "possible", [VERDICT_REACHABLE] = "reachable",
	};

	return verdict < HEAP_VERDICTS ? TEXTS[verdict] : NULL;
}

const char *leak_holder_text(unsigned holder)
{
	static const char *const TEXTS[LEAK_HOLDERS] = {
		[HELD_BY_GLOBAL] = "global", [HELD_BY_TLS] = "TLS", [HELD_BY_MAPPING] = "mapping",
		[HELD_BY_STACK] = "thread stack", [HELD_BY_REGISTER] = "register",
		[HELD_BY_EXIT_STACK] = "exit stack", [HELD_BY_TAGGED] = "tagged pointer",
		[HELD_BY_LOADER] = "C library", [HELD_BY_REALLOC] = "realloc",
		[HELD_BY_LEAK] = "leak", [HELD_BY_CYCLE] = "cycle", [HELD_BY_UNKNOWN] = "unknown",
		[HELD_BY_FREED] = "freed memory",
	};

	return holder < LEAK_HOLDERS ? TEXTS[holder] : NULL;
}

static const char *reason_text(uint32_t reason)
{
	static const char *const TEXTS[] = {
		[LEAK_AT_EXIT] = "exit", [LEAK_CALLED] = "called", [LEAK_REQUESTED] = "requested",
		[LEAK_AT_SNAPSHOT] = "snapshot",
	};

	return TEXTS[reason];
}

static const char *status_text(uint32_t status)
{
	static const char *const TEXTS[] = {
		[LEAK_DONE] = "done", [LEAK_NO_PROCESS] = "no process", [LEAK_NO_MEMORY] = "no memory",
		[LEAK_NO_MAPS] = "no maps", [LEAK_DIED] = "died",
	};

	return TEXTS[status];
}

static void put_known(struct store_rows *rows, uint64_t number, bool known)
{
	if (known)
		store_number(rows, number);
	else
		store_null(rows);
}

/* --- Checks ------------------------------------------------------------------------------- */

static void put_counts(struct store_rows *rows, const struct leak_head *head)
{
	store_number(rows, head->stop_ns);
	store_number(rows, head->check_ns);
	store_number(rows, head->blocks);
	store_number(rows, head->bytes);
	store_number(rows, head->usable_bytes);
	store_number(rows, head->root_bytes);
	store_number(rows, head->table_bytes);
	store_number(rows, head->threads);
	store_number(rows, head->threads_stopped);
	store_number(rows, head->threads_seen);
	store_number(rows, head->threads_unknown);
	store_number(rows, head->flags);
}

static void put_check(struct store_rows *rows, const struct profile_data *data,
		      const struct reader_leak_check *check)
{
	const struct leak_head *head = &check->head;
	uint64_t start = data->header.start_monotonic_ns;

	store_number(rows, IMPORT_PROFILE_ID);
	store_number(rows, check->number);
	store_text(rows, head->label[0] ? head->label : reason_text(head->reason));
	store_text(rows, reason_text(head->reason));
	store_text(rows, status_text(head->status));
	store_number(rows, head->error);
	store_number(rows, head->monotonic_ns > start ? head->monotonic_ns - start : 0);
	put_counts(rows, head);
	store_row(rows);
}

static int import_checks(struct store *store, const struct profile_data *data, struct error *err)
{
	struct store_rows rows;

	store_rows_open(&rows, store, "leak_check", 19, err);
	for (size_t i = 0; i < data->leak_check_count; i++)
		put_check(&rows, data, &data->leak_checks[i]);
	return store_rows_close(&rows);
}

/* --- Rows --------------------------------------------------------------------------------- */

static void put_variable(struct store_rows *rows, const struct resolved_variable *variable)
{
	store_text(rows, variable->name);
	store_text(rows, variable->file);
	put_known(rows, variable->line, variable->line);
}

static void put_holder(struct store_rows *rows, const struct leak_row *row, uint32_t place,
		       const struct resolved_variable *variable)
{
	bool module = PLACE_MODULE(row->holder_place) != MODULE_NONE;
	bool global = row->holder == HELD_BY_GLOBAL, local = row->holder == HELD_BY_TLS && module;

	store_text(rows, leak_holder_text(row->holder));
	put_known(rows, row->holder_account, row->holder_account);
	put_known(rows, row->holder_tid, row->holder_tid);
	put_known(rows, place, place);
	put_known(rows, PLACE_MODULE(row->holder_place), module && (global || local));
	put_known(rows, variable->offset, global || local);
	put_variable(rows, variable);
}

static void put_row(struct store_rows *rows, uint32_t check, size_t id, const struct leak_row *row,
		    uint32_t place, const struct resolved_variable *variable)
{
	store_number(rows, IMPORT_PROFILE_ID);
	store_number(rows, check);
	store_number(rows, id);
	store_number(rows, row->account);
	store_text(rows, leak_verdict_text(row->verdict));
	put_holder(rows, row, place, variable);
	store_number(rows, row->blocks);
	store_number(rows, row->bytes);
	store_number(rows, row->usable_bytes);
	store_number(rows, row->sample[0]);
	store_number(rows, row->sample[1]);
	store_number(rows, (row->flags & LEAK_HOLDER_FOLDED) != 0);
	store_number(rows, (row->flags & LEAK_PATH_CUT) != 0);
	store_number(rows, row->target_offset);
	store_text(rows, variable->member);
	store_row(rows);
}

static int import_rows(struct store *store, const struct profile_data *data,
		       const struct resolved *resolved, struct error *err)
{
	struct store_rows rows;
	size_t number = 0;

	store_rows_open(&rows, store, "leak", 23, err);
	for (size_t c = 0; c < data->leak_check_count; c++) {
		const struct reader_leak_check *check = &data->leak_checks[c];

		for (size_t i = 0; i < check->row_count; i++, number++)
			put_row(&rows, check->number, i, &check->rows[i],
				resolved->holder_places[number], &resolved->variables[number]);
	}
	return store_rows_close(&rows);
}

static void put_path(struct store_rows *rows, uint32_t check, size_t id, const struct leak_row *row)
{
	for (unsigned i = 0; i < row->steps; i++) {
		store_number(rows, IMPORT_PROFILE_ID);
		store_number(rows, check);
		store_number(rows, id);
		store_number(rows, i);
		store_number(rows, row->path[i].account);
		store_number(rows, row->path[i].blocks);
		put_known(rows, row->path[i].offset, row->path[i].offset != LEAK_OFFSET_UNKNOWN);
		store_row(rows);
	}
}

static int import_paths(struct store *store, const struct profile_data *data, struct error *err)
{
	struct store_rows rows;

	store_rows_open(&rows, store, "leak_path", 7, err);
	for (size_t c = 0; c < data->leak_check_count; c++) {
		const struct reader_leak_check *check = &data->leak_checks[c];

		for (size_t i = 0; i < check->row_count; i++)
			put_path(&rows, check->number, i, &check->rows[i]);
	}
	return store_rows_close(&rows);
}

static int import_threads(struct store *store, const struct profile_data *data, struct error *err)
{
	struct store_rows rows;

	store_rows_open(&rows, store, "thread", 3, err);
	for (size_t i = 0; i < data->thread_name_count; i++) {
		store_number(&rows, IMPORT_PROFILE_ID);
		store_number(&rows, data->thread_names[i].id);
		store_text(&rows, data->thread_names[i].name);
		store_row(&rows);
	}
	return store_rows_close(&rows);
}

void import_leaks_mark_accounts(const struct profile_data *data, bool *wanted)
{
	for (size_t c = 0; c < data->leak_check_count; c++)
		for (size_t i = 0; i < data->leak_checks[c].row_count; i++) {
			const struct leak_row *row = &data->leak_checks[c].rows[i];

			wanted[row->account] = wanted[row->holder_account] = true;
			for (unsigned s = 0; s < row->steps; s++)
				wanted[row->path[s].account] = true;
		}
}

int import_leaks(struct store *store, const struct profile_data *data,
		 const struct resolved *resolved, struct error *err)
{
	if (import_threads(store, data, err) ||
	    import_checks(store, data, err) ||
	    import_rows(store, data, resolved, err) ||
	    import_paths(store, data, err))
		return err->code;
	return 0;
}
