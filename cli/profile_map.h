/*
 * profile_map: a growing profile mapped for writing, beside the tracer that
 * writes it too.
 *
 * Page numbers come from the shared header by profile/pages.h, so both sides
 * take pages without a lock; space is promised by the file system before it is
 * touched.  Whoever cuts the file short meanwhile kills the program that is
 * traced, and us with it.
 */
#ifndef DAGMEM_CLI_PROFILE_MAP_H
#define DAGMEM_CLI_PROFILE_MAP_H

#include "profile/pages.h"

struct profile_map;

/* Map the profile behind `fd`, which the caller keeps open.  NULL: it can't be. */
struct profile_map *profile_map_open(int fd);

/* Accepts NULL. */
void profile_map_close(struct profile_map *map);

/* For the functions of profile/pages.h. */
struct pages *profile_map_pages(struct profile_map *map);

/*
 * How many pages can be looked at by now: those handed out, as far as they can
 * be mapped.
 */
uint32_t profile_map_visible(struct profile_map *map);

#endif
