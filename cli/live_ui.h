/*
 * live_ui: what the user of `dagmem live` has chosen, and what keys do to it.
 *
 * Knows no terminal: live_screen gives it keys, live_layout shows it.
 */
#ifndef DAGMEM_CLI_LIVE_UI_H
#define DAGMEM_CLI_LIVE_UI_H

#include <stdbool.h>
#include <stddef.h>

#include "analyzer/live.h"

enum live_mode { LIVE_MODE_ROWS, LIVE_MODE_NODES, LIVE_MODE_SUSPECTS };

enum { LIVE_FILTER_BYTES = 128, LIVE_MESSAGE_BYTES = 256 };

struct live_ui {
	enum live_mode mode;
	enum live_sort sort;
	enum grouping by;
	char filter[LIVE_FILTER_BYTES];
	char filter_before[LIVE_FILTER_BYTES];  /* while it is edited: what ESC brings back */
	bool editing;                   /* keys go into the filter */
	bool paused, help;
	bool one_thread;                /* rows are of thread number `thread` alone */
	size_t thread;
	size_t scroll;                  /* rows above the first that is shown */
	size_t page;                    /* rows that are shown; the layout sets it */
	char message[LIVE_MESSAGE_BYTES];
};

/* Keys that are no characters. */
enum live_key {
	LIVE_KEY_UP = 0x110000, LIVE_KEY_DOWN, LIVE_KEY_PAGE_UP, LIVE_KEY_PAGE_DOWN,
	LIVE_KEY_HOME, LIVE_KEY_END, LIVE_KEY_BACKSPACE,
};

/* What is to be done about a key, beyond showing the page anew. */
enum live_wish {
	LIVE_WISH_NONE,
	LIVE_WISH_QUIT,
	LIVE_WISH_SNAPSHOT,
	LIVE_WISH_THREAD,               /* rows are to be of another thread */
	LIVE_WISH_GROUPING,             /* ditto of another grouping */
};

void live_ui_init(struct live_ui *ui, const struct live_query *query, enum grouping by);

/* `key`: a Unicode character or a live_key; `threads`: how many there are. */
enum live_wish live_ui_key(struct live_ui *ui, unsigned key, size_t threads);

/* The query that the choices make. */
struct live_query live_ui_query(const struct live_ui *ui);

#endif
