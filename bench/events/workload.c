/*
 * workload: 1000 events of 5 tasks each go through a workflow, as an engine for
 * event processing has them.  6,001 tokens: a root, a parent per event and its
 * tasks; each task token has a deep copy of the event's data (7.7 KB in 79
 * blocks).  Snapshot "scheduled": all 5,000 tasks run, nothing is done.
 *
 *     NEW -> PROCESSING -> WAITING (parents) or RUNNING (tasks)
 *         -> ROUTING -> DONE_CHECK -> DONE
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dagmem.h"
#include "engine.h"

enum {
	EVENTS = 1000, TASKS_PER_EVENT = 5, TASKS = EVENTS * TASKS_PER_EVENT,
	TOKENS = 1 + EVENTS + TASKS,
	FIELDS = 26, VALUE_BYTES = 261,
};

struct field {
	char *name, *value;
	struct field *next;
};

struct record {
	struct field *fields;
	size_t count;
};

/* What the steps share: the original data, and who is scheduled. */
static struct record *event_data;
static struct token *scheduled[TASKS];
static size_t scheduled_count, ran_count;
static uint32_t next_id;

void *xmalloc(size_t size)
{
	void *memory = malloc(size);

	if (!memory)
		abort();
	return memory;
}

void *xcalloc(size_t count, size_t size)
{
	void *memory = calloc(count, size);

	if (!memory)
		abort();
	return memory;
}

static char *copy_text(const char *text)
{
	return strcpy(xmalloc(strlen(text) + 1), text);
}

static void add_field(struct record *record, const char *name, const char *value)
{
	struct field *field = xmalloc(sizeof *field);

	field->name = copy_text(name);
	field->value = copy_text(value);
	field->next = record->fields;
	record->fields = field;
	record->count++;
}

static struct record *record_new(void)
{
	struct record *record = xcalloc(1, sizeof *record);
	char name[16], value[VALUE_BYTES];

	memset(value, 'x', sizeof value - 1);
	value[sizeof value - 1] = '\0';
	for (int i = 0; i < FIELDS; i++) {
		snprintf(name, sizeof name, "field_%02d", i);
		add_field(record, name, value);
	}
	return record;
}

static struct record *record_copy(const struct record *from)
{
	struct record *copy = xcalloc(1, sizeof *copy);

	for (const struct field *field = from->fields; field; field = field->next)
		add_field(copy, field->name, field->value);
	return copy;
}

static void record_free(struct record *record)
{
	while (record && record->fields) {
		struct field *field = record->fields;

		record->fields = field->next;
		free(field->name);
		free(field->value);
		free(field);
	}
	free(record);
}

static struct token *token_new(struct token *parent)
{
	struct token *token = xcalloc(1, sizeof *token);

	token->id = next_id++;
	token->parent = parent;
	if (parent)
		parent->children++;
	return token;
}

void token_free(struct token *token)
{
	record_free(token->data);
	free(token);
}

/* --- The steps ----------------------------------------------------------------------- */

/* The root gets the events, each event its tasks; a task gets its data and runs. */
void process_token(struct engine *engine, struct token *token)
{
	int children = !token->parent ? EVENTS : !token->parent->parent ? TASKS_PER_EVENT : 0;

	if (!children) {
		token->data = record_copy(event_data);
		engine_move(engine, token, RUNNING);
		return;
	}
	for (int i = 0; i < children; i++)
		engine_add(engine, token_new(token));
	engine_move(engine, token, WAITING);
}

void wait_for_children(struct engine *engine, struct token *token)
{
	(void)engine;
	(void)token;
}

void run_task(struct engine *engine, struct token *token)
{
	(void)engine;
	scheduled[scheduled_count++] = token;
}

void end_task(struct engine *engine, struct token *token)
{
	(void)engine;
	(void)token;
	ran_count++;
}

void fail_task(struct engine *engine, struct token *token)
{
	engine_move(engine, token, ROUTING);
}

void route_token(struct engine *engine, struct token *token)
{
	engine_move(engine, token, DONE_CHECK);
}

void check_done(struct engine *engine, struct token *token)
{
	if (!token->children)
		engine_move(engine, token, DONE);
}

/* The last child of a waiting parent sets it going again. */
void end_token(struct engine *engine, struct token *token)
{
	struct token *parent = token->parent;

	if (parent && --parent->children == 0)
		engine_move(engine, parent, ROUTING);
	engine_remove(engine, token);
}

int main(void)
{
	struct engine *engine = engine_new();

	event_data = record_new();
	engine_add(engine, token_new(NULL));
	engine_settle(engine);
	dagmem_snapshot("scheduled");
	for (size_t i = 0; i < scheduled_count; i++) {
		engine_move(engine, scheduled[i], ROUTING);
		engine_settle(engine);
	}
	printf("%u tokens, %zu tasks scheduled, %zu ran\n", next_id, scheduled_count, ran_count);
	engine_free(engine);
	record_free(event_data);
	return next_id != TOKENS || ran_count != TASKS;
}
