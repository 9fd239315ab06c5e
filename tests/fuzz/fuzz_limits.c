/* fuzz_limits: a budget file of any bytes: refused with its line, or limits that make sense. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/limits.h"
#include "base/error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
	if (!condition)
		abort();
}

static void look_at(const struct limits *limits)
{
	for (size_t i = 0; i < limits->count; i++) {
		const struct limit *limit = &limits->list[i];

		require(limit->quantity < CHECK_QUANTITIES && limit->scope < CHECK_SCOPES);
		require((limit->scope == CHECK_PROCESS) == !limit->glob);
		require(limit->line > 0 && strcmp(limit->file, "budget") == 0);
		require(strncmp(limit->text, "max-", 4) == 0);
	}
	for (int i = 0; i < CHECK_QUANTITIES; i++)
		require(limits->tolerance[i].share >= 0 && limits->tolerance[i].share <= 1e6);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = ARENA_INIT;
	struct error err = ERROR_INIT;
	struct limits limits;

	limits_init(&limits, &arena);
	if (limits_parse(&limits, "budget", (const char *)data, size, &err))
		require(err.code == ERROR_FORMAT && strncmp(err.message, "budget:", 7) == 0);
	look_at(&limits);
	arena_release(&arena);
	return 0;
}
