/*
 * space: room for the profile in its file system, promised before it is touched,
 * so that a full disk is an answer and never a SIGBUS.
 *
 * What is promised is also written, as zeros, in large pieces: cheaper than the
 * kernel's handling of each page when it is first touched.  Called by mapping,
 * by one thread at a time.
 */
#ifndef DAGMEM_TRACER_SPACE_H
#define DAGMEM_TRACER_SPACE_H

#include <stdbool.h>
#include <stdint.h>

/* Whether the file system of `fd` keeps such promises. */
bool space_can_be_promised(int fd);

/*
 * Room for the file's first `pages` pages; `fd` must append.  False: the file
 * system has none, or `max_bytes` or RLIMIT_FSIZE would be passed.
 */
bool space_promise(int fd, uint32_t pages, uint64_t max_bytes);

#endif
