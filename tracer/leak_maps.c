#include "tracer/leak_maps.h"

#include <errno.h>
#include <string.h>

#include "tracer/memory.h"
#include "tracer/sys.h"

enum { MAPS_MAX = 1 << 18, BUFFER_BYTES = 1 << 16 };

static uint64_t hex(const char **at)
{
	uint64_t value = 0;

	for (;; ++*at) {
		char c = **at;

		if (c >= '0' && c <= '9')
			value = value * 16 + (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			value = value * 16 + (uint64_t)(c - 'a' + 10);
		else
			return value;
	}
}

static bool begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

static enum leak_map_kind kind_of(const char *path, uint64_t inode)
{
	if (begins(path, "[heap]"))
		return MAP_BRK;
	if (begins(path, "[stack]"))
		return MAP_MAIN_STACK;
	if (!*path || begins(path, "[anon") || begins(path, "[stack:"))
		return inode ? MAP_OF_FILE : MAP_PLAIN;
	if (*path == '[')
		return MAP_OF_KERNEL;
	if (begins(path, "/dev/zero") || begins(path, "/dev/shm/") || begins(path, "/memfd:") ||
	    begins(path, "/SYSV"))
		return MAP_OF_MEMORY;
	return begins(path, "/dev/") ? MAP_OF_DEVICE : MAP_OF_FILE;
}

/* "start-end rwxp offset major:minor inode     path" */
static bool parse(const char *line, struct leak_map *map)
{
	map->start = hex(&line);
	if (*line++ != '-')
		return false;
	map->end = hex(&line);
	if (*line++ != ' ' || map->end <= map->start)
		return false;
	map->readable = line[0] == 'r';
	map->writable = line[1] == 'w';
	map->executable = line[2] == 'x';
	map->shared = line[3] == 's';
	line += 5;
	hex(&line);                     /* offset */
	line++;
	map->device = (uint32_t)hex(&line) << 16;
	line++;
	map->device |= (uint32_t)hex(&line);
	for (map->inode = 0, line++; *line >= '0' && *line <= '9'; line++)
		map->inode = map->inode * 10 + (uint64_t)(*line - '0');
	while (*line == ' ')
		line++;
	map->kind = (uint8_t)kind_of(line, map->inode);
	return true;
}

/* Take the whole lines of buffer[0, used); returns how many bytes they were, or -1. */
static long take_lines(struct leak_maps *maps, char *buffer, size_t used)
{
	char *line = buffer, *end;

	while ((end = memchr(line, '\n', used - (size_t)(line - buffer)))) {
		*end = 0;
		if (maps->count == MAPS_MAX || !parse(line, &maps->map[maps->count]))
			return -1;
		maps->count++;
		line = end + 1;
	}
	return line - buffer;
}

static int read_all(struct leak_maps *maps, int fd, char *buffer)
{
	size_t used = 0;
	long bytes, taken;

	while ((bytes = sys_read(fd, buffer + used, BUFFER_BYTES - used)) > 0) {
		used += (size_t)bytes;
		taken = take_lines(maps, buffer, used);
		if (taken < 0 || (!taken && used == BUFFER_BYTES))
			return -EINVAL;
		used -= (size_t)taken;
		memmove(buffer, buffer + taken, used);
	}
	return sys_failed(bytes) ? (int)bytes : 0;
}

int leak_maps_read(struct leak_maps *maps)
{
	char *buffer = memory_reserve(BUFFER_BYTES);
	int fd, error;

	maps->count = 0;
	maps->map = memory_reserve(MAPS_MAX * sizeof *maps->map);
	if (!maps->map || !buffer)
		return -ENOMEM;
	fd = sys_open("/proc/self/maps", O_RDONLY, 0);
	if (fd < 0)
		return fd;
	error = read_all(maps, fd, buffer);
	sys_close(fd);
	return error ? error : maps->count ? 0 : -EINVAL;
}

uint32_t leak_maps_at(const struct leak_maps *maps, uintptr_t address)
{
	uint32_t low = 0, high = maps->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (maps->map[middle].end <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct leak_map *leak_maps_find(const struct leak_maps *maps, uintptr_t address)
{
	uint32_t at = leak_maps_at(maps, address);

	return at < maps->count && maps->map[at].start <= address ? &maps->map[at] : NULL;
}
