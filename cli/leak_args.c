#include "cli/leak_args.h"

#include <string.h>
#include <time.h>

#include "cli/command.h"
#include "cli/message.h"
#include "reports/names.h"

enum { DAY_BYTES = 32 };

/* "definite", of `length` bytes at `word`. */
static bool add_verdict(const char *word, size_t length, unsigned *verdicts)
{
	char name[16] = "";
	enum leak_verdict verdict;

	if (length >= sizeof name)
		return false;
	memcpy(name, word, length);
	if (strcmp(name, "all") == 0)
		*verdicts |= (1u << LEAK_UNJUDGED) - 1;
	else if (leak_verdict_parse(name, &verdict))
		*verdicts |= 1u << verdict;
	else
		return strcmp(name, "none") == 0;
	return true;
}

bool leak_args_verdicts(const char *words, unsigned *verdicts)
{
	unsigned found = 0;

	for (const char *word = words, *comma; word; word = *comma ? comma + 1 : NULL) {
		comma = strchrnul(word, ',');
		if (!add_verdict(word, (size_t)(comma - word), &found))
			return false;
	}
	*verdicts = found;
	return true;
}

static int take_show(void *context, const char *verb, const char *option)
{
	struct leak_args *args = context;

	if (leak_args_verdicts(optarg, &args->options.show) && args->options.show)
		return 0;
	return message_usage(verb, "--%s takes definite, indirect, possible, reachable or all, not '%s'",
			     option, optarg);
}

static int take_by(void *context, const char *verb, const char *option)
{
	struct leak_args *args = context;

	(void)option;
	if (leak_grouping_parse(optarg, &args->options.by))
		return 0;
	return message_usage(verb, "--by takes site, node, module or holder, not '%s'", optarg);
}

int leak_args_add_file(struct leak_files *files, struct arena *arena)
{
	const char **names = arena_alloc_array(arena, files->count + 1, sizeof *names);

	if (!names) {
		message("out of memory");
		return EXIT_INPUT;
	}
	if (files->count)
		memcpy(names, files->names, files->count * sizeof *names);
	names[files->count++] = optarg;
	files->names = names;
	return 0;
}

static int take_suppressions(void *context, const char *verb, const char *option)
{
	struct leak_args *args = context;

	(void)verb, (void)option;
	return leak_args_add_file(&args->files, &args->arena);
}

#define FLAG(name, member) OPTION_FLAG(name, 0, struct leak_args, member)

const struct option_rule LEAK_RULES[] = {
	OPTION_CALL("show", 0, required_argument, take_show),
	OPTION_CALL("by", 0, required_argument, take_by),
	FLAG("growth", options.growth),
	FLAG("paths", options.paths),
	FLAG("retained", options.retained),
	FLAG("heap-graph", options.heap_graph),
	OPTION_CALL("suppressions", 0, required_argument, take_suppressions),
	FLAG("show-suppressed", options.show_suppressed),
	FLAG("no-builtin-suppressions", options.no_builtin),
	FLAG("gen-suppressions", generate),
	FLAG("follow", follow),
	FLAG("now", now),
	OPTION_TEXT("sarif", 0, struct leak_args, sarif_path),
	OPTION_TEXT("source-root", 0, struct leak_args, source_root),
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
