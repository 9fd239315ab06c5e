/*
 * csv_profile: a row for each stack and DAG node, with every value; columns
 * are only ever added, at the end.  docs/EXPORTS.md explains them.
 */
#include "base/text.h"
#include "analyzer/view_stacks.h"
#include "reports/csv.h"
#include "reports/frame_label.h"
#include "reports/report.h"

#define HEADING                                                                           \
	"kind,node,live_bytes,live_count,usable_bytes,peak_bytes,peak_count,total_bytes," \
	"total_count,temporary_count,function,file,line,module,stack"

static const char *const KIND_NAMES[] = {
	[VIEW_HEAP] = "heap", [VIEW_MAPPING] = "mapping", [VIEW_POOL] = "pool",
};

static void total(const struct view_total *value, FILE *out)
{
	csv_number(value->bytes, ',', out);
	csv_number(value->count, ',', out);
}

static void values(const struct view_stack *stack, FILE *out)
{
	total(&stack->live, out);
	csv_number(stack->live.usable_bytes, ',', out);
	total(&stack->peak, out);
	total(&stack->total, out);
	csv_number(stack->temporaries, ',', out);
}

static void owner(const struct view_frame *frame, FILE *out)
{
	csv_text(frame->function, ',', out);
	csv_text(frame->file, ',', out);
	if (frame->line)
		csv_number(frame->line, ',', out);
	else
		csv_text(NULL, ',', out);
	csv_text(frame->module, ',', out);
}

static void add_frame(const struct view_stacks *view, struct text *stack, uint32_t frame)
{
	if (stack->length)
		text_add(stack, ";");
	frame_label(stack, &view->frames[frame], true);
}

/* Innermost first, as debuggers show it: a call's place begins with what is inlined. */
static void add_frames(const struct view_stacks *view, uint32_t call, struct text *stack)
{
	for (; call; call = view->calls[call].parent) {
		const struct view_place *place = &view->places[view->calls[call].place];

		for (uint32_t i = 0; i < place->count; i++)
			add_frame(view, stack, view->place_frames[place->first + i]);
	}
}

int csv_profile(const struct view_profile *profile, const struct report_options *options, FILE *out,
		struct error *err)
{
	const struct view_stacks *view = &profile->stacks;
	struct text stack;
	int code = 0;

	(void)options;
	text_init(&stack);
	fputs(HEADING "\r\n", out);
	for (size_t i = 0; i < view->stack_count; i++) {
		text_clear(&stack);
		add_frames(view, view->stacks[i].call, &stack);
		if (text_failed(&stack))
			code = error_set(err, ERROR_NO_MEMORY, "out of memory");
		csv_text(KIND_NAMES[view->stacks[i].kind], ',', out);
		csv_text(view->nodes[view->stacks[i].node], ',', out);
		values(&view->stacks[i], out);
		owner(&view->frames[view->stacks[i].owner], out);
		csv_text(stack.data, '\n', out);
	}
	text_release(&stack);
	return code;
}
