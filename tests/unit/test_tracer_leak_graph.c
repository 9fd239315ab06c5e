/* leak_graph: the file of a heap made by hand, part by part as docs/FORMAT.md has it; and when it can't be written. */
#include "tracer/leak_graph.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/hand_heap.h"
#include "tests/unit/live_profile.h"

enum { SMALL = 1 << 20, ROOTS = 16, NUMBER = 12, FILE_MAX = 1 << 20, TID = 9 };

static struct leak_job job = { .number = NUMBER };
static struct leak_roots roots;
static unsigned char file[FILE_MAX];

static const char *path(void)
{
	static char name[OPTION_PATH_MAX + 32];

	snprintf(name, sizeof name, "%s.heap.%d", profile.path, NUMBER);
	return name;
}

static bool write_graph(struct hand_heap *hand)
{
	static struct leak_rows rows;

	memset(&roots, 0, sizeof roots);
	roots.ranges = hand->roots;
	assert_true(hand_judge(hand, false));
	assert_true(leak_rows_add_up(&rows, &hand->marker, &job, &roots));
	return leak_graph_write(&job, &hand->marker, &roots, &rows);
}

static const struct heap_graph_head *read_back(void)
{
	int fd = open(path(), O_RDONLY);
	ssize_t bytes = read(fd, file, sizeof file);
	const struct heap_graph_head *head = (const void *)file;

	close(fd);
	assert_true(bytes > (ssize_t)sizeof *head);
	assert_int_equal(bytes, head->roots_at + head->roots * sizeof(struct heap_graph_root));
	return head;
}

static void blocks_edges_and_roots_are_in_their_places(void **state)
{
	struct hand_heap *hand = hand_heap_new(SMALL, ROOTS);
	uintptr_t table = hand_block(hand, 64, 4, 3), lost = hand_block(hand, 48, 0, 4);
	uintptr_t entry = hand_block(hand, 96, 0, 5), word;
	const struct heap_graph_head *head;
	const struct heap_graph_block *block;
	const struct heap_graph_edge *edge;
	const struct heap_graph_root *root;
	const uint64_t *first;

	(void)state;
	hand_point(table, 2, entry);
	hand_point(table, 5, entry + 16);
	hand_point(lost, 0, table);
	hand_root(hand, HELD_BY_REALLOC, 0, TID, 12345);
	word = hand_root(hand, HELD_BY_REALLOC, 0, TID, table);
	assert_true(write_graph(hand));
	head = read_back();
	assert_memory_equal(head->magic, HEAP_GRAPH_MAGIC, 8);
	assert_int_equal(head->version, HEAP_GRAPH_VERSION);
	assert_int_equal(head->pid, getpid());
	assert_int_equal(head->check, NUMBER);
	assert_int_equal(head->blocks, 3);
	assert_int_equal(head->edges, 3);
	assert_int_equal(head->roots, 1);

	block = (const void *)(file + head->blocks_at);
	assert_int_equal(block[0].address, table);
	assert_int_equal(block[0].bytes, 60);
	assert_int_equal(block[0].account, 3);
	assert_int_equal(block[0].verdict, VERDICT_REACHABLE);
	assert_int_equal(block[1].address, lost);
	assert_int_equal(block[1].verdict, VERDICT_DEFINITE);
	assert_int_equal(block[2].address, entry);
	assert_int_equal(block[2].verdict, VERDICT_REACHABLE);

	first = (const void *)(file + head->first_edges_at);
	assert_int_equal(head->first_edges_at % 8, 0);
	assert_int_equal(first[0], 0);
	assert_int_equal(first[1], 2);
	assert_int_equal(first[2], 3);
	assert_int_equal(first[3], 3);
	edge = (const void *)(file + head->edges_at);
	assert_int_equal(edge[0].block, 2);
	assert_int_equal(edge[0].word, 2);
	assert_int_equal(edge[1].block, 2 | HEAP_GRAPH_INTERIOR);
	assert_int_equal(edge[1].word, 5);
	assert_int_equal(edge[2].block, 0);

	root = (const void *)(file + head->roots_at);
	assert_int_equal(root->block, 0);
	assert_int_equal(root->holder, HELD_BY_REALLOC);
	assert_int_equal(root->tid, TID);
	assert_int_equal(root->address, word);
	hand_heap_free(hand);
}

