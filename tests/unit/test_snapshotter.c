#include "cli/snapshotter.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "analyzer/reader.h"
#include "base/error.h"
#include "profile/once.h"
#include "profile_builder.h"

enum { SECOND_NS = 1000000000, ACCOUNTS = 200, START_NS = 5 };

/* A running program's profile in a file, with ACCOUNTS accounts in two shards, each with a record, too. */
struct fixture {
	struct profile_builder *builder;
	char path[64];
	int fd;
	struct snapshotter *snapshotter;
	struct arena arena;
	struct profile_data data;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);

	strcpy(fixture->path, "/tmp/dagmem-test-snapshot-XXXXXX");
	fixture->fd = mkstemp(fixture->path);
	fixture->builder = builder_new();
	builder_header(fixture->builder)->max_profile_bytes = 1 << 26;
	builder_header(fixture->builder)->start_monotonic_ns = START_NS;
	uint32_t node = builder_node(fixture->builder, 0, PLACE(0, 0x1000));

	for (uint32_t i = 0; i < ACCOUNTS; i++) {
		uint32_t account = builder_account(fixture->builder, node, i, ACCOUNT_HEAP);

		builder_charge(fixture->builder, account, 10 + i, 100, 4);
		builder_counter(fixture->builder, 1, account)->frees = 1;       /* of another thread */
		builder_counter(fixture->builder, 1, account)->freed_bytes = 100;
		once_allocate(builder_once(fixture->builder, account), 1,
			      &(struct counter){ .allocations = 1, .allocated_bytes = 7 });
	}
	builder_shard(fixture->builder, 0)->net_bytes = 7000;
	builder_shard(fixture->builder, 1)->net_bytes = -2000;
	builder_write(fixture->builder, fixture->path, 0);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	snapshotter_close(fixture->snapshotter);
	close(fixture->fd);
	unlink(fixture->path);
	arena_release(&fixture->arena);
	builder_free(fixture->builder);
	free(fixture);
	return 0;
}

static const struct profile_data *reread(struct fixture *fixture)
{
	struct error err = ERROR_INIT;

	arena_release(&fixture->arena);
	if (reader_read(fixture->path, &fixture->arena, &fixture->data, &err) != 0)
		fail_msg("%s", err.message);
	assert_int_equal(fixture->data.pages_damaged, 0);
	return &fixture->data;
}

static void a_snapshot_holds_the_sums_over_all_shards(void **state)
{
	struct fixture *fixture = *state;

	fixture->snapshotter = snapshotter_open(fixture->fd, 2 * (uint64_t)SECOND_NS, START_NS);
	assert_int_equal(snapshotter_tick(fixture->snapshotter, SECOND_NS),
			 START_NS + 2 * (uint64_t)SECOND_NS);
	assert_int_equal(reread(fixture)->snapshot_count, 0);
	snapshotter_tick(fixture->snapshotter, START_NS + 2500000000);

	const struct profile_data *data = reread(fixture);

	assert_int_equal(data->snapshot_count, 1);
	const struct reader_snapshot *snapshot = &data->snapshots[0];

	assert_int_equal(snapshot->kind, SNAPSHOT_AUTOMATIC);
	assert_int_equal(snapshot->monotonic_ns, START_NS + 2500000000);
	assert_string_equal(snapshot->label, "2.500s");
	assert_int_equal(snapshot->live_bytes, 5000);
	assert_int_equal(snapshot->row_count, ACCOUNTS);
	for (uint32_t i = 0; i < ACCOUNTS; i++) {
		const struct snapshot_row *row = &snapshot->rows[i];

		assert_int_equal(row->account, i + 1);
		assert_int_equal(row->allocations, 11 + i);
		assert_int_equal(row->allocated_bytes, 100 * (10 + i) + 7);
		assert_int_equal(row->frees, 5);
		assert_int_equal(row->freed_bytes, 500);
	}
}

static void any_run_length_leaves_at_most_64_in_order(void **state)
{
	struct fixture *fixture = *state;
	uint64_t now_ns = START_NS, last_ns = 0;

	fixture->snapshotter = snapshotter_open(fixture->fd, 0, now_ns);
	for (int i = 0; i < 500; i++) {
		now_ns = snapshotter_tick(fixture->snapshotter, now_ns);
		const struct profile_data *data = i % 50 ? &fixture->data : reread(fixture);

		assert_true(data->snapshot_count <= SNAPSHOTS_KEPT);
	}
	const struct profile_data *data = reread(fixture);

	assert_true(now_ns > 10000 * (uint64_t)SECOND_NS);
	assert_true(data->snapshot_count > SNAPSHOTS_KEPT / 4);
	for (size_t i = 0; i < data->snapshot_count; i++) {
		assert_true(data->snapshots[i].monotonic_ns > last_ns);
		assert_int_equal(data->snapshots[i].row_count, ACCOUNTS);
		last_ns = data->snapshots[i].monotonic_ns;
	}
}

static void pages_given_up_are_used_again(void **state)
{
	struct fixture *fixture = *state;
	uint64_t now_ns = START_NS;
	struct stat before, after;

	fixture->snapshotter = snapshotter_open(fixture->fd, 0, now_ns);
	for (int i = 0; i < SNAPSHOTS_KEPT + 2; i++)
		now_ns = snapshotter_tick(fixture->snapshotter, now_ns);
	fstat(fixture->fd, &before);
	for (int i = 0; i < 500; i++)
		now_ns = snapshotter_tick(fixture->snapshotter, now_ns);
	fstat(fixture->fd, &after);
	assert_int_equal(before.st_size, after.st_size);
}

static void a_pace_that_was_asked_for_is_kept(void **state)
{
	struct fixture *fixture = *state;
	uint64_t now_ns = START_NS;

	fixture->snapshotter = snapshotter_open(fixture->fd, SECOND_NS, now_ns);
	for (int i = 0; i < 100; i++)
		now_ns = snapshotter_tick(fixture->snapshotter, now_ns);
	assert_int_equal(now_ns, START_NS + 100 * (uint64_t)SECOND_NS);
	assert_int_equal(reread(fixture)->snapshot_count, 99);
}

static void a_full_profile_keeps_what_it_has(void **state)
{
	struct fixture *fixture = *state;
	uint64_t now_ns = START_NS;
	struct stat status;

	fstat(fixture->fd, &status);
	builder_header(fixture->builder)->max_profile_bytes = (uint64_t)status.st_size + 64 * PAGE_BYTES;
	builder_write(fixture->builder, fixture->path, 0);
	fixture->snapshotter = snapshotter_open(fixture->fd, SECOND_NS, now_ns);
	for (int i = 0; i < 100; i++)
		now_ns = snapshotter_tick(fixture->snapshotter, now_ns);
	const struct profile_data *data = reread(fixture);

	assert_true(data->snapshot_count > 5 && data->snapshot_count < 60);
	assert_true(data->file_bytes <= builder_header(fixture->builder)->max_profile_bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_snapshot_holds_the_sums_over_all_shards, set_up, tear_down),
		cmocka_unit_test_setup_teardown(any_run_length_leaves_at_most_64_in_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(pages_given_up_are_used_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_pace_that_was_asked_for_is_kept, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_full_profile_keeps_what_it_has, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
