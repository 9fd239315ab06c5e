/*
 * sarif_leaks: leaks as SARIF 2.1.0: a rule a verdict, a result a row, with its
 * stack.
 *
 * What is lost is an error, what may be lost or grows a warning, the rest a
 * note.  Suppressed rows, when they are shown, say so in SARIF's own way.
 */
#include <inttypes.h>
#include <string.h>

#include "base/units.h"
#include "reports/names.h"
#include "reports/sarif_parts.h"

/* What a rule is called, and what it means. */
static const struct { const char *name, *text; } RULES[LEAK_VERDICTS] = {
	[LEAK_DEFINITE] = { "Definitely lost", "Memory that nothing points to any more." },
	[LEAK_INDIRECT] = { "Indirectly lost", "Memory that only lost memory points to." },
	[LEAK_POSSIBLE] = { "Possibly lost", "Memory to whose start nothing points any more." },
	[LEAK_REACHABLE] = { "Still reachable", "Memory that was not freed, and is still pointed to." },
	[LEAK_UNJUDGED] = { "Not freed", "Memory that was not freed; whether anything points to it was not looked at." },
};

static bool has_rows(const struct view_leaks_set *set, enum leak_verdict verdict)
{
	for (size_t i = 0; i < set->count; i++)
		for (size_t r = 0; r < set->items[i].row_count; r++)
			if (set->items[i].rows[r].verdict == verdict)
				return true;
	return false;
}

static void put_rules(struct sarif *sarif, const struct view_leaks_set *set)
{
	const char *separator = "";

	for (int verdict = 0; verdict < LEAK_VERDICTS; verdict++) {
		if (!has_rows(set, (enum leak_verdict)verdict))
			continue;
		fprintf(sarif->out, "%s\n          {\"id\": \"dagmem/leak-%s\", \"shortDescription\": {\"text\": \"%s\"},\n"
			"           \"fullDescription\": {\"text\": \"%s\"}}", separator,
			leak_verdict_name((enum leak_verdict)verdict), RULES[verdict].name, RULES[verdict].text);
		separator = ",";
	}
}

static const char *level_of(const struct view_leak *leak)
{
	if (leak->verdict == LEAK_DEFINITE)
		return "error";
	return leak->verdict == LEAK_POSSIBLE || leak->growth.verdict == TREND_GROWING ? "warning" : "note";
}

/* --- Words ------------------------------------------------------------------------- */

static void add_amount(struct text *text, uint64_t bytes, uint64_t blocks)
{
	text_printf(text, "%s in %" PRIu64 " block%s", units_size(bytes).text, blocks, blocks == 1 ? "" : "s");
}

static void add_growth(struct text *text, const struct view_trend *growth)
{
	if (growth->verdict == TREND_GROWING)
		text_printf(text, "; grows by %s per %s", units_size((uint64_t)growth->slope).text,
			    growth->unit ? growth->unit : "step");
}

static void put_message(struct sarif *sarif, const struct view_leaks *view, const struct view_leak *leak,
			bool several)
{
	struct text *text = &sarif->text;

	text_clear(text);
	text_printf(text, "%s: ", RULES[leak->verdict].name);
	add_amount(text, leak->bytes, leak->blocks);
	if (leak->indirect_blocks) {
		text_add(text, ", and with them ");
		add_amount(text, leak->indirect_bytes, leak->indirect_blocks);
	}
	if (leak->held_by.text)
		text_printf(text, "; held by %s", leak->held_by.text);
	if (leak->lost_by)
		text_printf(text, "; lost %s", leak->lost_by);
	if (leak->node)
		text_printf(text, "; allocated in node %s", leak->node);
	add_growth(text, &leak->growth);
	if (several)
		text_printf(text, "; in process %" PRIu32, view->process.pid);
	fputs("\"message\": {\"text\": ", sarif->out);
	sarif_words(sarif);
	fputs("}", sarif->out);
}

/* --- Places ------------------------------------------------------------------------- */

static void put_function(struct sarif *sarif, const char *name, const char *kind)
{
	fputs("\"logicalLocations\": [{\"fullyQualifiedName\": ", sarif->out);
	sarif_text(sarif, name);
	fprintf(sarif->out, ", \"kind\": \"%s\"}]", kind);
}

