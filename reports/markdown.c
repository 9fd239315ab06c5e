/*
 * markdown: the summary of a gate for a job's page (GitHub's and GitLab's
 * dialect): a table, and what was found folded below it.
 */
#include <stdbool.h>
#include <string.h>

#include "reports/check_words.h"
#include "reports/frame_label.h"
#include "reports/report.h"

static bool is_markup(char c, bool first)
{
	return strchr("\\`*_{}[]#|~@:", c) || (first && strchr("+-", c));
}

/* Whatever could be markup, in cells of tables, too; ':' for the emoji in `a:cow:b`. */
static void add_escaped(struct text *text, const char *plain)
{
	for (const char *c = plain; *c; c++) {
		if (*c == '<') {
			text_add(text, "&lt;");
		} else if (*c == '>') {
			text_add(text, "&gt;");
		} else if (*c == '&') {
			text_add(text, "&amp;");
		} else {
			text_add(text, is_markup(*c, c == plain) ? "\\" : "");
			text_add_char(text, *c);
		}
	}
}

/* `words` is scratch. */
static void add_item(struct text *text, struct text *words, const struct view_check *view,
		     const struct view_check_item *item)
{
	text_add(text, item->passed ? "| ✅ | " : "| ❌ | ");
	text_clear(words);
	frame_label_name(words, item->text);
	add_escaped(text, words->data);
	text_add(text, " | ");
	text_clear(words);
	check_add_verdict(words, view, item);
	add_escaped(text, words->data);
	text_add(text, " |\n");
}

static void add_rows(struct text *text, struct text *words, const struct view_check_item *item,
		     const struct report_options *options)
{
	if (item->passed || !item->row_count)
		return;
	text_add(text, "\n<details><summary>");
	text_clear(words);
	frame_label_name(words, item->text);
	add_escaped(text, words->data);
	text_add(text, "</summary>\n\n");
	for (size_t i = 0; i < item->row_count; i++) {
		text_clear(words);
		check_add_row(words, item, &item->rows[i], options);
		text_add(text, "- ");
		add_escaped(text, words->data);
		text_add(text, "\n");
	}
	text_add(text, "\n</details>\n");
}

static int markdown_check(const struct view_check *view, const struct report_options *options,
			  FILE *out, struct error *err)
{
	struct text text, words;
	int code = 0;

	text_init(&text);
	text_init(&words);
	text_add(&text, "### Memory: ");
	check_add_sum(&text, view);
	text_add(&text, "\n\n| | check | result |\n|---|---|---|\n");
	for (size_t i = 0; i < view->item_count; i++)
		add_item(&text, &words, view, &view->items[i]);
	for (size_t i = 0; i < view->item_count; i++)
		add_rows(&text, &words, &view->items[i], options);
	if (text_failed(&text) || text_failed(&words))
		code = error_set(err, ERROR_NO_MEMORY, "out of memory");
	else
		fputs(text.data, out);
	text_release(&text);
	text_release(&words);
	return code;
}

const struct report report_markdown = {
	.name = "markdown",
	.suffix = "md",
	.check = markdown_check,
};
