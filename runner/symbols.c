#include "runner/symbols.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "runner/grow.h"

void symbols_release(struct symbols *symbols)
{
	free(symbols->text);
	free(symbols->start);
	free(symbols->slots);
	*symbols = (struct symbols)SYMBOLS_INIT;
}

/* FNV-1a, with the high half folded in: slots use the low bits. */
static size_t hash(const char *name, size_t length)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < length; i++)
		h = (h ^ (unsigned char)name[i]) * UINT64_C(1099511628211);
	return (size_t)(h ^ h >> 32);
}

static int equals(const struct symbols *symbols, uint32_t symbol, const char *name, size_t length)
{
	const char *text = symbols_name(symbols, symbol);

	return strncmp(text, name, length) == 0 && text[length] == '\0';
}

/* The slot that holds the name, or the empty one where it belongs. */
static size_t slot_of(const struct symbols *symbols, const char *name, size_t length)
{
	size_t mask = symbols->slot_count - 1;
	size_t slot = hash(name, length) & mask;

	while (symbols->slots[slot] != SYMBOL_NONE &&
	       !equals(symbols, symbols->slots[slot], name, length))
		slot = (slot + 1) & mask;
	return slot;
}

/* Keep the table at most half full. */
static int rehash(struct symbols *symbols)
{
	size_t slot_count = symbols->slot_count ? symbols->slot_count * 2 : 64;
	uint32_t *slots = malloc(slot_count * sizeof *slots);

	if (!slots)
		return -1;
	memset(slots, 0xff, slot_count * sizeof *slots);
	free(symbols->slots);
	symbols->slots = slots;
	symbols->slot_count = slot_count;
	for (uint32_t i = 0; i < symbols->count; i++) {
		const char *name = symbols_name(symbols, i);

		slots[slot_of(symbols, name, strlen(name))] = i;
	}
	return 0;
}

static int reserve(struct symbols *symbols, size_t length)
{
	if (symbols->slot_count < 2 * (symbols->count + 1) && rehash(symbols) != 0)
		return -1;
	uint32_t *start = grow(symbols->start, &symbols->capacity, symbols->count + 1, sizeof *start);
	if (!start)
		return -1;
	symbols->start = start;
	char *text = grow(symbols->text, &symbols->text_capacity, symbols->text_bytes + length + 1, 1);
	if (!text)
		return -1;
	symbols->text = text;
	return 0;
}

int symbols_intern(struct symbols *symbols, const char *name, size_t length,
		   uint32_t *symbol, struct error *err)
{
	uint32_t known = symbols_find(symbols, name, length);

	if (known != SYMBOL_NONE) {
		*symbol = known;
		return 0;
	}
	if (symbols->count >= SYMBOL_NONE - 1 || symbols->text_bytes + length >= UINT32_MAX)
		return error_set(err, ERROR_LIMIT, "more names than 4 GiB of text can hold");
	if (reserve(symbols, length) != 0)
		return error_set(err, ERROR_NO_MEMORY, "no memory for %zu names", symbols->count + 1);
	symbols->slots[slot_of(symbols, name, length)] = (uint32_t)symbols->count;
	symbols->start[symbols->count] = (uint32_t)symbols->text_bytes;
	memcpy(symbols->text + symbols->text_bytes, name, length);
	symbols->text[symbols->text_bytes + length] = '\0';
	symbols->text_bytes += length + 1;
	*symbol = (uint32_t)symbols->count++;
	return 0;
}

uint32_t symbols_find(const struct symbols *symbols, const char *name, size_t length)
{
	if (!symbols->slot_count)
		return SYMBOL_NONE;
	return symbols->slots[slot_of(symbols, name, length)];
}
