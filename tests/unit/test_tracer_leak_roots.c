/* leak_roots: which of what is mapped is looked through for pointers, and what it is called. */
#include "tracer/leak_roots.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/hand_heap.h"
#include "tests/unit/live_profile.h"
#include "tracer/guard.h"
#include "tracer/mapping.h"
#include "tracer/memory.h"
#include "tracer/real.h"
#include "tracer/shards.h"

enum { AREA = 1 << 20, AREAS = 12, NONE = RANGE_NO_ROOT };

static uintptr_t start;         /* of AREAS areas, which the maps of a test are made of */
static struct leak_map map[AREAS];
static struct leak_maps maps = { map, 0 };
static struct leak_job job;
static struct leak_heap heap;
static struct leak_roots roots;

/* The next area is mapped so; its address. */
static uintptr_t add(enum leak_map_kind kind, const char *how)
{
	uintptr_t at = start + (uintptr_t)maps.count * AREA;

	map[maps.count++] = (struct leak_map){
		.start = at, .end = at + AREA, .kind = kind, .readable = how[0] == 'r', .writable = how[1] == 'w',
		.executable = how[2] == 'x', .shared = how[3] == 's',
	};
	return at;
}

static void find(void)
{
	assert_true(leak_heap_collect(&heap, &maps));
	assert_true(leak_roots_find(&roots, &job, &maps, &heap));
}

static const struct leak_range *range_at(uintptr_t address)
{
	for (uint32_t i = 0; i < roots.ranges.count; i++)
		if (address - roots.ranges.range[i].start <
		    roots.ranges.range[i].end - roots.ranges.range[i].start)
			return &roots.ranges.range[i];
	return NULL;
}

static unsigned holder_at(uintptr_t address)
{
	const struct leak_range *range = range_at(address);

	return range ? range->holder : NONE;
}

static int begin(void **state)
{
	(void)state;
	maps.count = 0;
	memset(&job, 0, sizeof job);
	job.pid = job.tid = (uint32_t)getpid();
	job.reason = LEAK_CALLED;
	job.thread_pointer = machine_thread_pointer();
	real.glibc = false;
	return 0;
}

static void data_and_mappings_that_can_be_written_are_roots(void **state)
{
	static const struct { enum leak_map_kind kind; const char *how; unsigned holder; uint8_t flag; } cases[] = {
		{ MAP_OF_FILE, "rw-p", HELD_BY_GLOBAL, 0 },
		{ MAP_OF_FILE, "r--p", NONE, 0 },
		{ MAP_OF_FILE, "r-xp", NONE, 0 },
		{ MAP_OF_FILE, "rw-s", HELD_BY_MAPPING, RANGE_PROBE },
		{ MAP_OF_FILE, "r--s", NONE, 0 },
		{ MAP_OF_MEMORY, "rw-s", HELD_BY_MAPPING, RANGE_PROBE },
		{ MAP_PLAIN, "rw-p", HELD_BY_MAPPING, RANGE_SPARSE },
		{ MAP_PLAIN, "---p", NONE, 0 },
		{ MAP_OF_DEVICE, "rw-s", NONE, 0 },
		{ MAP_OF_KERNEL, "r--p", NONE, 0 },
		{ MAP_BRK, "rw-p", HELD_BY_MAPPING, RANGE_SPARSE },
	};
	const size_t count = sizeof cases / sizeof *cases;
	uintptr_t at[AREAS];

	(void)state;
	for (size_t i = 0; i < count; i++)
		at[i] = add(cases[i].kind, cases[i].how);
	find();
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(holder_at(at[i]), cases[i].holder);
		assert_int_equal(holder_at(at[i] + AREA - 1), cases[i].holder);
		if (cases[i].flag)
			assert_true(range_at(at[i])->flags & cases[i].flag);
	}
}

static void the_heap_of_the_c_library_is_none(void **state)
{
	uintptr_t brk;

	(void)state;
	brk = add(MAP_BRK, "rw-p");
	real.glibc = true;
	find();
	assert_int_equal(holder_at(brk), NONE);
}

