/* heap_graph: read as written, refused when damaged, retained sizes against taking accounts away. */
#include "analyzer/heap_graph_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "analyzer/dominators.h"
#include "base/error.h"
#include "random.h"

enum {
	BLOCKS = 10, EDGES_MAX = 40, ROOTS_MAX = 4, ACCOUNTS = 4, ROWS = 5, CLASSES = 3, HOLDERS = 2,
	PID = 77, CHECK = 2, START = 1234,
};

static const struct heap_graph_key KEY = {
	.check = CHECK, .pid = PID, .start_realtime_ns = START, .accounts = ACCOUNTS,
};

/* The file as one struct: all parts are multiples of 8 bytes. */
struct image {
	struct heap_graph_head head;
	struct heap_graph_block blocks[BLOCKS];
	struct heap_graph_edge edges[EDGES_MAX];
	uint64_t first[BLOCKS + 1];
	struct heap_graph_root roots[ROOTS_MAX];
};

struct stage {
	char profile[64], path[80];
	struct image image;
	struct heap_graph graph;
	struct error err;
};

static int set_up(void **state)
{
	struct stage *stage = calloc(1, sizeof *stage);

	assert_non_null(stage);
	strcpy(stage->profile, "/tmp/dagmem-test-graph-XXXXXX");
	close(mkstemp(stage->profile));
	snprintf(stage->path, sizeof stage->path, "%s.heap.%d", stage->profile, CHECK);
	*state = stage;
	return 0;
}

static int tear_down(void **state)
{
	struct stage *stage = *state;

	heap_graph_release(&stage->graph);
	unlink(stage->profile);
	unlink(stage->path);
	free(stage);
	return 0;
}

static void make(struct image *image, struct random *random)
{
	uint32_t edges = 0;

	*image = (struct image){ .head = {
		.version = HEAP_GRAPH_VERSION, .byte_order = PROFILE_BYTE_ORDER, .pid = PID, .check = CHECK,
		.start_realtime_ns = START,
		.blocks = BLOCKS, .roots = ROOTS_MAX,
		.blocks_at = offsetof(struct image, blocks), .edges_at = offsetof(struct image, edges),
		.first_edges_at = offsetof(struct image, first), .roots_at = offsetof(struct image, roots),
	} };
	memcpy(image->head.magic, HEAP_GRAPH_MAGIC, 8);
	for (uint32_t i = 0; i < BLOCKS; i++) {
		image->blocks[i] = (struct heap_graph_block){
			.address = 4096 + 64 * i, .bytes = 1 + random_below(random, 50),
			.account = (uint32_t)random_below(random, ACCOUNTS), .verdict = VERDICT_REACHABLE,
			.row = (uint32_t)random_below(random, ROWS + 1),        /* the last is none */
		};
		image->first[i] = edges;
		for (uint64_t e = random_below(random, 4); e > 0; e--)
			image->edges[edges++].block = (uint32_t)random_below(random, BLOCKS) |
						      (e == 2 ? HEAP_GRAPH_INTERIOR : 0);
	}
	image->first[BLOCKS] = image->head.edges = edges;
	for (int i = 0; i < ROOTS_MAX; i++)
		image->roots[i] = (struct heap_graph_root){
			.block = (uint32_t)random_below(random, BLOCKS), .holder = HELD_BY_GLOBAL,
		};
}

static int read_graph(struct stage *stage, size_t bytes)
{
	FILE *file = fopen(stage->path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(&stage->image, 1, bytes, file), bytes);
	fclose(file);
	heap_graph_release(&stage->graph);
	return heap_graph_file_read(&stage->graph, stage->profile, &KEY, &stage->err);
}

/* --- The oracle: what is reached when blocks are taken away --------------------------------- */

static void reach(const struct image *image, uint32_t block, const bool *gone, bool *reached)
{
	if (gone[block] || reached[block])
		return;
	reached[block] = true;
	for (uint64_t e = image->first[block]; e < image->first[block + 1]; e++)
		reach(image, image->edges[e].block & ~HEAP_GRAPH_INTERIOR, gone, reached);
}

/* Whose roots do not count: HOLDERS for nobody's. */
static void reach_all(const struct image *image, const bool *gone, uint32_t without, const uint32_t *holder_of,
		      bool *reached)
{
	memset(reached, 0, BLOCKS * sizeof *reached);
	for (int i = 0; i < ROOTS_MAX; i++)
		if (holder_of[i] != without)
			reach(image, image->roots[i].block & ~HEAP_GRAPH_INTERIOR, gone, reached);
}

struct loss { uint64_t bytes, blocks; bool of[BLOCKS]; };

