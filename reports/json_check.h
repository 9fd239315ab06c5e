/*
 * json_check: what a gate found, schema dagmem.check/1.  json.c's table has it.
 */
#ifndef DAGMEM_REPORTS_JSON_CHECK_H
#define DAGMEM_REPORTS_JSON_CHECK_H

#include <stdio.h>

struct error;
struct report_options;
struct view_check;

int json_check(const struct view_check *view, const struct report_options *options, FILE *out,
	       struct error *err);

#endif
