#include "tracer/dag_runs.h"

#include <string.h>
#include <time.h>

#include "tracer/dag_log.h"
#include "tracer/dag_nodes.h"
#include "tracer/lock.h"
#include "tracer/mapping.h"
#include "tracer/snapshot.h"
#include "tracer/total.h"

enum {
	RUNS_AT_A_TIME = 256,
	COUNTED_NODES_MAX = 16384,      /* of larger graphs executions are not kept run by run */
	BUDGET_PAGES = 1024,            /* all snapshots of runs together: these, or this part ... */
	BUDGET_PART = 4,                /* ... of the profile if that is more */
};

uint32_t dag_runs_newest;

static uint32_t going_on[RUNS_AT_A_TIME];       /* in the order of their begin */
static uint32_t going_on_count;
static struct dag_run *page[RUNS_KEPT_MAX / RUNS_PER_PAGE];
static struct lock lock;

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* --- Slots ---------------------------------------------------------------------------- */

/* The first half of the slots keeps its runs, the second goes to the newest. */
static uint32_t slot_of(uint32_t run)
{
	const uint32_t half = RUNS_KEPT_MAX / 2;

	return run <= half ? run - 1 : half + (run - half - 1) % half;
}

/* NULL: the profile is full. */
static struct dag_run *slot_at(uint32_t slot)
{
	struct dag_run **runs = &page[slot / RUNS_PER_PAGE];

	if (!*runs)
		*runs = pages_add(&profile.pages, PAGE_RUNS, 0, slot / RUNS_PER_PAGE);
	return *runs ? &(*runs)[slot % RUNS_PER_PAGE] : NULL;
}

static void write_begin(uint32_t run, const char *name, uint64_t iteration)
{
	struct dag_run *slot = slot_at(slot_of(run));

	if (!slot)
		return;
	__atomic_store_n(&slot->number, 0, __ATOMIC_RELEASE);
	slot->status = 0;
	slot->iteration = iteration;
	slot->begin_ns = now_ns();
	slot->end_ns = slot->heap_bytes = 0;
	slot->snapshot = 0;
	memset(slot->name, 0, sizeof slot->name);
	if (name)
		memcpy(slot->name, name, strnlen(name, sizeof slot->name - 1));
	__atomic_store_n(&slot->number, run, __ATOMIC_RELEASE);
}

/* --- Snapshots ------------------------------------------------------------------------ */

struct kept { uint32_t run, snapshot, pages; };

static struct kept kept[RUN_SNAPSHOTS_MAX];
static uint32_t kept_count, kept_pages;
static uint32_t every = 1;              /* runs from one snapshot to the next */
static uint32_t until_next;             /* runs that still end without one */

static void give_up(const struct kept *old)
{
	struct dag_run *run = slot_at(slot_of(old->run));

	if (run && run->number == old->run)
		run->snapshot = 0;
	snapshot_give_up(old->snapshot);
	kept_pages -= old->pages;
}

/* Keep every second, the first among them. */
static void thin(void)
{
	uint32_t left = 0;

	for (uint32_t i = 0; i < kept_count; i++)
		if (i % 2)
			give_up(&kept[i]);
		else
			kept[left++] = kept[i];
	kept_count = left;
	every *= 2;
}

static bool fits(void)
{
	uint32_t share = __atomic_load_n(&profile_header()->pages_used, __ATOMIC_RELAXED) / BUDGET_PART;
	uint32_t budget = share > BUDGET_PAGES ? share : BUDGET_PAGES;
	uint32_t newest = kept_count ? kept[kept_count - 1].pages : 0;

	return kept_count < RUN_SNAPSHOTS_MAX && kept_pages + newest <= budget;
}

