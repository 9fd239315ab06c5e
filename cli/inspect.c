#include "cli/inspect.h"

#include <fcntl.h>
#include <gelf.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/arena.h"
#include "cli/foreign_new.h"
#include "cli/program_path.h"

enum { SCRIPT_DEPTH_MAX = 4, LINE_MAX_BYTES = 256, BUILD_ID_BYTES_MAX = 64 };

#if defined(__x86_64__)
enum { OUR_MACHINE = EM_X86_64 };
#elif defined(__aarch64__)
enum { OUR_MACHINE = EM_AARCH64 };
#endif

struct named_symbol { const char *symbol, *meaning; };

/* A symbol that only the library itself defines. */
static const struct named_symbol SANITIZERS[] = {
	{ "__asan_init", "AddressSanitizer" },
	{ "__tsan_init", "ThreadSanitizer" },
	{ "__msan_init", "MemorySanitizer" },
	{ "__hwasan_init", "HWAddressSanitizer" },
	{ "__lsan_init", "LeakSanitizer" },
	{ NULL, NULL },
};

static const struct named_symbol ALLOCATORS[] = {
	{ "je_malloc", "jemalloc" },
	{ "je_arena_boot", "jemalloc" },
	{ "_rjem_malloc", "jemalloc (of Rust)" },
	{ "mallctlnametomib", "jemalloc" },
	{ "mi_malloc", "mimalloc" },
	{ "tc_malloc", "tcmalloc" },
	{ "TCMallocInternalMalloc", "tcmalloc" },
	{ "rpmalloc", "rpmalloc" },
	{ "scudo_malloc", "Scudo" },
	{ "GC_malloc", "Boehm GC" },
	{ "dlmalloc", "dlmalloc" },
	{ "snmalloc", "snmalloc" },
	{ NULL, NULL },
};

static const char *meaning_of(const struct named_symbol *table, const char *symbol)
{
	for (; table->symbol; table++)
		if (table->symbol[0] == symbol[0] && strcmp(table->symbol, symbol) == 0)
			return table->meaning;
	return NULL;
}

/* --- ELF -------------------------------------------------------------------- */

static void add_allocator(struct inspection *result, const char *name)
{
	for (size_t i = 0; i < result->allocator_count; i++)
		if (strcmp(result->allocators[i], name) == 0)
			return;
	if (result->allocator_count < INSPECT_NAMES_MAX)
		result->allocators[result->allocator_count++] = name;
}

static void look_at_symbol(struct inspection *result, const char *name, bool exported)
{
	const char *allocator = meaning_of(ALLOCATORS, name);

	if (allocator)
		add_allocator(result, allocator);
	if (!result->sanitizer)
		result->sanitizer = meaning_of(SANITIZERS, name);
	if (strcmp(name, "malloc") == 0) {
		result->own_malloc = true;
		result->exports_malloc |= exported;
	}
}

static void look_at_symbols(struct inspection *result, Elf *elf, Elf_Scn *section,
			    const GElf_Shdr *header)
{
	Elf_Data *data = elf_getdata(section, NULL);
	size_t count = header->sh_entsize ? header->sh_size / header->sh_entsize : 0;
	GElf_Sym symbol;

	for (size_t i = 0; data && i < count && gelf_getsym(data, (int)i, &symbol); i++) {
		const char *name = elf_strptr(elf, header->sh_link, symbol.st_name);

		if (name && symbol.st_shndx != SHN_UNDEF)
			look_at_symbol(result, name, header->sh_type == SHT_DYNSYM);
	}
}

static void look_at_needed(struct inspection *result, struct arena *arena, Elf *elf,
			   Elf_Scn *section, const GElf_Shdr *header)
{
	Elf_Data *data = elf_getdata(section, NULL);
	size_t room = sizeof result->needed / sizeof *result->needed;
	GElf_Dyn entry;

	for (int i = 0; data && gelf_getdyn(data, i, &entry) && entry.d_tag != DT_NULL; i++) {
		const char *name = entry.d_tag == DT_NEEDED ?
			arena_strdup(arena, elf_strptr(elf, header->sh_link, entry.d_un.d_val)) : NULL;

		if (name && result->needed_count < room)
			result->needed[result->needed_count++] = name;
	}
}

