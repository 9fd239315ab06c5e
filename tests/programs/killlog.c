/*
 * killlog: a sequence of events that is fixed by its seed, to be killed at any
 * moment; how many are done stands in a shared file, as one 64-bit number.
 *
 * usage: killlog run SEED FILE      until killed
 *        killlog paths SEED FILE    the same, each event below a path of its own
 *        killlog expect SEED N      print the totals after N events, as JSON
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "paths.h"

enum { SLOTS = 1000 };

struct state {
	uint64_t random;
	void *block[SLOTS];
	size_t size_bytes[SLOTS];       /* 0 = free */
	unsigned long long allocations, allocated_bytes, frees, freed_bytes;
};

/* One event: an empty slot is filled, a full one freed.  `real`: really. */
static void step(struct state *state, int real)
{
	unsigned slot, draw;

	state->random = state->random * 6364136223846793005u + 1442695040888963407u;
	draw = (unsigned)(state->random >> 33);
	slot = draw % SLOTS;
	if (state->size_bytes[slot]) {
		if (real)
			free(state->block[slot]);
		state->frees++;
		state->freed_bytes += state->size_bytes[slot];
		state->size_bytes[slot] = 0;
	} else {
		state->size_bytes[slot] = 1 + draw / SLOTS % 3000;
		if (real)
			state->block[slot] = malloc(state->size_bytes[slot]);
		state->allocations++;
		state->allocated_bytes += state->size_bytes[slot];
	}
}

static void real_step(void *state)
{
	step(state, 1);
}

static void run(struct state *state, const char *path, int has_paths)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	volatile uint64_t *done;

	if (fd < 0 || ftruncate(fd, 4096))
		_exit(99);
	done = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	for (;;) {
		if (has_paths)
			path_take(*done, real_step, state);
		else
			real_step(state);
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		++*done;
	}
}

int main(int argc, char **argv)
{
	static struct state state;

	if (argc != 4)
		return 99;
	state.random = strtoull(argv[2], NULL, 10);
	if (strcmp(argv[1], "expect") != 0)
		run(&state, argv[3], !strcmp(argv[1], "paths"));
	for (unsigned long long n = strtoull(argv[3], NULL, 10); n; n--)
		step(&state, 0);
	printf("{\"allocations\":%llu,\"allocated_bytes\":%llu,\"frees\":%llu,\"freed_bytes\":%llu}\n",
	       state.allocations, state.allocated_bytes, state.frees, state.freed_bytes);
	return 0;
}
