/*
 * inject: let the N-th system call fail that the tracer itself makes.
 *
 * usage: inject N[+] COUNT-FILE COMMAND...
 *
 * Runs COMMAND with system calls stopped by a seccomp filter; of those whose
 * instruction lies in libdagmem.so, in COMMAND and in its children, the N-th
 * fails with an error that is usual for it, with "+" all that follow too.
 * Those of the program and the C library are left alone.  N = 0: none fails.
 * How many there were goes to COUNT-FILE; COMMAND's status is handed on, 128 +
 * its signal when it was killed.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct failing { long number; int error; } failing[] = {
	{ SYS_mmap, ENOMEM },
	{ SYS_madvise, ENOMEM },
	{ SYS_openat, EMFILE },
	{ SYS_fallocate, ENOSPC },
	{ SYS_pwrite64, ENOSPC },
	{ SYS_fstat, EIO },
	{ SYS_fstatfs, EIO },
	{ SYS_read, EIO },
	{ SYS_readlinkat, EACCES },
	{ SYS_prlimit64, EPERM },
	{ SYS_unlinkat, EROFS },
	{ SYS_clone, EAGAIN },
	{ SYS_getdents64, EIO },
	{ SYS_rt_sigaction, EINVAL },
	{ SYS_rt_tgsigqueueinfo, EAGAIN },
	{ SYS_pread64, EIO },
	{ SYS_close_range, ENOSYS },
	{ SYS_waitid, ECHILD },
};
enum { FAILING = sizeof failing / sizeof *failing, PROCESSES_MAX = 256 };

/* Where the tracer's code is in a process. */
static struct process { pid_t pid; unsigned long start, end; } process[PROCESSES_MAX];

static unsigned long wanted, count;
static int all_following;

static void fail(const char *what)
{
	perror(what);
	exit(125);
}

static void stop_at_system_calls(void)
{
	struct sock_filter filter[FAILING + 3];
	struct sock_fprog program = { FAILING + 3, filter };

	filter[0] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						 offsetof(struct seccomp_data, nr));
	for (unsigned i = 0; i < FAILING; i++)
		filter[1 + i] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
							     (unsigned)failing[i].number,
							     FAILING - i, 0);
	filter[FAILING + 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	filter[FAILING + 2] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		fail("seccomp");
}

static pid_t start(char **command)
{
	pid_t child = fork();
	int status;

	if (!child) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
			fail("ptrace");
		raise(SIGSTOP);
		stop_at_system_calls();
		execvp(command[0], command);
		fail(command[0]);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		fail("fork");
	if (ptrace(PTRACE_SETOPTIONS, child, NULL,
		   PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
		   PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL))
		fail("ptrace options");
	ptrace(PTRACE_CONT, child, NULL, NULL);
	return child;
}

static struct process *find_process(pid_t pid)
{
	for (unsigned i = 0; i < PROCESSES_MAX; i++) {
		if (process[i].pid == pid || !process[i].pid) {
			process[i].pid = pid;
			return &process[i];
		}
	}
	errno = ENOSPC;
	fail("too many processes");
	return NULL;
}

/* The tracer's executable segment, once it is mapped. */
static void find_tracer(struct process *at)
{
	char path[64], line[4400], flags[8];
	unsigned long from, to;
	FILE *maps;

	snprintf(path, sizeof path, "/proc/%d/maps", at->pid);
	maps = fopen(path, "r");
	while (maps && fgets(line, sizeof line, maps)) {
		if (strstr(line, "/libdagmem.so") &&
		    sscanf(line, "%lx-%lx %7s", &from, &to, flags) == 3 && flags[2] == 'x') {
			at->start = from;
			at->end = to;
		}
	}
	if (maps)
		fclose(maps);
}

static int error_of(unsigned long number)
{
	for (unsigned i = 0; i < FAILING; i++)
		if ((unsigned long)failing[i].number == number)
			return failing[i].error;
	return 0;
}

static void at_system_call(pid_t pid)
{
	struct process *at = find_process(pid);
	struct user_regs_struct registers;

	if (ptrace(PTRACE_GETREGS, pid, NULL, &registers))
		return;
	if (!at->start)
		find_tracer(at);
	if (registers.rip < at->start || registers.rip >= at->end || ++count < wanted || !wanted ||
	    (count > wanted && !all_following))
		return;
	registers.rax = (unsigned long long)-error_of(registers.orig_rax);
	registers.orig_rax = (unsigned long long)-1;
	ptrace(PTRACE_SETREGS, pid, NULL, &registers);
}

/* One thing that happened to `pid`; returns the signal to hand on. */
static int at_stop(pid_t pid, int status)
{
	int signal = WSTOPSIG(status);
	struct process *at = find_process(pid);
	static pid_t greeted[PROCESSES_MAX];

	switch (status >> 8) {
	case SIGTRAP | PTRACE_EVENT_SECCOMP << 8:
		at_system_call(pid);
		return 0;
	case SIGTRAP | PTRACE_EVENT_EXEC << 8:
		at->start = at->end = 0;
		return 0;
	}
	if (status >> 16)
		return 0;
	if (signal == SIGSTOP && greeted[at - process] != pid) {
		greeted[at - process] = pid;    /* every new thread and process begins with one */
		return 0;
	}
	return signal;
}

static int watch(pid_t first)
{
	int status, result = 125;
	pid_t pid;

	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		if (WIFSTOPPED(status))
			ptrace(PTRACE_CONT, pid, NULL, (void *)(long)at_stop(pid, status));
		else if (pid == first)
			result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	}
	return result;
}

int main(int argc, char **argv)
{
	char *end;
	FILE *out;
	int result;

	if (argc < 4)
		return 125;
	wanted = strtoul(argv[1], &end, 10);
	all_following = *end == '+';
	result = watch(start(argv + 3));
	out = fopen(argv[2], "w");
	if (!out || fprintf(out, "%lu\n", count) < 0 || fclose(out))
		fail(argv[2]);
	return result;
}
