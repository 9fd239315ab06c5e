/*
 * exits: allocate a known amount, then end in one of the ways there are.
 *
 * usage: exits return|exit|_exit|quick_exit|abort|kill|term|segv|exec|thread
 */
#include "truth.h"

#include <signal.h>

static void *end_in_thread(void *unused)
{
	(void)unused;
	exit(5);
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "return";
	pthread_t thread;

	for (int i = 0; i < 1000; i++) {
		void *block = TRUTH_NEW(16 + i);

		if (i % 3)
			truth_delete(block);
	}
	truth_write();
	if (!strcmp(how, "exit"))
		exit(3);
	if (!strcmp(how, "_exit"))
		_exit(4);
	if (!strcmp(how, "quick_exit"))
		quick_exit(6);
	if (!strcmp(how, "abort"))
		abort();
	if (!strcmp(how, "kill"))
		raise(SIGKILL);
	if (!strcmp(how, "term"))
		raise(SIGTERM);
	if (!strcmp(how, "segv"))
		*(volatile int *)(uintptr_t)(argc - 2) = 1;
	if (!strcmp(how, "exec"))
		execl("/proc/self/exe", "exits", "exit", (char *)NULL);
	if (!strcmp(how, "thread")) {
		pthread_create(&thread, NULL, end_in_thread, NULL);
		pthread_join(thread, NULL);
	}
	return 7;
}
