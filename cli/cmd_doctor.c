/* doctor: what will and will not work with a program, without running it. */
#include "base/arena.h"
#include "cli/adapters.h"
#include "cli/command.h"
#include "cli/findings.h"
#include "cli/inspect.h"
#include "cli/message.h"
#include "cli/options.h"
#include "cli/tracer_setup.h"

static const struct option OPTIONS[] = { { NULL, 0, NULL, 0 } };

static void add_tracer(struct findings *findings, const struct inspection *inspection,
		       struct arena *arena)
{
	const char *library;
	struct error err;

	if (tracer_setup_library(arena, &library, &err) != 0) {
		findings_add(findings, FINDING_REFUSED, arena_strdup(arena, err.message));
		return;
	}
	findings_add(findings, FINDING_GOOD, arena_printf(arena, "the tracer is %s", library));
	findings_of_new(findings, inspection, tracer_setup_new_library(arena, library), arena);
}

static void print_findings(const struct findings *findings)
{
	static const char *const LEVELS[] = {
		[FINDING_GOOD] = "ok",
		[FINDING_NOTE] = "note",
		[FINDING_WARNING] = "warning",
		[FINDING_REFUSED] = "refused",
	};

	for (size_t i = 0; i < findings->count; i++)
		printf("%-8s %s\n", LEVELS[findings->items[i].level], findings->items[i].text);
}

static void print_program(const struct inspection *inspection)
{
	printf("%s\n", inspection->path);
	if (inspection->interpreter)
		printf("%-8s %s\n", "loader", inspection->interpreter);
	for (size_t i = 0; i < inspection->needed_count; i++)
		printf("%-8s %s\n", i ? "" : "needs", inspection->needed[i]);
}

static int examine(const char *command, struct arena *arena)
{
	struct inspection inspection;
	struct findings findings = { .count = 0 };
	struct engines engines;

	if (!inspect_command(command, arena, &inspection)) {
		message("%s: no such program", command);
		return EXIT_INPUT;
	}
	print_program(&inspection);
	add_tracer(&findings, &inspection, arena);
	findings_of_program(&findings, &inspection, arena);
	engines_find(&inspection, &engines);
	findings_of_engines(&findings, &engines);
	findings_of_system(&findings, ".", arena);
	print_findings(&findings);
	return EXIT_OK;
}

static int run_doctor(struct context *context, int argc, char **argv)
{
	struct arena arena = ARENA_INIT;

	if (options_next(context, argv[0], argc, argv, "+:", OPTIONS) != -1)
		return EXIT_USAGE;
	if (optind >= argc)
		return message_usage(argv[0], "which program?");
	int code = examine(argv[optind], &arena);

	arena_release(&arena);
	return code;
}

const struct command command_doctor = {
	.name = "doctor",
	.synopsis = "COMMAND",
	.summary = "Tell what will and will not work with a program",
	.run = run_doctor,
};
