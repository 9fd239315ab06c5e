/*
 * leak_events: leak checks in the middle of a program that lives by events:
 * sockets with epoll, timers of four kinds, condition variables with a time
 * limit, signals of its own from SIGRTMIN on that are queued, waited for, read
 * and handled, and processes that it spawns.  It would notice if a check
 * disturbed it.
 *
 * usage: leak_events CHECKS      (more than ten)
 *
 * What it prints is the same whether it is traced or not: how much went
 * through each of its parts, which a signal, a wake-up or a process that is
 * not its own, or is lost, would change, and "0 noticed".  LOST blocks are lost
 * at the start.
 */
#include <dagmem.h>

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LOST = 5, PERIOD_NS = 2000000, MESSAGE = 100 };

static int stop, noticed;

static void notice(const char *what)
{
	__atomic_fetch_add(&noticed, 1, __ATOMIC_RELAXED);
	fprintf(stderr, "leak_events: %s: %s\n", what, strerror(errno));
}

static int goes_on(void)
{
	return !__atomic_load_n(&stop, __ATOMIC_ACQUIRE);
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

__attribute__((noinline)) static void lose(void)
{
	char *volatile block = calloc(1, 1234);

	__asm__ volatile("" : : "r"(block) : "memory");
}

/* --- Sockets ------------------------------------------------------------------------- */

static int echo[2], silent[2];

/* Sends back what it gets, until the other end is closed. */
static void *echoes(void *unused)
{
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event = { .events = EPOLLIN };
	char message[MESSAGE];

	epoll_ctl(epoll, EPOLL_CTL_ADD, echo[1], &event);
	for (;;) {
		ssize_t bytes;

		if (epoll_wait(epoll, &event, 1, -1) != 1)
			notice("epoll_wait");
		bytes = recv(echo[1], message, sizeof message, 0);
		if (bytes <= 0)
			break;
		if (send(echo[1], message, (size_t)bytes, 0) != bytes)
			notice("send");
	}
	close(epoll);
	return unused;
}

static long exchange(int round)
{
	char out[MESSAGE], in[MESSAGE];

	memset(out, round & 0xff, sizeof out);
	if (send(echo[0], out, sizeof out, 0) != sizeof out ||
	    recv(echo[0], in, sizeof in, MSG_WAITALL) != sizeof in || memcmp(in, out, sizeof in) != 0)
		notice("an echo");
	return sizeof in;
}

/* Nothing ever comes: the time limit alone ends it. */
static void *receives_nothing(void *unused)
{
	const struct timeval limit = { 0, 3000 };
	char byte;

	setsockopt(silent[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	while (goes_on())
		if (recv(silent[0], &byte, 1, 0) >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK))
			notice("recv with a time limit");
	return unused;
}

/* --- Timers --------------------------------------------------------------------------- */

/* Expirations are counted by the kernel: none may be missed. */
static void *reads_timer(void *unused)
{
	const struct itimerspec often = { { 0, PERIOD_NS }, { 0, PERIOD_NS } };
	int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	int64_t begun = now_ns();
	uint64_t expirations, all = 0;

	timerfd_settime(timer, 0, &often, NULL);
	while (goes_on()) {
		if (read(timer, &expirations, sizeof expirations) != sizeof expirations)
			notice("read of a timerfd");
		all += expirations;
	}
	if ((int64_t)all < (now_ns() - begun) / PERIOD_NS - 50)
		notice("expirations of a timerfd");
	close(timer);
	return unused;
}

static int alarms, timer_calls;

static void on_alarm(int number)
{
	(void)number;
	__atomic_fetch_add(&alarms, 1, __ATOMIC_RELAXED);
}

/* By a thread of the C library's, which waits for a signal that it keeps for itself. */
static void on_timer(union sigval value)
{
	if (value.sival_int != 42)
		notice("the value of a timer");
	__atomic_fetch_add(&timer_calls, 1, __ATOMIC_RELAXED);
}

static void start_alarms(void)
{
	const struct itimerval often = { { 0, 3000 }, { 0, 3000 } };
	struct sigaction action = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
}

static timer_t start_timer(void)
{
	const struct itimerspec also = { { 0, 3 * PERIOD_NS }, { 0, 3 * PERIOD_NS } };
	struct sigevent event = { .sigev_notify = SIGEV_THREAD, .sigev_value.sival_int = 42 };
	timer_t timer;

	event.sigev_notify_function = on_timer;
	if (timer_create(CLOCK_MONOTONIC, &event, &timer) || timer_settime(timer, 0, &also, NULL))
		notice("timer_create");
	return timer;
}

static void end_timers(timer_t timer)
{
	const struct itimerval never = { { 0, 0 }, { 0, 0 } };
	int64_t begun = now_ns();

	while (!__atomic_load_n(&timer_calls, __ATOMIC_RELAXED) && now_ns() - begun < (int64_t)10 * 1000000000)
		sched_yield();
	setitimer(ITIMER_REAL, &never, NULL);
	timer_delete(timer);
	if (!alarms || !timer_calls)
		notice("timers");
}

/* --- A condition with a time limit -------------------------------------------------------- */

static struct { pthread_mutex_t lock; pthread_cond_t changed; int given, taken; } baton = {
	PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0,
};

static int wait_briefly(void)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += 3 * PERIOD_NS;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	return pthread_cond_timedwait(&baton.changed, &baton.lock, &until);
}

static void *takes(void *unused)
{
	pthread_mutex_lock(&baton.lock);
	while (goes_on() || baton.taken < baton.given) {
		int result = wait_briefly();

		if (result && result != ETIMEDOUT)
			notice("pthread_cond_timedwait");
		baton.taken = baton.given;
		pthread_cond_broadcast(&baton.changed);
	}
	pthread_mutex_unlock(&baton.lock);
	return unused;
}

static void give(void)
{
	pthread_mutex_lock(&baton.lock);
	baton.given++;
	pthread_cond_broadcast(&baton.changed);
	while (baton.taken < baton.given)
		if (wait_briefly() == EINTR)
			notice("pthread_cond_timedwait of the giver");
	pthread_mutex_unlock(&baton.lock);
}

/* --- Signals of our own ---------------------------------------------------------------------- */

static int waited, was_read, handled;
static long handled_sum;

/* SIGRTMIN, one after the other, with values that count. */
static void *waits_for_signals(void *unused)
{
	const struct timespec limit = { 0, 3 * PERIOD_NS };
	siginfo_t info;
	sigset_t mine;

	sigemptyset(&mine);
	sigaddset(&mine, SIGRTMIN);
	for (;;) {
		int number = sigtimedwait(&mine, &info, &limit);

		if (number == SIGRTMIN && info.si_value.sival_int == waited)
			__atomic_fetch_add(&waited, 1, __ATOMIC_RELEASE);
		else if (number == SIGRTMIN && info.si_value.sival_int == -1)
			return unused;
		else if (number >= 0 || (errno != EAGAIN && errno != EINTR))    /* the kernel ends it early, too */
			notice("sigtimedwait");
	}
}

/* SIGRTMIN + 1, the same by a file. */
static void *reads_signals(void *unused)
{
	struct signalfd_siginfo info;
	sigset_t mine;
	int fd;

	sigemptyset(&mine);
	sigaddset(&mine, SIGRTMIN + 1);
	fd = signalfd(-1, &mine, SFD_CLOEXEC);
	while (read(fd, &info, sizeof info) == sizeof info && info.ssi_int != -1)
		if (info.ssi_int == was_read)
			__atomic_fetch_add(&was_read, 1, __ATOMIC_RELEASE);
		else
			notice("a signal that was read");
	close(fd);
	return unused;
}

/* SIGRTMIN + 2, in a handler on the main thread. */
static void on_signal(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)context;
	if (info->si_code != SI_QUEUE)
		notice("a signal's origin");
	handled++;
	handled_sum += info->si_value.sival_int;
}

