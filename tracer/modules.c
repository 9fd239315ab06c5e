#include "tracer/modules.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <string.h>
#include <sys/auxv.h>

#include "tracer/hint.h"
#include "tracer/journal.h"
#include "tracer/lock.h"
#include "tracer/mapping.h"
#include "tracer/sys.h"

#pragma weak _dl_find_object

enum { KNOWN_MAX = 4096 };

struct known {                  /* a module that has an id */
	uintptr_t start, end;
	const void *link_map;   /* the loader's, while it is loaded; else NULL */
	uint32_t id;
	uint32_t path_hash;
	uint32_t build_id_bytes;
	uint8_t build_id[BUILD_ID_MAX];
};

static struct known known[KNOWN_MAX];
static uint32_t known_count;
static struct lock lock;
static uint32_t unloading;

uint32_t modules_generation = 1;

static uint32_t hash_text(const char *text)
{
	uint32_t hash = 2166136261u;

	while (*text)
		hash = (hash ^ (uint8_t)*text++) * 16777619u;
	return hash;
}

static void note_build_id(struct known *module, const uint8_t *note, size_t bytes)
{
	while (bytes >= sizeof(ElfW(Nhdr))) {
		const ElfW(Nhdr) *header = (const void *)note;
		size_t name = (header->n_namesz + 3u) & ~3u;
		size_t content = (header->n_descsz + 3u) & ~3u;
		const uint8_t *id = note + sizeof *header + name;

		if (sizeof *header + name + content > bytes)
			return;
		if (header->n_type == NT_GNU_BUILD_ID && header->n_namesz == 4 &&
		    !memcmp(header + 1, "GNU", 4) && header->n_descsz <= BUILD_ID_MAX) {
			module->build_id_bytes = header->n_descsz;
			memcpy(module->build_id, id, header->n_descsz);
			return;
		}
		note += sizeof *header + name + content;
		bytes -= sizeof *header + name + content;
	}
}

struct segments {
	const ElfW(Phdr) *first;
	size_t count;
};

/*
 * The program headers of a loaded module.  The program's own: as the kernel
 * told them; where its segments lie apart the loader speaks of each by itself,
 * and `start` need not be that of the file.  A library is mapped in one piece,
 * its ELF header first.
 */
static struct segments module_segments(const struct known *module)
{
	const struct link_map *map = module->link_map;
	const ElfW(Ehdr) *elf = (const void *)module->start;

	if (!map->l_name[0])
		return (struct segments){ (const void *)getauxval(AT_PHDR), getauxval(AT_PHNUM) };
	if (memcmp(elf->e_ident, ELFMAG, SELFMAG) != 0 || elf->e_phentsize != sizeof(ElfW(Phdr)))
		return (struct segments){ NULL, 0 };
	return (struct segments){ (const void *)(module->start + elf->e_phoff), elf->e_phnum };
}

/* Whether the loader mapped what `part` describes: a note need not be in memory. */
static bool is_loaded(const struct segments *segments, const ElfW(Phdr) *part)
{
	for (size_t i = 0; i < segments->count; i++) {
		const ElfW(Phdr) *segment = &segments->first[i];

		if (segment->p_type == PT_LOAD && part->p_vaddr >= segment->p_vaddr &&
		    part->p_vaddr + part->p_filesz <= segment->p_vaddr + segment->p_filesz)
			return true;
	}
	return false;
}

static void find_build_id(struct known *module)
{
	struct segments segments = module_segments(module);
	const struct link_map *map = module->link_map;

	for (size_t i = 0; i < segments.count && !module->build_id_bytes; i++) {
		const ElfW(Phdr) *segment = &segments.first[i];

		if (segment->p_type == PT_NOTE && is_loaded(&segments, segment))
			note_build_id(module, (const uint8_t *)(map->l_addr + segment->p_vaddr),
				      segment->p_filesz);
	}
}

static const char *module_path(const struct link_map *map, char *buffer, size_t room)
{
	long bytes;

	if (map->l_name[0])
		return map->l_name;
	bytes = sys_call(SYS_readlinkat, AT_FDCWD, (long)"/proc/self/exe", (long)buffer,
			 (long)room - 1, 0, 0);
	buffer[bytes > 0 ? bytes : 0] = 0;
	return buffer;
}

static void record_module(const struct known *module, uintptr_t bias, const char *path)
{
	struct module_record record = {
		.start = module->start,
		.end = module->end,
		.bias = bias,
		.id = module->id,
		.build_id_bytes = module->build_id_bytes,
	};
	size_t length = strlen(path) + 1;
	size_t most = RECORD_BYTES_MAX - sizeof record - 8;

	memcpy(record.build_id, module->build_id, sizeof record.build_id);
	journal_append(RECORD_MODULE, &record.record + 1, sizeof record - sizeof record.record, path,
		       (uint32_t)(length < most ? length : most));
}

static bool same_module(const struct known *a, const struct known *b)
{
	return a->start == b->start && a->end == b->end && a->path_hash == b->path_hash &&
	       a->build_id_bytes == b->build_id_bytes &&
	       !memcmp(a->build_id, b->build_id, sizeof a->build_id);
}

