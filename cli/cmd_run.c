/* run: trace a program, and its children if wanted. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/units.h"
#include "cli/adapter_make.h"
#include "cli/adapters.h"
#include "cli/command.h"
#include "cli/findings.h"
#include "cli/inspect.h"
#include "cli/launch.h"
#include "cli/message.h"
#include "cli/oom_watch.h"
#include "cli/options.h"
#include "cli/preload_link.h"
#include "cli/profile_file.h"
#include "cli/profile_graphs.h"
#include "cli/profile_search.h"
#include "cli/profile_seal.h"
#include "cli/run_habits.h"
#include "cli/run_leaks.h"
#include "cli/run_leaks_report.h"
#include "cli/run_summary.h"
#include "cli/run_watch.h"
#include "cli/tracer_setup.h"

enum { OPTION_FOLLOW = 256, OPTION_MAX_PROFILE, OPTION_SNAPSHOT_EVERY, OPTION_NO_ARGV, OPTION_ADAPTER };

static const struct option OPTIONS[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "force", no_argument, NULL, 'f' },
	{ "follow", no_argument, NULL, OPTION_FOLLOW },
	{ "max-profile", required_argument, NULL, OPTION_MAX_PROFILE },
	{ "snapshot-every", required_argument, NULL, OPTION_SNAPSHOT_EVERY },
	{ "no-argv", no_argument, NULL, OPTION_NO_ARGV },
	{ "adapter", required_argument, NULL, OPTION_ADAPTER },
	RUN_LEAKS_OPTIONS,
	RUN_HABITS_OPTIONS,
	{ NULL, 0, NULL, 0 },
};

struct run_options {
	const char *output;
	bool overwrite;
	bool quiet, verbose;
	unsigned adapters;
	bool make;                      /* as an adapter */
	struct tracer_setup setup;
	struct preload_link link;
	bool untraced;                  /* it would not even start with the tracer */
	struct snapshot_pace pace;
	struct run_leaks leaks;
	char **command;
};

static int take_max_profile(uint64_t *bytes)
{
	struct error err;

	if (units_parse_size(optarg, bytes, &err) != 0)
		return message_usage("run", "--max-profile: %s", err.message);
	if (*bytes >= TRACER_SETUP_PROFILE_MIN)
		return 0;
	return message_usage("run", "--max-profile: %s is less than the least, %s", optarg,
			     units_size(TRACER_SETUP_PROFILE_MIN).text);
}

static int take_option(struct run_options *options, struct arena *arena, int option)
{
	struct error err;

	if (option >= RUN_LEAKS_CHECK && option < RUN_LEAKS_END)
		return run_leaks_take(&options->leaks, arena, option);
	if (option >= RUN_HABITS_FIRST && option < RUN_HABITS_FIRST + RUN_HABITS)
		return run_habits_tell(option);
	switch (option) {
	case 'o':
		options->output = optarg;
		return 0;
	case 'f':
		options->overwrite = true;
		return 0;
	case OPTION_FOLLOW:
		options->setup.follow = true;
		return 0;
	case OPTION_NO_ARGV:
		options->setup.no_argv = true;
		return 0;
	case OPTION_ADAPTER:
		if (adapters_parse(optarg, &options->adapters, &err) != 0)
			return message_usage("run", "--adapter: %s", err.message);
		return 0;
	case OPTION_MAX_PROFILE:
		return take_max_profile(&options->setup.max_profile_bytes);
	case OPTION_SNAPSHOT_EVERY:
		if (units_parse_duration(optarg, &options->pace.every_ns, &err) != 0)
			return message_usage("run", "--snapshot-every: %s", err.message);
		options->pace.never = options->pace.every_ns == 0;
		return 0;
	default:
		return EXIT_USAGE;
	}
}

static int parse(struct run_options *options, struct arena *arena, struct context *context, int argc,
		 char **argv)
{
	int option;

	while ((option = options_next(context, "run", argc, argv, "+:o:f", OPTIONS)) != -1)
		if (take_option(options, arena, option) != 0)
			return EXIT_RUN_FAILED;
	options->quiet = context->quiet;
	options->verbose = context->verbosity > 0;
	options->command = argv + optind;
	if (optind == argc) {
		message_usage("run", "which program?");
		return EXIT_RUN_FAILED;
	}
	if (!*options->command[0]) {
		message_usage("run", "which program? its name is empty");
		return EXIT_RUN_NOT_FOUND;
	}
	return 0;
}

/*
 * The tracer never overwrites: it would take another name.  So a file of that
 * very name is either removed on request, or the program is not even started.
 */
