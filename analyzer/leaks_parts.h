/*
 * leaks_parts: what leaks' own parts share; nobody else's.
 *
 *   leaks.c          which check, which records, whom suppressions hide
 *   leaks_entries.c  records with one key become an entry; what order they have
 *   leaks_graph.c    what they retain, by the heap graph
 *   leaks_rows.c     entries become the rows of the view
 */
#ifndef DAGMEM_ANALYZER_LEAKS_PARTS_H
#define DAGMEM_ANALYZER_LEAKS_PARTS_H

#include "analyzer/dataset.h"
#include "analyzer/fill.h"
#include "analyzer/leak_history.h"
#include "analyzer/leak_words.h"
#include "analyzer/leaks.h"
#include "analyzer/load_leaks.h"
#include "analyzer/suppress.h"
#include "base/error.h"

enum {
	LEAKS_SHOWN_BY_DEFAULT = 1 << LEAK_DEFINITE | 1 << LEAK_POSSIBLE | 1 << LEAK_UNJUDGED,
	LEAKS_HELD = 1 << LEAK_POSSIBLE | 1 << LEAK_REACHABLE,
	LEAKS_NOT_SUPPRESSED = UINT32_MAX,
};

/* A row in the making: records with one key. */
struct leaks_entry {
	const struct leak_record *record;       /* the first, which names frame, stack and holder */
	struct view_holder held_by;
	uint64_t bytes, blocks, largest, indirect_bytes, indirect_blocks;
	uint64_t inherited_bytes, inherited_blocks;     /* by fork */
	uint64_t retained_bytes, retained_blocks;       /* VIEW_NOT_KNOWN; blocks: by holder alone */
	uint32_t group;                         /* of the history */
	uint32_t suppressed_by;                 /* number of the suppression */
	uint32_t name;                          /* by node: DAG node; by module: symbol */
	uint64_t cycles;
	bool several_threads;                   /* of one name hold it */
	bool is_held_row;                       /* by holder: how sure it is comes after how much */
	bool is_largest;                        /* of its group */
	struct view_trend growth;
};

struct leaks_finder {
	struct dataset *data;
	const struct loaded *loaded;
	const struct leaks_options *options;
	struct arena arena;             /* gone when the view is filled */
	struct fill fill;
	struct suppressions suppressions;
	struct suppressor suppressor;
	uint32_t *owners;               /* by node of the call tree */
	struct leak_check_row *checks;
	size_t check_count;
	const struct leak_check_row *check;     /* NULL: nothing is judged */
	struct leak_record *records, *earlier;  /* earlier: of the check before */
	size_t record_count, earlier_count;
	struct leaks_entry *entries;
	size_t entry_count;
	uint32_t *group_of;             /* by index of the account */
	struct map groups, keys, heads; /* heads: account to its lost entry */
	struct intern texts;
	struct leak_history history;
	uint32_t *entry_of_row;         /* by id of the record */
	uint32_t row_limit;             /* ids are below */
	struct view_suppression *matched;       /* by suppression */
	struct view_leaks *view;
	struct error *err;
};

int leaks_no_memory(struct leaks_finder *finder);

/* The check before the one in question that was done; NULL: there is none. */
const struct leak_check_row *leaks_check_before(const struct leaks_finder *finder);

/* Of a stack and verdict; LEAKS_NOT_SUPPRESSED: nothing hides it. */
uint32_t leaks_suppression_of(struct leaks_finder *finder, const struct leak_record *record);

/* finder->entries from its records. */
int leaks_make_entries(struct leaks_finder *finder);

/* What a reader should look at first, or what grows fastest; needs their growth, and what they retain. */
int leaks_sort_entries(struct leaks_finder *finder);

/* What entries retain, and the store's heap graph, where the options say so. */
int leaks_use_graph(struct leaks_finder *finder);

/* Everything in the view but its process and quality. */
void leaks_fill_view(struct leaks_finder *finder);

#endif
