#include "tracer/lifecycle.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "profile/tick.h"
#include "tracer/account.h"
#include "tracer/dag_log.h"
#include "tracer/dag_nodes.h"
#include "tracer/dag_pools.h"
#include "tracer/dag_results.h"
#include "tracer/dag_runs.h"
#include "tracer/exec.h"
#include "tracer/guard.h"
#include "tracer/journal.h"
#include "tracer/leak.h"
#include "tracer/mapping.h"
#include "tracer/memory.h"
#include "tracer/modules.h"
#include "tracer/real.h"
#include "tracer/regions.h"
#include "tracer/request.h"
#include "tracer/shadow.h"
#include "tracer/shards.h"
#include "tracer/snapshot.h"
#include "tracer/sys.h"
#include "tracer/total.h"
#include "tracer/unwind.h"
#include "tracer/unwind_check.h"
#include "tracer/unwind_rows.h"

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

extern void *__libc_stack_end __attribute__((weak));
/* What at_quick_exit(3) calls; the handler gets the status, too. */
extern int __cxa_at_quick_exit(void (*handler)(void *, int), void *module) __attribute__((weak));

enum { GATE_BYTES = 65536 };    /* the largest page any kernel uses */

static union { struct gate gate; char page[GATE_BYTES]; } gate_page
	__attribute__((aligned(GATE_BYTES)));
extern struct gate gate __attribute__((alias("gate_page"), visibility("hidden")));

static enum { STAGE_NEW, STAGE_STARTING, STAGE_RECORDING, STAGE_DETACHED } stage;
static struct options options;
static char program_name[64];
static char temporary[OPTION_PATH_MAX];
static uint32_t paused;
static bool ever_paused;
static struct leak_caller exit_caller;
static uint32_t exit_tid;               /* the thread that called exit(), by our hook */
static uintptr_t heap_start;            /* where brk stood, on a page of its own */

bool lifecycle_ready(void)
{
	return stage == STAGE_RECORDING && gate.alive;
}

/* The environment as the kernel laid it out: there also before the C library is set up. */
static char **initial_environment(void)
{
	uintptr_t *stack = &__libc_stack_end ? __libc_stack_end : NULL;

	return stack ? (char **)(stack + 1 + stack[0] + 1) : environ;
}

/* To stderr, unless that is a file which a limit keeps from growing: SIGXFSZ would kill. */
static void say(const char *text)
{
	struct rlimit limit;
	struct stat st;

	if (sys_failed(sys_call(SYS_fstat, 2, (long)&st, 0, 0, 0, 0)) ||
	    sys_failed(sys_call(SYS_prlimit64, 0, RLIMIT_FSIZE, 0, (long)&limit, 0, 0)) ||
	    (S_ISREG(st.st_mode) && limit.rlim_cur != RLIM_INFINITY))
		return;
	sys_write(2, "dagmem: ", 8);
	sys_write(2, text, strlen(text));
	sys_write(2, "\n", 1);
}

/* Returns the length of the text; empty on failure. */
static size_t read_link(const char *path, char *to, size_t room)
{
	long bytes = sys_call(SYS_readlinkat, AT_FDCWD, (long)path, (long)to, (long)room - 1, 0, 0);
	size_t length = bytes > 0 ? (size_t)bytes : 0;

	to[length] = 0;
	return length;
}

/* As it was called, which may be a link's or a script's name; users look for that. */
static void find_program_name(void)
{
	static char path[OPTION_PATH_MAX];
	const char *called = (const char *)getauxval(AT_EXECFN), *slash;

	if (!called || !*called) {
		read_link("/proc/self/exe", path, sizeof path);
		called = path;
	}
	slash = strrchr(called, '/');
	called = slash ? slash + 1 : called;
	memcpy(program_name, called, strnlen(called, sizeof program_name - 1));
}

/* Default: dagmem.NAME.PID.dagmem in the folder where the program was started. */
static void complete_options(char **environment)
{
	static const char name[] = "/dagmem.%e.%p.dagmem";
	const char *folder = options_getenv(environment, "TMPDIR");

	if (folder)
		strncpy(temporary, folder, sizeof temporary - 1);
	if (!options.out[0]) {
		size_t length = read_link("/proc/self/cwd", options.out,
					  sizeof options.out - sizeof name);

		memcpy(options.out + length, name, sizeof name);
	}
}

