/*
 * profile_seal: what `dagmem run` does to a profile when its program has
 * ended: how it ended goes into the header, space that was promised but not
 * used goes back, and a profile that had to step aside comes home.
 */
#ifndef DAGMEM_CLI_PROFILE_SEAL_H
#define DAGMEM_CLI_PROFILE_SEAL_H

#include <stdbool.h>
#include <sys/types.h>

struct arena;
struct error;
struct launch_outcome;

/* Write the end into the profile behind `fd` (open for writing). */
int profile_seal_end(int fd, const struct launch_outcome *outcome, bool out_of_memory,
		     struct error *err);

/*
 * Cut the unused tail off.  Nothing happens while another process still has
 * the file open or mapped: it may yet write there.
 */
void profile_seal_trim(int fd);

/*
 * Move the profile at `*path` into `folder`, which ends in a slash; `*path` becomes the new place, in
 * `arena`.  It stays where it is while another process has it open, and on
 * failure.
 */
int profile_seal_move(const char **path, const char *folder, struct arena *arena, struct error *err);

/*
 * Where the profile at `*path` has but a numbered name, x.2.dagmem, because
 * `other`, x.dagmem, had it first: exchange the two names, and `*path`
 * accordingly, in `arena`.  Where the file system can't, all stays as it is.
 */
void profile_seal_exchange(const char **path, const char *other, struct arena *arena);

#endif
