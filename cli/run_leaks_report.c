#include "cli/run_leaks_report.h"

#include <inttypes.h>
#include <string.h>

#include "analyzer/dataset.h"
#include "analyzer/leaks.h"
#include "analyzer/leaks_set.h"
#include "analyzer/reader.h"
#include "base/error.h"
#include "base/text.h"
#include "base/units.h"
#include "cli/command.h"
#include "cli/leak_args.h"
#include "cli/message.h"
#include "cli/profile_search.h"
#include "cli/run_leaks.h"
#include "cli/run_watch.h"
#include "reports/report.h"

enum { PROCESSES_TOLD = 50 };           /* a build has thousands */

struct telling {
	const struct run_leaks *leaks;
	struct arena arena;
	unsigned errors_for;            /* bits 1 << enum leak_verdict */
	struct view_leaks_set set;      /* those worth telling of; of a single process in any case */
	size_t harmless;                /* processes with nothing to tell of */
	bool lost, failed;
};

/* --- What was found ------------------------------------------------------------------ */

/* What is told of: what a reader of the report would look at, and what the exit code is about. */
static bool is_told_of(const struct telling *telling, enum leak_verdict verdict)
{
	unsigned told = telling->errors_for | telling->leaks->show | 1u << LEAK_DEFINITE | 1u << LEAK_POSSIBLE;

	return told >> verdict & 1;
}

/* The same as the profile numbers them. */
static bool is_row_told_of(const struct telling *telling, const struct leak_row *row)
{
	return is_told_of(telling, (enum leak_verdict)(row->verdict - VERDICT_DEFINITE));
}

/*
 * Whether nothing in the last check is worth a word, by the profile alone: of
 * a build's thousand processes few lose memory, and names cost time.
 */
static bool is_harmless(const struct telling *telling, const char *path)
{
	struct arena arena = ARENA_INIT;
	struct error ignored = ERROR_INIT;
	struct profile_data data = { .state = NULL };
	const struct reader_leak_check *last = NULL;
	bool harmless;

	if (reader_read(path, &arena, &data, &ignored) == 0 && data.leak_check_count)
		last = &data.leak_checks[data.leak_check_count - 1];
	harmless = last && last->head.status == LEAK_DONE;
	for (size_t i = 0; harmless && i < last->row_count; i++)
		harmless = !is_row_told_of(telling, &last->rows[i]);
	arena_release(&arena);
	return harmless;
}

static int add(struct telling *telling, const char *path, struct error *err)
{
	const struct leaks_options options = {
		.files = telling->leaks->files.names, .file_count = telling->leaks->files.count,
		.show = telling->leaks->show, .paths = true, .today = leak_args_today(&telling->arena),
	};
	struct view_leaks view = { .judged = false };
	struct dataset *data = NULL;
	int code = dataset_open(&data, path, NULL, err);

	if (code == 0)
		code = leaks_find(data, &options, &view, err);
	dataset_free(data);
	return code ? code : leaks_set_add(&telling->set, &view, err);
}

/* What exec took with it is left out, but where nothing came after it. */
static bool is_last(const struct found_profile *found, size_t count, size_t index)
{
	for (size_t i = index + 1; found[index].executed && i < count; i++)
		if (found[i].pid == found[index].pid)
			return false;
	return true;
}

static void look_at_all(struct telling *telling, const struct found_profile *found, size_t count)
{
	struct error err;
	size_t processes = 0;

	for (size_t i = 0; i < count; i++)
		processes += is_last(found, count, i);
	for (size_t i = 0; i < count; i++) {
		if (!is_last(found, count, i))
			continue;
		if (processes > 1 && is_harmless(telling, found[i].path)) {
			telling->harmless++;
		} else if (add(telling, found[i].path, &err) != 0) {
			message("%s", err.message);
			telling->failed = true;
		}
	}
}

/* Where a process was killed or runs on there is nothing to judge; where it ended, there was. */
static void judge(struct telling *telling)
{
	for (size_t i = 0; i < telling->set.count; i++) {
		const struct view_leaks *view = &telling->set.items[i];

		for (int verdict = 0; verdict < LEAK_UNJUDGED; verdict++)
			if (telling->errors_for >> verdict & 1 && view->total[verdict].rows)
				telling->lost = true;
		if (!view->judged && view->process.state && (strcmp(view->process.state, "exited") == 0 ||
							     strcmp(view->process.state, "executed") == 0))
			telling->failed = true;
	}
}

/* --- What is said -------------------------------------------------------------------- */

/* "1234 worker: ", or nothing of a process that is the only one. */
static const char *process_words(struct telling *telling, const struct view_leaks *view)
{
	const char *path = view->process.executable ? view->process.executable : "unknown program";
	const char *slash = strrchr(path, '/');
	const char *words;

	if (telling->set.count + telling->harmless == 1)
		return "";
	words = arena_printf(&telling->arena, "%" PRIu32 " %s: ", view->process.pid, slash ? slash + 1 : path);
	return words ? words : "";
}

