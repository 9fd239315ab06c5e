#include "cli/run_summary.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "analyzer/reader.h"
#include "base/error.h"
#include "base/text.h"
#include "base/units.h"
#include "cli/launch.h"
#include "cli/message.h"
#include "cli/profile_search.h"
#include "cli/run_watch.h"
#include "reports/quality.h"

struct totals { uint64_t allocations, live_bytes, live_blocks; };

static struct totals totals_of(const struct profile_data *data)
{
	struct totals totals = { 0 };

	for (uint32_t i = 0; i < data->account_count; i++) {
		const struct account_sums *sums = &data->accounts[i].sums;

		if (data->accounts[i].kind != ACCOUNT_HEAP)
			continue;
		totals.allocations += sums->allocations;
		totals.live_bytes += sums->live_bytes;
		totals.live_blocks += sums->live_blocks;
	}
	return totals;
}

static struct view_quality quality_of(const struct profile_data *data)
{
	const struct quality *from = &data->header.quality;

	return (struct view_quality){
		.walks_failed = from->walks_failed,
		.walks_truncated = from->walks_truncated,
		.stacks_folded = from->stacks_folded,
		.events_dropped = from->events_dropped,
		.events_before_start = from->events_before_start,
		.frees_unknown = from->frees_unknown,
		.frees_missed = from->frees_missed,
		.guard_healed = from->guard_healed,
		.shards_shared = from->shards_shared,
		.children_untraced = from->children_untraced,
		.check_stacks = from->check_stacks,
		.check_frames_differ = from->check_frames_differ,
		.check_ids_differ = from->check_ids_differ,
		.growth_failed = from->growth_failed,
		.nodes_misused = from->nodes_misused,
		.nodes_folded = from->nodes_folded,
		.executions_folded = from->executions_folded,
		.results_folded = from->results_folded,
		.pages_damaged = data->pages_damaged,
		.notes = (const char **)data->notes.items,
		.note_count = data->notes.count,
	};
}

static void print_end(const struct launch_outcome *outcome, bool out_of_memory)
{
	if (out_of_memory)
		message("the kernel killed the program for want of memory");
	else if (WIFSIGNALED(outcome->wait_status))
		message("the program was killed by signal %d (%s)", WTERMSIG(outcome->wait_status),
			strsignal(WTERMSIG(outcome->wait_status)));
}

static void print_totals(const struct profile_data *data)
{
	struct totals totals = totals_of(data);
	char bound[64] = "";

	if (data->header.peak_bound_bytes)
		snprintf(bound, sizeof bound, " (within %s)", units_size(data->header.peak_bound_bytes).text);
	message("peak %s%s, %" PRIu64 " allocations, %s in %" PRIu64 " blocks live at the end",
		units_size(data->header.peak_bytes).text, bound, totals.allocations,
		units_size(totals.live_bytes).text, totals.live_blocks);
}

/* The process went on as another program, and that one was not traced. */
static void print_untraced(const struct run_watch *watch, const struct profile_data *data)
{
	if (data->header.state == STATE_EXECUTED)
		message("this is %s, which executed %s: that was not traced, 'dagmem doctor' may tell why",
			data->executable ? data->executable : "the program",
			watch->executable ? watch->executable : "another program");
}

/* --- The processes of a run --------------------------------------------------- */

enum { PROCESSES_SHOWN = 50 };          /* a build has thousands */

struct processes {
	struct found_profile *items;
	size_t count;
	size_t printed;
	struct arena *arena;
};

static bool is_root(const struct processes *processes, size_t index)
{
	for (size_t i = 0; i < processes->count; i++)
		if (i != index && processes->items[i].pid == processes->items[index].parent_pid)
			return false;
	return true;
}

static const char *name_of(const struct profile_data *data)
{
	const char *slash = data->executable ? strrchr(data->executable, '/') : NULL;

	return slash ? slash + 1 : "?";
}

