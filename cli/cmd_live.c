/* live: a view like top(1) on a running program. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/progress.h"
#include "base/units.h"
#include "cli/command.h"
#include "cli/live_lines.h"
#include "cli/live_screen.h"
#include "cli/message.h"
#include "cli/newest_profile.h"
#include "cli/option_rules.h"
#include "cli/options.h"
#include "cli/profile_of_pid.h"
#include "reports/names.h"

enum { ROWS_DEFAULT = 10, INTERVAL_MIN_NS = 10 * 1000 * 1000 };

struct live_args {
	struct arena arena;
	struct progress progress;
	struct live_options options;
	struct live_query query;
	bool plain, json;
	uint64_t interval_ns, count;    /* count 0: until the program ends */
	enum colour_choice colour;
	const char *path;
};

static int read_number(const char *option, uint64_t *number)
{
	char *end;

	errno = 0;
	unsigned long long value = strtoull(optarg, &end, 10);

	if (errno || *end || end == optarg || *optarg == '-')
		return message_usage("live", "--%s takes a number, not '%s'", option, optarg);
	*number = value;
	return 0;
}

static int take_count(void *context, const char *verb, const char *option)
{
	struct live_args *args = context;

	(void)verb;
	return read_number(option, &args->count);
}

static int take_limit(void *context, const char *verb, const char *option)
{
	struct live_args *args = context;
	uint64_t limit = 0;
	int code = read_number(option, &limit);

	(void)verb;
	args->query.limit = limit;
	return code;
}

static int take_interval(void *context, const char *verb, const char *option)
{
	struct live_args *args = context;
	struct error err = ERROR_INIT;

	(void)verb, (void)option;
	if (units_parse_duration(optarg, &args->interval_ns, &err))
		return message_usage("live", "--interval: %s", err.message);
	if (args->interval_ns < INTERVAL_MIN_NS)
		args->interval_ns = INTERVAL_MIN_NS;
	return 0;
}

static int take_grouping(void *context, const char *verb, const char *option)
{
	struct live_args *args = context;

	(void)verb, (void)option;
	if (grouping_parse(optarg, &args->options.by) && args->options.by <= BY_MODULE)
		return 0;
	return message_usage("live", "--by takes line, function, file or module, not '%s'", optarg);
}

static int take_sort(void *context, const char *verb, const char *option)
{
	struct live_args *args = context;
	static const char *const names[] = {
		[LIVE_BY_OWN] = "own", [LIVE_BY_TOTAL] = "total",
		[LIVE_BY_ALLOCATIONS] = "allocations",
	};

	(void)verb, (void)option;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(optarg, names[i]) == 0) {
			args->query.sort = (enum live_sort)i;
			return 0;
		}
	return message_usage("live", "--sort takes own, total or allocations, not '%s'", optarg);
}

static int take_debuginfod(void *context, const char *verb, const char *option)
{
	struct live_args *args = context;

	(void)option;
	args->options.debuginfod = true;
	return options_check_debuginfod(verb);
}

static const struct option_rule RULES[] = {
	OPTION_FLAG("plain", 0, struct live_args, plain),
	OPTION_FLAG("json", 0, struct live_args, json),
	OPTION_CALL("interval", 0, required_argument, take_interval),
	OPTION_CALL("count", 0, required_argument, take_count),
	OPTION_CALL("limit", 'n', required_argument, take_limit),
	OPTION_CALL("by", 0, required_argument, take_grouping),
	OPTION_CALL("sort", 0, required_argument, take_sort),
	OPTION_TEXT("filter", 0, struct live_args, query.filter),
	OPTION_CALL("debuginfod", 0, no_argument, take_debuginfod),
	OPTION_RULES_END
};

static int find_profile(struct live_args *args, int count, char **names, struct error *err)
{
	if (count > 1)
		return error_set(err, ERROR_USAGE, "one program, please: what is '%s'?", names[1]);
	if (!count)
		return newest_profile(&args->arena, &args->path, err);
	if (strspn(names[0], "0123456789") == strlen(names[0]) && *names[0])
		return profile_of_pid((pid_t)strtol(names[0], NULL, 10), &args->arena, &args->path, err);
	args->path = names[0];
	return 0;
}