/* How often each node was executed so far, into pages of the snapshot; how many pages. */
static uint32_t write_counts(uint32_t snapshot)
{
	uint32_t nodes = __atomic_load_n(&profile_header()->dag_nodes, __ATOMIC_RELAXED);
	struct dag_run_count *counts = NULL;
	uint32_t used = RUN_COUNTS_PER_PAGE, pages = 0;

	for (uint32_t node = 1; node <= nodes && nodes <= COUNTED_NODES_MAX; node++) {
		uint64_t executions = dag_log_executions(node);

		if (!executions)
			continue;
		if (used == RUN_COUNTS_PER_PAGE) {
			counts = snapshot_page(PAGE_RUN_COUNTS, snapshot, pages);
			if (!counts)
				return pages;
			pages++;
			used = 0;
		}
		counts[used++] = (struct dag_run_count){ .dag_node = node, .executions = executions };
	}
	return pages;
}

/* "run 17" */
static void label_of(uint64_t iteration, char *label)
{
	static const char word[] = "run ";
	char digits[24];
	size_t at = sizeof digits - 1;

	digits[at] = '\0';
	do
		digits[--at] = (char)('0' + iteration % 10);
	while (iteration /= 10);
	memcpy(label, word, sizeof word);
	memcpy(label + sizeof word - 1, digits + at, sizeof digits - at);
}

static void keep(struct dag_run *run)
{
	struct kept fresh = { .run = run->number };
	char label[SNAPSHOT_LABEL_MAX];

	label_of(run->iteration, label);
	if (!snapshot_of_run(label, &fresh.snapshot, &fresh.pages))
		return;
	fresh.pages += write_counts(fresh.snapshot);
	run->snapshot = fresh.snapshot + 1;
	kept[kept_count++] = fresh;
	kept_pages += fresh.pages;
}

/* Every so many runs, so that there never are more snapshots than there is room for. */
static void consider_keeping(struct dag_run *run)
{
	if (until_next) {
		until_next--;
		return;
	}
	while (kept_count > 1 && !fits())
		thin();
	if (fits())
		keep(run);
	until_next = every - 1;
}

/* --- Begin and end -------------------------------------------------------------------- */

static uint32_t begin(const char *name, uint64_t iteration)
{
	uint32_t run;

	if (going_on_count == RUNS_AT_A_TIME)
		return 0;
	run = __atomic_add_fetch(&profile_header()->dag_runs, 1, __ATOMIC_RELAXED);
	write_begin(run, name, iteration);
	going_on[going_on_count++] = run;
	__atomic_store_n(&dag_runs_newest, run, __ATOMIC_RELAXED);
	return run;
}

uint32_t dag_runs_begin(const char *name, uint64_t iteration)
{
	uint64_t signals = lock_take(&lock);
	uint32_t run = begin(name, iteration);

	lock_release(&lock, signals);
	dag_nodes_run_began();
	return run;
}

/* False: it does not go on. */
static bool leave(uint32_t run)
{
	uint32_t at = going_on_count;

	while (at > 0 && going_on[at - 1] != run)
		at--;
	if (!at)
		return false;
	memmove(&going_on[at - 1], &going_on[at], (going_on_count - at) * sizeof *going_on);
	going_on_count--;
	__atomic_store_n(&dag_runs_newest, going_on_count ? going_on[going_on_count - 1] : 0,
			 __ATOMIC_RELAXED);
	return true;
}

static void end(uint32_t run, int status)
{
	struct dag_run *slot = slot_at(slot_of(run));

	if (!slot || slot->number != run)
		return;
	slot->status = status;
	slot->heap_bytes = total_about();
	__atomic_store_n(&slot->end_ns, now_ns(), __ATOMIC_RELEASE);
	consider_keeping(slot);
}

void dag_runs_end(uint32_t run, int status)
{
	uint64_t signals = lock_take(&lock);
	bool known = leave(run);

	if (known)
		end(run, status);
	lock_release(&lock, signals);
	if (!known)
		dag_nodes_misused(MISUSE_UNKNOWN_RUN, run);
}

void dag_runs_fork(void)
{
	lock.holder = 0;
	memset(page, 0, sizeof page);
	kept_count = kept_pages = 0;
	every = 1;
	until_next = 0;
}
