#include "analyzer/attribute.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

/* Globs on the module's file name. */
static const char *const runtime_modules[] = {
	"libc.so*", "libc-[0-9]*.so*", "ld-linux*", "ld-[0-9]*.so*", "ld-musl-*", "libpthread*",
	"libdl.so*", "libdl-[0-9]*.so*", "librt.so*", "libm.so*", "libresolv*", "libanl*",
	"libstdc++.so*", "libc++.so*", "libc++abi.so*", "libgcc_s*", "libsupc++*", "libunwind.so*",
	"libasan*", "libtsan*", "linux-vdso*", "[[]vdso]",
};

/*
 * Globs on the source file: headers of the C++ library are compiled into the
 * program, and the C library's debug files name its build tree.
 */
static const char *const runtime_files[] = {
	"*/include/c++/*", "*/libstdc++-v3/*", "*/libsupc++/*", "*/libcxx/*", "*/libcxxabi/*",
	"*/glibc-[0-9]*/*", "*/glibc/*", "*/musl-[0-9]*/*", "*/bits/stdlib*.h", "*/bits/string_fortified.h",
	"./malloc/*.c", "./string/*.c", "./libio/*.c", "./stdlib/*.c", "../sysdeps/*",
	/* Rust's standard library, as its debug information names it. */
	"/rustc/*/library/*",
};

/*
 * Globs on the demangled function.  A name is here when the function does
 * nothing but allocate on its caller's behalf, in every project that has it:
 * what is project-specific is for --skip.
 */