/* By 64 KiB, where blocks of an allocator are that we do not know. */
static void memory_with_blocks_in_it_is_the_allocators(void **state)
{
	uintptr_t area = add(MAP_PLAIN, "rw-p"), block = area + (256 << 10) + 64;
	uint32_t missed;

	(void)state;
	((size_t *)block)[-1] = 100 << 10;
	assert_true(shadow_put(block, 1, 0, &missed));
	find();
	shadow_get(block, true);
	assert_int_equal(heap.count, 1);
	assert_int_equal(holder_at(block), NONE);
	assert_int_equal(holder_at(block + (100 << 10)), NONE);
	assert_int_equal(holder_at(area), HELD_BY_MAPPING);
	assert_int_equal(holder_at(area + AREA - 8), HELD_BY_MAPPING);
}

static void a_stack_is_alive_from_its_pointer_on(void **state)
{
	static const struct { uint32_t reason, flags; unsigned holder; } cases[] = {
		{ LEAK_CALLED, 0, HELD_BY_STACK }, { LEAK_AT_EXIT, 0, HELD_BY_EXIT_STACK },
		{ LEAK_AT_EXIT, LEAK_NO_EXIT_FRAME, HELD_BY_STACK },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		uintptr_t stack;

		begin(state);
		stack = add(MAP_MAIN_STACK, "rw-p");
		job.reason = cases[i].reason;
		job.flags = cases[i].flags;
		job.caller.sp = stack + AREA / 2;
		find();
		assert_int_equal(holder_at(stack), NONE);
		assert_int_equal(holder_at(stack + AREA / 2 - 8), NONE);
		assert_int_equal(holder_at(stack + AREA / 2), cases[i].holder);
		assert_int_equal(holder_at(stack + AREA - 8), cases[i].holder);
		assert_int_equal(range_at(stack + AREA - 8)->tid, job.tid);
	}
}

/* Of a thread that was asked and did not answer all of it may be alive. */
static void the_main_threads_stack_is_unsure_when_it_did_not_answer(void **state)
{
	static struct leak_thread thread;
	uintptr_t stack = add(MAP_MAIN_STACK, "rw-p"), own = add(MAP_PLAIN, "rw-p");

	(void)state;
	thread = (struct leak_thread){ .tid = job.pid, .state = THREAD_UNKNOWN };
	job.tid = job.pid + 1;
	job.caller.sp = own + AREA / 2;
	job.threads = (struct leak_threads){ .thread = &thread, .count = 1 };
	find();
	assert_int_equal(roots.stacks.unknown, 1);
	assert_int_equal(holder_at(stack), HELD_BY_STACK);
	assert_true(range_at(stack)->flags & RANGE_UNSURE);
	assert_int_equal(holder_at(own), NONE);
	assert_int_equal(holder_at(own + AREA / 2), HELD_BY_STACK);
}

static void a_stopped_threads_stack_and_registers_are_its_own(void **state)
{
	static struct leak_thread thread;
	uintptr_t stack = add(MAP_PLAIN, "rw-p");

	(void)state;
	thread = (struct leak_thread){
		.tid = 77, .state = THREAD_STOPPED, .at.sp = stack + AREA / 2,
		.thread_pointer = machine_thread_pointer(),
	};
	job.threads = (struct leak_threads){ .thread = &thread, .count = 1 };
	find();
	assert_int_equal(roots.stacks.stopped, 1);
	assert_int_equal(holder_at(stack + AREA / 4), NONE);
	assert_int_equal(holder_at(stack + AREA / 2 - MACHINE_RED_ZONE), HELD_BY_STACK);
	assert_int_equal(range_at(stack + AREA / 2)->tid, 77);
	assert_int_equal(holder_at((uintptr_t)thread.registers.value), HELD_BY_REGISTER);
	assert_int_equal(range_at((uintptr_t)thread.registers.value)->tid, 77);
	assert_int_equal(holder_at((uintptr_t)job.caller.registers.value), HELD_BY_REGISTER);
}

static void at_exit_the_callers_registers_are_of_the_exit_stack(void **state)
{
	(void)state;
	add(MAP_PLAIN, "rw-p");
	job.reason = LEAK_AT_EXIT;
	find();
	assert_int_equal(holder_at((uintptr_t)job.caller.registers.value), HELD_BY_EXIT_STACK);
}

static void the_tracers_own_memory_is_none(void **state)
{
	uintptr_t own = (uintptr_t)memory_reserve(AREA);

	(void)state;
	map[0] = (struct leak_map){
		.start = own - 4096, .end = own + AREA + 4096, .kind = MAP_PLAIN, .readable = true, .writable = true,
	};
	maps.count = 1;
	job.caller.sp = 0;
	find();
	assert_int_equal(holder_at(own), NONE);
	assert_int_equal(holder_at(own + AREA - 8), NONE);
}

