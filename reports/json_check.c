#include "reports/json_check.h"

#include <inttypes.h>

#include "reports/check_words.h"
#include "reports/json_text.h"
#include "reports/report.h"

struct document {
	const struct view_check *view;
	FILE *out;
	int failed;             /* for want of memory */
};

static void text(struct document *doc, const char *name, const char *value)
{
	fprintf(doc->out, "\"%s\": ", name);
	doc->failed |= json_text(value, doc->out);
}

static void number(const struct document *doc, const char *name, uint64_t value)
{
	if (value == VIEW_NOT_KNOWN)
		fprintf(doc->out, "\"%s\": null", name);
	else
		fprintf(doc->out, "\"%s\": %" PRIu64, name, value);
}

static void separate(const struct document *doc)
{
	fputs(", ", doc->out);
}

static void row(struct document *doc, const struct view_check_row *from, bool first)
{
	fputs(first ? "\n      {" : ",\n      {", doc->out);
	number(doc, "value", from->value);
	separate(doc);
	number(doc, "before", from->before);
	separate(doc);
	text(doc, "name", from->name);
	separate(doc);
	text(doc, "function", from->frame.function);
	separate(doc);
	text(doc, "file", from->frame.file);
	separate(doc);
	number(doc, "line", from->frame.line ? from->frame.line : VIEW_NOT_KNOWN);
	separate(doc);
	text(doc, "module", from->frame.module);
	fputc('}', doc->out);
}

static void origin(struct document *doc, const struct view_check_item *item)
{
	text(doc, "file", item->file);
	separate(doc);
	number(doc, "line", item->file ? item->line : VIEW_NOT_KNOWN);
}

static void numbers(const struct document *doc, const struct view_check_item *item)
{
	number(doc, "value", item->value);
	separate(doc);
	number(doc, "allowed", item->allowed);
	separate(doc);
	number(doc, "before", item->before);
	separate(doc);
	number(doc, "matched", item->matched);
	separate(doc);
	number(doc, "over", item->over);
}

static void item(struct document *doc, const struct view_check_item *from, bool first)
{
	fputs(first ? "\n    {" : ",\n    {", doc->out);
	text(doc, "check", from->text);
	fprintf(doc->out, ", \"kind\": \"%s\", \"quantity\": \"%s\", \"scope\": \"%s\", \"passed\": %s,\n     ",
		check_kind_name(from->kind), check_quantity_name(from->quantity),
		check_scope_name(from->scope), from->passed ? "true" : "false");
	numbers(doc, from);
	fputs(",\n     ", doc->out);
	origin(doc, from);
	fputs(", \"rows\": [", doc->out);
	for (size_t i = 0; i < from->row_count; i++)
		row(doc, &from->rows[i], i == 0);
	fputs("]}", doc->out);
}

int json_check(const struct view_check *view, const struct report_options *options, FILE *out,
	       struct error *err)
{
	struct document doc = { .view = view, .out = out };

	(void)options;
	fprintf(out, "{\"schema\": \"dagmem.check/1\",\n  \"passed\": %s,\n  ",
		view->failed ? "false" : "true");
	number(&doc, "failed", view->failed);
	fputs(",\n  ", out);
	text(&doc, "profile", view->process.profile_path);
	fputs(",\n  ", out);
	text(&doc, "baseline", view->baseline_path);
	fputs(",\n  ", out);
	number(&doc, "peak_bound_bytes", view->peak_bound_bytes);
	fputs(",\n  \"checks\": [", out);
	for (size_t i = 0; i < view->item_count; i++)
		item(&doc, &view->items[i], i == 0);
	fputs("]}\n", out);
	return doc.failed ? error_set(err, ERROR_NO_MEMORY, "out of memory") : 0;
}
