#include "analyzer/check_leaks.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/check_match.h"
#include "base/error.h"
#include "base/intern.h"

enum { ROWS_SHOWN = 10 };

/* What is lost of one line, function, file, module or node. */
struct site {
	uint64_t bytes;
	const struct view_leak *leak;   /* the first of it */
};

struct sites {
	struct arena arena;
	struct intern names;            /* of sites: numbers are theirs */
	struct site *list;
};

/* What tells sites of a scope apart. */
static const char *name_of(struct arena *arena, enum check_scope scope, const struct view_leak *leak)
{
	const struct view_frame *frame = &leak->frame;
	const char *file = frame->file ? frame->file : frame->module ? frame->module : "";
	const char *function = frame->function ? frame->function : "";

	switch (scope) {
	case CHECK_FUNCTION:
		return arena_printf(arena, "%s %s", function, file);
	case CHECK_FILE:
		return file;
	case CHECK_MODULE:
		return frame->module ? frame->module : "";
	case CHECK_NODE:
		return leak->node ? leak->node : VIEW_OUTSIDE_NODES;
	default:
		return arena_printf(arena, "%s:%u %s+%llx", file, (unsigned)frame->line,
				    frame->line ? "" : function,
				    frame->line ? 0 : (unsigned long long)frame->module_offset);
	}
}

static bool is_about(const struct limit *limit, const struct view_leak *leak)
{
	const struct frame_symbol symbol = {
		.function = leak->frame.function, .file = leak->frame.file,
		.module = leak->frame.module, .offset = leak->frame.module_offset,
		.line = leak->frame.line,
	};

	return check_matches(limit, &symbol, leak->node ? leak->node : VIEW_OUTSIDE_NODES);
}

static int add_up(struct sites *sites, const struct limit *limit, const struct view_leaks *view)
{
	/* Behind a limit of the process stand the lines. */
	enum check_scope scope = limit->scope == CHECK_PROCESS ? CHECK_LINE : limit->scope;

	sites->list = arena_alloc_array(&sites->arena, view->row_count + 1, sizeof *sites->list);
	if (!sites->list)
		return -1;
	for (size_t i = 0; i < view->row_count; i++) {
		const struct view_leak *leak = &view->rows[i];
		uint32_t number;

		if (leak->suppressed_by || !is_about(limit, leak))
			continue;
		number = intern_add(&sites->names, name_of(&sites->arena, scope, leak));
		if (number == MAP_NONE)
			return -1;
		if (!sites->list[number].leak)
			sites->list[number].leak = leak;
		sites->list[number].bytes += leak->bytes;
	}
	return 0;
}

static int compare_sites(const void *a, const void *b)
{
	const struct site *first = a, *second = b;

	if (first->bytes != second->bytes)
		return first->bytes > second->bytes ? -1 : 1;
	return (first->leak->rank > second->leak->rank) - (first->leak->rank < second->leak->rank);
}

static struct view_frame kept_frame(struct fill *fill, const struct view_frame *from)
{
	struct view_frame frame = *from;

	frame.function = fill_text(fill, from->function);
	frame.file = fill_text(fill, from->file);
	frame.module = fill_text(fill, from->module);
	frame.source = fill_text(fill, from->source);
	return frame;
}

/* What a row is called when it is no frame. */
static const char *row_name(const struct limit *limit, const struct view_leak *leak)
{
	switch (limit->scope) {
	case CHECK_FILE:
		return leak->frame.file ? leak->frame.file : leak->frame.module;
	case CHECK_MODULE:
		return leak->frame.module;
	case CHECK_NODE:
		return leak->node ? leak->node : VIEW_OUTSIDE_NODES;
	default:
		return NULL;
	}
}

static void show(struct fill *fill, const struct limit *limit, const struct sites *sites,
		 size_t count, struct view_check_item *item)
{
	item->rows = fill_array(fill, count, sizeof *item->rows);
	item->row_count = item->rows ? count : 0;
	for (size_t i = 0; i < item->row_count; i++)
		item->rows[i] = (struct view_check_row){
			.value = sites->list[i].bytes, .before = VIEW_NOT_KNOWN,
			.frame = kept_frame(fill, &sites->list[i].leak->frame),
			.name = fill_text(fill, row_name(limit, sites->list[i].leak)),
		};
}

static void judge(struct fill *fill, const struct limit *limit, const struct view_leaks *view,
		  struct sites *sites, struct view_check_item *item)
{
	size_t shown = sites->names.count < ROWS_SHOWN ? sites->names.count : ROWS_SHOWN;

	qsort(sites->list, sites->names.count, sizeof *sites->list, compare_sites);
	item->matched = limit->scope == CHECK_PROCESS ? 1 : sites->names.count;
	if (limit->scope == CHECK_PROCESS)
		item->value = view->total[LEAK_DEFINITE].bytes + view->total[LEAK_INDIRECT].bytes;
	else if (sites->names.count)
		item->value = sites->list[0].bytes;
	while (limit->scope != CHECK_PROCESS && item->over < sites->names.count &&
	       sites->list[item->over].bytes > item->allowed)
		item->over++;
	item->over += limit->scope == CHECK_PROCESS && item->value > item->allowed;
	item->passed = !item->over;
	if (limit->scope != CHECK_PROCESS)
		shown = item->over < shown ? item->over : shown;
	show(fill, limit, sites, item->passed ? 0 : shown, item);
}

static int judge_view(struct fill *fill, const struct limit *limit, const struct view_leaks *view,
		      struct view_check_item *item, struct error *err)
{
	struct sites sites = { .arena = ARENA_INIT, .names = INTERN_INIT(&sites.arena) };
	int code = 0;

	if (!view->judged)
		code = error_set(err, ERROR_NOT_FOUND, "%s: %s", limit->text,
				 view->unjudged ? view->unjudged : "the profile holds no leak check");
	else if (add_up(&sites, limit, view))
		code = error_set(err, ERROR_NO_MEMORY, "no memory for the leaks");
	else
		judge(fill, limit, view, &sites, item);
	intern_release(&sites.names);
	arena_release(&sites.arena);
	return code;
}

int check_leaks(struct dataset *data, const struct limit *limit, const struct leaks_options *options,
		struct fill *fill, struct view_check_item *item, struct error *err)
{
	struct leaks_options lost = *options;
	struct view_leaks view;

	lost.show = 1u << LEAK_DEFINITE | 1u << LEAK_INDIRECT;
	lost.by = LEAKS_BY_SITE;
	int code = leaks_find(data, &lost, &view, err);

	if (code)
		return code;
	code = judge_view(fill, limit, &view, item, err);
	view_leaks_free(&view);
	return code;
}
