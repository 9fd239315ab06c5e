/*
 * leak_history: how sites, nodes or modules did over the snapshots of a run,
 * and when their counters were last touched.
 *
 * A group is whatever the caller numbers accounts by.  Only leaks.c calls it.
 */
#ifndef DAGMEM_ANALYZER_LEAK_HISTORY_H
#define DAGMEM_ANALYZER_LEAK_HISTORY_H

#include "analyzer/leak_runs.h"
#include "analyzer/load_leaks.h"
#include "analyzer/view_leaks.h"

enum { LEAK_NO_GROUP = UINT32_MAX };

struct leak_history {
	size_t points;                  /* snapshots and the end */
	double *times;                  /* seconds */
	double *bytes;                  /* live, by group and point */
	uint64_t *first_ns, *last_ns;   /* by group: allocations, at the latest; VIEW_NOT_KNOWN */
	uint64_t *freed_ns;             /* by group: the last free, at the latest; VIEW_NOT_KNOWN: none */
	uint64_t *first_at, *freed_at;  /* by group: the same as points, by snapshots alone */
	uint64_t end_ns;
	struct leak_runs runs;          /* of the program's DAG */
};

/*
 * `group_of` is by index into loaded->accounts, LEAK_NO_GROUP: not wanted.
 * Everything lives in `arena`.
 */
int leak_history_make(struct store *store, const struct loaded *loaded, const uint32_t *group_of,
		      size_t groups, struct arena *arena, struct leak_history *history,
		      struct error *err);

/* How a group's live bytes grew, by run where there are enough, else by time; false: no memory. */
bool leak_history_growth(const struct leak_history *history, uint32_t group,
			 struct view_trend *growth);

/* Nothing of the group was allocated for so long until the end; VIEW_NOT_KNOWN. */
uint64_t leak_history_since_allocation_ns(const struct leak_history *history, uint32_t group);

/* Nothing of the group was freed for so long until the end; VIEW_NOT_KNOWN. */
uint64_t leak_history_idle_ns(const struct leak_history *history, uint32_t group);

/* The same in runs of the DAG; VIEW_NOT_KNOWN: there were none. */
uint64_t leak_history_idle_runs(const struct leak_history *history, uint32_t group);

#endif
