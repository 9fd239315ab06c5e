#include "analyzer/reader.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "analyzer/process.h"
#include "profile/subject.h"
#include "reader_stage.h"

static void assert_error(const struct reader_stage *stage, enum error_code code, const char *words)
{
	assert_int_equal(stage->err.code, code);
	if (!strstr(stage->err.message, words))
		fail_msg("\"%s\" does not say \"%s\"", stage->err.message, words);
}

static void a_finished_profile_gives_back_what_was_written(void **state)
{
	struct reader_stage *stage = *state;
	const struct profile_data *data = &stage->data;

	reader_stage_build_typical(stage->builder);
	assert_int_equal(reader_stage_read(stage, 0), 0);
	assert_string_equal(data->state, "exited");
	assert_int_equal(data->node_count, 4);
	assert_int_equal(data->nodes[3].parent, 2);
	assert_int_equal(data->account_count, 3);
	assert_int_equal(data->accounts[1].stack, 3);
	assert_int_equal(data->accounts[1].sums.allocations, 10);
	assert_int_equal(data->accounts[1].sums.allocated_bytes, 1000);
	assert_int_equal(data->accounts[1].sums.frees, 4);
	assert_int_equal(data->accounts[1].sums.live_bytes, 600);
	assert_int_equal(data->accounts[1].sums.live_blocks, 6);
	assert_int_equal(data->accounts[2].kind, ACCOUNT_MAPPING);
	assert_int_equal(data->accounts[2].dag_node, 7);
	assert_int_equal(data->pages_damaged, 0);
	assert_int_equal(data->threads, 1);
}

static void texts_modules_and_moments_are_read(void **state)
{
	struct reader_stage *stage = *state;
	const struct profile_data *data = &stage->data;

	reader_stage_build_typical(stage->builder);
	assert_int_equal(reader_stage_read(stage, 0), 0);
	assert_int_equal(data->command.count, 3);
	assert_string_equal(data->command.items[2], "file");
	assert_string_equal(data->executable, "/opt/app");
	assert_null(data->directory);
	assert_int_equal(data->notes.count, 1);
	assert_string_equal(data->notes.items[0], "something to say");
	assert_int_equal(data->module_count, 3);
	assert_string_equal(data->modules[2].path, "/opt/lib.so");
	assert_int_equal(data->modules[1].build_id_bytes, 4);
	assert_int_equal(data->sample_count, 2);
	assert_int_equal(data->samples[1].mapped_bytes, 4096);
	assert_int_equal(data->rss_count, 1);
	assert_int_equal(data->snapshot_count, 1);
	assert_string_equal(data->snapshots[0].label, "half way");
	assert_int_equal(data->snapshots[0].rows[0].allocated_bytes, 300);
}

static void doubles_of_a_node_are_merged_with_all_below_them(void **state)
{
	struct reader_stage *stage = *state;
	struct profile_builder *builder = stage->builder;
	uint32_t first = builder_node(builder, 0, PLACE(MODULE_NONE, 0x10));
	uint32_t below_first = builder_node(builder, first, PLACE(MODULE_NONE, 0x20));
	uint32_t second = builder_node(builder, 0, PLACE(MODULE_NONE, 0x10));
	uint32_t below_second = builder_node(builder, second, PLACE(MODULE_NONE, 0x20));
	uint32_t one = builder_account(builder, below_first, 0, ACCOUNT_HEAP);
	uint32_t two = builder_account(builder, below_second, 0, ACCOUNT_HEAP);

	assert_int_equal(reader_stage_read(stage, 0), 0);
	assert_int_equal(stage->data.accounts[one].stack, below_first);
	assert_int_equal(stage->data.accounts[two].stack, below_first);
	assert_int_equal(stage->data.nodes[second].place, 0);
	assert_int_equal(stage->data.nodes[below_second].place, 0);
}