/* Debug information that a distribution installs apart from the program. */
static bool has_separate_debug_info(const GElf_Nhdr *note, const unsigned char *build_id)
{
	char path[2 * BUILD_ID_BYTES_MAX + 64] = "/usr/lib/debug/.build-id/";
	size_t used = strlen(path);

	if (note->n_descsz < 2 || note->n_descsz > BUILD_ID_BYTES_MAX)
		return false;
	for (size_t i = 0; i < note->n_descsz; i++)
		used += (size_t)snprintf(path + used, sizeof path - used, i ? "%02x" : "%02x/", build_id[i]);
	snprintf(path + used, sizeof path - used, ".debug");
	return access(path, R_OK) == 0;
}

static void look_at_notes(struct inspection *result, Elf_Scn *section)
{
	Elf_Data *data = elf_getdata(section, NULL);
	size_t offset = 0, next, name, descriptor;
	GElf_Nhdr note;

	while (data && (next = gelf_getnote(data, offset, &note, &name, &descriptor)) != 0) {
		const unsigned char *bytes = data->d_buf;

		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == sizeof ELF_NOTE_GNU &&
		    memcmp(bytes + name, ELF_NOTE_GNU, sizeof ELF_NOTE_GNU) == 0)
			result->debug_info |= has_separate_debug_info(&note, bytes + descriptor);
		offset = next;
	}
}

static void look_at_section(struct inspection *result, struct arena *arena, Elf *elf,
			    Elf_Scn *section, size_t names)
{
	GElf_Shdr header;
	const char *name = gelf_getshdr(section, &header) ? elf_strptr(elf, names, header.sh_name) : NULL;

	if (!name)
		return;
	if (strcmp(name, ".debug_info") == 0 || strcmp(name, ".zdebug_info") == 0)
		result->debug_info = true;
	switch (header.sh_type) {
	case SHT_SYMTAB:
		result->symbols = true;
		look_at_symbols(result, elf, section, &header);
		break;
	case SHT_DYNSYM:
		look_at_symbols(result, elf, section, &header);
		break;
	case SHT_DYNAMIC:
		look_at_needed(result, arena, elf, section, &header);
		break;
	case SHT_NOTE:
		look_at_notes(result, section);
		break;
	default:
		break;
	}
}

/* Only that piece of the file: for elf_rawfile() libelf would read all of it, and a compiler has 30 MiB. */
static const char *interpreter_of(struct arena *arena, Elf *elf, int fd)
{
	char path[PATH_MAX];
	GElf_Phdr header;
	size_t count;

	if (elf_getphdrnum(elf, &count) != 0)
		return NULL;
	for (size_t i = 0; i < count && gelf_getphdr(elf, (int)i, &header); i++) {
		ssize_t length = header.p_type != PT_INTERP || header.p_filesz > sizeof path ? -1 :
			pread(fd, path, header.p_filesz, (off_t)header.p_offset);

		if (length >= 0 && (size_t)length == header.p_filesz)
			return arena_strndup(arena, path, header.p_filesz);
	}
	return NULL;
}

/* The compiler's runtime may be a library of its own. */
static void look_for_sanitizer_library(struct inspection *result)
{
	static const struct named_symbol LIBRARIES[] = {
		{ "libasan.so", "AddressSanitizer" },
		{ "libtsan.so", "ThreadSanitizer" },
		{ "liblsan.so", "LeakSanitizer" },
		{ "libhwasan.so", "HWAddressSanitizer" },
		{ "libclang_rt.asan", "AddressSanitizer" },
	};

	for (size_t i = 0; i < result->needed_count; i++)
		for (size_t j = 0; j < sizeof LIBRARIES / sizeof *LIBRARIES; j++)
			if (strncmp(result->needed[i], LIBRARIES[j].symbol, strlen(LIBRARIES[j].symbol)) == 0)
				result->sanitizer = LIBRARIES[j].meaning;
}

