/*
 * cold: no stack ever comes back.  Each pair has its own path of nine calls
 * with four call sites on each level, 262,144 paths in all, in an order that
 * shares no long prefix between neighbours.
 *
 * usage: cold PAIRS                      at most 262144
 */
#include "micro.h"

#define USAGE "cold PAIRS"

enum { LEVELS = 9, PATHS = 1 << (2 * LEVELS) };

static FRAME void follow(unsigned levels, unsigned turns)
{
	if (levels == 0) {
		char *block = malloc(48);

		*(volatile char *)block = 1;
		free(block);
		return;
	}
	switch (turns & 3) {
	case 0:  CALL_SITE("0", follow(levels - 1, turns >> 2)); break;
	case 1:  CALL_SITE("1", follow(levels - 1, turns >> 2)); break;
	case 2:  CALL_SITE("2", follow(levels - 1, turns >> 2)); break;
	default: CALL_SITE("3", follow(levels - 1, turns >> 2)); break;
	}
}

int main(int argc, char **argv)
{
	unsigned long pairs = argument(argv, 1, USAGE);

	(void)argc;
	for (unsigned i = 0; i < pairs && i < PATHS; i++)
		follow(LEVELS, i * 0x9e3779b1u % PATHS);        /* odd factor: each path once */
	return 0;
}
