/*
 * forks: processes made in every way, each allocating what it knows.
 *
 * usage: forks fork|threaded|double|vfork|spawn|clone|many|paths
 *
 * The parent's truth goes to $TRUTH, a forked child's to $TRUTH.N, N = 1, 2:
 * its events since the fork, and all that is live in it.
 */
#include "paths.h"
#include "truth.h"

#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>

extern char **environ;

static void *inherited[10];

static void allocate_some(int n, size_t size_bytes)
{
	for (int i = 0; i < n; i++) {
		void *block = TRUTH_NEW(size_bytes);

		if (i % 2)
			truth_delete(block);
	}
}

static void write_child_truth(int number)
{
	char path[4096];

	snprintf(path, sizeof path, "%s.%d", getenv("TRUTH") ? getenv("TRUTH") : "/dev/null", number);
	truth_write_to(path);
}

/* What a forked child does: own blocks, some of its parent's freed, and out. */
static void live_as_child(int number)
{
	truth_forget_events();
	allocate_some(100 * number, 40);
	for (int i = 0; i < 5; i++)
		truth_delete(inherited[i]);
	write_child_truth(number);
}

static void wait_for(pid_t pid)
{
	int status;

	TRUTH_REQUIRE(pid > 0 && waitpid(pid, &status, 0) == pid);
	TRUTH_REQUIRE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void fork_once(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		live_as_child(1);
		_exit(0);
	}
	allocate_some(30, 64);
	wait_for(pid);
}

static int stop;

static void *allocate_until_told(void *unused)
{
	while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE))
		truth_delete(TRUTH_NEW(200));
	return unused;
}

/* Forks while other threads are in the middle of malloc. */
static void fork_among_threads(void)
{
	pthread_t thread[3];

	for (int i = 0; i < 3; i++)
		TRUTH_REQUIRE(pthread_create(&thread[i], NULL, allocate_until_told, NULL) == 0);
	for (int i = 0; i < 20; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			allocate_some(50, 40);
			_exit(0);
		}
		wait_for(pid);
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	for (int i = 0; i < 3; i++)
		pthread_join(thread[i], NULL);
}

static void fork_twice(void)
{
	pid_t pid = fork(), grandchild;

	if (pid == 0) {
		live_as_child(1);
		grandchild = fork();
		if (grandchild == 0) {
			truth_forget_events();
			allocate_some(7, 48);
			write_child_truth(2);
			exit(0);
		}
		wait_for(grandchild);
		exit(0);
	}
	wait_for(pid);
}

/* A vfork child shares our heap: its events are ours. */
static void vfork_once(void)
{
	static void *volatile from_child;
	pid_t pid = vfork();

	if (pid == 0) {
		from_child = TRUTH_NEW(300);
		allocate_some(10, 50);
		_exit(0);
	}
	wait_for(pid);
	truth_delete(from_child);
	allocate_some(10, 60);
}

static void spawn_once(void)
{
	char *argv[] = { "forks", "leaf", NULL };
	pid_t pid;

	TRUTH_REQUIRE(posix_spawn(&pid, "/proc/self/exe", NULL, NULL, argv, environ) == 0);
	wait_for(pid);
	allocate_some(10, 60);
}

/* Raw clone: no atfork handler runs. */
static void clone_once(void)
{
	pid_t pid = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

	if (pid == 0) {
		live_as_child(1);
		_exit(0);
	}
	wait_for(pid);
}

static void fork_many(void)
{
	for (int i = 0; i < 30; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			allocate_some(20, 40);
			_exit(0);
		}
		wait_for(pid);
	}
}

static void *each[4000];

static void fill(void *slot)
{
	*(void **)slot = TRUTH_NEW(48);
}

/* Blocks with a stack each, every other freed. */
static void allocate_by_paths(unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++) {
		path_take(i, fill, &each[i]);
		if (i % 2)
			truth_delete(each[i]);
	}
}

/* The child frees some of what it inherited, and goes on with stacks of its own and its parent's. */
static void fork_with_paths(void)
{
	pid_t pid;

	allocate_by_paths(0, 2000);
	pid = fork();
	if (pid == 0) {
		truth_forget_events();
		for (unsigned i = 0; i < 1000; i += 2)
			truth_delete(each[i]);
		allocate_by_paths(500, 1000);
		allocate_by_paths(2000, 4000);
		write_child_truth(1);
		_exit(0);
	}
	allocate_by_paths(2000, 3000);
	wait_for(pid);
}

int main(int argc, char **argv)
{
	static const struct { const char *name; void (*run)(void); } modes[] = {
		{ "fork", fork_once }, { "threaded", fork_among_threads }, { "double", fork_twice },
		{ "vfork", vfork_once }, { "spawn", spawn_once }, { "clone", clone_once },
		{ "many", fork_many }, { "paths", fork_with_paths },
	};

	TRUTH_REQUIRE(argc == 2);
	for (int i = 0; i < 10; i++)
		inherited[i] = TRUTH_NEW(1000);
	if (!strcmp(argv[1], "leaf")) {         /* what spawn_once() starts */
		allocate_some(25, 80);
		write_child_truth(1);
		return 0;
	}
	allocate_some(20, 32);
	for (unsigned i = 0; i < sizeof modes / sizeof *modes; i++)
		if (!strcmp(argv[1], modes[i].name))
			modes[i].run();
	truth_write();
	return 0;
}
