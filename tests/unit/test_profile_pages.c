#include "profile/pages.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/memory_pages.h"

enum { THREADS = 4, EACH = 600 };

static void the_first_page_taken_is_the_headers(void **state)
{
	struct memory_pages *memory = memory_pages_new(PAGES_PER_EXTENT);

	(void)state;
	assert_int_equal(memory->pages.header->pages_used, HEADER_PAGE + 1);
	assert_int_equal(page_entry_of(&memory->pages, HEADER_PAGE)->kind, PAGE_HEADER);
	assert_int_equal(pages_take(&memory->pages), HEADER_PAGE + 1);
	memory_pages_free(memory);
}

static void directories_are_never_handed_out_and_are_signed(void **state)
{
	enum { EXTENTS = 3 };
	struct memory_pages *memory = memory_pages_new(EXTENTS * PAGES_PER_EXTENT);
	uint32_t page, previous = HEADER_PAGE, taken = 1;

	(void)state;
	while ((page = pages_take(&memory->pages))) {
		assert_true(page > previous);
		assert_int_not_equal(page % PAGES_PER_EXTENT, 0);
		previous = page;
		taken++;
	}
	assert_int_equal(taken, EXTENTS * (PAGES_PER_EXTENT - 1));
	for (uint32_t extent = 0; extent < EXTENTS; extent++) {
		const struct extent_entry *entry = page_at(&memory->pages, extent * PAGES_PER_EXTENT);

		assert_memory_equal(entry->magic, PROFILE_MAGIC, sizeof entry->magic);
		assert_int_equal(entry->version, PROFILE_VERSION);
		assert_int_equal(entry->extent, extent);
	}
	memory_pages_free(memory);
}

static void a_page_is_zeroed_and_enters_its_directory_when_published(void **state)
{
	struct memory_pages *memory = memory_pages_new(PAGES_PER_EXTENT);
	uint32_t page = pages_take(&memory->pages);
	static const char zeroes[PAGE_BYTES];
	const struct page_entry *entry = page_entry_of(&memory->pages, page);

	(void)state;
	assert_memory_equal(page_at(&memory->pages, page), zeroes, PAGE_BYTES);
	assert_int_equal(entry->kind, PAGE_UNUSED);
	pages_publish(&memory->pages, page, PAGE_COUNTERS, 7, 42);
	assert_int_equal(entry->kind, PAGE_COUNTERS);
	assert_int_equal(entry->owner, 7);
	assert_int_equal(entry->index, 42);
	memory_pages_free(memory);
}

static void a_full_profile_stays_full_and_is_not_asked_again(void **state)
{
	struct memory_pages *memory = memory_pages_new(10);

	(void)state;
	for (uint32_t page = HEADER_PAGE + 1; page < 10; page++)
		assert_non_null(pages_add(&memory->pages, PAGE_COUNTERS, 0, page));
	for (int i = 0; i < 5; i++)
		assert_null(pages_add(&memory->pages, PAGE_COUNTERS, 0, 0));
	memory->pages_max = 20;
	assert_int_equal(pages_take(&memory->pages), 0);
	assert_int_equal(memory->refused, 1);
	assert_int_equal(memory_pages_count(memory, PAGE_COUNTERS), 8);
	memory_pages_free(memory);
}

static void no_page_lies_beyond_the_last_extent(void **state)
{
	struct memory_pages *memory = memory_pages_new(UINT32_MAX);

	(void)state;
	memory->pages.header->pages_used = EXTENTS_MAX * PAGES_PER_EXTENT - 1;
	assert_int_equal(pages_take(&memory->pages), EXTENTS_MAX * PAGES_PER_EXTENT - 1);
	assert_int_equal(pages_take(&memory->pages), 0);
	memory_pages_free(memory);
}

struct taker { struct memory_pages *memory; uint32_t number; uint32_t page[EACH]; };

static void *take_many(void *argument)
{
	struct taker *taker = argument;

	for (uint32_t i = 0; i < EACH; i++) {
		uint32_t page = pages_take(&taker->memory->pages);

		taker->page[i] = page;
		if (!page)
			continue;
		memset(page_at(&taker->memory->pages, page), (int)taker->number + 1, PAGE_BYTES);
		pages_publish(&taker->memory->pages, page, PAGE_COUNTERS, taker->number, i);
	}
	return NULL;
}

static void run_takers(struct taker *takers, struct memory_pages *memory)
{
	pthread_t threads[THREADS];

	for (uint32_t i = 0; i < THREADS; i++) {
		takers[i].memory = memory;
		takers[i].number = i;
		pthread_create(&threads[i], NULL, take_many, &takers[i]);
	}
	for (uint32_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

static void check_page(const struct taker *taker, uint32_t index)
{
	const struct pages *pages = &taker->memory->pages;
	const struct page_entry *entry = page_entry_of(pages, taker->page[index]);
	const uint8_t *bytes = page_at(pages, taker->page[index]);

	assert_int_equal(entry->kind, PAGE_COUNTERS);
	assert_int_equal(entry->owner, taker->number);
	assert_int_equal(entry->index, index);
	for (uint32_t i = 0; i < PAGE_BYTES; i++)
		assert_int_equal(bytes[i], taker->number + 1);
}

static void threads_never_get_the_same_page(void **state)
{
	static struct taker takers[THREADS];
	struct memory_pages *memory = memory_pages_new(UINT32_MAX);

	(void)state;
	run_takers(takers, memory);
	for (uint32_t i = 0; i < THREADS; i++)
		for (uint32_t j = 0; j < EACH; j++)
			check_page(&takers[i], j);
	assert_int_equal(memory_pages_count(memory, PAGE_COUNTERS), THREADS * EACH);
	memory_pages_free(memory);
}

static void threads_share_what_room_there_is(void **state)
{
	static struct taker takers[THREADS];
	enum { ROOM = 2 * PAGES_PER_EXTENT };
	struct memory_pages *memory = memory_pages_new(ROOM);
	uint32_t taken = 0;

	(void)state;
	run_takers(takers, memory);
	for (uint32_t i = 0; i < THREADS; i++)
		for (uint32_t j = 0; j < EACH; j++)
			if (takers[i].page[j]) {
				check_page(&takers[i], j);
				taken++;
			}
	assert_int_equal(taken, ROOM - 2 - 1);  /* all but two directories and the header */
	memory_pages_free(memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_page_taken_is_the_headers),
		cmocka_unit_test(directories_are_never_handed_out_and_are_signed),
		cmocka_unit_test(a_page_is_zeroed_and_enters_its_directory_when_published),
		cmocka_unit_test(a_full_profile_stays_full_and_is_not_asked_again),
		cmocka_unit_test(no_page_lies_beyond_the_last_extent),
		cmocka_unit_test(threads_never_get_the_same_page),
		cmocka_unit_test(threads_share_what_room_there_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