static void print_process(struct processes *processes, size_t index, int depth)
{
	const struct found_profile *process = &processes->items[index];
	struct profile_data data = { 0 };
	struct error ignored;
	char end[64] = "still running";

	if (processes->printed++ >= PROCESSES_SHOWN)
		return;
	reader_read_head(process->path, processes->arena, &data, &ignored);
	if (!data.state || strcmp(data.state, "running") != 0)
		snprintf(end, sizeof end, "peak %s", units_size(data.header.peak_bytes).text);
	message("%*s%" PRIu32 " %s: %s, %s", 2 * depth + 2, "", process->pid, name_of(&data), end,
		process->path);
}

/*
 * A process, and below it what it has started.  Profiles are in the order of
 * their start and a child starts after its parent, so this ends.
 */
static void print_tree(struct processes *processes, size_t index, int depth)
{
	uint32_t pid = processes->items[index].pid;
	bool last_of_pid = true;

	print_process(processes, index, depth);
	for (size_t i = index + 1; i < processes->count; i++)
		last_of_pid = last_of_pid && processes->items[i].pid != pid;
	if (!last_of_pid)
		return;         /* it executed another program, whose profile has the same children */
	for (size_t i = 0; i < processes->count; i++)
		if (processes->items[i].parent_pid == pid && processes->items[i].pid != pid)
			print_tree(processes, i, depth + 1);
}

static void print_processes(const struct run_watch *watch)
{
	struct profile_search search = { watch->setup->output, watch->setup->run_id, 0 };
	struct arena arena = ARENA_INIT;
	struct processes processes = { .arena = &arena };

	processes.count = profile_search(&search, &arena, &processes.items);
	if (processes.count > 1) {
		message("the run's processes:");
		for (size_t i = 0; i < processes.count; i++)
			if (is_root(&processes, i))
				print_tree(&processes, i, 0);
		if (processes.printed > PROCESSES_SHOWN)
			message("  %zu more: dagmem info lists them", processes.printed - PROCESSES_SHOWN);
	}
	arena_release(&arena);
}

/* What the process was, one after the other, before it became the program of `watch->path`. */
static void print_earlier(const struct run_watch *watch, pid_t pid)
{
	struct profile_search search = { watch->setup->output, watch->setup->run_id, pid };
	struct arena arena = ARENA_INIT;
	struct found_profile *found;
	struct error ignored;
	size_t count = profile_search(&search, &arena, &found);
	struct text names;

	text_init(&names);
	for (size_t i = 0; i + 1 < count; i++) {
		struct profile_data data = { 0 };

		reader_read_head(found[i].path, &arena, &data, &ignored);
		text_printf(&names, "%s%s", i ? ", then " : "", name_of(&data));
	}
	if (names.length && !text_failed(&names))
		message("before that, the process was %s: each has left a profile, too", names.data);
	text_release(&names);
	arena_release(&arena);
}

/* ------------------------------------------------------------------------------ */

/* To be pasted into a shell. */
static void print_next(const char *path, bool has_nodes)
{
	struct text command;

	text_init(&command);
	text_add(&command, has_nodes ? "dagmem dag show " : "dagmem top ");
	text_add_shell_word(&command, path);
	if (!text_failed(&command))
		message("next: %s", command.data);
	text_release(&command);
}

static void print_profile(const struct run_watch *watch, pid_t pid)
{
	struct arena arena = ARENA_INIT;
	struct profile_data data = { 0 };
	struct view_quality quality;
	struct error err;

	if (reader_read(watch->path, &arena, &data, &err) == 0) {
		print_untraced(watch, &data);
		print_totals(&data);
		quality = quality_of(&data);
		quality_print(&quality, "dagmem: not known: ", stderr);
	} else {
		message("%s", err.message);
	}
	arena_release(&arena);
	message("profile: %s", watch->path);
	if (watch->setup->follow)
		print_processes(watch);
	else
		print_earlier(watch, pid);
	print_next(watch->path, data.header.dag_nodes > 0);
}

void run_summary_print(const struct run_watch *watch, const struct launch_outcome *outcome,
		       bool out_of_memory)
{
	print_end(outcome, out_of_memory);
	if (watch->path)
		print_profile(watch, outcome->pid);
	else
		message("the program left no profile: it was not traced; 'dagmem doctor' may tell why");
}
