#include "cli/view_args.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/profile_spec.h"
#include "cli/message.h"
#include "cli/newest_profile.h"
#include "cli/options.h"
#include "reports/names.h"

enum {
	ROWS_DEFAULT = 10,
	SOURCE_COLUMNS = 160,   /* of source lines where no screen sets them */
};

enum {
	OPTION_BY = 256, OPTION_METRIC, OPTION_INCLUDE, OPTION_EXCLUDE, OPTION_ALL_FRAMES,
	OPTION_LEAF, OPTION_SKIP, OPTION_FULL_PATHS, OPTION_AT, OPTION_ASCII, OPTION_JSON,
	OPTION_CSV, OPTION_DEBUGINFOD, OPTION_NODE, OPTION_INVERTED, OPTION_BY_NODE, OPTION_LINES,
	OPTION_PRUNE, OPTION_PNG,
};

/* Which verbs take it, and what getopt_long() is told. */
struct view_option {
	unsigned set;           /* enum view_option_set, 0 = all verbs, or BUT_EXPORT */
	struct option option;
};

enum { BUT_EXPORT = 1 << 15 };  /* all verbs but that whose forms have names */

static const struct view_option VIEW_OPTIONS[] = {
	{ VIEW_QUERY | VIEW_LIMIT, { "limit", required_argument, NULL, 'n' } },
	{ VIEW_QUERY, { "by", required_argument, NULL, OPTION_BY } },
	{ VIEW_QUERY | VIEW_FILTER, { "metric", required_argument, NULL, OPTION_METRIC } },
	{ VIEW_QUERY | VIEW_FILTER, { "include", required_argument, NULL, OPTION_INCLUDE } },
	{ VIEW_QUERY | VIEW_FILTER, { "exclude", required_argument, NULL, OPTION_EXCLUDE } },
	{ VIEW_QUERY | VIEW_FILTER | VIEW_LIMIT | VIEW_NODE, { "node", required_argument, NULL, OPTION_NODE } },
	{ VIEW_QUERY | VIEW_FILTER, { "all-frames", no_argument, NULL, OPTION_ALL_FRAMES } },
	{ VIEW_QUERY | VIEW_FILTER, { "leaf", no_argument, NULL, OPTION_LEAF } },
	{ VIEW_QUERY | VIEW_FILTER, { "skip", required_argument, NULL, OPTION_SKIP } },
	{ VIEW_QUERY | VIEW_LIMIT, { "full-paths", no_argument, NULL, OPTION_FULL_PATHS } },
	{ VIEW_MOMENT, { "at", required_argument, NULL, OPTION_AT } },
	{ VIEW_PLOT, { "ascii", no_argument, NULL, OPTION_ASCII } },
	{ VIEW_TREE, { "inverted", no_argument, NULL, OPTION_INVERTED } },
	{ VIEW_TREE, { "by-node", no_argument, NULL, OPTION_BY_NODE } },
	{ VIEW_TREE, { "lines", no_argument, NULL, OPTION_LINES } },
	{ VIEW_TREE, { "png", no_argument, NULL, OPTION_PNG } },
	{ VIEW_TREE, { "prune", required_argument, NULL, OPTION_PRUNE } },
	{ BUT_EXPORT, { "json", no_argument, NULL, OPTION_JSON } },
	{ BUT_EXPORT, { "csv", no_argument, NULL, OPTION_CSV } },
	{ 0, { "debuginfod", no_argument, NULL, OPTION_DEBUGINFOD } },
	{ 0, { "output", required_argument, NULL, 'o' } },
};

enum { VIEW_OPTION_COUNT = sizeof VIEW_OPTIONS / sizeof *VIEW_OPTIONS };

/* The table for getopt_long(), of OPTIONS_MAX + 1 places. */
static void select_options(unsigned sets, const struct view_own_options *own, struct option *table)
{
	const struct option *end = table + OPTIONS_MAX;

	if (!(sets & VIEW_TREE))
		sets |= BUT_EXPORT;
	for (size_t i = 0; i < VIEW_OPTION_COUNT; i++)
		if (!VIEW_OPTIONS[i].set || VIEW_OPTIONS[i].set & sets)
			*table++ = VIEW_OPTIONS[i].option;
	for (const struct option *option = own ? own->table : NULL; option && option->name; option++) {
		assert(table < end);
		*table++ = *option;
	}
	*table = (struct option){ 0 };
}

