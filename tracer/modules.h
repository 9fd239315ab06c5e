/*
 * modules: the executable and libraries that stacks run through, each with an
 * id that stays with it in the profile: path, build-id and where it lies.
 *
 * A module gets its id when a stack first meets it.  The same file loaded
 * again at the same place has the same id; another file there has another, so
 * that code unloaded and replaced is never taken for what it replaced.  Lookups
 * take no lock (_dl_find_object); a new module takes ours, never the loader's.
 */
#ifndef DAGMEM_TRACER_MODULES_H
#define DAGMEM_TRACER_MODULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tracer/hint.h"

struct module_span {
	uint32_t id;                    /* MODULE_NONE: in no module */
	const uint8_t *eh_frame_hdr;    /* NULL: has none */
	bool is_loader;                 /* ld.so itself */
};

/* The module that holds address `pc`. Signal-safe. */
struct module_span modules_find(uintptr_t pc);

/*
 * Give every module that is loaded its id: before a fork whose child is to know
 * them.  The loader's list is walked without its lock: other threads are stopped.
 */
void modules_enter_all(void);

/* The id of the known module that holds `address`, of whatever segment; MODULE_NONE. No lock. */
uint32_t modules_id_at(uintptr_t address);

/* At least as many bytes as all modules' thread-local variables take. */
size_t modules_tls_bytes(void);

/* A module's TLS segment, as its program headers have it. */
struct module_tls {
	uint32_t id;
	const void *link_map;           /* the loader's */
	uintptr_t image;                /* in memory */
	size_t file_bytes, bytes, align;        /* bytes 0: it has none, or is not loaded */
};

/* Of known module `number`, from 0 on; false: there are no more. */
bool modules_tls(uint32_t number, struct module_tls *tls);

/* The path of the module that holds `pc`, as the loader has it; "unknown" when none does. */
const char *modules_path(uintptr_t pc);

/*
 * Grows whenever code may have been unloaded or replaced; caches that depend
 * on code compare it.
 */
extern uint32_t modules_generation HIDDEN;

/* The program is about to close a library, and has. */
void modules_unload_begin(void);
void modules_unload_end(void);

/* 1 while a library is being closed: nothing about code may be remembered. */
bool modules_unloading(void);

void modules_fork(void);

#endif
