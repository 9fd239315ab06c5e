#include "reports/text.h"

#include "base/units.h"
#include "reports/quality.h"

void text_print_unknown(const struct view_quality *quality, FILE *out)
{
	if (quality_is_clean(quality))
		return;
	fputs("\nNot known:\n", out);
	quality_print(quality, "  ", out);
}

void text_print_peak(uint64_t peak_bytes, uint64_t bound_bytes, FILE *out)
{
	fprintf(out, "Peak: %s", units_size(peak_bytes).text);
	if (bound_bytes)
		fprintf(out, ", within %s", units_size(bound_bytes).text);
	fputc('\n', out);
}

const char *text_bold(const struct report_options *options)
{
	return options->colour ? "\033[1m" : "";
}

const char *text_plain(const struct report_options *options)
{
	return options->colour ? "\033[0m" : "";
}

const char *text_groups(enum grouping by)
{
	static const char *const PLURALS[GROUPINGS] = {
		[BY_LINE] = "lines",
		[BY_FUNCTION] = "functions",
		[BY_FILE] = "files",
		[BY_MODULE] = "modules",
		[BY_STACK] = "stacks",
		[BY_NODE] = "nodes",
	};

	return PLURALS[by];
}

const struct report report_text = {
	.name = "text",
	.suffix = "txt",
	.top = text_top,
	.diff = text_diff,
	.timeline = text_timeline,
	.info = text_info,
	.dag = text_dag,
	.check = text_check,
	.leaks = text_leaks,
};
