-- The store's schema.  docs/SCHEMA.md explains it; the views at the end are
-- the public interface and keep their columns.
--
-- Sizes are bytes, counts are blocks or events, times are nanoseconds since
-- the program's start, unless a comment says otherwise.  NULL is "not known".
-- `profile` says which profile a row belongs to: 1 in a profile's own store.

CREATE TABLE profile (                  -- one row a profile
	id INTEGER PRIMARY KEY,
	imported_by TEXT NOT NULL,      -- version of the dagmem that wrote this store
	path TEXT NOT NULL,             -- of the profile, absolute
	fingerprint TEXT NOT NULL,      -- of the profile file: is this store still true?
	file_bytes INTEGER NOT NULL,    -- of the profile
	format_version INTEGER NOT NULL,
	tracer_version TEXT NOT NULL,
	machine INTEGER NOT NULL,       -- ELF machine number
	allocator TEXT,                 -- file name of the traced malloc's module
	pid INTEGER NOT NULL,
	parent_pid INTEGER NOT NULL,
	forked INTEGER NOT NULL,        -- 1: child of a fork without exec
	run_id INTEGER NOT NULL,        -- the same for all processes of one `dagmem run`; 0 = none
	executable TEXT,                -- path
	directory TEXT,                 -- working directory at start
	options TEXT,                   -- the tracer's
	process_node TEXT,              -- DAG node that the whole process belongs to
	state TEXT NOT NULL,            -- running, exited, killed, executed (another program), unknown
	exit_status INTEGER,            -- when exited
	signal INTEGER,                 -- when killed
	out_of_memory INTEGER NOT NULL, -- 1: killed by the kernel for want of memory
	start_realtime INTEGER NOT NULL,-- ns since 1970-01-01 UTC
	duration INTEGER NOT NULL,      -- ns; until the last sample when the end is not known
	peak_bytes INTEGER NOT NULL,    -- the heap's largest live size, as requested
	peak_bound_bytes INTEGER NOT NULL, -- the true peak is within this of peak_bytes
	peak_time INTEGER,              -- ns
	peak_resets INTEGER NOT NULL,   -- how often the program let the peak start anew
	threads INTEGER NOT NULL,       -- that ever allocated
	shards INTEGER NOT NULL,        -- sets of counters
	tracer_bytes INTEGER NOT NULL,  -- the tracer's own memory (virtual), profile not counted
	allocator_free_bytes INTEGER,   -- free inside the allocator at exit
	max_rss_bytes INTEGER,          -- largest resident set
	user_time INTEGER,              -- ns of CPU
	system_time INTEGER,            -- ns of CPU
	end_rss_bytes INTEGER,          -- resident set when the process ended
	tracer_rss_bytes INTEGER,       -- of that, the tracer's and the profile
	mapped_rss_bytes INTEGER,       -- of that, anonymous mappings of the program
	tick_width INTEGER NOT NULL     -- ns: account.last_allocation and last_free are at most so early
);

CREATE TABLE argument (                 -- the command line
	profile INTEGER NOT NULL,
	position INTEGER NOT NULL,      -- 0 = the program
	text TEXT NOT NULL,
	PRIMARY KEY (profile, position)
) WITHOUT ROWID;

CREATE TABLE quality (                  -- what was not seen; see docs/ACCOUNTING.md
	profile INTEGER NOT NULL,
	name TEXT NOT NULL,             -- walks_failed, events_dropped, pages_damaged ...
	value INTEGER NOT NULL,         -- how often
	PRIMARY KEY (profile, name)
) WITHOUT ROWID;

CREATE TABLE note (                     -- what the tracer had to say
	profile INTEGER NOT NULL,
	position INTEGER NOT NULL,
	text TEXT NOT NULL,
	PRIMARY KEY (profile, position)
) WITHOUT ROWID;

CREATE TABLE module (                   -- executables and libraries
	profile INTEGER NOT NULL,
	id INTEGER NOT NULL,
	path TEXT NOT NULL,
	build_id TEXT,                  -- hexadecimal
	start INTEGER NOT NULL,         -- address in memory
	end INTEGER NOT NULL,           -- address in memory, exclusive
	bias INTEGER NOT NULL,          -- address in memory less address in the file
	unloaded INTEGER NOT NULL,      -- 1: by dlclose
	symbols TEXT,                   -- lines, names, missing, rebuilt; NULL: no stack goes there
	symbol_files TEXT,              -- stamp of the files they may be in: are there more by now?
	PRIMARY KEY (profile, id)
) WITHOUT ROWID;

