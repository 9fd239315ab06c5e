#include "reports/quality.h"

#include <inttypes.h>
#include <string.h>

#include "reports/clean.h"

enum { MODULES_NAMED = 3 };

#define FIELD(field, text) { #field, offsetof(struct view_quality, field), text }

const struct quality_field QUALITY_FIELDS[] = {
	FIELD(walks_failed, "stack walks that found no frame"),
	FIELD(walks_truncated, "stack walks that did not reach the thread's start"),
	FIELD(stacks_folded, "stacks charged to an ancestor because the profile was full"),
	FIELD(events_dropped, "events that could not be accounted"),
	FIELD(events_before_start, "allocations before the tracer could start"),
	FIELD(frees_unknown, "frees of blocks that were never seen allocated"),
	FIELD(frees_missed, "frees that were missed and noticed later"),
	FIELD(guard_healed, "hooks that were left by longjmp or cancellation"),
	FIELD(shards_shared, "events of threads that found no counters of their own"),
	FIELD(children_untraced, "child processes that were not followed"),
	FIELD(growth_failed, "times the profile could not grow"),
	FIELD(nodes_misused, "calls about DAG nodes that made no sense"),
	FIELD(nodes_folded, "DAG nodes taken for others of their name"),
	FIELD(executions_folded, "executions of DAG nodes that only sums tell of"),
	FIELD(results_folded, "results of DAG nodes that nothing tells of"),
	FIELD(check_stacks, NULL),
	FIELD(check_frames_differ, "checked stacks that differed in their frames"),
	FIELD(check_ids_differ, "checked stacks that differed in their ids"),
	FIELD(pages_damaged, "damaged pages of the profile, left out"),
	FIELD(modules, NULL),
	FIELD(modules_without_debug_info, "modules without debug information, so without file and line"),
	FIELD(modules_rebuilt, "modules that were rebuilt since, so without symbols"),
	{ NULL, 0, NULL },
};

uint64_t quality_value(const struct view_quality *quality, const struct quality_field *field)
{
	return *(const uint64_t *)((const char *)quality + field->offset);
}

static bool is_shortcoming(const struct view_quality *quality, const struct quality_field *field)
{
	return field->text && quality_value(quality, field) != 0;
}

bool quality_is_clean(const struct view_quality *quality)
{
	for (const struct quality_field *field = QUALITY_FIELDS; field->name; field++)
		if (is_shortcoming(quality, field))
			return false;
	return quality->note_count == 0;
}

/* "libm.so.6, libc.so.6, libz.so.1 and 2 more", and what to do about them. */
static void print_plain_modules(const struct view_quality *quality, const char *indent, FILE *out)
{
	size_t count = quality->plain_module_count;

	for (size_t i = 0; i < count && i < MODULES_NAMED; i++) {
		const char *slash = strrchr(quality->plain_modules[i], '/');

		fputs(i ? ", " : indent, out);
		if (!i)
			fputs("those modules: ", out);
		clean_print(slash ? slash + 1 : quality->plain_modules[i], out);
	}
	if (count > MODULES_NAMED)
		fprintf(out, " and %zu more", count - MODULES_NAMED);
	if (count)
		fprintf(out, "\n%sfor their lines: build with -g, install the distribution's -dbgsym "
			"packages, or set DEBUGINFOD_URLS and add --debuginfod\n", indent);
}

void quality_print(const struct view_quality *quality, const char *indent, FILE *out)
{
	for (const struct quality_field *field = QUALITY_FIELDS; field->name; field++)
		if (is_shortcoming(quality, field))
			fprintf(out, "%s%s: %" PRIu64 "\n", indent, field->text,
				quality_value(quality, field));
	print_plain_modules(quality, indent, out);
	for (size_t i = 0; i < quality->note_count; i++) {
		fputs(indent, out);
		clean_print(quality->notes[i], out);
		fputc('\n', out);
	}
}
