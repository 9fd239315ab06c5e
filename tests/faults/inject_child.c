/*
 * inject_child: let the N-th system call fail that a leak check's child makes.
 *
 * usage: inject_child N[+] COUNT-FILE COMMAND...
 *
 * That child has nobody to trace it, so inject(1)'s way does not reach it.  Here
 * a seccomp filter asks us about system calls of COMMAND and all that come of
 * it; those of a process that COMMAND's own is the parent of, and whose
 * instruction lies in libdagmem.so, are counted, and the N-th fails with an error
 * that is usual for it, with "+" all that follow too.  N = 0: none fails.  How
 * many there were goes to COUNT-FILE; COMMAND's status is handed on, 128 + its
 * signal when it was killed.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct failing { long number; int error; } failing[] = {
	{ SYS_mmap, ENOMEM },
	{ SYS_madvise, ENOMEM },
	{ SYS_mprotect, ENOMEM },
	{ SYS_openat, EMFILE },
	{ SYS_fallocate, ENOSPC },
	{ SYS_write, ENOSPC },
	{ SYS_pwrite64, ENOSPC },
	{ SYS_read, EIO },
	{ SYS_pread64, EIO },
	{ SYS_prlimit64, EPERM },
	{ SYS_unlinkat, EROFS },
	{ SYS_close_range, ENOSYS },
	{ SYS_prctl, EINVAL },
	{ SYS_rt_sigprocmask, ENOSYS },
};
enum { FAILING = sizeof failing / sizeof *failing };

static unsigned long wanted, count;
static int all_following;

static void fail(const char *what)
{
	perror(what);
	exit(125);
}

/* In COMMAND's process; the listener goes to the parent by `socket`. */
static int ask_about_system_calls(void)
{
	struct sock_filter filter[FAILING + 3];
	struct sock_fprog program = { FAILING + 3, filter };
	long listener;

	filter[0] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						 offsetof(struct seccomp_data, nr));
	for (unsigned i = 0; i < FAILING; i++)
		filter[1 + i] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
							     (unsigned)failing[i].number,
							     FAILING - i, 0);
	filter[FAILING + 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	filter[FAILING + 2] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		fail("no new privileges");
	listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
	if (listener < 0)
		fail("seccomp");
	return (int)listener;
}

/* A file descriptor over a socket; -1 in `file`: receive one. */
static int pass(int socket, int file)
{
	char byte = 0, control[CMSG_SPACE(sizeof file)] = { 0 };
	struct iovec part = { &byte, 1 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control,
				  .msg_controllen = sizeof control };
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);

	if (file >= 0) {
		head->cmsg_level = SOL_SOCKET;
		head->cmsg_type = SCM_RIGHTS;
		head->cmsg_len = CMSG_LEN(sizeof file);
		memcpy(CMSG_DATA(head), &file, sizeof file);
		return sendmsg(socket, &message, 0) == 1 ? 0 : -1;
	}
	if (recvmsg(socket, &message, 0) != 1 || !CMSG_FIRSTHDR(&message))
		return -1;
	memcpy(&file, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof file);
	return file;
}

static pid_t start(char **command, int *listener)
{
	int pair[2];
	pid_t child;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		fail("socketpair");
	child = fork();
	if (!child) {
		if (pass(pair[1], ask_about_system_calls()))
			fail("listener");
		execvp(command[0], command);
		fail(command[0]);
	}
	if (child < 0)
		fail("fork");
	close(pair[1]);
	*listener = pass(pair[0], -1);
	close(pair[0]);
	if (*listener < 0)
		exit(125);
	return child;
}

/* The number behind `name` in /proc/PID/status; 0: none. */
static long status_of(pid_t pid, const char *name)
{
	char path[64], line[256];
	long value = 0;
	FILE *file;

	snprintf(path, sizeof path, "/proc/%d/status", pid);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof line, file))
		if (!strncmp(line, name, strlen(name)))
			value = atol(line + strlen(name));
	if (file)
		fclose(file);
	return value;
}

static int is_in_tracer(pid_t pid, unsigned long address)
{
	char path[64], line[4400], flags[8];
	unsigned long from, to;
	int found = 0;
	FILE *maps;

	snprintf(path, sizeof path, "/proc/%d/maps", pid);
	maps = fopen(path, "r");
	while (maps && fgets(line, sizeof line, maps))
		found |= strstr(line, "/libdagmem.so") && sscanf(line, "%lx-%lx %7s", &from, &to, flags) == 3 &&
			 flags[2] == 'x' && address >= from && address < to;
	if (maps)
		fclose(maps);
	return found;
}

static int error_of(int number)
{
	for (unsigned i = 0; i < FAILING; i++)
		if (failing[i].number == number)
			return failing[i].error;
	return 0;
}

static int shall_fail(const struct seccomp_notif *asked, pid_t command)
{
	if (status_of((pid_t)asked->pid, "PPid:") != command ||
	    !is_in_tracer((pid_t)asked->pid, asked->data.instruction_pointer))
		return 0;
	count++;
	return wanted && (count == wanted || (count > wanted && all_following));
}

static void answer(int listener, pid_t command)
{
	struct seccomp_notif asked;
	struct seccomp_notif_resp answered;

	memset(&asked, 0, sizeof asked);
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &asked))
		return;
	memset(&answered, 0, sizeof answered);
	answered.id = asked.id;
	if (shall_fail(&asked, command))
		answered.error = -error_of(asked.data.nr);
	else
		answered.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answered);
}

/* Until nobody is left who could ask. */
static int watch(int listener, pid_t command)
{
	struct pollfd from = { .fd = listener, .events = POLLIN };
	int status;

	while (poll(&from, 1, -1) > 0 && !(from.revents & POLLHUP))
		if (from.revents & POLLIN)
			answer(listener, command);
	if (waitpid(command, &status, 0) != command)
		return 125;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
	int listener, result;
	pid_t command;
	char *end;
	FILE *out;

	if (argc < 4)
		return 125;
	wanted = strtoul(argv[1], &end, 10);
	all_following = *end == '+';
	command = start(argv + 3, &listener);
	result = watch(listener, command);
	out = fopen(argv[2], "w");
	if (!out || fprintf(out, "%lu\n", count) < 0 || fclose(out))
		fail(argv[2]);
	return result;
}
