/*
 * profile_search: finds the profiles that a run has written.
 *
 * The tracer chooses the name by its pattern, and another folder when the
 * wanted one can't hold a profile; which file belongs to which process of
 * which run stands in its header.
 */
#ifndef DAGMEM_CLI_PROFILE_SEARCH_H
#define DAGMEM_CLI_PROFILE_SEARCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct arena;

struct profile_search {
	const char *pattern;    /* absolute; %p %h %e %% */
	uint64_t run_id;
	pid_t pid;              /* 0 = any process of the run */
};

struct found_profile {
	const char *path;
	uint32_t pid, parent_pid;
	uint64_t start_monotonic_ns;
	bool executed;          /* its process became another program by exec */
	bool elsewhere;         /* not in the folder that the pattern names */
};

/*
 * What there is at this moment, oldest program first, in `arena`; returns how
 * many.  So the last one of a process is of the program that it has become.  Files that are not ours or not ready yet are passed over.
 */
size_t profile_search(const struct profile_search *search, struct arena *arena,
		      struct found_profile **found);

#endif