static void send_signals(int round)
{
	sigqueue(getpid(), SIGRTMIN, (union sigval){ round });
	sigqueue(getpid(), SIGRTMIN + 1, (union sigval){ round });
	if (round >= 0)
		pthread_sigqueue(pthread_self(), SIGRTMIN + 2, (union sigval){ round });
}

/* --- Processes ---------------------------------------------------------------------------------- */

extern char **environ;

static int spawned(void)
{
	char *const words[] = { (char *)"sh", (char *)"-c", (char *)"exit 6", NULL };
	int status = 0;
	pid_t child;

	if (posix_spawn(&child, "/bin/sh", NULL, NULL, words, environ)) {
		notice("posix_spawn");
		return 0;
	}
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			notice("waitpid");
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 6)
		notice("a child's status");
	if (waitpid(-1, &status, WNOHANG) >= 0 || errno != ECHILD)
		notice("a child that we did not start");
	return 1;
}

/* ---------------------------------------------------------------------------------------------------- */

enum { THREADS = 6 };

static void start_threads(pthread_t *thread)
{
	void *(*const run[THREADS])(void *) = {
		echoes, receives_nothing, reads_timer, takes, waits_for_signals, reads_signals,
	};
	sigset_t ours;

	sigemptyset(&ours);
	for (int i = 0; i < 3; i++)
		sigaddset(&ours, SIGRTMIN + i);
	sigaddset(&ours, SIGALRM);
	pthread_sigmask(SIG_BLOCK, &ours, NULL);
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&thread[i], NULL, run[i], NULL))
			_exit(98);
	sigemptyset(&ours);
	sigaddset(&ours, SIGALRM);
	sigaddset(&ours, SIGRTMIN + 2);
	pthread_sigmask(SIG_UNBLOCK, &ours, NULL);
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_RESTART };
	int checks = argc > 1 ? atoi(argv[1]) : 100, with_timer = checks - 10, children = 0;
	pthread_t thread[THREADS];
	long echoed = 0;
	timer_t timer = NULL;

	for (int i = 0; i < LOST; i++)
		lose();
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, echo) || socketpair(AF_UNIX, SOCK_DGRAM, 0, silent))
		return 98;
	sigaction(SIGRTMIN + 2, &action, NULL);
	start_threads(thread);
	start_alarms();
	for (int i = 0; i < checks; i++) {
		if (i == with_timer)
			timer = start_timer();
		send_signals(i);
		echoed += exchange(i);
		dagmem_leak_check(i < with_timer ? "events" : "timer");
		give();
		if (i % 10 == 0)
			children += spawned();
	}
	send_signals(-1);
	pthread_join(thread[4], NULL);
	pthread_join(thread[5], NULL);
	end_timers(timer);
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	shutdown(echo[0], SHUT_RDWR);
	for (int i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	printf("%d rounds: %ld bytes echoed, %d batons, %d signals waited for, %d read, %d handled (%ld), "
	       "%d children, %d noticed\n", checks, echoed, baton.taken, waited, was_read, handled, handled_sum,
	       children, noticed);
	return noticed != 0;
}
