/*
 * snapshotter: automatic snapshots of a running program's profile, taken from
 * outside by `dagmem run`.
 *
 * Copies every account's counters, summed over the shards, into pages of the
 * profile.  The program goes on meanwhile: what happens during the copy may be
 * in or out.  Unless a time between snapshots was asked for, they are bounded
 * for any run length: when there are SNAPSHOTS_KEPT, or they take more than a
 * share of the profile, every second one is given up, its pages are used
 * again, and the time between them doubles.
 */
#ifndef DAGMEM_CLI_SNAPSHOTTER_H
#define DAGMEM_CLI_SNAPSHOTTER_H

#include <stdbool.h>
#include <stdint.h>

enum { SNAPSHOTS_KEPT = 64 };

struct snapshotter;

/*
 * Take snapshots in the profile behind `fd`, which the caller keeps open, every
 * `every_ns` from `now_ns` on; 0: as described above.  NULL when memory or a
 * mapping can't be had: the functions below accept that.
 */
struct snapshotter *snapshotter_open(int fd, uint64_t every_ns, uint64_t now_ns);

/* Take a snapshot if one is due; returns when the next one is. */
uint64_t snapshotter_tick(struct snapshotter *snapshotter, uint64_t now_ns);

void snapshotter_close(struct snapshotter *snapshotter);

/*
 * Take one snapshot named `label`, that stays.  For a program whose tracer does
 * not hear (tracer_request.h).  False: there was no room.
 */
bool snapshotter_take_named(int fd, const char *label, uint64_t now_ns);

#endif