static void print_sum(const char *process, const char *words, const struct view_leak_total *total)
{
	if (total->rows)
		message("%s%s: %s in %" PRIu64 " block%s, from %" PRIu64 " place%s", process, words,
			units_size(total->bytes).text, total->blocks, total->blocks == 1 ? "" : "s",
			total->rows, total->rows == 1 ? "" : "s");
}

/* What is lost; of a process by itself what is reachable, too. */
static void print_sums(struct telling *telling, const struct view_leaks *view)
{
	const char *process = process_words(telling, view);

	if (!view->judged) {
		message("%sleaks are not known: %s", process, view->unjudged ? view->unjudged : "there was no check");
		return;
	}
	if (!*process && !view->total[LEAK_DEFINITE].rows && !view->total[LEAK_POSSIBLE].rows)
		message("no memory is lost");
	print_sum(process, "definitely lost", &view->total[LEAK_DEFINITE]);
	print_sum(process, "lost with it", &view->total[LEAK_INDIRECT]);
	print_sum(process, "possibly lost", &view->total[LEAK_POSSIBLE]);
	if (!*process || is_told_of(telling, LEAK_REACHABLE))
		print_sum(process, "still reachable", &view->total[LEAK_REACHABLE]);
	print_sum(process, "suppressed", &view->suppressed);
	if (view->inherited_blocks)
		message("%sof that, allocated before the fork, as its parent has it: %s in %" PRIu64 " block%s",
			process, units_size(view->inherited_bytes).text, view->inherited_blocks,
			view->inherited_blocks == 1 ? "" : "s");
}

/* To be pasted into a shell. */
static void print_next(const char *path, bool several)
{
	struct text command;

	text_init(&command);
	text_add(&command, several ? "dagmem leaks --follow " : "dagmem leaks ");
	text_add_shell_word(&command, path);
	if (!text_failed(&command))
		message("where: %s", command.data);
	text_release(&command);
}

static void print_full(const struct telling *telling)
{
	const struct report_options options = { .ascii = true };
	struct error ignored;

	if (telling->set.count)
		report_text.leaks(&telling->set, &options, stderr, &ignored);
}

static void print_harmless(const struct telling *telling)
{
	const char *other = telling->set.count ? "other " : "";

	if (telling->harmless == 1)
		message("the %sprocess loses no memory", other);
	else if (telling->harmless)
		message("the %s%zu processes lose no memory", other, telling->harmless);
}

static void print(struct telling *telling, const char *path)
{
	const struct view_leak_total *total = telling->set.total;
	size_t told = telling->set.count < PROCESSES_TOLD ? telling->set.count : PROCESSES_TOLD;

	if (telling->leaks->full)
		print_full(telling);
	for (size_t i = 0; !telling->leaks->full && i < told; i++)
		print_sums(telling, &telling->set.items[i]);
	if (!telling->leaks->full && told < telling->set.count)
		message("%zu more processes lose memory", telling->set.count - told);
	print_harmless(telling);
	if (!telling->leaks->full && (total[LEAK_DEFINITE].rows || total[LEAK_POSSIBLE].rows))
		print_next(path, telling->set.count + telling->harmless > 1);
}

/* A gate must not hold because nobody looked. */
static void complain(struct telling *telling)
{
	for (size_t i = 0; i < telling->set.count; i++)
		if (!telling->set.items[i].judged)
			print_sums(telling, &telling->set.items[i]);
	if (!telling->set.count && !telling->harmless)
		message("leaks are not known: the program left no profile");
}

/* --- All ----------------------------------------------------------------------------- */

static int exit_code_of(const struct telling *telling, int exit_code)
{
	if (!telling->leaks->error_exit_code)
		return exit_code;
	if (telling->lost)
		return telling->leaks->error_exit_code;
	return telling->failed && exit_code == EXIT_OK ? EXIT_RUN_FAILED : exit_code;
}

int run_leaks_report(const struct run_leaks *leaks, const struct run_watch *watch, pid_t pid, bool quiet,
		     int exit_code)
{
	struct profile_search search = { watch->setup->output, watch->setup->run_id,
					 watch->setup->follow ? 0 : pid };
	struct telling telling = {
		.leaks = leaks, .set = LEAKS_SET_INIT,
		.errors_for = leaks->errors_are_chosen ? leaks->errors_for : 1u << LEAK_DEFINITE,
	};
	struct found_profile *found;
	size_t count;

	if (!run_leaks_are_wanted(leaks))
		return exit_code;
	count = profile_search(&search, &telling.arena, &found);
	look_at_all(&telling, found, count);
	judge(&telling);
	telling.failed |= !count;
	if (!quiet && watch->path)
		print(&telling, watch->path);
	else if (telling.failed && leaks->error_exit_code)
		complain(&telling);
	exit_code = exit_code_of(&telling, exit_code);
	view_leaks_set_free(&telling.set);
	arena_release(&telling.arena);
	return exit_code;
}
