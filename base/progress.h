/*
 * progress: one line that says how far a long step is.
 *
 * Appears only when the step takes longer than half a second and the stream is
 * a terminal, is rewritten a few times a second and removed at the end.
 */
#ifndef DAGMEM_BASE_PROGRESS_H
#define DAGMEM_BASE_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct progress {
	FILE *stream;           /* NULL: stay silent */
	uint64_t (*now_ns)(void);
	uint64_t next_ns;       /* when the line may be written again */
	bool shown;
};

/* Silent unless `stream` is a terminal. */
void progress_init(struct progress *progress, FILE *stream);

/* The same with a clock of the caller's, and whatever `stream` is: for tests. */
void progress_init_clock(struct progress *progress, FILE *stream, uint64_t (*now_ns)(void));

/* `done` of `total` of `what` are done; total 0: not known. */
void progress_update(struct progress *progress, const char *what, size_t done, size_t total);

/* Remove the line, before anything else is printed. */
void progress_end(struct progress *progress);

#endif
