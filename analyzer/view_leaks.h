/*
 * view_leaks: what reports see of a leak check: what is lost, who holds the rest, and
 * what grows.  `dagmem leaks`, the page and the gate show it.
 */
#ifndef DAGMEM_ANALYZER_VIEW_LEAKS_H
#define DAGMEM_ANALYZER_VIEW_LEAKS_H

#include "analyzer/view.h"

enum trend_verdict {
	TREND_UNKNOWN,                  /* too few points */
	TREND_FLAT,                     /* no trend that chance would not make */
	TREND_GROWING,
	TREND_LEVELS_OFF,               /* grew, and does so no more, or ever more slowly: a cache */
	TREND_SHRINKING,
	TREND_VERDICTS,
};

/* How a quantity moves; see trend.h. */
struct view_trend {
	enum trend_verdict verdict;
	double slope, low, high;        /* per unit of x, and the interval it lies in ... */
	double confidence;              /* ... with this chance: 0.95, less with very few points */
	size_t points;
	const char *unit;               /* of x: "s", "run", "execution"; NULL: not said */
	uint64_t since;                 /* of growth by run: the iteration it began in; VIEW_NOT_KNOWN */
};

enum leak_verdict {
	LEAK_DEFINITE,                  /* nothing holds it */
	LEAK_INDIRECT,                  /* only what is lost holds it */
	LEAK_POSSIBLE,                  /* only a pointer into its middle, or only what could not be seen */
	LEAK_REACHABLE,
	LEAK_UNJUDGED,                  /* no check of the heap was made: only live, not freed */
	LEAK_VERDICTS,
};

enum leak_grouping { LEAKS_BY_SITE, LEAKS_BY_NODE, LEAKS_BY_MODULE, LEAKS_BY_HOLDER, LEAKS_GROUPINGS };

/* What holds reachable memory: the root that the first pointer to it lies in. */
struct view_holder {
	const char *kind;               /* "global", "thread stack", "TLS", "mapping", "exit stack" ...; NULL: nothing */
	const char *text;               /* all of it in words: "global `cache` in model/cache.c" */
	const char *symbol;             /* the variable, where it is known */
	const char *word;               /* what of it the pointer is: "cache.buckets[17]", "cache+136"; NULL */
	const char *file;               /* that declares it; NULL: unknown */
	const char *module;             /* path of the executable or library */
	const char *thread;             /* name of a stack's or TLS's thread */
	uint64_t offset;                /* of the pointer in the variable, or in the module without one */
	uint32_t line, thread_id;       /* 0: unknown */
	struct view_frame frame;        /* of a stack: the function whose frame the pointer is in */
};

/* Blocks of one site, one pointing to the next, on the way from a root or in a lost cycle. */
struct view_leak_block {
	uint64_t blocks;
	uint64_t bytes;                 /* of the last; this and what follows: VIEW_NOT_KNOWN without heap graph */
	uint64_t offset;                /* of the pointer in the last to the next block, or to the row's own;
	                                   VIEW_NOT_KNOWN */
	uint64_t retained_bytes;
	struct view_frame frame;        /* that allocated them */
	const char *node;               /* DAG node that ran then; NULL: none */
};