static void record_command_line(void)
{
	static char text[RECORD_BYTES_MAX];
	int fd = sys_open("/proc/self/cmdline", O_RDONLY, 0);
	long bytes = fd < 0 ? 0 : sys_read(fd, text, sizeof text);

	if (fd >= 0)
		sys_close(fd);
	if (bytes > 0)
		journal_text(RECORD_COMMAND, text, (uint32_t)bytes - (text[bytes - 1] == 0));
}

static void record_path(enum record_type type, const char *link)
{
	static char path[OPTION_PATH_MAX];

	read_link(link, path, sizeof path);
	journal_text(type, path, (uint32_t)strlen(path));
}

static void describe(char **environment, const char *given)
{
	const char *node = options_getenv(environment, "DAGMEM_NODE");

	if (node && *node)
		journal_text(RECORD_PROCESS_NODE, node, (uint32_t)strnlen(node, DAG_NAME_MAX - 1));
	if (given)
		journal_text(RECORD_OPTIONS, given, (uint32_t)strlen(given));
	if (options.record_argv)
		record_command_line();
	record_path(RECORD_EXECUTABLE, "/proc/self/exe");
	record_path(RECORD_DIRECTORY, "/proc/self/cwd");
	if (options.unknown[0]) {
		static char note[128] = "unknown option in DAGMEM_OPTIONS: ";

		strncat(note, options.unknown, sizeof note - strlen(note) - 1);
		journal_note(note);
	}
}

void lifecycle_look_usual(void)
{
	if (!gate.open || !real.reads_chunks || unwind_check_every)
		return;
	__atomic_store_n(&gate.usual, 1, __ATOMIC_SEQ_CST);
	if (!__atomic_load_n(&gate.open, __ATOMIC_SEQ_CST))     /* somebody paused meanwhile */
		__atomic_store_n(&gate.usual, 0, __ATOMIC_SEQ_CST);
}

static void shut_gate(void)
{
	__atomic_store_n(&gate.open, 0, __ATOMIC_SEQ_CST);
	__atomic_store_n(&gate.usual, 0, __ATOMIC_SEQ_CST);
}

static void open_gate(void)
{
	gate.alive = 1;
	__atomic_store_n(&gate.open, !paused, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&paused, __ATOMIC_SEQ_CST))         /* perhaps since a moment ago */
		shut_gate();
	else
		lifecycle_look_usual();
}

/* glibc's chunks are 32 bytes apart at least; of others we know only the alignment. */
static unsigned granule_bytes(void)
{
	return real.glibc ? 32 : 8;
}

static bool start_profile(void)
{
	if (!mapping_create(&options, program_name, temporary[0] ? temporary : NULL))
		return false;
	journal_reopen();
	if (call_tree_init(&profile.tree, &profile.pages, &memory_for_indexes))
		return false;
	call_tree_account_of(&profile.tree, NODE_ROOT, 0, ACCOUNT_HEAP);        /* account 1 */
	profile_header()->granule_bytes = granule_bytes();
	profile_header()->moment = moment_next(0);
	total_init();
	return true;
}

/* Everything a recording needs, in the order in which one part needs another. */
static bool start_recording(void)
{
	uint64_t early = bootstrap_allocations();
	char **environment = initial_environment();
	const char *given;

	if (getauxval(AT_SECURE))
		return false;
	given = options_getenv(environment, "DAGMEM_OPTIONS");
	options_parse(&options, given);
	find_program_name();
	complete_options(environment);
	if (!start_profile()) {
		say("no folder takes the profile (full, not writable, or without shared "
		    "mappings); not recording");
		return false;
	}
	mapping_describe_process(&options, false);
	describe(environment, given);
	shadow_init(granule_bytes());
	unwind_check_every = options.check_every;
	leak_init(&options);
	unwind_init();
	guard_init();
	sys_madvise(&gate_page, sizeof gate_page, MADV_WIPEONFORK);
	profile_header()->quality.events_before_start = early;
	profile_header()->private_bytes = memory_reserved();
	return true;
}

