/*
 * leak_ages: blocks lost at known times.  Prints "SITE NANOSECONDS", the
 * monotonic clock just after the last allocation of a site or its last free.
 *
 * usage: leak_ages MILLISECONDS          to sleep between early and late
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void tell(const char *what)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	printf("%s %lld\n", what, (long long)now.tv_sec * 1000000000 + now.tv_nsec);
}

static void sleep_ms(long ms)
{
	const struct timespec while_ = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&while_, NULL);
}

static __attribute__((noinline)) void *early(void)
{
	return malloc(100);
}

static __attribute__((noinline)) void *seldom(void)
{
	return malloc(200);
}

static __attribute__((noinline)) void *busy(void)
{
	return malloc(24);
}

int main(int argc, char **argv)
{
	long ms = argc > 1 ? atol(argv[1]) : 0;

	setvbuf(stdout, NULL, _IONBF, 0);
	*(volatile char *)early() = 1;
	tell("early");
	for (int i = 0; i < 100000; i++) {
		char *block = busy();

		if (i)
			free(block);
	}
	tell("busy");
	for (int round = 0; round < 3; round++) {
		void *block = seldom();

		tell("seldom");
		if (round == 1) {
			free(block);
			tell("free");
		}
		if (round < 2)
			sleep_ms(ms / 2);
	}
	return 0;
}