CREATE TABLE symbol (                   -- what a frame shows: the same in every run and build
	profile INTEGER NOT NULL,
	id INTEGER NOT NULL,
	function TEXT,                  -- demangled
	file TEXT,                      -- full path
	line INTEGER,                   -- from 1
	module TEXT,                    -- path
	offset INTEGER,                 -- address in the module's file, when there is no function
	PRIMARY KEY (profile, id)
) WITHOUT ROWID;

CREATE TABLE place (                    -- distinct code addresses
	profile INTEGER NOT NULL,
	id INTEGER NOT NULL,
	module INTEGER,                 -- module.id
	address INTEGER NOT NULL,       -- in the module's file (in memory without module): the call's end
	PRIMARY KEY (profile, id)
) WITHOUT ROWID;

CREATE TABLE place_frame (              -- frames at a place: functions inlined into each other
	profile INTEGER NOT NULL,
	place INTEGER NOT NULL,         -- place.id
	depth INTEGER NOT NULL,         -- 0 = innermost; all but the largest are inlined
	symbol INTEGER NOT NULL,        -- symbol.id
	PRIMARY KEY (profile, place, depth)
) WITHOUT ROWID;

CREATE TABLE node (                     -- the calling context tree; parent < id
	profile INTEGER NOT NULL,
	id INTEGER NOT NULL,            -- 0 is the root, which has no row
	parent INTEGER NOT NULL,        -- node.id of the caller
	place INTEGER NOT NULL,         -- place.id
	PRIMARY KEY (profile, id)
) WITHOUT ROWID;

CREATE TABLE dag_node (                 -- what the program announced as nodes of its DAG
	profile INTEGER NOT NULL,
	id INTEGER NOT NULL,            -- from 1
	name TEXT NOT NULL,             -- several nodes may have the same
	PRIMARY KEY (profile, id)
) WITHOUT ROWID;

CREATE TABLE dag_edge (                 -- whose results a node needs
	profile INTEGER NOT NULL,
	node INTEGER NOT NULL,          -- dag_node.id
	position INTEGER NOT NULL,      -- as the program named them, from 0
	dependency INTEGER NOT NULL,    -- dag_node.id
	PRIMARY KEY (profile, node, position)
) WITHOUT ROWID;

CREATE TABLE dag_sum (                  -- what the executions of a DAG node add up to
	profile INTEGER NOT NULL,
	node INTEGER NOT NULL,          -- dag_node.id
	requested INTEGER NOT NULL,     -- 1: its result is an output of the DAG
	executions INTEGER NOT NULL,    -- that have ended
	failed INTEGER NOT NULL,        -- of these
	busy INTEGER NOT NULL,          -- ns that they took, nested nodes included
	allocated_bytes INTEGER NOT NULL, -- on the threads that ran them, helpers included
	retained_bytes INTEGER NOT NULL,-- of that, less what was freed of the node's meanwhile; may be negative
	transient_bytes INTEGER NOT NULL, -- the most that one added to its thread's heap
	helper_bytes INTEGER NOT NULL,  -- ditto, of a helper's turn
	last_end INTEGER NOT NULL,      -- ns
	PRIMARY KEY (profile, node)
) WITHOUT ROWID;

CREATE TABLE dag_run (                  -- runs of the DAG; of very many the first and the newest
	profile INTEGER NOT NULL,
	number INTEGER NOT NULL,        -- from 1
	name TEXT,
	iteration INTEGER NOT NULL,     -- as the program said
	status INTEGER,                 -- when it has ended
	begin INTEGER NOT NULL,         -- ns
	end INTEGER,                    -- ns
	heap_bytes INTEGER,             -- live in the process at its end
	snapshot INTEGER,               -- snapshot.id of what nodes held then
	PRIMARY KEY (profile, number)
) WITHOUT ROWID;

