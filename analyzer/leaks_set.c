#include "analyzer/leaks_set.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

static void add_total(struct view_leak_total *total, const struct view_leak_total *more)
{
	total->rows += more->rows;
	total->bytes += more->bytes;
	total->blocks += more->blocks;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool is_same(const struct view_suppression *a, const struct view_suppression *b)
{
	return a->line == b->line && same_text(a->file, b->file) && same_text(a->name, b->name);
}

static void add_suppression(struct view_leaks_set *set, const struct view_suppression *more)
{
	size_t at = 0;

	while (at < set->suppression_count && !is_same(&set->suppressions[at], more))
		at++;
	if (at == set->suppression_count) {
		set->suppressions[set->suppression_count++] = *more;
		return;
	}
	set->suppressions[at].rows += more->rows;
	set->suppressions[at].bytes += more->bytes;
	set->suppressions[at].blocks += more->blocks;
}

static bool has_room(struct view_leaks_set *set, size_t more_suppressions)
{
	struct view_leaks *items = reallocarray(set->items, set->count + 1, sizeof *items);
	struct view_suppression *suppressions;

	if (!items)
		return false;
	set->items = items;
	suppressions = reallocarray(set->suppressions, set->suppression_count + more_suppressions + 1,
				    sizeof *suppressions);
	if (suppressions)
		set->suppressions = suppressions;
	return suppressions;
}

int leaks_set_add(struct view_leaks_set *set, struct view_leaks *view, struct error *err)
{
	if (!has_room(set, view->suppression_count)) {
		view_leaks_free(view);
		return error_set(err, ERROR_NO_MEMORY, "no memory for the leaks");
	}
	set->items[set->count++] = *view;
	for (int verdict = 0; verdict < LEAK_VERDICTS; verdict++)
		add_total(&set->total[verdict], &view->total[verdict]);
	add_total(&set->suppressed, &view->suppressed);
	set->inherited_bytes += view->inherited_bytes;
	set->inherited_blocks += view->inherited_blocks;
	for (size_t i = 0; i < view->suppression_count; i++)
		add_suppression(set, &view->suppressions[i]);
	return 0;
}
