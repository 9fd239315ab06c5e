/*
 * fuzz_reader: the profile reader, and all that follows it up to the store, on
 * any bytes.
 *
 * Checks what reader.h promises, so that a wrong index is found where it
 * arises.  The seeds are profiles made by tests/unit/profile_builder, whole,
 * cut and torn.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "analyzer/import.h"
#include "analyzer/live.h"
#include "analyzer/reader.h"
#include "analyzer/resolve.h"
#include "analyzer/store.h"
#include "base/error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
	if (!condition)
		abort();
}

static void check_tree(const struct profile_data *data)
{
	for (uint32_t id = 1; id < data->node_count; id++) {
		uint32_t module = PLACE_MODULE(data->nodes[id].place);

		require(data->nodes[id].parent < id);
		require(module == MODULE_NONE || module == MODULE_OVERFLOW ||
			(module < data->module_count && data->modules[module].path));
	}
}

static void check_accounts(const struct profile_data *data)
{
	for (uint32_t id = 0; id < data->account_count; id++) {
		const struct account_sums *sums = &data->accounts[id].sums;

		require(data->accounts[id].stack < data->node_count);
		require((int64_t)sums->live_bytes >= 0 && (int64_t)sums->live_blocks >= 0);
		require((int64_t)sums->slack_bytes >= 0 && (int64_t)sums->peak_bytes >= 0);
	}
}

static void check_moments(const struct profile_data *data)
{
	for (size_t i = 0; i < data->snapshot_count; i++)
		for (size_t row = 0; row < data->snapshots[i].row_count; row++)
			require(data->snapshots[i].rows[row].account < data->account_count);
	for (size_t i = 1; i < data->sample_count; i++)
		require(data->samples[i - 1].monotonic_ns < data->samples[i].monotonic_ns);
}

static void check_leak_row(const struct profile_data *data, const struct leak_row *row)
{
	uint32_t module = PLACE_MODULE(row->holder_place);

	require(row->account < data->account_count && row->holder_account < data->account_count);
	require(row->verdict < HEAP_VERDICTS && row->holder < LEAK_HOLDERS);
	require(row->steps <= LEAK_STEPS_MAX);
	for (unsigned i = 0; i < row->steps; i++)
		require(row->path[i].account < data->account_count);
	require(module == MODULE_NONE || (module < data->module_count && data->modules[module].path));
}

static void check_leaks(const struct profile_data *data)
{
	for (size_t c = 0; c < data->leak_check_count; c++)
		for (size_t i = 0; i < data->leak_checks[c].row_count; i++)
			check_leak_row(data, &data->leak_checks[c].rows[i]);
}

static void check_dag(const struct profile_data *data)
{
	for (size_t i = 0; i < data->execution_count; i++) {
		const struct dag_execution *execution = &data->executions[i].execution;

		require(execution->dag_node && execution->dag_node < data->dag_node_count);
		require(execution->begin_ns <= execution->end_ns);
	}
	for (size_t i = 0; i < data->result_count; i++) {
		const struct dag_result *result = &data->results[i];

		require(result->dag_node && result->dag_node < data->dag_node_count);
		require(result->freed_by < data->dag_node_count);
		require(!result->freed_ns || result->freed_ns >= result->produced_ns);
	}
	for (size_t i = 0; i < data->run_count; i++)
		require(memchr(data->runs[i].name, 0, RUN_NAME_MAX) != NULL);
	for (size_t i = 0; i < data->misuse_count; i++)
		require(data->misuses[i].kind < MISUSES);
}

static void import(const struct profile_data *data, struct arena *arena)
{
	static const struct resolve_options options = { .debuginfod = false };
	struct store store = { NULL };
	struct resolved resolved;
	struct error err = ERROR_INIT;

	require(resolve_profile(data, &options, arena, &resolved, &err) == 0);
	require(store_create(&store, NULL, &err) == 0);
	require(import_profile(&store, "fuzz", "", data, &resolved, &err) == 0);
	store_close(&store);
}

/* The other reader: looks again and again, at what changes. */
static void watch(const char *path)
{
	static const struct live_options options = { .by = BY_LINE };
	static const struct live_query query = { .sort = LIVE_BY_TOTAL };
	struct arena arena = ARENA_INIT;
	struct error err = ERROR_INIT;
	struct live *live = NULL;
	struct live_rows rows;

	if (live_open(&live, path, &options, 1, &err) == 0) {
		require(live_look(live, 2, &err) == 0 || err.message[0]);
		require(live_rows(live, &query, &arena, &rows) == 0);
		require(live_nodes(live, &query, &arena, &rows) == 0);
		live_choose_shard(live, 0);
		require(live_look(live, 3, &err) == 0 || err.message[0]);
	}
	live_free(live);
	arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	struct arena arena = ARENA_INIT;
	struct error err = ERROR_INIT;
	struct profile_data profile;
	char path[64];

	require(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (reader_read(path, &arena, &profile, &err)) {
		require(err.code < 0 && err.message[0]);
	} else {
		check_tree(&profile);
		check_accounts(&profile);
		check_moments(&profile);
		check_leaks(&profile);
		check_dag(&profile);
		import(&profile, &arena);
	}
	watch(path);
	arena_release(&arena);
	close(fd);
	return 0;
}