static void a_page_with_a_wrong_parent_is_left_out_and_counted(void **state)
{
	struct reader_stage *stage = *state;
	struct tree_node *nodes;

	reader_stage_build_typical(stage->builder);
	nodes = builder_page(stage->builder, PAGE_NODES, 0, 0);
	nodes[2].parent = 2;
	assert_int_equal(reader_stage_read(stage, 0), 0);
	assert_int_equal(stage->data.pages_damaged, 1);
	assert_int_equal(stage->data.nodes[3].place, 0);
	/* What was charged is not lost, only where. */
	assert_int_equal(stage->data.accounts[1].stack, 0);
	assert_int_equal(stage->data.accounts[1].sums.live_bytes, 600);
}

static void a_node_without_place_is_young_and_its_parent_not_believed(void **state)
{
	struct reader_stage *stage = *state;
	uint32_t young = builder_node(stage->builder, 5000, 0);
	uint32_t next = builder_node(stage->builder, 0, PLACE(MODULE_NONE, 0x10));

	assert_int_equal(reader_stage_read(stage, 0), 0);
	assert_int_equal(stage->data.pages_damaged, 0);
	assert_int_equal(stage->data.nodes[young].parent, 0);
	assert_true(stage->data.nodes[next].place != 0);
}

static void a_node_in_a_module_never_announced_keeps_its_address(void **state)
{
	struct reader_stage *stage = *state;
	uint32_t node;

	node = builder_node(stage->builder, 0, PLACE(77, 0x1234));
	assert_int_equal(reader_stage_read(stage, 0), 0);
	assert_true(stage->data.nodes[node].place == PLACE(MODULE_OVERFLOW, 0x1234));
	assert_int_equal(stage->data.pages_damaged, 1);
}

static void an_account_beyond_the_nodes_falls_back_to_the_root(void **state)
{
	struct reader_stage *stage = *state;
	uint32_t account = builder_account(stage->builder, 1000000, 0, ACCOUNT_HEAP);

	builder_charge(stage->builder, account, 1, 8, 0);
	assert_int_equal(reader_stage_read(stage, 0), 0);
	assert_int_equal(stage->data.accounts[account].stack, 0);
	assert_int_equal(stage->data.accounts[account].sums.live_bytes, 8);
}

static void a_subject_holds_the_largest_of_each_part(void **state)
{
	struct reader_stage *stage = *state;
	uint64_t subject = subject_of(NODES_MAX - 1, UINT32_MAX, ACCOUNT_POOL);
	uint32_t account = builder_account(stage->builder, 0, UINT32_MAX, ACCOUNT_POOL);

	assert_true(subject_is_sound(subject));
	assert_int_equal(subject_stack(subject), NODES_MAX - 1);
	assert_int_equal(subject_dag_node(subject), UINT32_MAX);
	assert_int_equal(subject_kind(subject), ACCOUNT_POOL);
	assert_int_equal(reader_stage_read(stage, 0), 0);
	assert_int_equal(stage->data.accounts[account].kind, ACCOUNT_POOL);
	assert_int_equal(stage->data.pages_damaged, 0);
}

/* A kind that there is none of; a bit that nobody sets; the one that is always set, missing. */
static void a_page_with_an_unsound_subject_is_left_out_and_counted(void **state)
{
	const uint64_t sound = subject_of(3, 0, ACCOUNT_HEAP);
	const uint64_t unsound[] = { sound | UINT64_C(3) << SUBJECT_STACK_BITS,
				     sound | UINT64_C(1) << 60, sound & ~SUBJECT_KNOWN };

	struct reader_stage *stage = *state;
	struct account *accounts;

	reader_stage_build_typical(stage->builder);
	accounts = builder_page(stage->builder, PAGE_ACCOUNTS, 0, 0);
	for (size_t i = 0; i < sizeof unsound / sizeof *unsound; i++) {
		accounts[2].subject = unsound[i];
		assert_int_equal(reader_stage_read(stage, 0), 0);
		assert_int_equal(stage->data.pages_damaged, 1);
		assert_int_equal(stage->data.accounts[1].stack, 0);
		assert_int_equal(stage->data.accounts[1].sums.live_bytes, 600);
	}
}

