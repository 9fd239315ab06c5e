#include "cli/rss_recorder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "analyzer/reader.h"
#include "base/error.h"
#include "profile_builder.h"

enum { CAPACITY = SAMPLE_PAGES * SAMPLES_PER_PAGE, STEP_NS = 10000000 };

struct fixture {
	struct profile_builder *builder;
	char path[64];
	int fd;
	struct arena arena;
	struct profile_data data;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);

	strcpy(fixture->path, "/tmp/dagmem-test-rss-XXXXXX");
	fixture->fd = mkstemp(fixture->path);
	fixture->builder = builder_new();
	for (uint32_t i = 0; i < SAMPLE_PAGES; i++)
		builder_page(fixture->builder, PAGE_RSS, 0, i);
	builder_header(fixture->builder)->rss_samples_capacity = CAPACITY;
	builder_write(fixture->builder, fixture->path, 0);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

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
	return &fixture->data;
}

static void assert_plausible(const struct profile_data *data)
{
	assert_int_equal(data->header.rss_samples_sequence % 2, 0);
	for (size_t i = 0; i < data->rss_count; i++) {
		assert_true(data->rss[i].rss_bytes >= data->rss[i].anonymous_bytes);
		assert_true(data->rss[i].rss_bytes > 100000);
		assert_true(i == 0 || data->rss[i].monotonic_ns > data->rss[i - 1].monotonic_ns);
	}
}

static void samples_stand_in_the_profile_as_they_come(void **state)
{
	struct fixture *fixture = *state;
	struct rss_recorder *recorder = rss_recorder_open(getpid());
	uint64_t now_ns = 1000;

	rss_recorder_attach(recorder, fixture->fd);
	for (int i = 0; i < 50; i++)
		now_ns = rss_recorder_sample(recorder, now_ns);
	assert_int_equal(now_ns, 1000 + 50 * (uint64_t)STEP_NS);
	assert_in_range(reread(fixture)->rss_count, 40, 49);    /* a few at a time */
	rss_recorder_close(recorder);
	assert_int_equal(reread(fixture)->rss_count, 50);
	assert_plausible(&fixture->data);
	assert_int_equal(fixture->data.rss[0].monotonic_ns, 1000);
}

static void samples_from_before_the_profile_are_kept(void **state)
{
	struct fixture *fixture = *state;
	struct rss_recorder *recorder = rss_recorder_open(getpid());
	uint64_t now_ns = 1000;

	for (int i = 0; i < 20; i++)
		now_ns = rss_recorder_sample(recorder, now_ns);
	rss_recorder_attach(recorder, fixture->fd);
	rss_recorder_close(recorder);
	assert_int_equal(reread(fixture)->rss_count, 20);
	assert_plausible(&fixture->data);
}

static void a_profile_given_up_has_all_of_its_time(void **state)
{
	struct fixture *fixture = *state;
	struct rss_recorder *recorder = rss_recorder_open(getpid());
	uint64_t now_ns = 1000;

	rss_recorder_attach(recorder, fixture->fd);
	for (int i = 0; i < 20; i++)
		now_ns = rss_recorder_sample(recorder, now_ns);
	rss_recorder_detach(recorder);
	assert_int_equal(reread(fixture)->rss_count, 19);       /* the last may still become larger */
	for (int i = 0; i < 20; i++)
		now_ns = rss_recorder_sample(recorder, now_ns);
	rss_recorder_close(recorder);
	assert_int_equal(reread(fixture)->rss_count, 19);
	assert_plausible(&fixture->data);
}

static void a_long_run_fits_and_spans_all_of_it(void **state)
{
	struct fixture *fixture = *state;
	struct rss_recorder *recorder = rss_recorder_open(getpid());
	uint64_t now_ns = 1000;

	rss_recorder_attach(recorder, fixture->fd);
	for (int i = 0; i < 20 * CAPACITY; i++)
		now_ns = rss_recorder_sample(recorder, now_ns);
	rss_recorder_close(recorder);
	const struct profile_data *data = reread(fixture);

	assert_plausible(data);
	assert_in_range(data->rss_count, CAPACITY / 4, CAPACITY);
	assert_true(data->rss[0].monotonic_ns < now_ns / 20);
	assert_true(data->rss[data->rss_count - 1].monotonic_ns > now_ns / 20 * 19);
}

static void the_largest_reading_of_a_time_is_kept(void **state)
{
	enum { LARGE_BYTES = 64 << 20 };
	struct fixture *fixture = *state;
	struct rss_recorder *recorder = rss_recorder_open(getpid());
	uint64_t now_ns = 1000, largest = 0;

	rss_recorder_attach(recorder, fixture->fd);
	for (int i = 0; i < 4 * CAPACITY; i++) {
		volatile char *large = i == 3 * CAPACITY ? malloc(LARGE_BYTES) : NULL;

		for (size_t at = 0; large && at < LARGE_BYTES; at += 512)
			large[at] = 1;
		now_ns = rss_recorder_sample(recorder, now_ns);
		free((void *)large);
	}
	rss_recorder_close(recorder);
	const struct profile_data *data = reread(fixture);

	for (size_t i = 0; i < data->rss_count; i++)
		if (data->rss[i].rss_bytes > largest)
			largest = data->rss[i].rss_bytes;
	/* Less a MiB: the kernel's reading is rough.  A sanitizer's runtime is in both. */
	assert_true(largest > data->rss[0].rss_bytes + LARGE_BYTES - (1 << 20));
}

static void a_profile_without_room_is_left_alone(void **state)
{
	struct fixture *fixture = *state;
	struct rss_recorder *recorder = rss_recorder_open(getpid());
	struct profile_builder *bare = builder_new();
	size_t size, size_after;

	builder_write(bare, fixture->path, 0);
	const uint8_t *bytes = builder_bytes(bare, &size);

	rss_recorder_attach(recorder, fixture->fd);
	rss_recorder_sample(recorder, 1000);
	rss_recorder_close(recorder);
	uint8_t *after = malloc(size);

	size_after = (size_t)pread(fixture->fd, after, size, 0);
	assert_int_equal(size_after, size);
	assert_memory_equal(after, bytes, size);
	free(after);
	builder_free(bare);
}

static void a_process_that_is_gone_is_no_error(void **state)
{
	(void)state;
	assert_null(rss_recorder_open(-1));
	assert_true(rss_recorder_sample(NULL, 1000) > 1000);
	rss_recorder_attach(NULL, -1);
	rss_recorder_detach(NULL);
	rss_recorder_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(samples_stand_in_the_profile_as_they_come, set_up, tear_down),
		cmocka_unit_test_setup_teardown(samples_from_before_the_profile_are_kept, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_profile_given_up_has_all_of_its_time, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_long_run_fits_and_spans_all_of_it, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_largest_reading_of_a_time_is_kept, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_profile_without_room_is_left_alone, set_up, tear_down),
		cmocka_unit_test(a_process_that_is_gone_is_no_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
