#include "reports/place.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "reports/clean.h"

enum { SOURCE_INDENT = 4, SOURCE_COLUMNS_MIN = 8 };

/* `path` from its last `components` on. */
static const char *tail(const char *path, int components)
{
	const char *start = path + strlen(path);

	while (start > path && !(start[-1] == '/' && --components == 0))
		start--;
	return start;
}

const char *place_path(const char *path, const struct report_options *options)
{
	return options->full_paths ? path : tail(path, 2);
}

const char *place_module(const char *path, const struct report_options *options)
{
	return options->full_paths ? path : tail(path, 1);
}

static void print_without_source(const struct view_frame *frame,
				 const struct report_options *options, FILE *out)
{
	const char *module = frame->module ? place_module(frame->module, options) : NULL;

	if (frame->function) {
		clean_print(frame->function, out);
		if (module) {
			fputs(" (", out);
			clean_print(module, out);
			fputc(')', out);
		}
	} else {
		clean_print(module ? module : "unknown code", out);
		fprintf(out, "%s0x%" PRIx64, module ? "+" : " at ", frame->module_offset);
	}
}

static void print_line(const struct view_frame *frame, const struct report_options *options,
		       FILE *out)
{
	if (!frame->file) {
		print_without_source(frame, options, out);
		return;
	}
	clean_print(place_path(frame->file, options), out);
	fprintf(out, ":%" PRIu32, frame->line);
}

static void print_function(const struct view_frame *frame, const struct report_options *options,
			   FILE *out)
{
	if (!frame->function || !frame->file) {
		print_without_source(frame, options, out);
		return;
	}
	clean_print(frame->function, out);
	fputs(" (", out);
	clean_print(place_path(frame->file, options), out);
	fputc(')', out);
}

void place_print(const struct view_frame *frame, const char *name, enum grouping by,
		 const struct report_options *options, FILE *out)
{
	switch (by) {
	case BY_FUNCTION:
		print_function(frame, options, out);
		break;
	case BY_FILE:
		clean_print(name ? place_path(name, options) : "unknown file", out);
		break;
	case BY_MODULE:
		clean_print(name ? place_module(name, options) : "unknown module", out);
		break;
	case BY_NODE:
		clean_print(name ? name : VIEW_OUTSIDE_NODES, out);
		break;
	case BY_LINE:
	case BY_STACK:
	default:
		print_line(frame, options, out);
		break;
	}
}

/* Generated code has lines without end: an ellipsis stands for what does not fit. */
static void print_cut(const char *source, size_t length, const struct report_options *options,
		      FILE *out)
{
	const char *ellipsis = options->ascii ? "..." : "…";
	size_t room = options->source_columns > SOURCE_INDENT + SOURCE_COLUMNS_MIN ?
		options->source_columns - SOURCE_INDENT : SOURCE_COLUMNS_MIN;

	if (!options->source_columns || clean_prefix(source, length, room) == length) {
		clean_print_bytes(source, length, out);
		return;
	}
	room -= options->ascii ? 3 : 1;
	clean_print_bytes(source, clean_prefix(source, length, room), out);
	fputs(ellipsis, out);
}

void place_print_source(const struct view_frame *frame, const struct report_options *options,
			FILE *out)
{
	const char *source = frame->source;

	if (!source)
		return;
	while (isspace((unsigned char)*source))
		source++;
	size_t length = strlen(source);

	while (length && isspace((unsigned char)source[length - 1]))
		length--;
	if (!length)
		return;
	fputs(options->colour ? "    \033[2m" : "    ", out);
	print_cut(source, length, options, out);
	fputs(options->colour ? "\033[0m\n" : "\n", out);
}

static void print_frame(const struct view_frame *frame, const struct report_options *options,
			FILE *out)
{
	fputs("  ", out);
	if (frame->file) {
		fputs("File \"", out);
		clean_print(place_path(frame->file, options), out);
		fprintf(out, "\", line %" PRIu32, frame->line);
		if (frame->function) {
			fputs(", in ", out);
			clean_print(frame->function, out);
		}
	} else {
		print_without_source(frame, options, out);
	}
	fputs(frame->inlined ? " (inlined)\n" : "\n", out);
	if (frame->file)
		place_print_source(frame, options, out);
}

void place_print_stack(const struct view_frame *frames, size_t count,
		       const struct report_options *options, FILE *out)
{
	for (size_t i = 0; i < count; i++)
		print_frame(&frames[i], options, out);
}
