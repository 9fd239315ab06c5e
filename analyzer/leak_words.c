#include "analyzer/leak_words.h"

#include <signal.h>
#include <string.h>

#include "analyzer/view_leaks.h"
#include "base/error.h"
#include "base/text.h"
#include "profile/leak_layout.h"

static const char *last_components(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	while (slash && slash > path && slash[-1] != '/')
		slash--;
	return slash && slash > path ? slash : path;
}

static const char *last_component(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return slash ? slash + 1 : path;
}

/* "global `cache` in model/cache.c", or "global at libx.so+0x1240". */
static void add_variable(struct text *text, const struct view_holder *holder)
{
	if (!holder->symbol) {
		text_printf(text, "%s at %s+0x%llx", holder->kind,
			    holder->module ? last_component(holder->module) : "an unknown place",
			    (unsigned long long)holder->offset);
		return;
	}
	text_printf(text, "%s `%s`", holder->kind, holder->symbol);
	if (holder->file)
		text_printf(text, " in %s", last_components(holder->file));
	else if (holder->module)
		text_printf(text, " in %s", last_component(holder->module));
}

/* "thread stack of worker, in main at src/main.c:12", "TLS `pool` in src/pool.c of thread 1234". */
static void add_thread(struct text *text, const struct view_holder *holder)
{
	if (holder->symbol || holder->module)
		add_variable(text, holder);
	else
		text_add(text, holder->kind);
	if (holder->thread)
		text_printf(text, " of %s", holder->thread);
	else if (holder->thread_id)
		text_printf(text, " of thread %u", holder->thread_id);
	if (holder->frame.function)
		text_printf(text, ", in %s", holder->frame.function);
	else if (holder->frame.module)
		text_printf(text, ", in %s", last_component(holder->frame.module));
	if (holder->frame.file)
		text_printf(text, " at %s:%u", last_components(holder->frame.file), holder->frame.line);
}

/* "mapping made by pool_grow at src/pool.c:40". */
static void add_site(struct text *text, const char *words, const struct view_frame *frame)
{
	text_add(text, words);
	if (!frame->function && !frame->file)
		return;
	text_printf(text, " made by %s", frame->function ? frame->function : "unknown");
	if (frame->file)
		text_printf(text, " at %s:%u", last_components(frame->file), frame->line);
}

static void add_words(struct text *text, const struct view_holder *holder)
{
	if (strcmp(holder->kind, "global") == 0)
		add_variable(text, holder);
	else if (strcmp(holder->kind, "mapping") == 0)
		add_site(text, "mapping", &holder->frame);
	else if (strcmp(holder->kind, "leak") == 0)
		add_site(text, "lost block", &holder->frame);
	else if (strcmp(holder->kind, "cycle") == 0)
		text_add(text, "a lost cycle");
	else if (strcmp(holder->kind, "freed memory") == 0)
		text_add(text, "freed memory only: what pointed to it was probably freed without it");
	else if (strcmp(holder->kind, "realloc") == 0)
		text_add(text, "a realloc that was going on");
	else if (strcmp(holder->kind, "C library") == 0)
		text_add(text, "the C library's thread-local storage");
	else if (strcmp(holder->kind, "unknown") == 0)
		text_add(text, "perhaps a thread whose registers or stack were not seen");
	else
		add_thread(text, holder);
}

static struct view_frame frame_of(struct fill *fill, const struct leak_record *leak,
				  const uint32_t *owners)
{
	const struct call_frames *frames = &fill->loaded->frames;

	if (leak->place && frames->places[leak->place].count)
		return fill_frame(fill, frames->frames[frames->places[leak->place].first]);
	if (leak->holder_account)
		return fill_frame(fill, owners[leak->holder_account->node]);
	return (struct view_frame){ .line = 0 };
}

void leak_words_name(struct fill *fill, struct view_holder *holder)
{
	struct text text;

	text_init(&text);
	add_words(&text, holder);
	fill->failed |= text_failed(&text);
	holder->text = fill_text(fill, text.data);
	text_release(&text);
}

static const char *word_of(struct fill *fill, const struct leak_record *leak)
{
	struct text text;
	const char *word;

	if (!leak->variable)
		return NULL;
	text_init(&text);
	text_add(&text, leak->variable);
	if (leak->variable_member)
		text_add(&text, leak->variable_member);
	else if (leak->offset)
		text_printf(&text, "+%llu", (unsigned long long)leak->offset);
	fill->failed |= text_failed(&text);
	word = fill_text(fill, text.data);
	text_release(&text);
	return word;
}

struct view_holder leak_words_holder(struct fill *fill, const struct leak_record *leak,
				     const uint32_t *owners)
{
	struct view_holder holder = { .kind = fill_text(fill, leak->held_by) };

	if (!holder.kind)               /* none, or no memory */
		return holder;
	holder.symbol = fill_text(fill, leak->variable);
	holder.word = word_of(fill, leak);
	holder.file = fill_text(fill, leak->variable_file);
	holder.module = fill_text(fill, leak->module);
	holder.thread = fill_text(fill, leak->thread_name);
	holder.offset = leak->offset;
	holder.line = leak->variable_line;
	holder.thread_id = leak->thread_id;
	holder.frame = frame_of(fill, leak, owners);
	leak_words_name(fill, &holder);
	return holder;
}