CREATE TABLE dag_count (                -- how often a node had been executed at the end of a run
	profile INTEGER NOT NULL,
	snapshot INTEGER NOT NULL,      -- snapshot.id
	node INTEGER NOT NULL,          -- dag_node.id
	executions INTEGER NOT NULL,
	PRIMARY KEY (profile, snapshot, node)
) WITHOUT ROWID;

CREATE TABLE dag_execution (            -- single executions; of very many the first and the newest
	profile INTEGER NOT NULL,
	id INTEGER NOT NULL,            -- in the order of their begin
	node INTEGER NOT NULL,          -- dag_node.id
	run INTEGER NOT NULL,           -- dag_run.number; 0 = none
	shard INTEGER NOT NULL,         -- set of counters: the thread, while it lives
	status INTEGER NOT NULL,        -- 0 = it did what it should
	helper INTEGER NOT NULL,        -- 1: a helper's turn
	nested INTEGER NOT NULL,        -- 1: inside another node
	cut INTEGER NOT NULL,           -- 1: ended with the node around it, or with its thread
	begin INTEGER NOT NULL,         -- ns
	end INTEGER NOT NULL,           -- ns
	heap_bytes INTEGER NOT NULL,    -- live in the process at its begin
	transient_bytes INTEGER NOT NULL, -- the most that it added to its thread's heap
	allocated_bytes INTEGER NOT NULL, -- by the node itself, without nested ones
	retained_bytes INTEGER NOT NULL,-- of that, less what was freed of the node's; may be negative
	PRIMARY KEY (profile, id)
) WITHOUT ROWID;

CREATE INDEX dag_execution_node ON dag_execution (profile, node, run);

CREATE TABLE dag_turn (                 -- what threads ran when the profile ended
	profile INTEGER NOT NULL,
	shard INTEGER NOT NULL,
	node INTEGER NOT NULL,          -- dag_node.id
	begin INTEGER NOT NULL,         -- ns
	PRIMARY KEY (profile, shard)
) WITHOUT ROWID;

CREATE TABLE dag_result (               -- results, part by part; of very many the first and the newest
	profile INTEGER NOT NULL,
	id INTEGER NOT NULL,
	node INTEGER NOT NULL,          -- dag_node.id
	run INTEGER NOT NULL,           -- dag_run.number; 0 = none
	execution INTEGER,              -- ns: begin of the execution that produced it
	bytes INTEGER NOT NULL,
	in_heap INTEGER NOT NULL,       -- 1: a block or a pool; 0: its free is not seen
	requested INTEGER NOT NULL,     -- 1: an output of the DAG
	taken INTEGER NOT NULL,         -- 1: ended as another node's result, in the same block
	produced INTEGER NOT NULL,      -- ns
	released INTEGER,               -- ns; NULL: it was not announced
	freed INTEGER,                  -- ns; NULL: it is there still
	freed_by INTEGER,               -- dag_node.id; 0 = outside any; NULL: it is there still
	PRIMARY KEY (profile, id)
) WITHOUT ROWID;

CREATE INDEX dag_result_node ON dag_result (profile, node, run);

CREATE TABLE dag_misuse (               -- calls about DAG nodes that made no sense, once each
	profile INTEGER NOT NULL,
	position INTEGER NOT NULL,
	what TEXT NOT NULL,
	node INTEGER NOT NULL,          -- dag_node.id, or what was passed for one
	PRIMARY KEY (profile, position)
) WITHOUT ROWID;

CREATE TABLE account (                  -- what was charged to one call stack and DAG node
	profile INTEGER NOT NULL,
	id INTEGER NOT NULL,
	node INTEGER NOT NULL,          -- node.id of the innermost call site; 0 = not known
	dag_node INTEGER NOT NULL,      -- dag_node.id; 0 = outside any DAG node
	kind INTEGER NOT NULL,          -- 0 heap, 1 anonymous mapping, 2 pool
	owner INTEGER NOT NULL,         -- symbol.id of the frame that reports show
	allocations INTEGER NOT NULL,
	allocated_bytes INTEGER NOT NULL,
	frees INTEGER NOT NULL,
	freed_bytes INTEGER NOT NULL,
	live_bytes INTEGER NOT NULL,    -- at the end, with blocks inherited by fork
	live_blocks INTEGER NOT NULL,
	slack_bytes INTEGER NOT NULL,   -- live: usable less requested
	peak_bytes INTEGER NOT NULL,    -- live when the process's heap was largest
	peak_blocks INTEGER NOT NULL,
	temporaries INTEGER NOT NULL,   -- freed before the thread's next allocation
	last_allocation INTEGER,        -- ns: not before, and at most profile.tick_width later; NULL: none
	last_free INTEGER,              -- ditto
	PRIMARY KEY (profile, id)
) WITHOUT ROWID;

