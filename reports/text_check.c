/*
 * text_check: what a gate says on a terminal and in a log.
 *
 *     ok    max-peak 300MiB: 133.9 MiB of 300.0 MiB allowed
 *     FAIL  max-live function:load_*=1MiB: 1 of 3 functions over 1.0 MiB
 *             load_table (load.c:33): 19.1 MiB
 */
#include <inttypes.h>

#include "reports/check_words.h"
#include "reports/frame_label.h"
#include "reports/text.h"

static void add_origin(struct text *text, const struct view_check_item *item)
{
	if (!item->file)
		return;
	text_add(text, " (");
	frame_label_name(text, item->file);
	text_printf(text, ":%" PRIu32 ")", item->line);
}

static void add_item(struct text *text, const struct view_check *view,
		     const struct view_check_item *item, const struct report_options *options)
{
	text_add(text, item->passed ? "ok    " : text_bold(options));
	text_add(text, item->passed ? "" : "FAIL  ");
	frame_label_name(text, item->text);
	text_add(text, item->passed ? "" : text_plain(options));
	text_add(text, ": ");
	check_add_verdict(text, view, item);
	if (!item->passed)
		add_origin(text, item);
	text_add(text, "\n");
}

static void add_rows(struct text *text, const struct view_check_item *item,
		     const struct report_options *options)
{
	if (item->scope == CHECK_PROCESS && item->kind == CHECK_LIMIT && item->row_count)
		text_add(text, "        most of it:\n");
	for (size_t i = 0; i < item->row_count; i++) {
		text_add(text, "        ");
		check_add_row(text, item, &item->rows[i], options);
		text_add(text, "\n");
	}
	if (item->over > item->row_count && item->scope != CHECK_PROCESS)
		text_printf(text, "        and %" PRIu64 " more\n", item->over - item->row_count);
}

int text_check(const struct view_check *view, const struct report_options *options, FILE *out,
	       struct error *err)
{
	struct text text;
	int code = 0;

	text_init(&text);
	for (size_t i = 0; i < view->item_count; i++) {
		add_item(&text, view, &view->items[i], options);
		add_rows(&text, &view->items[i], options);
	}
	check_add_sum(&text, view);
	if (text_failed(&text))
		code = error_set(err, ERROR_NO_MEMORY, "out of memory");
	else
		fprintf(out, "%s\n", text.data);
	text_release(&text);
	if (!code)
		text_print_unknown(&view->quality, out);
	return code;
}
