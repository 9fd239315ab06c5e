#include "cli/leak_args.h"

#include <string.h>
#include <time.h>

#include "cli/command.h"
#include "cli/message.h"
#include "reports/names.h"

enum { DAY_BYTES = 32 };

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

static int take_show(void *context, const char *verb, const char *option)
{
	struct leak_args *args = context;
	char *words = arena_strdup(&args->arena, optarg), *rest = NULL;
	int code = 0;

	(void)option;
	args->options.show = 0;
	if (!words || !strtok_r(words, ",", &rest))
		return take_verdict(args, verb, optarg);
	for (char *word = words; word && code == 0; word = strtok_r(NULL, ",", &rest))
		code = take_verdict(args, verb, word);
	return code;
}

static int take_by(void *context, const char *verb, const char *option)
{
	struct leak_args *args = context;

	(void)option;
	if (leak_grouping_parse(optarg, &args->options.by))
		return 0;
	return message_usage(verb, "--by takes site, node or module, not '%s'", optarg);
}

static int add_file(void *context, const char *verb, const char *option)
{
	struct leak_args *args = context;
	size_t count = args->options.file_count;
	const char **files = arena_alloc_array(&args->arena, count + 1, sizeof *files);

	(void)verb, (void)option;
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

#define FLAG(name, member) OPTION_FLAG(name, 0, struct leak_args, member)

const struct option_rule LEAK_RULES[] = {
	OPTION_CALL("show", 0, required_argument, take_show),
	OPTION_CALL("by", 0, required_argument, take_by),
	FLAG("paths", options.paths),
	FLAG("retained", options.retained),
	FLAG("heap-graph", options.heap_graph),
	OPTION_CALL("suppressions", 0, required_argument, add_file),
	FLAG("show-suppressed", options.show_suppressed),
	FLAG("no-builtin-suppressions", options.no_builtin),
	FLAG("gen-suppressions", generate),
	OPTION_RULES_END
};

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