/* --- Lines ------------------------------------------------------------------ */

static void wait_until(uint64_t deadline_ns)
{
	const struct timespec deadline = { (time_t)(deadline_ns / 1000000000),
					   (long)(deadline_ns % 1000000000) };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, NULL) == EINTR)
		;
}

static bool runs(const struct live *live)
{
	return strcmp(live_state(live), "running") == 0;
}

static int print_look(const struct live_args *args, const struct live *live, struct error *err)
{
	int failed = args->json ? live_lines_json(live, &args->query, stdout)
				: live_lines_text(live, &args->query, stdout);

	if (failed)
		return error_set(err, ERROR_NO_MEMORY, "no memory for the rows");
	return fflush(stdout) ? error_system(err, errno, "standard output") : 0;
}

static int print_lines(const struct live_args *args, struct live *live, struct error *err)
{
	uint64_t deadline_ns = clock_monotonic_ns();
	int code;

	if (!args->json)
		live_lines_heading(stdout);
	for (uint64_t looks = 1;; looks++) {
		bool running = runs(live);

		code = print_look(args, live, err);
		if (code || !running || looks == args->count)
			return code;
		deadline_ns += args->interval_ns;
		wait_until(deadline_ns);
		code = live_look(live, clock_monotonic_ns(), err);
		if (code)
			return code;
	}
}

/* --- All -------------------------------------------------------------------- */

static void show_progress(void *context, const char *what, size_t done, size_t total)
{
	struct live_args *args = context;

	progress_update(&args->progress, what, done, total);
}

static int watch(struct live_args *args, struct error *err)
{
	const struct live_screen_options screen = {
		.interval_ns = args->interval_ns, .count = args->count, .query = args->query,
		.colour = args->colour,
	};
	struct live *live = NULL;
	char end[128];
	int code = live_open(&live, args->path, &args->options, clock_monotonic_ns(), err);

	progress_end(&args->progress);
	if (code)
		return code;
	if (args->plain || args->json || !live_screen_run(live, &screen, &code, err))
		code = print_lines(args, live, err);
	if (!code && !runs(live) && !args->json) {
		live_lines_end(live, end, sizeof end);
		message("the program %s", end);
	}
	live_free(live);
	return code;
}

static int run_live(struct context *context, int argc, char **argv)
{
	struct live_args args = {
		.options = { .by = BY_LINE, .progress = show_progress, .context = &args },
		.query = { .limit = ROWS_DEFAULT }, .interval_ns = 1000000000,
	};
	struct error err = ERROR_INIT;
	int code;

	progress_init(&args.progress, stderr);
	code = option_rules_parse(RULES, &args, context, argv[0], argc, argv);
	args.colour = context->colour;
	if (context->quiet)
		args.options.progress = NULL;
	if (!code && (find_profile(&args, argc - optind, argv + optind, &err) || watch(&args, &err))) {
		progress_end(&args.progress);
		code = message_error(&err);
	}
	arena_release(&args.arena);
	return code;
}

const struct command command_live = {
	.name = "live",
	.synopsis = "[PID|PROFILE] [OPTION...]",
	.summary = "Watch a running program",
	.options =
	"      --plain            one line a look instead of a screen\n"
	"      --json             one JSON object a look\n"
	"      --interval TIME    between looks (1s)\n"
	"      --count N          looks, then end (until the program ends)\n"
	"  -n, --limit N          rows in --json (10; 0 = all)\n"
	"      --by GROUP         line, function, file or module\n"
	"      --sort KEY         own, total or allocations\n"
	"      --filter TEXT      only rows whose file, function or module has it\n"
	"      --debuginfod       ask the servers in DEBUGINFOD_URLS for debug information\n",
	.run = run_live,
};
