/*
 * leaks: a heap of many blocks, some of them lost, for leak checks.
 *
 * usage: leaks order|random BLOCKS LOST [CHECKS]
 *
 * A binary tree of blocks of 64 to 364 bytes (on average 214: 5,000,000 are
 * 1 GiB), half of them with one more pointer to some block nearer to the root;
 * its nodes in the order of allocation or in a random one.  LOST of its leaves
 * are cut off.  Then CHECKS (1) times dagmem_leak_check(); each line says how
 * long the call took: "check N: MICROSECONDS us".
 */
#include <dagmem.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

struct block { struct block *child[2], *nearer; };

struct block *volatile root;
static uint64_t random_state = 88172645463325252u;

static uint64_t random_number(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static struct block **allocate(size_t count)
{
	struct block **block = mmap(NULL, count * sizeof *block, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (block == MAP_FAILED)
		exit(1);
	for (size_t i = 0; i < count; i++) {
		size_t bytes = 64 + random_number() % 301;

		block[i] = malloc(bytes);
		memset(block[i], 0, bytes);
	}
	return block;
}

static void shuffle(struct block **block, size_t count)
{
	for (size_t i = count - 1; i > 0; i--) {
		size_t j = random_number() % (i + 1);
		struct block *moved = block[i];

		block[i] = block[j];
		block[j] = moved;
	}
}

static void link_blocks(struct block **block, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		for (size_t side = 0; side < 2; side++)
			if (2 * i + 1 + side < count)
				block[i]->child[side] = block[2 * i + 1 + side];
		if (i % 2)
			block[i]->nearer = block[random_number() % (i < count / 2 ? i : count / 2)];
	}
	root = block[0];
}

/* Leaves alone: nothing hangs on them, and no other pointer leads to one. */
static void cut(struct block **block, size_t count, size_t lost)
{
	for (size_t i = count - lost; i < count; i++)
		block[(i - 1) / 2]->child[(i - 1) % 2] = NULL;
}

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

int main(int argc, char **argv)
{
	size_t count = argc > 2 ? strtoul(argv[2], NULL, 10) : 0, lost = argc > 3 ? strtoul(argv[3], NULL, 10) : 0;
	unsigned long checks = argc > 4 ? strtoul(argv[4], NULL, 10) : 1;
	struct block **block;

	if (count < 4 || lost > count / 2 - 1) {
		fprintf(stderr, "usage: leaks order|random BLOCKS LOST [CHECKS]\n");
		return 2;
	}
	block = allocate(count);
	if (!strcmp(argv[1], "random"))
		shuffle(block, count);
	link_blocks(block, count);
	cut(block, count, lost);
	munmap(block, count * sizeof *block);
	for (unsigned long i = 0; i < checks; i++) {
		uint64_t before = now_us();

		dagmem_leak_check("bench");
		printf("check %lu: %llu us\n", i, (unsigned long long)(now_us() - before));
	}
	return 0;
}
