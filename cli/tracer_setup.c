#include "cli/tracer_setup.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"

#define LIBRARY_NAME "libdagmem.so"
#define NEW_LIBRARY_NAME "libdagmem-new.so"
#define DEFAULT_NAME "dagmem.%e.%p.dagmem"

/* --- The library ------------------------------------------------------------ */

/* realpath() in `arena`, or NULL when nothing readable is there. */
static char *existing(struct arena *arena, const char *path)
{
	char *resolved = path && access(path, R_OK) == 0 ? realpath(path, NULL) : NULL;
	char *copy = arena_strdup(arena, resolved);

	free(resolved);
	return copy;
}

/* The folder of this executable, or NULL. */
static char *own_folder(struct arena *arena)
{
	char *path = existing(arena, "/proc/self/exe");
	char *slash = path ? strrchr(path, '/') : NULL;

	if (!slash)
		return NULL;
	*slash = '\0';
	return path;
}

static const char *find_library(struct arena *arena)
{
	static const char *const PLACES[] = { "", "../lib/dagmem/", "../lib/" };
	const char *folder = own_folder(arena);
	const char *found = NULL;

	for (size_t i = 0; folder && !found && i < sizeof PLACES / sizeof *PLACES; i++)
		found = existing(arena, arena_printf(arena, "%s/%s" LIBRARY_NAME, folder, PLACES[i]));
	return found;
}

int tracer_setup_library(struct arena *arena, const char **path, struct error *err)
{
	const char *named = getenv("DAGMEM_LIBRARY");
	bool is_named = named && *named;
	const char *found = is_named ? existing(arena, named) : find_library(arena);

	if (!found && is_named)
		return error_set(err, ERROR_NOT_FOUND, "DAGMEM_LIBRARY: cannot read %s", named);
	if (!found)
		return error_set(err, ERROR_NOT_FOUND, "cannot find " LIBRARY_NAME
				 " beside dagmem or in ../lib; set DAGMEM_LIBRARY to its path");
	*path = found;
	return 0;
}

/* What goes with the library has its place beside it, under the same name of its folder. */
static const char *companion(struct arena *arena, const char *library, const char *name)
{
	const char *slash = strrchr(library, '/');
	int folder = slash ? (int)(slash - library) : 0;
	const char *path = arena_printf(arena, "%.*s/%s", folder, library, name);

	return path && access(path, R_OK) == 0 ? path : NULL;
}

const char *tracer_setup_new_library(struct arena *arena, const char *library)
{
	return companion(arena, library, NEW_LIBRARY_NAME);
}

bool tracer_setup_preload(struct tracer_setup *setup, const char *path)
{
	if (!path || setup->preload_count == TRACER_SETUP_PRELOADS_MAX)
		return false;
	setup->preload[setup->preload_count++] = path;
	return true;
}

bool tracer_setup_adapter(struct arena *arena, struct tracer_setup *setup, const char *name)
{
	return tracer_setup_preload(setup, companion(arena, setup->library, name));
}

/* --- The output pattern ----------------------------------------------------- */

/* The current folder as a pattern: its own % doubled. */
static char *current_folder(struct arena *arena)
{
	char *folder = getcwd(NULL, 0);
	struct text pattern;

	if (!folder)
		return NULL;
	text_init(&pattern);
	for (const char *c = folder; *c; c++)
		text_add(&pattern, *c == '%' ? "%%" : (char[]){ *c, '\0' });
	free(folder);
	char *copy = text_failed(&pattern) ? NULL : arena_strdup(arena, pattern.data);

	text_release(&pattern);
	return copy;
}

