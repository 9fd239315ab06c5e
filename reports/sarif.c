/*
 * sarif: what a gate complains of as SARIF 2.1.0, which code hosts show at
 * the lines in question.
 *
 * A rule a kind and quantity, a result an offending row.  Fingerprints are of
 * names, not of lines, so that a result stays the same when code moves.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "reports/check_words.h"
#include "reports/json_text.h"
#include "reports/report.h"

#define SCHEMA "https://json.schemastore.org/sarif-2.1.0.json"

struct document {
	const struct view_check *view;
	const struct report_options *options;
	FILE *out;
	struct text text;
	bool failed;            /* for want of memory */
};

static void put(struct document *doc, const char *text)
{
	doc->failed |= json_text(text, doc->out) != 0;
}

static void put_words(struct document *doc)
{
	doc->failed |= text_failed(&doc->text);
	put(doc, doc->text.data);
}

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
	fprintf(doc->out, "\"dagmem/%s-%s\"", check_kind_name(kind), check_quantity_name(quantity));
}

static void put_rule(struct document *doc, enum check_kind kind, enum check_quantity quantity)
{
	static const char *const texts[] = {
		[CHECK_LIMIT] = "A limit on memory was passed.",
		[CHECK_GROWTH] = "More memory than in the baseline.",
		[CHECK_NEW_SITE] = "Memory of a function that the baseline lacks.",
	};

	fputs("\n          {\"id\": ", doc->out);
	put_rule_id(doc, kind, quantity);
	fprintf(doc->out, ", \"shortDescription\": {\"text\": \"%s\"},\n"
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
			fputs(first ? "" : ",", doc->out);
			put_rule(doc, kind, quantity);
			first = false;
		}
}

/* --- Places ---------------------------------------------------------------------- */

static void add_uri(struct text *text, const char *path)
{
	for (; *path; path++)
		if (isalnum((unsigned char)*path) || strchr("/-._~", *path))
			text_add_char(text, *path);
		else
			text_printf(text, "%%%02X", (unsigned char)*path);
}

/* Below the source root relative to it, as hosts of code want it. */
static void put_artifact(struct document *doc, const char *path)
{
	const char *root = doc->options->source_root;
	size_t length = root ? strlen(root) : 0;
	bool below = length && strncmp(path, root, length) == 0 && path[length] == '/';

	text_clear(&doc->text);
	if (!below && *path == '/')
		text_add(&doc->text, "file://");
	add_uri(&doc->text, below ? path + length + 1 : path);
	fputs("\"artifactLocation\": {\"uri\": ", doc->out);
	put_words(doc);
	fputs(below || *path != '/' ? ", \"uriBaseId\": \"SRCROOT\"}" : "}", doc->out);
}

static void put_physical(struct document *doc, const char *file, uint32_t line)
{
	fputs("\"physicalLocation\": {", doc->out);
	put_artifact(doc, file);
	/* Hosts show no result without a line. */
	fprintf(doc->out, ", \"region\": {\"startLine\": %" PRIu32 "}}", line ? line : 1);
}

/* A row's line, else its name; without any the limit's own line, the profile at last. */
static void put_location(struct document *doc, const struct view_check_item *item,
			 const struct view_check_row *row)
{
	const char *name = row ? (row->name ? row->name : row->frame.function) : NULL;
	bool has_file = row && row->frame.file && item->scope != CHECK_MODULE &&
			item->scope != CHECK_NODE;

	fputs("{", doc->out);
	if (has_file)
		put_physical(doc, row->frame.file, item->scope == CHECK_FILE ? 0 : row->frame.line);
	else if (item->file)
		put_physical(doc, item->file, item->line);
	else
		put_physical(doc, doc->view->process.profile_path ? doc->view->process.profile_path
								  : "profile", 0);
	if (name) {
		fputs(", \"logicalLocations\": [{\"fullyQualifiedName\": ", doc->out);
		put(doc, name);
		fprintf(doc->out, ", \"kind\": \"%s\"}]",
			item->scope == CHECK_PROCESS || item->scope == CHECK_LINE ? "function" :
			check_scope_name(item->scope));
	}
	fputs("}", doc->out);
}

/* FNV-1a, 64 bits. */
static uint64_t hash(uint64_t h, const char *text)
{
	for (; text && *text; text++)
		h = (h ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return (h ^ 0xff) * UINT64_C(0x100000001b3);
}

static void put_fingerprint(struct document *doc, const struct view_check_item *item,
			    const struct view_check_row *row)
{
	const char *slash = row && row->frame.file ? strrchr(row->frame.file, '/') : NULL;
	uint64_t h = hash(UINT64_C(0xcbf29ce484222325), check_kind_name(item->kind));

	h = hash(h, check_quantity_name(item->quantity));
	if (row) {
		h = hash(h, row->name);
		h = hash(h, row->frame.function);
		h = hash(h, slash ? slash : row->frame.file);
	}
	fprintf(doc->out, "\"partialFingerprints\": {\"dagmemSite/v1\": \"%016" PRIx64 "\"}", h);
}

/* --- Results --------------------------------------------------------------------- */

static void put_result(struct document *doc, const struct view_check_item *item,
		       const struct view_check_row *row, bool first)
{
	fputs(first ? "\n      {\"ruleId\": " : ",\n      {\"ruleId\": ", doc->out);
	put_rule_id(doc, item->kind, item->quantity);
	fputs(", \"level\": \"error\", \"message\": {\"text\": ", doc->out);
	text_clear(&doc->text);
	text_add(&doc->text, item->text);
	text_add(&doc->text, ": ");
	check_add_verdict(&doc->text, doc->view, item);
	if (row) {
		text_add(&doc->text, "; ");
		check_add_row(&doc->text, item, row, doc->options);
	}
	put_words(doc);
	fputs("},\n       \"locations\": [", doc->out);
	put_location(doc, item, row);
	fputs("],\n       ", doc->out);
	put_fingerprint(doc, item, row);
	fputc('}', doc->out);
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

static void put_roots(struct document *doc)
{
	const char *root = doc->options->source_root;

	if (!root)
		return;
	text_clear(&doc->text);
	text_add(&doc->text, "file://");
	add_uri(&doc->text, root);
	text_add(&doc->text, "/");
	fputs(",\n    \"originalUriBaseIds\": {\"SRCROOT\": {\"uri\": ", doc->out);
	put_words(doc);
	fputs("}}", doc->out);
}

static int sarif_check(const struct view_check *view, const struct report_options *options, FILE *out,
		       struct error *err)
{
	struct document doc = { .view = view, .options = options, .out = out };

	text_init(&doc.text);
	fputs("{\"$schema\": \"" SCHEMA "\", \"version\": \"2.1.0\", \"runs\": [{\n"
	      "    \"tool\": {\"driver\": {\"name\": \"dagmem\", \"version\": \"" DAGMEM_VERSION "\",\n"
	      "        \"rules\": [", out);
	put_rules(&doc);
	fputs("]}}", out);
	put_roots(&doc);
	fputs(",\n    \"columnKind\": \"utf16CodeUnits\",\n    \"results\": [", out);
	put_results(&doc);
	fputs("]}]}\n", out);
	text_release(&doc.text);
	return doc.failed ? error_set(err, ERROR_NO_MEMORY, "out of memory") : 0;
}

const struct report report_sarif = {
	.name = "sarif",
	.suffix = "sarif",
	.check = sarif_check,
};
