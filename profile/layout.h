/*
 * layout: the bytes of a profile, shared by the tracer that writes it and by
 * everybody who reads it.  docs/FORMAT.md is the same in prose.
 *
 * A profile is the tracer's own memory, mapped shared from a file: it can be
 * read at any moment, also while the program runs and after SIGKILL.  All
 * integers have the byte order of the machine that wrote it (`byte_order`).
 *
 *   file    = extent 0 | extent 1 | ...            1 MiB each; the last may be short
 *   extent  = page 0 | page 1 | ... | page 255     4 KiB each
 *   page 0 of every extent is its directory: 256 entries of 16 bytes, entry i
 *   telling what page i holds.  Entry 0 is the extent's own: magic, version,
 *   extent number.  Page 1 of extent 0 is the header.
 *
 *        extent 0                                     extent 1
 *       +-----+--------+---------+---------+-- ... --+-----+-- ... --+
 *       | dir | header | journal | nodes 0 |         | dir | nodes 7 |
 *       +-----+--------+---------+---------+-- ... --+-----+-- ... --+
 *         |               ^
 *         +-- entry 2 = { PAGE_JOURNAL, owner 0, index 0 }
 *
 * Pages are handed out in file order and never move.  A writer fills a page,
 * then publishes its directory entry by storing `kind` last (release); a
 * reader loads `kind` first (acquire).  An entry of kind 0 is not in use yet.
 *
 * Numbering: the i-th record of a kind stands in the page whose index is
 * i / records-per-page.  Ids count from 0; id 0 of nodes is the root and id 0
 * of accounts means "none".
 *
 * This header is freestanding: no libc, no functions that allocate.
 */
#ifndef DAGMEM_PROFILE_LAYOUT_H
#define DAGMEM_PROFILE_LAYOUT_H

#include <stdint.h>

#define PROFILE_MAGIC "\x89" "dagmem\n"  /* 8 bytes, not NUL-terminated */
#define PROFILE_VERSION 1u
#define PROFILE_BYTE_ORDER 0x01020304u

enum {
	PAGE_BYTES = 4096,
	PAGES_PER_EXTENT = 256,
	EXTENT_BYTES = PAGE_BYTES * PAGES_PER_EXTENT,
	EXTENTS_MAX = 16384,              /* 16 GiB: more than any option allows */
	HEADER_PAGE = 1,
};

/* What a page holds; `owner` and `index` of its directory entry say which. */
enum page_kind {
	PAGE_UNUSED = 0,
	PAGE_HEADER = 1,        /* struct profile_header */
	PAGE_JOURNAL = 2,       /* records; index = position in the journal */
	PAGE_NODES = 3,         /* struct tree_node[256]; index = id / 256 */
	PAGE_ACCOUNTS = 4,      /* struct account[512]; index = id / 512 */
	PAGE_SHARD = 5,         /* struct shard_page; owner = shard */
	PAGE_COUNTERS = 6,      /* struct counter[64]; owner = shard, index = account / 64 */
	PAGE_SAMPLES = 7,       /* struct heap_sample[128]; index = sample / 128 */
	PAGE_RSS = 8,           /* struct rss_sample[128], written by `dagmem run` */
	PAGE_SNAPSHOT = 9,      /* struct snapshot_page; owner = snapshot, index = page of it */
	PAGE_FREE = 10,         /* was a snapshot's page, may be used for another */
	PAGE_DAG_SUMS = 11,     /* struct dag_sums[64]; owner = shard, index = DAG node / 64 */
	PAGE_EXECUTIONS = 12,   /* struct dag_execution[64]; owner = shard, index = page of it */
	PAGE_RESULTS = 13,      /* struct dag_result[64]; index = result / 64 */
	PAGE_RUNS = 14,         /* struct dag_run[32]; index = run's slot / 32 */
	PAGE_RUN_COUNTS = 15,   /* struct dag_run_count[256]; owner = snapshot, index = page of it */
	PAGE_LEAKS = 16,        /* leak_layout.h; owner = leak check, index = page of it */
	PAGE_ONCES = 17,        /* struct once[256]; index = account / 256 */
	PAGE_KINDS
};