static void dag_nodes_and_their_edges_are_read(void **state)
{
	struct reader_stage *stage = *state;
	const struct profile_data *data = &stage->data;
	const uint32_t both[] = { 1, 2 }, more[] = { 1 };

	reader_stage_build_typical(stage->builder);
	builder_dag_node(stage->builder, 1, "load", NULL, 0);
	builder_dag_node(stage->builder, 3, "join", both, 2);
	builder_dag_node(stage->builder, 2, "parse", both, 1);
	builder_dag_node(stage->builder, 3, "", more, 1);
	assert_int_equal(reader_stage_read(stage, 0), 0);
	assert_int_equal(data->pages_damaged, 0);
	assert_true(data->dag_node_count > 3);
	assert_string_equal(data->dag_nodes[1].name, "load");
	assert_string_equal(data->dag_nodes[2].name, "parse");
	assert_string_equal(data->dag_nodes[3].name, "join");
	assert_int_equal(data->dag_nodes[3].dependencies, 3);
	assert_int_equal(data->dag_edge_count, 4);
	assert_int_equal(data->dag_edges[1].node, 3);
	assert_int_equal(data->dag_edges[1].position, 1);
	assert_int_equal(data->dag_edges[1].dependency, 2);
	assert_int_equal(data->dag_edges[3].position, 2);
}

static void a_dag_node_that_needs_a_later_one_ends_its_page(void **state)
{
	struct reader_stage *stage = *state;
	const uint32_t later[] = { 2 };

	reader_stage_build_typical(stage->builder);
	builder_dag_node(stage->builder, 2, "loop", later, 1);
	builder_dag_node(stage->builder, 3, "after", NULL, 0);
	assert_int_equal(reader_stage_read(stage, 0), 0);
	assert_int_equal(stage->data.pages_damaged, 1);
	assert_int_equal(stage->data.dag_edge_count, 0);
	assert_null(stage->data.dag_nodes[3].name);
}

static void a_journal_record_of_impossible_size_ends_its_page(void **state)
{
	static const struct record wrong = { 12, RECORD_NOTE };
	struct reader_stage *stage = *state;
	uint8_t *journal = builder_page(stage->builder, PAGE_JOURNAL, 0, 0);

	builder_record(stage->builder, RECORD_NOTE, "first", 6);
	memcpy(journal + 16, &wrong, sizeof wrong);
	assert_int_equal(reader_stage_read(stage, 0), 0);
	assert_int_equal(stage->data.notes.count, 1);
	assert_int_equal(stage->data.pages_damaged, 1);
}

static void a_snapshot_with_a_missing_page_is_left_out(void **state)
{
	struct reader_stage *stage = *state;
	struct snapshot_row rows[SNAPSHOT_ROWS_PER_PAGE + 1] = { { .account = 1 } };

	reader_stage_build_typical(stage->builder);
	builder_snapshot(stage->builder, "long", SNAPSHOT_NAMED, 2600, rows,
			 SNAPSHOT_ROWS_PER_PAGE + 1);
	assert_int_equal(reader_stage_read(stage, 0), 0);
	assert_int_equal(stage->data.snapshot_count, 2);
	assert_int_equal(stage->data.snapshots[1].row_count, SNAPSHOT_ROWS_PER_PAGE + 1);
	uint32_t page = builder_find(stage->builder, PAGE_SNAPSHOT, 1, 1);

	builder_entry(stage->builder, page)->kind = PAGE_FREE;
	assert_int_equal(reader_stage_read(stage, 0), 0);
	assert_int_equal(stage->data.snapshot_count, 1);
	assert_int_equal(stage->data.pages_damaged, 1);
}

