#include "cli/live_layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/units.h"
#include "cli/live_lines.h"
#include "reports/clean.h"
#include "reports/names.h"
#include "reports/place.h"

enum { SPARK_COLUMNS = 16, LINES_OF_HEAD = 5, NARROW = 60, WIDE = 100 };

struct layout {
	const struct live *live;
	struct live_ui *ui;
	struct live_screen_size size;
	struct arena *arena;
	struct live_page page;
	struct text text;       /* the line that is being made */
	bool failed;
};

static void end_line(struct layout *layout, enum live_style style)
{
	const char *text = arena_strdup(layout->arena, layout->text.data);

	layout->failed |= !text || text_failed(&layout->text);
	if (layout->page.count < layout->size.rows)
		layout->page.lines[layout->page.count++] = (struct live_line){ text ? text : "", style };
	text_clear(&layout->text);
}

/* --- Pieces ----------------------------------------------------------------- */

static struct units_text rate(double bytes)
{
	uint64_t size = (uint64_t)(bytes < 0 ? -bytes : bytes);

	return bytes < 0 ? units_size_change(size, 0) : units_size_change(0, size);
}

/* "15.0k": a number of events in few columns. */
static struct units_text few(double number)
{
	static const char units[] = " kMGT";
	struct units_text text;
	unsigned unit = 0;

	while (number >= 999.5 && units[unit + 1]) {
		number /= 1000;
		unit++;
	}
	if (unit)
		snprintf(text.text, sizeof text.text, number < 99.95 ? "%.1f%c" : "%.0f%c", number,
			 units[unit]);
	else
		snprintf(text.text, sizeof text.text, "%.0f", number);
	return text;
}

/* Names may hold anything: one clean line of them. */
static void add_clean(struct text *text, const char *words)
{
	char *clean = clean_utf8(words);

	for (char *at = clean; at && *at; at++)
		if ((unsigned char)*at < ' ' || *at == 127)
			*at = '?';
	text_add(text, clean ? clean : "?");
	free(clean);
}

/* The newest `columns` points, as bars from 0 to their largest. */
static void add_spark(struct text *text, const uint64_t *values, size_t count, unsigned columns,
		      bool ascii)
{
	static const char *const bars[] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	static const char plain[] = "_.-=+*#@";
	uint64_t largest = 1;

	for (size_t i = 0; i < count; i++)
		if (values[i] > largest)
			largest = values[i];
	for (unsigned column = 0; column < columns; column++) {
		size_t at = count > columns ? (size_t)column * count / columns : column;
		unsigned level = at < count ? (unsigned)((double)values[at] / (double)largest * 7.0 + 0.5) : 0;

		if (at >= count || !values[at])
			text_add_char(text, ' ');
		else if (ascii)
			text_add_char(text, plain[level]);
		else
			text_add(text, bars[level]);
	}
}

/* --- The head --------------------------------------------------------------- */

static void add_command(struct text *text, const struct view_process *process)
{
	const char *slash = process->executable ? strrchr(process->executable, '/') : NULL;

	if (!process->command || !process->command[0]) {
		add_clean(text, slash ? slash + 1 : "program");
		return;
	}
	for (const char *const *word = process->command; *word; word++) {
		text_add(text, word == process->command ? "" : " ");
		add_clean(text, *word);
	}
}

static void title(struct layout *layout)
{
	struct view_process process = live_process(layout->live);
	char end[128];

	live_lines_end(layout->live, end, sizeof end);
	text_printf(&layout->text, "dagmem live  %s%s  ", units_duration(live_age_ns(layout->live)).text,
		    layout->ui->paused ? "  PAUSED" : "");
	text_printf(&layout->text, "%u %s: ", process.pid, end);
	add_command(&layout->text, &process);
	end_line(layout, LIVE_TITLE);
}

static void heap_line(struct layout *layout)
{
	const struct live_totals *totals = live_totals(layout->live);
	uint64_t history[LIVE_HISTORY];
	size_t count = live_heap_history(layout->live, history);

	text_printf(&layout->text, "heap %s (%s/s)  peak %s", units_size(totals->live_bytes).text,
		    rate(totals->live_rate).text, units_size(totals->peak_bytes).text);
	if (totals->rss_bytes != VIEW_NOT_KNOWN)
		text_printf(&layout->text, "  RSS %s", units_size(totals->rss_bytes).text);
	if (totals->mapped_bytes)
		text_printf(&layout->text, "  mapped %s", units_size(totals->mapped_bytes).text);
	if (layout->size.columns >= WIDE) {
		text_add(&layout->text, "  ");
		add_spark(&layout->text, history, count, 2 * SPARK_COLUMNS, layout->size.ascii);
	}
	end_line(layout, LIVE_PLAIN);
}

