#include "cli/leak_args.h"

#include <string.h>
#include <time.h>

#include "cli/command.h"
#include "cli/message.h"
#include "cli/view_args.h"
#include "reports/names.h"

enum { DAY_BYTES = 32 };

enum {
	OPTION_SHOW = VIEW_OPTIONS_OWN, OPTION_BY, OPTION_PATHS, OPTION_RETAINED, OPTION_HEAP_GRAPH,
	OPTION_SUPPRESSIONS, OPTION_SHOW_SUPPRESSED, OPTION_NO_BUILTIN, OPTION_GENERATE,
};

const struct option LEAK_OPTIONS[] = {
	{ "show", required_argument, NULL, OPTION_SHOW },
	{ "by", required_argument, NULL, OPTION_BY },
	{ "paths", no_argument, NULL, OPTION_PATHS },
	{ "retained", no_argument, NULL, OPTION_RETAINED },
	{ "heap-graph", no_argument, NULL, OPTION_HEAP_GRAPH },
	{ "suppressions", required_argument, NULL, OPTION_SUPPRESSIONS },
	{ "show-suppressed", no_argument, NULL, OPTION_SHOW_SUPPRESSED },
	{ "no-builtin-suppressions", no_argument, NULL, OPTION_NO_BUILTIN },
	{ "gen-suppressions", no_argument, NULL, OPTION_GENERATE },
	{ NULL, 0, NULL, 0 },
};

static int take_verdict(struct leak_args *args, const char *verb, const char *word)
{
	enum leak_verdict verdict;

	if (strcmp(word, "all") == 0)
		args->options.show |= (1u << LEAK_UNJUDGED) - 1;
	else if (leak_verdict_parse(word, &verdict))
		args->options.show |= 1u << verdict;
	else
		return message_usage(verb, "--show takes definite, indirect, possible, reachable or all,"
				     " not '%s'", word);
	return 0;
}

static int take_show(struct leak_args *args, const char *verb)
{
	char *words = arena_strdup(&args->arena, optarg), *rest = NULL;
	int code = 0;

	args->options.show = 0;
	if (!words || !strtok_r(words, ",", &rest))
		return take_verdict(args, verb, optarg);
	for (char *word = words; word && code == 0; word = strtok_r(NULL, ",", &rest))
		code = take_verdict(args, verb, word);
	return code;
}

static int take_by(struct leak_args *args, const char *verb)
{
	if (leak_grouping_parse(optarg, &args->options.by))
		return 0;
	return message_usage(verb, "--by takes site, node or module, not '%s'", optarg);
}

static int add_file(struct leak_args *args)
{
	size_t count = args->options.file_count;
	const char **files = arena_alloc_array(&args->arena, count + 1, sizeof *files);

	if (!files) {
		message("out of memory");
		return EXIT_INPUT;
	}
	if (count)
		memcpy(files, args->options.files, count * sizeof *files);
	files[count] = optarg;
	args->options.files = files;
	args->options.file_count++;
	return 0;
}

int leak_args_take(void *context, const char *verb, int option)
{
	struct leak_args *args = context;

	switch (option) {
	case OPTION_SHOW:
		return take_show(args, verb);
	case OPTION_BY:
		return take_by(args, verb);
	case OPTION_SUPPRESSIONS:
		return add_file(args);
	case OPTION_PATHS:
		args->options.paths = true;
		return 0;
	case OPTION_RETAINED:
		args->options.retained = true;
		return 0;
	case OPTION_HEAP_GRAPH:
		args->options.heap_graph = true;
		return 0;
	case OPTION_SHOW_SUPPRESSED:
		args->options.show_suppressed = true;
		return 0;
	case OPTION_NO_BUILTIN:
		args->options.no_builtin = true;
		return 0;
	case OPTION_GENERATE:
		args->generate = true;
		return 0;
	default:
		return EXIT_USAGE;
	}
}

const char *leak_args_today(struct arena *arena)
{
	char *day = arena_alloc(arena, DAY_BYTES);
	time_t now = time(NULL);
	struct tm local;

	if (day && localtime_r(&now, &local))
		strftime(day, DAY_BYTES, "%Y-%m-%d", &local);
	return day ? day : "";
}

void leak_args_init(struct leak_args *args)
{
	*args = (struct leak_args){ .arena = ARENA_INIT };
	args->options.today = leak_args_today(&args->arena);
}

void leak_args_release(struct leak_args *args)
{
	arena_release(&args->arena);
}
