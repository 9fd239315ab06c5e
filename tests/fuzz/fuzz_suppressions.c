/*
 * fuzz_suppressions: any bytes are refused with words and a place, or a list
 * whose entries can be matched.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/suppress.h"
#include "base/error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
	if (!condition)
		abort();
}

static void match(const struct suppressions *list)
{
	struct frame_symbol symbols[] = {
		{ "malloc", NULL, "/usr/lib/libc.so.6", 0, 0 },
		{ "make_cache", "src/cache.c", "/opt/app", 0, 12 },
		{ NULL, NULL, NULL, 77, 0 },
	};
	const struct call_frames frames = { .symbols = symbols, .symbol_count = 3 };
	const uint32_t stack[] = { 0, 1, 1, 2, 1 };
	struct suppressor suppressor;

	require(suppressor_init(&suppressor, list, &frames) == 0);
	for (int verdict = 0; verdict < LEAK_VERDICTS; verdict++)
		for (size_t depth = 0; depth <= 5; depth++) {
			uint32_t found = suppressor_find(&suppressor, (enum leak_verdict)verdict, stack, depth);

			require(found == UINT32_MAX || found < list->count);
		}
	suppressor_release(&suppressor);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct suppressions list = { .arena = ARENA_INIT, .today = "2026-06-15" };
	struct error err = ERROR_INIT;

	if (suppressions_parse(&list, (const char *)data, size, "fuzz", &err))
		require(err.code < 0 && strncmp(err.message, "fuzz:", 5) == 0);
	for (size_t i = 0; i < list.count; i++)
		require(list.items[i].part_count > 0 && list.items[i].name && list.items[i].line);
	match(&list);
	suppressions_release(&list);
	return 0;
}