static void events_line(struct layout *layout)
{
	const struct live_totals *totals = live_totals(layout->live);

	text_printf(&layout->text, "allocations %s (%s/s)  allocated %s (%s/s)  blocks %s  threads %s  sites %s",
		    few((double)totals->allocations).text, few(totals->allocation_rate).text,
		    units_size(totals->allocated_bytes).text, rate(totals->allocated_rate).text,
		    few((double)totals->live_blocks).text, few((double)totals->threads).text,
		    few((double)totals->sites).text);
	end_line(layout, LIVE_PLAIN);
}

static const char *order_name(const struct live_ui *ui)
{
	static const char *const sorted[] = {
		[LIVE_BY_OWN] = "what they allocated and hold",
		[LIVE_BY_TOTAL] = "what they and their callees hold",
		[LIVE_BY_ALLOCATIONS] = "allocations",
		[LIVE_BY_GROWTH] = "growth",
	};

	return sorted[ui->sort];
}

/* What the rows are: of what, in which order, of whom. */
static void subject_line(struct layout *layout, size_t matched)
{
	const struct live_ui *ui = layout->ui;
	size_t threads;
	const struct live_thread *thread = live_threads(layout->live, &threads);
	struct text *text = &layout->text;

	if (ui->mode == LIVE_MODE_NODES)
		text_printf(text, "%zu DAG nodes by %s", matched, order_name(ui));
	else
		text_printf(text, ui->mode == LIVE_MODE_SUSPECTS
				? "%zu leak suspects: each %s that grows steadily, fastest first"
				: "%zu %ss by %s", matched, grouping_name(ui->by), order_name(ui));
	if (ui->one_thread && ui->thread < threads) {
		text_printf(text, "  thread %zu/%zu %u ", ui->thread + 1, threads, thread[ui->thread].tid);
		add_clean(text, thread[ui->thread].name);
	}
	if (ui->editing || ui->filter[0]) {
		text_add(text, "  /");
		add_clean(text, ui->filter);
		text_add(text, ui->editing ? "_" : "");
	}
	end_line(layout, LIVE_PLAIN);
}

/* --- Rows ------------------------------------------------------------------- */

static void heading(struct layout *layout)
{
	const struct live_ui *ui = layout->ui;
	struct text *text = &layout->text;

	text_printf(text, "%10s %12s ", "OWN", ui->mode == LIVE_MODE_SUSPECTS ? "GROWTH/s" : "CHANGE/s");
	if (layout->size.columns >= NARROW)
		text_printf(text, "%10s %7s %7s ", "TOTAL", "ALLOCS", "PER s");
	if (layout->size.columns >= WIDE)
		text_printf(text, "%-*s ", SPARK_COLUMNS, "HISTORY");
	text_add(text, ui->mode == LIVE_MODE_NODES ? "NODE" : "WHERE");
	end_line(layout, LIVE_HEADING);
}

static void add_place(struct layout *layout, const struct live_row *row)
{
	const struct report_options options = { .full_paths = false };
	enum grouping by = layout->ui->mode == LIVE_MODE_NODES ? BY_NODE : layout->ui->by;
	char *words = NULL;
	size_t length;
	FILE *memory = open_memstream(&words, &length);

	if (!memory) {
		layout->failed = true;
		return;
	}
	place_print(&row->frame, row->name, by, &options, memory);
	layout->failed |= fclose(memory) != 0;
	add_clean(&layout->text, words ? words : "");
	if (by == BY_LINE && row->frame.line && row->frame.function) {
		text_add(&layout->text, "  ");
		add_clean(&layout->text, row->frame.function);
	}
	free(words);
}

static void row_line(struct layout *layout, const struct live_row *row)
{
	bool growing = row->growth.verdict == TREND_GROWING;
	struct text *text = &layout->text;

	text_printf(text, "%10s %12s ", units_size(row->own_bytes).text,
		    rate(growing ? row->growth.slope : row->own_rate).text);
	if (layout->size.columns >= NARROW)
		text_printf(text, "%10s %7s %7s ", units_size(row->total_bytes).text,
			    few((double)row->allocations).text, few(row->allocation_rate).text);
	if (layout->size.columns >= WIDE) {
		add_spark(text, row->history, row->history_count, SPARK_COLUMNS, layout->size.ascii);
		text_add_char(text, ' ');
	}
	add_place(layout, row);
	end_line(layout, growing ? LIVE_GROWING : LIVE_PLAIN);
}

