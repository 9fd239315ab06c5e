#include "analyzer/debug_files.h"

#include <elfutils/libdwelf.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/symbols.h"
#include "base/text.h"

const char *debug_files_module(const struct symbols_request *request, struct arena *arena)
{
	static const char deleted[] = " (deleted)";
	size_t length = strlen(request->path);
	size_t tail = sizeof deleted - 1;

	if (length > tail && strcmp(request->path + length - tail, deleted) == 0)
		length -= tail;
	return arena_strndup(arena, request->path, length);
}

const char *debug_files_by_build_id(const struct symbols_request *request, struct arena *arena)
{
	const uint8_t *id = request->build_id;
	const char *kept = NULL;
	struct text path;

	if (request->build_id_bytes < 2)
		return NULL;
	text_init(&path);
	text_printf(&path, "/usr/lib/debug/.build-id/%02x/", id[0]);
	for (size_t i = 1; i < request->build_id_bytes; i++)
		text_printf(&path, "%02x", id[i]);
	text_add(&path, ".debug");
	if (!text_failed(&path))
		kept = arena_strdup(arena, path.data);
	text_release(&path);
	return kept;
}

/* What .gnu_debuglink says, else the name that libdwfl tries. */
static const char *link_name(const char *module, struct arena *arena)
{
	int fd = open(module, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	const char *slash = strrchr(module, '/');
	GElf_Word checksum;

	elf_version(EV_CURRENT);
	Elf *elf = fd < 0 ? NULL : elf_begin(fd, ELF_C_READ_MMAP, NULL);
	const char *link = elf ? dwelf_elf_gnu_debuglink(elf, &checksum) : NULL;
	const char *name = link ? arena_strdup(arena, link)
				: arena_printf(arena, "%s.debug", slash ? slash + 1 : module);

	elf_end(elf);
	if (fd >= 0)
		close(fd);
	return name;
}

static void add_file(struct text *stamp, const char *path)
{
	struct stat status;

	if (!path || stat(path, &status)) {
		text_add(stamp, "- ");
		return;
	}
	text_printf(stamp, "%llu:%llu:%lld.%09ld ", (unsigned long long)status.st_ino,
		    (unsigned long long)status.st_size, (long long)status.st_mtim.tv_sec,
		    status.st_mtim.tv_nsec);
}

const char *debug_files_stamp(const struct symbols_request *request, struct arena *arena)
{
	const char *module = debug_files_module(request, arena);
	const char *slash = module ? strrchr(module, '/') : NULL;
	const char *name = module ? link_name(module, arena) : NULL;
	int folder = slash ? (int)(slash - module) : 0;
	const char *kept = NULL;
	struct text stamp;

	if (!name)
		return NULL;
	text_init(&stamp);
	add_file(&stamp, module);
	add_file(&stamp, debug_files_by_build_id(request, arena));
	add_file(&stamp, arena_printf(arena, "%.*s/%s", folder, module, name));
	add_file(&stamp, arena_printf(arena, "%.*s/.debug/%s", folder, module, name));
	add_file(&stamp, arena_printf(arena, "/usr/lib/debug%.*s/%s", folder, module, name));
	if (!text_failed(&stamp))
		kept = arena_strdup(arena, stamp.data);
	text_release(&stamp);
	return kept;
}