static bool is_folder(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

const char *tracer_setup_folder(struct arena *arena, const char *pattern)
{
	const char *slash = strrchr(pattern, '/');
	char *folder = arena_strndup(arena, pattern, (size_t)(slash - pattern) + 1);
	char *to = folder;

	for (const char *from = folder; from && *from; *to++ = *from++)
		if (*from == '%' && *++from != '%')
			return NULL;
	if (to)
		*to = '\0';
	return folder;
}

/* Better now than after the program has run. */
static int check_folder(struct arena *arena, const char *pattern, struct error *err)
{
	const char *folder = tracer_setup_folder(arena, pattern);

	errno = 0;
	if (!folder || is_folder(folder))
		return 0;
	return error_system(err, errno ? errno : ENOTDIR, "%s", folder);
}

int tracer_setup_output(struct arena *arena, const char *given, const char **pattern,
			struct error *err)
{
	const char *name = given ? given : DEFAULT_NAME;

	if (given && is_folder(given))
		name = arena_printf(arena, "%s/%s", given, DEFAULT_NAME);
	if (name && *name != '/') {
		const char *folder = current_folder(arena);

		if (!folder)
			return error_system(err, errno, "the current folder");
		name = arena_printf(arena, "%s/%s", folder, name);
	}
	if (!name)
		return error_set(err, ERROR_NO_MEMORY, "out of memory");
	int code = check_folder(arena, name, err);

	if (code == 0)
		*pattern = name;
	return code;
}

/* --- The environment -------------------------------------------------------- */

/* `value` as DAGMEM_OPTIONS holds it: what would end or garble it percent-encoded. */
static void add_encoded(struct text *options, const char *value)
{
	for (const unsigned char *c = (const unsigned char *)value; *c; c++)
		if (*c == ',' || *c == '%' || *c < ' ' || *c == 0x7f)
			text_printf(options, "%%%02X", *c);
		else
			text_add_char(options, (char)*c);
}

static void add_options(struct text *options, const struct tracer_setup *setup, const char *preload)
{
	text_add(options, "out=");
	add_encoded(options, setup->output);
	text_printf(options, ",follow=%d,run=%" PRIx64, setup->follow, setup->run_id);
	if (setup->max_profile_bytes)
		text_printf(options, ",max=%" PRIu64, setup->max_profile_bytes);
	if (setup->no_argv)
		text_add(options, ",argv=0");
	if (setup->leak_checks)
		text_printf(options, ",leaks=%s", setup->leak_checks);
	if (setup->heap_graph)
		text_add(options, ",graph=1");
	if (setup->tagged_pointers)
		text_add(options, ",tagged=1");
	text_add(options, ",preload=");
	add_encoded(options, preload);
}

static const char *value_of(char *const *environment, const char *name)
{
	size_t length = strlen(name);

	for (; *environment; environment++)
		if (strncmp(*environment, name, length) == 0 && (*environment)[length] == '=')
			return *environment + length + 1;
	return NULL;
}

static bool is_replaced(const struct tracer_setup *setup, const char *entry)
{
	const char *equals = setup->variable ? strchr(setup->variable, '=') : NULL;

	return strncmp(entry, "LD_PRELOAD=", 11) == 0 || strncmp(entry, "DAGMEM_OPTIONS=", 15) == 0 ||
	       (equals && strncmp(entry, setup->variable, (size_t)(equals - setup->variable) + 1) == 0);
}

/* "NAME=FIRST" or "NAME=FIRST<separator>SECOND". */
static char *joined(struct arena *arena, const char *name, const char *first, char separator,
		    const char *second)
{
	if (!first || !*first || !second || !*second)
		return arena_printf(arena, "%s=%s", name, first && *first ? first : second);
	return arena_printf(arena, "%s=%s%c%s", name, first, separator, second);
}

/* The libraries, the tracer first, separated by colons. */
static const char *preload_of(struct arena *arena, const struct tracer_setup *setup)
{
	const char *list = setup->library;

	if (setup->new_library)
		list = arena_printf(arena, "%s:%s", list, setup->new_library);
	for (size_t i = 0; list && i < setup->preload_count; i++)
		list = arena_printf(arena, "%s:%s", list, setup->preload[i]);
	return list;
}

char **tracer_setup_environment(struct arena *arena, const struct tracer_setup *setup,
				char *const *environment)
{
	size_t count = 0, used = 0;
	struct text options;

	while (environment[count])
		count++;
	char **result = arena_alloc_array(arena, count + 4, sizeof *result);

	if (!result)
		return NULL;
	for (size_t i = 0; i < count; i++)
		if (!is_replaced(setup, environment[i]))
			result[used++] = environment[i];
	if (setup->variable)
		result[used++] = (char *)setup->variable;
	const char *preload = preload_of(arena, setup);

	if (!preload)
		return NULL;
	text_init(&options);
	add_options(&options, setup, preload);
	bool failed = text_failed(&options);

	result[used] = joined(arena, "LD_PRELOAD", preload, ':',
			      value_of(environment, "LD_PRELOAD"));
	result[used + 1] = joined(arena, "DAGMEM_OPTIONS", value_of(environment, "DAGMEM_OPTIONS"), ',',
				  options.data);
	text_release(&options);
	return failed || !result[used] || !result[used + 1] ? NULL : result;
}
