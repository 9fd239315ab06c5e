/*
 * live_screen: `dagmem live` on a terminal, by ncursesw.
 *
 * The thin end: live_ui knows what keys mean, live_layout what stands where.
 * Without ncursesw at build time, or on a terminal that can't place text, there
 * is no screen and the caller goes on with lines.
 */
#ifndef DAGMEM_CLI_LIVE_SCREEN_H
#define DAGMEM_CLI_LIVE_SCREEN_H

#include <stdbool.h>

#include "analyzer/live.h"
#include "base/terminal.h"

struct error;

struct live_screen_options {
	uint64_t interval_ns, count;    /* count 0: until the user quits */
	struct live_query query;
	enum colour_choice colour;
};

/*
 * Show `live` until the user quits, with 0 or an error in `*code`.  False: no
 * screen can be had here; the user has been told why.
 */
bool live_screen_run(struct live *live, const struct live_screen_options *options, int *code,
		     struct error *err);

#endif