/* What nobody reaches any more when a block and a holder are gone. */
static struct loss slow_loss(const struct image *image, uint32_t block, uint32_t holder,
			     const uint32_t *holder_of)
{
	bool none[BLOCKS] = { false }, gone[BLOCKS] = { false }, before[BLOCKS], after[BLOCKS];
	struct loss loss = { 0 };

	if (block < BLOCKS)
		gone[block] = true;
	reach_all(image, none, HOLDERS, holder_of, before);
	reach_all(image, gone, holder, holder_of, after);
	for (uint32_t i = 0; i < BLOCKS; i++) {
		loss.of[i] = before[i] && !after[i];
		if (!loss.of[i] && i != block)
			continue;
		loss.bytes += image->blocks[i].bytes;
		loss.blocks++;
	}
	return loss;
}

/* Rows i and i + CLASSES are one class; blocks of the last have none. */
static uint32_t class_of(const struct heap_graph *graph, uint32_t block)
{
	uint32_t row = graph->blocks[block].row;

	return row < ROWS ? row % CLASSES : CLASSES;
}

/* Does a block above this one in the dominator tree belong to the same class? */
static bool has_own_above(const struct heap_graph *graph, uint32_t block)
{
	for (uint32_t d = graph->dominator[block]; d < BLOCKS; d = graph->dominator[d])
		if (class_of(graph, d) == class_of(graph, block))
			return true;
	return false;
}

static void solve_any(struct stage *stage, struct random *random, uint32_t *holder_of)
{
	make(&stage->image, random);
	for (int i = 0; i < ROOTS_MAX; i++)
		holder_of[i] = (uint32_t)random_below(random, HOLDERS);
	assert_int_equal(read_graph(stage, sizeof stage->image), 0);
	assert_int_equal(stage->graph.block_count, BLOCKS);
	assert_int_equal(heap_graph_solve(&stage->graph, holder_of, HOLDERS, &stage->err), 0);
}

static void retained_sizes_are_what_removal_loses(void **state)
{
	struct stage *stage = *state;
	struct random random = { 3 };
	uint32_t class_of_row[ROWS];

	for (uint32_t i = 0; i < ROWS; i++)
		class_of_row[i] = i % CLASSES;
	for (int round = 0; round < 300; round++) {
		uint64_t sums[CLASSES] = { 0 }, wanted[CLASSES + 1] = { 0 };
		uint32_t holder_of[ROOTS_MAX];

		solve_any(stage, &random, holder_of);
		assert_int_equal(heap_graph_sums(&stage->graph, class_of_row, ROWS, CLASSES, sums, &stage->err), 0);
		for (uint32_t i = 0; i < BLOCKS; i++) {
			assert_int_equal(stage->graph.retained[i],
					 slow_loss(&stage->image, i, HOLDERS, holder_of).bytes);
			if (!has_own_above(&stage->graph, i))
				wanted[class_of(&stage->graph, i)] += stage->graph.retained[i];
		}
		for (int c = 0; c < CLASSES; c++)
			assert_int_equal(sums[c], wanted[c]);
	}
}

static void holders_keep_what_their_removal_loses(void **state)
{
	struct stage *stage = *state;
	struct random random = { 6 };

	for (int round = 0; round < 1000; round++) {
		uint32_t holder_of[ROOTS_MAX];
		uint64_t kept = 0;

		solve_any(stage, &random, holder_of);
		for (uint32_t h = 0; h < HOLDERS; h++) {
			struct loss loss = slow_loss(&stage->image, BLOCKS, h, holder_of);

			assert_int_equal(stage->graph.retained[BLOCKS + h], loss.bytes);
			assert_int_equal(stage->graph.kept_blocks[h], loss.blocks);
			for (uint32_t i = 0; i < BLOCKS; i++)
				assert_int_equal(stage->graph.keeper[i] == h, loss.of[i]);
			kept += loss.blocks;
		}
		for (uint32_t i = 0; i < BLOCKS; i++)
			kept -= stage->graph.keeper[i] != HEAP_GRAPH_NO_KEEPER;
		assert_int_equal(kept, 0);
	}
}

static void lost_blocks_retain_what_is_lost_with_them(void **state)
{
	struct stage *stage = *state;
	struct random random = { 4 };

	make(&stage->image, &random);
	stage->image.head.roots = stage->image.head.edges = 0;
	memset(stage->image.first, 0, sizeof stage->image.first);
	stage->image.head.edges = 1;    /* 0 -> 1 */
	stage->image.edges[0].block = 1;
	for (int i = 1; i <= BLOCKS; i++)
		stage->image.first[i] = 1;
	stage->image.blocks[0].verdict = VERDICT_DEFINITE;
	stage->image.blocks[1].verdict = VERDICT_INDIRECT;
	assert_int_equal(read_graph(stage, sizeof stage->image), 0);
	assert_int_equal(heap_graph_solve(&stage->graph, (const uint32_t[ROOTS_MAX]){ 0 }, 1, &stage->err), 0);
	assert_int_equal(stage->graph.dominator[1], 0);
	assert_int_equal(stage->graph.retained[0],
			 stage->image.blocks[0].bytes + stage->image.blocks[1].bytes);
	assert_int_equal(stage->graph.dominator[2], DOMINATOR_UNREACHED);
}

