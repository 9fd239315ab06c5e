/*
 * leak_layout: what a leak check leaves: pages of PAGE_LEAKS in the profile,
 * and on request a heap graph in a file of its own.  Written by the tracer's
 * forked child (tracer/leak_*.c), read by the analyzer; docs/FORMAT.md is the
 * same in prose, docs/LEAKS.md says what the words mean.
 *
 *   page (PAGE_LEAKS, owner = number of the check, index 0)       struct leak_head
 *   page (PAGE_LEAKS, owner = number of the check, index 1, ...)  struct leak_page
 *
 * The head's directory entry is published last, so that a check whose child
 * was killed is simply not there: pages without a page 0 are to be skipped.
 * Freestanding, like layout.h.
 */
#ifndef DAGMEM_PROFILE_LEAK_LAYOUT_H
#define DAGMEM_PROFILE_LEAK_LAYOUT_H

#include "profile/layout.h"

/* What made the check happen. */
enum leak_reason {
	LEAK_AT_EXIT = 1,       /* after the program's own exit handlers, or in _exit() */
	LEAK_CALLED = 2,        /* dagmem_leak_check("label") */
	LEAK_REQUESTED = 3,     /* from outside: REQUEST_LEAK_CHECK */
	LEAK_AT_SNAPSHOT = 4,   /* with a named snapshot, whose label it has */
};

enum leak_status {
	LEAK_DONE = 0,
	LEAK_NO_PROCESS = 1,    /* fork was refused; `error` is the errno */
	LEAK_NO_MEMORY = 2,     /* the child found none for its tables */
	LEAK_NO_MAPS = 3,       /* /proc/self/maps could not be read; `error` is the errno */
	LEAK_DIED = 4,          /* the child was killed; `error` is the signal */
};

/* What could not be known; each is a reason to believe a verdict less. */
enum leak_flag {
	LEAK_ROWS_FOLDED = 1,   /* too many rows: holders were put together, by module or kind */
	LEAK_NO_EXIT_FRAME = 2, /* exit()'s caller was not found: its whole stack is a root */
	LEAK_FOREIGN_HEAP = 4,  /* not glibc's allocator: its own memory is told apart less well */
	LEAK_WITH_TAGGED = 8,   /* tagged and unaligned pointers were looked for (tagged=1) */
	LEAK_GRAPH_WRITTEN = 16,/* the heap graph is there, whole */
	LEAK_GRAPH_FAILED = 32, /* it was asked for and could not be written */
	LEAK_NO_THREADS = 64,   /* /proc/self/task could not be read: other threads are not known */
	LEAK_NO_SIGNAL = 128,   /* no signal was free to stop other threads by */
	LEAK_WAS_PAUSED = 256,  /* blocks may live that no table knows (dagmem_pause) */
};

/* As memcheck has them. */
enum heap_verdict {
	VERDICT_DEFINITE = 1,      /* nothing points to it, or only a cycle that nothing points to */
	VERDICT_INDIRECT = 2,      /* only lost blocks point to it */
	VERDICT_POSSIBLE = 3,      /* only pointers into its inside lead to it, or what is not sure */
	VERDICT_REACHABLE = 4,
	HEAP_VERDICTS = 5,
};

/*
 * What holds a block, or lost it.  "the word" is the root through which the
 * block was reached first, directly or along `path`; roots are tried in the
 * order global, TLS, mapping, stack, register, exit stack.
 */
enum leak_holder {
	HELD_BY_NOTHING = 0,    /* definite */
	HELD_BY_GLOBAL = 1,     /* place: module and address of the word */
	HELD_BY_TLS = 2,        /* tid; address of the word; place: module and offset in its TLS segment, 0 = not known */
	HELD_BY_MAPPING = 3,    /* address of the word; account: who mapped it, 0 = not the program itself */
	HELD_BY_STACK = 4,      /* tid; address of the word; place: code of the frame it is in, 0 = not known */
	HELD_BY_REGISTER = 5,   /* tid; place: where that thread is */
	HELD_BY_EXIT_STACK = 6, /* as HELD_BY_STACK, of the thread that called exit(), from its caller on */
	HELD_BY_TAGGED = 7,     /* possible: address of a word that is the pointer but for its tag */
	HELD_BY_LOADER = 8,     /* the C library's: vectors and blocks of (also ended threads') TLS */
	HELD_BY_REALLOC = 9,    /* a block that is being moved by realloc(), of thread tid */
	HELD_BY_LEAK = 10,      /* indirect: account of the lost block that leads to it */
	HELD_BY_CYCLE = 11,     /* definite: a cycle of lost blocks; account: the least in it */
	HELD_BY_UNKNOWN = 12,   /* possible: a thread's registers or stack are not known */
	HELD_BY_FREED = 13,     /* definite: freed memory still points to it */
	LEAK_HOLDERS = 14,
};

/* PAGE_LEAKS, index 0. */
struct leak_head {
	uint32_t pages;                 /* of this check, this one included */
	uint32_t rows;
	uint32_t reason;                /* enum leak_reason */
	uint32_t status;                /* enum leak_status: unless LEAK_DONE there are no rows */
	uint32_t error;
	uint32_t flags;                 /* enum leak_flag */
	uint64_t monotonic_ns;          /* of the fork: what the child saw is of this moment */
	uint64_t stop_ns;               /* the program was held up so long */
	uint64_t check_ns;              /* the child's CPU time, writing included */
	uint64_t blocks;                /* live at that moment */
	uint64_t bytes, usable_bytes;
	uint64_t root_bytes;            /* looked through for pointers, besides blocks */
	uint64_t table_bytes;           /* the child's private memory at its largest */
	uint32_t threads;               /* others than the one that checked */
	uint32_t threads_stopped;       /* of these: registers and stack pointer are known */
	uint32_t threads_seen;          /* only the stack pointer is known */
	uint32_t threads_unknown;       /* neither: the whole stack was looked through */
	uint64_t verdict_blocks[HEAP_VERDICTS];
	uint64_t verdict_bytes[HEAP_VERDICTS];
	char label[SNAPSHOT_LABEL_MAX];
};

