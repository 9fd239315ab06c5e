#include "cli/live_screen.h"

#include "cli/message.h"

#ifndef HAVE_NCURSESW

bool live_screen_run(struct live *live, const struct live_screen_options *options, int *code,
		     struct error *err)
{
	(void)live, (void)options, (void)code, (void)err;
	message("this dagmem was built without ncursesw, so there is no screen: lines instead (--plain)");
	return false;
}

#else

#include <curses.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include "base/clock.h"
#include "base/error.h"
#include "cli/live_layout.h"
#include "cli/live_snapshot.h"

enum { LOOK_FOR_ANSWER_NS = 20 * 1000 * 1000, PAIR_GROWING = 1, PAIR_MESSAGE, PAIR_HEADING };

struct screen {
	struct live *live;
	const struct live_screen_options *options;
	struct live_ui ui;
	struct live_snapshot snapshot;
	struct error *err;
	bool colour;
};

/* --- Drawing ---------------------------------------------------------------- */

static attr_t attributes(const struct screen *screen, enum live_style style)
{
	switch (style) {
	case LIVE_TITLE:
		return A_BOLD;
	case LIVE_HEADING:
		return A_REVERSE;
	case LIVE_GROWING:
		return screen->colour ? COLOR_PAIR(PAIR_GROWING) : A_BOLD;
	case LIVE_MESSAGE:
		return screen->colour ? COLOR_PAIR(PAIR_MESSAGE) | A_BOLD : A_BOLD;
	case LIVE_KEYS:
		return A_DIM;
	default:
		return A_NORMAL;
	}
}

/* The characters of `text` that fit into `columns`; what the locale has not is '?'. */
static void draw_text(int row, const char *text, int columns)
{
	wchar_t wide[2] = L"";
	mbstate_t state = { 0 };
	int at = 0;

	while (*text) {
		size_t length = mbrtowc(wide, text, strlen(text), &state);

		if (length == (size_t)-1 || length == (size_t)-2) {
			memset(&state, 0, sizeof state);
			wide[0] = L'?';
			length = 1;
		}
		int width = wcwidth(wide[0]);

		if (width < 0) {
			wide[0] = L'?';
			width = 1;
		}
		if (at + width > columns)
			return;
		mvaddnwstr(row, at, wide, 1);
		at += width;
		text += length;
	}
}

static void draw_line(const struct screen *screen, int row, const struct live_line *line)
{
	attr_t style = attributes(screen, line->style);

	attrset(style);
	if (line->style == LIVE_HEADING)
		mvhline(row, 0, ' ', COLS);
	draw_text(row, line->text, COLS);
	attrset(A_NORMAL);
}

static int draw(struct screen *screen)
{
	struct arena arena = ARENA_INIT;
	struct live_page page;
	const struct live_screen_size size = {
		.rows = LINES > 0 ? (unsigned)LINES : 1, .columns = COLS > 0 ? (unsigned)COLS : 1,
		.ascii = !terminal_is_utf8(),
	};
	int failed = live_layout(screen->live, &screen->ui, size, &arena, &page);

	if (!failed) {
		erase();
		for (unsigned row = 0; row < page.count; row++)
			draw_line(screen, (int)row, &page.lines[row]);
		refresh();
	}
	arena_release(&arena);
	return failed ? error_set(screen->err, ERROR_NO_MEMORY, "no memory for the screen") : 0;
}

/* --- Keys ------------------------------------------------------------------- */

/* live_ui's number for what ncurses read; 0: nothing of interest. */
static unsigned key_of(int kind, wint_t key)
{
	if (kind == OK)
		return key;
	if (kind != KEY_CODE_YES)
		return 0;
	switch (key) {
	case KEY_UP:
		return LIVE_KEY_UP;
	case KEY_DOWN:
		return LIVE_KEY_DOWN;
	case KEY_PPAGE:
		return LIVE_KEY_PAGE_UP;
	case KEY_NPAGE:
		return LIVE_KEY_PAGE_DOWN;
	case KEY_HOME:
		return LIVE_KEY_HOME;
	case KEY_END:
		return LIVE_KEY_END;
	case KEY_BACKSPACE:
		return LIVE_KEY_BACKSPACE;
	case KEY_ENTER:
		return '\n';
	default:
		return 0;
	}
}

static bool runs(const struct screen *screen)
{
	return strcmp(live_state(screen->live), "running") == 0;
}

static void ask_for_snapshot(struct screen *screen)
{
	struct view_process process = live_process(screen->live);

	if (!runs(screen))
		strcpy(screen->ui.message, "no snapshot: the program has ended");
	else
		live_snapshot_begin(&screen->snapshot, process.profile_path, process.duration_ns,
				    screen->ui.message, sizeof screen->ui.message);
}

