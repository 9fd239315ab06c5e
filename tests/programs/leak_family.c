/*
 * leak_family: processes of one run, each with leaks of its own.
 *
 * usage: leak_family [killed]
 *
 * The parent loses 100 bytes before it forks, so that the child has them, too.
 * The child loses 200 of its own and holds 300 by a pointer into the middle.  A
 * second child executes a program that loses nothing.  With `killed` a third is
 * killed by SIGKILL.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char *volatile held;

static void lose_in_parent(void)
{
	held = malloc(100);
	held = NULL;
}

static void lose_in_child(void)
{
	held = malloc(200);
	held = NULL;
}

static void hold_the_middle(void)
{
	held = malloc(300);
	held += 8;
}

static void wait_for(pid_t child)
{
	if (child < 0 || waitpid(child, NULL, 0) != child)
		exit(99);
}

static pid_t start_child(void)
{
	pid_t child = fork();

	if (child)
		return child;
	lose_in_child();
	hold_the_middle();
	_exit(0);
}

static pid_t start_program(void)
{
	pid_t child = fork();

	if (child)
		return child;
	execlp("true", "true", (char *)NULL);
	_exit(127);
}

static pid_t start_victim(void)
{
	pid_t child = fork();

	if (child)
		return child;
	held = malloc(400);             /* the first allocation begins its profile */
	raise(SIGKILL);
	_exit(0);
}

int main(int argc, char **argv)
{
	lose_in_parent();
	wait_for(start_child());
	wait_for(start_program());
	if (argc > 1 && strcmp(argv[1], "killed") == 0)
		wait_for(start_victim());
	return 0;
}
