/* check: a gate for CI: does a profile keep to its budget? */
#include <string.h>

#include "analyzer/check.h"
#include "analyzer/leaks.h"
#include "analyzer/profile_spec.h"
#include "cli/leak_args.h"
#include "cli/message.h"
#include "cli/source_root.h"
#include "cli/view_args.h"

/* Of one run of the verb. */
struct gate {
	struct arena arena;
	struct limits limits;
	const char *budget_path, *junit_path, *sarif_path, *markdown_path, *source_root;
	bool failed;
};

/* --- Options ---------------------------------------------------------------------- */

/* What limits_set() knows by the option's name. */
static int take_setting(void *args, const char *verb, const char *option)
{
	struct gate *gate = args;
	struct error err;

	if (limits_set(&gate->limits, option, optarg, &err) == 0)
		return 0;
	return err.code == ERROR_USAGE ? message_usage(verb, "%s", err.message) : message_error(&err);
}

#define SETTING(name) OPTION_CALL(name, 0, required_argument, take_setting)
#define TEXT(name, member) OPTION_TEXT(name, 0, struct gate, member)

static const struct option_rule RULES[] = {
	SETTING("max-peak"),
	SETTING("max-live"),
	SETTING("max-leak"),
	SETTING("max-total"),
	SETTING("max-allocations"),
	SETTING("max-temporary"),
	SETTING("max-transient"),
	SETTING("max-retained"),
	SETTING("baseline"),
	SETTING("tolerance"),
	SETTING("new-site"),
	SETTING("suppressions"),
	OPTION_FLAG("strict", 0, struct gate, limits.strict),
	TEXT("budget", budget_path),
	TEXT("junit", junit_path),
	TEXT("sarif", sarif_path),
	TEXT("markdown", markdown_path),
	TEXT("source-root", source_root),
	OPTION_RULES_END
};

/* What the command line says of a baseline comes after what the budget says. */
static int read_budget(struct gate *gate, struct error *err)
{
	const char *baseline = gate->limits.baseline;

	if (gate->budget_path && limits_read(&gate->limits, gate->budget_path, err))
		return err->code;
	if (baseline)
		gate->limits.baseline = baseline;
	if (!gate->limits.count && !gate->limits.baseline)
		return error_set(err, ERROR_USAGE, "check needs something to hold the profile to: "
				 "--max-peak, --max-live ..., --baseline or --budget");
	return 0;
}

/* --- Reports ------------------------------------------------------------------------ */

static int render(const struct view_args *args, const void *view, FILE *out, struct error *err)
{
	return args->report->check(view, &args->report_options, out, err);
}

static int write_report(struct view_args *args, const struct report *report, const char *path,
			const struct view_check *view, struct error *err)
{
	struct view_args of_report = *args;

	of_report.report = report;
	return path ? view_args_write(&of_report, render, view, path, err) : 0;
}

/* The files first: a full disk must not hide behind a gate that holds. */
static int show(struct view_args *args, const struct gate *gate, const struct view_check *view,
		struct error *err)
{
	args->report_options.source_root = gate->source_root;
	if (write_report(args, &report_junit, gate->junit_path, view, err) ||
	    write_report(args, &report_sarif, gate->sarif_path, view, err) ||
	    write_report(args, &report_markdown, gate->markdown_path, view, err))
		return err->code;
	return view_args_show(args, render, view, err);
}

/* --- The verb ------------------------------------------------------------------------ */

static int open_baseline(struct view_args *args, struct gate *gate, struct dataset **baseline,
			 const char **at, struct error *err)
{
	struct profile_spec spec = { 0 };

	if (!gate->limits.baseline)
		return 0;
	int code = profile_spec_split(&spec, gate->limits.baseline, &gate->arena, err);

	if (code == 0)
		code = dataset_open(baseline, spec.path, &args->dataset, err);
	*at = spec.label;
	return code == 0 ? 0 : error_context(err, "the baseline");
}

static int judge(struct view_args *args, struct gate *gate, struct view_check *view,
		 struct error *err)
{
	const struct leaks_options leaks = {
		.files = gate->limits.suppressions, .file_count = gate->limits.suppression_count,
		.today = leak_args_today(&gate->arena),
	};
	struct dataset *data = NULL, *baseline = NULL;
	const char *baseline_at = NULL;
	int code = view_args_open(args, &data, err);

	if (code == 0)
		code = open_baseline(args, gate, &baseline, &baseline_at, err);
	if (code == 0)
		code = check_run(data, baseline, baseline_at, &gate->limits, &args->query, &leaks,
				 view, err);
	dataset_free(baseline);
	dataset_free(data);
	return code;
}

static int check(struct view_args *args, struct error *err)
{
	struct gate *gate = args->own->args;
	struct view_check view = { .arena = ARENA_INIT };
	int code = read_budget(gate, err);

	if (code == 0)
		code = source_root_find(&gate->source_root, &gate->arena, err);
	if (code == 0 && args->report == &report_csv)
		code = error_set(err, ERROR_USAGE, "check has no --csv: --json, --junit, --sarif, --markdown");
	if (code == 0)
		code = judge(args, gate, &view, err);
	if (code == 0)
		code = show(args, gate, &view, err);
	gate->failed = view.failed != 0;
	view_check_free(&view);
	return code;
}

static int run_check(struct context *context, int argc, char **argv)
{
	struct gate gate = { .arena = ARENA_INIT };
	const struct view_own_options own = { RULES, &gate };

	limits_init(&gate.limits, &gate.arena);
	int code = view_args_run_own(check, 0, &own, context, argc, argv);

	arena_release(&gate.arena);
	return code == 0 && gate.failed ? EXIT_GATE : code;
}

const struct command command_check = {
	.name = "check",
	.synopsis = "[PROFILE] LIMIT... [OPTION...]",
	.summary = "Hold a profile to limits and to a baseline, for CI",
	.options = "      --max-peak LIMIT       SIZE, or SCOPE:PATTERN=SIZE for each line, function,\n"
		   "                             file, module or node that the pattern matches\n"
		   "      --max-live LIMIT       live at the end\n"
		   "      --max-leak LIMIT       lost, by 'dagmem run --leak-check'\n"
		   "      --suppressions FILE    what is lost, and known: as for 'dagmem leaks'\n"
		   "      --max-total LIMIT      ever allocated\n"
		   "      --max-allocations N    or SCOPE:PATTERN=N\n"
		   "      --max-temporary N      allocations freed at once\n"
		   "      --max-transient, --max-retained node:PATTERN=SIZE\n"
		   "                             what one execution of a DAG node added, what all left\n"
		   "      --baseline PROFILE     no more than that, but for the tolerance\n"
		   "      --tolerance [WHAT=]T   5%, 64KiB; WHAT: peak, live, total, allocations ...\n"
		   "      --new-site SIZE        functions that the baseline lacks (1MiB)\n"
		   "      --budget FILE          such settings, one a line, without --\n"
		   "      --strict               a pattern that matches nothing fails\n"
		   "      --json                 for programs; sizes are bytes\n"
		   "      --junit, --sarif, --markdown FILE\n"
		   "                             write such a report, too\n"
		   "      --source-root DIR      where places in SARIF are told from (.)\n"
		   "  -o, --output FILE          write there\n"
		   "      --debuginfod           ask the servers in DEBUGINFOD_URLS for debug information\n",
	.run = run_check,
};
