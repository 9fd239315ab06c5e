/*
 * text_leaks: leaks, for who has to mend them.  In the order of their
 * questions: what and how much, how it was lost or who holds it, does it grow
 * and how old is it, the whole stack, how sure is that.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/units.h"
#include "reports/clean.h"
#include "reports/names.h"
#include "reports/place.h"
#include "reports/text.h"

static const char *verdict_words(enum leak_verdict verdict)
{
	static const char *const WORDS[LEAK_VERDICTS] = {
		[LEAK_DEFINITE] = "definitely lost", [LEAK_INDIRECT] = "indirectly lost",
		[LEAK_POSSIBLE] = "possibly lost", [LEAK_REACHABLE] = "still reachable",
		[LEAK_UNJUDGED] = "live, not judged",
	};

	return WORDS[verdict];
}

static void print_amount(uint64_t bytes, uint64_t blocks, FILE *out)
{
	fprintf(out, "%s in %" PRIu64 " block%s", units_size(bytes).text, blocks,
		blocks == 1 ? "" : "s");
}

/* "#1: model/cache.c:12: definitely lost: 1.0 KiB in 4 blocks" */
static void print_head(const struct view_leaks *view, const struct view_leak *leak,
		       const struct report_options *options, FILE *out)
{
	static const enum grouping PLACES[LEAKS_GROUPINGS] = {
		[LEAKS_BY_SITE] = BY_LINE, [LEAKS_BY_NODE] = BY_NODE, [LEAKS_BY_MODULE] = BY_MODULE,
		[LEAKS_BY_HOLDER] = BY_NODE,
	};

	fprintf(out, "#%" PRIu64 ": %s", leak->rank, text_bold(options));
	place_print(&leak->frame, leak->name, PLACES[view->by], options, out);
	fprintf(out, "%s: %s: ", text_plain(options), verdict_words(leak->verdict));
	print_amount(leak->bytes, leak->blocks, out);
	if (leak->indirect_blocks) {
		fputs(", and with them ", out);
		print_amount(leak->indirect_bytes, leak->indirect_blocks, out);
	} else if (leak->verdict != LEAK_DEFINITE && leak->retained_bytes != VIEW_NOT_KNOWN) {
		fputs(", retaining ", out);
		if (leak->retained_blocks != VIEW_NOT_KNOWN)
			print_amount(leak->retained_bytes, leak->retained_blocks, out);
		else
			fputs(units_size(leak->retained_bytes).text, out);
	}
	fputc('\n', out);
}

static void print_text_line(const char *label, const char *text, FILE *out)
{
	if (!text)
		return;
	fprintf(out, "    %s", label);
	clean_print(text, out);
	fputc('\n', out);
}

static void print_rate(double bytes, FILE *out)
{
	fprintf(out, "%s%s", bytes < 0 ? "-" : "+", units_size((uint64_t)fabs(bytes)).text);
}

static const char *points_of(const struct view_trend *growth)
{
	return growth->unit && strcmp(growth->unit, "run") == 0 ? "runs" : "points";
}

/* "20 runs), since iteration 7", or "12 points)". */
static void print_points(const struct view_trend *growth, FILE *out)
{
	fprintf(out, ", %zu %s)", growth->points, points_of(growth));
	if (growth->since != VIEW_NOT_KNOWN)
		fprintf(out, ", since iteration %" PRIu64, growth->since);
	fputc('\n', out);
}

static void print_growth(const struct view_trend *growth, FILE *out)
{
	static const char *const WORDS[TREND_VERDICTS] = {
		[TREND_FLAT] = "neither grows nor shrinks", [TREND_GROWING] = "grows",
		[TREND_LEVELS_OFF] = "grew, and levels off", [TREND_SHRINKING] = "shrinks",
	};

	if (growth->verdict == TREND_UNKNOWN || (growth->verdict == TREND_FLAT && !growth->slope))
		return;
	if (growth->verdict == TREND_LEVELS_OFF && !growth->slope) {
		fprintf(out, "    %s (%zu %s)\n", WORDS[growth->verdict], growth->points, points_of(growth));
		return;
	}
	fprintf(out, "    %s: ", WORDS[growth->verdict]);
	print_rate(growth->slope, out);
	fprintf(out, " per %s (%.0f %% sure of ", growth->unit ? growth->unit : "step",
		100 * growth->confidence);
	print_rate(growth->low, out);
	fputs(" to ", out);
	print_rate(growth->high, out);
	print_points(growth, out);
}

static bool is_some_time(uint64_t ns)
{
	return ns && ns != VIEW_NOT_KNOWN;
}

