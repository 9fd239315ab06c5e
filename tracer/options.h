/*
 * options: what the user asked of the tracer, from DAGMEM_OPTIONS, read once
 * at start: a comma-separated list of key=value, "%" and "," in values written
 * as %25 and %2C.
 *
 *     out=PATTERN    where the profile goes; %p pid, %h host, %e program, %% a %
 *     follow=0|1     whether forked and executed children are traced too
 *     run=HEX        identifies the profiles of one `dagmem run`
 *     max=BYTES      bound of the profile's size
 *     argv=0         leave the command line out of the profile
 *     preload=PATH   what follow=0 removes from LD_PRELOAD
 *     check=N        compare every N-th stack with libunwind's
 *     leaks=WHEN     check the heap for leaks: exit, snapshots, exit+snapshots
 *     graph=0|1      leak checks write the heap's graph, too
 *     tagged=0|1     leak checks look for tagged and unaligned pointers, too
 */
#ifndef DAGMEM_TRACER_OPTIONS_H
#define DAGMEM_TRACER_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

enum { OPTION_PATH_MAX = 4096 };

struct options {
	char out[OPTION_PATH_MAX];
	char preload[OPTION_PATH_MAX];
	uint64_t run_id;
	uint64_t max_profile_bytes;
	uint32_t check_every;
	bool follow;
	bool record_argv;
	bool leaks_at_exit, leaks_at_snapshots;
	bool leak_graph, leak_tagged;
	char unknown[64];               /* the first key that means nothing to us */
};

/* The value of `name` in `environment` (NULL-terminated), or NULL. */
const char *options_getenv(char *const *environment, const char *name);

/* Fill `options` from the text of DAGMEM_OPTIONS; NULL is as empty. */
void options_parse(struct options *options, const char *text);

/*
 * Make the program see the environment it would have had without us: without
 * DAGMEM_OPTIONS, and with LD_PRELOAD as the user had it.
 */
void options_clean_environment(const struct options *options, char **environment);

#endif
