#include "cli/adapter_openmp.h"

#include <fcntl.h>
#include <gelf.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "cli/findings.h"
#include "cli/inspect.h"
#include "cli/loader_list.h"
#include "cli/tracer_setup.h"

#define LIBOMP "libomp.so.5"

/* The dynamic symbols of a file. */
struct symbol_file {
	int fd;
	Elf *elf;
	Elf_Data *data;                 /* NULL: none */
	size_t count;
	size_t strings;
};

static void open_symbols(struct symbol_file *file, const char *path)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;

	*file = (struct symbol_file){ .fd = open(path, O_RDONLY | O_CLOEXEC) };
	if (file->fd >= 0 && elf_version(EV_CURRENT) != EV_NONE)
		file->elf = elf_begin(file->fd, ELF_C_READ, NULL);
	while (file->elf && !file->data && (section = elf_nextscn(file->elf, section)))
		if (gelf_getshdr(section, &header) && header.sh_type == SHT_DYNSYM && header.sh_entsize) {
			file->data = elf_getdata(section, NULL);
			file->count = header.sh_size / header.sh_entsize;
			file->strings = header.sh_link;
		}
}

static void close_symbols(struct symbol_file *file)
{
	elf_end(file->elf);
	if (file->fd >= 0)
		close(file->fd);
}

/* The name of symbol `i` if it is one that the file needs, or one that it has. */
static const char *symbol_name(const struct symbol_file *file, size_t i, bool needed)
{
	GElf_Sym symbol;

	if (!file->data || !gelf_getsym(file->data, (int)i, &symbol) ||
	    (symbol.st_shndx == SHN_UNDEF) != needed)
		return NULL;
	return elf_strptr(file->elf, file->strings, symbol.st_name);
}

static bool has(const struct symbol_file *file, const char *name)
{
	for (size_t i = 0; i < file->count; i++) {
		const char *own = symbol_name(file, i, false);

		if (own && strcmp(own, name) == 0)
			return true;
	}
	return false;
}

/*
 * What libomp does not do for gcc's programs, though it has the function: it
 * takes no notice of a task's event.
 */
static bool is_lacking(const char *name)
{
	return strcmp(name, "omp_fulfill_event") == 0;
}

/* A function of gcc's runtime that the program calls and libomp does not have, or NULL. */
static const char *missing(const char *program, const char *libomp, struct arena *arena)
{
	struct symbol_file from, to;
	const char *found = NULL;

	open_symbols(&from, program);
	open_symbols(&to, libomp);
	for (size_t i = 0; !found && i < from.count; i++) {
		const char *name = symbol_name(&from, i, true);

		if (name && (strncmp(name, "GOMP_", 5) == 0 || strncmp(name, "omp_", 4) == 0) &&
		    (is_lacking(name) || !has(&to, name)))
			found = arena_strdup(arena, name);
	}
	close_symbols(&from);
	close_symbols(&to);
	return found;
}

struct search { struct arena *arena; const char *path; };

static void look(void *context, const char *path)
{
	struct search *search = context;
	const char *slash = strrchr(path, '/');

	if (!search->path && strncmp(slash ? slash + 1 : path, "libomp", strlen("libomp")) == 0)
		search->path = arena_strdup(search->arena, path);
}

void adapter_openmp_replace(const struct inspection *inspection, struct tracer_setup *setup,
			    struct arena *arena, struct findings *findings)
{
	struct search search = { arena, NULL };
	const char *lacking;

	loader_list(inspection->interpreter, LIBOMP, inspection->path, look, &search);
	if (!search.path) {
		findings_add(findings, FINDING_REFUSED,
			     "gcc's OpenMP runtime tells nobody of its tasks, and the loader finds no "
			     LIBOMP " to run it with (Debian: libomp5)");
		return;
	}
	lacking = missing(inspection->path, search.path, arena);
	if (lacking) {
		findings_add(findings, FINDING_REFUSED,
			     arena_printf(arena, "it calls %s, which %s does not do for gcc's programs: their tasks "
					  "can't be seen", lacking, search.path));
		return;
	}
	findings_add(findings, FINDING_NOTE,
		     arena_printf(arena, "its OpenMP is run by %s instead of libgomp", search.path));
	tracer_setup_preload(setup, search.path);
}
