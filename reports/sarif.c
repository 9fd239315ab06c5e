/*
 * sarif: what a gate complains of as SARIF 2.1.0, which code hosts show at
 * the lines in question.
 *
 * A rule a kind and quantity, a result an offending row.  Fingerprints are of
 * names, not of lines, so that a result stays the same when code moves.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "reports/check_words.h"
#include "reports/report.h"
#include "reports/sarif_parts.h"

struct document {
	struct sarif sarif;
	const struct view_check *view;
};

/* --- Rules ----------------------------------------------------------------------- */

static bool has_failures(const struct view_check *view, enum check_kind kind,
			 enum check_quantity quantity)
{
	for (size_t i = 0; i < view->item_count; i++)
		if (!view->items[i].passed && view->items[i].kind == kind &&
		    view->items[i].quantity == quantity)
			return true;
	return false;
}

static void put_rule_id(struct document *doc, enum check_kind kind, enum check_quantity quantity)
{
	fprintf(doc->sarif.out, "\"dagmem/%s-%s\"", check_kind_name(kind), check_quantity_name(quantity));
}

static void put_rule(struct document *doc, enum check_kind kind, enum check_quantity quantity)
{
	static const char *const texts[] = {
		[CHECK_LIMIT] = "A limit on memory was passed.",
		[CHECK_GROWTH] = "More memory than in the baseline.",
		[CHECK_NEW_SITE] = "Memory of a function that the baseline lacks.",
	};

	fputs("\n          {\"id\": ", doc->sarif.out);
	put_rule_id(doc, kind, quantity);
	fprintf(doc->sarif.out, ", \"shortDescription\": {\"text\": \"%s\"},\n"
		"           \"fullDescription\": {\"text\": \"%s Quantity: %s.\"},\n"
		"           \"defaultConfiguration\": {\"level\": \"error\"}}",
		texts[kind], texts[kind], check_quantity_name(quantity));
}

static void put_rules(struct document *doc)
{
	bool first = true;

	for (int kind = CHECK_LIMIT; kind <= CHECK_NEW_SITE; kind++)
		for (int quantity = 0; quantity < CHECK_QUANTITIES; quantity++) {
			if (!has_failures(doc->view, kind, quantity))
				continue;
			fputs(first ? "" : ",", doc->sarif.out);
			put_rule(doc, kind, quantity);
			first = false;
		}
}

/* --- Places ---------------------------------------------------------------------- */

/* A row's line, else its name; without any the limit's own line, the profile at last. */
static void put_location(struct document *doc, const struct view_check_item *item,
			 const struct view_check_row *row)
{
	const char *name = row ? (row->name ? row->name : row->frame.function) : NULL;
	bool has_file = row && row->frame.file && item->scope != CHECK_MODULE &&
			item->scope != CHECK_NODE;

	fputs("{", doc->sarif.out);
	if (has_file)
		sarif_physical(&doc->sarif, row->frame.file, item->scope == CHECK_FILE ? 0 : row->frame.line);
	else if (item->file)
		sarif_physical(&doc->sarif, item->file, item->line);
	else
		sarif_physical(&doc->sarif, doc->view->process.profile_path ? doc->view->process.profile_path
								  : "profile", 0);
	if (name) {
		fputs(", \"logicalLocations\": [{\"fullyQualifiedName\": ", doc->sarif.out);
		sarif_text(&doc->sarif, name);
		fprintf(doc->sarif.out, ", \"kind\": \"%s\"}]",
			item->scope == CHECK_PROCESS || item->scope == CHECK_LINE ? "function" :
			check_scope_name(item->scope));
	}
	fputs("}", doc->sarif.out);
}

static void put_fingerprint(struct document *doc, const struct view_check_item *item,
			    const struct view_check_row *row)
{
	const char *slash = row && row->frame.file ? strrchr(row->frame.file, '/') : NULL;
	uint64_t h = sarif_hash(SARIF_HASH_INIT, check_kind_name(item->kind));

	h = sarif_hash(h, check_quantity_name(item->quantity));
	if (row) {
		h = sarif_hash(h, row->name);
		h = sarif_hash(h, row->frame.function);
		h = sarif_hash(h, slash ? slash : row->frame.file);
	}
	sarif_fingerprint(&doc->sarif, h);
}

/* --- Results --------------------------------------------------------------------- */

static void put_result(struct document *doc, const struct view_check_item *item,
		       const struct view_check_row *row, bool first)
{
	fputs(first ? "\n      {\"ruleId\": " : ",\n      {\"ruleId\": ", doc->sarif.out);
	put_rule_id(doc, item->kind, item->quantity);
	fputs(", \"level\": \"error\", \"message\": {\"text\": ", doc->sarif.out);
	text_clear(&doc->sarif.text);
	text_add(&doc->sarif.text, item->text);
	text_add(&doc->sarif.text, ": ");
	check_add_verdict(&doc->sarif.text, doc->view, item);
	if (row) {
		text_add(&doc->sarif.text, "; ");
		check_add_row(&doc->sarif.text, item, row, doc->sarif.options);
	}
	sarif_words(&doc->sarif);
	fputs("},\n       \"locations\": [", doc->sarif.out);
	put_location(doc, item, row);
	fputs("],\n       ", doc->sarif.out);
	put_fingerprint(doc, item, row);
	fputc('}', doc->sarif.out);
}

/* A limit of the process is one result, at the line that holds most. */
static void put_results(struct document *doc)
{
	bool first = true;

	for (size_t i = 0; i < doc->view->item_count; i++) {
		const struct view_check_item *item = &doc->view->items[i];
		size_t rows = item->scope == CHECK_PROCESS && item->row_count ? 1 : item->row_count;

		if (item->passed)
			continue;
		for (size_t r = 0; r < rows; r++, first = false)
			put_result(doc, item, &item->rows[r], first);
		if (!rows) {
			put_result(doc, item, NULL, first);
			first = false;
		}
	}
}

static int sarif_check(const struct view_check *view, const struct report_options *options, FILE *out,
		       struct error *err)
{
	struct document doc = { .view = view };

	sarif_begin(&doc.sarif, options, out);
	put_rules(&doc);
	sarif_begin_results(&doc.sarif);
	put_results(&doc);
	return sarif_end(&doc.sarif, err);
}

const struct report report_sarif = {
	.name = "sarif",
	.suffix = "sarif",
	.check = sarif_check,
	.leaks = sarif_leaks,
};
