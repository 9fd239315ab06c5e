#include "tracer/adapters/code_name.h"

#include <dlfcn.h>
#include <link.h>
#include <stdint.h>
#include <string.h>

#include "tracer/lock.h"
#include "tracer/adapters/store.h"

#pragma weak _dl_find_object

enum { ADDRESS_DIGITS = 16, TAIL_BYTES = ADDRESS_DIGITS + sizeof "+0x}", NAME_MAX_BYTES = 256 };

/* Made once a place, never changed: a trie of the addresses' hashes. */
struct known {
	const char *kind;
	uintptr_t code;
	struct known *child[4];
	char name[];
};

static struct known *root;
static struct store store;
static struct lock lock;

/* --- Text ------------------------------------------------------------------ */

static char *add_text(char *to, const char *end, const char *text)
{
	while (*text && to < end)
		*to++ = *text++;
	return to;
}

static char *add_hex(char *to, const char *end, uintptr_t value)
{
	char digits[ADDRESS_DIGITS + 1], *first = digits + ADDRESS_DIGITS;

	*first = '\0';
	do
		*--first = "0123456789abcdef"[value & 15];
	while (value >>= 4);
	return add_text(to, end, first);
}

/* The program's own file has no name in the loader's list. */
static const char *module_path(const struct link_map *map, char *buffer, size_t room)
{
	long bytes;

	if (map->l_name[0])
		return map->l_name;
	bytes = sys_call(SYS_readlinkat, AT_FDCWD, (long)"/proc/self/exe", (long)buffer,
			 (long)room - 1, 0, 0);
	buffer[bytes > 0 ? bytes : 0] = '\0';
	return buffer;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Without a NUL, before `end`; returns how long it is. */
static size_t write_name(char *name, const char *end, const char *kind, uintptr_t code,
			 enum code_meaning meaning)
{
	const char *tail = end - TAIL_BYTES;
	uintptr_t place = code - (meaning == CODE_CALL);
	struct dl_find_object found;
	char path[1024], *to = name;

	to = add_text(to, tail, kind);
	to = add_text(to, tail, " {");
	if (_dl_find_object && !_dl_find_object((void *)place, &found)) {
		to = add_text(to, tail, base_name(module_path(found.dlfo_link_map, path, sizeof path)));
		place -= found.dlfo_link_map->l_addr;
	}
	to = add_text(to, end, meaning == CODE_FUNCTION ? "@0x" : "+0x");
	to = add_hex(to, end, place);
	return (size_t)(add_text(to, end, "}") - name);
}

/* --- Places ---------------------------------------------------------------- */

static struct known *make(const char *kind, uintptr_t code, enum code_meaning meaning)
{
	char name[NAME_MAX_BYTES];
	size_t length = write_name(name, name + sizeof name, kind, code, meaning);
	uint64_t signals = lock_take(&lock);
	struct known *known = store_take(&store, sizeof *known + length + 1);

	lock_release(&lock, signals);
	if (!known)
		return NULL;
	known->kind = kind;
	known->code = code;
	memcpy(known->name, name, length);
	return known;
}

const char *code_name(const char *kind, const void *code, enum code_meaning meaning)
{
	uintptr_t wanted = (uintptr_t)code;
	uint64_t hash = wanted * UINT64_C(0x9e3779b97f4a7c15);
	struct known **place = &root, *known, *fresh = NULL;

	for (;;) {
		known = __atomic_load_n(place, __ATOMIC_ACQUIRE);
		if (!known) {
			if (!fresh)
				fresh = make(kind, wanted, meaning);
			if (!fresh)
				return kind;
			if (__atomic_compare_exchange_n(place, &known, fresh, 0, __ATOMIC_ACQ_REL,
							__ATOMIC_ACQUIRE))
				return fresh->name;
		}
		if (known->code == wanted && known->kind == kind)
			return known->name;
		place = &known->child[hash >> 62];
		hash <<= 2;
	}
}
