#include "analyzer/suppress.h"

#include <stdlib.h>
#include <string.h>

enum { UNKNOWN = 0, NO = 1, YES = 2 };

enum { WRITTEN_FRAMES_MAX = 24 };

/* --- Patterns -------------------------------------------------------------------------- */

/* The pattern's part from `at` to `end`, tied to the text's ends or anywhere in it. */
struct glob {
	const char *at, *end;
	bool tied_start, tied_end, literal;
};

static bool glob_matches(const struct glob *glob, const char *text)
{
	const char *at = glob->at, *resume = text;
	const char *star = glob->tied_start ? NULL : at;        /* after the last one */

	for (;;) {
		if (at == glob->end && (!glob->tied_end || !*text))
			return true;
		if (at < glob->end && *at == '*') {
			star = ++at;
			resume = text;
		} else if (at < glob->end && *text &&
			   (*at == *text || (*at == '?' && !glob->literal))) {
			at++;
			text++;
		} else if (star && *resume) {
			at = star;
			text = ++resume;
		} else {
			return false;
		}
	}
}

bool suppress_glob(const char *pattern, const char *text)
{
	struct glob glob = { pattern, pattern + strlen(pattern), true, true, false };

	return glob_matches(&glob, text);
}

bool suppress_anywhere(const char *pattern, const char *text)
{
	struct glob glob = { pattern, pattern + strlen(pattern), false, false, true };

	glob.tied_start = *glob.at == '^';
	glob.at += glob.tied_start;
	glob.tied_end = glob.end > glob.at && glob.end[-1] == '$';
	glob.end -= glob.tied_end;
	return glob_matches(&glob, text);
}

