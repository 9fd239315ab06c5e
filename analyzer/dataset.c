#include "analyzer/dataset.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/cache.h"
#include "analyzer/code_places.h"
#include "analyzer/import.h"
#include "analyzer/load.h"
#include "analyzer/reader.h"
#include "analyzer/resolve.h"
#include "base/error.h"

struct dataset {
	struct arena arena;
	struct store store;
	const char *store_path;         /* NULL: in memory */
	struct loaded loaded;
};

/* What an import needs beside the dataset; gone when it is done. */
struct import_job {
	const char *path;               /* absolute */
	const char *fingerprint;
	struct profile_data data;
	struct resolved resolved;
};

static bool is_store(const char *path)
{
	static const char magic[16] = "SQLite format 3";
	char start[sizeof magic];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool same = fd >= 0 && read(fd, start, sizeof start) == sizeof start &&
		    memcmp(start, magic, sizeof magic) == 0;

	if (fd >= 0)
		close(fd);
	return same;
}

/* Import into a new file and put it in its place; false: it could not be written. */
static bool import_to_file(struct dataset *data, const struct import_job *job)
{
	struct error err = ERROR_INIT;
	const char *temporary;
	const char *path = cache_reserve(job->path, &data->arena, &temporary);

	if (!path)
		return false;
	if (!store_create(&data->store, temporary, &err) &&
	    !import_profile(&data->store, job->path, job->fingerprint, &job->data, &job->resolved,
			    &err) &&
	    rename(temporary, path) == 0) {
		data->store_path = path;
		return true;
	}
	store_close(&data->store);
	(void)unlink(temporary);
	return false;
}

static int import_to_memory(struct dataset *data, const struct import_job *job, struct error *err)
{
	if (store_create(&data->store, NULL, err))
		return err->code;
	return import_profile(&data->store, job->path, job->fingerprint, &job->data, &job->resolved,
			      err);
}

static int import_now(struct dataset *data, struct import_job *job, bool to_file,
		      const struct dataset_options *options, struct error *err)
{
	const struct resolve_options resolve = {
		.debuginfod = options->debuginfod,
		.progress = options->progress, .context = options->context,
	};
	struct arena arena = ARENA_INIT;
	int result = reader_read(job->path, &arena, &job->data, err);

	if (!result)
		result = resolve_profile(&job->data, &resolve, &arena, &job->resolved, err);
	if (!result)
		result = code_places_name(&job->data, &resolve, &arena, err);
	if (!result && (!to_file || !import_to_file(data, job)))
		result = import_to_memory(data, job, err);
	arena_release(&arena);
	return result;
}

/* A store of the profile: the one that is there, or a new one. */
static int find_or_import(struct dataset *data, const char *path,
			  const struct dataset_options *options, struct error *err)
{
	struct import_job job = { .path = path };

	if (reader_read_head(path, &data->arena, &job.data, err))
		return err->code;
	bool cached = !options->no_cache && strcmp(job.data.state, "running") != 0;

	job.fingerprint = cache_fingerprint(path, &job.data.header, options->debuginfod,
					    &data->arena);
	if (!job.fingerprint)
		return error_set(err, ERROR_NO_MEMORY, "no memory for %s", path);
	if (cached)
		data->store_path = cache_find(&data->store, path, job.fingerprint, &data->arena);
	return data->store_path ? 0 : import_now(data, &job, cached, options, err);
}

/* The profile may have moved since the import, with its store or without. */
static void use_path(struct dataset *data, const char *path)
{
	size_t length = strlen(path), end = strlen(".db");

	if (data->store_path == path)
		path = length > end && strcmp(path + length - end, ".db") == 0 ?
			arena_strndup(&data->arena, path, length - end) : NULL;
	if (path && access(path, R_OK) == 0)
		data->loaded.process.profile_path = path;
}

static int open_path(struct dataset *data, const char *path, const struct dataset_options *options,
		     struct error *err)
{
	char *absolute = realpath(path, NULL);

	if (!absolute)
		return error_system(err, errno, "%s", path);
	path = arena_strdup(&data->arena, absolute);
	free(absolute);
	if (!path)
		return error_set(err, ERROR_NO_MEMORY, "no memory for a path");
	if (is_store(path)) {
		data->store_path = path;
		if (store_open(&data->store, path, err))
			return err->code;
	} else if (find_or_import(data, path, options, err)) {
		return err->code;
	}
	if (load_profile(&data->store, &data->arena, &data->loaded, err))
		return err->code;
	use_path(data, path);
	return 0;
}

int dataset_open(struct dataset **data, const char *path, const struct dataset_options *options,
		 struct error *err)
{
	static const struct dataset_options usual = { .debuginfod = false };
	struct dataset *opened = calloc(1, sizeof *opened);

	if (!opened)
		return error_set(err, ERROR_NO_MEMORY, "no memory for %s", path);
	if (open_path(opened, path, options ? options : &usual, err)) {
		dataset_free(opened);
		return err->code;
	}
	*data = opened;
	return 0;
}

void dataset_free(struct dataset *data)
{
	if (!data)
		return;
	store_close(&data->store);
	arena_release(&data->arena);
	free(data);
}

const char *dataset_store_path(const struct dataset *data)
{
	return data->store_path;
}

const struct loaded *dataset_loaded(const struct dataset *data)
{
	return &data->loaded;
}

struct store *dataset_store(struct dataset *data)
{
	return &data->store;
}