static const char *const wrapper_functions[] = {
	/* The allocator itself, also when it is part of the program. */
	"malloc", "calloc", "realloc", "reallocarray", "free", "memalign", "aligned_alloc",
	"posix_memalign", "valloc", "pvalloc", "strdup", "strndup", "asprintf", "vasprintf",
	"__libc_malloc", "__libc_calloc", "__libc_realloc", "__libc_memalign",
	"__interceptor_malloc", "__interceptor_calloc", "__interceptor_realloc",
	"dagmem_pool_allocated",        /* our own, in the header */
	/* GNU programs: gnulib and libiberty.  "x" and the name, dying when there is no memory. */
	"xmalloc", "xcalloc", "xrealloc", "xzalloc", "xnmalloc", "xnrealloc", "x2realloc",
	"x2nrealloc", "xpalloc", "xmemdup", "xmemdup0", "xstrdup", "xstrndup", "xasprintf",
	"xvasprintf", "xcharalloc", "xalignalloc", "xreallocarray", "xicalloc", "ximalloc",
	"xirealloc", "xmallocz", "xmallocarray", "xmalloc_*", "xaligned_alloc",
	"do_xmalloc", "do_xmallocz", "safe_malloc", "safe_calloc", "safe_realloc",
	"emalloc", "ecalloc", "erealloc", "estrdup", "checked_malloc", "malloc_or_die",
	"zmalloc", "zcalloc", "zrealloc", "zstrdup", "zmalloc_*", "zcalloc_*", "zrealloc_*",
	"ztrymalloc*", "ztrycalloc*", "ztryrealloc*",
	/* GLib. */
	"g_malloc*", "g_try_malloc*", "g_realloc*", "g_try_realloc*", "g_memdup*", "g_strdup",
	"g_strndup", "g_strdup_printf", "g_strdup_vprintf", "g_slice_alloc*", "g_slice_copy",
	"g_aligned_alloc*", "g_vasprintf",
	/* C++: operators and allocators, also where they are inlined. */
	"operator new*", "_Znw?", "_Zna?", "_Znw?RKSt9nothrow_t", "_Zna?RKSt9nothrow_t",
	"_Znw?St11align_val_t*", "_Zna?St11align_val_t*",
	"__gnu_cxx::new_allocator<*", "std::__new_allocator<*", "__gnu_cxx::malloc_allocator<*",
	"std::allocator<*", "std::allocator_traits<*", "std::__allocate*", "std::__1::allocator<*",
	"std::__1::allocator_traits<*", "std::__1::__libcpp_allocate*",
	"std::pmr::*::allocate*", "std::pmr::*::do_allocate*",
	/* Rust. */
	"__rust_alloc*", "__rust_realloc", "__rdl_alloc*", "__rdl_realloc", "__rg_alloc*",
	"alloc::alloc::*", "<alloc::alloc::*", "alloc::raw_vec::*", "std::alloc::*",
	"<std::alloc::*", "std::sys::*::alloc::*", "alloc::boxed::Box<*>::new",
	/* CPython's raw, memory and object domains with their debug and arena layers. */
	"PyMem_Malloc", "PyMem_Calloc", "PyMem_Realloc", "PyMem_RawMalloc", "PyMem_RawCalloc",
	"PyMem_RawRealloc", "_PyMem_RawMalloc", "_PyMem_RawCalloc", "_PyMem_RawRealloc",
	"_PyMem_Debug*", "_PyMem_RawStrdup", "_PyMem_Strdup", "PyObject_Malloc",
	"PyObject_Calloc", "PyObject_Realloc", "_PyObject_Malloc", "_PyObject_Calloc",
	"_PyObject_Realloc", "_PyObject_Arena*", "pymalloc_alloc",
	"_PyObject_GC_New", "_PyObject_GC_NewVar", "_PyObject_GC_Alloc", "_PyObject_GC_Malloc",
	"_PyObject_New", "_PyObject_NewVar", "PyType_GenericAlloc", "_PyType_AllocNoTrack",
	/* PostgreSQL. */
	"palloc", "palloc0", "palloc_extended", "repalloc", "repalloc_huge", "pstrdup", "pnstrdup",
	"MemoryContextAlloc*", "MemoryContextStrdup", "AllocSetAlloc", "AllocSetRealloc",
	"GenerationAlloc", "SlabAlloc", "pg_malloc*", "pg_realloc", "pg_strdup",
	/* Perl, Ruby, PHP, Lua. */
	"Perl_safesysmalloc", "Perl_safesyscalloc", "Perl_safesysrealloc", "Perl_safesysfree",
	"S_more_arenas", "Perl_more_bodies", "ruby_xmalloc*", "ruby_xcalloc*", "ruby_xrealloc*",
	"objspace_xmalloc*", "_emalloc*", "_ecalloc*", "_erealloc*", "l_alloc", "luaM_*alloc*",
	/* SQLite. */
	"sqlite3MemMalloc", "sqlite3MemRealloc", "sqlite3Malloc", "sqlite3MallocZero",
	"sqlite3Realloc", "sqlite3DbMalloc*", "sqlite3DbRealloc*", "sqlite3DbStrDup",
	"sqlite3DbStrNDup", "sqlite3_malloc*", "sqlite3_realloc*", "mallocWithAlarm",
	"sqlite3PageMalloc", "pcache1Alloc", "dbMallocRawFinish", "dbReallocFinish",
	/* Common libraries. */
	"av_malloc*", "av_mallocz*", "av_calloc", "av_realloc*", "av_fast_malloc*", "av_strdup",
	"apr_palloc*", "apr_pcalloc*", "apr_allocator_alloc", "allocator_alloc",
	"xmlMalloc*", "xmlStrdup", "xmlStrndup", "xmlMemMalloc", "xmlMemStrdup*",
	"CRYPTO_malloc", "CRYPTO_zalloc", "CRYPTO_calloc", "CRYPTO_realloc*", "CRYPTO_strdup",
	"CRYPTO_memdup", "jv_mem_alloc*", "jv_mem_calloc*", "jv_mem_realloc*", "jv_mem_strdup*",
	"json_malloc", "jsonp_malloc", "png_malloc*", "zcalloc", "wmem_alloc*", "talloc_*",
	"_talloc_*", "__talloc*", "obstack_alloc_*", "_obstack_begin*", "_obstack_newchunk",
	"_obstack_allocated_p", "uv__malloc", "uv__calloc", "uv__realloc", "uv__strdup",
	"curl_dbg_malloc", "Curl_*alloc", "tcl_Alloc", "TclpAlloc", "Tcl_Alloc", "gvmalloc",
	"gcalloc", "gmalloc", "grealloc",
	/* GCC's own pools and vectors over xmalloc. */
	"va_heap::reserve<*", "ggc_internal_alloc*", "ggc_internal_cleared_alloc*", "ggc_alloc<*",
	"memory_block_pool::*", "base_pool_allocator<*",
	"object_allocator<*",
};

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static bool is_special(char c)
{
	return c == '*' || c == '?' || c == '[' || c == '\\';
}

/* Most globs begin with a letter, and most texts with another: fnmatch is slow. */
static bool matches(const char *glob, const char *text)
{
	return (is_special(glob[0]) || glob[0] == text[0]) && fnmatch(glob, text, 0) == 0;
}

static bool matches_any(const char *const *globs, size_t count, const char *text)
{
	for (size_t i = 0; text && i < count; i++)
		if (matches(globs[i], text))
			return true;
	return false;
}

static const char *last_component(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return slash ? slash + 1 : path;
}

/* "[signal]", "[callers unknown]" and the like: nobody's code. */
static bool is_placeholder(const struct frame_symbol *symbol)
{
	return !symbol->module && symbol->function && symbol->function[0] == '[';
}

unsigned attribute_traits(const struct frame_symbol *symbol, const struct patterns *skip)
{
	unsigned traits = symbol->line ? FRAME_HAS_LINE : 0;

	if (is_placeholder(symbol) ||
	    matches_any(runtime_modules, COUNT(runtime_modules), last_component(symbol->module)) ||
	    matches_any(runtime_files, COUNT(runtime_files), symbol->file))
		traits |= FRAME_IN_RUNTIME;
	if (matches_any(wrapper_functions, COUNT(wrapper_functions), symbol->function) ||
	    (skip && matches_any(skip->globs, skip->count, symbol->function)))
		traits |= FRAME_IN_WRAPPER;
	return traits;
}

