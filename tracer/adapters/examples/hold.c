/*
 * hold: a program that recipes run, which allocates known numbers of bytes.
 *
 * usage: hold NODE BYTES... [to FIFO | from FIFO]
 *
 * Allocates a block for each BYTES, then frees all of them.  Two that are given
 * one FIFO, each from its own side ("to FIFO", "from FIFO"), hold theirs at the
 * same time.  A line of JSON in the file that $TRUTH names tells which node of
 * the build should have how many:  {"node":"a","total":300,"peak":300}
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Nothing here allocates but this. */
static long hold(char *const *bytes, void **block, int *count)
{
	long total = 0;

	for (*count = 0; bytes[*count] && bytes[*count][0] >= '0' && bytes[*count][0] <= '9'; (*count)++) {
		block[*count] = malloc((size_t)atol(bytes[*count]));
		total += atol(bytes[*count]);
	}
	return total;
}

static void tell(const char *node, long total)
{
	const char *path = getenv("TRUTH");
	int fd = path ? open(path, O_WRONLY | O_CREAT | O_APPEND, 0666) : -1;
	char line[512];
	int length = snprintf(line, sizeof line, "{\"node\":\"%s\",\"total\":%ld,\"peak\":%ld}\n", node, total,
			      total);

	if (fd >= 0 && write(fd, line, (size_t)length) != length)
		_exit(1);
}

/* By this clock a profile's samples are dated: milliseconds go by between its ticks. */
static long long tick(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/* Goes on when the other one is there, too, and both have been there for two ticks. */
static void meet(const char *side, const char *fifo)
{
	int fd = open(fifo, strcmp(side, "to") == 0 ? O_WRONLY : O_RDONLY);
	long long first = tick(), second;

	if (fd < 0)
		_exit(1);
	while ((second = tick()) == first)
		;
	while (tick() == second)
		;
}

int main(int argc, char **argv)
{
	void *block[64];
	int count;
	long total;

	if (argc < 3 || argc > 64)
		return 2;
	total = hold(argv + 2, block, &count);
	tell(argv[1], total);
	if (argv[2 + count] && argv[3 + count])
		meet(argv[2 + count], argv[3 + count]);
	while (count-- > 0)
		free(block[count]);
	return 0;
}
