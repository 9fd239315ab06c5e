/*
 * snapshot: copies what every account holds into the profile, under a label.
 * Time and space in proportion to the accounts that hold or held something.
 */
#ifndef DAGMEM_TRACER_SNAPSHOT_H
#define DAGMEM_TRACER_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>

#include "profile/layout.h"

/* False: there was no room, and the journal has a note of it. */
bool snapshot_take(const char *label);

/*
 * One that may be given up again: at the end of a run of the program's DAG.
 * False: no room.  Only dag_runs calls it and the three below, under its lock.
 */
bool snapshot_of_run(const char *label, uint32_t *number, uint32_t *pages);

/* A page that belongs to such a snapshot, zeroed: one that was given up, or a new one; NULL: full. */
void *snapshot_page(enum page_kind kind, uint32_t owner, uint32_t index);

void snapshot_give_up(uint32_t snapshot);

/* In a forked child, whose profile has no snapshots yet. */
void snapshot_fork(void);

#endif
