#include "cli/launch.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/error.h"

enum { MILLISECOND_NS = 1000000 };

static uint64_t count_ticks(void *context, pid_t pid, uint64_t now_ns)
{
	(void)pid;
	++*(int *)context;
	return now_ns + MILLISECOND_NS;
}

static struct launch_outcome launch(char *const *command, launch_tick *tick, void *context)
{
	struct launch_outcome outcome = { 0 };
	struct error err = ERROR_INIT;

	if (launch_run(command, environ, tick, context, &outcome, &err) != 0)
		fail_msg("%s", err.message);
	return outcome;
}

static int exit_code_of(const char *script)
{
	char *command[] = { "sh", "-c", (char *)script, NULL };
	int ticks = 0;
	struct launch_outcome outcome = launch(command, count_ticks, &ticks);

	return launch_exit_code(&outcome);
}

static void exit_codes_are_those_of_a_shell(void **state)
{
	(void)state;
	assert_int_equal(exit_code_of("exit 0"), 0);
	assert_int_equal(exit_code_of("exit 42"), 42);
	assert_int_equal(exit_code_of("kill -KILL $$"), 128 + SIGKILL);
	assert_int_equal(exit_code_of("kill -TERM $$"), 128 + SIGTERM);
}

static void what_cannot_run_is_told_apart(void **state)
{
	char *missing[] = { "/no/such/program", NULL };
	char *folder[] = { "/tmp", NULL };
	int ticks = 0;
	struct launch_outcome outcome = launch(missing, count_ticks, &ticks);

	(void)state;
#ifdef __SANITIZE_THREAD__      /* its vfork() is a fork(): what the child writes stays there */
	skip();
#endif
	assert_int_equal(outcome.exec_errno, ENOENT);
	assert_int_equal(launch_exit_code(&outcome), 127);
	outcome = launch(folder, count_ticks, &ticks);
	assert_int_equal(outcome.exec_errno, EACCES);
	assert_int_equal(launch_exit_code(&outcome), 126);
}

static void a_program_that_exits_with_127_has_run(void **state)
{
	char *command[] = { "sh", "-c", "exit 127", NULL };
	int ticks = 0;
	struct launch_outcome outcome = launch(command, count_ticks, &ticks);

	(void)state;
	assert_int_equal(outcome.exec_errno, 0);
	assert_int_equal(launch_exit_code(&outcome), 127);
}

/* The program waits for the signal that the first ticks send to us. */
static uint64_t signal_ourselves(void *context, pid_t pid, uint64_t now_ns)
{
	int *ticks = context;

	(void)pid;
	if (++*ticks == 200)
		kill(getpid(), SIGUSR1);
	return now_ns + MILLISECOND_NS;
}

static void signals_are_passed_on(void **state)
{
	char *command[] = { "sh", "-c", "trap 'exit 9' USR1; while :; do sleep 0.01; done", NULL };
	int ticks = 0;
	struct launch_outcome outcome = launch(command, signal_ourselves, &ticks);

	(void)state;
	assert_int_equal(launch_exit_code(&outcome), 9);
}

static void our_own_signals_are_as_before(void **state)
{
	struct sigaction action, after;
	sigset_t mask, mask_after;

	(void)state;
	signal(SIGCHLD, SIG_IGN);
	sigaction(SIGCHLD, NULL, &action);
	sigprocmask(SIG_BLOCK, NULL, &mask);
	assert_int_equal(exit_code_of("exit 3"), 3);
	sigaction(SIGCHLD, NULL, &after);
	sigprocmask(SIG_BLOCK, NULL, &mask_after);
	signal(SIGCHLD, SIG_DFL);
	assert_ptr_equal(after.sa_handler, action.sa_handler);
	for (int i = 1; i < NSIG; i++)
		assert_int_equal(sigismember(&mask, i), sigismember(&mask_after, i));
}

static void the_cost_of_the_program_is_known(void **state)
{
	char *command[] = { "sh", "-c", "i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); done", NULL };
	int ticks = 0;
	struct launch_outcome outcome = launch(command, count_ticks, &ticks);

	(void)state;
	assert_true(outcome.max_rss_bytes > 100000);
	assert_true(outcome.user_ns + outcome.system_ns > 0);
	assert_true(ticks > 0);
	assert_int_equal(waitpid(outcome.pid, NULL, WNOHANG), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exit_codes_are_those_of_a_shell),
		cmocka_unit_test(what_cannot_run_is_told_apart),
		cmocka_unit_test(a_program_that_exits_with_127_has_run),
		cmocka_unit_test(signals_are_passed_on),
		cmocka_unit_test(our_own_signals_are_as_before),
		cmocka_unit_test(the_cost_of_the_program_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