static void a_snapshot_still_being_written_is_no_damage(void **state)
{
	struct reader_stage *stage = *state;
	struct snapshot_page *head;

	reader_stage_build_typical(stage->builder);
	head = builder_page(stage->builder, PAGE_SNAPSHOT, 0, 0);
	head->kind = 0;
	assert_int_equal(reader_stage_read(stage, 0), 0);
	assert_int_equal(stage->data.snapshot_count, 0);
	assert_int_equal(stage->data.pages_damaged, 0);
}

static void samples_that_do_not_ascend_are_dropped(void **state)
{
	struct reader_stage *stage = *state;

	builder_sample(stage->builder, 2000, 1, 0, 1);
	builder_sample(stage->builder, 1500, 2, 0, 2);
	builder_sample(stage->builder, 3000, 3, 0, 3);
	builder_header(stage->builder)->samples_sequence = 1; /* killed while thinning */
	assert_int_equal(reader_stage_read(stage, 0), 0);
	assert_int_equal(stage->data.sample_count, 2);
	assert_int_equal(stage->data.samples[1].live_bytes, 3);
}

static void space_promised_but_not_used_is_no_damage(void **state)
{
	struct reader_stage *stage = *state;
	size_t size;

	reader_stage_build_typical(stage->builder);
	builder_bytes(stage->builder, &size);
	builder_header(stage->builder)->pages_allocated += 20;
	assert_int_equal(reader_stage_read(stage, size + 20 * PAGE_BYTES), 0);
	assert_int_equal(stage->data.pages_damaged, 0);
	assert_int_equal(stage->data.accounts[1].sums.live_bytes, 600);
}

static void a_file_cut_anywhere_is_an_error_that_says_where(void **state)
{
	struct reader_stage *stage = *state;
	char place[64];
	size_t size;

	reader_stage_build_typical(stage->builder);
	builder_bytes(stage->builder, &size);
	for (size_t cut = PAGE_BYTES; cut < size; cut += PAGE_BYTES) {
		assert_int_equal(reader_stage_read(stage, cut), ERROR_FORMAT);
		snprintf(place, sizeof place, "ends at byte %zu", cut);
		assert_error(stage, ERROR_FORMAT, place);
	}
	assert_int_equal(reader_stage_read(stage, size - 1), ERROR_FORMAT);
	assert_int_equal(reader_stage_read(stage, 100), ERROR_FORMAT);
	assert_int_equal(reader_stage_read(stage, 7), ERROR_FORMAT);
}

static void garbage_is_an_error(void **state)
{
	struct reader_stage *stage = *state;
	size_t size;
	uint8_t *bytes = builder_bytes(stage->builder, &size);

	memset(bytes, 'x', size);
	reader_stage_read(stage, 0);
	assert_error(stage, ERROR_FORMAT, "not a dagmem profile: no magic at byte 0");
	assert_error(stage, ERROR_FORMAT, stage->path);
}

static void an_empty_file_is_an_error(void **state)
{
	struct reader_stage *stage = *state;

	assert_int_equal(reader_read(stage->path, &stage->arena, &stage->data, &stage->err),
			 ERROR_FORMAT);
}

static void a_missing_file_and_a_folder_are_errors(void **state)
{
	struct reader_stage *stage = *state;

	assert_int_equal(reader_read("/tmp/no/such/profile", &stage->arena, &stage->data,
				     &stage->err), ERROR_SYSTEM);
	assert_int_equal(stage->err.errno_value, 2);
	stage->err = (struct error)ERROR_INIT;
	assert_int_equal(reader_read("/tmp", &stage->arena, &stage->data, &stage->err),
			 ERROR_FORMAT);
}

