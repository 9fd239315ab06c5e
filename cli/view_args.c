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

/* --- What needs more than a place ------------------------------------------------ */

static int take_limit(void *context, const char *verb, const char *option)
{
	struct view_args *args = context;
	char *end;

	(void)option;
	errno = 0;
	unsigned long long limit = strtoull(optarg, &end, 10);

	if (errno || *end || end == optarg || *optarg == '-')
		return message_usage(verb, "-n takes a number of rows, not '%s'", optarg);
	args->limited = true;
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

static int take_grouping(void *context, const char *verb, const char *option)
{
	struct view_args *args = context;

	(void)option;
	if (grouping_parse(optarg, &args->query.by))
		return 0;
	return message_usage(verb, "--by takes %s, not '%s'", grouping_names(), optarg);
}

static int take_metric(void *context, const char *verb, const char *option)
{
	struct view_args *args = context;

	(void)option;
	if (metric_parse(optarg, &args->query.metric))
		return 0;
	return message_usage(verb, "--metric takes %s, not '%s'", metric_names(), optarg);
}

static int take_prune(void *context, const char *verb, const char *option)
{
	struct view_args *args = context;
	char *end;
	double percent = strtod(optarg, &end);

	(void)option;
	if (end == optarg || strcmp(*end == '%' ? end + 1 : end, "") != 0 ||
	    !(percent >= 0 && percent <= 100))
		return message_usage(verb, "--prune takes a percentage, not '%s'", optarg);
	args->report_options.prune = percent / 100;
	return 0;
}

static int take_include(void *context, const char *verb, const char *option)
{
	struct view_args *args = context;

	(void)verb, (void)option;
	return add_pattern(args, &args->query.include);
}

static int take_exclude(void *context, const char *verb, const char *option)
{
	struct view_args *args = context;

	(void)verb, (void)option;
	return add_pattern(args, &args->query.exclude);
}

static int take_skip(void *context, const char *verb, const char *option)
{
	struct view_args *args = context;

	(void)verb, (void)option;
	return add_pattern(args, &args->query.skip);
}

static int take_json(void *context, const char *verb, const char *option)
{
	struct view_args *args = context;

	(void)verb, (void)option;
	args->report = &report_json;
	return 0;
}

static int take_csv(void *context, const char *verb, const char *option)
{
	struct view_args *args = context;

	(void)verb, (void)option;
	args->report = &report_csv;
	return 0;
}

static int take_debuginfod(void *context, const char *verb, const char *option)
{
	struct view_args *args = context;

	(void)option;
	args->dataset.debuginfod = true;
	return options_check_debuginfod(verb);
}

/* --- Which verb takes what ------------------------------------------------------ */

/* Which verbs take it, and what it does. */
struct view_option {
	unsigned set;           /* enum view_option_set, 0 = all verbs, or BUT_EXPORT */
	struct option_rule rule;
};

enum { BUT_EXPORT = 1 << 15 };  /* all verbs but that whose forms have names */

#define FLAG(name, member) OPTION_FLAG(name, 0, struct view_args, member)
#define TEXT(name, letter, member) OPTION_TEXT(name, letter, struct view_args, member)
#define CALL(name, letter, take) OPTION_CALL(name, letter, required_argument, take)
#define CALL_PLAIN(name, take) OPTION_CALL(name, 0, no_argument, take)

static const struct view_option VIEW_OPTIONS[] = {
	{ VIEW_QUERY | VIEW_LIMIT, CALL("limit", 'n', take_limit) },
	{ VIEW_QUERY, CALL("by", 0, take_grouping) },
	{ VIEW_QUERY | VIEW_FILTER, CALL("metric", 0, take_metric) },
	{ VIEW_QUERY | VIEW_FILTER, CALL("include", 0, take_include) },
	{ VIEW_QUERY | VIEW_FILTER, CALL("exclude", 0, take_exclude) },
	{ VIEW_QUERY | VIEW_FILTER | VIEW_LIMIT | VIEW_NODE, TEXT("node", 0, query.node) },
	{ VIEW_QUERY | VIEW_FILTER, FLAG("all-frames", query.all_frames) },
	{ VIEW_QUERY | VIEW_FILTER, FLAG("leaf", query.leaf) },
	{ VIEW_QUERY | VIEW_FILTER, CALL("skip", 0, take_skip) },
	{ VIEW_QUERY | VIEW_LIMIT, FLAG("full-paths", report_options.full_paths) },
	{ VIEW_MOMENT, TEXT("at", 0, query.at) },
	{ VIEW_PLOT, FLAG("ascii", report_options.ascii) },
	{ VIEW_TREE, FLAG("inverted", report_options.inverted) },
	{ VIEW_TREE, FLAG("by-node", report_options.by_node) },
	{ VIEW_TREE, FLAG("lines", report_options.lines) },
	{ VIEW_TREE, FLAG("png", report_options.png) },
	{ VIEW_TREE, CALL("prune", 0, take_prune) },
	{ BUT_EXPORT, CALL_PLAIN("json", take_json) },
	{ BUT_EXPORT, CALL_PLAIN("csv", take_csv) },
	{ 0, CALL_PLAIN("debuginfod", take_debuginfod) },
	{ 0, TEXT("output", 'o', output_path) },
};

enum {
	VIEW_OPTION_COUNT = sizeof VIEW_OPTIONS / sizeof *VIEW_OPTIONS,
	OWN_FIRST = 400,        /* values of the verb's own options; the others' are below */
	SHARED_FIRST = 256,
};

/* The rules of a verb that has these sets; ended. */
static void select_rules(unsigned sets, struct option_rule *rules)
{
	if (!(sets & VIEW_TREE))
		sets |= BUT_EXPORT;
	for (size_t i = 0; i < VIEW_OPTION_COUNT; i++)
		if (!VIEW_OPTIONS[i].set || VIEW_OPTIONS[i].set & sets)
			*rules++ = VIEW_OPTIONS[i].rule;
	*rules = (struct option_rule)OPTION_RULES_END;
}

static size_t add_rows(const struct option_rule *rules, int first, struct option *table, size_t count)
{
	for (const struct option_rule *rule = rules; rule->name; rule++) {
		assert(count < OPTIONS_MAX);
		table[count++] = option_rule_row(rule, first + (int)(rule - rules));
	}
	return count;
}

/* The verb's own rules first: its --by is not everybody's. */
static int take_option(struct view_args *args, const struct option_rule *shared, const char *verb,
		       int option)
{
	const struct option_rule *rule = args->own ? option_rules_find(args->own->rules, OWN_FIRST, option)
						   : NULL;

	if (rule)
		return option_rule_apply(rule, args->own->args, verb);
	rule = option_rules_find(shared, SHARED_FIRST, option);
	return rule ? option_rule_apply(rule, args, verb) : EXIT_USAGE;
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
	struct option_rule shared[VIEW_OPTION_COUNT + 1];
	struct option table[OPTIONS_MAX + 1];
	const char *letters = sets & (VIEW_QUERY | VIEW_LIMIT) ? ":n:o:" : ":o:";
	int option, code;
	size_t count;

	select_rules(sets, shared);
	count = add_rows(shared, SHARED_FIRST, table, 0);
	if (args->own)
		count = add_rows(args->own->rules, OWN_FIRST, table, count);
	table[count] = (struct option){ 0 };
	while ((option = options_next(context, argv[0], argc, argv, letters, table)) != -1)
		if ((code = take_option(args, shared, argv[0], option)) != 0)
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
	if (output_close(&output, code == 0, &close_err) != 0 && code == 0) {
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