static void print_age(const struct view_leak *leak, FILE *out)
{
	const char *separator = "    ";

	if (leak->first_allocation_ns != VIEW_NOT_KNOWN) {
		fprintf(out, "%sfirst allocated by %s after the start", separator,
			units_duration(leak->first_allocation_ns).text);
		separator = "; ";
	}
	if (is_some_time(leak->since_allocation_ns)) {
		fprintf(out, "%slast allocated %s before the end", separator,
			units_duration(leak->since_allocation_ns).text);
		separator = "; ";
	}
	if (is_some_time(leak->idle_ns)) {
		fprintf(out, "%snothing of it was freed in the last %s", separator,
			units_duration(leak->idle_ns).text);
		if (leak->idle_runs != VIEW_NOT_KNOWN && leak->idle_runs)
			fprintf(out, ", %" PRIu64 " run%s", leak->idle_runs, leak->idle_runs == 1 ? "" : "s");
		separator = "; ";
	}
	if (*separator == ';')
		fputc('\n', out);
}

/* "at +136 (slot 17)": where the pointer is; slots are words. */
static void print_offset(uint64_t offset, FILE *out)
{
	if (offset == VIEW_NOT_KNOWN)
		return;
	fprintf(out, ", at +%" PRIu64, offset);
	if (offset % 8 == 0)
		fprintf(out, " (slot %" PRIu64 ")", offset / 8);
}

static void print_site(const struct view_leak_block *block, const struct report_options *options, FILE *out)
{
	place_print(&block->frame, NULL, BY_LINE, options, out);
	if (block->frame.function && block->frame.file) {
		fputs(", ", out);
		clean_print(block->frame.function, out);
	}
	if (block->node) {
		fputs(", node ", out);
		clean_print(block->node, out);
	}
}

static void print_block(const struct view_leak_block *block, const struct report_options *options,
			FILE *out)
{
	fputs("      -> ", out);
	if (block->blocks != 1)
		fprintf(out, "%" PRIu64 " blocks of ", block->blocks);
	print_site(block, options, out);
	print_offset(block->offset, out);
	if (block->retained_bytes != VIEW_NOT_KNOWN)
		fprintf(out, ", retaining %s", units_size(block->retained_bytes).text);
	fputc('\n', out);
}

/* The first block of the way round is this one, perhaps with others of its site behind it. */
static void print_cycle(const struct view_leak *leak, const struct report_options *options, FILE *out)
{
	fputs("    the cycle:\n      -> this", out);
	if (leak->path[0].blocks > 1)
		fprintf(out, ", and %" PRIu64 " more of this site", leak->path[0].blocks - 1);
	print_offset(leak->path[0].offset, out);
	fputc('\n', out);
	for (size_t i = 1; i < leak->path_blocks; i++)
		print_block(&leak->path[i], options, out);
	fputs("      -> this, and round again\n", out);
}

static void print_way(const struct view_leak *leak, const struct report_options *options, FILE *out)
{
	fputs("    path", out);
	if (leak->held_by.word) {
		fputs(" from `", out);
		clean_print(leak->held_by.word, out);
		fputc('`', out);
	}
	fputs(":\n", out);
	for (size_t i = 0; i < leak->path_blocks; i++)
		print_block(&leak->path[i], options, out);
	fputs("      -> this", out);
	if (leak->target_offset)
		fprintf(out, " +%" PRIu64, leak->target_offset);
	fputc('\n', out);
}

static void print_path(const struct view_leak *leak, const struct report_options *options, FILE *out)
{
	if (leak->path_blocks && leak->verdict == LEAK_DEFINITE)
		print_cycle(leak, options, out);
	else if (leak->path_blocks || (leak->path && leak->held_by.word))
		print_way(leak, options, out);
	if (leak->path_cut)
		fputs("      (blocks in the middle are left out)\n", out);
}

/* "most of it: 1.0 KiB of model/cache.c:12, make_entry" */
static void print_most(const struct view_leak *leak, const struct report_options *options, FILE *out)
{
	if (leak->largest_bytes == leak->bytes)
		fputs("    all of it: ", out);
	else
		fprintf(out, "    most of it: %s of ", units_size(leak->largest_bytes).text);
	place_print(&leak->frame, NULL, BY_LINE, options, out);
	if (leak->frame.function && leak->frame.file) {
		fputs(", ", out);
		clean_print(leak->frame.function, out);
	}
	fputc('\n', out);
}

static void print_leak(const struct view_leaks *view, const struct view_leak *leak,
		       const struct report_options *options, FILE *out)
{
	print_head(view, leak, options, out);
	if (view->by != LEAKS_BY_HOLDER)
		place_print_source(&leak->frame, options, out);
	if (view->by == LEAKS_BY_HOLDER)
		print_most(leak, options, out);
	else if (leak->cycles && leak->verdict == LEAK_DEFINITE)
		fputs("    in a cycle that nothing points to any more\n", out);
	else
		print_text_line("held by ", leak->held_by.text, out);
	print_text_line("lost ", leak->lost_by, out);
	print_text_line("suppressed by ", leak->suppressed_by, out);
	if (leak->inherited)
		fputs("    allocated before the fork: the parent had it, too\n", out);
	if (leak->node && view->by == LEAKS_BY_SITE)
		print_text_line("allocated in node ", leak->node, out);
	print_growth(&leak->growth, out);
	print_age(leak, out);
	print_path(leak, options, out);
	if (leak->stack)
		place_print_stack(leak->stack, leak->stack_frames, options, out);
}

