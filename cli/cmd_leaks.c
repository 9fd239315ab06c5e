/* leaks: what is lost, what is held and by whom, what grows. */
#include "analyzer/leaks.h"
#include "analyzer/suppress.h"
#include "base/intern.h"
#include "base/text.h"
#include "cli/leak_args.h"
#include "cli/view_args.h"

static int render(const struct view_args *args, const void *view, FILE *out, struct error *err)
{
	return args->report->leaks(view, &args->report_options, out, err);
}

/* --gen-suppressions: an entry for each stack and verdict, whoever holds the blocks. */
static int generate(const struct view_args *args, const void *view, FILE *out, struct error *err)
{
	const struct view_leaks *leaks = view;
	struct arena arena = ARENA_INIT;
	struct intern entries = INTERN_INIT(&arena);
	struct text text;
	bool failed = false;

	(void)args;
	text_init(&text);
	for (size_t i = 0; i < leaks->row_count && !failed; i++) {
		size_t known = entries.count;

		text_clear(&text);
		suppress_write(&text, &leaks->rows[i]);
		failed = text_failed(&text) || intern_add(&entries, text.data) == MAP_NONE;
		if (entries.count > known)
			fputs(text.data, out);
	}
	text_release(&text);
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
	options->at = args->query.at;
	options->node = args->query.node;
}

static int leaks(struct view_args *args, struct error *err)
{
	struct leak_args *own = args->own->args;
	struct view_leaks view = { 0 };
	struct dataset *data = NULL;
	int code;

	if (own->generate && own->options.by != LEAKS_BY_SITE)
		return error_set(err, ERROR_USAGE, "--gen-suppressions needs stacks: --by site");
	code = view_args_open(args, &data, err);
	set_defaults(args, own);
	if (code == 0)
		code = leaks_find(data, &own->options, &view, err);
	if (code == 0)
		code = view_args_show(args, own->generate ? generate : render, &view, err);
	view_leaks_free(&view);
	dataset_free(data);
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
	.synopsis = "[PROFILE[@CHECK]] [OPTION...]",
	.summary = "Show what is lost, who holds the rest, and what grows",
	.options =
		"      --show VERDICTS    definite,indirect,possible,reachable or all\n"
		"                         (definite,possible; in JSON and CSV all)\n"
		"      --by GROUP         site, node or module\n"
		"  -n, --limit N          rows to show (10; 0 = all; in JSON and CSV all)\n"
		"      --at CHECK         label of a leak check (the newest)\n"
		"      --node NAME        only what nodes of this name allocated\n"
		"      --paths            the way from a root to what is held, or the lost cycle\n"
		"      --retained         what would be freed with it (needs a heap graph)\n"
		"      --heap-graph       put the heap graph into the store, for 'dagmem sql'\n"
		"      --suppressions FILE\n"
		"                         in LeakSanitizer's or valgrind's format; may be repeated\n"
		"      --show-suppressed  show what was suppressed, too, and by what\n"
		"      --no-builtin-suppressions\n"
		"                         do not hide what the C library keeps\n"
		"      --gen-suppressions write suppressions for the rows instead of a report\n"
		"      --full-paths       do not shorten paths\n"
		VIEW_OUTPUT_HELP,
	.run = run_leaks,
};
