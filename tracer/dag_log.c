#include "tracer/dag_log.h"

#include "tracer/guard.h"
#include "tracer/mapping.h"
#include "tracer/shards.h"

static void fold(uint64_t executions)
{
	__atomic_fetch_add(&profile_header()->quality.executions_folded, executions,
			   __ATOMIC_RELAXED);
}

/* --- Sums --------------------------------------------------------------------------- */

static COLD struct dag_sums *make_sums(struct thread *thread, uint32_t page)
{
	struct dag_sums *made = pages_add(&profile.pages, PAGE_DAG_SUMS, thread->shard, page);

	__atomic_store_n(&thread->dag.log.sums[page], made, __ATOMIC_RELEASE);
	return made;
}

/* NULL: the profile is full. */
static inline struct dag_sums *sums_of(struct thread *thread, uint32_t node)
{
	uint32_t page = node / DAG_SUMS_PER_PAGE;
	struct dag_sums *sums = thread->dag.log.sums[page];

	if (unlikely(!sums)) {
		sums = make_sums(thread, page);
		if (!sums)
			return NULL;
	}
	return &sums[node % DAG_SUMS_PER_PAGE];
}

static inline void raise_to(uint64_t *most, uint64_t value)
{
	if (value > *most)
		*most = value;
}

static void add_up(struct dag_sums *sums, const struct dag_execution *execution)
{
	sums->allocated_bytes += execution->allocated_bytes;
	sums->retained_bytes += execution->retained_bytes;
	if (execution->flags & EXECUTION_HELPER) {
		raise_to(&sums->helper_bytes, execution->transient_bytes);
		return;
	}
	raise_to(&sums->transient_bytes, execution->transient_bytes);
	sums->busy_ns += execution->end_ns - execution->begin_ns;
	sums->failed += execution->status != 0;
	sums->last_end_ns = execution->end_ns;
	__atomic_store_n(&sums->executions, sums->executions + 1, __ATOMIC_RELAXED);
}

uint64_t dag_log_executions(uint32_t node)
{
	uint32_t shards = shards_count();
	uint64_t executions = 0;

	for (uint32_t i = 0; i < shards; i++) {
		const struct thread *thread = shards_at(i);
		const struct dag_sums *sums = thread ?
			__atomic_load_n(&thread->dag.log.sums[node / DAG_SUMS_PER_PAGE],
					__ATOMIC_ACQUIRE) : NULL;

		if (sums)
			executions += __atomic_load_n(&sums[node % DAG_SUMS_PER_PAGE].executions,
						      __ATOMIC_RELAXED);
	}
	return executions;
}

/* --- Single executions -------------------------------------------------------------- */

/* Another page of the shard's own; each may have one, whatever all have together. */
static struct dag_execution *new_page(struct thread *thread)
{
	struct dag_log *log = &thread->dag.log;
	uint32_t *all = &profile_header()->execution_pages;
	struct dag_execution *page;

	if (log->full || (log->pages && __atomic_load_n(all, __ATOMIC_RELAXED) >= EXECUTION_PAGES_MAX))
		return NULL;
	page = pages_add(&profile.pages, PAGE_EXECUTIONS, thread->shard, log->pages);
	if (!page)
		return NULL;
	__atomic_fetch_add(all, 1, __ATOMIC_RELAXED);
	log->at = log->pages++;
	log->page[log->at] = page;
	return page;
}

/* The page of the second half whose executions are the oldest there. */
static struct dag_execution *old_page(struct dag_log *log)
{
	log->full = true;
	if (!log->pages)
		return NULL;
	log->at = log->at + 1 < log->pages ? log->at + 1 : log->pages / 2;
	fold(EXECUTIONS_PER_PAGE);
	return log->page[log->at];
}

static COLD bool turn_page(struct thread *thread)
{
	struct dag_log *log = &thread->dag.log;
	struct dag_execution *page = new_page(thread);

	if (!page)
		page = old_page(log);
	log->next = page;
	log->end = page ? page + EXECUTIONS_PER_PAGE : NULL;
	return page != NULL;
}

/* A reader takes those whose end is not before their begin. */
static inline void write_execution(struct dag_execution *to, const struct dag_execution *from)
{
	__atomic_store_n(&to->end_ns, 0, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	to->dag_node = from->dag_node;
	to->run = from->run;
	to->status = from->status;
	to->flags = from->flags;
	to->begin_ns = from->begin_ns;
	to->heap_bytes = from->heap_bytes;
	to->transient_bytes = from->transient_bytes;
	to->allocated_bytes = from->allocated_bytes;
	to->retained_bytes = from->retained_bytes;
	__atomic_store_n(&to->end_ns, from->end_ns, __ATOMIC_RELEASE);
}

void dag_log_add(struct thread *thread, const struct dag_execution *execution)
{
	struct dag_log *log = &thread->dag.log;
	struct dag_sums *sums = sums_of(thread, execution->dag_node);

	if (likely(sums))
		add_up(sums, execution);
	if (unlikely(log->next == log->end) && !turn_page(thread)) {
		fold(1);
		return;
	}
	write_execution(log->next++, execution);
}

static void forget_pages(struct dag_log *log)
{
	for (uint32_t i = 0; i < log->pages; i++)
		log->page[i] = NULL;
	for (uint32_t i = 0; i < DAG_NODES_MAX / DAG_SUMS_PER_PAGE; i++)
		if (log->sums[i])       /* a look makes no memory resident, a store would */
			log->sums[i] = NULL;
	log->next = log->end = NULL;
	log->pages = log->at = 0;
	log->full = false;
}

void dag_log_fork(void)
{
	uint32_t shards = shards_count();

	for (uint32_t i = 0; i < shards; i++) {
		struct thread *thread = shards_at(i);

		if (thread)
			forget_pages(&thread->dag.log);
	}
	profile_header()->execution_pages = 0;
}
