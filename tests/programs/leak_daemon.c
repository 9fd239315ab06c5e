/*
 * leak_daemon: runs until SIGTERM, allocating; loses a block now and then.
 *
 * usage: leak_daemon [idle]
 *
 * With `idle` it loses one block and then does nothing.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t stopped;
static char *volatile held;

static void stop(int number)
{
	(void)number;
	stopped = 1;
}

static void lose(void)
{
	held = malloc(100);
	held = NULL;
}

static void work(void)
{
	const struct timespec pause = { 0, 1000000 };

	held = malloc(200000);  /* a heap that moves hears */
	free(held);
	held = NULL;
	nanosleep(&pause, NULL);
}

int main(int argc, char **argv)
{
	signal(SIGTERM, stop);
	lose();
	while (!stopped)
		if (argc > 1 && strcmp(argv[1], "idle") == 0)
			pause();
		else
			work();
	return 0;
}