static int clear_output(const struct tracer_setup *setup, bool overwrite, struct arena *arena,
			struct error *err)
{
	if (strchr(setup->output, '%') || access(setup->output, F_OK) != 0)
		return 0;
	if (!overwrite)
		return error_set(err, ERROR_USAGE, "%s exists; -f overwrites it", setup->output);
	if (!profile_file_is(setup->output))
		return error_set(err, ERROR_USAGE, "%s is no profile: not overwritten", setup->output);
	if (unlink(setup->output) != 0)
		return error_system(err, errno, "%s", setup->output);
	profile_graphs_remove(setup->output, arena);
	return 0;
}

static int prepare(struct run_options *options, struct arena *arena, struct error *err)
{
	struct tracer_setup *setup = &options->setup;
	int code = tracer_setup_library(arena, &setup->library, err);

	if (code == 0)
		code = preload_link_make(&options->link, arena, &setup->library, err);
	if (code == 0)
		code = run_leaks_prepare(&options->leaks, setup, err);
	if (code == 0)
		code = tracer_setup_output(arena, options->output, &setup->output, err);
	if (code == 0)
		code = clear_output(setup, options->overwrite, arena, err);
	if (code == 0 && getrandom(&setup->run_id, sizeof setup->run_id, 0) < 0)
		code = error_system(err, errno, "getrandom");
	return code;
}

/* SIGKILL, and the kernel counted a kill for want of memory meanwhile. */
static bool was_out_of_memory(const struct launch_outcome *outcome, int64_t kills_before)
{
	return WIFSIGNALED(outcome->wait_status) && WTERMSIG(outcome->wait_status) == SIGKILL &&
	       kills_before != OOM_UNKNOWN && oom_kill_count() > kills_before;
}

/* A profile stepped aside because its folder could not hold it mapped; now it can be copied. */
static void bring_home(const struct tracer_setup *setup, struct arena *arena, const char **path)
{
	const char *folder = tracer_setup_folder(arena, setup->output);
	struct error err;

	if (!folder)
		message("%s had to be recorded in another folder than asked for", *path);
	else if (profile_seal_move(path, folder, arena, &err) != 0)
		message("a profile stays in another folder: %s", err.message);
}

static void seal(struct run_watch *watch, const struct launch_outcome *outcome, bool out_of_memory)
{
	struct error err;

	if (watch->fd < 0)
		return;
	if (profile_seal_end(watch->fd, outcome, out_of_memory, &err) != 0)
		message("%s", err.message);
	profile_seal_trim(watch->fd);
	close(watch->fd);
	watch->fd = -1;
	if (watch->elsewhere)
		bring_home(watch->setup, &watch->arena, &watch->path);
}

/* How other processes ended is known to their parents alone. */
static void seal_other(const struct tracer_setup *setup, struct arena *arena,
		       struct found_profile *profile)
{
	int fd = open(profile->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return;
	profile_seal_trim(fd);
	close(fd);
	if (profile->elsewhere)
		bring_home(setup, arena, &profile->path);
}

/*
 * All profiles of the run.  The program's own comes last, so that it is the
 * newest file, and under the name that was asked for, even if the process was
 * another program when that name was taken.
 */
static void seal_all(struct run_watch *watch, const struct launch_outcome *outcome,
		     bool out_of_memory, struct found_profile *found, size_t count, struct arena *arena)
{
	for (size_t i = 0; i < count; i++)
		if (!watch->path || strcmp(found[i].path, watch->path) != 0)
			seal_other(watch->setup, arena, &found[i]);
	seal(watch, outcome, out_of_memory);
	for (size_t i = 0; watch->path && i < count; i++)
		if (found[i].executed && found[i].pid == (uint32_t)outcome->pid)
			profile_seal_exchange(&watch->path, found[i].path, &watch->arena);
}

static void finish_make(struct adapter_make *make, const struct run_watch *watch)
{
	struct error err;

	if (adapter_make_finish(make, watch ? watch->fd : -1, &err) != 0)
		message("%s", err.message);
}

/* The program has ended: complete what it left. */
static void end_profiles(struct run_watch *watch, const struct launch_outcome *outcome,
			 bool out_of_memory, struct adapter_make *make)
{
	const struct tracer_setup *setup = watch->setup;
	struct profile_search search = { setup->output, setup->run_id, setup->follow ? 0 : outcome->pid };
	struct arena arena = ARENA_INIT;
	struct found_profile *found;
	size_t count = profile_search(&search, &arena, &found);

	run_watch_finish(watch, outcome->pid, found, count);
	finish_make(make, watch);
	seal_all(watch, outcome, out_of_memory, found, count, &arena);
	arena_release(&arena);
}

static int run_program(const struct run_options *options, struct adapter_make *make,
		       struct arena *arena)
{
	char *const *environment = options->untraced ? environ :
		tracer_setup_environment(arena, &options->setup, environ);
	struct launch_outcome outcome;
	struct run_watch watch;
	struct error err;
	int64_t kills_before = oom_kill_count();
	int code;

