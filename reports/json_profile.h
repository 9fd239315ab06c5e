/*
 * json_profile: all of a profile as one JSON document, schema
 * dagmem.profile/1; docs/EXPORTS.md explains it.  json.c's table has it.
 */
#ifndef DAGMEM_REPORTS_JSON_PROFILE_H
#define DAGMEM_REPORTS_JSON_PROFILE_H

#include <stdio.h>

struct error;
struct report_options;
struct view_profile;

int json_profile(const struct view_profile *view, const struct report_options *options, FILE *out,
		 struct error *err);

#endif
