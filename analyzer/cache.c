#include "analyzer/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/debug_files.h"
#include "analyzer/symbols.h"
#include "base/error.h"
#include "profile/layout.h"

enum { PLACES = 2 };            /* beside the profile, in the user's cache */

/* FNV-1a, 64 bits. */
static uint64_t hash(const void *data, size_t bytes)
{
	const unsigned char *byte = data;
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	while (bytes--)
		h = (h ^ *byte++) * UINT64_C(0x100000001b3);
	return h;
}

const char *cache_fingerprint(const char *profile_path, const struct profile_header *header,
			      bool debuginfod, struct arena *arena)
{
	struct stat status = { .st_size = 0 };

	(void)stat(profile_path, &status);
	return arena_printf(arena, "%s %llu %llu %lld.%09ld %016llx%s", DAGMEM_VERSION,
			    (unsigned long long)status.st_ino, (unsigned long long)status.st_size,
			    (long long)status.st_mtim.tv_sec, status.st_mtim.tv_nsec,
			    (unsigned long long)hash(header, sizeof *header),
			    debuginfod ? " debuginfod" : "");
}

static const char *user_cache(struct arena *arena)
{
	const char *cache = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");

	if (cache && cache[0] == '/')
		return arena_printf(arena, "%s/dagmem", cache);
	return home && home[0] == '/' ? arena_printf(arena, "%s/.cache/dagmem", home) : NULL;
}

/* The name in the user's cache tells profiles of the same name apart. */
static const char *place(const char *profile_path, int number, struct arena *arena)
{
	if (number == 0)
		return arena_printf(arena, "%s.db", profile_path);
	const char *folder = user_cache(arena);

	if (!folder)
		return NULL;
	return arena_printf(arena, "%s/%s.%016llx.db", folder, strrchr(profile_path, '/') + 1,
			    (unsigned long long)hash(profile_path, strlen(profile_path)));
}

/* A store that was made with more help than is asked for now will do. */
static bool is_true(struct store *store, const char *fingerprint)
{
	sqlite3_stmt *statement = NULL;
	struct error err = ERROR_INIT;
	bool same = false;

	if (!store_prepare(store, &statement, "SELECT fingerprint FROM profile", &err) &&
	    store_step(store, statement, &err) == 1) {
		const char *made_of = (const char *)sqlite3_column_text(statement, 0);

		same = made_of && strncmp(made_of, fingerprint, strlen(fingerprint)) == 0;
	}
	sqlite3_finalize(statement);
	return same;
}

static size_t from_hexadecimal(const char *text, uint8_t *bytes, size_t room)
{
	size_t count = 0;

	for (; text && text[0] && text[1] && count < room; text += 2) {
		const char digits[] = { text[0], text[1], '\0' };

		bytes[count++] = (uint8_t)strtoul(digits, NULL, 16);
	}
	return count;
}

static int worth(const struct symbols *symbols)
{
	enum symbols_quality quality = symbols ? symbols_quality(symbols) : SYMBOLS_MISSING;

	return quality == SYMBOLS_LINES ? 2 : quality == SYMBOLS_NAMES;
}

/* How much better a module's symbols have become since the import; negative: worse. */
static int module_gain(sqlite3_stmt *module, struct arena *arena)
{
	uint8_t build_id[BUILD_ID_MAX];
	const struct symbols_request request = {
		.path = (const char *)sqlite3_column_text(module, 0),
		.build_id = build_id,
		.build_id_bytes = from_hexadecimal((const char *)sqlite3_column_text(module, 1),
						   build_id, sizeof build_id),
	};
	const char *then = (const char *)sqlite3_column_text(module, 2);
	const char *now = request.path ? debug_files_stamp(&request, arena) : NULL;

	if (!then || !now || strcmp(then, now) == 0)
		return 0;
	struct symbols *symbols = symbols_open(&request);
	int gain = worth(symbols) - sqlite3_column_int(module, 3);

	symbols_close(symbols);
	return gain;
}

/* Whether a new import would find more, and lose nothing. */
static bool has_gained(struct store *store, struct arena *arena)
{
	sqlite3_stmt *module = NULL;
	struct error err = ERROR_INIT;
	bool better = false, worse = false;

	if (!store_prepare(store, &module, "SELECT path, build_id, symbol_files, "
			   "2 * (symbols = 'lines') + (symbols = 'names') "
			   "FROM module WHERE symbols IS NOT NULL", &err))
		while (!worse && store_step(store, module, &err) == 1) {
			int gain = module_gain(module, arena);

			better |= gain > 0;
			worse |= gain < 0;
		}
	sqlite3_finalize(module);
	return better && !worse;
}

const char *cache_find(struct store *store, const char *profile_path, const char *fingerprint,
		       struct arena *arena)
{
	for (int i = 0; i < PLACES; i++) {
		const char *path = place(profile_path, i, arena);
		struct error err = ERROR_INIT;

		if (!path || access(path, R_OK))
			continue;
		if (!store_open(store, path, &err) && is_true(store, fingerprint) &&
		    !has_gained(store, arena))
			return path;
		store_close(store);
	}
	return NULL;
}

/* Nothing there, or an older store of ours: never somebody else's file, nor a newer dagmem's. */
static bool may_replace(const char *path)
{
	struct stat status;
	struct store store = { NULL };
	struct error err = ERROR_INIT;

	if (lstat(path, &status))
		return errno == ENOENT;
	int result = S_ISREG(status.st_mode) ? store_open(&store, path, &err) : ERROR_FORMAT;

	store_close(&store);
	return result == 0 || result == ERROR_NOT_FOUND;
}

static void make_folder(const char *path)
{
	char *folder = strdup(path);
	char *end = folder ? strrchr(folder, '/') : NULL;

	if (end && end != folder) {
		*end = '\0';
		if (mkdir(folder, 0700) && errno == ENOENT) {
			make_folder(folder);
			(void)mkdir(folder, 0700);
		}
	}
	free(folder);
}

/* As private as the profile itself: 0600. */
static bool make_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

const char *cache_reserve(const char *profile_path, struct arena *arena, const char **temporary)
{
	for (int i = 0; i < PLACES; i++) {
		const char *path = place(profile_path, i, arena);

		if (!path || !may_replace(path))
			continue;
		*temporary = arena_printf(arena, "%s.%ld.tmp", path, (long)getpid());
		if (i)
			make_folder(path);
		if (*temporary && make_file(*temporary))
			return path;
	}
	return NULL;
}
