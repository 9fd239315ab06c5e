#include "cli/foreign_new.h"

#include <fcntl.h>
#include <gelf.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "cli/loader_list.h"

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

struct search {
	struct arena *arena;
	const char *found;
};

static void look(void *context, const char *path)
{
	struct search *search = context;

	if (!search->found && exports_malloc_and_new(path))
		search->found = arena_strdup(search->arena, path);
}

const char *foreign_new_find(struct arena *arena, const char *loader, const char *program)
{
	struct search search = { arena, NULL };

	if (elf_version(EV_CURRENT) != EV_NONE)
		loader_list(loader, NULL, program, look, &search);
	return search.found;
}
