/*
 * findings: what an inspected program means for a profile, in words.
 */
#ifndef DAGMEM_CLI_FINDINGS_H
#define DAGMEM_CLI_FINDINGS_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct inspection;

enum finding_level {
	FINDING_GOOD,           /* works */
	FINDING_NOTE,           /* works, and less than one might think */
	FINDING_WARNING,        /* runs, but (part of) it will not be seen */
	FINDING_REFUSED,        /* would not even run as without us */
};

struct finding {
	enum finding_level level;
	const char *text;
};

enum { FINDINGS_MAX = 16 };

struct findings {
	struct finding items[FINDINGS_MAX];
	size_t count;
};

/* Add a finding; `text` must outlive the list. */
void findings_add(struct findings *findings, enum finding_level level, const char *text);

/* What the program itself means; texts in `arena`. */
void findings_of_program(struct findings *findings, const struct inspection *inspection,
			 struct arena *arena);

/* What its allocator's operator new means, if that does not call malloc and `hooked` or not. */
void findings_of_new(struct findings *findings, const struct inspection *inspection, bool hooked,
		     struct arena *arena);

/* What this process's limits and the folder of the profile mean. */
void findings_of_system(struct findings *findings, const char *folder, struct arena *arena);

#endif