static void start(void)
{
	stage = STAGE_STARTING;
	heap_start = (uintptr_t)sys_call(SYS_brk, 0, 0, 0, 0, 0, 0) & ~(uintptr_t)4095;
	if (!real_resolve()) {
		say("no malloc to watch was found; not recording");
		stage = STAGE_DETACHED;
		return;
	}
	if (!start_recording()) {
		real_use();
		stage = STAGE_DETACHED;
		return;
	}
	real_use();
	total_sample_now();
	stage = STAGE_RECORDING;
	open_gate();
}

/* What is live in a child without an event of its own has a shard of its own. */
static void inherit(void)
{
	struct thread *inherited = shards_special(SHARD_INHERITED);

	if (inherited) {
		account_inherit(inherited);
		regions_inherit(inherited);
		dag_pools_inherit(inherited);
	}
	total_reset_peak();
}

/* We are the child of a fork: the profile under our feet is our parent's. */
static void start_child(void)
{
	stage = STAGE_STARTING;
	if (!options.follow || !mapping_fork(&options, program_name, temporary[0] ? temporary : NULL)) {
		/* Still the parent's header: it tells that this child is missing. */
		__atomic_fetch_add(&profile_header()->quality.children_untraced, 1,
				   __ATOMIC_RELAXED);
		stage = STAGE_DETACHED;
		return;
	}
	modules_fork();
	regions_fork();
	journal_reopen();
	total_fork();
	request_fork();
	leak_fork();
	snapshot_fork();
	dag_nodes_fork();
	dag_runs_fork();
	dag_log_fork();
	dag_results_fork();
	dag_pools_fork();
	guard_fork();
	memset(&profile_header()->quality, 0, sizeof profile_header()->quality);
	mapping_describe_process(&options, true);
	inherit();
	stage = STAGE_RECORDING;
	open_gate();
}

COLD bool lifecycle_consider(enum hook_kind kind)
{
	if (stage == STAGE_DETACHED)
		return false;
	if (!real_relocated()) {
		return false;
	}
	if (stage == STAGE_NEW)
		start();
	else if (stage == STAGE_RECORDING && !gate.alive)
		start_child();
	else if (stage == STAGE_STARTING)
		return false;   /* the tracer's own use of the allocator */
	return gate.open || (paused && kind == HOOK_FREE && stage == STAGE_RECORDING);
}

bool lifecycle_ever_paused(void)
{
	return __atomic_load_n(&ever_paused, __ATOMIC_RELAXED);
}

void lifecycle_pause(void)
{
	__atomic_store_n(&ever_paused, true, __ATOMIC_RELAXED);
	leak_note_pause();
	__atomic_fetch_add(&paused, 1, __ATOMIC_SEQ_CST);
	shut_gate();
}

void lifecycle_resume(void)
{
	uint32_t depth = __atomic_load_n(&paused, __ATOMIC_RELAXED);

	while (depth && !__atomic_compare_exchange_n(&paused, &depth, depth - 1, 0, __ATOMIC_RELAXED,
						     __ATOMIC_RELAXED))
		;
	if (depth == 1 && lifecycle_ready())
		open_gate();
}

/*
 * What of the resident heap is no live block: free, or the allocator's own.
 * (mallinfo2() would know better, but it visits every free chunk.)
 */
static uint64_t allocator_free(void)
{
	uintptr_t end = (uintptr_t)sys_call(SYS_brk, 0, 0, 0, 0, 0, 0);
	uint64_t resident, usable;

	if (!real.glibc || end <= heap_start)
		return UINT64_MAX;
	resident = memory_resident_in(heap_start, end - heap_start);
	usable = counters_usable_bytes();
	return resident > usable ? resident - usable : 0;
}

/* A child of vfork ends or executes in its parent's memory: that is not the parent's end. */
static bool is_traced_process(void)
{
	return lifecycle_ready() && sys_getpid() == profile_header()->pid;
}

static void record_end(enum program_state state)
{
	struct profile_header *header = profile_header();
	struct timespec now;

	if (guard_local.thread)
		counters_settle(guard_local.thread);    /* a hook that was left by a jump */
	total_sample_now();
	clock_gettime(CLOCK_MONOTONIC, &now);
	header->end_monotonic_ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
	header->private_bytes = memory_reserved();
	header->end_rss_bytes = mapping_process_rss();
	header->tracer_rss_bytes = memory_resident() + (uint64_t)header->pages_used * PAGE_BYTES;
	header->mapped_rss_bytes = regions_resident();
	header->allocator_free_bytes = allocator_free();
	__atomic_store_n(&header->state, state, __ATOMIC_RELEASE);
}

