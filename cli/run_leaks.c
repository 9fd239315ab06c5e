#include "cli/run_leaks.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/suppressions.h"
#include "base/error.h"
#include "cli/command.h"
#include "cli/leak_args.h"
#include "cli/message.h"
#include "cli/tracer_setup.h"

enum { EXIT_CODE_MAX = 255 };

/* As valgrind takes it, too. */
static int take_check(struct run_leaks *leaks)
{
	static const char *const WORDS[] = { "no", "yes", "summary", "full" };
	enum { NO, YES, SUMMARY, FULL, WORD_COUNT };
	int word = YES;

	if (optarg)
		for (word = 0; word < WORD_COUNT && strcmp(optarg, WORDS[word]) != 0;)
			word++;
	if (word == WORD_COUNT)
		return message_usage("run", "--leak-check takes full, summary, no or nothing, not '%s'", optarg);
	leaks->check = word != NO;
	leaks->full = word == FULL;
	return 0;
}

static int take_verdicts(const char *option, unsigned *verdicts)
{
	if (leak_args_verdicts(optarg, verdicts))
		return 0;
	return message_usage("run", "--%s takes " LEAK_ARGS_VERDICTS ", not '%s'", option, optarg);
}

static int take_errors_for(struct run_leaks *leaks)
{
	leaks->errors_are_chosen = true;
	return take_verdicts("errors-for", &leaks->errors_for);
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
	case RUN_LEAKS_SHOW:
		return take_verdicts("show", &leaks->show);
	case RUN_LEAKS_ERROR_EXIT:
		return take_exit_code(leaks);
	case RUN_LEAKS_ERRORS_FOR:
		return take_errors_for(leaks);
	case RUN_LEAKS_SUPPRESSIONS:
		return leak_args_add_file(&leaks->files, arena) ? EXIT_RUN_FAILED : 0;
	default:
		return EXIT_USAGE;
	}
}

static int read_suppressions(const struct run_leaks *leaks, struct error *err)
{
	struct suppressions list = { .arena = ARENA_INIT };
	int code = 0;

	for (size_t i = 0; code == 0 && i < leaks->files.count; i++)
		code = suppressions_read(&list, leaks->files.names[i], err);
	suppressions_release(&list);
	return code;
}

bool run_leaks_are_wanted(const struct run_leaks *leaks)
{
	return leaks->check || leaks->at_snapshots || leaks->heap_graph || leaks->tagged_pointers ||
	       leaks->error_exit_code || leaks->errors_are_chosen || leaks->show || leaks->files.count;
}

static int check_options(const struct run_leaks *leaks, struct error *err)
{
	if (leaks->errors_are_chosen && !leaks->error_exit_code)
		return error_set(err, ERROR_USAGE, "--errors-for says what --error-exitcode N is about:"
				 " there is none");
	if (leaks->show && !leaks->full)
		return error_set(err, ERROR_USAGE, "--show is about --leak-check=full");
	return 0;
}

int run_leaks_prepare(const struct run_leaks *leaks, struct tracer_setup *setup, struct error *err)
{
	if (!run_leaks_are_wanted(leaks))
		return 0;
	if (check_options(leaks, err) != 0)
		return err->code;
	setup->leak_checks = leaks->at_snapshots ? "exit+snapshots" : "exit";
	setup->heap_graph = leaks->heap_graph;
	setup->tagged_pointers = leaks->tagged_pointers;
	return read_suppressions(leaks, err);
}
