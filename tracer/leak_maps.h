/*
 * leak_maps: what is mapped in this process, from /proc/self/maps, for a leak
 * check's child.
 */
#ifndef DAGMEM_TRACER_LEAK_MAPS_H
#define DAGMEM_TRACER_LEAK_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum leak_map_kind {
	MAP_PLAIN,                      /* anonymous memory */
	MAP_BRK,                        /* [heap] */
	MAP_MAIN_STACK,                 /* [stack] */
	MAP_OF_FILE,
	MAP_OF_MEMORY,                  /* shared memory that has a name: /dev/zero, /dev/shm, memfd, SysV */
	MAP_OF_DEVICE,
	MAP_OF_KERNEL,                  /* [vdso] and the like */
};

struct leak_map {
	uintptr_t start, end;
	uint64_t inode;
	uint32_t device;
	uint8_t kind;                   /* enum leak_map_kind */
	bool readable, writable, executable, shared;
};

struct leak_maps { struct leak_map *map; uint32_t count; };

/* In order of address.  0, or -errno: also when one cannot be made sense of. */
int leak_maps_read(struct leak_maps *maps);

/* The first map that ends after `address`; `count` when there is none. */
uint32_t leak_maps_at(const struct leak_maps *maps, uintptr_t address);

/* The map that holds `address`, or NULL. */
const struct leak_map *leak_maps_find(const struct leak_maps *maps, uintptr_t address);

#endif
