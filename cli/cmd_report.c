/* report: one page that shows everything, for a browser. */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "analyzer/dataset.h"
#include "analyzer/overview.h"
#include "base/progress.h"
#include "base/units.h"
#include "cli/command.h"
#include "cli/leak_args.h"
#include "cli/message.h"
#include "cli/newest_profile.h"
#include "cli/option_rules.h"
#include "cli/options.h"
#include "cli/page_file.h"
#include "reports/html.h"

enum { PROFILES_MAX = 2, LEAKS_SHOWN = 300 };

#define FOLD_SHARE 0.0001

struct report_args {
	struct arena arena;
	struct progress progress;
	struct dataset_options dataset;
	struct overview_options overview;
	struct leak_files suppressions;
	const char *output_path;
	bool force, quiet;
	char *profiles[PROFILES_MAX];
	size_t count;
};

static int take_fold(void *context, const char *verb, const char *option)
{
	struct report_args *args = context;
	char *end;
	double percent;

	(void)option;
	errno = 0;
	percent = strtod(optarg, &end);
	if (errno || *end || end == optarg || !(percent >= 0 && percent <= 100))
		return message_usage(verb, "--fold takes a percentage, not '%s'", optarg);
	args->overview.tree.fold_share = percent / 100;
	return 0;
}

static int take_suppressions(void *context, const char *verb, const char *option)
{
	struct report_args *args = context;

	(void)verb, (void)option;
	return leak_args_add_file(&args->suppressions, &args->arena);
}

static int take_debuginfod(void *context, const char *verb, const char *option)
{
	struct report_args *args = context;

	(void)option;
	args->dataset.debuginfod = true;
	return options_check_debuginfod(verb);
}

static const struct option_rule RULES[] = {
	OPTION_TEXT("output", 'o', struct report_args, output_path),
	OPTION_FLAG("force", 'f', struct report_args, force),
	OPTION_FLAG("source", 0, struct report_args, overview.tree.source),
	OPTION_CALL("fold", 0, required_argument, take_fold),
	OPTION_CALL("suppressions", 0, required_argument, take_suppressions),
	OPTION_CALL("debuginfod", 0, no_argument, take_debuginfod),
	OPTION_RULES_END
};

static void show_progress(void *context, const char *what, size_t done, size_t total)
{
	struct report_args *args = context;

	progress_update(&args->progress, what, done, total);
}

static int parse(struct report_args *args, struct context *context, int argc, char **argv)
{
	int code = option_rules_parse(RULES, args, context, argv[0], argc, argv);

	if (code)
		return code;
	if (argc - optind > PROFILES_MAX)
		return message_usage(argv[0], "one profile or two, please: what is '%s'?",
				     argv[optind + PROFILES_MAX]);
	for (; optind < argc; optind++)
		args->profiles[args->count++] = argv[optind];
	args->overview.leaks.files = args->suppressions.names;
	args->overview.leaks.file_count = args->suppressions.count;
	args->quiet = context->quiet;
	args->dataset.context = args;
	args->dataset.progress = args->quiet ? NULL : show_progress;
	return 0;
}

/* The user's profiles, else the newest; and where the page goes. */
static int find_files(struct report_args *args, struct error *err)
{
	const char *newest;

	if (!args->count) {
		if (newest_profile(&args->arena, &newest, err))
			return err->code;
		args->profiles[args->count++] = (char *)newest;
	}
	if (!args->output_path)
		args->output_path = page_file_name(&args->arena, args->profiles, args->count);
	return args->output_path ? 0 : error_set(err, ERROR_NO_MEMORY, "no memory for a file name");
}

static int read_view(struct report_args *args, const char *path, struct view_report *view,
		     struct error *err)
{
	struct dataset *data = NULL;
	int status = dataset_open(&data, path, &args->dataset, err);

	if (!status)
		status = overview_read(data, &args->overview, view, err);
	dataset_free(data);
	return status;
}

static void tell(const struct report_args *args, const struct page_file *file)
{
	struct stat info;

	if (args->quiet || !file->path || stat(file->path, &info) != 0)
		return;
	message("page: %s (%s); open it in a browser", file->path,
		units_size((uint64_t)info.st_size).text);
}

static int write_page(struct report_args *args, const struct view_report *const *views,
		      struct error *err)
{
	struct page_file file;
	struct error close_err;

	if (page_file_open(&file, &args->arena, args->output_path, args->force, err))
		return err->code;
	int status = html_write(views, args->count, file.stream, err);

	if (page_file_close(&file, status == 0, &close_err) && !status) {
		*err = close_err;
		status = err->code;
	}
	progress_end(&args->progress);
	if (!status)
		tell(args, &file);
	return status;
}

static int report(struct report_args *args, struct error *err)
{
	struct view_report views[PROFILES_MAX] = { 0 };
	const struct view_report *pointers[PROFILES_MAX] = { &views[0], &views[1] };
	int status = find_files(args, err);

	if (!status && !html_is_built())
		status = error_set(err, ERROR_NOT_FOUND, "this dagmem was built without npm, so it "
				   "has no page to show a profile in: install npm and build it anew");
	for (size_t i = 0; i < args->count && !status; i++)
		status = read_view(args, args->profiles[i], &views[i], err);
	if (!status)
		status = write_page(args, pointers, err);
	for (size_t i = 0; i < PROFILES_MAX; i++)
		view_report_free(&views[i]);
	return status;
}

static int run_report(struct context *context, int argc, char **argv)
{
	struct report_args args = {
		.overview = {
			.tree = { .fold_share = FOLD_SHARE },
			.leaks = { .show = (1u << LEAK_UNJUDGED) - 1, .limit = LEAKS_SHOWN,
				   .paths = true, .retained_if_known = true, .show_suppressed = true },
		},
	};
	struct error err;

	args.overview.leaks.today = leak_args_today(&args.arena);

	progress_init(&args.progress, stderr);
	int code = parse(&args, context, argc, argv);

	if (code == 0 && report(&args, &err) != 0) {
		progress_end(&args.progress);
		code = message_error(&err);
	}
	progress_end(&args.progress);
	arena_release(&args.arena);
	return code;
}

const struct command command_report = {
	.name = "report",
	.synopsis = "[PROFILE | OLD NEW] [OPTION...]",
	.summary = "Write a page for a browser that shows everything, in one file",
	.options =
		"  -o, --output FILE      write there (PROFILE's name with .html, in this folder);\n"
		"                         - is standard output\n"
		"  -f, --force            overwrite FILE\n"
		"      --source           put the source lines' text into the page\n"
		"      --fold PERCENT     leave out frames below that share (0.01; 0 = none)\n"
		"      --suppressions FILE\n"
		"                         leaks that are known, as for 'dagmem leaks'; may be repeated\n"
		"      --debuginfod       ask the servers in DEBUGINFOD_URLS for debug information\n",
	.run = run_report,
};
