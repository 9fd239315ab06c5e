#include "tracer/exec.h"

#include <string.h>

#include "tracer/lifecycle.h"
#include "tracer/memory.h"
#include "tracer/options.h"
#include "tracer/sys.h"

#define OPTIONS "DAGMEM_OPTIONS="
#define PRELOAD "LD_PRELOAD="

static char *options_variable;          /* NULL: the environment was not cleaned */
static const char *library = "";

void exec_init(const char *options_text, const char *preload)
{
	/* A copy: programs overwrite the place of their environment to show a title in ps. */
	char *copy = options_text ? memory_reserve(sizeof OPTIONS + strlen(options_text)) : NULL;

	if (!copy)
		return;
	stpcpy(stpcpy(copy, OPTIONS), options_text);
	library = preload;
	options_variable = copy;
}

static bool is_ours(const char *variable)
{
	return !strncmp(variable, OPTIONS, sizeof OPTIONS - 1) ||
	       (*library && !strncmp(variable, PRELOAD, sizeof PRELOAD - 1));
}

/* "LD_PRELOAD=LIBRARY", or "LD_PRELOAD=LIBRARY:GIVEN". */
static void write_preload(char *to, const char *given)
{
	to = stpcpy(stpcpy(to, PRELOAD), library);
	if (*given)
		stpcpy(stpcpy(to, ":"), given);
}

/* One mapping: the array, then the text of LD_PRELOAD.  Without memory the new program is not traced. */
static void add_variables(struct execution *execution, char *const *environment)
{
	const char *given = options_getenv(environment, "LD_PRELOAD");
	size_t count = 0, used = 0, text_bytes;
	char **variables;

	if (!given)
		given = "";
	while (environment && environment[count])
		count++;
	count += 3;     /* our two, and the NULL */
	text_bytes = sizeof PRELOAD + strlen(library) + 1 + strlen(given);
	execution->bytes = count * sizeof *variables + text_bytes;
	variables = sys_mmap(NULL, execution->bytes, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (!variables)
		return;
	for (; environment && *environment; environment++)
		if (!is_ours(*environment))
			variables[used++] = *environment;
	variables[used++] = options_variable;
	if (*library) {
		variables[used] = (char *)(variables + count);
		write_preload(variables[used], given);
	}
	execution->memory = variables;
	execution->environment = variables;
}

void exec_begin(struct execution *execution, char *const *environment)
{
	*execution = (struct execution){ .environment = environment };
	if (!lifecycle_execute())
		return;
	execution->marked = true;
	if (options_variable)
		add_variables(execution, environment);
}

void exec_failed(struct execution *execution)
{
	if (execution->memory)
		sys_munmap(execution->memory, execution->bytes);
	if (execution->marked)
		lifecycle_execute_failed();
}
