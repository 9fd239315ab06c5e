#include "cli/foreign_new.h"

#include <fcntl.h>
#include <gelf.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"

/* --- The libraries ----------------------------------------------------------- */

/* Whether the symbol table of `section` defines both. */
static bool defines_malloc_and_new(Elf *elf, Elf_Scn *section, const GElf_Shdr *header)
{
	Elf_Data *data = elf_getdata(section, NULL);
	size_t count = header->sh_entsize ? header->sh_size / header->sh_entsize : 0;
	bool has_malloc = false, has_new = false;
	GElf_Sym symbol;

	for (size_t i = 0; data && i < count && gelf_getsym(data, (int)i, &symbol); i++) {
		const char *name = elf_strptr(elf, header->sh_link, symbol.st_name);

		if (!name || symbol.st_shndx == SHN_UNDEF)
			continue;
		has_malloc |= strcmp(name, "malloc") == 0;
		has_new |= strcmp(name, "_Znwm") == 0;
	}
	return has_malloc && has_new;
}

static bool exports_malloc_and_new(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	Elf *elf = fd >= 0 ? elf_begin(fd, ELF_C_READ, NULL) : NULL;
	Elf_Scn *section = NULL;
	GElf_Shdr header;
	bool exports = false;

	while (!exports && elf && (section = elf_nextscn(elf, section)))
		exports = gelf_getshdr(section, &header) && header.sh_type == SHT_DYNSYM &&
			defines_malloc_and_new(elf, section, &header);
	elf_end(elf);
	if (fd >= 0)
		close(fd);
	return exports;
}

/* --- The loader -------------------------------------------------------------- */

/* Have `loader` list what it would load into `out`; its complaints are for the real start. */
static bool start_list(const char *loader, const char *program, int out, pid_t *pid)
{
	char *const command[] = { (char *)loader, "--list", (char *)program, NULL };
	posix_spawn_file_actions_t actions;
	bool started = false;

	if (posix_spawn_file_actions_init(&actions) != 0)
		return false;
	if (posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO) == 0 &&
	    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0) == 0)
		started = posix_spawn(pid, loader, &actions, NULL, command, environ) == 0;
	posix_spawn_file_actions_destroy(&actions);
	return started;
}

/* The path in a line "NAME => PATH (0xADDRESS)" or "PATH (0xADDRESS)"; NULL: there is none. */
static const char *path_in(char *line)
{
	char *start = strchr(line, '/'), *end = start;
	char *arrow = strstr(line, " => /");

	if (arrow)
		start = arrow + strlen(" => ");
	for (char *next = start; next && (next = strstr(next, " (0x")); next++)
		end = next;
	if (!start || end <= start)
		return NULL;
	*end = '\0';
	return start;
}

/* Reads to the end, so that the loader never writes to a closed pipe. */
static const char *find_in_list(FILE *list, struct arena *arena)
{
	const char *found = NULL;
	char *line = NULL;
	size_t room = 0;

	while (getline(&line, &room, list) > 0) {
		const char *path = found ? NULL : path_in(line);

		if (path && exports_malloc_and_new(path))
			found = arena_strdup(arena, path);
	}
	free(line);
	return found;
}

const char *foreign_new_find(struct arena *arena, const char *loader, const char *program)
{
	const char *found = NULL;
	int ends[2];
	pid_t pid;

	if (elf_version(EV_CURRENT) == EV_NONE || pipe2(ends, O_CLOEXEC) != 0)
		return NULL;
	bool started = start_list(loader, program, ends[1], &pid);
	FILE *list = fdopen(ends[0], "r");

	close(ends[1]);
	if (started && list)
		found = find_in_list(list, arena);
	if (list)
		fclose(list);
	else
		close(ends[0]);
	if (started)
		waitpid(pid, NULL, 0);
	return found;
}