/* --- One option ------------------------------------------------------------- */

static int take_limit(struct view_args *args, const char *verb)
{
	char *end;

	errno = 0;
	unsigned long long limit = strtoull(optarg, &end, 10);

	if (errno || *end || end == optarg || *optarg == '-')
		return message_usage(verb, "-n takes a number of rows, not '%s'", optarg);
	args->query.limit = limit;
	return 0;
}

static int add_pattern(struct view_args *args, struct patterns *patterns)
{
	const char **globs = arena_alloc_array(&args->arena, patterns->count + 1, sizeof *globs);

	if (!globs) {
		message("out of memory");
		return EXIT_INPUT;
	}
	if (patterns->count)
		memcpy(globs, patterns->globs, patterns->count * sizeof *globs);
	globs[patterns->count++] = optarg;
	patterns->globs = globs;
	return 0;
}

static int take_grouping(struct view_args *args, const char *verb)
{
	if (grouping_parse(optarg, &args->query.by))
		return 0;
	return message_usage(verb, "--by takes %s, not '%s'", grouping_names(), optarg);
}

static int take_metric(struct view_args *args, const char *verb)
{
	if (metric_parse(optarg, &args->query.metric))
		return 0;
	return message_usage(verb, "--metric takes %s, not '%s'", metric_names(), optarg);
}

static int take_prune(struct view_args *args, const char *verb)
{
	char *end;
	double percent = strtod(optarg, &end);

	if (end == optarg || strcmp(*end == '%' ? end + 1 : end, "") != 0 ||
	    !(percent >= 0 && percent <= 100))
		return message_usage(verb, "--prune takes a percentage, not '%s'", optarg);
	args->report_options.prune = percent / 100;
	return 0;
}

static int take_option(struct view_args *args, const char *verb, int option)
{
	switch (option) {
	case 'n':
		args->limited = true;
		return take_limit(args, verb);
	case OPTION_BY:
		return take_grouping(args, verb);
	case OPTION_METRIC:
		return take_metric(args, verb);
	case OPTION_INCLUDE:
		return add_pattern(args, &args->query.include);
	case OPTION_EXCLUDE:
		return add_pattern(args, &args->query.exclude);
	case OPTION_SKIP:
		return add_pattern(args, &args->query.skip);
	case OPTION_ALL_FRAMES:
		args->query.all_frames = true;
		return 0;
	case OPTION_NODE:
		args->query.node = optarg;
		return 0;
	case OPTION_LEAF:
		args->query.leaf = true;
		return 0;
	case OPTION_FULL_PATHS:
		args->report_options.full_paths = true;
		return 0;
	case OPTION_AT:
		args->query.at = optarg;
		return 0;
	case OPTION_ASCII:
		args->report_options.ascii = true;
		return 0;
	case OPTION_INVERTED:
		args->report_options.inverted = true;
		return 0;
	case OPTION_BY_NODE:
		args->report_options.by_node = true;
		return 0;
	case OPTION_LINES:
		args->report_options.lines = true;
		return 0;
	case OPTION_PNG:
		args->report_options.png = true;
		return 0;
	case OPTION_PRUNE:
		return take_prune(args, verb);
	case OPTION_JSON:
		args->report = &report_json;
		return 0;
	case OPTION_CSV:
		args->report = &report_csv;
		return 0;
	case OPTION_DEBUGINFOD:
		args->dataset.debuginfod = true;
		return options_check_debuginfod(verb);
	case 'o':
		args->output_path = optarg;
		return 0;
	default:
		return EXIT_USAGE;
	}
}

/* --- All of them ------------------------------------------------------------ */

static void show_progress(void *context, const char *what, size_t done, size_t total)
{
	struct view_args *args = context;

	progress_update(&args->progress, what, done, total);
}