struct extent_entry {           /* entry 0 of each directory */
	_Alignas(8) char magic[8];      /* PROFILE_MAGIC, stored at once */
	uint32_t version;       /* PROFILE_VERSION */
	uint32_t extent;        /* 0, 1, 2, ... */
};

struct page_entry {             /* entries 1..255 of each directory */
	uint32_t kind;          /* enum page_kind, published last */
	uint32_t owner;
	uint32_t index;
	uint32_t reserved;
};

/*
 * The calling context tree: a node is a call site under its caller.  Node 0
 * is the root (the place a thread starts in has parent 0), and parent < id
 * always holds.
 */
struct tree_node {
	uint64_t place;         /* module << 48 | return address */
	uint32_t parent;        /* node id */
	uint32_t account;       /* account of (this stack, no DAG node, heap), or 0 */
};

#define PLACE_ADDRESS_BITS 48
#define PLACE_ADDRESS(place) ((place) & ((UINT64_C(1) << PLACE_ADDRESS_BITS) - 1))
#define PLACE_MODULE(place) ((uint32_t)((place) >> PLACE_ADDRESS_BITS))
#define PLACE(module, address) ((uint64_t)(module) << PLACE_ADDRESS_BITS | (address))

/* Module ids count from 1, in the order of their RECORD_MODULE in the journal. */
enum {
	MODULE_NONE = 0,        /* generated code, or an address in no module */
	MODULES_MAX = 65534,
	MODULE_OVERFLOW = 65535,/* more modules than ids: address without module */
};

enum {
	NODE_ROOT = 0,
	/*
	 * A node whose address is one of these stands for frames that could not
	 * be told apart; its module is MODULE_NONE.
	 */
	PLACE_FOLDED = 1,       /* stacks past --max-profile, charged to the nearest ancestor */
	PLACE_TRUNCATED = 2,    /* the walk could not go on towards the root from here */
	PLACE_SIGNAL = 3,       /* set apart a signal's handler from what it interrupted */
};

enum account_kind {
	ACCOUNT_HEAP = 0,       /* malloc and its family */
	ACCOUNT_MAPPING = 1,    /* anonymous mmap */
	ACCOUNT_POOL = 2,       /* blocks of a pool the program announced */
};

/*
 * An account: what is charged.  A call stack (the tree_node id of its innermost
 * call site), the DAG node that ran (0: outside any) and the enum account_kind.
 */
struct account {
	uint64_t subject;      /* all three: subject.h.  0: the account is not there yet */
};

/*
 * One shard's counters of one account: one cache line, one writer at a time.
 * Sum over the shards for the account's value; a single shard's live value
 * may be negative, since a free is counted where it happens.
 *
 *   live bytes = allocated_bytes - freed_bytes      live blocks = allocations - frees
 *   at the peak: at_peak_* if the epoch is the header's, else the live value
 *
 * Two words have a tick in their lower 24 bits: tick.h.
 */
struct counter {
	uint64_t allocations;
	uint64_t allocated_bytes;       /* as requested */
	uint64_t frees;
	uint64_t freed_bytes;
	uint64_t slack_and_free;        /* live: usable minus requested; tick of the last free */
	uint64_t epoch_and_allocation;  /* of the peak; tick of the last allocation */
	uint64_t at_peak_bytes;
	uint32_t at_peak_blocks;        /* modulo 2^32: exact in the sum */
	uint32_t temporaries;           /* low half; RECORD_CARRY adds 2^32 */
};

/* A counter in a quarter of its space, where one shard used the account once: once.h. */
struct once { uint64_t what, when; };

enum {
	NODES_PER_PAGE = PAGE_BYTES / 16,
	ACCOUNTS_PER_PAGE = PAGE_BYTES / 8,
	COUNTERS_PER_PAGE = PAGE_BYTES / 64,
	ONCES_PER_PAGE = PAGE_BYTES / 16,
	ACCOUNT_BITS = 25,              /* as many as a shadow entry can name */
	ACCOUNTS_MAX = 1 << ACCOUNT_BITS,
	NODES_MAX = 1 << 26,
	SHARDS_MAX = 1024,
};

