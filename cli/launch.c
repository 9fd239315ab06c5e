#include "cli/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "cli/command.h"

struct launch {
	pid_t pid;
	int signal_fd;
	sigset_t inherited_mask;
	struct sigaction inherited_sigchld;
	volatile int exec_errno;        /* stored by the child, which has our memory until it executes */
	launch_tick *tick;
	void *context;
};

/* --- Starting --------------------------------------------------------------- */

/*
 * Everything that can be passed on, and SIGCHLD.  Faults stay deadly, and so
 * do SIGTTIN and SIGTTOU stop us: we neither read nor set the terminal.
 */
static void handled_signals(sigset_t *set)
{
	static const int LEFT_ALONE[] = {
		SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGTTIN, SIGTTOU, SIGPIPE,
	};

	sigfillset(set);
	for (size_t i = 0; i < sizeof LEFT_ALONE / sizeof *LEFT_ALONE; i++)
		sigdelset(set, LEFT_ALONE[i]);
}

/* From here on signals are read from a descriptor; SIGCHLD is never ignored. */
static int take_signals(struct launch *launch, struct error *err)
{
	struct sigaction by_default = { .sa_handler = SIG_DFL };
	sigset_t handled;

	handled_signals(&handled);
	int fd = signalfd(-1, &handled, SFD_CLOEXEC | SFD_NONBLOCK);

	if (fd < 0)
		return error_system(err, errno, "signalfd");
	launch->signal_fd = fd;
	sigprocmask(SIG_BLOCK, &handled, &launch->inherited_mask);
	sigaction(SIGCHLD, &by_default, &launch->inherited_sigchld);
	return 0;
}

static void restore_signals(const struct launch *launch)
{
	sigaction(SIGCHLD, &launch->inherited_sigchld, NULL);
	sigprocmask(SIG_SETMASK, &launch->inherited_mask, NULL);
}

/* In the child: dispositions and mask are its own, memory is ours. */
static _Noreturn void execute(struct launch *launch, char *const *command, char *const *environment)
{
	restore_signals(launch);
	execvpe(command[0], command, environment);
	launch->exec_errno = errno;
	_exit(EXIT_RUN_NOT_FOUND);
}

static int start(struct launch *launch, char *const *command, char *const *environment,
		 struct error *err)
{
	/* No page tables to copy for what executes at once.  NOLINTNEXTLINE(clang-analyzer-security.*) */
	pid_t pid = vfork();

	if (pid == 0)   /* Linux lets it use the parent's memory.  NOLINTNEXTLINE(clang-analyzer-unix.Vfork) */
		execute(launch, command, environment);
	if (pid < 0)
		return error_system(err, errno, "vfork");
	launch->pid = pid;
	return 0;
}

/* --- Signals and job control ------------------------------------------------ */

/* True when the terminal's keys go to our process group. */
static bool in_foreground(void)
{
	int fd = open("/dev/tty", O_RDONLY | O_CLOEXEC | O_NOCTTY);
	bool result = fd >= 0 && tcgetpgrp(fd) == getpgrp();

	if (fd >= 0)
		close(fd);
	return result;
}

/*
 * Stop as the program was stopped, until somebody continues us; then make
 * sure that it goes on as well.  A SIGSTOP sent to the program alone is not
 * ours to copy, unless a shell waits at the terminal for its prompt.
 */
static void stop_too(const struct launch *launch, int signal)
{
	sigset_t set, previous;

	if (signal == SIGSTOP && !in_foreground())
		return;
	sigemptyset(&set);
	sigaddset(&set, signal);
	sigprocmask(SIG_UNBLOCK, &set, &previous);
	raise(signal);
	sigprocmask(SIG_SETMASK, &previous, NULL);
	kill(launch->pid, SIGCONT);
}

/*
 * What the kernel sent (the terminal's keys, a resize, a hangup) went to the
 * whole process group, the program included.
 */
static void pass_on(const struct launch *launch, const struct signalfd_siginfo *info)
{
	if (info->ssi_signo != SIGCHLD && info->ssi_code <= 0)
		kill(launch->pid, (int)info->ssi_signo);
}

static void pass_signals_on(const struct launch *launch)
{
	struct signalfd_siginfo info;

	while (read(launch->signal_fd, &info, sizeof info) == sizeof info)
		pass_on(launch, &info);
}

/* What came at its end was for the program: it must not end us when we unblock it. */
static void drop_signals(const struct launch *launch)
{
	struct signalfd_siginfo info;

	while (read(launch->signal_fd, &info, sizeof info) == sizeof info)
		;
}

/* --- Waiting ---------------------------------------------------------------- */

static uint64_t timeval_ns(struct timeval time)
{
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_usec * 1000;
}

/* True when the program has ended. */
static bool reap(const struct launch *launch, struct launch_outcome *outcome)
{
	struct rusage usage;
	int status;

	while (wait4(launch->pid, &status, WNOHANG | WUNTRACED, &usage) == launch->pid) {
		if (WIFSTOPPED(status)) {
			stop_too(launch, WSTOPSIG(status));
			continue;
		}
		*outcome = (struct launch_outcome){
			.pid = launch->pid,
			.wait_status = status,
			.exec_errno = launch->exec_errno,
			.max_rss_bytes = (uint64_t)usage.ru_maxrss * 1024,
			.user_ns = timeval_ns(usage.ru_utime),
			.system_ns = timeval_ns(usage.ru_stime),
		};
		return true;
	}
	return false;
}

static struct timespec until(uint64_t deadline_ns)
{
	uint64_t now = clock_monotonic_ns();
	uint64_t rest = deadline_ns > now ? deadline_ns - now : 0;

	return (struct timespec){ (time_t)(rest / 1000000000), (long)(rest % 1000000000) };
}

static void wait_for_end(const struct launch *launch, struct launch_outcome *outcome)
{
	struct pollfd signals = { .fd = launch->signal_fd, .events = POLLIN };
	uint64_t deadline_ns = 0;

	while (!reap(launch, outcome)) {
		if (clock_monotonic_ns() >= deadline_ns)
			deadline_ns = launch->tick(launch->context, launch->pid, clock_monotonic_ns());
		struct timespec rest = until(deadline_ns);

		ppoll(&signals, 1, &rest, NULL);
		pass_signals_on(launch);
	}
}

int launch_run(char *const *command, char *const *environment, launch_tick *tick, void *context,
	       struct launch_outcome *outcome, struct error *err)
{
	struct launch launch = { .tick = tick, .context = context };
	int code = take_signals(&launch, err);

	if (code == 0) {
		code = start(&launch, command, environment, err);
		if (code == 0) {
			wait_for_end(&launch, outcome);
			drop_signals(&launch);
		}
		restore_signals(&launch);
		close(launch.signal_fd);
	}
	return code;
}

int launch_exit_code(const struct launch_outcome *outcome)
{
	if (outcome->exec_errno)
		return outcome->exec_errno == ENOENT ? EXIT_RUN_NOT_FOUND : EXIT_RUN_NOT_EXECUTABLE;
	if (WIFSIGNALED(outcome->wait_status))
		return 128 + WTERMSIG(outcome->wait_status);
	return WEXITSTATUS(outcome->wait_status);
}
