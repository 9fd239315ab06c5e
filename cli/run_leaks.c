#include "cli/run_leaks.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/dataset.h"
#include "analyzer/leaks.h"
#include "analyzer/suppressions.h"
#include "base/error.h"
#include "base/text.h"
#include "base/units.h"
#include "cli/command.h"
#include "cli/leak_args.h"
#include "cli/message.h"
#include "cli/tracer_setup.h"
#include "reports/report.h"

enum { EXIT_CODE_MAX = 255 };

static int take_check(struct run_leaks *leaks)
{
	leaks->check = true;
	if (!optarg || strcmp(optarg, "summary") == 0)
		return 0;
	leaks->full = strcmp(optarg, "full") == 0;
	return leaks->full ? 0 : message_usage("run", "--leak-check takes full or nothing, not '%s'",
					       optarg);
}

static int take_exit_code(struct run_leaks *leaks)
{
	char *end;
	long code = strtol(optarg, &end, 10);

	if (*end || end == optarg || code < 0 || code > EXIT_CODE_MAX)
		return message_usage("run", "--error-exitcode takes a number up to %d, not '%s'",
				     EXIT_CODE_MAX, optarg);
	leaks->error_exit_code = (int)code;
	return 0;
}

static int add_file(struct run_leaks *leaks, struct arena *arena)
{
	const char **files = arena_alloc_array(arena, leaks->file_count + 1, sizeof *files);

	if (!files) {
		message("out of memory");
		return EXIT_RUN_FAILED;
	}
	if (leaks->file_count)
		memcpy(files, leaks->files, leaks->file_count * sizeof *files);
	files[leaks->file_count++] = optarg;
	leaks->files = files;
	return 0;
}

int run_leaks_take(struct run_leaks *leaks, struct arena *arena, int option)
{
	switch (option) {
	case RUN_LEAKS_CHECK:
		return take_check(leaks);
	case RUN_LEAKS_SNAPSHOTS:
		leaks->at_snapshots = true;
		return 0;
	case RUN_LEAKS_GRAPH:
		leaks->heap_graph = true;
		return 0;
	case RUN_LEAKS_TAGGED:
		leaks->tagged_pointers = true;
		return 0;
	case RUN_LEAKS_ERROR_EXIT:
		return take_exit_code(leaks);
	case RUN_LEAKS_SUPPRESSIONS:
		return add_file(leaks, arena);
	default:
		return EXIT_USAGE;
	}
}

static int read_suppressions(const struct run_leaks *leaks, struct error *err)
{
	struct suppressions list = { .arena = ARENA_INIT };
	int code = 0;

	for (size_t i = 0; code == 0 && i < leaks->file_count; i++)
		code = suppressions_read(&list, leaks->files[i], err);
	suppressions_release(&list);
	return code;
}

/* Each of these options but the first is of use only with it. */
static bool is_wanted(const struct run_leaks *leaks)
{
	return leaks->check || leaks->at_snapshots || leaks->heap_graph || leaks->tagged_pointers ||
	       leaks->error_exit_code || leaks->file_count;
}

int run_leaks_prepare(const struct run_leaks *leaks, struct tracer_setup *setup, struct error *err)
{
	if (!is_wanted(leaks))
		return 0;
	setup->leak_checks = leaks->at_snapshots ? "exit+snapshots" : "exit";
	setup->heap_graph = leaks->heap_graph;
	setup->tagged_pointers = leaks->tagged_pointers;
	return read_suppressions(leaks, err);
}

static void print_sum(const char *words, const struct view_leak_total *total)
{
	if (total->rows)
		message("%s: %s in %" PRIu64 " block%s, from %" PRIu64 " place%s", words,
			units_size(total->bytes).text, total->blocks, total->blocks == 1 ? "" : "s",
			total->rows, total->rows == 1 ? "" : "s");
}

static void print_sums(const struct view_leaks *view)
{
	if (!view->judged) {
		message("leaks: %s", view->unjudged);
		return;
	}
	if (!view->total[LEAK_DEFINITE].rows && !view->total[LEAK_POSSIBLE].rows)
		message("no memory is lost");
	print_sum("definitely lost", &view->total[LEAK_DEFINITE]);
	print_sum("lost with it", &view->total[LEAK_INDIRECT]);
	print_sum("possibly lost", &view->total[LEAK_POSSIBLE]);
	print_sum("still reachable", &view->total[LEAK_REACHABLE]);
	print_sum("suppressed", &view->suppressed);
}

/* To be pasted into a shell. */
static void print_next(const char *path)
{
	struct text command;

	text_init(&command);
	text_add(&command, "dagmem leaks ");
	text_add_shell_word(&command, path);
	if (!text_failed(&command))
		message("where: %s", command.data);
	text_release(&command);
}

static void print(const struct run_leaks *leaks, const struct view_leaks *view, const char *path)
{
	const struct report_options options = { .ascii = true };
	struct error ignored;

	if (leaks->full && view->judged) {
		report_text.leaks(view, &options, stderr, &ignored);
		return;
	}
	print_sums(view);
	if (view->total[LEAK_DEFINITE].rows || view->total[LEAK_POSSIBLE].rows)
		print_next(path);
}

static int find(const struct run_leaks *leaks, const char *path, struct arena *arena,
		struct view_leaks *view, struct error *err)
{
	const struct leaks_options options = {
		.files = leaks->files, .file_count = leaks->file_count, .paths = true,
		.today = leak_args_today(arena),
	};
	struct dataset *data = NULL;
	int code = dataset_open(&data, path, NULL, err);

	if (code == 0)
		code = leaks_find(data, &options, view, err);
	dataset_free(data);
	return code;
}

bool run_leaks_report(const struct run_leaks *leaks, const char *path, bool quiet)
{
	struct view_leaks view = { .judged = false };
	struct arena arena = ARENA_INIT;
	struct error err;
	bool lost = false;

	if (!is_wanted(leaks))
		return false;
	if (find(leaks, path, &arena, &view, &err) == 0) {
		lost = view.total[LEAK_DEFINITE].rows > 0;
		if (!quiet)
			print(leaks, &view, path);
	} else {
		message("%s", err.message);
	}
	view_leaks_free(&view);
	arena_release(&arena);
	return lost;
}