enum leak_row_flag {
	LEAK_PATH_CUT = 1,      /* steps in the middle of `path` were left out */
	LEAK_HOLDER_FOLDED = 2, /* stands for several words: address and place are those of the largest block */
};

/* On the way from a root: `blocks` of one account, one after the other. */
struct leak_step {
	uint32_t account;
	uint32_t blocks;
	uint64_t offset;                /* in the last of them, of the pointer to what follows */
};

#define LEAK_OFFSET_UNKNOWN UINT64_MAX

enum { LEAK_STEPS_MAX = 7, LEAK_ROWS_PER_PAGE = 21 };

/* All live blocks of one account with one verdict and one holder. */
struct leak_row {
	uint32_t account;
	uint8_t verdict;                /* enum heap_verdict */
	uint8_t holder;                 /* enum leak_holder */
	uint8_t steps;                  /* used of path[] */
	uint8_t flags;                  /* enum leak_row_flag */
	uint32_t holder_account;
	uint32_t holder_tid;
	uint64_t holder_place;          /* module << 48 | address; code: as if a return address */
	uint64_t holder_address;
	uint64_t blocks;
	uint64_t bytes;                 /* as requested */
	uint64_t usable_bytes;
	uint64_t sample[2];             /* addresses: the row's first block, and its largest */
	uint64_t target_offset;         /* in the largest, where the pointer to it leads; its start is 0 */
	/*
	 * The shortest way by which the largest was reached, from what holds it
	 * to the root: path[0] points to it, and path[i + 1] to path[i].  For a
	 * cycle the way round: the last step is the block itself.  Empty when the
	 * root itself points to it.
	 */
	struct leak_step path[LEAK_STEPS_MAX];
};

struct leak_page {
	uint32_t rows;                  /* in this page */
	uint32_t reserved[15];
	struct leak_row row[LEAK_ROWS_PER_PAGE];
};

/*
 * The heap graph of check N of PROFILE is the file PROFILE.heap.N.
 *
 *   struct heap_graph_head
 *   struct heap_graph_block [blocks]        by address
 *   struct heap_graph_edge [edges]          those of block 0, of block 1, ...
 *   uint64_t first_edge [blocks + 1]        block i has edge[first_edge[i] .. first_edge[i + 1])
 *   struct heap_graph_root [roots]
 *
 * An edge or a root names a block by its index; HEAP_GRAPH_INTERIOR is set when
 * the pointer does not lead to its start.  The words of a block are taken in
 * order, doubles are kept.  The C library's vectors of TLS blocks, and these
 * blocks themselves, have no edges: what lies in those of living threads is in
 * the roots.  The head is written last: without its magic a file is of no use.
 */
#define HEAP_GRAPH_MAGIC "\x89" "daheap\n"       /* 8 bytes, not NUL-terminated */
#define HEAP_GRAPH_VERSION 1u
#define HEAP_GRAPH_INTERIOR (UINT32_C(1) << 31)
#define HEAP_GRAPH_NO_ROW UINT32_MAX

struct heap_graph_head {
	char magic[8];
	uint32_t version;
	uint32_t byte_order;            /* PROFILE_BYTE_ORDER */
	uint32_t pid;                   /* of the profile, as is the start: whose graph it is */
	uint32_t check;
	uint64_t start_ticks;
	uint64_t blocks, edges, roots;
	uint64_t blocks_at, edges_at, first_edges_at, roots_at;         /* bytes from the start */
	uint64_t start_realtime_ns;
	uint8_t reserved[32];
};

struct heap_graph_block {
	uint64_t address;
	uint64_t bytes;                 /* as requested */
	uint32_t account;
	uint32_t row;                   /* of the check, that it is counted in; HEAP_GRAPH_NO_ROW */
	uint8_t verdict;                /* enum heap_verdict */
	uint8_t reserved[7];
};

struct heap_graph_edge {
	uint32_t block;
	uint32_t word;                  /* of 8 bytes, of the block that points */
};

struct heap_graph_root {
	uint32_t block;
	uint8_t holder;                 /* enum leak_holder */
	uint8_t reserved[3];
	uint32_t tid;
	uint32_t account;               /* HELD_BY_MAPPING: who mapped it */
	uint64_t place;                 /* as leak_row.holder_place */
	uint64_t address;               /* of the word */
};

LAYOUT_ASSERT(leak_head_fits_its_page, sizeof(struct leak_head) <= PAGE_BYTES);
LAYOUT_ASSERT(leak_row_is_three_lines, sizeof(struct leak_row) == 192);
LAYOUT_ASSERT(leak_page_is_a_page, sizeof(struct leak_page) == PAGE_BYTES);
LAYOUT_ASSERT(graph_head_is_two_lines, sizeof(struct heap_graph_head) == 128);
LAYOUT_ASSERT(graph_block_is_32_bytes, sizeof(struct heap_graph_block) == 32);
LAYOUT_ASSERT(graph_edge_is_8_bytes, sizeof(struct heap_graph_edge) == 8);
LAYOUT_ASSERT(graph_root_is_32_bytes, sizeof(struct heap_graph_root) == 32);

#endif