static void look_at_elf(struct inspection *result, struct arena *arena, Elf *elf, int fd)
{
	GElf_Ehdr header;
	Elf_Scn *section = NULL;
	size_t names;

	if (!gelf_getehdr(elf, &header) || (header.e_type != ET_EXEC && header.e_type != ET_DYN))
		return;
	result->elf = true;
	result->foreign = header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_machine != OUR_MACHINE;
	result->interpreter = interpreter_of(arena, elf, fd);
	result->static_linked = !result->interpreter;
	if (elf_getshdrstrndx(elf, &names) == 0)
		while ((section = elf_nextscn(elf, section)))
			look_at_section(result, arena, elf, section, names);
	look_for_sanitizer_library(result);
}

/* --- The file ---------------------------------------------------------------- */

/* The loader ignores LD_PRELOAD for programs that run with other rights than the user's. */
static bool is_privileged(int fd)
{
	struct stat status;
	struct statvfs fs;

	if (fstat(fd, &status) != 0 || (fstatvfs(fd, &fs) == 0 && fs.f_flag & ST_NOSUID))
		return false;
	return ((status.st_mode & S_ISUID) && status.st_uid != getuid()) ||
	       ((status.st_mode & S_ISGID) && status.st_gid != getgid()) ||
	       (geteuid() != 0 && fgetxattr(fd, "security.capability", NULL, 0) > 0);
}

/* The interpreter that a script's first line names, or NULL. */
static char *script_interpreter(int fd, struct arena *arena)
{
	char line[LINE_MAX_BYTES + 1];
	ssize_t length = pread(fd, line, LINE_MAX_BYTES, 0);

	if (length < 3 || line[0] != '#' || line[1] != '!')
		return NULL;
	line[length] = '\0';
	char *start = line + 2 + strspn(line + 2, " \t");

	return arena_strndup(arena, start, strcspn(start, " \t\n"));
}

static void look_at_file(struct inspection *result, struct arena *arena, int fd)
{
	Elf *elf;

	result->privileged = is_privileged(fd);
	if (elf_version(EV_CURRENT) == EV_NONE)
		return;
	elf = elf_begin(fd, ELF_C_READ, NULL);
	if (elf && elf_kind(elf) == ELF_K_ELF)
		look_at_elf(result, arena, elf, fd);
	elf_end(elf);
}

/*
 * The C library's own need nothing but each other, so where nothing else is
 * asked for the loader would list nothing else: half a millisecond less.
 */
static bool loads_only_libc(const struct inspection *result)
{
	static const char *const OWN[] = {
		"libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "librt.so.1",
		"ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1",
	};

	if (getenv("LD_PRELOAD") || getenv("LD_AUDIT") || access("/etc/ld.so.preload", F_OK) == 0)
		return false;
	for (size_t i = 0; i < result->needed_count; i++) {
		size_t own = 0;

		while (own < sizeof OWN / sizeof *OWN && strcmp(result->needed[i], OWN[own]) != 0)
			own++;
		if (own == sizeof OWN / sizeof *OWN)
			return false;
	}
	return true;    /* a list as long as there is room for holds others, too */
}

/* Only the GNU C library's loader can be asked, and only for what it would load like that. */
static void look_at_libraries(struct inspection *result, struct arena *arena)
{
	if (result->interpreter && !result->foreign && !result->privileged && !result->sanitizer &&
	    strstr(result->interpreter, "/ld-linux") && !loads_only_libc(result))
		result->foreign_new = foreign_new_find(arena, result->interpreter, result->path);
}

bool inspect_command(const char *command, struct arena *arena, struct inspection *result)
{
	char *path = program_path_find(arena, command);

	*result = (struct inspection){ 0 };
	for (int depth = 0; path && depth < SCRIPT_DEPTH_MAX; depth++) {
		int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

		if (fd < 0)
			return access(path, X_OK) == 0;         /* executable, not readable */
		result->path = path;
		path = script_interpreter(fd, arena);
		if (!path)
			look_at_file(result, arena, fd);
		else if (!result->script)
			result->script = result->path;
		close(fd);
		if (!path) {
			look_at_libraries(result, arena);
			return true;
		}
	}
	return false;
}

bool inspect_is_musl(const struct inspection *inspection)
{
	return inspection->interpreter && strstr(inspection->interpreter, "ld-musl");
}
