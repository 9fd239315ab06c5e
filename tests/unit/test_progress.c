#include "base/progress.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint64_t clock_ns;

static uint64_t fake_clock(void)
{
	return clock_ns;
}

/* What `progress` has written to its stream so far. */
struct capture {
	struct progress progress;
	FILE *stream;
	char *text;
	size_t length;
};

static void start(struct capture *capture)
{
	clock_ns = 1000000000;
	capture->stream = open_memstream(&capture->text, &capture->length);
	progress_init_clock(&capture->progress, capture->stream, fake_clock);
}

static const char *written(struct capture *capture)
{
	fflush(capture->stream);
	return capture->text;
}

static void finish(struct capture *capture)
{
	fclose(capture->stream);
	free(capture->text);
}

static void short_steps_stay_silent(void **state)
{
	struct capture capture;

	(void)state;
	start(&capture);
	clock_ns += 499999999;
	progress_update(&capture.progress, "reading", 1, 2);
	progress_end(&capture.progress);
	assert_string_equal(written(&capture), "");
	finish(&capture);
}

static void long_steps_show_their_share_and_clean_up(void **state)
{
	struct capture capture;

	(void)state;
	start(&capture);
	clock_ns += 500000000;
	progress_update(&capture.progress, "reading", 1, 3);
	assert_string_equal(written(&capture), "\rreading: 33%\033[K");
	progress_end(&capture.progress);
	assert_string_equal(written(&capture), "\rreading: 33%\033[K\r\033[K");
	progress_end(&capture.progress);
	assert_int_equal(capture.length, strlen("\rreading: 33%\033[K\r\033[K"));
	finish(&capture);
}

static void updates_are_rare(void **state)
{
	struct capture capture;

	(void)state;
	start(&capture);
	clock_ns += 500000000;
	for (size_t i = 0; i < 100; i++, clock_ns += 1000000)
		progress_update(&capture.progress, "reading", i, 0);
	assert_string_equal(written(&capture), "\rreading: 0\033[K");
	finish(&capture);
}

static void a_file_is_no_terminal(void **state)
{
	struct progress progress;
	FILE *file = tmpfile();

	(void)state;
	progress_init(&progress, file);
	assert_null(progress.stream);
	fclose(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(short_steps_stay_silent),
		cmocka_unit_test(long_steps_show_their_share_and_clean_up),
		cmocka_unit_test(updates_are_rare),
		cmocka_unit_test(a_file_is_no_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
