/*
 * starpu: StarPU tasks, on CPU workers, which allocate known numbers of bytes.
 *
 * usage: starpu WORKERS
 *
 * Nodes are named as their tasks or codelets are.  Prints how many tasks ran;
 * see tasks.h for the rest.
 */
#include <starpu.h>

#include "tasks.h"

enum { TILES = 4, ROWS = 1000 };

static int ran;

static void count(const char *name)
{
	__atomic_fetch_add(&ran, 1, __ATOMIC_RELAXED);
	task_ran(name);
}

#define TILE(number) ((double *)STARPU_VECTOR_GET_PTR(buffers[number]))

/* --- What tasks do ----------------------------------------------------------- */

static void load(void *buffers[], void *argument)
{
	(void)argument;
	TILE(0)[0] = 1;
	task_free(task_new("load", 1000));
	count("load");
}

static void scale(void *buffers[], void *argument)
{
	(void)argument;
	TILE(0)[0] *= 2;
	task_free(task_new("scale", 200));
	count("scale");
}

static void join(void *buffers[], void *argument)
{
	(void)argument;
	TILE(2)[0] = TILE(0)[0] + TILE(1)[0];
	task_free(task_new("join", 300));
	count("join");
}

static void add(void *buffers[], void *argument)
{
	(void)argument;
	TILE(1)[0] += TILE(0)[0];
	task_free(task_new("add", 40));
	count("add");
}

/* What it keeps is live at the end. */
static void keep(void *buffers[], void *name)
{
	(void)buffers;
	task_new(name, 500);
	count(name);
}

static struct starpu_codelet load_codelet = {
	.cpu_funcs = { load }, .nbuffers = 1, .modes = { STARPU_W }, .name = "load",
};
static struct starpu_codelet scale_codelet = {
	.cpu_funcs = { scale }, .nbuffers = 1, .modes = { STARPU_RW }, .name = "scale",
};
static struct starpu_codelet join_codelet = {
	.cpu_funcs = { join }, .nbuffers = 3, .modes = { STARPU_R, STARPU_R, STARPU_W }, .name = "join",
};
/* In any order, since each adds. */
static struct starpu_codelet add_codelet = {
	.cpu_funcs = { add }, .nbuffers = 2, .modes = { STARPU_R, STARPU_RW | STARPU_COMMUTE }, .name = "add",
};
static struct starpu_codelet nameless_codelet = { .cpu_funcs = { keep } };

/* --- The graph --------------------------------------------------------------- */

static void check(int result)
{
	if (result != 0) {
		fprintf(stderr, "starpu: no worker takes a task\n");
		exit(1);
	}
}

/* Dependences by what tasks do to data; outputs are allocated by StarPU. */
static void by_data(void)
{
	starpu_data_handle_t tile[TILES], sum, total;
	static double total_memory[8];

	starpu_vector_data_register(&total, STARPU_MAIN_RAM, (uintptr_t)total_memory, 8, sizeof(double));
	starpu_vector_data_register(&sum, -1, 0, 3 * ROWS, sizeof(double));
	for (int i = 0; i < TILES; i++) {
		starpu_vector_data_register(&tile[i], -1, 0, ROWS, sizeof(double));
		check(starpu_task_insert(&load_codelet, STARPU_W, tile[i], 0));
		check(starpu_task_insert(&scale_codelet, STARPU_RW, tile[i], 0));
		check(starpu_task_insert(&add_codelet, STARPU_R, tile[i], STARPU_RW | STARPU_COMMUTE, total, 0));
		task_edge("load", "scale");
		task_edge("scale", "add");
	}
	check(starpu_task_insert(&join_codelet, STARPU_R, tile[0], STARPU_R, tile[1], STARPU_W, sum, 0));
	task_edge("scale", "join");
	task_edge("scale", "join");
	check(starpu_task_insert(&add_codelet, STARPU_R, sum, STARPU_RW | STARPU_COMMUTE, total, 0));
	task_edge("join", "add");
	for (int i = 0; i < TILES; i++)
		starpu_data_unregister_submit(tile[i]);
	starpu_data_unregister_submit(sum);
	starpu_data_unregister(total);
}

/* A task of that name; without one it is named after the codelet's function. */
static struct starpu_task *task_tagged(starpu_tag_t tag, const char *name, const char *truth)
{
	struct starpu_task *task = starpu_task_create();

	task->cl = &nameless_codelet;
	task->name = name;
	task->cl_arg = (void *)truth;
	task->use_tag = 1;
	task->tag_id = tag;
	return task;
}

/* Dependences that are declared: of tasks, and by tag. */
static void by_declaration(void)
{
	struct starpu_task *first = task_tagged(1001, "first", "first");
	struct starpu_task *second = task_tagged(1002, "second", "second");
	struct starpu_task *third = task_tagged(1003, NULL, "codelet keep");

	starpu_task_declare_deps(second, 1, first);
	starpu_tag_declare_deps(1003, 2, (starpu_tag_t)1001, (starpu_tag_t)1002);
	task_edge("first", "second");
	task_edge("first", "codelet keep");
	task_edge("second", "codelet keep");
	check(starpu_task_submit(first));
	check(starpu_task_submit(second));
	check(starpu_task_submit(third));
}

int main(int argc, char **argv)
{
	struct starpu_conf conf;

	starpu_conf_init(&conf);
	conf.ncpus = argc > 1 ? atoi(argv[1]) : 2;
	conf.ncuda = conf.nopencl = 0;
	if (starpu_init(&conf) != 0) {
		fprintf(stderr, "starpu: starpu_init failed\n");
		return 1;
	}
	by_data();
	by_declaration();
	starpu_task_wait_for_all();
	starpu_shutdown();
	printf("%d tasks\n", ran);
	tasks_write();
	return 0;
}
