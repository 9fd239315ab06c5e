/*
 * live_lines: `dagmem live` for pipes and logs: one line of text or of JSON a
 * look.
 */
#ifndef DAGMEM_CLI_LIVE_LINES_H
#define DAGMEM_CLI_LIVE_LINES_H

#include <stdio.h>

#include "analyzer/live.h"

/* The line that says what the columns are. */
void live_lines_heading(FILE *out);

/* -1: no memory. */
int live_lines_text(const struct live *live, const struct live_query *query, FILE *out);

/* An object of schema "dagmem.live/1"; `query->limit` rows, and as many nodes. */
int live_lines_json(const struct live *live, const struct live_query *query, FILE *out);

/* "exited with status 0", "was killed by signal 9 (Killed)": how the program ended. */
void live_lines_end(const struct live *live, char *text, size_t size);

#endif