/* More than the buffer holds, of blocks and of edges. */
static void a_graph_larger_than_the_buffer_is_whole(void **state)
{
	enum { MANY = 10000 };
	struct hand_heap *hand = hand_heap_new((size_t)MANY * 96, ROOTS);
	const struct heap_graph_head *head;
	const struct heap_graph_edge *edge;
	const struct heap_graph_block *block;
	uintptr_t first = 0, before = 0;

	(void)state;
	for (int i = 0; i < MANY; i++) {
		uintptr_t next = hand_block(hand, 48, 0, 1);

		if (before)
			hand_point(before, 1, next);
		first = first ? first : next;
		before = next;
	}
	hand_root(hand, HELD_BY_REALLOC, 0, 0, first);
	assert_true(write_graph(hand));
	head = read_back();
	assert_int_equal(head->blocks, MANY);
	assert_int_equal(head->edges, MANY - 1);
	block = (const void *)(file + head->blocks_at);
	edge = (const void *)(file + head->edges_at);
	for (uint32_t i = 0; i + 1 < MANY; i++) {
		assert_int_equal(block[i].address, hand->heap.block[i].address);
		assert_int_equal(edge[i].block, i + 1);
	}
	hand_heap_free(hand);
}

static void an_empty_heap_is_a_graph_of_nothing(void **state)
{
	struct hand_heap *hand = hand_heap_new(SMALL, ROOTS);
	const struct heap_graph_head *head;

	(void)state;
	assert_true(write_graph(hand));
	head = read_back();
	assert_int_equal(head->blocks + head->edges + head->roots, 0);
	hand_heap_free(hand);
}

/* As of an earlier profile, or somebody's link: replaced, never followed. */
static void what_has_the_name_already_is_replaced(void **state)
{
	struct hand_heap *hand = hand_heap_new(SMALL, ROOTS);
	char other[OPTION_PATH_MAX + 40];
	struct stat info;

	(void)state;
	snprintf(other, sizeof other, "%s.other", profile.path);
	close(open(other, O_WRONLY | O_CREAT, 0600));
	unlink(path());
	assert_int_equal(symlink(other, path()), 0);
	assert_true(write_graph(hand));
	assert_int_equal(lstat(path(), &info), 0);
	assert_true(S_ISREG(info.st_mode));
	assert_int_equal(stat(other, &info), 0);
	assert_int_equal(info.st_size, 0);
	unlink(other);
	hand_heap_free(hand);
}

static void what_cannot_be_written_whole_is_not_there(void **state)
{
	const struct rlimit little = { 64, RLIM_INFINITY }, all = { RLIM_INFINITY, RLIM_INFINITY };
	struct hand_heap *hand = hand_heap_new(SMALL, ROOTS);
	bool written;

	(void)state;
	hand_block(hand, 48, 0, 1);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
	written = write_graph(hand);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &all), 0);
	assert_false(written);
	assert_int_equal(access(path(), F_OK), -1);
	hand_heap_free(hand);
}

static int teardown(void **state)
{
	unlink(path());
	return live_profile_teardown(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_edges_and_roots_are_in_their_places),
		cmocka_unit_test(a_graph_larger_than_the_buffer_is_whole),
		cmocka_unit_test(an_empty_heap_is_a_graph_of_nothing),
		cmocka_unit_test(what_has_the_name_already_is_replaced),
		cmocka_unit_test(what_cannot_be_written_whole_is_not_there),
	};

	return cmocka_run_group_tests(tests, live_profile_setup, teardown);
}
