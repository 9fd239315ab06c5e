/*
 * sample_views: views made by hand, for the tests of the reports.
 *
 * They hold what a renderer may meet: rows with and without source, names that
 * need quoting, unknown places, inlined frames, numbers beyond 32 bits.
 */
#ifndef DAGMEM_TESTS_SAMPLE_VIEWS_H
#define DAGMEM_TESTS_SAMPLE_VIEWS_H

#include "analyzer/view.h"
#include "analyzer/view_check.h"
#include "analyzer/view_dag.h"
#include "analyzer/view_stacks.h"

/* Static storage throughout: nothing to free. */
struct view_top sample_top(void);
struct view_top sample_top_by_stack(void);
struct view_diff sample_diff(void);
struct view_timeline sample_timeline(void);
struct view_info sample_info(void);
struct view_dag sample_dag(void);       /* sample_dag.c */
struct view_profile sample_profile(void);      /* sample_profile.c */
struct view_check sample_check(void);   /* sample_check.c */

#endif