static int choose_thread(struct screen *screen)
{
	size_t count;
	const struct live_thread *threads = live_threads(screen->live, &count);
	bool one = screen->ui.one_thread && screen->ui.thread < count;

	live_choose_shard(screen->live, one ? threads[screen->ui.thread].shard : LIVE_ALL_THREADS);
	return live_look(screen->live, clock_monotonic_ns(), screen->err);
}

/* False: the user wants to go. */
static bool obey(struct screen *screen, unsigned key, int *code)
{
	size_t threads;

	live_threads(screen->live, &threads);
	switch (live_ui_key(&screen->ui, key, threads)) {
	case LIVE_WISH_QUIT:
		return false;
	case LIVE_WISH_SNAPSHOT:
		ask_for_snapshot(screen);
		return true;
	case LIVE_WISH_THREAD:
		*code = choose_thread(screen);
		return true;
	case LIVE_WISH_GROUPING:
		*code = live_group_by(screen->live, screen->ui.by, screen->err);
		return true;
	default:
		return true;
	}
}

/* --- The loop --------------------------------------------------------------- */

/* Until a key or the next look, whichever comes first; 0: no key. */
static unsigned read_key(const struct screen *screen, uint64_t deadline_ns)
{
	uint64_t now = clock_monotonic_ns();
	uint64_t rest = deadline_ns > now ? deadline_ns - now : 0;
	wint_t key;

	if (screen->snapshot.pending && rest > LOOK_FOR_ANSWER_NS)
		rest = LOOK_FOR_ANSWER_NS;
	timeout((int)((rest + 999999) / 1000000));
	int kind = get_wch(&key);

	return key_of(kind, key);
}

/* Nobody is there any more: a terminal that was closed sends no keys, at once. */
static bool terminal_is_gone(void)
{
	return !isatty(STDIN_FILENO) || tcgetpgrp(STDIN_FILENO) < 0;
}

/* A look that fails is told; the screen stays with what was seen before. */
static void look(struct screen *screen)
{
	struct error err = ERROR_INIT;

	if (live_look(screen->live, clock_monotonic_ns(), &err))
		snprintf(screen->ui.message, sizeof screen->ui.message, "%.*s",
			 (int)sizeof screen->ui.message - 1, err.message);
}

static int loop(struct screen *screen)
{
	uint64_t deadline_ns = clock_monotonic_ns() + screen->options->interval_ns, looks = 1;
	int code = draw(screen);

	while (!code) {
		unsigned key = read_key(screen, deadline_ns);

		if ((key && !obey(screen, key, &code)) || (!key && terminal_is_gone()))
			break;
		live_snapshot_tick(&screen->snapshot, screen->ui.message, sizeof screen->ui.message);
		if (clock_monotonic_ns() >= deadline_ns) {
			if (looks++ == screen->options->count)
				break;
			if (!screen->ui.paused && runs(screen))
				look(screen);
			deadline_ns = clock_monotonic_ns() + screen->options->interval_ns;
		}
		if (!code)
			code = draw(screen);
	}
	return code;
}

/* --- Begin and end ---------------------------------------------------------- */

static void begin_colours(struct screen *screen)
{
	screen->colour = terminal_wants_colour(STDOUT_FILENO, screen->options->colour) && has_colors();
	if (!screen->colour)
		return;
	start_color();
	use_default_colors();
	init_pair(PAIR_GROWING, COLOR_RED, -1);
	init_pair(PAIR_MESSAGE, COLOR_CYAN, -1);
}

static bool can_place_text(void)
{
	const char *term = getenv("TERM");

	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && term && *term &&
	       strcmp(term, "dumb") != 0;
}

bool live_screen_run(struct live *live, const struct live_screen_options *options, int *code,
		     struct error *err)
{
	struct screen screen = {
		.live = live, .options = options, .snapshot = LIVE_SNAPSHOT_INIT, .err = err,
	};
	SCREEN *terminal = can_place_text() ? newterm(NULL, stdout, stdin) : NULL;

	if (!terminal) {
		if (isatty(STDOUT_FILENO))      /* a pipe is meant to have lines */
			message("no screen can be shown here: lines instead (--plain)");
		return false;
	}
	live_ui_init(&screen.ui, &options->query, live_grouping(live));
	begin_colours(&screen);
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	set_escdelay(50);
	curs_set(0);
	*code = loop(&screen);
	live_snapshot_release(&screen.snapshot);
	endwin();
	delscreen(terminal);
	return true;
}

#endif