CREATE TABLE snapshot (
	profile INTEGER NOT NULL,
	id INTEGER NOT NULL,
	label TEXT NOT NULL,
	automatic INTEGER NOT NULL,     -- 0: by the program, 1: by `dagmem run`, 2: a run of its DAG ended
	time INTEGER NOT NULL,          -- ns
	live_bytes INTEGER NOT NULL,
	live_blocks INTEGER NOT NULL,
	peak_bytes INTEGER NOT NULL,    -- until then
	PRIMARY KEY (profile, id)
) WITHOUT ROWID;

CREATE TABLE snapshot_account (         -- accounts at a snapshot; zeros are left out
	profile INTEGER NOT NULL,
	snapshot INTEGER NOT NULL,      -- snapshot.id
	account INTEGER NOT NULL,       -- account.id
	allocations INTEGER NOT NULL,
	allocated_bytes INTEGER NOT NULL,
	live_bytes INTEGER NOT NULL,
	live_blocks INTEGER NOT NULL,
	slack_bytes INTEGER NOT NULL,
	temporaries INTEGER NOT NULL,
	PRIMARY KEY (profile, snapshot, account)
) WITHOUT ROWID;

CREATE TABLE sample (                   -- the process's totals, when they moved
	profile INTEGER NOT NULL,
	time INTEGER NOT NULL,          -- ns
	live_bytes INTEGER NOT NULL,    -- heap
	mapped_bytes INTEGER NOT NULL,  -- anonymous mappings
	allocations INTEGER NOT NULL,   -- since the start
	PRIMARY KEY (profile, time)
) WITHOUT ROWID;

CREATE TABLE rss_sample (               -- seen from outside by `dagmem run`
	profile INTEGER NOT NULL,
	time INTEGER NOT NULL,          -- ns
	rss_bytes INTEGER NOT NULL,     -- resident set
	anonymous_bytes INTEGER NOT NULL, -- the part of it that no file backs
	PRIMARY KEY (profile, time)
) WITHOUT ROWID;

CREATE TABLE size_class (               -- heap allocations by requested size
	profile INTEGER NOT NULL,
	class INTEGER NOT NULL,         -- 0 ...
	max_bytes INTEGER NOT NULL,     -- the largest request of the class
	allocations INTEGER NOT NULL,
	PRIMARY KEY (profile, class)
) WITHOUT ROWID;

CREATE TABLE thread (                   -- threads whose names are known
	profile INTEGER NOT NULL,
	id INTEGER NOT NULL,            -- as the kernel has it
	name TEXT NOT NULL,
	PRIMARY KEY (profile, id)
) WITHOUT ROWID;

CREATE TABLE leak_check (               -- each time that the heap was looked through
	profile INTEGER NOT NULL,
	id INTEGER NOT NULL,
	label TEXT NOT NULL,            -- the program's, or "exit"
	reason TEXT NOT NULL,           -- exit, called, requested, snapshot
	status TEXT NOT NULL,           -- done, no process, no memory, no maps, died: unless done there are no rows
	error INTEGER NOT NULL,         -- errno, or the signal that it died of
	time INTEGER NOT NULL,          -- ns
	stop_time INTEGER NOT NULL,     -- ns that the program was held up
	check_time INTEGER NOT NULL,    -- ns of CPU, beside the program
	blocks INTEGER NOT NULL,        -- live at that moment
	bytes INTEGER NOT NULL,         -- as requested
	usable_bytes INTEGER NOT NULL,
	root_bytes INTEGER NOT NULL,    -- looked through for pointers, beside the blocks
	table_bytes INTEGER NOT NULL,   -- memory that the check needed
	threads INTEGER NOT NULL,       -- beside the one that checked
	threads_stopped INTEGER NOT NULL, -- registers and stack pointer are known
	threads_seen INTEGER NOT NULL,  -- the stack pointer is known
	threads_unknown INTEGER NOT NULL, -- neither is
	flags INTEGER NOT NULL,         -- enum leak_flag of profile/leak_layout.h
	PRIMARY KEY (profile, id)
) WITHOUT ROWID;

