/*
 * quality: what a report does not know, in the same words everywhere.
 *
 * One table of the counts in struct view_quality: their names in JSON and
 * what they mean to a reader.
 */
#ifndef DAGMEM_REPORTS_QUALITY_H
#define DAGMEM_REPORTS_QUALITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "analyzer/view.h"

struct quality_field {
	const char *name;       /* in JSON and CSV */
	size_t offset;          /* of a uint64_t in struct view_quality */
	const char *text;       /* what is counted; NULL: no shortcoming by itself */
};

/* Ended by a field without name. */
extern const struct quality_field QUALITY_FIELDS[];

uint64_t quality_value(const struct view_quality *quality, const struct quality_field *field);

/* True when there is nothing to tell. */
bool quality_is_clean(const struct view_quality *quality);

/* One line for each shortcoming that is not zero and each note, after `indent`. */
void quality_print(const struct view_quality *quality, const char *indent, FILE *out);

#endif
