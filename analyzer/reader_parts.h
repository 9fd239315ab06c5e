/*
 * reader_parts: the reader's own parts, one file each; nobody else's.
 *
 * Each fills its fields of `data` from the pages that `index` knows.  Only
 * want of memory fails: what is damaged is left out and counted in
 * index->damaged_pages.
 */
#ifndef DAGMEM_ANALYZER_READER_PARTS_H
#define DAGMEM_ANALYZER_READER_PARTS_H

#include "analyzer/page_index.h"
#include "analyzer/reader.h"
#include "base/map.h"

/*
 * How many accounts there may be: no id that a page names is above it.  Bounded
 * by the pages that exist, so that a forged header can't ask for gigabytes.
 */
uint32_t reader_account_limit(const struct page_index *index, const struct profile_header *header);

/*
 * While a lone thread's heap rises, its tracer leaves the maximum alone: where
 * the heap is above that, it is now.  Whenever the header was read.
 */
void reader_catch_up(struct page_index *index, struct profile_data *data);

/* The sums of accounts; also size classes and threads.  First of all: see reader.c. */
int reader_counters(struct page_index *index, struct arena *arena, struct profile_data *data,
		    struct error *err);

/* The same of one shard alone, which a thread has or has had. */
int reader_shard_counters(struct page_index *index, uint32_t shard, struct arena *arena,
			  struct profile_data *data, struct error *err);
int reader_snapshots(struct page_index *index, struct arena *arena, struct profile_data *data,
		     struct error *err);
int reader_leaks(struct page_index *index, struct arena *arena, struct profile_data *data,
		 struct error *err);
/* After the journal: puts the modules of the leaks' places right. */
void reader_leaks_modules(struct profile_data *data);
/* After the counters: the accounts' stacks. */
void reader_accounts(struct page_index *index, struct profile_data *data);
/* After the accounts, whose `stack` is put right. */
int reader_nodes(struct page_index *index, struct arena *arena, struct profile_data *data,
		 struct error *err);

/* For who reads a growing tree: what its nodes are known by. */
struct reader_merge {
	struct map map;         /* (parent, place) -> the first node of it */
	uint32_t *first;        /* by node: the one that stands for it */
};

/* As reader_account_limit(). */
uint32_t reader_node_limit(const struct page_index *index, const struct profile_header *header);

/*
 * The nodes from `from` on, or a few before; data->nodes and merge->first have
 * room for data->node_count and hold what came before.
 */
int reader_nodes_from(struct page_index *index, struct profile_data *data,
		      struct reader_merge *merge, uint32_t from, struct error *err);

/* Put the `stack` of all accounts right. */
void reader_find_stacks(struct profile_data *data, const struct reader_merge *merge);

/* After the nodes, whose modules are put right; adds carries to the counters. */
int reader_journal(struct page_index *index, struct arena *arena, struct profile_data *data,
		   struct error *err);
/* After the journal, which names the nodes. */
int reader_dag(struct page_index *index, struct arena *arena, struct profile_data *data,
	       struct error *err);
int reader_samples(struct page_index *index, struct arena *arena, struct profile_data *data,
		   struct error *err);

int reader_no_memory(struct error *err);

#endif