static void a_newer_version_is_told_apart_from_garbage(void **state)
{
	struct reader_stage *stage = *state;
	size_t size;
	struct extent_entry *entry = (struct extent_entry *)builder_bytes(stage->builder, &size);

	entry->version = PROFILE_VERSION + 1;
	reader_stage_read(stage, 0);
	assert_error(stage, ERROR_VERSION, "format version 2, newer than 1");
	entry->version = __builtin_bswap32(PROFILE_VERSION);
	reader_stage_read(stage, 0);
	assert_error(stage, ERROR_FORMAT, "other byte order");
}

static void a_header_not_yet_complete_is_an_error(void **state)
{
	struct reader_stage *stage = *state;

	builder_header(stage->builder)->ready = 0;
	reader_stage_read(stage, 0);
	assert_error(stage, ERROR_FORMAT, "byte 4096 is not complete");
}

static void a_writer_with_a_shorter_header_is_understood(void **state)
{
	struct reader_stage *stage = *state;
	struct profile_header *header = builder_header(stage->builder);

	header->header_bytes = offsetof(struct profile_header, quality) + 8;
	header->quality.walks = 3;
	header->quality.walks_failed = 77;
	assert_int_equal(reader_stage_read(stage, 0), 0);
	assert_int_equal(stage->data.header.quality.walks, 3);
	assert_int_equal(stage->data.header.quality.walks_failed, 0);
}

static void an_unsigned_extent_counts_and_a_wrong_one_is_left_out(void **state)
{
	struct reader_stage *stage = *state;
	struct extent_entry *second;
	size_t size;
	uint32_t last;

	for (uint32_t i = 0; i < 300 * NODES_PER_PAGE; i++)
		last = builder_node(stage->builder, 0, PLACE(MODULE_NONE, i + 10));
	second = (struct extent_entry *)(builder_bytes(stage->builder, &size) + EXTENT_BYTES);
	second->version = 0;
	assert_int_equal(reader_stage_read(stage, 0), 0);
	assert_int_equal(stage->data.pages_damaged, 0);
	assert_true(stage->data.nodes[last].place != 0);
	second->version = PROFILE_VERSION;
	second->extent = 7;
	assert_int_equal(reader_stage_read(stage, 0), 0);
	assert_int_equal(stage->data.pages_damaged, 1);
	assert_true(stage->data.nodes[last].place == 0);
}

static void flipping_any_bits_never_breaks_the_promises(void **state)
{
	struct reader_stage *stage = *state;
	const struct profile_data *data = &stage->data;
	uint8_t *bytes;
	size_t size;

	reader_stage_build_typical(stage->builder);
	bytes = builder_bytes(stage->builder, &size);
	srand(1);
	for (int round = 0; round < 3000; round++) {
		/* Directory and header are small among the pages: aim at them half of the time. */
		size_t at = (size_t)rand() % (round % 2 ? 2 * PAGE_BYTES : size);
		uint8_t kept = bytes[at];

		bytes[at] ^= (uint8_t)(1 << rand() % 8);
		if (reader_stage_read(stage, 0)) {
			assert_true(stage->err.message[0] != '\0');
		} else {
			for (uint32_t i = 1; i < data->node_count; i++)
				assert_true(data->nodes[i].parent < i);
			for (uint32_t i = 0; i < data->account_count; i++)
				assert_true(data->accounts[i].stack < data->node_count);
		}
		bytes[at] = kept;
	}
}

static void a_header_that_claims_too_much_gets_no_gigabytes(void **state)
{
	struct reader_stage *stage = *state;

	builder_header(stage->builder)->nodes = UINT32_MAX;
	builder_header(stage->builder)->accounts = UINT32_MAX;
	assert_int_equal(reader_stage_read(stage, 0), 0);
	assert_true(stage->data.node_count <= (SHARDS_MAX + 1) * NODES_PER_PAGE);
	assert_true(stage->data.account_count <= (SHARDS_MAX + 1) * ACCOUNTS_PER_PAGE);
}

