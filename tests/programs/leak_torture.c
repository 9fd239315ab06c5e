/*
 * leak_torture: leak checks in the middle of a program that allocates, forks,
 * handles signals and waits in system calls, on many threads, and that would
 * notice if a check disturbed it.
 *
 * usage: leak_torture CHECKS
 *
 * Noticed are: calls that end early (EINTR that no signal of the program's own
 * explains), children that the program did not start, SIGCHLDs too many, file
 * descriptors that are not the next, blocks whose content has changed.  LOST
 * blocks are lost at the start, by lose(): every check must find these and no
 * other.  The last line is "CHECKS checks, 0 noticed".
 */
#include <dagmem.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LOST = 7, LIVE_BLOCKS = 200 };

static int stop, noticed;
static volatile int children_started, children_told;

static void notice(const char *what)
{
	__atomic_fetch_add(&noticed, 1, __ATOMIC_RELAXED);
	fprintf(stderr, "leak_torture: %s\n", what);
}

static int goes_on(void)
{
	return !__atomic_load_n(&stop, __ATOMIC_ACQUIRE);
}

__attribute__((noinline)) static void lose(void)
{
	char *volatile block = calloc(1, 1234);

	__asm__ volatile("" : : "r"(block) : "memory");
}

/* --- Blocks that move, and are held on a stack alone ------------------------------ */

struct block { size_t bytes; struct block *next; unsigned char text[]; };

static struct block *make(size_t bytes, unsigned seed)
{
	struct block *block = malloc(sizeof *block + bytes);

	block->bytes = bytes;
	block->next = NULL;
	memset(block->text, (int)(seed & 0xff), bytes);
	return block;
}

static void verify(const struct block *block)
{
	for (size_t i = 1; i < block->bytes; i++)
		if (block->text[i] != block->text[0]) {
			notice("a block's content");
			return;
		}
}

/* Each block holds another one, which moves with its first pointer in it. */
static void *allocates(void *unused)
{
	struct block *held[LIVE_BLOCKS] = { NULL };
	unsigned seed = (unsigned)(uintptr_t)&seed;

	(void)unused;
	while (goes_on()) {
		unsigned i = (seed = seed * 1103515245 + 12345) >> 8;
		struct block **place = &held[i % LIVE_BLOCKS];

		if (!*place) {
			*place = make(i % 3000, i);
			(*place)->next = make(i % 100, i);
		} else if (i & 0x10000) {
			size_t bytes = (*place)->bytes / 2 + i % 2000;
			unsigned char first = (*place)->bytes ? (*place)->text[0] : 0;

			verify((*place)->next);
			*place = realloc(*place, sizeof **place + bytes);
			memset((*place)->text, first, bytes);
			(*place)->bytes = bytes;
		} else {
			verify(*place);
			free((*place)->next);
			free(*place);
			*place = NULL;
		}
	}
	for (unsigned i = 0; i < LIVE_BLOCKS; i++) {
		if (held[i])
			free(held[i]->next);
		free(held[i]);
	}
	return NULL;
}

/* --- Calls that would end early ----------------------------------------------------- */

static void early(const char *call, int result)
{
	if (result < 0 && errno == EINTR)
		notice(call);
}

static struct timespec soon(void)
{
	struct timespec when;

	clock_gettime(CLOCK_REALTIME, &when);
	when.tv_nsec += 3000000;
	when.tv_sec += when.tv_nsec / 1000000000;
	when.tv_nsec %= 1000000000;
	return when;
}

enum { WAITING = 4 };
static sem_t opened;            /* posted by each of them, when its descriptor is open */

