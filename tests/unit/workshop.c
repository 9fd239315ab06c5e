#include "workshop.h"

#include <fcntl.h>
#include <gelf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

int workshop_set_up(void **state)
{
	struct workshop *shop = calloc(1, sizeof *shop);

	if (!shop)
		return -1;
	strcpy(shop->path, "/tmp/dagmem-test-XXXXXX");
	*state = shop;
	return mkdtemp(shop->path) ? 0 : -1;
}

int workshop_run(const struct workshop *shop, const char *format, ...)
{
	char command[1024], inside[1200];
	va_list args;

	va_start(args, format);
	vsnprintf(command, sizeof command, format, args);
	va_end(args);
	snprintf(inside, sizeof inside, "cd %s && { %s; } >log 2>&1", shop->path, command);
	return system(inside);
}

int workshop_tear_down(void **state)
{
	struct workshop *shop = *state;
	int result = workshop_run(shop, "rm -rf %s", shop->path);

	free(shop);
	return result;
}

void workshop_write(const struct workshop *shop, const char *name, const char *text)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", shop->path, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static Elf *open_elf(const struct workshop_object *object, int *fd)
{
	elf_version(EV_CURRENT);
	*fd = open(object->path, O_RDONLY);
	assert_true(*fd >= 0);
	return elf_begin(*fd, ELF_C_READ, NULL);
}

static void read_build_id(Elf *elf, struct workshop_object *object)
{
	GElf_Shdr header;

	for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section));) {
		GElf_Nhdr note;
		size_t name, content;
		Elf_Data *data;

		gelf_getshdr(section, &header);
		if (header.sh_type != SHT_NOTE)
			continue;
		data = elf_getdata(section, NULL);
		if (gelf_getnote(data, 0, &note, &name, &content) && note.n_type == NT_GNU_BUILD_ID) {
			memcpy(object->build_id, (char *)data->d_buf + content, note.n_descsz);
			object->build_id_bytes = note.n_descsz;
		}
	}
}

struct workshop_object workshop_object(const struct workshop *shop, const char *name)
{
	struct workshop_object object = { .build_id_bytes = 0 };
	int fd;

	snprintf(object.path, sizeof object.path, "%s/%s", shop->path, name);
	Elf *elf = open_elf(&object, &fd);

	read_build_id(elf, &object);
	elf_end(elf);
	close(fd);
	return object;
}

uint64_t workshop_address(const struct workshop_object *object, const char *wanted)
{
	uint64_t address = 0;
	int fd;
	Elf *elf = open_elf(object, &fd);

	for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section));) {
		GElf_Shdr header;
		GElf_Sym symbol;

		gelf_getshdr(section, &header);
		if (header.sh_type != SHT_SYMTAB && header.sh_type != SHT_DYNSYM)
			continue;
		for (int i = 0; gelf_getsym(elf_getdata(section, NULL), i, &symbol); i++)
			if (strcmp(elf_strptr(elf, header.sh_link, symbol.st_name), wanted) == 0)
				address = symbol.st_value;
	}
	elf_end(elf);
	close(fd);
	assert_true(address != 0);
	return address;
}
