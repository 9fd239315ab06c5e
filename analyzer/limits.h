/*
 * limits: how much memory a program may use: what `dagmem check` holds it to.
 *
 * A setting is a name and a value, as an option on the command line or as a
 * line of a file:
 *
 *     # what the nightly run may use
 *     max-peak 300MiB
 *     max-peak node:join=200MiB       each node of that name
 *     max-live function:load_*=10MiB  globs as in filters
 *     max-transient node:*=50MiB      what one execution added
 *     baseline ci/base.dagmem         beside the budget
 *     tolerance peak=5%
 *     suppressions ci/known.supp
 *
 * docs/CI.md explains them.  cmd_check fills one, check judges by it.
 */
#ifndef DAGMEM_ANALYZER_LIMITS_H
#define DAGMEM_ANALYZER_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/view.h"
#include "analyzer/view_check.h"
#include "base/arena.h"

struct error;

struct limit {
	const char *text;               /* the setting as it was written */
	const char *file;               /* NULL: the command line */
	uint32_t line;
	enum check_quantity quantity;
	enum check_scope scope;
	const char *glob;               /* NULL for the process */
	uint64_t most;
};

/* How much more than the baseline. */
struct tolerance {
	bool compared;
	bool relative;                  /* `share` of the baseline's, else `amount` more */
	double share;
	uint64_t amount;
	const char *text;
};

struct limits {
	struct arena *arena;            /* everything lives there */
	struct limit *list;
	size_t count, room;
	const char *baseline;           /* PROFILE[@LABEL]; NULL: none */
	struct tolerance tolerance[CHECK_QUANTITIES];
	uint64_t new_site_bytes;
	bool strict;                    /* patterns that match nothing are mistakes */
	const char **suppressions;      /* files that name leaks which are known */
	size_t suppression_count;
};

/* No limits; against a baseline 5 % for peak and live, 1 MiB for what is new. */
void limits_init(struct limits *limits, struct arena *arena);

/* One setting of the command line.  ERROR_USAGE says what is wrong with it. */
int limits_set(struct limits *limits, const char *name, const char *value, struct error *err);

/*
 * The settings of a file's text; `path` is for messages and for finding the
 * baseline.  ERROR_FORMAT: "PATH:LINE: what is wrong".
 */
int limits_parse(struct limits *limits, const char *path, const char *text, size_t length,
		 struct error *err);

/* The same for a file.  ERROR_SYSTEM: it can't be read. */
int limits_read(struct limits *limits, const char *path, struct error *err);

/* "peak", "live", ...: the word in "max-peak". */
const char *limits_quantity_name(enum check_quantity quantity);

#endif
