/*
 * html: one page that shows everything, in one file that needs no network.
 *
 * The page itself (reports/page/, bundled when dagmem was built) is the same
 * for every profile; what differs is data, compressed and in base64, so that
 * nothing a profile holds is ever read as HTML or JavaScript.
 */
#ifndef DAGMEM_REPORTS_HTML_H
#define DAGMEM_REPORTS_HTML_H

#include <stdbool.h>
#include <stdio.h>

#include "analyzer/view.h"
#include "analyzer/view_report.h"

struct error;

/* False: dagmem was built without npm, so there is no page to put data into. */
bool html_is_built(void);

/*
 * Write the page of one profile, or of two to be compared, the older first.
 * ERROR_NOT_FOUND when there is no page, ERROR_NO_MEMORY; what can't be
 * written is the stream's to tell.
 */
int html_write(const struct view_report *const *views, size_t count, FILE *out, struct error *err);

#endif