static void *waits(void *unused)
{
	struct timespec brief = { 0, 2000000 };
	int epoll = epoll_create1(EPOLL_CLOEXEC), result;
	struct epoll_event event;
	sem_t semaphore;

	(void)unused;
	sem_init(&semaphore, 0, 0);
	sem_post(&opened);
	while (goes_on()) {
		struct timespec when = soon();
		struct timeval little = { 0, 2000 };

		early("nanosleep", nanosleep(&brief, NULL));
		early("poll", poll(NULL, 0, 2));
		early("select", select(0, NULL, NULL, NULL, &little));
		early("epoll_wait", epoll_wait(epoll, &event, 1, 2));
		early("sem_timedwait", sem_timedwait(&semaphore, &when));
		result = clock_nanosleep(CLOCK_MONOTONIC, 0, &brief, NULL);
		if (result == EINTR)
			notice("clock_nanosleep");
	}
	close(epoll);
	sem_destroy(&semaphore);
	return NULL;
}

static int pipe_ends[2];

static void *reads(void *unused)
{
	char byte;

	(void)unused;
	while (read(pipe_ends[0], &byte, 1) == 1)
		;
	if (errno == EINTR)
		notice("read");
	return NULL;
}

static void *nothing(void *unused)
{
	(void)unused;
	free(malloc(100));
	return NULL;
}

/* --- Signals and processes, all on the main thread ------------------------------------ */

static void on_child(int number)
{
	(void)number;
	children_told++;
}

static volatile int alarms;

static void on_alarm(int number)
{
	(void)number;
	alarms++;
}

static void start_threads(pthread_t *thread, int count, void *(*run)(void *))
{
	for (int i = 0; i < count; i++)
		if (pthread_create(&thread[i], NULL, run, NULL))
			_exit(98);
}

/* A child of our own ends and is waited for; there is no other. */
static void one_child(void)
{
	pid_t child = fork();
	int status = 0;
	pid_t ended;

	if (!child)
		_exit(5);
	children_started++;
	while ((ended = wait(&status)) < 0 && errno == EINTR)
		;
	if (ended != child || !WIFEXITED(status) || WEXITSTATUS(status) != 5)
		notice("a child's end");
	while ((ended = wait(&status)) < 0 && errno == EINTR)
		;
	if (ended >= 0 || errno != ECHILD)
		notice("a child that we did not start");
}

static void one_round(int first_fd)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	pthread_t thread;

	if (fd != first_fd)
		notice("a file descriptor");
	close(fd);
	if (write(pipe_ends[1], "x", 1) != 1)
		notice("write");
	dagmem_leak_check("torture");
	pthread_create(&thread, NULL, nothing, NULL);
	pthread_join(thread, NULL);
}

static void block_for_others(void)
{
	sigset_t ours;

	sigemptyset(&ours);
	sigaddset(&ours, SIGCHLD);
	sigaddset(&ours, SIGALRM);
	pthread_sigmask(SIG_BLOCK, &ours, NULL);
}

int main(int argc, char **argv)
{
	const struct itimerval often = { { 0, 3000 }, { 0, 3000 } }, never = { { 0, 0 }, { 0, 0 } };
	struct sigaction action = { .sa_handler = on_child, .sa_flags = SA_RESTART };
	int checks = argc > 1 ? atoi(argv[1]) : 100, first_fd;
	pthread_t thread[8];
	sigset_t none;

	for (int i = 0; i < LOST; i++)
		lose();
	if (pipe(pipe_ends))
		return 98;
	sigaction(SIGCHLD, &action, NULL);
	action.sa_handler = on_alarm;
	sigaction(SIGALRM, &action, NULL);
	block_for_others();
	start_threads(thread, 3, allocates);
	sem_init(&opened, 0, 0);
	start_threads(thread + 3, WAITING, waits);
	start_threads(thread + 3 + WAITING, 1, reads);
	for (int i = 0; i < WAITING; i++)
		sem_wait(&opened);
	sigemptyset(&none);
	pthread_sigmask(SIG_SETMASK, &none, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	first_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	close(first_fd);
	for (int i = 0; i < checks; i++) {
		one_round(first_fd);
		if (i % 10 == 0)
			one_child();
	}
	setitimer(ITIMER_REAL, &never, NULL);
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	close(pipe_ends[1]);
	for (int i = 0; i < 8; i++)
		pthread_join(thread[i], NULL);
	if (children_told != children_started)
		notice("SIGCHLD");
	printf("%d checks, %d noticed\n", checks, noticed);
	return noticed != 0;
}