static void init(struct view_args *args)
{
	*args = (struct view_args){
		.query = { .limit = ROWS_DEFAULT },
		.report = &report_text,
		.report_options = { .prune = REPORT_PRUNE_USUAL },
		.dataset = { .context = args },
	};
	progress_init(&args->progress, stderr);
}

static int parse(struct view_args *args, unsigned sets, struct context *context, int argc,
		 char **argv)
{
	struct option table[OPTIONS_MAX + 1];
	const char *letters = sets & (VIEW_QUERY | VIEW_LIMIT) ? ":n:o:" : ":o:";
	int option, code;

	select_options(sets, args->own, table);
	while ((option = options_next(context, argv[0], argc, argv, letters, table)) != -1)
		if ((code = args->own && option >= VIEW_OPTIONS_OWN && option < OPTION_VALUES ?
		     args->own->take(args->own->context, argv[0], option) :
		     take_option(args, argv[0], option)) != 0)
			return code;
	args->colour = context->colour;
	args->dataset.progress = context->quiet ? NULL : show_progress;
	args->sets = sets;
	args->positional = argv + optind;
	args->positional_count = argc - optind;
	return 0;
}

int view_args_run(view_verb *verb, unsigned sets, struct context *context, int argc, char **argv)
{
	return view_args_run_own(verb, sets, NULL, context, argc, argv);
}

int view_args_run_own(view_verb *verb, unsigned sets, const struct view_own_options *own,
		      struct context *context, int argc, char **argv)
{
	struct view_args args;
	struct error err;

	init(&args);
	args.own = own;
	int code = parse(&args, sets, context, argc, argv);

	if (code == 0 && verb(&args, &err) != 0) {
		progress_end(&args.progress);
		code = message_error(&err);
	}
	progress_end(&args.progress);
	arena_release(&args.arena);
	return code;
}

static int take_spec(struct view_args *args, struct profile_spec *spec, struct error *err)
{
	int code = profile_spec_split(spec, args->positional[0], &args->arena, err);

	if (code != 0 || !spec->label)
		return code;
	if (!(args->sets & VIEW_MOMENT))
		return error_set(err, ERROR_USAGE, "this verb tells of the whole run, not of '%s': "
				 "'dagmem top' shows one moment", spec->label);
	if (args->query.at)
		return error_set(err, ERROR_USAGE, "one moment, please: '%s' or '%s'?",
				 spec->label, args->query.at);
	args->query.at = spec->label;
	return 0;
}

int view_args_open(struct view_args *args, struct dataset **data, struct error *err)
{
	struct profile_spec spec = { 0 };
	int code = 0;

	if (args->positional_count > 1)
		return error_set(err, ERROR_USAGE, "one profile, please: what is '%s'?",
				 args->positional[1]);
	if (args->positional_count)
		code = take_spec(args, &spec, err);
	else
		code = newest_profile(&args->arena, &spec.path, err);
	return code ? code : dataset_open(data, spec.path, &args->dataset, err);
}

/* What the place that the report goes to can show. */
static void fit_output(struct view_args *args)
{
	bool on_screen = !args->output_path && isatty(STDOUT_FILENO);

	args->report_options.columns = terminal_columns(STDOUT_FILENO);
	args->report_options.source_columns = on_screen ? args->report_options.columns : SOURCE_COLUMNS;
	args->report_options.colour = terminal_wants_colour(args->output_path ? -1 : STDOUT_FILENO,
							    args->colour);
	if (!terminal_is_utf8())
		args->report_options.ascii = true;
}

int view_args_write(const struct view_args *args, view_render *render, const void *view,
		    const char *path, struct error *err)
{
	struct error close_err;
	struct output output;
	int code = output_open(&output, path, err);

	if (code != 0)
		return code;
	code = render(args, view, output.stream, err);
	if (output_close(&output, &close_err) != 0 && code == 0) {
		*err = close_err;
		code = err->code;
	}
	return code;
}

int view_args_show(struct view_args *args, view_render *render, const void *view,
		   struct error *err)
{
	progress_end(&args->progress);
	fit_output(args);
	return view_args_write(args, render, view, args->output_path, err);
}