/* A row without a file stands in the profile. */
static void put_location(struct sarif *sarif, const struct view_leaks *view, const struct view_leak *leak)
{
	const char *name = leak->name ? leak->name : leak->frame.function;
	const char *profile = view->process.profile_path ? view->process.profile_path : "profile";

	fputs("\"locations\": [{", sarif->out);
	sarif_physical(sarif, leak->frame.file ? leak->frame.file : profile, leak->frame.file ? leak->frame.line : 0);
	if (name) {
		fputs(", ", sarif->out);
		put_function(sarif, name, leak->name ? leak_grouping_name(view->by) : "function");
	}
	fputs("}]", sarif->out);
}

static void put_frame(struct sarif *sarif, const struct view_frame *frame)
{
	fputs("{\"location\": {", sarif->out);
	if (frame->file)
		sarif_physical(sarif, frame->file, frame->line);
	if (frame->file && frame->function)
		fputs(", ", sarif->out);
	if (frame->function)
		put_function(sarif, frame->function, "function");
	fputs("}", sarif->out);
	if (frame->module) {
		fputs(", \"module\": ", sarif->out);
		sarif_text(sarif, frame->module);
	}
	fputs("}", sarif->out);
}

/* Innermost first, as SARIF has it. */
static void put_stack(struct sarif *sarif, const struct view_leak *leak)
{
	if (!leak->stack || !leak->stack_frames)
		return;
	fputs(",\n       \"stacks\": [{\"frames\": [", sarif->out);
	for (size_t i = leak->stack_frames; i-- > 0;) {
		put_frame(sarif, &leak->stack[i]);
		fputs(i ? ",\n           " : "", sarif->out);
	}
	fputs("]}]", sarif->out);
}

/* --- Results ------------------------------------------------------------------------ */

static void put_fingerprint(struct sarif *sarif, const struct view_leak *leak)
{
	uint64_t hash = sarif_hash(SARIF_HASH_INIT, leak_verdict_name(leak->verdict));

	hash = sarif_hash(sarif_hash(hash, leak->name), leak->node);
	for (size_t i = 0; leak->stack && i < leak->stack_frames; i++) {
		const char *file = leak->stack[i].file, *slash = file ? strrchr(file, '/') : NULL;

		hash = sarif_hash(sarif_hash(hash, leak->stack[i].function), slash ? slash : file);
	}
	sarif_fingerprint(sarif, sarif_hash(hash, leak->held_by.kind));
}

static void put_suppression(struct sarif *sarif, const struct view_leak *leak)
{
	if (!leak->suppressed_by)
		return;
	fputs(",\n       \"suppressions\": [{\"kind\": \"external\", \"justification\": ", sarif->out);
	sarif_text(sarif, leak->suppressed_by);
	fputs("}]", sarif->out);
}

static void put_result(struct sarif *sarif, const struct view_leaks *view, const struct view_leak *leak,
		       bool several)
{
	fprintf(sarif->out, "\n      {\"ruleId\": \"dagmem/leak-%s\", \"level\": \"%s\", ",
		leak_verdict_name(leak->verdict), level_of(leak));
	put_message(sarif, view, leak, several);
	fputs(",\n       ", sarif->out);
	put_location(sarif, view, leak);
	put_stack(sarif, leak);
	put_suppression(sarif, leak);
	fputs(",\n       ", sarif->out);
	put_fingerprint(sarif, leak);
	fputc('}', sarif->out);
}

int sarif_leaks(const struct view_leaks_set *set, const struct report_options *options, FILE *out,
		struct error *err)
{
	struct sarif sarif;
	bool first = true;

	sarif_begin(&sarif, options, out);
	put_rules(&sarif, set);
	sarif_begin_results(&sarif);
	for (size_t i = 0; i < set->count; i++)
		for (size_t r = 0; r < set->items[i].row_count; r++, first = false) {
			fputs(first ? "" : ",", out);
			put_result(&sarif, &set->items[i], &set->items[i].rows[r], set->count > 1);
		}
	return sarif_end(&sarif, err);
}