static void print_total(const char *words, const struct view_leak_total *total, FILE *out)
{
	fprintf(out, "%s: ", words);
	print_amount(total->bytes, total->blocks, out);
	fputc('\n', out);
}

static void print_other(const struct view_leaks *view, FILE *out)
{
	if (!view->other.rows)
		return;
	fprintf(out, "%" PRIu64 " other: ", view->other.rows);
	print_amount(view->other.bytes, view->other.blocks, out);
	fputc('\n', out);
}

/* What was not judged is a sum of its own, where there is any. */
static void print_totals(const struct view_leak_total *total, const struct view_leak_total *suppressed,
			 bool judged, FILE *out)
{
	for (int verdict = 0; verdict < LEAK_VERDICTS; verdict++)
		if (verdict == LEAK_UNJUDGED ? total[verdict].rows || !judged : judged)
			print_total(verdict_words((enum leak_verdict)verdict), &total[verdict], out);
	if (suppressed->rows)
		print_total("suppressed", suppressed, out);
}

static void print_suppression(const struct view_suppression *suppression, FILE *out)
{
	fputs("  ", out);
	if (suppression->file) {
		clean_print(suppression->file, out);
		fprintf(out, ":%" PRIu32 ": ", suppression->line);
	}
	clean_print(suppression->name, out);
	if (suppression->expired)
		fprintf(out, ": expired on %s, not honoured", suppression->expires);
	else if (!suppression->rows)
		fputs(": matched nothing", out);
	else
		fprintf(out, "%s: ", suppression->file ? "" : " (built in)");
	if (!suppression->expired && suppression->rows)
		print_amount(suppression->bytes, suppression->blocks, out);
	fputc('\n', out);
}

static void print_suppressions(const struct view_suppression *suppressions, size_t count, FILE *out)
{
	if (!count)
		return;
	fputs("\nSuppressions:\n", out);
	for (size_t i = 0; i < count; i++)
		print_suppression(&suppressions[i], out);
}

static void print_unseen(const struct view_leaks *view, FILE *out)
{
	if (!view->check.unseen_count)
		return;
	fputs("\nThe check did not see:\n", out);
	for (size_t i = 0; i < view->check.unseen_count; i++)
		print_text_line("", view->check.unseen[i], out);
}

static void print_check(const struct view_leaks *view, FILE *out)
{
	const struct view_leak_check *check = &view->check;

	if (!view->judged) {
		fputs("Not judged: ", out);
		clean_print(view->unjudged ? view->unjudged : "there was no check", out);
		fputs(".\nWhat is live, by site:\n", out);
		return;
	}
	fputs("Leak check '", out);
	clean_print(check->label ? check->label : "exit", out);
	fprintf(out, "' after %s: %" PRIu64 " block%s, %s looked through",
		units_duration(check->time_ns).text, check->blocks, check->blocks == 1 ? "" : "s",
		units_size(check->scanned_bytes).text);
	fprintf(out, " in %s", units_duration(check->duration_ns).text);
	fprintf(out, ", the program held up for %s\n", units_duration(check->pause_ns).text);
}

static void print_profile(const struct view_leaks *view, const struct report_options *options, FILE *out)
{
	print_check(view, out);
	for (size_t i = 0; i < view->row_count; i++)
		print_leak(view, &view->rows[i], options, out);
	print_other(view, out);
	print_totals(view->total, &view->suppressed, view->judged, out);
}

/* "1234 /opt/worker: worker.1234.dagmem", before each of several. */
static void print_process(const struct view_leaks *view, const struct report_options *options, FILE *out)
{
	const struct view_process *process = &view->process;

	fprintf(out, "%s%" PRIu32 " ", text_bold(options), process->pid);
	clean_print(process->executable ? process->executable : "unknown program", out);
	fprintf(out, "%s, ", text_plain(options));
	clean_print(process->profile_path, out);
	fputc('\n', out);
}

static void print_set(const struct view_leaks_set *set, FILE *out)
{
	bool judged = false;

	for (size_t i = 0; i < set->count; i++)
		judged = judged || set->items[i].judged;
	fprintf(out, "These %zu processes together\n", set->count);
	print_totals(set->total, &set->suppressed, judged, out);
	if (!set->inherited_blocks)
		return;
	fputs("of that, what children had from before their fork: ", out);
	print_amount(set->inherited_bytes, set->inherited_blocks, out);
	fputc('\n', out);
}

int text_leaks(const struct view_leaks_set *set, const struct report_options *options, FILE *out,
	       struct error *err)
{
	bool several = set->count > 1;

	(void)err;
	for (size_t i = 0; i < set->count; i++) {
		const struct view_leaks *view = &set->items[i];

		if (several)
			print_process(view, options, out);
		print_profile(view, options, out);
		if (!several)
			print_suppressions(set->suppressions, set->suppression_count, out);
		print_unseen(view, out);
		text_print_unknown(&view->quality, out);
		if (several)
			fputc('\n', out);
	}
	if (several) {
		print_set(set, out);
		print_suppressions(set->suppressions, set->suppression_count, out);
	}
	return 0;
}