CREATE TABLE leak (                     -- blocks of one account with one verdict and one holder
	profile INTEGER NOT NULL,
	leak_check INTEGER NOT NULL,    -- leak_check.id
	id INTEGER NOT NULL,            -- from 0
	account INTEGER NOT NULL,       -- account.id
	verdict TEXT NOT NULL,          -- definite, indirect, possible, reachable
	held_by TEXT,                   -- global, TLS, mapping, thread stack, register, exit stack,
	                                -- tagged pointer, C library, realloc, leak, cycle, unknown; NULL: nothing
	holder_account INTEGER,         -- account.id: of the mapping; of the lost block that leads there
	holder_thread INTEGER,          -- thread id
	holder_place INTEGER,           -- place.id: the function whose frame the pointer is in
	holder_module INTEGER,          -- module.id of the variable
	holder_offset INTEGER,          -- of the pointer in the variable, without one in the module's file or TLS
	variable TEXT,                  -- the global's name, or the thread-local one's
	variable_file TEXT,             -- that declares it, full path
	variable_line INTEGER,
	blocks INTEGER NOT NULL,
	bytes INTEGER NOT NULL,         -- as requested
	usable_bytes INTEGER NOT NULL,
	first_address INTEGER NOT NULL, -- of one of the blocks
	largest_address INTEGER NOT NULL, -- of the largest of them
	several_holders INTEGER NOT NULL, -- 1: the holder is the first of several
	path_cut INTEGER NOT NULL,      -- 1: steps in the middle of the path are missing
	target_offset INTEGER NOT NULL, -- in the largest, where the pointer to it leads; 0 = its start
	variable_member TEXT,           -- what of the variable the pointer is: ".table", "[3].next"
	PRIMARY KEY (profile, leak_check, id)
) WITHOUT ROWID;

CREATE TABLE leak_path (                -- how the largest block of a leak row was reached; of a cycle the way round
	profile INTEGER NOT NULL,
	leak_check INTEGER NOT NULL,
	leak INTEGER NOT NULL,          -- leak.id
	position INTEGER NOT NULL,      -- 0 = the block that points to it, the last is next to the root, or itself
	account INTEGER NOT NULL,       -- account.id
	blocks INTEGER NOT NULL,        -- so many of that account one after the other
	offset INTEGER,                 -- in the last of them, of the pointer to what follows; NULL: not known
	PRIMARY KEY (profile, leak_check, leak, position)
) WITHOUT ROWID;

CREATE TABLE heap_block (               -- the heap graph: filled by --heap-graph alone
	profile INTEGER NOT NULL,
	leak_check INTEGER NOT NULL,
	id INTEGER NOT NULL,            -- from 0, by address
	address INTEGER NOT NULL,
	bytes INTEGER NOT NULL,         -- as requested
	account INTEGER NOT NULL,       -- account.id
	verdict TEXT NOT NULL,
	dominator INTEGER,              -- heap_block.id of the nearest block that all ways there go through
	retained_bytes INTEGER NOT NULL, -- its own and those of all blocks that it dominates
	leak INTEGER,                   -- leak.id of the row that it is counted in
	keeper INTEGER,                 -- heap_holder.id of the one that all ways there come from; NULL: of several
	PRIMARY KEY (profile, leak_check, id)
) WITHOUT ROWID;

CREATE TABLE heap_edge (                -- pointers between blocks, in the order of the words
	profile INTEGER NOT NULL,
	leak_check INTEGER NOT NULL,
	source INTEGER NOT NULL,        -- heap_block.id
	position INTEGER NOT NULL,      -- among the source's, from 0
	target INTEGER NOT NULL,        -- heap_block.id
	interior INTEGER NOT NULL,      -- 1: does not point to its start
	offset INTEGER NOT NULL,        -- of the pointer in the source
	PRIMARY KEY (profile, leak_check, source, position)
) WITHOUT ROWID;