enum {
	DAG_SUMS_PER_PAGE = PAGE_BYTES / 64,
	EXECUTIONS_PER_PAGE = PAGE_BYTES / 64,
	RESULTS_PER_PAGE = PAGE_BYTES / 64,
	RUNS_PER_PAGE = PAGE_BYTES / 128,
	RUN_COUNTS_PER_PAGE = PAGE_BYTES / 16,
	DAG_NODES_MAX = 1 << 18,        /* further ones are taken for older ones of their names */
	EXECUTION_PAGES_MAX = 4096,     /* of all shards: 262,144 single executions */
	RESULTS_KEPT_MAX = 1 << 17,     /* beside those that are there */
	RUNS_KEPT_MAX = 4096,
	RUN_SNAPSHOTS_MAX = 64,
};

/*
 * Size classes of requests: 16-byte steps up to 1024, then four steps per
 * power of two.  size_class_of() in size_class.h is the only definition.
 */
enum { SIZE_CLASSES = 256 };

enum shard_flag {
	SHARD_INHERITED = 1,    /* blocks that a forked child got from its parent: live, but no events */
};

struct shard_page {             /* PAGE_SHARD */
	uint32_t flags;         /* enum shard_flag */
	uint32_t owner_tid;     /* the thread that has it now, 0 = none */
	uint32_t owners;        /* how many threads have had it */
	uint32_t dag_node;      /* that the thread runs now; 0: none */
	int64_t net_bytes;      /* heap: allocated minus freed here */
	int64_t net_blocks;
	uint64_t allocations;   /* heap; ditto */
	uint64_t allocated_bytes;
	int64_t mapped_bytes;   /* anonymous mappings */
	char thread_name[16];   /* of the newest owner */
	uint64_t dag_begin_ns;  /* of that node's execution; 0: not known */
	uint64_t reserved2[6];
	uint64_t size_class[SIZE_CLASSES];      /* heap allocations by size class */
};

/* What the tracer could not do; every report shows what is not zero. */
struct quality {
	uint64_t walks;                 /* slow stack walks (libunwind) */
	uint64_t walks_failed;          /* no frame at all */
	uint64_t walks_truncated;       /* did not reach the thread's start */
	uint64_t stacks_folded;         /* charged to an ancestor: --max-profile, disk full */
	uint64_t events_dropped;        /* could not be accounted */
	uint64_t events_before_start;   /* served from the bootstrap arena */
	uint64_t frees_unknown;         /* of blocks never seen allocated */
	uint64_t frees_missed;          /* a block's address was handed out again unfreed */
	uint64_t guard_healed;          /* a hook was left by longjmp or cancellation */
	uint64_t shards_shared;         /* events of threads that found no free shard */
	uint64_t children_untraced;     /* forked, not followed */
	uint64_t modules_unloaded;
	uint64_t check_stacks;          /* stacks compared with the oracle (check=N) */
	uint64_t check_frames_differ;
	uint64_t check_ids_differ;
	uint64_t growth_failed;         /* the file could not grow: disk full, limits */
	uint64_t nodes_misused;         /* calls about DAG nodes and pools that made no sense */
	uint64_t nodes_folded;          /* DAG nodes taken for others of their name: there are too many */
	uint64_t executions_folded;     /* known in the sums of their nodes only */
	uint64_t results_folded;        /* of results that have ended, ditto: nothing is known any more */
	uint64_t reserved[4];
};

enum program_state {
	STATE_RUNNING = 1,              /* or ended in a way nobody recorded */
	STATE_EXITED = 2,               /* `exit_status` is valid */
	STATE_KILLED = 3,               /* `signal` is valid; written by `dagmem run` */
	STATE_EXECUTED = 5,             /* became another program by exec; that has its own profile */
};

/*
 * What somebody outside asks of a running tracer.  Who asks holds a write lock
 * (fcntl) on these bytes, writes kind and label, then counts request_sequence
 * up.  The tracer looks at that number where it has stopped to think anyway,
 * at most ten times a second, believes nothing of what it finds, and answers.
 */
