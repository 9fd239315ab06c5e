#include "cli/findings.h"

#include <string.h>
#include <sys/resource.h>
#include <sys/statfs.h>
#include <linux/magic.h>

#include "base/arena.h"
#include "base/units.h"
#include "cli/inspect.h"

void findings_add(struct findings *findings, enum finding_level level, const char *text)
{
	if (findings->count < FINDINGS_MAX)
		findings->items[findings->count++] =
			(struct finding){ level, text ? text : "out of memory" };
}

/* --- The program ------------------------------------------------------------ */

/* Why nothing of it could be traced, or NULL. */
static const char *obstacle(const struct inspection *inspection)
{
	if (!inspection->elf)
		return "it is no ELF program that we could look into";
	if (inspection->foreign)
		return "it is for another machine or word size (32-bit?) than the tracer";
	if (inspection->static_linked)
		return "it is statically linked: nothing can be preloaded into a static program";
	if (inspection->privileged)
		return "it is setuid, setgid or has file capabilities: the loader ignores LD_PRELOAD";
	if (inspect_is_musl(inspection))
		return "it uses musl's loader, the tracer the GNU C library";
	return NULL;
}

static void add_allocators(struct findings *findings, const struct inspection *inspection,
			   struct arena *arena)
{
	for (size_t i = 0; i < inspection->allocator_count; i++)
		findings_add(findings, FINDING_WARNING,
			     arena_printf(arena, "%s is linked in: what is allocated by its own names "
					  "is not seen", inspection->allocators[i]));
	if (inspection->exports_malloc)
		findings_add(findings, FINDING_WARNING,
			     "it exports its own malloc, which wins over ours: its allocations are not seen");
	else if (inspection->own_malloc)
		findings_add(findings, FINDING_WARNING,
			     "it has a malloc of its own: only what its libraries allocate is seen");
}

static void add_symbols(struct findings *findings, const struct inspection *inspection)
{
	if (inspection->debug_info)
		findings_add(findings, FINDING_GOOD, "debug information: rows show file and line");
	else if (inspection->symbols)
		findings_add(findings, FINDING_NOTE,
			     "no debug information: rows show functions (build with -g for lines)");
	else
		findings_add(findings, FINDING_NOTE,
			     "stripped: rows show exported functions and offsets (build with -g for lines)");
}

static bool is_named(const char *path, const char *start)
{
	const char *slash = path ? strrchr(path, '/') : NULL;
	const char *name = slash ? slash + 1 : path;

	return name && strncmp(name, start, strlen(start)) == 0;
}

/* The interpreter, a script in front of it (as version managers have), or what embeds it. */
static bool is_python(const struct inspection *inspection)
{
	bool python = is_named(inspection->path, "python") || is_named(inspection->script, "python");

	for (size_t i = 0; i < inspection->needed_count; i++)
		python = python || is_named(inspection->needed[i], "libpython");
	return python;
}

void findings_of_program(struct findings *findings, const struct inspection *inspection,
			 struct arena *arena)
{
	const char *reason = obstacle(inspection);

	if (inspection->script)
		findings_add(findings, FINDING_NOTE,
			     arena_printf(arena, "%s is a script: %s is what runs; --follow traces what "
					  "it starts, too", inspection->script, inspection->path));
	if (inspection->sanitizer) {
		findings_add(findings, FINDING_REFUSED,
			     arena_printf(arena, "it is built with %s, which must be the only one between "
					  "a program and its memory: build without", inspection->sanitizer));
		return;
	}
	if (reason) {
		findings_add(findings, FINDING_WARNING,
			     arena_printf(arena, "cannot be traced: %s", reason));
		return;
	}
	findings_add(findings, FINDING_GOOD, "dynamically linked: the tracer can be preloaded");
	add_allocators(findings, inspection, arena);
	if (is_python(inspection))
		findings_add(findings, FINDING_NOTE,
			     "Python allocates small objects itself, from large pieces: run it with "
			     "PYTHONMALLOC=malloc in the environment to see each of them");
	add_symbols(findings, inspection);
}

void findings_of_new(struct findings *findings, const struct inspection *inspection, bool hooked,
		     struct arena *arena)
{
	if (!inspection->foreign_new)
		return;
	if (hooked)
		findings_add(findings, FINDING_GOOD,
			     arena_printf(arena, "operator new of %s is seen by libdagmem-new.so",
					  inspection->foreign_new));
	else
		findings_add(findings, FINDING_WARNING,
			     arena_printf(arena, "%s has an operator new of its own, and there is no "
					  "libdagmem-new.so: what C++ code allocates is not seen",
					  inspection->foreign_new));
}

/* --- The system -------------------------------------------------------------- */

/* The tracer records only where a promise of space is kept: a full disk must not kill. */
static bool keeps_promises(const struct statfs *fs)
{
	return fs->f_type == EXT4_SUPER_MAGIC || fs->f_type == TMPFS_MAGIC ||
	       fs->f_type == XFS_SUPER_MAGIC || fs->f_type == OVERLAYFS_SUPER_MAGIC;
}

static void add_folder(struct findings *findings, const char *folder, struct arena *arena)
{
	struct statfs fs;

	if (statfs(folder, &fs) != 0) {
		findings_add(findings, FINDING_WARNING, arena_printf(arena, "%s: %m", folder));
		return;
	}
	uint64_t free_bytes = (uint64_t)fs.f_bavail * (uint64_t)fs.f_bsize;

	findings_add(findings, FINDING_GOOD,
		     arena_printf(arena, "%s has %s free for profiles", folder, units_size(free_bytes).text));
	if (!keeps_promises(&fs))
		findings_add(findings, FINDING_NOTE,
			     arena_printf(arena, "the file system of %s does not promise space: the profile is "
					  "recorded in $TMPDIR, /tmp or /dev/shm and moved afterwards", folder));
}

static void add_limit(struct findings *findings, int resource, const char *text, struct arena *arena)
{
	struct rlimit limit;

	if (getrlimit((__rlimit_resource_t)resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
		return;
	findings_add(findings, FINDING_NOTE,
		     arena_printf(arena, "%s is limited to %s", text, units_size(limit.rlim_cur).text));
}

void findings_of_system(struct findings *findings, const char *folder, struct arena *arena)
{
	add_folder(findings, folder, arena);
	add_limit(findings, RLIMIT_AS, "address space (ulimit -v), which the tracer needs some of,", arena);
	add_limit(findings, RLIMIT_FSIZE, "the size of files (ulimit -f), a profile's included,", arena);
}
