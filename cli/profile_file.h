/*
 * profile_file: tells a profile from other files, so that none is overwritten
 * by mistake: neither a file of the user's by a profile, nor a profile by a
 * report.
 */
#ifndef DAGMEM_CLI_PROFILE_FILE_H
#define DAGMEM_CLI_PROFILE_FILE_H

#include <stdbool.h>

/* Whether the file at `path` begins like a profile; not when it can't be read. */
bool profile_file_is(const char *path);

#endif
