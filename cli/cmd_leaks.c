/* leaks: what is lost, what is held and by whom, what grows. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/leaks.h"
#include "analyzer/leaks_set.h"
#include "analyzer/suppress.h"
#include "base/intern.h"
#include "base/text.h"
#include "cli/leak_args.h"
#include "cli/leak_request.h"
#include "cli/newest_profile.h"
#include "cli/profile_list.h"
#include "cli/profile_of_pid.h"
#include "cli/source_root.h"
#include "cli/view_args.h"

static int render(const struct view_args *args, const void *view, FILE *out, struct error *err)
{
	return args->report->leaks(view, &args->report_options, out, err);
}

/* Those that stand in `entries` are written already. */
static bool generate_profile(const struct view_leaks *leaks, struct intern *entries, FILE *out)
{
	struct text text;
	bool failed = false;

	text_init(&text);
	for (size_t i = 0; i < leaks->row_count && !failed; i++) {
		size_t known = entries->count;

		text_clear(&text);
		suppress_write(&text, &leaks->rows[i]);
		failed = text_failed(&text) || intern_add(entries, text.data) == MAP_NONE;
		if (entries->count > known)
			fputs(text.data, out);
	}
	text_release(&text);
	return !failed;
}

/* --gen-suppressions: an entry for each stack and verdict, whoever holds the blocks. */
static int generate(const struct view_args *args, const void *view, FILE *out, struct error *err)
{
	const struct view_leaks_set *set = view;
	struct arena arena = ARENA_INIT;
	struct intern entries = INTERN_INIT(&arena);
	bool failed = false;

	(void)args;
	for (size_t i = 0; i < set->count && !failed; i++)
		failed = !generate_profile(&set->items[i], &entries, out);
	intern_release(&entries);
	arena_release(&arena);
	return failed ? error_set(err, ERROR_NO_MEMORY, "no memory for the suppressions") : 0;
}

/* Programs get all of it, people what they should look at. */
static void set_defaults(const struct view_args *args, struct leak_args *own)
{
	struct leaks_options *options = &own->options;
	bool for_programs = args->report != &report_text;

	if (!options->show && for_programs)
		options->show = (1u << LEAK_UNJUDGED) - 1;
	if (args->limited || (!for_programs && !own->generate))
		options->limit = args->query.limit;
	if (own->sarif_path && !args->limited)
		options->limit = 0;
	options->node = args->query.node;
	options->files = own->files.names;
	options->file_count = own->files.count;
}

/* A number is a process, unless a file is called so. */
static int find_named(struct view_args *args, const char *name, const char **path, struct error *err)
{
	*path = name;
	if (!*name || name[strspn(name, "0123456789")] || access(name, F_OK) == 0)
		return 0;
	return profile_of_pid((pid_t)strtol(name, NULL, 10), &args->arena, path, err);
}

/* Ask the program; what it is asked for is what is shown. */
static int ask(struct view_args *args, const char *path, struct error *err)
{
	if (args->query.at)
		return error_set(err, ERROR_USAGE, "--now is a check of its own: there is no --at");
	return leak_request_make(path, &args->arena, &args->query.at, err);
}

static int find_profiles(struct view_args *args, struct profile_list *list, struct error *err)
{
	const struct leak_args *own = args->own->args;
	const char *path;
	int code = 0;

	if (own->follow && own->now)
		return error_set(err, ERROR_USAGE, "--now asks one process: no --follow");
	if ((own->follow || own->now) && args->positional_count > 1)
		return error_set(err, ERROR_USAGE, "--%s is of one program: what is '%s'?",
				 own->now ? "now" : "follow", args->positional[1]);
	if (!args->positional_count) {
		code = newest_profile(&args->arena, &path, err);
		if (code == 0)
			code = profile_list_add(list, path, own->follow, err);
	}
	for (int i = 0; code == 0 && i < args->positional_count; i++) {
		code = find_named(args, args->positional[i], &path, err);
		if (code == 0)
			code = profile_list_add(list, path, own->follow, err);
	}
	return code == 0 && own->now && list->items ? ask(args, list->items[0].path, err) : code;
}

static int check_moment(const struct view_args *args, const struct profile_spec *spec, struct error *err)
{
	if (!args->query.at || !spec->label)
		return 0;
	return error_set(err, ERROR_USAGE, "one moment, please: '%s' or '%s'?", spec->label, args->query.at);
}

