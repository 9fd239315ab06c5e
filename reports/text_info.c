/* text_info: what a profile holds, as "name: value" lines under headings. */
#include <inttypes.h>
#include <string.h>

#include "base/units.h"
#include "reports/clean.h"
#include "reports/place.h"
#include "reports/text.h"

static void label(const char *name, FILE *out)
{
	fprintf(out, "  %-17s ", name);
}

static void line(const char *name, const char *value, FILE *out)
{
	label(name, out);
	clean_print(value, out);
	fputc('\n', out);
}

static void size_line(const char *name, uint64_t bytes, FILE *out)
{
	line(name, units_size(bytes).text, out);
}

static void number_line(const char *name, uint64_t value, FILE *out)
{
	label(name, out);
	fprintf(out, "%" PRIu64 "\n", value);
}

static void amount_line(const char *name, uint64_t bytes, uint64_t count, const char *unit, FILE *out)
{
	label(name, out);
	fprintf(out, "%s in %" PRIu64 " %s\n", units_size(bytes).text, count, unit);
}

static void print_command(const char *const *command, FILE *out)
{
	label("command", out);
	for (size_t i = 0; command && command[i]; i++) {
		if (i)
			fputc(' ', out);
		clean_print(command[i], out);
	}
	fputs(command && command[0] ? "\n" : "not recorded\n", out);
}

static void print_state(const struct view_process *process, FILE *out)
{
	label("state", out);
	if (process->state && strcmp(process->state, "executed") == 0) {
		fputs("became another program (exec), which has a profile of its own if it was traced\n",
		      out);
		return;
	}
	clean_print(process->state ? process->state : "unknown", out);
	if (process->state && strcmp(process->state, "exited") == 0)
		fprintf(out, ", status %d", process->exit_status);
	if (process->state && strcmp(process->state, "killed") == 0)
		fprintf(out, " by signal %d%s", process->signal,
			process->out_of_memory ? ": out of memory (the kernel's OOM killer)" : "");
	fputc('\n', out);
}

static void print_process(const struct view_info *view, FILE *out)
{
	const struct view_process *process = &view->process;

	fputs("Process\n", out);
	print_command(process->command, out);
	if (process->executable)
		line("executable", process->executable, out);
	if (process->directory)
		line("directory", process->directory, out);
	number_line("pid", process->pid, out);
	print_state(process, out);
	line("ran for", units_duration(process->duration_ns).text, out);
	number_line("threads", view->threads, out);
	if (view->allocator)
		line("allocator", view->allocator, out);
}

static void print_totals(const struct view_info *view, FILE *out)
{
	fputs("Heap\n", out);
	amount_line("allocated", view->totals.allocated_bytes, view->totals.allocations,
		    "allocations", out);
	amount_line("freed", view->totals.freed_bytes, view->totals.frees, "frees", out);
	amount_line("live", view->totals.live_bytes, view->totals.live_count, "blocks", out);
	size_line("slack", view->totals.slack_bytes, out);
	label("peak", out);
	fputs(units_size(view->totals.peak_bytes).text, out);
	if (view->totals.peak_bound_bytes)
		fprintf(out, ", within %s", units_size(view->totals.peak_bound_bytes).text);
	fputc('\n', out);
	number_line("temporary", view->totals.temporaries, out);
	amount_line("mapped", view->totals.mapped_bytes, view->totals.mappings,
		    "anonymous mappings", out);
}

static void rss_line(const char *name, uint64_t bytes, FILE *out)
{
	if (bytes == UINT64_MAX)
		line(name, "not known", out);
	else
		size_line(name, bytes, out);
}

static void print_rss(const struct view_rss *rss, FILE *out)
{
	if (rss->rss == UINT64_MAX)
		return;
	fputs("Resident memory, taken apart\n", out);
	rss_line("requested", rss->requested, out);
	rss_line("+ slack", rss->slack, out);
	rss_line("+ allocator free", rss->allocator_free, out);
	rss_line("+ mapped", rss->mapped, out);
	rss_line("+ tracer", rss->tracer, out);
	rss_line("+ other", rss->other, out);
	if (rss->untouched)
		rss_line("- never touched", rss->untouched, out);
	rss_line("= RSS", rss->rss, out);
}

static void print_profile(const struct view_info *view, FILE *out)
{
	fputs("Profile\n", out);
	if (view->process.profile_path)
		line("file", view->process.profile_path, out);
	size_line("size", view->profile_bytes, out);
	label("format", out);
	fprintf(out, "%" PRIu32 "\n", view->format_version);
	if (view->tracer_version)
		line("tracer", view->tracer_version, out);
	size_line("tracer memory", view->tracer_memory_bytes, out);
	number_line("call tree nodes", view->call_tree_nodes, out);
	number_line("accounts", view->accounts, out);
	number_line("modules", view->modules, out);
}

static void print_snapshots(const struct view_info *view, FILE *out)
{
	if (!view->snapshot_count)
		return;
	fputs("Snapshots\n", out);
	for (size_t i = 0; i < view->snapshot_count; i++) {
		const struct view_mark *mark = &view->snapshots[i];

		label(units_duration(mark->time_ns).text, out);
		clean_print(mark->label && *mark->label ? mark->label : "(no label)", out);
		fputs(mark->automatic ? " (automatic)\n" : "\n", out);
	}
}

static void print_child(const struct view_process *child, uint64_t peak_bytes,
			const struct report_options *options, FILE *out)
{
	const char *name = child->executable ? place_module(child->executable, options) : "?";

	fprintf(out, "  %-8" PRIu32 " %12s  ", child->pid, units_size(peak_bytes).text);
	clean_print(name, out);
	fputs(", child of ", out);
	fprintf(out, "%" PRIu32 "\n", child->parent_pid);
}

static void print_children(const struct view_info *view, const struct report_options *options,
			   FILE *out)
{
	if (!view->child_count)
		return;
	fputs("Other processes of the run: pid, peak\n", out);
	for (size_t i = 0; i < view->child_count; i++)
		print_child(&view->children[i],
			    view->children_peak_bytes ? view->children_peak_bytes[i] : 0, options, out);
}

int text_info(const struct view_info *view, const struct report_options *options, FILE *out,
	      struct error *err)
{
	(void)err;
	print_process(view, out);
	print_totals(view, out);
	print_rss(&view->rss, out);
	print_profile(view, out);
	print_snapshots(view, out);
	print_children(view, options, out);
	text_print_unknown(&view->quality, out);
	return 0;
}