	if (!environment) {
		message("out of memory");
		return EXIT_RUN_FAILED;
	}
	run_watch_init(&watch, &options->setup, options->pace);
	if (launch_run(options->command, environment, run_watch_tick, &watch, &outcome, &err) != 0) {
		message("%s", err.message);
		finish_make(make, NULL);
		run_watch_release(&watch);
		return EXIT_RUN_FAILED;
	}
	code = launch_exit_code(&outcome);
	if (outcome.exec_errno) {
		message("%s: %s", options->command[0], strerror(outcome.exec_errno));
	} else {
		bool out_of_memory = was_out_of_memory(&outcome, kills_before);

		end_profiles(&watch, &outcome, out_of_memory, make);
		make = NULL;
		if (!options->quiet)
			run_summary_print(&watch, &outcome, out_of_memory);
		code = run_leaks_report(&options->leaks, &watch, outcome.pid, options->quiet, code);
	}
	finish_make(make, NULL);
	run_watch_release(&watch);
	return code;
}

static int run_prepared(struct run_options *options, struct arena *arena)
{
	struct adapter_make *make = NULL;
	struct error err;

	if (options->make)
		make = adapter_make_begin(arena, &options->setup, &err);
	if (options->make && !make) {
		message("%s", err.message);
		return EXIT_RUN_FAILED;
	}
	return run_program(options, make, arena);
}

/*
 * Say beforehand what will not be seen, and hook operator new if that is the
 * allocator's.  False: not even the program would work.
 */
static bool is_fit(struct run_options *options, struct arena *arena)
{
	enum finding_level told = options->quiet ? FINDING_REFUSED :
		options->verbose ? FINDING_GOOD : FINDING_WARNING;
	const char *command = options->command[0];
	struct inspection inspection;
	struct findings findings = { .count = 0 };
	bool fit = true;

	if (!inspect_command(command, arena, &inspection))
		return true;    /* execvp() will say what is wrong with it */
	if (inspection.foreign_new)
		options->setup.new_library = tracer_setup_new_library(arena, options->setup.library);
	options->untraced = inspect_is_musl(&inspection);
	findings_of_program(&findings, &inspection, arena);
	findings_of_new(&findings, &inspection, options->setup.new_library, arena);
	options->make = adapters_prepare(options->adapters, &inspection, &options->setup, arena,
					 &findings);
	for (size_t i = 0; i < findings.count; i++) {
		if (findings.items[i].level >= told)
			message("%s: %s", command, findings.items[i].text);
		fit = fit && findings.items[i].level != FINDING_REFUSED;
	}
	return fit;
}

static int run_run(struct context *context, int argc, char **argv)
{
	struct run_options options = { 0 };
	struct arena arena = ARENA_INIT;
	struct error err;
	int code = parse(&options, &arena, context, argc, argv);

	if (code == 0 && prepare(&options, &arena, &err) != 0) {
		message("%s", err.message);
		code = EXIT_RUN_FAILED;
	}
	if (code == 0 && !is_fit(&options, &arena))
		code = EXIT_RUN_FAILED;
	if (code == 0)
		code = run_prepared(&options, &arena);
	preload_link_remove(&options.link);
	arena_release(&arena);
	return code;
}

const struct command command_run = {
	.name = "run",
	.synopsis = "[-o FILE] [-f] [--follow] [--] COMMAND [ARGUMENT...]",
	.summary = "Run a program and profile it",
	.options =
		"  -o, --output FILE      where the profile goes; %p is the process id, %e the\n"
		"                         program's name, %h the host (dagmem.%e.%p.dagmem)\n"
		"  -f, --force            overwrite FILE\n"
		"  -q, --quiet            no summary at the end\n"
		"      --follow           profile the processes it starts, too, each on its own\n"
		"      --max-profile SIZE bound the profile's size; stacks past it are folded\n"
		"      --snapshot-every TIME\n"
		"                         keep what is live that often; 0 = never (by default\n"
		"                         at most 64 snapshots spread over the run)\n"
		"      --adapter NAME         auto, make, openmp or starpu: have the tasks of that\n"
		"                         engine as nodes of a DAG; several with commas between\n"
		RUN_LEAKS_HELP
		"      --no-argv          leave the command line out of the profile\n",
	.run = run_run,
};
