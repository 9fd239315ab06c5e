/*
 * symbols: the names of a graph, each kept once and numbered from 0.
 *
 * Numbers follow the order of first mention and never change.  A name is any
 * string without NUL.  Used by the graph builder, and by the graph to find a
 * node by its name.
 */
#ifndef DAGMEM_RUNNER_SYMBOLS_H
#define DAGMEM_RUNNER_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

struct error;

#define SYMBOL_NONE UINT32_MAX

struct symbols {
	char *text;             /* the names, each NUL-terminated */
	size_t text_bytes, text_capacity;
	uint32_t *start;        /* of name i in `text` */
	size_t count, capacity;
	uint32_t *slots;        /* open addressing: symbol, or SYMBOL_NONE */
	size_t slot_count;      /* a power of two, or 0 */
};

#define SYMBOLS_INIT { NULL, 0, 0, NULL, 0, 0, NULL, 0 }

void symbols_release(struct symbols *symbols);

/* The number of the name of `length` bytes, new or known.  ERROR_NO_MEMORY, ERROR_LIMIT. */
int symbols_intern(struct symbols *symbols, const char *name, size_t length,
		   uint32_t *symbol, struct error *err);

/* SYMBOL_NONE when the name was never interned. */
uint32_t symbols_find(const struct symbols *symbols, const char *name, size_t length);

/* Valid until the next symbols_intern(). */
static inline const char *symbols_name(const struct symbols *symbols, uint32_t symbol)
{
	return symbols->text + symbols->start[symbol];
}

#endif
