#include "tracer/real.h"

#include <malloc.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { CHUNK_TRIALS = 32 };     /* as in real.c */

static int setup(void **state)
{
	(void)state;
	if (!real_resolve())
		return -1;
	real_use();
	return 0;
}

/* Whatever the allocator is, a sanitizer's too: usable bytes are those it says. */
static void check(void *block)
{
	assert_non_null(block);
	assert_int_equal(real_usable_size(block), malloc_usable_size(block));
	free(block);
}

static void check_sizes(void)
{
	for (size_t size = 0; size < 3000; size++)
		check(malloc(size));
	for (size_t size = 4096; size < (size_t)64 << 20; size += size / 3)
		check(malloc(size));            /* in time a mapping of its own */
	for (size_t alignment = 16; alignment <= 1 << 20; alignment *= 2)
		check(aligned_alloc(alignment, 3 * alignment));
}

static void the_usable_size_is_the_allocators(void **state)
{
	(void)state;
	check_sizes();
	assert_int_equal(real.reads_chunks, real.glibc);
}

static void *check_in_thread(void *nothing)
{
	check_sizes();
	return nothing;
}

static void blocks_of_other_arenas_are_read_too(void **state)
{
	pthread_t thread[4];

	(void)state;
	for (size_t i = 0; i < 4; i++)
		pthread_create(&thread[i], NULL, check_in_thread, NULL);
	for (size_t i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
}

/* A chunk of 112 bytes, its neighbour in use; not of malloc(): sanitizers have another. */
enum { CHUNK_BYTES = 112, USABLE_BYTES = 104 };
static size_t chunk[1 + CHUNK_BYTES / sizeof(size_t)] = { CHUNK_BYTES | 1 };

static size_t usable_as_read(void *block)
{
	(void)block;
	return USABLE_BYTES;
}

static size_t one_more(void *block)
{
	(void)block;
	return USABLE_BYTES + 1;
}

/* As with a C library that keeps something else in front of a block. */
static void an_allocator_that_disagrees_is_asked_for_good(void **state)
{
	size_t (*usable_size)(void *) = real.usable_size;

	(void)state;
	real.reads_chunks = false;
	real.glibc = true;
	real.usable_size = one_more;
	assert_int_equal(real_usable_size(chunk + 1), USABLE_BYTES + 1);
	real.usable_size = usable_as_read;
	for (unsigned i = 0; i < 2 * CHUNK_TRIALS; i++)
		assert_int_equal(real_usable_size(chunk + 1), USABLE_BYTES);
	assert_false(real.reads_chunks);
	real.usable_size = usable_size;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_usable_size_is_the_allocators),
		cmocka_unit_test(blocks_of_other_arenas_are_read_too),
		cmocka_unit_test(an_allocator_that_disagrees_is_asked_for_good),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