enum request_kind {
	REQUEST_NONE = 0,       /* nothing, or taken back */
	REQUEST_SNAPSHOT = 1,   /* of all accounts, named `label` */
	REQUEST_LEAK_CHECK = 2, /* of the heap as it is, named `label` */
};

enum request_answer {
	REQUEST_DONE = 1,
	REQUEST_UNKNOWN = 2,    /* this tracer knows no such kind */
	REQUEST_FAILED = 3,     /* it tried; a note in the journal may say more */
};

struct profile_request {
	uint32_t kind;          /* enum request_kind */
	uint32_t served;        /* by the tracer, last: the request_sequence that it has done with */
	uint32_t answer;        /* by the tracer: enum request_answer, of that one */
	uint32_t reserved;
	char label[64];         /* need not end */
};

/* PAGE_HEADER.  The first 256 bytes are constant once `ready` is 1. */
struct profile_header {
	uint32_t ready;
	uint32_t byte_order;            /* PROFILE_BYTE_ORDER */
	uint32_t header_bytes;          /* sizeof(struct profile_header) of the writer */
	uint32_t machine;               /* EM_X86_64, EM_AARCH64 */
	uint32_t pid;
	uint32_t parent_pid;
	uint64_t start_ticks;           /* /proc/PID/stat field 22: tells PID reuse */
	uint64_t start_realtime_ns;
	uint64_t start_monotonic_ns;
	uint64_t run_id;                /* the same for all processes of a `dagmem run` */
	uint32_t granule_bytes;         /* of the shadow */
	uint32_t forked;                /* 1: child of fork without exec */
	char allocator[32];             /* file name of the next malloc's module */
	char tracer_version[16];
	char boot_id[40];               /* /proc/sys/kernel/random/boot_id */
	uint64_t max_profile_bytes;
	uint8_t reserved[96];

	/* Growth: bumped atomically by whoever takes a page (tracer, or `dagmem run`). */
	uint32_t pages_used;            /* next page to hand out, directories included */
	uint32_t pages_allocated;       /* file space promised by the file system */
	uint32_t nodes;                 /* node ids handed out, root included */
	uint32_t accounts;              /* account ids handed out, 0 included */
	uint32_t shards;                /* shard numbers handed out */
	uint32_t journal_pages;
	uint32_t modules;               /* RECORD_MODULEs written */
	uint32_t snapshots;             /* snapshot numbers handed out */
	uint32_t dag_nodes;             /* DAG node ids handed out; they count from 1 */
	uint32_t execution_pages;       /* taken by all shards */
	uint32_t results;               /* slots of PAGE_RESULTS that have been in use */
	uint32_t dag_runs;              /* begun */
	uint32_t leak_checks;           /* numbers handed out */
	uint8_t reserved1[12];

	/* Peak: one line. Written seldom, read at each event. */
	uint64_t moment;                /* peak epoch, which grows with every new maximum; tick: tick.h */
	uint64_t peak_bytes;            /* the maximum of the heap's live bytes */
	uint64_t peak_bound_bytes;      /* the true peak is within this of peak_bytes */
	uint64_t peak_monotonic_ns;     /* coarse */
	uint64_t peak_resets;           /* dagmem_reset_peak() calls */
	uint32_t request_sequence;      /* counted up by who has filled `request`; in this line
	                                   because the tracer looks at it beside the peak */
	uint32_t tick_gap_ms;           /* the longest that the tick stood still */
	uint8_t reserved2[16];

	/* Samples: seqlock; odd while they are being thinned. */
	uint32_t samples_sequence;
	uint32_t samples;               /* heap samples in use */
	uint32_t samples_capacity;
	uint32_t rss_samples_sequence;
	uint32_t rss_samples;
	uint32_t rss_samples_capacity;
	uint8_t reserved3[40];

