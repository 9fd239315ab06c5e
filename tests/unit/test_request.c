#include "tracer/request.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "analyzer/reader.h"
#include "base/clock.h"
#include "base/error.h"
#include "cli/tracer_request.h"
#include "tests/unit/live_profile.h"

/* Who asks and who answers, in one process: what a thread does between is made up. */

static const char *path(void **state)
{
	static char text[256];

	snprintf(text, sizeof text, "%s/p.dagmem", (const char *)*state);
	return text;
}

/* The tracer hears ten a second: look until it has. */
static uint32_t answer_of(const struct tracer_request *request)
{
	uint32_t answer = 0;

	for (int i = 0; i < 1000 && !tracer_request_answered(request, &answer); i++) {
		const struct timespec step = { 0, 1000000 };

		request_look();
		nanosleep(&step, NULL);
	}
	return answer;
}

static uint32_t ask(void **state, enum request_kind kind, const char *label)
{
	struct tracer_request request = TRACER_REQUEST_INIT;
	struct error err = ERROR_INIT;

	assert_int_equal(tracer_request_begin(&request, path(state), kind, label, &err), 0);
	uint32_t answer = answer_of(&request);

	tracer_request_release(&request);
	return answer;
}

static size_t snapshots(void **state, char *newest)
{
	struct profile_data data;
	struct arena arena = ARENA_INIT;
	struct error err = ERROR_INIT;

	assert_int_equal(reader_read(path(state), &arena, &data, &err), 0);
	size_t count = data.snapshot_count;

	if (count)
		strcpy(newest, data.snapshots[count - 1].label);
	arena_release(&arena);
	return count;
}

static void a_snapshot_that_is_asked_for_is_taken(void **state)
{
	char label[SNAPSHOT_LABEL_MAX] = "";

	assert_int_equal(ask(state, REQUEST_SNAPSHOT, "by hand"), REQUEST_DONE);
	assert_int_equal(snapshots(state, label), 1);
	assert_string_equal(label, "by hand");
}

static void a_kind_that_is_not_known_is_answered(void **state)
{
	char label[SNAPSHOT_LABEL_MAX];

	assert_int_equal(ask(state, (enum request_kind)77, "x"), REQUEST_UNKNOWN);
	assert_int_equal(ask(state, (enum request_kind)UINT32_MAX, "x"), REQUEST_UNKNOWN);
	assert_int_equal(snapshots(state, label), 1);
}

static void what_is_withdrawn_is_not_done(void **state)
{
	struct tracer_request request = TRACER_REQUEST_INIT;
	struct error err = ERROR_INIT;
	char label[SNAPSHOT_LABEL_MAX];

	assert_int_equal(tracer_request_begin(&request, path(state), REQUEST_SNAPSHOT, "late", &err), 0);
	tracer_request_withdraw(&request);
	assert_int_equal(answer_of(&request), REQUEST_UNKNOWN);
	assert_int_equal(snapshots(state, label), 1);
	tracer_request_release(&request);
}

static void two_do_not_ask_at_once(void **state)
{
	struct tracer_request first = TRACER_REQUEST_INIT, second = TRACER_REQUEST_INIT;
	struct error err = ERROR_INIT;

	assert_int_equal(tracer_request_begin(&first, path(state), REQUEST_NONE, "", &err), 0);
	assert_int_not_equal(tracer_request_begin(&second, path(state), REQUEST_NONE, "", &err), 0);
	assert_non_null(strstr(err.message, "somebody else is asking"));
	tracer_request_release(&first);
	assert_int_equal(tracer_request_begin(&second, path(state), REQUEST_NONE, "", &err), 0);
	answer_of(&second);
	tracer_request_release(&second);
}

static void a_label_without_end_is_cut(void **state)
{
	struct profile_header *header = profile_header();
	char label[SNAPSHOT_LABEL_MAX];

	memset(header->request.label, 'L', sizeof header->request.label);
	header->request.kind = REQUEST_SNAPSHOT;
	header->request_sequence++;
	answer_of(&(struct tracer_request){ open(path(state), O_RDONLY), header->request_sequence });
	assert_int_equal(header->request.answer, REQUEST_DONE);
	snapshots(state, label);
	assert_int_equal(strlen(label), SNAPSHOT_LABEL_MAX - 1);
}

static void a_writer_gone_mad_is_heard_ten_times_a_second_at_most(void **state)
{
	struct profile_header *header = profile_header();
	char label[SNAPSHOT_LABEL_MAX];
	size_t before = snapshots(state, label);
	uint64_t begin_ns = clock_monotonic_ns();

	header->request.kind = REQUEST_SNAPSHOT;
	while (snapshots(state, label) < before + 3) {
		header->request_sequence += 0x10001;
		request_look();
	}
	/* Three are two pauses apart, less what the coarse clock may be late. */
	assert_true(clock_monotonic_ns() - begin_ns > 180 * 1000 * 1000);
}

static void a_child_is_not_asked_what_its_parent_was(void **state)
{
	struct profile_header *header = profile_header();

	(void)state;
	header->request_sequence++;
	request_fork();
	assert_int_equal(header->request_sequence, request_heard);
	assert_int_equal(header->request.kind, REQUEST_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_snapshot_that_is_asked_for_is_taken),
		cmocka_unit_test(a_kind_that_is_not_known_is_answered),
		cmocka_unit_test(what_is_withdrawn_is_not_done),
		cmocka_unit_test(two_do_not_ask_at_once),
		cmocka_unit_test(a_label_without_end_is_cut),
		cmocka_unit_test(a_writer_gone_mad_is_heard_ten_times_a_second_at_most),
		cmocka_unit_test(a_child_is_not_asked_what_its_parent_was),
	};

	return cmocka_run_group_tests(tests, live_profile_setup, live_profile_teardown);
}
