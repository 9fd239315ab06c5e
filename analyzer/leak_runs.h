/*
 * leak_runs: how what sites hold grows from one run of the program's DAG to
 * the next.
 *
 * The ends of runs are moments that can be compared, which moments in the
 * middle of one are not; so where there are enough of them they are what
 * growth is measured by, in bytes a run.  leak_history asks.
 */
#ifndef DAGMEM_ANALYZER_LEAK_RUNS_H
#define DAGMEM_ANALYZER_LEAK_RUNS_H

#include "analyzer/load_leaks.h"
#include "analyzer/view_leaks.h"

/* The end of a run that has a snapshot. */
struct leak_run {
	size_t snapshot;                /* index into loaded->snapshots */
	uint64_t number;                /* from 1, all runs counted */
	uint64_t iteration;             /* as the program numbers them */
};

struct leak_runs {
	struct leak_run *runs;          /* by time */
	size_t count;
	uint64_t last;                  /* number of the last one that has ended; 0: none */
	double *x, *y;                  /* room for a series */
};

/* Everything in `arena`. */
int leak_runs_load(struct store *store, const struct loaded *loaded, struct arena *arena,
		   struct leak_runs *runs, struct error *err);

/* Whether growth can be told by them. */
bool leak_runs_suffice(const struct leak_runs *runs);

/*
 * The trend of `bytes`, which is by snapshot, over the runs.  What was before
 * the growth began says nothing of its pace: `since` is the iteration in which
 * it did.  False: no memory.
 */
bool leak_runs_growth(const struct leak_runs *runs, const double *bytes, struct view_trend *growth);

/* How many runs have ended after snapshot `snapshot`, an index. */
uint64_t leak_runs_after(const struct leak_runs *runs, size_t snapshot);

#endif