	/* The end, as far as it is known. */
	uint32_t state;                 /* enum program_state */
	int32_t exit_status;
	uint32_t signal;
	uint32_t out_of_memory;         /* 1: the kernel's OOM killer, by the cgroup's count */
	uint64_t end_monotonic_ns;
	uint64_t private_bytes;         /* anonymous memory the tracer mapped for itself (virtual) */
	uint64_t max_rss_bytes;         /* of the program, from wait4; 0 = not known */
	uint64_t user_ns, system_ns;    /* CPU, ditto */
	uint64_t allocator_free_bytes;  /* resident in the heap but in no block at exit; UINT64_MAX = not known */
	uint64_t end_rss_bytes;         /* resident, all of it, when the process ended; 0 = not known */
	uint64_t tracer_rss_bytes;      /* of that, the tracer's own and the profile */
	uint64_t mapped_rss_bytes;      /* of that, the program's anonymous mappings */
	uint8_t reserved4[40];

	struct quality quality;
	struct profile_request request;
};

/*
 * The journal: append-only records, each a multiple of 8 bytes, never across
 * pages.  `type` is stored last (release); type 0 ends a page that is still
 * being written, RECORD_PAD fills a page's rest.
 */
enum record_type {
	RECORD_NONE = 0,
	RECORD_PAD = 1,
	RECORD_COMMAND = 2,     /* text: argv, each argument NUL-terminated (cut if very long) */
	RECORD_EXECUTABLE = 3,  /* text: path */
	RECORD_DIRECTORY = 4,   /* text: working directory at start */
	RECORD_MODULE = 5,      /* struct module_record */
	RECORD_MODULE_GONE = 6, /* u32 module id: was unloaded */
	RECORD_NOTE = 7,        /* text: what the tracer has to say to the user */
	RECORD_CARRY = 8,       /* struct carry_record: temporaries += 2^32 */
	RECORD_OPTIONS = 10,    /* text: DAGMEM_OPTIONS as it was given */
	RECORD_DAG_NODE = 11,   /* struct dag_node_record */
	RECORD_DAG_OUTPUT = 12, /* u32 DAG node: its result was requested */
	RECORD_DAG_MISUSE = 13, /* struct dag_misuse_record */
	RECORD_DAG_POOL = 14,   /* text: name of a pool */
	RECORD_PROCESS_NODE = 16,       /* text: the DAG node that the whole process belongs to */
};

struct record {
	uint32_t size_bytes;    /* header included, multiple of 8 */
	uint32_t type;          /* published last */
};

enum { BUILD_ID_MAX = 32, RECORD_BYTES_MAX = PAGE_BYTES };

struct module_record {
	struct record record;
	uint64_t start, end;    /* addresses, end exclusive */
	uint64_t bias;          /* address in memory minus address in the file */
	uint32_t id;            /* module id */
	uint32_t build_id_bytes;
	uint8_t build_id[BUILD_ID_MAX];
	char path[];            /* NUL-terminated */
};

struct carry_record {
	struct record record;
	uint32_t shard, account;
};

enum { DAG_NAME_MAX = 1024, DAG_DEPENDENCIES_PER_RECORD = 512 };

/*
 * A node of the program's DAG.  One that depends on more nodes than a record
 * holds has further records, without name.
 */
struct dag_node_record {
	struct record record;
	uint32_t id;            /* from 1; a dependency is less */
	uint32_t dependencies;
	uint32_t dependency[];  /* after them the name, NUL-terminated */
};

struct u32_record {             /* RECORD_MODULE_GONE, RECORD_DAG_OUTPUT */
	struct record record;
	uint32_t value[2];
};

/* Calls of dagmem.h that made no sense.  Each pair of kind and node is told once. */
enum dag_misuse {
	MISUSE_UNKNOWN_NODE = 1,        /* an id that was never declared; `node` is that */
	MISUSE_DEPENDENCY = 2,          /* declared with a dependency that was not declared before */
	MISUSE_END_WITHOUT_BEGIN = 3,
	MISUSE_ENDED_WITH_OUTER = 4,    /* a node was ended before those begun inside it */
	MISUSE_TOO_DEEP = 5,            /* more nodes inside each other than are followed */
	MISUSE_PRODUCED_TWICE = 6,      /* the same data, by the same node */
	MISUSE_NOT_PRODUCED = 7,        /* released, but never produced or not any more there */
	MISUSE_RELEASED_TWICE = 8,
	MISUSE_UNKNOWN_RUN = 9,         /* ended, but never begun; `node` is the run */
	MISUSE_UNKNOWN_POOL = 10,       /* node 0; ditto, as the two that follow */
	MISUSE_UNKNOWN_POOL_BLOCK = 11, /* freed, but never allocated in that pool */
	MISUSE_POOL_BLOCK_TWICE = 12,   /* allocated again without a free */
	MISUSE_IN_HANDLER = 13,         /* called by a signal handler that interrupted the tracer */
	MISUSES
};