/* This process itself, as /proc has it. */
static uint64_t own_start_ticks(char *boot_id, size_t size)
{
	FILE *file = fopen("/proc/sys/kernel/random/boot_id", "r");
	unsigned long long ticks = 0;

	assert_non_null(fgets(boot_id, (int)size, file));
	boot_id[strcspn(boot_id, "\n")] = '\0';
	fclose(file);
	file = fopen("/proc/self/stat", "r");
	assert_int_equal(fscanf(file, "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*d %*d %*d %*d %*d"
				" %*d %*d %*d %*d %*d %*d %*d %*d %llu", &ticks), 1);
	fclose(file);
	return ticks;
}

static void a_program_runs_only_while_pid_start_and_boot_agree(void **state)
{
	struct profile_header header = { .state = STATE_RUNNING, .pid = (uint32_t)getpid() };

	(void)state;
	header.start_ticks = own_start_ticks(header.boot_id, sizeof header.boot_id);
	assert_string_equal(process_state(&header), "running");
	header.start_ticks++;
	assert_string_equal(process_state(&header), "unknown");
	header.start_ticks--;
	header.boot_id[0] = 'x';
	assert_string_equal(process_state(&header), "unknown");
	header.state = STATE_KILLED;
	assert_string_equal(process_state(&header), "killed");
}

/* Though the process is there: it runs another program. */
static void a_program_that_executed_another_has_ended(void **state)
{
	struct profile_header header = { .state = STATE_EXECUTED, .pid = (uint32_t)getpid() };

	(void)state;
	header.start_ticks = own_start_ticks(header.boot_id, sizeof header.boot_id);
	assert_string_equal(process_state(&header), "executed");
}

