/*
 * hooks_new: libdagmem-new.so, the operator new and delete for programs whose
 * allocator has its own.  Preloaded after libdagmem.so; exports.map lists them.
 *
 * Each calls the next definition in the loader's order, the one that the
 * program would have called.  Only those of the allocator itself are accounted
 * (by libdagmem.so, see foreign.h); all others call malloc in the end and are
 * passed on.  Exceptions pass through: nothing here needs to be undone.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>

#include "tracer/foreign.h"
#include "tracer/hint.h"

#define HOOK __attribute__((visibility("default")))

/* Aligned, so that one follows another in their section without gaps. */
struct next {
	const char *name;
	void *function;                         /* NULL: not found yet */
	const struct foreign_api *tracer;       /* NULL: not to be accounted here */
} __attribute__((aligned(32)));

/* All there are, by the linker. */
extern struct next __start_dagmem_next[] HIDDEN, __stop_dagmem_next[] HIDDEN;

/* Where this library begins and ends in memory, by the linker. */
extern const char __ehdr_start[] HIDDEN, _end[] HIDDEN;

static bool is_ours(const void *function)
{
	return (const char *)function >= __ehdr_start && (const char *)function < _end;
}

/* What the library of `caller` would find without us, when it was opened for itself (RTLD_LOCAL). */
static void *find_for(const void *caller, const char *name)
{
	Dl_info info;
	void *library = dladdr(caller, &info) && info.dli_fname ?
		dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD) : NULL;
	void *function = library ? dlsym(library, name) : NULL;

	if (library)
		dlclose(library);
	return is_ours(function) ? NULL : function;
}

/* Entered twice, it finds the same. */
static COLD void resolve(struct next *next, const void *caller)
{
	int error = errno;
	const struct foreign_api *tracer = dlsym(RTLD_DEFAULT, FOREIGN_API);
	void *function = dlsym(RTLD_NEXT, next->name);

	if (is_ours(function))
		function = NULL;
	if (!function && caller)
		function = find_for(caller, next->name);
	/* First: the allocator may come by here while it gets ready to answer. */
	__atomic_store_n(&next->function, function, __ATOMIC_RELEASE);
	if (function && tracer && tracer->is_allocator(function))
		next->tracer = tracer;
	errno = error;
}

__attribute__((constructor)) static void resolve_all(void)
{
	for (struct next *next = __start_dagmem_next; next < __stop_dagmem_next; next++)
		resolve(next, NULL);
}

static inline bool is_known(struct next *next, const void *caller)
{
	if (unlikely(!__atomic_load_n(&next->function, __ATOMIC_ACQUIRE)))
		resolve(next, caller);
	return likely(next->function != NULL);
}

#define NEXT(symbol) \
	static struct next next_##symbol __attribute__((section("dagmem_next"), used)) = { #symbol, NULL, NULL }

#define NEW_HOOK(symbol, parameters, arguments)                                 \
	NEXT(symbol);                                                           \
	HOOK void *symbol parameters;                                           \
	HOOK void *symbol parameters                                            \
	{                                                                       \
		if (!is_known(&next_##symbol, __builtin_return_address(0)))     \
			return NULL;                                            \
		void *block = ((__typeof__(&symbol))next_##symbol.function) arguments; \
										\
		if (next_##symbol.tracer && block) {                            \
			struct frame caller = UNWIND_CALLER();                  \
										\
			next_##symbol.tracer->alloc(block, size ? size : 1, &caller); \
		}                                                               \
		return block;                                                   \
	}

#define DELETE_HOOK(symbol, parameters, arguments)                              \
	NEXT(symbol);                                                           \
	HOOK void symbol parameters;                                            \
	HOOK void symbol parameters                                             \
	{                                                                       \
		if (!is_known(&next_##symbol, __builtin_return_address(0)))     \
			return;                                                 \
		if (next_##symbol.tracer && block)                              \
			next_##symbol.tracer->free(block, (uintptr_t)__builtin_dwarf_cfa()); \
		((__typeof__(&symbol))next_##symbol.function) arguments;        \
	}

/* new(0) is of one byte, as the C++ library has it. */
/* As the C++ ABI names them: new, new[]; nothrow; aligned; aligned and nothrow. */
NEW_HOOK(_Znwm, (size_t size), (size))
NEW_HOOK(_Znam, (size_t size), (size))
NEW_HOOK(_ZnwmRKSt9nothrow_t, (size_t size, const void *tag), (size, tag))
NEW_HOOK(_ZnamRKSt9nothrow_t, (size_t size, const void *tag), (size, tag))
NEW_HOOK(_ZnwmSt11align_val_t, (size_t size, size_t alignment), (size, alignment))
NEW_HOOK(_ZnamSt11align_val_t, (size_t size, size_t alignment), (size, alignment))
NEW_HOOK(_ZnwmSt11align_val_tRKSt9nothrow_t, (size_t size, size_t alignment, const void *tag),
	 (size, alignment, tag))
NEW_HOOK(_ZnamSt11align_val_tRKSt9nothrow_t, (size_t size, size_t alignment, const void *tag),
	 (size, alignment, tag))

/* delete, delete[]; sized; nothrow; aligned; sized and aligned; aligned and nothrow. */
DELETE_HOOK(_ZdlPv, (void *block), (block))
DELETE_HOOK(_ZdaPv, (void *block), (block))
DELETE_HOOK(_ZdlPvm, (void *block, size_t size), (block, size))
DELETE_HOOK(_ZdaPvm, (void *block, size_t size), (block, size))
DELETE_HOOK(_ZdlPvRKSt9nothrow_t, (void *block, const void *tag), (block, tag))
DELETE_HOOK(_ZdaPvRKSt9nothrow_t, (void *block, const void *tag), (block, tag))
DELETE_HOOK(_ZdlPvSt11align_val_t, (void *block, size_t alignment), (block, alignment))
DELETE_HOOK(_ZdaPvSt11align_val_t, (void *block, size_t alignment), (block, alignment))
DELETE_HOOK(_ZdlPvmSt11align_val_t, (void *block, size_t size, size_t alignment),
	    (block, size, alignment))
DELETE_HOOK(_ZdaPvmSt11align_val_t, (void *block, size_t size, size_t alignment),
	    (block, size, alignment))
DELETE_HOOK(_ZdlPvSt11align_val_tRKSt9nothrow_t, (void *block, size_t alignment, const void *tag),
	    (block, alignment, tag))
DELETE_HOOK(_ZdaPvSt11align_val_tRKSt9nothrow_t, (void *block, size_t alignment, const void *tag),
	    (block, alignment, tag))
