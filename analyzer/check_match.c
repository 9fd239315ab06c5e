#include "analyzer/check_match.h"

#include <fnmatch.h>
#include <string.h>

#include "analyzer/filter.h"
#include "base/arena.h"

/* "state.c:447", with the whole path or its end from a '/' on. */
static bool matches_line(const char *glob, const struct frame_symbol *symbol)
{
	struct arena arena = ARENA_INIT;
	const char *text = symbol->file ? arena_printf(&arena, "%s:%u", symbol->file,
						       (unsigned)symbol->line) : NULL;
	const char *slash = text ? strrchr(text, '/') : NULL;
	bool matched = text && (fnmatch(glob, text, 0) == 0 ||
				(slash && fnmatch(glob, slash + 1, 0) == 0));

	arena_release(&arena);
	return matched;
}

static bool matches_prefixed(const char *prefix, const char *glob, const struct frame_symbol *symbol)
{
	struct arena arena = ARENA_INIT;
	const char *pattern = arena_printf(&arena, "%s:%s", prefix, glob);
	bool matched = pattern && filter_matches(pattern, symbol);

	arena_release(&arena);
	return matched;
}

bool check_matches(const struct limit *limit, const struct frame_symbol *symbol, const char *node)
{
	switch (limit->scope) {
	case CHECK_LINE:
		return matches_line(limit->glob, symbol);
	case CHECK_FUNCTION:
		return matches_prefixed("function", limit->glob, symbol);
	case CHECK_FILE:
		return matches_prefixed("file", limit->glob, symbol);
	case CHECK_MODULE:
		return matches_prefixed("module", limit->glob, symbol);
	case CHECK_NODE:
		return node && fnmatch(limit->glob, node, 0) == 0;
	default:
		return true;
	}
}