static const char *last_component(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool matches_function(const struct suppression_part *part, const char *function)
{
	if (!function)
		return false;
	return suppress_glob(part->pattern, function) ||
	       (part->readable && strcmp(part->readable, function) == 0);
}

/* valgrind compares a source's name without its folder; with one we do, too. */
static bool matches_source(const struct suppression_part *part, const struct frame_symbol *symbol)
{
	if (!symbol->file || (part->line && part->line != symbol->line))
		return false;
	return suppress_glob(part->pattern, symbol->file) ||
	       suppress_glob(part->pattern, last_component(symbol->file));
}

static bool matches_any_text(const struct suppression_part *part, const struct frame_symbol *symbol)
{
	return (symbol->function && suppress_anywhere(part->pattern, symbol->function)) ||
	       (symbol->file && suppress_anywhere(part->pattern, symbol->file)) ||
	       (symbol->module && suppress_anywhere(part->pattern, symbol->module));
}

static bool matches(const struct suppression_part *part, const struct frame_symbol *symbol)
{
	switch (part->kind) {
	case PART_FUNCTION:
		return matches_function(part, symbol->function);
	case PART_OBJECT:
		return symbol->module && suppress_glob(part->pattern, symbol->module);
	case PART_SOURCE:
		return matches_source(part, symbol);
	case PART_ANYWHERE:
		return matches_any_text(part, symbol);
	default:
		return true;
	}
}

/* --- Stacks ------------------------------------------------------------------------------ */

struct stack {
	struct suppressor *suppressor;
	const uint32_t *symbols;
	size_t count;
};

static bool matches_frame(struct stack *stack, const struct suppression_part *parts, size_t part,
			  size_t first, size_t frame)
{
	struct suppressor *suppressor = stack->suppressor;
	const struct call_frames *frames = suppressor->frames;
	uint32_t symbol = stack->symbols[frame];
	uint8_t *known = &suppressor->known[(first + part) * frames->symbol_count + symbol];

	if (*known == UNKNOWN)
		*known = matches(&parts[part], &frames->symbols[symbol]) ? YES : NO;
	return *known == YES;
}

static bool matches_anywhere(struct stack *stack, const struct suppression_part *parts, size_t first)
{
	for (size_t i = 0; i < stack->count; i++)
		if (matches_frame(stack, parts, 0, first, i))
			return true;
	return false;
}

/* As a glob whose characters are frames; what is left of the stack does not matter. */
static bool matches_frames(struct stack *stack, const struct suppression *entry, size_t from,
			   size_t first)
{
	size_t part = from, frame = 0, star = SIZE_MAX, resume = 0;

	while (part < entry->part_count) {
		if (entry->parts[part].kind == PART_ANY_FRAMES) {
			star = part++;
			resume = frame;
		} else if (frame < stack->count &&
			   matches_frame(stack, entry->parts, part, first, frame)) {
			part++;
			frame++;
		} else if (star != SIZE_MAX && resume < stack->count) {
			part = star + 1;
			frame = ++resume;
		} else {
			return false;
		}
	}
	return true;
}

/* A first frame that names the allocator: our stacks begin at its caller. */
static bool is_allocator(const struct suppression_part *part)
{
	static const char *const NAMES[] = {
		"malloc", "calloc", "realloc", "reallocarray", "memalign", "posix_memalign",
		"aligned_alloc", "valloc", "pvalloc", "_Znwm", "_Znam", "_ZnwmRKSt9nothrow_t",
		"_ZnamRKSt9nothrow_t", "_ZnwmSt11align_val_t", "_ZnamSt11align_val_t",
		"operator new(unsigned long)", "operator new[](unsigned long)",
	};

	for (size_t i = 0; part->kind == PART_FUNCTION && i < sizeof NAMES / sizeof *NAMES; i++)
		if (suppress_glob(part->pattern, NAMES[i]))
			return true;
	return part->kind == PART_OBJECT && strstr(part->pattern, "vgpreload_");
}

static bool hides(struct stack *stack, const struct suppression *entry, size_t first)
{
	if (entry->parts[0].kind == PART_ANYWHERE)
		return matches_anywhere(stack, entry->parts, first);
	return matches_frames(stack, entry, 0, first) ||
	       (entry->part_count > 1 && is_allocator(&entry->parts[0]) &&
		matches_frames(stack, entry, 1, first));
}

int suppressor_init(struct suppressor *suppressor, const struct suppressions *list,
		    const struct call_frames *frames)
{
	size_t parts = 0;

	*suppressor = (struct suppressor){ .list = list, .frames = frames };
	suppressor->first = calloc(list->count + 1, sizeof *suppressor->first);
	for (size_t i = 0; suppressor->first && i < list->count; i++) {
		suppressor->first[i] = parts;
		parts += list->items[i].part_count;
	}
	suppressor->known = calloc(parts + 1, frames->symbol_count + 1);
	return suppressor->first && suppressor->known ? 0 : -1;
}

void suppressor_release(struct suppressor *suppressor)
{
	free(suppressor->first);
	free(suppressor->known);
	*suppressor = (struct suppressor){ .list = NULL };
}

uint32_t suppressor_find(struct suppressor *suppressor, enum leak_verdict verdict,
			 const uint32_t *symbols, size_t count)
{
	struct stack stack = { suppressor, symbols, count };

	/* The user's own first: the built-in ones are at the beginning. */
	for (size_t i = suppressor->list->count; i-- > 0;) {
		const struct suppression *entry = &suppressor->list->items[i];

		if (entry->verdicts & 1u << verdict && !entry->expired &&
		    hides(&stack, entry, suppressor->first[i]))
			return (uint32_t)i;
	}
	return UINT32_MAX;
}

/* --- Writing one ---------------------------------------------------------------------------- */

/* One line whatever the name holds. */
static void add_name(struct text *out, const char *name)
{
	for (; *name; name++)
		text_add_char(out, (unsigned char)*name < ' ' ? '?' : *name);
}

static void add_frame(struct text *out, const struct view_frame *frame)
{
	if (frame->function && frame->function[0] != '[') {
		text_add(out, "   fun:");
		add_name(out, frame->function);
	} else if (frame->module) {
		text_add(out, "   obj:");
		add_name(out, frame->module);
	} else {
		text_add(out, "   ...");
	}
	text_add_char(out, '\n');
}

static bool begins_with_operator_new(const struct view_leak *leak)
{
	const char *function = leak->stack_frames ? leak->stack[leak->stack_frames - 1].function : NULL;

	return function && strncmp(function, "operator new", strlen("operator new")) == 0;
}

void suppress_write(struct text *out, const struct view_leak *leak)
{
	static const char *const KINDS[LEAK_VERDICTS] = {
		[LEAK_DEFINITE] = "definite", [LEAK_INDIRECT] = "indirect",
		[LEAK_POSSIBLE] = "possible", [LEAK_REACHABLE] = "reachable",
		[LEAK_UNJUDGED] = "all",
	};
	size_t written = 0;

	text_add(out, "{\n   ");
	add_name(out, leak->frame.function ? leak->frame.function : "(unknown)");
	if (leak->frame.file)
		add_name(out, " in ");
	if (leak->frame.file)
		add_name(out, leak->frame.file);
	text_printf(out, "\n   Memcheck:Leak\n   match-leak-kinds: %s\n", KINDS[leak->verdict]);
	/* valgrind's stacks begin with the allocator itself. */
	if (!begins_with_operator_new(leak))
		text_add(out, "   fun:*alloc*\n");
	for (size_t i = leak->stack_frames; i-- > 0 && written < WRITTEN_FRAMES_MAX; written++)
		add_frame(out, &leak->stack[i]);
	text_add(out, "}\n");
}
