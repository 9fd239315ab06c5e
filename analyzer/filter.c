#include "analyzer/filter.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

enum { INCLUDED = 1, EXCLUDED = 2 };

static bool matches_text(const char *glob, const char *text)
{
	return text && fnmatch(glob, text, 0) == 0;
}

/* The whole path, or its last component. */
static bool matches_path(const char *glob, const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return matches_text(glob, path) || (slash && matches_text(glob, slash + 1));
}

static const char *after(const char *glob, const char *prefix)
{
	size_t length = strlen(prefix);

	return strncmp(glob, prefix, length) == 0 ? glob + length : NULL;
}

bool filter_matches(const char *glob, const struct frame_symbol *symbol)
{
	const char *rest;

	if ((rest = after(glob, "file:")))
		return matches_path(rest, symbol->file);
	if ((rest = after(glob, "function:")))
		return matches_text(rest, symbol->function);
	if ((rest = after(glob, "module:")))
		return matches_path(rest, symbol->module);
	return matches_path(glob, symbol->file) || matches_text(glob, symbol->function) ||
	       matches_path(glob, symbol->module);
}

static bool matches_any(const struct patterns *patterns, const struct frame_symbol *symbol)
{
	for (size_t i = 0; i < patterns->count; i++)
		if (filter_matches(patterns->globs[i], symbol))
			return true;
	return false;
}

static uint8_t verdict_on(const struct frame_symbol *symbol, const struct query_options *options)
{
	uint8_t verdict = matches_any(&options->include, symbol) ? INCLUDED : 0;

	return matches_any(&options->exclude, symbol) ? verdict | EXCLUDED : verdict;
}

static uint8_t verdict_on_place(const struct call_frames *frames, const struct frame_place *place,
				const uint8_t *of_symbol)
{
	uint8_t verdict = 0;

	for (uint32_t i = 0; i < place->count; i++)
		verdict |= of_symbol[frames->frames[place->first + i]];
	return verdict;
}

static void judge(const struct call_frames *frames, const struct query_options *options,
		  const uint32_t *owners, const uint8_t *of_symbol, uint8_t *of_node, bool *wanted)
{
	for (size_t id = 0; id < frames->node_count; id++) {
		const struct frame_node *node = &frames->nodes[id];

		if (options->all_frames)
			of_node[id] = of_node[node->parent] |
				      verdict_on_place(frames, &frames->places[node->place], of_symbol);
		else
			of_node[id] = of_symbol[owners[id]];
		wanted[id] = !(of_node[id] & EXCLUDED) &&
			     (!options->include.count || of_node[id] & INCLUDED);
	}
}

int filter_stacks(const struct call_frames *frames, const struct query_options *options,
		  const uint32_t *owners, bool *wanted)
{
	uint8_t *of_symbol = calloc(frames->symbol_count + 1, sizeof *of_symbol);
	uint8_t *of_node = calloc(frames->node_count + 1, sizeof *of_node);
	int result = of_symbol && of_node ? 0 : -1;

	if (!result) {
		for (size_t i = 0; i < frames->symbol_count; i++)
			of_symbol[i] = verdict_on(&frames->symbols[i], options);
		judge(frames, options, owners, of_symbol, of_node, wanted);
	}
	free(of_symbol);
	free(of_node);
	return result;
}
