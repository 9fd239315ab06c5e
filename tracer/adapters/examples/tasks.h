/*
 * tasks: what an example's tasks allocate, by the name that their nodes should
 * have.
 *
 * The examples check the adapters: they know what each task has allocated and
 * which others it needs, and write it as JSON into the file that $TRUTH names:
 *
 *   {"nodes": {"task openmp.c:42": {"total": 300, "live": 100, "ran": 3}, ...},
 *    "edges": {"task openmp.c:42 -> task openmp.c:47": 1, ...}}
 *
 * All allocations are on one line of this file, so that they can be told from
 * what the engine allocates in the same task.
 */
#ifndef TASKS_H
#define TASKS_H

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TASKS_MAX = 256 };

struct task_truth { char name[64]; long long total_bytes, live_bytes, ran; };
struct edge_truth { char name[160]; int count; };

static struct task_truth task_truth[TASKS_MAX];
static struct edge_truth edge_truth[TASKS_MAX];
static int task_count, edge_count;
static int tasks_edges_known;           /* not 0: the same graph runs again */
static pthread_mutex_t task_lock = PTHREAD_MUTEX_INITIALIZER;

/* Before every block; the program's own is behind it. */
struct task_block { struct task_truth *owner; size_t size_bytes; };

static struct task_truth *task_named(const char *name)
{
	int i = 0;

	while (i < task_count && strcmp(task_truth[i].name, name) != 0)
		i++;
	if (i == task_count) {
		if (task_count++ == TASKS_MAX)
			abort();
		snprintf(task_truth[i].name, sizeof task_truth[i].name, "%s", name);
	}
	return &task_truth[i];
}

/* The line that allocates; bytes are those of the whole block. */
static void *task_new(const char *name, size_t size_bytes)
{
	struct task_block *block = malloc(size_bytes);

	pthread_mutex_lock(&task_lock);
	block->owner = task_named(name);
	block->size_bytes = size_bytes;
	block->owner->total_bytes += (long long)size_bytes;
	block->owner->live_bytes += (long long)size_bytes;
	pthread_mutex_unlock(&task_lock);
	return block;
}

static void task_free(void *data)
{
	struct task_block *block = data;

	pthread_mutex_lock(&task_lock);
	block->owner->live_bytes -= (long long)block->size_bytes;
	pthread_mutex_unlock(&task_lock);
	free(block);
}

static void task_ran(const char *name)
{
	pthread_mutex_lock(&task_lock);
	task_named(name)->ran++;
	pthread_mutex_unlock(&task_lock);
}

/* `to` needs `from`. */
static void task_edge(const char *from, const char *to)
{
	char name[sizeof edge_truth[0].name];
	int i = 0;

	if (tasks_edges_known)
		return;
	snprintf(name, sizeof name, "%s -> %s", from, to);
	pthread_mutex_lock(&task_lock);
	while (i < edge_count && strcmp(edge_truth[i].name, name) != 0)
		i++;
	if (i == edge_count) {
		if (edge_count++ == TASKS_MAX)
			abort();
		strcpy(edge_truth[i].name, name);
	}
	edge_truth[i].count++;
	pthread_mutex_unlock(&task_lock);
}

static void tasks_write(void)
{
	const char *path = getenv("TRUTH");
	FILE *file = path ? fopen(path, "w") : NULL;

	if (!file)
		return;
	fprintf(file, "{\"nodes\":{");
	for (int i = 0; i < task_count; i++)
		fprintf(file, "%s\"%s\":{\"total\":%lld,\"live\":%lld,\"ran\":%lld}", i ? "," : "",
			task_truth[i].name, task_truth[i].total_bytes, task_truth[i].live_bytes,
			task_truth[i].ran);
	fprintf(file, "},\n\"edges\":{");
	for (int i = 0; i < edge_count; i++)
		fprintf(file, "%s\"%s\":%d", i ? "," : "", edge_truth[i].name, edge_truth[i].count);
	fprintf(file, "}}\n");
	fclose(file);
}

#endif