void lifecycle_exit_called(const struct leak_caller *caller)
{
	exit_caller = *caller;
	exit_tid = sys_gettid();
}

/* The heap is checked once, whatever handlers that run last call _exit(). */
static void check_for_leaks(const struct leak_caller *caller)
{
	static bool checked;

	if (leak_at_exit() && !checked) {
		checked = true;
		leak_check(LEAK_AT_EXIT, "exit", caller);
	}
	leak_finish();
}

void lifecycle_exit(int status, const struct leak_caller *caller)
{
	if (!is_traced_process())
		return;
	check_for_leaks(caller);
	profile_header()->exit_status = status & 0xff;
	record_end(STATE_EXITED);
}

bool lifecycle_execute(void)
{
	if (!is_traced_process())
		return false;
	record_end(STATE_EXECUTED);
	return true;
}

void lifecycle_execute_failed(void)
{
	struct profile_header *header = profile_header();
	uint32_t executed = STATE_EXECUTED;

	/* Unless another thread has ended the process meanwhile. */
	if (!__atomic_compare_exchange_n(&header->state, &executed, STATE_RUNNING, 0,
					 __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		return;
	header->end_monotonic_ns = 0;
	header->end_rss_bytes = 0;
	header->tracer_rss_bytes = 0;
	header->mapped_rss_bytes = 0;
	header->allocator_free_bytes = UINT64_MAX;
}

/*
 * The C library called exit() itself (main returned, or error() did): its
 * caller is the frame outside exit()'s, which is a few out from `frame`.
 */
static struct leak_caller find_exit_caller(const struct frame *frame)
{
	const uintptr_t exit_bytes = 64;        /* it is small, and ends by a call */
	struct walk_state at = { .sp = frame->sp, .pc = frame->pc, .bp = frame->bp };
	struct leak_caller caller = { .sp = frame->sp };

	for (int depth = 0; depth < 16; depth++) {
		bool is_exit = at.pc - (uintptr_t)real.exit - 1 < exit_bytes ||
			       at.pc - (uintptr_t)real.quick_exit - 1 < exit_bytes;
		row r = unwind_row(machine_code_address(at.pc));

		if (!row_steps(r) || !unwind_step(&at, r))
			break;
		if (!is_exit)
			continue;
		caller.sp = at.sp;
		caller.pc = machine_code_address(at.pc);
		caller.bp = at.bp;
		break;
	}
	return caller;
}

static void at_exit(int status, void *unused)
{
	const struct frame frame = UNWIND_CALLER();

	(void)unused;
	if (exit_tid != sys_gettid())
		exit_caller = find_exit_caller(&frame);
	lifecycle_exit(status, &exit_caller);
}

/* quick_exit() runs handlers of its own, and tells them the status in the same way. */
static void at_quick_exit_of(void *unused, int status)
{
	const struct frame frame = UNWIND_CALLER();

	(void)unused;
	if (exit_tid != sys_gettid())
		exit_caller = find_exit_caller(&frame);
	lifecycle_exit(status, &exit_caller);
}

/* What the kernel does where it wipes the gate on fork (not before Linux 4.14, nor in qemu). */
static void close_in_child(void)
{
	gate = (struct gate) { 0, 0, 0 };
}

__attribute__((constructor(101))) static void construct(void)
{
	if (stage == STAGE_NEW && real_relocated())
		start();
	if (!options.follow) {
		char **environment = environ ? environ : initial_environment();

		exec_init(options_getenv(environment, "DAGMEM_OPTIONS"), options.preload);
		options_clean_environment(&options, environment);
	}
	if (!lifecycle_ready())
		return;
	shards_loaded();
	/* Registered first, so that it runs last: handlers of the program still allocate. */
	shut_gate();
	on_exit(at_exit, NULL);
	if (__cxa_at_quick_exit)
		__cxa_at_quick_exit(at_quick_exit_of, NULL);
	pthread_atfork(NULL, NULL, close_in_child);
	open_gate();
}
