/*
 * csv: one field at a time, as RFC 4180 has it.  Also for `dagmem sql --csv`.
 */
#ifndef DAGMEM_REPORTS_CSV_H
#define DAGMEM_REPORTS_CSV_H

#include <stdint.h>
#include <stdio.h>

struct error;
struct report_options;
struct view_profile;

/*
 * Write `value` (NULL: an empty field) and what follows it: ',' or '\n', which
 * becomes CRLF.  Fields with commas, quotes or line breaks are quoted.
 */
void csv_text(const char *value, char after, FILE *out);

void csv_number(uint64_t value, char after, FILE *out);

/* Every stack as a row: csv_profile.c. */
int csv_profile(const struct view_profile *view, const struct report_options *options, FILE *out,
		struct error *err);

#endif
