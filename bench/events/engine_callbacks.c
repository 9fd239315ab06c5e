/*
 * Before: each token has a state machine of its own.  For each of 9 states it
 * has a table of listeners to transitions and one to data, made by its
 * constructor whether anybody will listen or not.  A listener is a closure
 * under a unique key, in an inner table that is made on first use.  Closures
 * point back at the token.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "table.h"

/* What a callback needs to know when its time comes. */
struct closure {
	step *call;
	struct engine *engine;
	struct token *token;
	struct machine *machine;
};

struct machine {
	enum state state;
	struct table *on_transition[STATES];    /* "enter", "leave" -> inner table: key -> closure */
	struct table *on_data[STATES];
	struct engine *engine;
	struct token *token;
};

struct engine {
	struct token **removed;
	size_t removed_count, removed_capacity;
	uint64_t keys;
};

struct engine *engine_new(void)
{
	return xcalloc(1, sizeof(struct engine));
}

/* Unique, as long as a uuid. */
static char *new_key(struct engine *engine)
{
	char *key = xmalloc(37);

	snprintf(key, 37, "%08x-0000-4000-8000-%012llx", 0x5eed, (unsigned long long)engine->keys++);
	return key;
}

static char *copy_key(const char *name)
{
	char *key = xmalloc(strlen(name) + 1);

	return strcpy(key, name);
}

static void listen(struct machine *machine, enum state state, const char *when, step *call)
{
	struct table *outer = machine->on_transition[state];
	struct table *inner = table_get(outer, when);

	if (!inner) {
		inner = table_new();
		table_put(outer, copy_key(when), inner);
	}
	struct closure *closure = xmalloc(sizeof *closure);
	*closure = (struct closure){ call, machine->engine, machine->token, machine };
	table_put(inner, new_key(machine->engine), closure);
}

static void after_enter(struct machine *machine, enum state state, step *call)
{
	listen(machine, state, "enter", call);
}

static void after_leave(struct machine *machine, enum state state, step *call)
{
	listen(machine, state, "leave", call);
}

static struct machine *machine_new(struct engine *engine, struct token *token)
{
	struct machine *machine = xmalloc(sizeof *machine);

	machine->state = NEW;
	machine->engine = engine;
	machine->token = token;
	for (int state = 0; state < STATES; state++) {
		machine->on_transition[state] = table_new();
		machine->on_data[state] = table_new();
	}
	return machine;
}

static void free_inner(void *inner)
{
	table_free(inner, free);
}

static void machine_free(struct machine *machine)
{
	for (int state = 0; state < STATES; state++) {
		table_free(machine->on_transition[state], free_inner);
		table_free(machine->on_data[state], free_inner);
	}
	free(machine);
}

void engine_add(struct engine *engine, struct token *token)
{
	struct machine *machine = token->machine = machine_new(engine, token);

	after_enter(machine, PROCESSING, process_token);
	after_enter(machine, WAITING, wait_for_children);
	after_enter(machine, RUNNING, run_task);
	after_enter(machine, ERROR, fail_task);
	after_enter(machine, ROUTING, route_token);
	after_enter(machine, DONE_CHECK, check_done);
	after_enter(machine, DONE, end_token);
	after_leave(machine, RUNNING, end_task);
	engine_move(engine, token, PROCESSING);
}

static void call_all(const struct machine *machine, enum state state, const char *when)
{
	const struct table *inner = table_get(machine->on_transition[state], when);

	for (size_t i = 0; inner && i < inner->count; i++) {
		const struct closure *closure = inner->entries[i].value;

		closure->call(closure->engine, closure->token);
	}
}

/* A step may move the token on: callbacks nest as deep as its states. */
void engine_move(struct engine *engine, struct token *token, enum state to)
{
	struct machine *machine = token->machine;
	enum state from = machine->state;

	(void)engine;
	machine->state = token->state = to;
	call_all(machine, from, "leave");
	call_all(machine, to, "enter");
}

void engine_remove(struct engine *engine, struct token *token)
{
	if (engine->removed_count == engine->removed_capacity) {
		engine->removed_capacity = engine->removed_capacity ? engine->removed_capacity * 2 : 64;
		engine->removed = realloc(engine->removed,
					  engine->removed_capacity * sizeof *engine->removed);
		if (!engine->removed)
			abort();
	}
	engine->removed[engine->removed_count++] = token;
}

/* All has happened in the callbacks; what was removed can go, none of its own is running. */
void engine_settle(struct engine *engine)
{
	for (size_t i = 0; i < engine->removed_count; i++) {
		machine_free(engine->removed[i]->machine);
		token_free(engine->removed[i]);
	}
	engine->removed_count = 0;
}

void engine_free(struct engine *engine)
{
	free(engine->removed);
	free(engine);
}