/* Why there is nothing to see. */
static void empty_line(struct layout *layout)
{
	const struct live_ui *ui = layout->ui;

	if (ui->filter[0])
		text_add(&layout->text, "  nothing matches the filter (ESC: no filter)");
	else if (ui->mode == LIVE_MODE_SUSPECTS)
		text_printf(&layout->text, "  nothing grows steadily, as far as %s of looking tell",
			    units_duration(live_history_ns(layout->live)).text);
	else
		text_add(&layout->text, "  nothing is allocated");
	end_line(layout, LIVE_PLAIN);
}

static void add_rows(struct layout *layout, const struct live_rows *rows, unsigned room)
{
	struct live_ui *ui = layout->ui;
	size_t last = rows->count > room ? rows->count - room : 0;

	ui->page = room;
	if (ui->scroll > last)
		ui->scroll = last;
	for (unsigned i = 0; i < room; i++) {
		if (ui->scroll + i < rows->count)
			row_line(layout, &rows->rows[ui->scroll + i]);
		else if (!rows->count && i == 0)
			empty_line(layout);
		else
			end_line(layout, LIVE_PLAIN);
	}
}

/* --- The foot and help ------------------------------------------------------ */

static void foot(struct layout *layout)
{
	if (layout->ui->message[0]) {
		add_clean(&layout->text, layout->ui->message);
		end_line(layout, LIVE_MESSAGE);
		return;
	}
	text_add(&layout->text, layout->ui->editing
		? "type a part of a name   Enter: keep   ESC: back   Ctrl-U: clear"
		: "? help  q quit  t total  o own  a allocs  b by  n nodes  l leaks  m < > threads  "
		  "/ filter  p pause  s snapshot");
	end_line(layout, LIVE_KEYS);
}

static void help(struct layout *layout)
{
	static const char *const lines[] = {
		"  o  sort by what a line allocated itself and is not freed",
		"  t  sort by what it and what it called hold",
		"  a  sort by allocations ever made",
		"  b  rows are lines, functions, files, modules",
		"  n  the DAG's nodes            l  leak suspects: rows that grow steadily",
		"  m  one thread, or all merged  < >  the thread before, the next",
		"  /  show only what has a text in its name;  ESC: all",
		"  p  pause the view, not the program",
		"  s  take a snapshot, for dagmem top --at and dagmem diff",
		"  arrows, Page Up, Page Down, Home, End: move",
		"  q  quit; the program goes on",
		"",
		"  OWN is live memory by who allocated it; TOTAL counts callees, too.",
		"  Of one thread: what it allocated, less what it freed itself.",
		"  HISTORY begins when you began to look.  The program is not slowed down.",
	};

	title(layout);
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		text_add(&layout->text, lines[i]);
		end_line(layout, LIVE_PLAIN);
	}
	text_add(&layout->text, "any key: back");
	end_line(layout, LIVE_KEYS);
}

/* --- The page --------------------------------------------------------------- */

static int find_rows(const struct layout *layout, struct live_rows *rows)
{
	struct live_query query = live_ui_query(layout->ui);

	if (layout->ui->mode == LIVE_MODE_NODES)
		return live_nodes(layout->live, &query, layout->arena, rows);
	return live_rows(layout->live, &query, layout->arena, rows);
}

/* On a small screen the rows matter more than the head. */
static void view(struct layout *layout, const struct live_rows *rows)
{
	unsigned height = layout->size.rows;
	bool small = height < LINES_OF_HEAD + 5;
	unsigned head = small ? 2 : LINES_OF_HEAD, feet = height > 4 || layout->ui->message[0] ||
							  layout->ui->editing;

	if (!small)
		title(layout);
	heap_line(layout);
	if (!small) {
		events_line(layout);
		subject_line(layout, rows->matched);
	}
	if (height > 2)
		heading(layout);
	if (height > head + feet)
		add_rows(layout, rows, height - head - feet);
	if (feet)
		foot(layout);
}

int live_layout(const struct live *live, struct live_ui *ui, struct live_screen_size size,
		struct arena *arena, struct live_page *page)
{
	struct layout layout = { .live = live, .ui = ui, .size = size, .arena = arena };
	struct live_rows rows;

	text_init(&layout.text);
	layout.page.lines = arena_alloc_array(arena, size.rows + 1u, sizeof *layout.page.lines);
	if (!layout.page.lines || find_rows(&layout, &rows))
		return -1;
	if (ui->help)
		help(&layout);
	else
		view(&layout, &rows);
	text_release(&layout.text);
	*page = layout.page;
	return layout.failed ? -1 : 0;
}