CREATE TABLE heap_root (                -- pointers into the heap from elsewhere
	profile INTEGER NOT NULL,
	leak_check INTEGER NOT NULL,
	position INTEGER NOT NULL,
	target INTEGER NOT NULL,        -- heap_block.id
	held_by TEXT NOT NULL,          -- as leak.held_by
	thread INTEGER,
	address INTEGER NOT NULL,       -- of the word
	holder INTEGER NOT NULL,        -- heap_holder.id
	PRIMARY KEY (profile, leak_check, position)
) WITHOUT ROWID;

CREATE TABLE heap_holder (              -- whose these pointers are: of a variable, a frame, a mapping
	profile INTEGER NOT NULL,
	leak_check INTEGER NOT NULL,
	id INTEGER NOT NULL,            -- from 0
	held_by TEXT NOT NULL,          -- as leak.held_by
	name TEXT NOT NULL,             -- in words, as 'dagmem leaks' says it
	variable TEXT,
	variable_file TEXT,             -- that declares it, full path
	thread TEXT,                    -- name
	words INTEGER NOT NULL,         -- pointers into the heap
	retained_bytes INTEGER NOT NULL, -- of all blocks that nobody else leads to
	retained_blocks INTEGER NOT NULL,
	PRIMARY KEY (profile, leak_check, id)
) WITHOUT ROWID;

CREATE VIEW top_lines AS                -- the heap by source line
SELECT a.profile AS profile, s.file AS file, s.line AS line, s.function AS function,
	s.module AS module,
	sum(a.live_bytes) AS live_bytes, sum(a.live_blocks) AS live_blocks,
	sum(a.peak_bytes) AS peak_bytes, sum(a.peak_blocks) AS peak_blocks,
	sum(a.allocated_bytes) AS allocated_bytes, sum(a.allocations) AS allocations,
	sum(a.temporaries) AS temporaries
FROM account a JOIN symbol s ON s.profile = a.profile AND s.id = a.owner
WHERE a.kind = 0
GROUP BY a.profile, s.file, s.line, CASE WHEN s.line IS NULL THEN s.function END,
	CASE WHEN s.line IS NULL THEN s.module END, CASE WHEN s.line IS NULL THEN s.offset END;

CREATE VIEW top_functions AS            -- the heap by function
SELECT a.profile AS profile, s.function AS function, s.file AS file, s.module AS module,
	sum(a.live_bytes) AS live_bytes, sum(a.live_blocks) AS live_blocks,
	sum(a.peak_bytes) AS peak_bytes, sum(a.peak_blocks) AS peak_blocks,
	sum(a.allocated_bytes) AS allocated_bytes, sum(a.allocations) AS allocations,
	sum(a.temporaries) AS temporaries
FROM account a JOIN symbol s ON s.profile = a.profile AND s.id = a.owner
WHERE a.kind = 0
GROUP BY a.profile, s.function, s.file, s.module, CASE WHEN s.function IS NULL THEN s.offset END;

CREATE VIEW stacks AS                   -- every frame of every account's stack
WITH RECURSIVE up (profile, account, level, node) AS (
	SELECT profile, id, 0, node FROM account WHERE node <> 0
	UNION ALL
	SELECT up.profile, up.account, up.level + 1, n.parent
	FROM up JOIN node n ON n.profile = up.profile AND n.id = up.node
	WHERE n.parent <> 0
)
SELECT up.profile AS profile, up.account AS account,
	up.level AS level,              -- 0 = innermost call site
	f.depth AS depth,               -- within it: 0 = innermost inlined function
	s.function AS function, s.file AS file, s.line AS line, s.module AS module,
	s.offset AS offset
FROM up
JOIN node n ON n.profile = up.profile AND n.id = up.node
JOIN place_frame f ON f.profile = n.profile AND f.place = n.place
JOIN symbol s ON s.profile = f.profile AND s.id = f.symbol;

CREATE VIEW snapshots AS                -- what each owner held at each snapshot
SELECT p.profile AS profile, p.id AS snapshot, p.label AS label, p.time AS time,
	s.file AS file, s.line AS line, s.function AS function, s.module AS module,
	sum(r.live_bytes) AS live_bytes, sum(r.live_blocks) AS live_blocks,
	sum(r.allocated_bytes) AS allocated_bytes, sum(r.allocations) AS allocations
