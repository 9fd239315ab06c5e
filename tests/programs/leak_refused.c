/*
 * leak_refused: asks for a leak check where something that it might need is
 * refused, says "done" and ends with status 4.
 *
 * usage: leak_refused nothing|processes|fork|ptrace|signals|proc
 *
 * processes: RLIMIT_NPROC is reached (a child is not enough: as another user).
 * fork, ptrace, proc: the system call answers EPERM; proc: openat.  signals:
 * the signals that the C library keeps for itself are taken.
 */
#include <dagmem.h>

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

__attribute__((noinline)) static void definite__lost(void)
{
	char *volatile block = calloc(1, 100);

	__asm__ volatile("" : : "r"(block) : "memory");
}

static void refuse(long number)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof filter / sizeof *filter, filter };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		_exit(77);
}

static void reach_limit(void)
{
	const struct rlimit one = { 1, 1 };

	if ((getuid() == 0 && setresuid(65534, 65534, 65534)) || setrlimit(RLIMIT_NPROC, &one))
		_exit(77);
}

static void ignore(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)info;
	(void)context;
}

static void take_signals(void)
{
	/* As the kernel has it: the C library refuses these two. */
	struct { void (*handler)(int, siginfo_t *, void *); unsigned long flags; void *restorer; unsigned long mask; }
		action = { ignore, SA_SIGINFO | SA_RESTART, NULL, 0 };

	for (int number = 32; number <= 33; number++)
		if (syscall(SYS_rt_sigaction, number, &action, NULL, 8))
			_exit(77);
}

static int may_end;

static void *waits(void *unused)
{
	while (!__atomic_load_n(&may_end, __ATOMIC_ACQUIRE))
		usleep(1000);
	return unused;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "nothing";
	pthread_t thread;

	definite__lost();
	if (pthread_create(&thread, NULL, waits, NULL))
		return 77;
	if (!strcmp(what, "processes"))
		reach_limit();
	if (!strcmp(what, "fork"))
		refuse(SYS_clone);
	if (!strcmp(what, "ptrace"))
		refuse(SYS_ptrace);
	if (!strcmp(what, "proc"))
		refuse(SYS_openat);
	if (!strcmp(what, "signals"))
		take_signals();
	dagmem_leak_check("middle");
	__atomic_store_n(&may_end, 1, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
	puts("done");
	return 4;
}
