#include "analyzer/view.h"

#include <stdlib.h>

#include "analyzer/view_check.h"
#include "analyzer/view_dag.h"
#include "analyzer/view_leaks.h"
#include "analyzer/view_report.h"
#include "analyzer/view_stacks.h"

void view_top_free(struct view_top *view)
{
	arena_release(&view->arena);
	*view = (struct view_top){ .arena = ARENA_INIT };
}

void view_diff_free(struct view_diff *view)
{
	arena_release(&view->arena);
	*view = (struct view_diff){ .arena = ARENA_INIT };
}

void view_timeline_free(struct view_timeline *view)
{
	arena_release(&view->arena);
	*view = (struct view_timeline){ .arena = ARENA_INIT };
}

void view_info_free(struct view_info *view)
{
	arena_release(&view->arena);
	*view = (struct view_info){ .arena = ARENA_INIT };
}

void view_leaks_free(struct view_leaks *view)
{
	arena_release(&view->arena);
	*view = (struct view_leaks){ .arena = ARENA_INIT };
}

void view_dag_free(struct view_dag *view)
{
	arena_release(&view->arena);
	*view = (struct view_dag){ .arena = ARENA_INIT };
}

void view_leaks_set_free(struct view_leaks_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		view_leaks_free(&set->items[i]);
	free(set->items);
	free(set->suppressions);
	*set = (struct view_leaks_set){ .count = 0 };
}

void view_report_free(struct view_report *view)
{
	view_info_free(&view->info);
	view_timeline_free(&view->timeline);
	view_dag_free(&view->dag);
	view_leaks_free(&view->leaks);
	arena_release(&view->arena);
	*view = (struct view_report){ .arena = ARENA_INIT };
}

void view_stacks_free(struct view_stacks *view)
{
	arena_release(&view->arena);
	*view = (struct view_stacks){ .arena = ARENA_INIT };
}

void view_profile_free(struct view_profile *view)
{
	view_stacks_free(&view->stacks);
	view_timeline_free(&view->timeline);
	view_info_free(&view->info);
}

void view_check_free(struct view_check *view)
{
	arena_release(&view->arena);
	*view = (struct view_check){ .arena = ARENA_INIT };
}