/* A word before a block that makes it a chunk of so many bytes. */
static void make_chunk(uintptr_t block, size_t bytes)
{
	((size_t *)block)[-1] = bytes | 1;
}

/* A map of an address of its own, in its place among the others. */
static void insert(struct leak_map fresh)
{
	uint32_t at = maps.count++;

	for (; at && map[at - 1].start > fresh.start; at--)
		map[at] = map[at - 1];
	map[at] = fresh;
}

static unsigned ranges_from(uintptr_t address)
{
	unsigned count = 0;

	for (uint32_t i = 0; i < roots.ranges.count; i++)
		count += roots.ranges.range[i].start == address && roots.ranges.range[i].holder == HELD_BY_REALLOC;
	return count;
}

/*
 * A thread is inside realloc(); what it has in its registers is a new block only
 * where an allocator can have one.  The profile, which says where many blocks
 * are, is none, nor is any other of the tracer's memory.
 */
static void a_block_on_the_move_is_in_the_allocators_memory(void **state)
{
	uintptr_t own = (uintptr_t)memory_reserve(AREA), plain = add(MAP_PLAIN, "rw-p"), file = add(MAP_OF_FILE, "rw-p"),
		  shared = add(MAP_OF_MEMORY, "rw-s"), header = (uintptr_t)profile_header() + 320;
	struct leak_thread thread = { .tid = 77, .state = THREAD_STOPPED };
	struct thread *mover = shards_special(0);
	uint64_t peak_bytes = profile_header()->peak_bytes;     /* the word before header + 16 */
	const uintptr_t wrong[] = { own + 64, file + 64, shared + 64, header + 16 };

	(void)state;
	insert((struct leak_map){ .start = own, .end = own + AREA, .kind = MAP_PLAIN,
				  .readable = true, .writable = true });
	insert((struct leak_map){ .start = header & ~(uintptr_t)4095, .end = (header | 4095) + 1,
				  .kind = MAP_OF_FILE, .readable = true, .writable = true, .shared = true });
	make_chunk(plain + 64, 4096);
	for (unsigned i = 0; i < 4; i++)
		make_chunk(wrong[i], 2048);
	memcpy(thread.registers.value, wrong, sizeof wrong);
	thread.registers.value[4] = thread.registers.value[5] = plain + 64;
	thread.registers.value[6] = header;     /* a chunk's address, perhaps */
	mover->page->owner_tid = 77;
	mover->in_flight = plain + 8192;
	make_chunk(plain + 8192, 1024);
	job.threads = (struct leak_threads){ .thread = &thread, .count = 1 };
	real.glibc = true;
	find();
	mover->in_flight = 0;
	profile_header()->peak_bytes = peak_bytes;
	assert_int_equal(ranges_from(plain + 64), 1);
	assert_int_equal(ranges_from(plain + 8192), 1);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(ranges_from(wrong[i]), 0);
}

static int setup(void **state)
{
	struct hand_heap *hand = hand_heap_new(4096, 1);        /* whose allocator tells sizes */
	void *mapped = mmap(NULL, (AREAS + 1) * AREA, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	hand_heap_free(hand);
	if (mapped == MAP_FAILED)
		return -1;
	start = ((uintptr_t)mapped + AREA - 1) & ~(uintptr_t)(AREA - 1);
	return live_profile_setup(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(data_and_mappings_that_can_be_written_are_roots, begin),
		cmocka_unit_test_setup(the_heap_of_the_c_library_is_none, begin),
		cmocka_unit_test_setup(memory_with_blocks_in_it_is_the_allocators, begin),
		cmocka_unit_test_setup(a_stack_is_alive_from_its_pointer_on, begin),
		cmocka_unit_test_setup(the_main_threads_stack_is_unsure_when_it_did_not_answer, begin),
		cmocka_unit_test_setup(a_stopped_threads_stack_and_registers_are_its_own, begin),
		cmocka_unit_test_setup(at_exit_the_callers_registers_are_of_the_exit_stack, begin),
		cmocka_unit_test_setup(the_tracers_own_memory_is_none, begin),
		cmocka_unit_test_setup(a_block_on_the_move_is_in_the_allocators_memory, begin),
	};

	return cmocka_run_group_tests(tests, setup, live_profile_teardown);
}
