#include "runner/payload.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "runner/results.h"

enum { PIECE_BYTES = 64 * 1024 };

/* How one kind of result is made, read and destroyed. */
struct kind {
	const char *name;
	/* Fill call->result with `bytes` that begin with `digest` and follow from it and the inputs. */
	int (*make)(struct dagrun_call *call, uint64_t digest, uint64_t bytes);
	uint64_t (*digest)(struct dagrun_value value);
	void (*destroy)(struct dagrun_value value);
};

struct payload {
	const struct graph *graph;
	const struct kind *kind;
	struct payload **blocks;        /* by the graph's maps */
};

/* --- Memory --------------------------------------------------------------------- */

static uint64_t next_word(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Fill `bytes` from `from`, which may be the same memory; the digest comes first. */
static void transform(unsigned char *to, const unsigned char *from, uint64_t from_bytes,
		      uint64_t bytes, uint64_t digest)
{
	uint64_t state = digest | 1, at = 0;

	for (; at + sizeof(uint64_t) <= bytes; at += sizeof(uint64_t)) {
		uint64_t word = 0;

		if (at + sizeof word <= from_bytes)
			memcpy(&word, from + at, sizeof word);
		word += next_word(&state);
		memcpy(to + at, at ? &word : &digest, sizeof word);
	}
	for (; at < bytes; at++)
		to[at] = (unsigned char)(digest >> at % sizeof digest * 8);
}

/* In place where that is offered, else into a block of its own. */
static int make_memory(struct dagrun_call *call, uint64_t digest, uint64_t bytes)
{
	struct dagrun_value from = { NULL, 0 };
	unsigned char *to;

	if (call->input_count)
		from = call->inputs[call->donated >= 0 ? call->donated : 0];
	if (call->donated >= 0 && bytes) {
		transform(from.data, from.data, from.bytes, bytes, digest);
		to = from.bytes == bytes ? from.data : realloc(from.data, bytes);
		call->taken = 1;
		call->result = (struct dagrun_value){ to ? to : from.data, bytes };
		return 0;
	}
	to = malloc(bytes ? bytes : 1);
	if (!to) {
		snprintf(call->message, call->message_size, "no memory for %llu bytes",
			 (unsigned long long)bytes);
		return -1;
	}
	transform(to, from.data, from.bytes, bytes, digest);
	call->result = (struct dagrun_value){ to, bytes };
	return 0;
}

static uint64_t digest_of_memory(struct dagrun_value value)
{
	uint64_t digest = 0;

	if (value.data)
		memcpy(&digest, value.data, value.bytes < sizeof digest ? value.bytes : sizeof digest);
	return digest;
}

static void destroy_memory(struct dagrun_value value)
{
	free(value.data);
}

/* --- Files: `data` is the descriptor plus 1 ---------------------------------------- */

static int file_of(struct dagrun_value value)
{
	return (int)((intptr_t)value.data - 1);
}

static int open_unlinked(void)
{
	const char *folder = getenv("TMPDIR");

	return open(folder && *folder ? folder : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
}

static int write_all(int file, const unsigned char *piece, size_t bytes)
{
	while (bytes) {
		ssize_t written = write(file, piece, bytes);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return -1;
		piece += written;
		bytes -= (size_t)written;
	}
	return 0;
}

/* Piece by piece: what the first input has at that place, transformed. */
static int copy_pieces(int to, const struct dagrun_call *call, uint64_t digest, uint64_t bytes)
{
	unsigned char *piece = calloc(1, PIECE_BYTES);
	int status = piece ? 0 : -1;

	for (uint64_t at = 0; status == 0 && at < bytes; at += PIECE_BYTES) {
		size_t length = bytes - at < PIECE_BYTES ? (size_t)(bytes - at) : PIECE_BYTES;
		ssize_t got = 0;

		if (call->input_count)
			got = pread(file_of(call->inputs[0]), piece, length, (off_t)at);
		transform(piece, piece, got > 0 ? (uint64_t)got : 0, length, digest + at);
		status = write_all(to, piece, length);
	}
	free(piece);
	return status;
}

static int make_file(struct dagrun_call *call, uint64_t digest, uint64_t bytes)
{
	int file = open_unlinked();
	struct error err;

	if (file >= 0 && copy_pieces(file, call, digest, bytes) == 0) {
		call->result = (struct dagrun_value){ (void *)(intptr_t)(file + 1), bytes };
		return 0;
	}
	error_system(&err, errno, "writing a file of %llu bytes", (unsigned long long)bytes);
	snprintf(call->message, call->message_size, "%s", err.message);
	if (file >= 0)
		close(file);
	return -1;
}

static uint64_t digest_of_file(struct dagrun_value value)
{
	uint64_t digest = 0;

	if (!value.data || pread(file_of(value), &digest, sizeof digest, 0) < 0)
		return 0;
	return digest;
}

static void destroy_file(struct dagrun_value value)
{
	close(file_of(value));
}

/* --- Nothing ------------------------------------------------------------------------ */

static int make_nothing(struct dagrun_call *call, uint64_t digest, uint64_t bytes)
{
	(void)digest;
	call->taken = call->donated >= 0;
	call->result = (struct dagrun_value){ NULL, bytes };
	return 0;
}

static uint64_t digest_of_nothing(struct dagrun_value value)
{
	(void)value;
	return 0;
}

static void destroy_nothing(struct dagrun_value value)
{
	(void)value;
}

static const struct kind kinds[] = {
	{ "transform", make_memory, digest_of_memory, destroy_memory },
	{ "file", make_file, digest_of_file, destroy_file },
	{ "none", make_nothing, digest_of_nothing, destroy_nothing },
};

const char *const payload_names[] = { "transform", "file", "none", NULL };

/* --- Tasks --------------------------------------------------------------------------- */

static void free_blocks(struct payload *payload)
{
	for (uint32_t i = 0; payload->blocks && i < payload->graph->map_count; i++)
		free(payload->blocks[i]);
	free(payload->blocks);
}

void payload_free(struct payload *payload)
{
	if (!payload)
		return;
	free_blocks(payload);
	free(payload);
}

static const struct kind *find(const char *name)
{
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

/* One payload per map; their graphs hold no maps. */
static int make_blocks(struct payload *payload)
{
	payload->blocks = calloc((size_t)payload->graph->map_count + 1, sizeof(struct payload *));
	for (uint32_t i = 0; payload->blocks && i < payload->graph->map_count; i++) {
		payload->blocks[i] = calloc(1, sizeof(struct payload));
		if (!payload->blocks[i])
			return -1;
		payload->blocks[i]->graph = payload->graph->maps[i].block;
		payload->blocks[i]->kind = payload->kind;
	}
	return payload->blocks ? 0 : -1;
}

int payload_new(const char *name, const struct graph *graph, struct payload **result,
		struct error *err)
{
	const struct kind *kind = find(name);

	if (!kind)
		return error_set(err, ERROR_USAGE, "there is no payload '%s' (transform, file, none)", name);
	struct payload *payload = calloc(1, sizeof *payload);
	if (payload) {
		payload->graph = graph;
		payload->kind = kind;
	}
	if (!payload || make_blocks(payload) != 0) {
		payload_free(payload);
		return error_set(err, ERROR_NO_MEMORY, "no memory for a payload");
	}
	*result = payload;
	return 0;
}

uint64_t payload_digest(const struct payload *payload, struct dagrun_value value)
{
	return payload->kind->digest(value);
}

/* Use `bytes` of memory while `make` runs. */
static int with_transient(const struct kind *kind, struct dagrun_call *call, uint64_t digest,
			  uint64_t bytes, uint64_t transient_bytes)
{
	unsigned char *transient = NULL;

	if (transient_bytes && kind->make == make_memory) {
		transient = malloc(transient_bytes);
		if (!transient) {
			snprintf(call->message, call->message_size, "no memory for a transient of %llu bytes",
				 (unsigned long long)transient_bytes);
			return -1;
		}
		memset(transient, 1, transient_bytes);
		digest += transient[transient_bytes - 1];
	}
	int status = kind->make(call, digest, bytes);
	free(transient);
	return status;
}

/* A collected map result is no single block: it counts by its items. */
static uint64_t digest_of_input(const struct payload *payload, uint32_t dep, struct dagrun_value value)
{
	uint64_t digest = 0;

	if (payload->graph->flags[dep] & NODE_INPUT)
		return digest_of_memory(value);
	if (!(payload->graph->flags[dep] & NODE_MAP))
		return payload->kind->digest(value);
	const struct dagrun_items *items = value.data;
	for (size_t i = 0; i < items->count; i++)
		digest = digest * 31 + payload->kind->digest(items->values[i]);
	return digest;
}

/* An input that is not a block of this kind is read for its digest alone. */
static void hide_foreign_inputs(const struct payload *payload, uint32_t node, struct dagrun_call *call,
				struct dagrun_value *first)
{
	const struct graph *graph = payload->graph;

	if (!call->input_count)
		return;
	uint32_t dep = graph->named_deps[graph->dep_start[node]];
	if (call->donated < 0 && graph->flags[dep] & (NODE_MAP | NODE_INPUT)) {
		call->input_count = 0;
		call->inputs = first;
	}
}

static int run(void *context, uint32_t node, struct dagrun_call *call)
{
	const struct payload *payload = context;
	const struct graph *graph = payload->graph;
	struct dagrun_value none = { NULL, 0 };
	uint64_t digest = node + 1;

	for (size_t i = 0; i < call->input_count; i++) {
		uint32_t dep = graph->named_deps[graph->dep_start[node] + i];

		digest = digest * UINT64_C(0x9e3779b97f4a7c15) +
			digest_of_input(payload, dep, call->inputs[i]);
	}
	hide_foreign_inputs(payload, node, call, &none);
	return with_transient(payload->kind, call, digest, graph->size_bytes[node],
			      graph->transient_bytes[node]);
}

static void destroy(void *context, uint32_t node, struct dagrun_value value)
{
	const struct payload *payload = context;

	(void)node;
	payload->kind->destroy(value);
}

static int count(void *context, uint32_t node, struct dagrun_call *call, size_t *items)
{
	const struct payload *payload = context;

	(void)call;
	*items = graph_map_of(payload->graph, node)->items;
	return 0;
}

/* An item is its number: eight bytes that block nodes read. */
static int item(void *context, uint32_t node, struct dagrun_call *call, size_t index)
{
	uint64_t *number = malloc(sizeof *number);

	(void)context;
	(void)node;
	if (!number)
		return -1;
	*number = index;
	call->result.data = number;
	call->result.bytes = sizeof *number;
	return 0;
}

static void destroy_item(void *context, uint32_t node, struct dagrun_value value)
{
	(void)context;
	(void)node;
	free(value.data);
}

static void *block(void *context, uint32_t node)
{
	const struct payload *payload = context;

	return payload->blocks[graph_map_of(payload->graph, node) - payload->graph->maps];
}

const struct task_ops payload_ops = {
	.run = run,
	.destroy = destroy,
	.count = count,
	.item = item,
	.destroy_item = destroy_item,
	.block = block,
};

void payload_destroy(struct payload *payload, uint32_t node, struct dagrun_value value)
{
	struct results results = { .graph = payload->graph, .ops = &payload_ops, .context = payload };

	results_destroy_value(&results, node, value);
}
