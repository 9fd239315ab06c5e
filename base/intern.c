#include "base/intern.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* FNV-1a, 64 bits. */
static uint64_t hash(const char *text)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return h;
}

static bool have_room(struct intern *intern)
{
	if (intern->count < intern->capacity)
		return true;
	size_t capacity = intern->capacity ? intern->capacity * 2 : 256;
	const char **texts = reallocarray(intern->texts, capacity, sizeof *texts);

	if (!texts)
		return false;
	intern->texts = texts;
	intern->capacity = capacity;
	return true;
}

/* Texts of equal hash are told apart by the key's low half: 0, 1, 2, ... */
uint32_t intern_add(struct intern *intern, const char *text)
{
	struct map_key key = { text ? hash(text) : 0, 0 };

	if (!text || !have_room(intern))
		return MAP_NONE;
	for (;; key.low++) {
		uint32_t number = map_get(&intern->map, key);

		if (number == MAP_NONE)
			break;
		if (strcmp(intern->texts[number], text) == 0)
			return number;
	}
	const char *copy = arena_strdup(intern->arena, text);

	if (!copy || map_add(&intern->map, key, (uint32_t)intern->count) == MAP_NONE)
		return MAP_NONE;
	intern->texts[intern->count] = copy;
	return (uint32_t)intern->count++;
}

const char *intern_text(const struct intern *intern, uint32_t number)
{
	return number < intern->count ? intern->texts[number] : NULL;
}

void intern_release(struct intern *intern)
{
	map_release(&intern->map);
	free(intern->texts);
	*intern = (struct intern)INTERN_INIT(intern->arena);
}