/* Enter a module that no lookup knew, or find that it was here before. */
static uint32_t enter(const struct dl_find_object *found)
{
	static char buffer[4096];       /* under the lock */
	const struct link_map *map = found->dlfo_link_map;
	struct known fresh = {
		.start = (uintptr_t)found->dlfo_map_start,
		.end = (uintptr_t)found->dlfo_map_end,
		.link_map = map,
	};
	uint64_t signals = lock_take(&lock);
	const char *path = module_path(map, buffer, sizeof buffer);
	uint32_t count = known_count;

	fresh.path_hash = hash_text(path);
	find_build_id(&fresh);
	for (uint32_t i = 0; i < count; i++) {
		if (same_module(&known[i], &fresh)) {
			fresh.id = known[i].id;
			__atomic_store_n(&known[i].link_map, map, __ATOMIC_RELEASE);
			lock_release(&lock, signals);
			return fresh.id;
		}
	}
	if (count < KNOWN_MAX && profile_header()->modules < MODULES_MAX) {
		fresh.id = ++profile_header()->modules;
		known[count] = fresh;
		__atomic_store_n(&known_count, count + 1, __ATOMIC_RELEASE);
		record_module(&fresh, map->l_addr, path);
	} else {
		fresh.id = MODULE_OVERFLOW;
	}
	lock_release(&lock, signals);
	return fresh.id;
}

static bool find_object(uintptr_t pc, struct dl_find_object *found)
{
	return _dl_find_object && !_dl_find_object((void *)pc, found);
}

static bool is_loader(const struct dl_find_object *found)
{
	static const void *loader;      /* link map of ld.so, once known */
	const struct link_map *map = found->dlfo_link_map;

	if (!loader && map->l_name && strstr(map->l_name, "/ld-linux"))
		loader = map;
	return loader == map;
}

struct module_span modules_find(uintptr_t pc)
{
	struct module_span span = { MODULE_NONE, NULL, false };
	struct dl_find_object found;
	uint32_t count = __atomic_load_n(&known_count, __ATOMIC_ACQUIRE);

	if (!find_object(pc, &found))
		return span;
	span.eh_frame_hdr = found.dlfo_eh_frame;
	span.is_loader = is_loader(&found);
	for (uint32_t i = 0; i < count; i++) {
		if (pc - known[i].start < known[i].end - known[i].start &&
		    __atomic_load_n(&known[i].link_map, __ATOMIC_ACQUIRE) == found.dlfo_link_map) {
			span.id = known[i].id;
			return span;
		}
	}
	span.id = enter(&found);
	return span;
}

void modules_enter_all(void)
{
	for (const struct link_map *map = _r_debug.r_map; map; map = map->l_next)
		modules_find((uintptr_t)map->l_ld);
}

uint32_t modules_id_at(uintptr_t address)
{
	uint32_t count = __atomic_load_n(&known_count, __ATOMIC_ACQUIRE);

	for (uint32_t i = 0; i < count; i++)
		if (address - known[i].start < known[i].end - known[i].start &&
		    __atomic_load_n(&known[i].link_map, __ATOMIC_ACQUIRE))
			return known[i].id;
	return MODULE_NONE;
}

size_t modules_tls_bytes(void)
{
	uint32_t count = __atomic_load_n(&known_count, __ATOMIC_ACQUIRE);
	size_t bytes = 0;

	for (uint32_t i = 0; i < count; i++) {
		struct segments segments = { NULL, 0 };

		if (known[i].link_map)
			segments = module_segments(&known[i]);
		for (size_t j = 0; j < segments.count; j++)
			if (segments.first[j].p_type == PT_TLS)
				bytes += segments.first[j].p_memsz + segments.first[j].p_align;
	}
	return bytes;
}

bool modules_tls(uint32_t number, struct module_tls *tls)
{
	const struct known *module = &known[number];
	const struct link_map *map;
	struct segments segments;

	if (number >= __atomic_load_n(&known_count, __ATOMIC_ACQUIRE))
		return false;
	map = module->link_map;
	*tls = (struct module_tls){ .id = module->id, .link_map = map };
	segments = map ? module_segments(module) : (struct segments){ NULL, 0 };
	for (size_t i = 0; i < segments.count; i++) {
		const ElfW(Phdr) *segment = &segments.first[i];

		if (segment->p_type != PT_TLS)
			continue;
		tls->image = map->l_addr + segment->p_vaddr;
		tls->file_bytes = segment->p_filesz;
		tls->bytes = segment->p_memsz;
		tls->align = segment->p_align;
	}
	return true;
}

const char *modules_path(uintptr_t pc)
{
	struct dl_find_object object;
	Dl_info info;

	if (find_object(pc, &object))
		return object.dlfo_link_map->l_name;
	return dladdr((void *)pc, &info) && info.dli_fname ? info.dli_fname : "unknown";
}

bool modules_unloading(void)
{
	return __atomic_load_n(&unloading, __ATOMIC_ACQUIRE) != 0;
}

void modules_unload_begin(void)
{
	__atomic_fetch_add(&unloading, 1, __ATOMIC_ACQ_REL);
	__atomic_fetch_add(&modules_generation, 1, __ATOMIC_ACQ_REL);
}

/* Whether `module` is loaded as it was. */
static bool still_loaded(const struct known *module)
{
	struct dl_find_object found;

	return find_object(module->start, &found) && found.dlfo_link_map == module->link_map &&
	       (uintptr_t)found.dlfo_map_start == module->start;
}

void modules_unload_end(void)
{
	uint64_t signals = lock_take(&lock);

	for (uint32_t i = 0; i < known_count; i++) {
		if (known[i].link_map && !still_loaded(&known[i])) {
			uint32_t gone[2] = { known[i].id, 0 };

			known[i].link_map = NULL;
			journal_append(RECORD_MODULE_GONE, gone, sizeof gone, "", 0);
			profile_header()->quality.modules_unloaded++;
		}
	}
	lock_release(&lock, signals);
	__atomic_fetch_add(&modules_generation, 1, __ATOMIC_ACQ_REL);
	__atomic_fetch_sub(&unloading, 1, __ATOMIC_ACQ_REL);
}

void modules_fork(void)
{
	lock.holder = 0;
	unloading = 0;
}