struct dag_misuse_record {
	struct record record;
	uint32_t kind, node;    /* enum dag_misuse */
};

/*
 * What one shard's executions of a DAG node add up to: one line, one writer.
 * Sum over the shards, or take the largest, for the node's.  Nodes with folded
 * executions have them in here, too.
 */
struct dag_sums {
	uint64_t executions;            /* that have ended */
	uint64_t failed;                /* of these, with a status other than 0 */
	uint64_t busy_ns;               /* their durations, nested nodes included */
	uint64_t allocated_bytes;       /* by the node itself */
	int64_t retained_bytes;         /* of that, less what was freed of the node's while it ran */
	uint64_t transient_bytes;       /* the largest of an execution */
	uint64_t helper_bytes;          /* the largest of a helper's turn */
	uint64_t last_end_ns;
};

enum execution_flag {
	EXECUTION_HELPER = 1,   /* a helper's turn: from one context_set() to the next */
	EXECUTION_CUT = 2,      /* ended with the node around it, not by itself */
	EXECUTION_NESTED = 4,   /* begun inside another node */
};

/*
 * One execution of a DAG node on one thread, that has ended.  Those of one
 * shard stand in the order of their ends until there is no more room; from then
 * on the newest take the places of the oldest in the second half.
 */
struct dag_execution {
	uint32_t dag_node;              /* 0: not used */
	uint32_t run;                   /* that went on when it began; 0: none */
	int32_t status;
	uint32_t flags;                 /* enum execution_flag */
	uint64_t begin_ns, end_ns;      /* CLOCK_MONOTONIC; end_ns is stored last */
	uint64_t heap_bytes;            /* of the whole process when it began, to within peak_bound_bytes */
	uint64_t transient_bytes;       /* the most that the thread's heap was above its begin */
	uint64_t allocated_bytes;       /* by the node itself, without those inside it */
	int64_t retained_bytes;         /* as in dag_sums */
};

enum result_flag {
	RESULT_BLOCK = 1,       /* a heap block: its free is seen */
	RESULT_POOL = 2,        /* all of a pool */
	RESULT_OUTPUT = 4,      /* requested when it was produced */
	RESULT_TAKEN = 8,       /* ended as another node's result, in the same block */
};

/*
 * A result, or a part of one: parts of one result have the same DAG node and
 * execution.  Slots are used again when there are many, never while the result
 * is there.
 */
struct dag_result {
	uint32_t dag_node;              /* 0: not used */
	uint32_t run;
	uint64_t execution_ns;          /* when the execution began that produced it; 0: none known */
	uint64_t bytes;
	uint64_t produced_ns, released_ns, freed_ns;    /* CLOCK_MONOTONIC; 0: not yet */
	uint32_t freed_by;              /* the DAG node that ran there; 0: outside any */
	uint32_t flags;                 /* enum result_flag */
	uint32_t slack_bytes;           /* of the block */
	uint32_t sequence;              /* grows when the slot is used again; odd while it is written */
};

enum { RUN_NAME_MAX = 72 };

/* A run of the program's DAG. */
struct dag_run {
	uint32_t number;                /* from 1; 0: not used */
	int32_t status;
	uint64_t iteration;             /* as the program said */
	uint64_t begin_ns, end_ns;      /* end_ns 0: it goes on */
	uint64_t heap_bytes;            /* live in the process at its end */
	uint32_t snapshot;              /* of what nodes held at its end, plus 1; 0: none */
	uint32_t reserved;
	uint64_t reserved2;
	char name[RUN_NAME_MAX];        /* NUL-terminated */
};

/* How often a node had been executed at the snapshot of a run's end. */
struct dag_run_count {
	uint32_t dag_node, reserved;
	uint64_t executions;
};

