/*
 * live_layout: what stands in each line of `dagmem live`'s screen.
 *
 * Plain lines of text with a style each, for any size of screen down to one
 * line; no terminal is needed to make or test them.
 */
#ifndef DAGMEM_CLI_LIVE_LAYOUT_H
#define DAGMEM_CLI_LIVE_LAYOUT_H

#include <stdbool.h>

#include "analyzer/live.h"
#include "cli/live_ui.h"

enum live_style { LIVE_PLAIN, LIVE_TITLE, LIVE_HEADING, LIVE_GROWING, LIVE_MESSAGE, LIVE_KEYS };

struct live_line {
	const char *text;       /* UTF-8, no control characters; may be longer than the screen is wide */
	enum live_style style;
};

struct live_page {
	struct live_line *lines;
	unsigned count;         /* at most the rows that were asked for */
};

struct live_screen_size {
	unsigned rows, columns;
	bool ascii;             /* no characters beyond ASCII but those of names */
};

/* Everything is in `arena`; sets ui->page and keeps ui->scroll in range.  -1: no memory. */
int live_layout(const struct live *live, struct live_ui *ui, struct live_screen_size size,
		struct arena *arena, struct live_page *page);

#endif
