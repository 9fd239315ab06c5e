/*
 * paths: calls a function below a path of its own: nine calls deep, four call
 * sites a level.  So the stacks of programs that know what they allocate
 * hardly ever come back.
 */
#ifndef TESTS_PATHS_H
#define TESTS_PATHS_H

enum { PATH_LEVELS = 9, PATHS = 1 << (2 * PATH_LEVELS) };

typedef void path_end_fn(void *context);

#define PATH_FRAME __attribute__((noinline, noclone, unused))

/* Each case is a call site, and no tail call. */
#define PATH_CALL(name) \
	case name: \
		path_follow(levels - 1, turns >> 2, end, context); \
		__asm__ volatile("# " #name ::: "memory"); \
		break

static PATH_FRAME void path_follow(unsigned levels, unsigned turns, path_end_fn *end, void *context)
{
	if (!levels) {
		end(context);
		__asm__ volatile("" ::: "memory");
		return;
	}
	switch (turns & 3) {
	PATH_CALL(0);
	PATH_CALL(1);
	PATH_CALL(2);
	PATH_CALL(3);
	}
}

/* The `number`-th path; the first PATHS of them all differ. */
static PATH_FRAME void path_take(unsigned long number, path_end_fn *end, void *context)
{
	path_follow(PATH_LEVELS, (unsigned)(number * 0x9e3779b1u % PATHS), end, context);
}

#endif
