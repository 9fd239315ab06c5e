#include "tracer/unwind_libunwind.h"

#ifdef HAVE_LIBUNWIND

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <ucontext.h>
#define UNW_LOCAL_ONLY
#include <libunwind.h>

#include "tracer/hint.h"
#include "tracer/machine.h"
#include "tracer/modules.h"
#include "tracer/unwind_rows.h"
#include "profile/layout.h"

/* The library's own names, as its headers spell them for this machine. */
#define TEXT(name) #name
#define SYMBOL(name) TEXT(name)

static struct {
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
	lib.init_local = dlsym(handle, SYMBOL(unw_init_local));
	lib.step = dlsym(handle, SYMBOL(unw_step));
	lib.get_reg = dlsym(handle, SYMBOL(unw_get_reg));
	lib.is_signal_frame = dlsym(handle, SYMBOL(unw_is_signal_frame));
	lib.flush = dlsym(handle, SYMBOL(unw_flush_cache));
	lib.local = dlsym(handle, SYMBOL(unw_local_addr_space));
}

bool libunwind_available(void)
{
	return lib.init_local && lib.step && lib.get_reg && lib.is_signal_frame;
}

void libunwind_flush(void)
{
	if (lib.flush && lib.local)
		lib.flush(*lib.local, 0, 0);
}

/*
 * Which frame the library calls the signal frame depends on the machine: the
 * trampoline, or the one after it, which the signal interrupted and whose pc
 * is no return address.
 */
static bool add_frame(struct walk *walk, unw_cursor_t *cursor, uintptr_t pc, bool *interrupted)
{
	bool signal = lib.is_signal_frame(cursor) > 0;

	if (signal && unwind_at_trampoline(pc)) {
		*interrupted = true;
		return walk_add(walk, PLACE(MODULE_NONE, PLACE_SIGNAL));
	}
	if (signal && walk->length)
		walk->place[walk->length - 1] = PLACE(MODULE_NONE, PLACE_SIGNAL);
	signal = signal || *interrupted;
	*interrupted = false;
	return walk_add(walk, PLACE(modules_find(pc - !signal).id, pc));
}

static bool walk_from(unw_context_t *here, struct walk *walk, const struct frame *caller)
{
	unw_cursor_t cursor;
	unw_word_t pc, sp;
	bool met = false, interrupted = false;
	int more;

	if (lib.init_local(&cursor, here))
		return false;
	walk->length = 0;
	walk->truncated = false;
	while ((more = lib.step(&cursor)) > 0) {
		lib.get_reg(&cursor, UNW_REG_IP, &pc);
		lib.get_reg(&cursor, UNW_REG_SP, &sp);
		met = met || (pc == caller->pc && sp == caller->sp);
		if (!pc)
			break;
		if (met && !add_frame(walk, &cursor, machine_code_address(pc), &interrupted))
			return false;
	}
	walk->truncated = more < 0;
	return met;
}

/*
 * The library probes memory by calls that set errno and at which a thread may
 * be cancelled: neither is for a hook.
 */
COLD bool libunwind_walk(struct walk *walk, const struct frame *caller)
{
	ucontext_t here;        /* what unw_getcontext() fills, but that is another on each machine */
	int cancel_state, error = errno;
	bool met;

	if (!libunwind_available() || getcontext(&here))
		return false;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
	met = walk_from((unw_context_t *)&here, walk, caller);
	pthread_setcancelstate(cancel_state, &cancel_state);
	errno = error;
	return met;
}

#else /* built without the library's header: as where it is not installed */

void libunwind_init(void)
{
}

bool libunwind_available(void)
{
	return false;
}

void libunwind_flush(void)
{
}

bool libunwind_walk(struct walk *walk, const struct frame *caller)
{
	(void)walk;
	(void)caller;
	return false;
}

#endif