enum { NOBODY = UINT32_MAX };

/* The best candidates of a stack, from its innermost frame outward; NOBODY: there is none. */
struct candidates {
	uint32_t with_line;     /* a line, outside runtimes and wrappers */
	uint32_t outside;       /* outside runtimes and wrappers */
	uint32_t named;         /* the same or a caller in its module, with a function's name */
	uint32_t innermost;
};

static struct candidates of_place(const struct call_frames *frames, const struct frame_place *place,
				  const uint8_t *traits)
{
	struct candidates found = { NOBODY, NOBODY, NOBODY, NOBODY };

	for (uint32_t i = 0; i < place->count; i++) {
		uint32_t symbol = frames->frames[place->first + i];

		if (found.innermost == NOBODY)
			found.innermost = symbol;
		if (traits[symbol] & (FRAME_IN_RUNTIME | FRAME_IN_WRAPPER))
			continue;
		if (found.outside == NOBODY)
			found.outside = symbol;
		if (found.named == NOBODY && frames->symbols[symbol].function)
			found.named = symbol;
		if (found.with_line == NOBODY && traits[symbol] & FRAME_HAS_LINE)
			found.with_line = symbol;
	}
	return found;
}

static bool same_module(const struct frame_symbol *a, const struct frame_symbol *b)
{
	return a->module && b->module && strcmp(a->module, b->module) == 0;
}

/* Whoever is not found in the innermost call site is looked for further out. */
static struct candidates or_outer(const struct call_frames *frames, struct candidates inner,
				  struct candidates outer)
{
	if (inner.outside == NOBODY ||
	    (inner.named == NOBODY && outer.outside != NOBODY &&
	     same_module(&frames->symbols[inner.outside], &frames->symbols[outer.outside])))
		inner.named = outer.named;
	if (inner.with_line == NOBODY)
		inner.with_line = outer.with_line;
	if (inner.outside == NOBODY)
		inner.outside = outer.outside;
	if (inner.innermost == NOBODY)
		inner.innermost = outer.innermost;
	return inner;
}

static uint32_t choose(struct candidates of, bool leaf)
{
	if (!leaf && of.with_line != NOBODY)
		return of.with_line;
	if (!leaf && of.named != NOBODY)
		return of.named;
	if (!leaf && of.outside != NOBODY)
		return of.outside;
	return of.innermost != NOBODY ? of.innermost : SYMBOL_UNKNOWN;
}

static void find_owners(struct attribution *a, const struct call_frames *frames)
{
	for (size_t id = a->node_count; id < frames->node_count; id++) {
		const struct frame_node *node = &frames->nodes[id];

		a->of_node[id] = of_place(frames, &frames->places[node->place], a->traits);
		if (id)
			a->of_node[id] = or_outer(frames, a->of_node[id], a->of_node[node->parent]);
		a->owners[id] = choose(a->of_node[id], a->leaf);
	}
	a->node_count = frames->node_count;
}

static void find_traits(struct attribution *a, const struct call_frames *frames)
{
	for (size_t i = a->symbol_count; i < frames->symbol_count; i++)
		a->traits[i] = (uint8_t)attribute_traits(&frames->symbols[i], a->skip);
	a->symbol_count = frames->symbol_count;
}

/* Room for what `frames` has; false: no memory, and all is as it was. */
static bool make_room(struct attribution *a, const struct call_frames *frames)
{
	uint8_t *traits = reallocarray(a->traits, frames->symbol_count + 1, sizeof *traits);

	if (!traits)
		return false;
	a->traits = traits;
	uint32_t *owners = reallocarray(a->owners, frames->node_count + 1, sizeof *owners);

	if (!owners)
		return false;
	a->owners = owners;
	struct candidates *of_node = reallocarray(a->of_node, frames->node_count + 1, sizeof *of_node);

	if (!of_node)
		return false;
	a->of_node = of_node;
	return true;
}

int attribution_extend(struct attribution *a, const struct call_frames *frames)
{
	if (frames->node_count == a->node_count && frames->symbol_count == a->symbol_count && a->owners)
		return 0;
	if (!make_room(a, frames))
		return -1;
	find_traits(a, frames);
	find_owners(a, frames);
	return 0;
}

void attribution_release(struct attribution *a)
{
	free(a->owners);
	free(a->traits);
	free(a->of_node);
	*a = (struct attribution){ .skip = a->skip, .leaf = a->leaf };
}

int attribute_owners(const struct call_frames *frames, const struct patterns *skip, bool leaf,
		     uint32_t *owners)
{
	struct attribution attribution = { .skip = skip, .leaf = leaf };
	int result = attribution_extend(&attribution, frames);

	if (!result && frames->node_count)
		memcpy(owners, attribution.owners, frames->node_count * sizeof *owners);
	attribution_release(&attribution);
	return result;
}
