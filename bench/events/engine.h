/*
 * engine: takes tokens through their states.
 *
 * Two implementations of one interface, to be compared: engine_callbacks.c
 * gives each token a state machine of its own with listeners, engine_queues.c
 * keeps queues by state for all of them.  What a token does in a state is in
 * workload.c; both engines call it.
 */
#ifndef BENCH_EVENTS_ENGINE_H
#define BENCH_EVENTS_ENGINE_H

#include <stddef.h>
#include <stdint.h>

enum state {
	NEW, PROCESSING, WAITING, RUNNING, ERROR, ROUTING, DONE_CHECK, DONE_END_TASK, DONE,
	STATES
};

struct engine;
struct machine;
struct record;

struct token {
	uint32_t id;
	enum state state;
	struct token *parent;
	unsigned children;              /* that are not done */
	struct record *data;            /* a task's own copy, or NULL */
	struct machine *machine;        /* the callbacks engine's */
};

typedef void step(struct engine *engine, struct token *token);

struct engine *engine_new(void);
void engine_free(struct engine *engine);

/* A token that is NEW; it goes on to PROCESSING. */
void engine_add(struct engine *engine, struct token *token);

/* Leave the token's state for another. */
void engine_move(struct engine *engine, struct token *token, enum state to);

/* The token is not the engine's any more; it is given to token_free() at the next settling. */
void engine_remove(struct engine *engine, struct token *token);

/* Go on until nothing changes. */
void engine_settle(struct engine *engine);

/* workload.c: what is done on entering a state; and on leaving RUNNING. */
step process_token, wait_for_children, run_task, fail_task, route_token, check_done, end_token, end_task;
void token_free(struct token *token);

/* malloc() and calloc() that end the program when there is no memory. */
void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);

#endif
