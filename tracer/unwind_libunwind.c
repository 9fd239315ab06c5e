#include "tracer/unwind_libunwind.h"

#include <dlfcn.h>
#define UNW_LOCAL_ONLY
#include <libunwind.h>

#include "tracer/hint.h"
#include "tracer/modules.h"
#include "profile/layout.h"

/* The library's own names, as its headers spell them for this machine. */
#define TEXT(name) #name
#define SYMBOL(name) TEXT(name)

static struct {
	int (*get_context)(unw_tdep_context_t *);
	int (*init_local)(unw_cursor_t *, unw_context_t *);
	int (*step)(unw_cursor_t *);
	int (*get_reg)(unw_cursor_t *, int, unw_word_t *);
	int (*is_signal_frame)(unw_cursor_t *);
	void (*flush)(unw_addr_space_t, unw_word_t, unw_word_t);
	unw_addr_space_t *local;
} lib;

void libunwind_init(void)
{
	void *handle = dlopen("libunwind.so.8", RTLD_NOW | RTLD_LOCAL);

	if (!handle)
		return;
#if defined(__x86_64__)
	lib.get_context = dlsym(handle, "_Ux86_64_getcontext");
#endif
	lib.init_local = dlsym(handle, SYMBOL(unw_init_local));
	lib.step = dlsym(handle, SYMBOL(unw_step));
	lib.get_reg = dlsym(handle, SYMBOL(unw_get_reg));
	lib.is_signal_frame = dlsym(handle, SYMBOL(unw_is_signal_frame));
	lib.flush = dlsym(handle, SYMBOL(unw_flush_cache));
	lib.local = dlsym(handle, SYMBOL(unw_local_addr_space));
}

bool libunwind_available(void)
{
	return lib.init_local && lib.step && lib.get_reg && lib.is_signal_frame &&
	       (lib.get_context || !SYMBOL(unw_getcontext)[0]);
}

void libunwind_flush(void)
{
	if (lib.flush && lib.local)
		lib.flush(*lib.local, 0, 0);
}

/*
 * The library calls the frame that a signal interrupted the signal frame: its
 * pc is no return address, and the one before it was the trampoline.
 */
static bool add_frame(struct walk *walk, unw_cursor_t *cursor, unw_word_t pc)
{
	if (lib.is_signal_frame(cursor) <= 0)
		return walk_add(walk, PLACE(modules_find(pc - 1).id, pc));
	if (walk->length)
		walk->place[walk->length - 1] = PLACE(MODULE_NONE, PLACE_SIGNAL);
	return walk_add(walk, PLACE(modules_find(pc).id, pc));
}

COLD bool libunwind_walk(struct walk *walk, const struct frame *caller)
{
	unw_context_t context;
	unw_cursor_t cursor;
	unw_word_t pc, sp;
	bool met = false;
	int more;

	if (!libunwind_available() || lib.get_context(&context) ||
	    lib.init_local(&cursor, &context))
		return false;
	walk->length = 0;
	walk->truncated = false;
	while ((more = lib.step(&cursor)) > 0) {
		lib.get_reg(&cursor, UNW_REG_IP, &pc);
		lib.get_reg(&cursor, UNW_REG_SP, &sp);
		met = met || (pc == caller->pc && sp == caller->sp);
		if (!pc)
			break;
		if (met && !add_frame(walk, &cursor, pc))
			return false;
	}
	walk->truncated = more < 0;
	return met;
}
