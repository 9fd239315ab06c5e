/*
 * junit: a gate as a test suite, a limit a test case, in the XML that CI
 * systems read as test results.
 */
#include <inttypes.h>
#include <string.h>

#include "reports/check_words.h"
#include "reports/frame_label.h"
#include "reports/report.h"
#include "reports/xml_text.h"

#define NS_PER_S 1e9

static const char *program_of(const struct view_check *view)
{
	const char *path = view->process.executable ? view->process.executable : "";
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void print_name(struct text *words, const char *name, FILE *out)
{
	text_clear(words);
	frame_label_name(words, name);
	xml_print(words->data, out);
}

static void print_failure(const struct view_check *view, const struct view_check_item *item,
			  const struct report_options *options, struct text *words, FILE *out)
{
	text_clear(words);
	check_add_verdict(words, view, item);
	fputs(">\n      <failure type=\"", out);
	xml_print(check_kind_name(item->kind), out);
	fputs("\" message=\"", out);
	xml_print(words->data, out);
	fputs("\">", out);
	for (size_t i = 0; i < item->row_count; i++) {
		text_clear(words);
		check_add_row(words, item, &item->rows[i], options);
		fputs(i ? "\n" : "", out);
		xml_print(words->data, out);
	}
	fputs("</failure>\n    </testcase>\n", out);
}

static void print_case(const struct view_check *view, const struct view_check_item *item,
		       const struct report_options *options, struct text *words, FILE *out)
{
	fputs("    <testcase classname=\"dagmem.", out);
	print_name(words, program_of(view), out);
	fputs("\" name=\"", out);
	print_name(words, item->text, out);
	fputs("\" time=\"0\"", out);
	if (item->file) {
		fputs(" file=\"", out);
		print_name(words, item->file, out);
		fprintf(out, "\" line=\"%" PRIu32 "\"", item->line);
	}
	if (item->passed)
		fputs("/>\n", out);
	else
		print_failure(view, item, options, words, out);
}

static int junit_check(const struct view_check *view, const struct report_options *options, FILE *out,
		       struct error *err)
{
	struct text words;

	text_init(&words);
	fprintf(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<testsuites tests=\"%zu\" failures=\"%zu\" errors=\"0\" time=\"%.3f\">\n"
		"  <testsuite name=\"dagmem check\" tests=\"%zu\" failures=\"%zu\" errors=\"0\""
		" skipped=\"0\" time=\"%.3f\">\n",
		view->item_count, view->failed, (double)view->process.duration_ns / NS_PER_S,
		view->item_count, view->failed, (double)view->process.duration_ns / NS_PER_S);
	for (size_t i = 0; i < view->item_count; i++)
		print_case(view, &view->items[i], options, &words, out);
	fputs("  </testsuite>\n</testsuites>\n", out);
	bool failed = text_failed(&words);

	text_release(&words);
	return failed ? error_set(err, ERROR_NO_MEMORY, "out of memory") : 0;
}

const struct report report_junit = {
	.name = "junit",
	.suffix = "xml",
	.check = junit_check,
};