static void executions_results_and_runs_of_nodes_are_checked(void **state)
{
	struct reader_stage *stage = *state;
	struct profile_builder *builder = stage->builder;
	const struct profile_data *data = &stage->data;
	uint32_t output[2] = { 2, 0 }, misuse[2] = { MISUSE_PRODUCED_TWICE, 1 };

	reader_stage_build_typical(builder);
	builder_dag_node(builder, 1, "load", NULL, 0);
	builder_dag_node(builder, 2, "join", (uint32_t[]){ 1 }, 1);
	builder_record(builder, RECORD_DAG_OUTPUT, output, sizeof output);
	builder_record(builder, RECORD_DAG_MISUSE, misuse, sizeof misuse);

	struct dag_sums *sums = builder_page(builder, PAGE_DAG_SUMS, 0, 0);
	sums[1] = (struct dag_sums){ .executions = 3, .transient_bytes = 70, .retained_bytes = -5 };
	sums = builder_page(builder, PAGE_DAG_SUMS, 1, 0);
	sums[1] = (struct dag_sums){ .executions = 4, .transient_bytes = 60, .retained_bytes = 15 };

	struct dag_execution *execution = builder_page(builder, PAGE_EXECUTIONS, 1, 0);
	execution[0] = (struct dag_execution){ .dag_node = 1, .begin_ns = 10, .end_ns = 20, .heap_bytes = 5 };
	execution[1] = (struct dag_execution){ .dag_node = 1, .begin_ns = 30, .end_ns = 0 };    /* being written */
	execution[2] = (struct dag_execution){ .dag_node = 5000000, .begin_ns = 30, .end_ns = 40 };
	execution[3] = (struct dag_execution){ .dag_node = 2, .begin_ns = 30, .end_ns = 40, .heap_bytes = UINT64_MAX };

	struct dag_result *result = builder_page(builder, PAGE_RESULTS, 0, 0);
	result[0] = (struct dag_result){ .dag_node = 1, .bytes = 9, .produced_ns = 15, .freed_ns = 50,
					 .freed_by = 7000000, .sequence = 2 };
	result[1] = (struct dag_result){ .dag_node = 1, .bytes = 9, .produced_ns = 15, .sequence = 3 };
	result[2] = (struct dag_result){ .dag_node = 1, .bytes = 9, .produced_ns = 15, .freed_ns = 14 };
	result[3] = (struct dag_result){ .dag_node = 0, .bytes = 9, .produced_ns = 15 };

	struct dag_run *run = builder_page(builder, PAGE_RUNS, 0, 0);
	run[0] = (struct dag_run){ .number = 1, .iteration = 8, .begin_ns = 5, .end_ns = 60 };
	memset(run[0].name, 'x', sizeof run[0].name);

	struct dag_run_count *count = builder_page(builder, PAGE_RUN_COUNTS, 0, 0);
	count[0] = (struct dag_run_count){ .dag_node = 2, .executions = 12 };
	count[1] = (struct dag_run_count){ .dag_node = 4000000, .executions = 12 };
	builder_shard(builder, 0)->dag_node = 2;
	builder_shard(builder, 0)->dag_begin_ns = 55;

	assert_int_equal(reader_stage_read(stage, 0), 0);
	assert_true(data->dag_nodes[2].requested);
	assert_int_equal(data->dag_nodes[1].sums.executions, 7);
	assert_int_equal(data->dag_nodes[1].sums.transient_bytes, 70);
	assert_int_equal(data->dag_nodes[1].sums.retained_bytes, 10);
	assert_int_equal(data->execution_count, 1);
	assert_int_equal(data->executions[0].shard, 1);
	assert_int_equal(data->executions[0].execution.heap_bytes, 5);
	assert_int_equal(data->result_count, 1);
	assert_int_equal(data->results[0].bytes, 9);
	assert_int_equal(data->results[0].freed_by, 0);
	assert_int_equal(data->run_count, 1);
	assert_int_equal(data->runs[0].iteration, 8);
	assert_int_equal(strlen(data->runs[0].name), RUN_NAME_MAX - 1);
	assert_int_equal(data->run_count_count, 1);
	assert_int_equal(data->turn_count, 1);
	assert_int_equal(data->turns[0].dag_node, 2);
	assert_int_equal(data->misuse_count, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_profile(a_finished_profile_gives_back_what_was_written),
		with_profile(texts_modules_and_moments_are_read),
		with_profile(doubles_of_a_node_are_merged_with_all_below_them),
		with_profile(a_page_with_a_wrong_parent_is_left_out_and_counted),
		with_profile(a_node_without_place_is_young_and_its_parent_not_believed),
		with_profile(a_node_in_a_module_never_announced_keeps_its_address),
		with_profile(an_account_beyond_the_nodes_falls_back_to_the_root),
		with_profile(a_subject_holds_the_largest_of_each_part),
		with_profile(a_page_with_an_unsound_subject_is_left_out_and_counted),
		with_profile(dag_nodes_and_their_edges_are_read),
		with_profile(a_dag_node_that_needs_a_later_one_ends_its_page),
		with_profile(a_journal_record_of_impossible_size_ends_its_page),
		with_profile(a_snapshot_with_a_missing_page_is_left_out),
		with_profile(a_snapshot_still_being_written_is_no_damage),
		with_profile(samples_that_do_not_ascend_are_dropped),
		with_profile(space_promised_but_not_used_is_no_damage),
		with_profile(a_file_cut_anywhere_is_an_error_that_says_where),
		with_profile(garbage_is_an_error),
		with_profile(an_empty_file_is_an_error),
		with_profile(a_missing_file_and_a_folder_are_errors),
		with_profile(a_newer_version_is_told_apart_from_garbage),
		with_profile(a_header_not_yet_complete_is_an_error),
		with_profile(a_writer_with_a_shorter_header_is_understood),
		with_profile(an_unsigned_extent_counts_and_a_wrong_one_is_left_out),
		with_profile(flipping_any_bits_never_breaks_the_promises),
		with_profile(a_header_that_claims_too_much_gets_no_gigabytes),
		cmocka_unit_test(a_program_runs_only_while_pid_start_and_boot_agree),
		cmocka_unit_test(a_program_that_executed_another_has_ended),
		with_profile(executions_results_and_runs_of_nodes_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
