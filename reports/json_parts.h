/*
 * json_parts: what the JSON of several views has in common; json.c has them.
 *
 * Each returns a new reference, or NULL when memory is short.
 */
#ifndef DAGMEM_REPORTS_JSON_PARTS_H
#define DAGMEM_REPORTS_JSON_PARTS_H

#include <stdio.h>

#include <jansson.h>

#include "analyzer/view.h"
#include "analyzer/view_dag.h"
#include "analyzer/view_leaks.h"

struct error;
struct report_options;

/* In valid UTF-8; NULL is null. */
json_t *json_parts_text(const char *value);

/* What exceeds JSON's integers, "not known" included, is null. */
json_t *json_parts_number(uint64_t value);

/* An array of what `item` makes of `count` elements. */
json_t *json_parts_array(size_t count, json_t *(*item)(const void *items, size_t index),
			 const void *items);

/* Add the fields of `extra` to `object`; takes both. */
json_t *json_parts_merge(json_t *object, json_t *extra);

json_t *json_parts_frame(const struct view_frame *frame);
json_t *json_parts_quality(const struct view_quality *view);
json_t *json_parts_process(const struct view_process *view);

/* Write a document, which is given up.  0 or ERROR_NO_MEMORY. */
int json_parts_print(json_t *json, FILE *out, struct error *err);

/* Forms of single views that have files of their own. */
int json_dag(const struct view_dag *view, const struct report_options *options, FILE *out,
	     struct error *err);
int json_leaks(const struct view_leaks_set *set, const struct report_options *options, FILE *out,
	       struct error *err);

#endif
