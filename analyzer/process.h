/*
 * process: is the program that wrote a profile still there?
 *
 * By pid, start time and boot: pids are used again.  In another pid namespace
 * than the program's the answer is "no".
 */
#ifndef DAGMEM_ANALYZER_PROCESS_H
#define DAGMEM_ANALYZER_PROCESS_H

#include <stdbool.h>

#include "profile/layout.h"

/* Exists, is no zombie, and is the one that wrote the header. */
bool process_is_alive(const struct profile_header *header);

/*
 * "running", "exited", "killed", "executed" (became another program by exec);
 * "unknown": gone, and nobody recorded how.
 */
const char *process_state(const struct profile_header *header);

#endif
