/*
 * snapshot: copies what every account holds into the profile, under a label.
 * Time and space in proportion to the accounts that hold or held something.
 */
#ifndef DAGMEM_TRACER_SNAPSHOT_H
#define DAGMEM_TRACER_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>

/* False: there was no room, and the journal has a note of it. */
bool snapshot_take(const char *label);

/* Usable bytes of all live heap blocks now. */
uint64_t snapshot_usable_bytes(void);

#endif
