/*
 * After: nothing per token.  The engine knows its events, which of them are in
 * which state, and which have a step to do there; a loop consumes by state
 * while something changed.
 */
#include <stdlib.h>
#include <string.h>

#include "engine.h"

/* From token id to token: an array, since ids are small numbers. */
struct index {
	struct token **token;
	size_t capacity, count;
	size_t first;                   /* no token is below */
};

struct engine {
	struct index events, bystate[STATES], handlers[STATES];
	struct index removed;
};

static step *const enter[STATES] = {
	[PROCESSING] = process_token,
	[WAITING] = wait_for_children,
	[RUNNING] = run_task,
	[ERROR] = fail_task,
	[ROUTING] = route_token,
	[DONE_CHECK] = check_done,
	[DONE] = end_token,
};

static step *const leave[STATES] = { [RUNNING] = end_task };

static void index_put(struct index *index, struct token *token)
{
	if (token->id >= index->capacity) {
		size_t capacity = index->capacity ? index->capacity : 64;

		while (capacity <= token->id)
			capacity *= 2;
		index->token = realloc(index->token, capacity * sizeof *index->token);
		if (!index->token)
			abort();
		memset(index->token + index->capacity, 0,
		       (capacity - index->capacity) * sizeof *index->token);
		index->capacity = capacity;
	}
	index->token[token->id] = token;
	index->count++;
	if (token->id < index->first)
		index->first = token->id;
}

static void index_drop(struct index *index, const struct token *token)
{
	index->token[token->id] = NULL;
	index->count--;
}

/* NULL when empty. */
static struct token *index_take(struct index *index)
{
	if (!index->count) {
		index->first = 0;
		return NULL;
	}
	while (!index->token[index->first])
		index->first++;
	struct token *token = index->token[index->first];
	index_drop(index, token);
	return token;
}

struct engine *engine_new(void)
{
	return xcalloc(1, sizeof(struct engine));
}

void engine_add(struct engine *engine, struct token *token)
{
	index_put(&engine->events, token);
	index_put(&engine->bystate[NEW], token);
	engine_move(engine, token, PROCESSING);
}

void engine_move(struct engine *engine, struct token *token, enum state to)
{
	enum state from = token->state;

	index_drop(&engine->bystate[from], token);
	token->state = to;
	index_put(&engine->bystate[to], token);
	if (leave[from])
		leave[from](engine, token);
	if (enter[to])
		index_put(&engine->handlers[to], token);
}

void engine_remove(struct engine *engine, struct token *token)
{
	index_drop(&engine->bystate[token->state], token);
	index_drop(&engine->events, token);
	index_put(&engine->removed, token);
}

/* One round over the states; 1 when a token had something to do. */
static int consume(struct engine *engine)
{
	struct token *token;
	int changed = 0;

	for (int state = 0; state < STATES; state++)
		while ((token = index_take(&engine->handlers[state]))) {
			enter[state](engine, token);
			changed = 1;
		}
	while ((token = index_take(&engine->removed)))
		token_free(token);
	return changed;
}

void engine_settle(struct engine *engine)
{
	while (consume(engine))
		;
}

void engine_free(struct engine *engine)
{
	for (int state = 0; state < STATES; state++) {
		free(engine->bystate[state].token);
		free(engine->handlers[state].token);
	}
	free(engine->events.token);
	free(engine->removed.token);
	free(engine);
}
