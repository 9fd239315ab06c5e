/*
 * execs: becomes another program in every way there is, or fails to.
 *
 * usage: execs VARIANT PROGRAM      one of the exec family; PROGRAM gets "child"
 *        execs child [MARK]         allocate a known amount; status 3, or 4 without $MARK
 *        execs fail                 every variant fails; status 5
 *        execs fork|vfork           a child executes itself; ends by SIGKILL
 *
 * Variants that take an environment give MARK=1 besides what there is.
 */
#include "truth.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

static char *marked[4096];

/* Returns -1, as the variant does, when it fails or when there is none of that name. */
static int execute(const char *variant, char *program)
{
	char *const arguments[] = { "execs", "child", "MARK", NULL };
	char *const unmarked[] = { "execs", "child", NULL };
	int fd = open(program, O_RDONLY | O_CLOEXEC);
	int is = 0;

#define IS(name) (!is && (is = !strcmp(variant, #name)))
	if (IS(execve))
		return execve(program, arguments, marked);
	if (IS(execv))
		return execv(program, unmarked);
	if (IS(execvp))
		return execvp(strrchr(program, '/') + 1, unmarked);
	if (IS(execvpe))
		return execvpe(strrchr(program, '/') + 1, arguments, marked);
	if (IS(execl))
		return execl(program, "execs", "child", (char *)NULL);
	if (IS(execlp))
		return execlp(strrchr(program, '/') + 1, "execs", "child", (char *)NULL);
	if (IS(execle))
		return execle(program, "execs", "child", "MARK", (char *)NULL, marked);
	if (IS(fexecve))
		return fexecve(fd, arguments, marked);
	if (IS(execveat))
		return execveat(AT_FDCWD, program, arguments, marked, 0);
	errno = 0;
	return -1;
}

static void allocate(void)
{
	for (int i = 0; i < 100; i++) {
		void *block = TRUTH_NEW(16 + i);

		if (i % 3)
			truth_delete(block);
	}
}

static int be_child(int want_mark)
{
	allocate();
	truth_write();
	return want_mark && !getenv("MARK") ? 4 : 3;
}

static int fail(void)
{
	static const char *const variants[] = {
		"execve", "execv", "execvp", "execvpe", "execl", "execlp", "execle", "execveat",
	};
	char program[] = "/no/such/folder/no-such-program";

	for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
		allocate();
		TRUTH_REQUIRE(execute(variants[i], program) == -1 && errno == ENOENT);
	}
	TRUTH_REQUIRE(execute("fexecve", program) == -1 && errno != 0 && errno != ENOSYS);
	allocate();
	truth_write();
	return 5;
}

/* The child does nothing but exec. */
static int leave_to_child(int share)
{
	pid_t child;
	int status;

	allocate();
	child = share ? vfork() : fork();
	if (child == 0) {
		execl("/bin/true", "true", (char *)NULL);
		_exit(98);
	}
	TRUTH_REQUIRE(waitpid(child, &status, 0) == child && status == 0);
	allocate();
	truth_write();
	return raise(SIGKILL);
}

int main(int argc, char **argv)
{
	size_t count = 0;

	for (; environ[count] && count + 2 < sizeof marked / sizeof *marked; count++)
		marked[count] = environ[count];
	marked[count] = "MARK=1";
	if (argc < 2)
		return 2;
	if (!strcmp(argv[1], "child"))
		return be_child(argc > 2);
	if (!strcmp(argv[1], "fail"))
		return fail();
	if (!strcmp(argv[1], "fork") || !strcmp(argv[1], "vfork"))
		return leave_to_child(!strcmp(argv[1], "vfork"));
	if (argc < 3)
		return 2;
	free(malloc(100000));
	execute(argv[1], argv[2]);
	return 97;
}
