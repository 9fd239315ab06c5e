#include "cli/leak_request.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "analyzer/reader.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "cli/tracer_request.h"

/* A program that idles does not hear; a large heap takes its time in the child. */
#define ANSWER_NS (UINT64_C(10) * 1000000000)
#define CHECK_NS (UINT64_C(120) * 1000000000)

enum { LOOK_NS = 20 * 1000 * 1000, LABEL_BYTES = 32 };

static const char *make_label(struct arena *arena)
{
	char *label = arena_alloc(arena, LABEL_BYTES);
	time_t now = time(NULL);
	struct tm local;

	if (label && localtime_r(&now, &local))
		strftime(label, LABEL_BYTES, "asked %H:%M:%S", &local);
	return label;
}

static int check_running(const char *path, struct arena *arena, uint32_t *checks, struct error *err)
{
	struct profile_data data = { .state = NULL };

	if (reader_read_head(path, arena, &data, err) != 0)
		return err->code;
	*checks = data.header.leak_checks;
	if (strcmp(data.state, "running") == 0)
		return 0;
	return error_set(err, ERROR_NOT_FOUND, "%s: its program does not run any more: nothing to look through",
			 path);
}

static int ask(const char *path, const char *label, struct error *err)
{
	struct tracer_request request = TRACER_REQUEST_INIT;
	uint32_t answer = REQUEST_DONE;
	int code = tracer_request_begin(&request, path, REQUEST_LEAK_CHECK, label, err);

	if (code != 0)
		return code;
	if (!tracer_request_wait(&request, ANSWER_NS, &answer)) {
		tracer_request_withdraw(&request);
		code = error_set(err, ERROR_LIMIT, "the program did not hear within 10 s: it does when its heap"
				 " grows or shrinks, or a thread begins; try again when it has work");
	} else if (answer != REQUEST_DONE) {
		code = error_set(err, ERROR_LIMIT, answer == REQUEST_UNKNOWN ?
				 "the program's tracer is too old for leak checks" :
				 "the tracer could not look through the heap: 'dagmem info' may say more");
	}
	tracer_request_release(&request);
	return code;
}

/* The copy of the program is at it; its head is published last. */
static bool has_check(const char *path, uint32_t number)
{
	struct arena arena = ARENA_INIT;
	struct error ignored = ERROR_INIT;
	struct profile_data data = { .state = NULL };
	bool found = false;

	if (reader_read(path, &arena, &data, &ignored) == 0)
		for (size_t i = 0; i < data.leak_check_count; i++)
			found = found || data.leak_checks[i].number >= number;
	arena_release(&arena);
	return found;
}

static int wait_for_check(const char *path, uint32_t number, struct error *err)
{
	const struct timespec pause = { 0, LOOK_NS };
	uint64_t deadline_ns = clock_monotonic_ns() + CHECK_NS;

	while (!has_check(path, number)) {
		if (clock_monotonic_ns() > deadline_ns)
			return error_set(err, ERROR_LIMIT, "the heap is still being looked through: 'dagmem leaks'"
					 " will show it");
		nanosleep(&pause, NULL);
	}
	return 0;
}

int leak_request_make(const char *path, struct arena *arena, const char **label, struct error *err)
{
	uint32_t checks = 0;
	int code = check_running(path, arena, &checks, err);

	*label = make_label(arena);
	if (code == 0 && !*label)
		code = error_set(err, ERROR_NO_MEMORY, "no memory for a label");
	if (code == 0)
		code = ask(path, *label, err);
	return code ? code : wait_for_check(path, checks, err);
}