FROM snapshot p
JOIN snapshot_account r ON r.profile = p.profile AND r.snapshot = p.id
JOIN account a ON a.profile = r.profile AND a.id = r.account
JOIN symbol s ON s.profile = a.profile AND s.id = a.owner
WHERE a.kind = 0
GROUP BY p.profile, p.id, a.owner;

CREATE VIEW timeline AS                 -- memory over time, one row a sample and series
SELECT profile, time, 'heap' AS series, live_bytes AS bytes FROM sample
UNION ALL SELECT profile, time, 'mapped', mapped_bytes FROM sample
UNION ALL SELECT profile, time, 'rss', rss_bytes FROM rss_sample;

CREATE VIEW executions AS               -- executions of DAG nodes by name
SELECT e.profile AS profile, n.name AS node, e.run AS run, r.iteration AS iteration,
	e.shard AS shard, e.begin AS begin, e.end AS end, e.status AS status, e.helper AS helper,
	e.heap_bytes AS heap_bytes, e.transient_bytes AS transient_bytes,
	e.allocated_bytes AS allocated_bytes, e.retained_bytes AS retained_bytes
FROM dag_execution e
JOIN dag_node n ON n.profile = e.profile AND n.id = e.node
LEFT JOIN dag_run r ON r.profile = e.profile AND r.number = e.run;

CREATE VIEW results AS                  -- results of DAG nodes, with when they were used
SELECT r.profile AS profile, n.name AS node, r.run AS run, r.bytes AS bytes,
	r.requested AS requested, r.taken AS taken, r.produced AS produced,
	min(e.begin) AS first_use, max(e.end) AS last_use,
	r.released AS released, r.freed AS freed,
	min(e.begin) - r.produced AS lag, max(e.end) - min(e.begin) AS use,
	max(0, coalesce(r.freed, p.duration) - max(e.end)) AS drag, -- NULL: nobody used it
	CASE WHEN e.id IS NULL THEN coalesce(r.freed, p.duration) - r.produced END AS void
FROM dag_result r
JOIN profile p ON p.id = r.profile
JOIN dag_node n ON n.profile = r.profile AND n.id = r.node
LEFT JOIN dag_edge d ON d.profile = r.profile AND d.dependency = r.node
LEFT JOIN dag_execution e ON e.profile = d.profile AND e.node = d.node AND e.run = r.run
	AND e.begin >= r.produced AND e.begin < coalesce((SELECT min(s.produced) FROM dag_result s
		WHERE s.profile = r.profile AND s.node = r.node AND s.run = r.run
		AND s.execution > r.execution), e.begin + 1)
GROUP BY r.profile, r.id;

CREATE VIEW leaks AS                    -- what each check found, by source line
SELECT l.profile AS profile, c.id AS leak_check, c.label AS label, l.verdict AS verdict,
	s.function AS function, s.file AS file, s.line AS line, s.module AS module,
	d.name AS node, l.held_by AS held_by, l.variable AS variable,
	sum(l.bytes) AS bytes, sum(l.blocks) AS blocks
FROM leak l
JOIN leak_check c ON c.profile = l.profile AND c.id = l.leak_check
JOIN account a ON a.profile = l.profile AND a.id = l.account
JOIN symbol s ON s.profile = a.profile AND s.id = a.owner
LEFT JOIN dag_node d ON d.profile = a.profile AND d.id = a.dag_node
GROUP BY l.profile, c.id, l.verdict, a.owner, d.name, l.held_by, l.variable;

CREATE VIEW holders AS                  -- who holds the heap, and how much of it alone: after --heap-graph
SELECT h.profile AS profile, c.id AS leak_check, c.label AS label, h.held_by AS held_by, h.name AS name,
	h.variable AS variable, h.variable_file AS variable_file, h.thread AS thread, h.words AS words,
	h.retained_bytes AS retained_bytes, h.retained_blocks AS retained_blocks
FROM heap_holder h
JOIN leak_check c ON c.profile = h.profile AND c.id = h.leak_check;