static void damaged_files_are_refused(void **state)
{
	struct stage *stage = *state;
	struct random random = { 5 };
	struct image good;

	assert_int_equal(heap_graph_file_read(&stage->graph, stage->profile, &KEY, &stage->err),
			 ERROR_NOT_FOUND);
	make(&stage->image, &random);
	good = stage->image;
	for (size_t cut = 0; cut < sizeof stage->image; cut += 40)
		assert_true(read_graph(stage, cut) < 0);

#define REFUSED(change) do { \
	stage->image = good; \
	stage->image.change; \
	assert_int_equal(read_graph(stage, sizeof good), ERROR_FORMAT); \
} while (0)
	REFUSED(head.magic[0] = 'x');
	REFUSED(head.pid = 5);
	REFUSED(head.check = 5);
	REFUSED(head.start_realtime_ns = 5);
	REFUSED(head.byte_order = 1);
	REFUSED(head.blocks = UINT64_MAX);
	REFUSED(head.edges = UINT64_MAX);
	REFUSED(head.blocks_at = UINT64_MAX - 7);
	REFUSED(head.roots_at = 4);
	REFUSED(head.roots = 1000);
	REFUSED(head.roots = UINT32_MAX);
	REFUSED(blocks[3].account = ACCOUNTS);
	REFUSED(blocks[3].verdict = HEAP_VERDICTS);
	REFUSED(first[0] = 1);
	REFUSED(first[5] = UINT64_MAX);
	REFUSED(first[BLOCKS] = EDGES_MAX + 1);
	REFUSED(edges[0].block = BLOCKS);
	REFUSED(roots[1].block = BLOCKS | HEAP_GRAPH_INTERIOR);
	REFUSED(roots[1].holder = LEAK_HOLDERS);
#undef REFUSED
	stage->image = good;
	stage->image.head.version = 9;
	assert_int_equal(read_graph(stage, sizeof good), ERROR_VERSION);
}

/* Whatever bytes are wrong: refused, or sound all the same. */
static void garbled_files_are_refused_or_sound(void **state)
{
	struct stage *stage = *state;
	struct random random = { 6 };
	int taken = 0;

	for (int i = 0; i < 1500; i++) {
		uint8_t *bytes = (uint8_t *)&stage->image;

		make(&stage->image, &random);
		for (uint64_t wrong = random_below(&random, 4) + 1; wrong > 0; wrong--)
			bytes[random_below(&random, sizeof stage->image)] = (uint8_t)random_below(&random, 256);
		if (read_graph(stage, sizeof stage->image) == 0)
			taken += stage->graph.block_count <= BLOCKS;
		else
			assert_true(stage->err.code == ERROR_FORMAT || stage->err.code == ERROR_VERSION);
	}
	assert_true(taken > 100);
}

static void rename_graph(const struct stage *stage, const char *suffix, char *path, size_t room)
{
	snprintf(path, room, "%s%s.heap.%d", stage->profile, suffix, CHECK);
	assert_int_equal(rename(stage->path, path), 0);
}

/* A profile that was renamed alone has its graph under the old name beside it. */
static void a_graph_is_known_by_what_it_says(void **state)
{
	struct stage *stage = *state;
	struct random random = { 7 };
	char other[96];

	make(&stage->image, &random);
	assert_int_equal(read_graph(stage, sizeof stage->image), 0);
	rename_graph(stage, "-old", other, sizeof other);
	heap_graph_release(&stage->graph);
	assert_int_equal(heap_graph_file_read(&stage->graph, stage->profile, &KEY, &stage->err), 0);
	assert_int_equal(stage->graph.block_count, BLOCKS);
	/* One of another process under the profile's own name does not hide it. */
	stage->image.head.pid++;
	assert_int_equal(read_graph(stage, sizeof stage->image), 0);
	unlink(other);
	assert_int_equal(read_graph(stage, sizeof stage->image), ERROR_FORMAT);
	assert_non_null(strstr(stage->err.message, "another process"));
}

static void a_graph_that_was_lost_on_the_way_is_told_from_none(void **state)
{
	struct stage *stage = *state;
	struct heap_graph_key key = KEY;

	assert_int_equal(heap_graph_file_read(&stage->graph, stage->profile, &key, &stage->err), ERROR_NOT_FOUND);
	assert_non_null(strstr(stage->err.message, "--heap-graph"));
	key.was_written = true;
	assert_int_equal(heap_graph_file_read(&stage->graph, stage->profile, &key, &stage->err), ERROR_NOT_FOUND);
	assert_non_null(strstr(stage->err.message, "is missing"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(retained_sizes_are_what_removal_loses, set_up, tear_down),
		cmocka_unit_test_setup_teardown(holders_keep_what_their_removal_loses, set_up, tear_down),
		cmocka_unit_test_setup_teardown(lost_blocks_retain_what_is_lost_with_them, set_up, tear_down),
		cmocka_unit_test_setup_teardown(damaged_files_are_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(garbled_files_are_refused_or_sound, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_graph_is_known_by_what_it_says, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_graph_that_was_lost_on_the_way_is_told_from_none, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