/* LeakSanitizer's and valgrind's users name a program. */
static int explain(const char *path, struct error *err)
{
	if (err->code == ERROR_FORMAT && access(path, X_OK) == 0)
		return error_set(err, ERROR_FORMAT, "%s is a program, not a profile: 'dagmem run --leak-check -- %s'"
				 " makes one", path, path);
	return err->code;
}

static int add_profile(struct view_args *args, const struct profile_spec *spec,
		       struct view_leaks_set *set, struct error *err)
{
	struct leaks_options options = ((struct leak_args *)args->own->args)->options;
	struct view_leaks view = { 0 };
	struct dataset *data = NULL;
	int code = check_moment(args, spec, err);

	options.at = spec->label ? spec->label : args->query.at;
	options.debuginfod = args->dataset.debuginfod;
	if (code == 0 && dataset_open(&data, spec->path, &args->dataset, err) != 0)
		code = explain(spec->path, err);
	if (code == 0)
		code = leaks_find(data, &options, &view, err);
	if (code == 0)
		code = leaks_set_add(set, &view, err);
	dataset_free(data);
	return code;
}

/* Beside what is shown, as `check` does it. */
static int write_sarif(struct view_args *args, const struct view_leaks_set *set, struct error *err)
{
	struct leak_args *own = args->own->args;
	struct view_args of_report = *args;

	if (source_root_find(&own->source_root, &args->arena, err) != 0)
		return err->code;
	of_report.report = &report_sarif;
	of_report.report_options.source_root = own->source_root;
	return view_args_write(&of_report, render, set, own->sarif_path, err);
}

static int leaks(struct view_args *args, struct error *err)
{
	struct leak_args *own = args->own->args;
	struct profile_list list = { .arena = &args->arena };
	struct view_leaks_set set = LEAKS_SET_INIT;
	int code;

	if (own->generate && own->options.by != LEAKS_BY_SITE)
		return error_set(err, ERROR_USAGE, "--gen-suppressions needs stacks: --by site");
	if (own->options.growth && own->options.by == LEAKS_BY_HOLDER)
		return error_set(err, ERROR_USAGE, "--growth is of what allocates: --by site, node or module");
	set_defaults(args, own);
	code = find_profiles(args, &list, err);
	for (size_t i = 0; code == 0 && i < list.count; i++)
		code = add_profile(args, &list.items[i], &set, err);
	if (code == 0 && own->sarif_path)
		code = write_sarif(args, &set, err);
	if (code == 0)
		code = view_args_show(args, own->generate ? generate : render, &set, err);
	view_leaks_set_free(&set);
	return code;
}

static int run_leaks(struct context *context, int argc, char **argv)
{
	struct leak_args args;
	const struct view_own_options own = { LEAK_RULES, &args };

	leak_args_init(&args);
	int code = view_args_run_own(leaks, VIEW_LIMIT | VIEW_MOMENT, &own, context, argc, argv);

	leak_args_release(&args);
	return code;
}

const struct command command_leaks = {
	.name = "leaks",
	.synopsis = "[PROFILE[@CHECK]|FOLDER|PID...] [OPTION...]",
	.summary = "Show what is lost, who holds the rest, and what grows",
	.options =
		"      --show VERDICTS    definite,indirect,possible,reachable or all\n"
		"                         (definite,possible; in JSON and CSV all)\n"
		"      --by GROUP         site, node, module or holder\n"
		"  -n, --limit N          rows to show (10; 0 = all; in JSON and CSV all)\n"
		"      --at CHECK         label of a leak check (the newest)\n"
		"      --now              have the running program's heap looked through first\n"
		"      --follow           of all processes of the run, see 'run --follow'\n"
		"      --node NAME        only what nodes of this name allocated\n"
		"      --growth           only what grows or has grown, the fastest first\n"
		"      --paths            the way from a root to what is held, or the lost cycle\n"
		"      --retained         what would be freed with it, or if its holder let go\n"
		"                         (needs a heap graph)\n"
		"      --heap-graph       put the heap graph into the store, for 'dagmem sql'\n"
		"      --suppressions FILE\n"
		"                         in LeakSanitizer's or valgrind's format; may be repeated\n"
		"      --show-suppressed  show what was suppressed, too, and by what\n"
		"      --no-builtin-suppressions\n"
		"                         do not hide what the C library keeps\n"
		"      --sarif FILE       write SARIF, too: all rows, for code hosts\n"
		"      --source-root DIR  where places in SARIF are told from (.)\n"
		"      --gen-suppressions write suppressions for the rows instead of a report\n"
		"      --full-paths       do not shorten paths\n"
		VIEW_OUTPUT_HELP,
	.run = run_leaks,
};
