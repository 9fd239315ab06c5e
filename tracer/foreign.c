#include "tracer/foreign.h"

#include <string.h>

#include "tracer/account.h"
#include "tracer/guard.h"
#include "tracer/lifecycle.h"
#include "tracer/modules.h"
#include "tracer/real.h"
#include "tracer/shadow.h"

static bool is_allocator(const void *function)
{
	lifecycle_records(HOOK_FREE);   /* which may be the start */
	if (!real.malloc || strcmp(modules_path((uintptr_t)function),
				   modules_path((uintptr_t)real.malloc)) != 0)
		return false;
	real.usable_size(NULL);         /* tcmalloc's allocates by operator new when first called */
	return true;
}

static void alloc(void *block, size_t size_bytes, const struct frame *caller)
{
	if (!lifecycle_records(HOOK_ALLOC) || shadow_get((uintptr_t)block, false).account)
		return;
	/* Before tcmalloc is ready it says 0: what it makes for itself then is not the program's. */
	if (real.usable_size(block) >= size_bytes)
		account_alloc(block, size_bytes, caller);
}

static void release(void *block, uintptr_t frame)
{
	if (lifecycle_records(HOOK_FREE) && account_free(block, frame)) {
		if (guard_local.thread)
			guard_local.thread->foreign_freed = (uintptr_t)block;
	} else if (lifecycle_ready() && !lifecycle_ever_paused()) {
		account_unknown_free();
	}
}

bool foreign_is_freeing(const void *block)
{
	return guard_local.thread && guard_local.thread->foreign_freed == (uintptr_t)block;
}

__attribute__((visibility("default"))) const struct foreign_api dagmem_foreign_v1 = {
	.is_allocator = is_allocator,
	.alloc = alloc,
	.free = release,
};
