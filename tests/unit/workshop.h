/*
 * workshop: a temporary folder in which a test compiles programs, and what
 * libelf alone says about them.
 */
#ifndef DAGMEM_TESTS_WORKSHOP_H
#define DAGMEM_TESTS_WORKSHOP_H

#include <stddef.h>
#include <stdint.h>

struct workshop {
	char path[64];
};

/* For cmocka: *state becomes a struct workshop, whose folder goes with it. */
int workshop_set_up(void **state);
int workshop_tear_down(void **state);

/* Run a shell command there, silently; 0 when it went well. */
int workshop_run(const struct workshop *shop, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

void workshop_write(const struct workshop *shop, const char *name, const char *text);

struct workshop_object {
	char path[128];
	uint8_t build_id[64];
	size_t build_id_bytes;
};

struct workshop_object workshop_object(const struct workshop *shop, const char *name);

/* The address of a symbol, in the file's terms; fails the test when there is none. */
uint64_t workshop_address(const struct workshop_object *object, const char *symbol);

#endif