/* --- What was not captured ---------------------------------------------------------------- */

struct list {
	struct fill *fill;
	const char **items;
	size_t count;
};

static void add(struct list *list, const char *item)
{
	list->fill->failed |= !item;
	if (item && list->items)
		list->items[list->count++] = item;
}

/* "SIGTERM", "signal 40". */
static const char *signal_name(struct fill *fill, int number)
{
	const char *name = number > 0 && number < NSIG ? sigabbrev_np(number) : NULL;

	return name ? arena_printf(fill->arena, "SIG%s", name)
		    : arena_printf(fill->arena, "signal %d", number);
}

/* An earlier check says nothing of what came later. */
static void add_end(struct list *list, const struct leak_check_row *check)
{
	const struct view_process *process = &list->fill->loaded->process;

	if (!process->state || strcmp(process->state, "killed") != 0 || strcmp(check->reason, "exit") == 0)
		return;
	add(list, arena_printf(list->fill->arena, "the end, since the program was killed by %s: this is an"
			       " earlier check", signal_name(list->fill, process->signal)));
}

static void add_threads(struct list *list, const struct leak_check_row *check)
{
	if (check->threads_seen)
		add(list, arena_printf(list->fill->arena, "registers of %llu of %llu other threads: what only"
				       " they held is called possible",
				       (unsigned long long)check->threads_seen,
				       (unsigned long long)check->threads));
	if (check->threads_unknown)
		add(list, arena_printf(list->fill->arena, "registers and stack pointer of %llu of %llu other"
				       " threads: their whole stacks were looked through",
				       (unsigned long long)check->threads_unknown,
				       (unsigned long long)check->threads));
}

const char **leak_words_unseen(struct fill *fill, const struct leak_check_row *check, size_t *count)
{
	static const struct { uint32_t flag; const char *words; } FLAGS[] = {
		{ LEAK_ROWS_FOLDED, "single holders: there were too many, they are told by kind or module" },
		{ LEAK_NO_EXIT_FRAME, "who called exit(): its whole stack was looked through, so old words"
		  " on it may hide leaks" },
		{ LEAK_FOREIGN_HEAP, "the inside of the allocator, which is not glibc's: what only it"
		  " remembers may be called reachable" },
		{ LEAK_GRAPH_FAILED, "the heap graph: it could not be written" },
		{ LEAK_NO_THREADS, "other threads: /proc/self/task could not be read" },
		{ LEAK_NO_SIGNAL, "other threads' registers: no signal was free to stop them by" },
		{ LEAK_WAS_PAUSED, "blocks allocated while recording was paused: what only they hold is"
		  " called lost" },
	};
	enum { FLAG_COUNT = sizeof FLAGS / sizeof *FLAGS };
	struct list list = { fill, fill_array(fill, FLAG_COUNT + 3, sizeof *list.items), 0 };

	add_end(&list, check);
	add_threads(&list, check);
	for (size_t i = 0; i < FLAG_COUNT; i++)
		if (check->flags & FLAGS[i].flag)
			add(&list, fill_text(fill, FLAGS[i].words));
	*count = list.count;
	return list.items;
}

static const char *system_words(struct fill *fill, uint32_t error, const char *words)
{
	struct error err;

	error_system(&err, (int)error, "%s", words);
	return fill_text(fill, err.message);
}

static const char *failure_of(struct fill *fill, const struct leak_check_row *check)
{
	const char *why = "the check did not end";

	if (strcmp(check->status, "no process") == 0)
		why = system_words(fill, check->error, "the system gave no process to look through it");
	else if (strcmp(check->status, "no memory") == 0)
		why = "there was no memory for the tables";
	else if (strcmp(check->status, "no maps") == 0)
		why = system_words(fill, check->error, "/proc/self/maps could not be read");
	else if (strcmp(check->status, "died") == 0)
		why = arena_printf(fill->arena, "the process that looked through it was killed by %s",
				   signal_name(fill, (int)check->error));
	return why ? arena_printf(fill->arena, "the heap was not looked through: %s", why) : NULL;
}

const char *leak_words_unjudged(struct fill *fill, const struct loaded *loaded,
				const struct leak_check_row *check)
{
	const struct view_process *process = &loaded->process;
	const char *why;

	if (check)
		why = failure_of(fill, check);
	else if (process->state && strcmp(process->state, "killed") == 0)
		why = arena_printf(fill->arena, "the program was killed by %s: no heap was left to"
				   " look through", signal_name(fill, process->signal));
	else if (process->state && strcmp(process->state, "unknown") == 0)
		why = "the process ended without a check, as one that is killed does";
	else if (process->state && strcmp(process->state, "executed") == 0)
		why = "the process went on as another program, and exec took the heap with it";
	else if (process->state && strcmp(process->state, "running") == 0)
		why = "the program still runs and its heap was not looked through yet";
	else
		why = "the heap was not looked through: 'dagmem run --leak-check' does that";
	fill->failed |= !why;
	return why;
}