struct view_leak {
	uint64_t rank;                  /* from 1 */
	enum leak_verdict verdict;
	uint64_t bytes, blocks;
	uint64_t indirect_bytes, indirect_blocks;       /* lost with it: what only these blocks hold */
	uint64_t retained_bytes;        /* freed if these were, or by holder if it let go; VIEW_NOT_KNOWN */
	uint64_t retained_blocks;       /* by holder; VIEW_NOT_KNOWN */
	uint64_t largest_bytes;         /* by holder: of `frame`'s; else VIEW_NOT_KNOWN */
	uint64_t cycles;                /* 0, or in how many lost rings of blocks they are, as told apart */
	uint64_t first_allocation_ns, last_allocation_ns;       /* since the start, at the latest: snapshots
	                                                           tell, and counters; VIEW_NOT_KNOWN */
	uint64_t since_allocation_ns;   /* nothing was allocated here in so long before the end; VIEW_NOT_KNOWN */
	uint64_t idle_runs;             /* nor in so many runs of the program's DAG; VIEW_NOT_KNOWN: has none */
	uint64_t idle_ns;               /* nothing of this site was freed for so long; VIEW_NOT_KNOWN */
	struct view_trend growth;       /* of the site's live bytes over time, freed ones included */
	struct view_frame frame;        /* the frame that owns it, by holder most of it; by module: empty but for that */
	const char *name;               /* by node, module or holder: what the row is */
	const char *node;               /* DAG node; NULL outside any */
	const struct view_frame *stack; /* outermost first; by site, else NULL */
	size_t stack_frames;
	struct view_holder held_by;     /* reachable, and what is only possibly lost */
	const char *lost_by;            /* how the last pointer went, as far as it is known; NULL */
	const struct view_leak_block *path;     /* on request; from the root down to what points to this row's */
	size_t path_blocks;             /* of a lost cycle: the way round, this block the first of all */
	bool path_cut;                  /* some in the middle are left out */
	uint64_t target_offset;         /* where in the row's largest block the way ends; 0: at its start */
	const char *suppressed_by;      /* name of the suppression; NULL: none, it counts */
	bool inherited;                 /* all of it was allocated before the process was forked */
};

struct view_leak_total { uint64_t rows, bytes, blocks; };

struct view_suppression {
	const char *name;               /* LSan's pattern, or valgrind's name */
	const char *file;               /* NULL: built in */
	const char *expires;            /* "2026-12-31", as its comment says; NULL: never */
	uint64_t bytes, blocks, rows;   /* that it matched */
	uint32_t line;
	bool expired;                   /* not honoured any more */
};

/* One check of the heap. */
struct view_leak_check {
	const char *label;              /* "exit", or what dagmem_leak_check() was told */
	uint64_t time_ns;               /* since the start */
	uint64_t pause_ns;              /* that the program stood still */
	uint64_t duration_ns;           /* CPU of the scan beside it */
	uint64_t scanned_bytes;         /* roots and blocks */
	uint64_t blocks, bytes;         /* live in all */
	uint64_t threads, threads_unseen;       /* of these neither registers nor stack pointer are known */
	const char **unseen;            /* what could not be captured, in words */
	size_t unseen_count;
};

struct view_leaks {
	struct arena arena;
	struct view_process process;
	bool judged;                    /* false: no check; rows are LEAK_UNJUDGED, `unjudged` says why */
	const char *unjudged;
	struct view_leak_check check;
	enum leak_grouping by;
	struct view_leak *rows;         /* suppressed ones last */
	size_t row_count;
	struct view_leak_total total[LEAK_VERDICTS];    /* not suppressed, whether shown or not */
	struct view_leak_total suppressed, other;       /* other: not shown for want of room (-n) */
	uint64_t inherited_bytes, inherited_blocks;     /* of `total`: what was there before the fork */
	struct view_suppression *suppressions;  /* users' all, of the built-in ones those that matched */
	size_t suppression_count;
	struct view_quality quality;
};

/* Leaks of the processes of a run, or of any profiles; never empty. */
struct view_leaks_set {
	struct view_leaks *items;       /* in the order they were added */
	size_t count;
	struct view_leak_total total[LEAK_VERDICTS], suppressed;        /* over all */
	uint64_t inherited_bytes, inherited_blocks;     /* of the totals: told of parent and child */
	struct view_suppression *suppressions;          /* over all, each once; texts are the items' */
	size_t suppression_count;
};

/* As in view.h: the struct itself is not freed, an empty view is fine. */
void view_leaks_free(struct view_leaks *view);
void view_leaks_set_free(struct view_leaks_set *set);

#endif