struct heap_sample {            /* taken by the tracer when the total moved */
	uint64_t monotonic_ns;  /* CLOCK_MONOTONIC_COARSE */
	uint64_t live_bytes;    /* heap */
	uint64_t mapped_bytes;  /* anonymous mappings */
	uint64_t allocations;   /* heap, since the start */
};

struct rss_sample {             /* taken by `dagmem run` from outside */
	uint64_t monotonic_ns;
	uint64_t rss_bytes;
	uint64_t anonymous_bytes;
	uint64_t reserved;
};

enum {
	SAMPLES_PER_PAGE = PAGE_BYTES / 32,
	SAMPLE_PAGES = 16,      /* of each kind */
};

enum snapshot_kind {
	SNAPSHOT_NAMED = 1,     /* dagmem_snapshot("label") */
	SNAPSHOT_AUTOMATIC = 2, /* by `dagmem run`, from outside */
	SNAPSHOT_RUN = 3,       /* a run of the program's DAG ended: "run ITERATION" */
};

/* One account's sum over all shards at the snapshot; accounts of zeros are left out. */
struct snapshot_row {
	uint32_t account;
	uint32_t reserved;
	uint64_t allocations, allocated_bytes;
	uint64_t frees, freed_bytes;
	int64_t slack_bytes;
	uint64_t temporaries;
};

enum { SNAPSHOT_LABEL_MAX = 64, SNAPSHOT_ROWS_PER_PAGE = 71 };

struct snapshot_page {          /* PAGE_SNAPSHOT; page 0 of a snapshot has the head filled in */
	uint32_t rows;          /* in this page */
	uint32_t kind;          /* enum snapshot_kind; 0 until the whole snapshot is written */
	uint32_t pages;         /* of this snapshot */
	uint32_t reserved;
	uint64_t monotonic_ns;
	uint64_t live_bytes, live_blocks, peak_bytes;
	char label[SNAPSHOT_LABEL_MAX];
	struct snapshot_row row[SNAPSHOT_ROWS_PER_PAGE];
};

#define LAYOUT_ASSERT(name, condition) _Static_assert(condition, #name)
LAYOUT_ASSERT(entry_is_16_bytes, sizeof(struct page_entry) == 16);
LAYOUT_ASSERT(extent_entry_is_16_bytes, sizeof(struct extent_entry) == 16);
LAYOUT_ASSERT(directory_is_one_page, PAGES_PER_EXTENT * sizeof(struct page_entry) == PAGE_BYTES);
LAYOUT_ASSERT(node_is_16_bytes, sizeof(struct tree_node) == 16);
LAYOUT_ASSERT(account_is_one_word, sizeof(struct account) == 8);
LAYOUT_ASSERT(counter_is_one_line, sizeof(struct counter) == 64);
LAYOUT_ASSERT(once_is_16_bytes, sizeof(struct once) == 16);
LAYOUT_ASSERT(shard_fits_its_page, sizeof(struct shard_page) <= PAGE_BYTES);
LAYOUT_ASSERT(header_fits_its_page, sizeof(struct profile_header) <= PAGE_BYTES);
LAYOUT_ASSERT(growth_on_its_own_line, __builtin_offsetof(struct profile_header, pages_used) == 256);
LAYOUT_ASSERT(peak_on_its_own_line, __builtin_offsetof(struct profile_header, moment) % 64 == 0);
LAYOUT_ASSERT(sample_is_32_bytes, sizeof(struct heap_sample) == 32 && sizeof(struct rss_sample) == 32);
LAYOUT_ASSERT(dag_sums_is_one_line, sizeof(struct dag_sums) == 64);
LAYOUT_ASSERT(execution_is_one_line, sizeof(struct dag_execution) == 64);
LAYOUT_ASSERT(result_is_one_line, sizeof(struct dag_result) == 64);
LAYOUT_ASSERT(run_is_two_lines, sizeof(struct dag_run) == 128);
LAYOUT_ASSERT(run_count_is_16_bytes, sizeof(struct dag_run_count) == 16);
LAYOUT_ASSERT(snapshot_fits_its_page, sizeof(struct snapshot_page) <= PAGE_BYTES);

#endif
