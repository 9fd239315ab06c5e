/*
 * text: the parts of the text form; text.c puts them together.
 */
#ifndef DAGMEM_REPORTS_TEXT_H
#define DAGMEM_REPORTS_TEXT_H

#include "reports/report.h"

int text_top(const struct view_top *view, const struct report_options *options, FILE *out,
	     struct error *err);
int text_diff(const struct view_diff *view, const struct report_options *options, FILE *out,
	      struct error *err);
int text_timeline(const struct view_timeline *view, const struct report_options *options,
		  FILE *out, struct error *err);
int text_info(const struct view_info *view, const struct report_options *options, FILE *out,
	      struct error *err);
int text_dag(const struct view_dag *view, const struct report_options *options, FILE *out,
	     struct error *err);
int text_check(const struct view_check *view, const struct report_options *options, FILE *out,
	       struct error *err);
int text_leaks(const struct view_leaks_set *set, const struct report_options *options, FILE *out,
	       struct error *err);

/* What the view does not know, under a heading; nothing when it knows all. */
void text_print_unknown(const struct view_quality *quality, FILE *out);

/* "Peak: 133.9 MiB, within 0.2 MiB". */
void text_print_peak(uint64_t peak_bytes, uint64_t bound_bytes, FILE *out);

/* Escapes around what stands out, "" without colour. */
const char *text_bold(const struct report_options *options);
const char *text_plain(const struct report_options *options);

/* The plural of a grouping: "lines", "functions", ... */
const char *text_groups(enum grouping by);

#endif
