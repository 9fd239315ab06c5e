#include "cli/live_ui.h"

#include <stdio.h>
#include <string.h>

enum { ESCAPE = 27 };

void live_ui_init(struct live_ui *ui, const struct live_query *query, enum grouping by)
{
	*ui = (struct live_ui){ .sort = query->sort, .by = by };
	if (query->filter)
		snprintf(ui->filter, sizeof ui->filter, "%s", query->filter);
}

/* --- The filter's line ------------------------------------------------------ */

static void add_utf8(char *text, size_t size, unsigned key)
{
	char bytes[5] = { 0 };
	size_t length = strlen(text);

	if (key < 0x80)
		snprintf(bytes, sizeof bytes, "%c", (char)key);
	else if (key < 0x800)
		snprintf(bytes, sizeof bytes, "%c%c", (char)(0xc0 | key >> 6), (char)(0x80 | (key & 63)));
	else if (key < 0x10000)
		snprintf(bytes, sizeof bytes, "%c%c%c", (char)(0xe0 | key >> 12),
			 (char)(0x80 | (key >> 6 & 63)), (char)(0x80 | (key & 63)));
	else
		snprintf(bytes, sizeof bytes, "%c%c%c%c", (char)(0xf0 | key >> 18),
			 (char)(0x80 | (key >> 12 & 63)), (char)(0x80 | (key >> 6 & 63)),
			 (char)(0x80 | (key & 63)));
	if (length + strlen(bytes) < size)
		memcpy(text + length, bytes, strlen(bytes) + 1);
}

/* The last character, however many bytes it has. */
static void drop_last(char *text)
{
	size_t length = strlen(text);

	while (length && ((unsigned char)text[length - 1] & 0xc0) == 0x80)
		length--;
	text[length ? length - 1 : 0] = '\0';
}

static void edit(struct live_ui *ui, unsigned key)
{
	ui->scroll = 0;
	if (key == '\n' || key == '\r')
		ui->editing = false;
	else if (key == ESCAPE) {
		memcpy(ui->filter, ui->filter_before, sizeof ui->filter);
		ui->editing = false;
	} else if (key == LIVE_KEY_BACKSPACE || key == 127 || key == 8)
		drop_last(ui->filter);
	else if (key == 21)     /* Ctrl-U */
		ui->filter[0] = '\0';
	else if (key >= ' ' && key < LIVE_KEY_UP)
		add_utf8(ui->filter, sizeof ui->filter, key);
}

static void begin_edit(struct live_ui *ui)
{
	memcpy(ui->filter_before, ui->filter, sizeof ui->filter);
	ui->editing = true;
}

/* --- Other keys ------------------------------------------------------------- */

static void set_sort(struct live_ui *ui, enum live_sort sort)
{
	ui->sort = sort;
	ui->scroll = 0;
	if (ui->mode == LIVE_MODE_SUSPECTS)
		ui->mode = LIVE_MODE_ROWS;
}

/* The same key again leads back. */
static void set_mode(struct live_ui *ui, enum live_mode mode)
{
	ui->mode = ui->mode == mode ? LIVE_MODE_ROWS : mode;
	ui->scroll = 0;
}

static enum live_wish merge_threads(struct live_ui *ui, size_t threads)
{
	ui->one_thread = !ui->one_thread && threads != 0;
	ui->scroll = 0;
	return LIVE_WISH_THREAD;
}

static enum live_wish step_thread(struct live_ui *ui, size_t threads, size_t step)
{
	if (!threads)
		return LIVE_WISH_NONE;
	ui->thread = ui->one_thread ? (ui->thread + step) % threads : 0;
	ui->one_thread = true;
	ui->scroll = 0;
	return LIVE_WISH_THREAD;
}

static enum live_wish next_grouping(struct live_ui *ui)
{
	ui->by = ui->by == BY_MODULE ? BY_LINE : (enum grouping)(ui->by + 1);
	ui->scroll = 0;
	return LIVE_WISH_GROUPING;
}

static void scroll_up(struct live_ui *ui, size_t rows)
{
	ui->scroll = rows < ui->scroll ? ui->scroll - rows : 0;
}

static bool move(struct live_ui *ui, unsigned key)
{
	size_t page = ui->page ? ui->page : 1;

	switch (key) {
	case LIVE_KEY_UP: case 'k':
		scroll_up(ui, 1);
		return true;
	case LIVE_KEY_DOWN: case 'j':
		ui->scroll++;   /* the layout stops at the end */
		return true;
	case LIVE_KEY_PAGE_UP:
		scroll_up(ui, page);
		return true;
	case LIVE_KEY_PAGE_DOWN: case ' ':
		ui->scroll += page;
		return true;
	case LIVE_KEY_HOME:
		ui->scroll = 0;
		return true;
	case LIVE_KEY_END:
		ui->scroll = SIZE_MAX / 2;
		return true;
	default:
		return false;
	}
}

static enum live_wish command(struct live_ui *ui, unsigned key, size_t threads)
{
	switch (key) {
	case 'q':
		return LIVE_WISH_QUIT;
	case 's':
		return LIVE_WISH_SNAPSHOT;
	case 't':
		set_sort(ui, LIVE_BY_TOTAL);
		break;
	case 'o':
		set_sort(ui, LIVE_BY_OWN);
		break;
	case 'a':
		set_sort(ui, LIVE_BY_ALLOCATIONS);
		break;
	case 'n':
		set_mode(ui, LIVE_MODE_NODES);
		break;
	case 'l':
		set_mode(ui, LIVE_MODE_SUSPECTS);
		break;
	case 'b':
		return next_grouping(ui);
	case 'm':
		return merge_threads(ui, threads);
	case '<':
		return step_thread(ui, threads, threads - 1);
	case '>':
		return step_thread(ui, threads, 1);
	case '/':
		begin_edit(ui);
		break;
	case 'p':
		ui->paused = !ui->paused;
		break;
	case '?': case 'h':
		ui->help = true;
		break;
	default:
		break;
	}
	return LIVE_WISH_NONE;
}

enum live_wish live_ui_key(struct live_ui *ui, unsigned key, size_t threads)
{
	ui->message[0] = '\0';
	if (ui->editing) {
		edit(ui, key);
		return LIVE_WISH_NONE;
	}
	if (ui->help) {
		ui->help = false;
		return key == 'q' ? LIVE_WISH_QUIT : LIVE_WISH_NONE;
	}
	if (key == ESCAPE) {
		ui->filter[0] = '\0';
		return LIVE_WISH_NONE;
	}
	return move(ui, key) ? LIVE_WISH_NONE : command(ui, key, threads);
}

struct live_query live_ui_query(const struct live_ui *ui)
{
	return (struct live_query){
		.sort = ui->sort, .filter = ui->filter, .growing = ui->mode == LIVE_MODE_SUSPECTS,
	};
}
