/*
 * mapping: the profile file under the tracer's feet: creates it, maps it,
 * grows it, gives a forked child one of its own at the same addresses.
 *
 * Space is promised by the file system before it is touched, so a full disk is
 * an answer to fallocate() and never a SIGBUS.  No file descriptor is kept:
 * the program may close them all; growth opens the path again and checks that
 * it is still the same file.  What can't be grown any more is full for good
 * (struct pages), and the tracer folds what is new.
 */
#ifndef DAGMEM_TRACER_MAPPING_H
#define DAGMEM_TRACER_MAPPING_H

#include <stdbool.h>

#include "profile/call_tree.h"
#include "tracer/hint.h"
#include "tracer/options.h"

struct profile {
	struct pages pages;
	struct call_tree tree;
	char path[OPTION_PATH_MAX];
	uint64_t device, inode;
	uint64_t max_bytes;
};

extern struct profile profile HIDDEN;          /* this process's: there is only one */

static inline struct profile_header *profile_header(void)
{
	return profile.pages.header;
}

/*
 * Create the file that `options` name for program `name`, or, where that
 * place can't promise space or refuses a shared mapping, one in `temporary`,
 * /tmp or /dev/shm.  Sets up the header's page and the directory; nothing else.
 * False: no folder takes a profile.
 */
bool mapping_create(const struct options *options, const char *name, const char *temporary);

/*
 * In a forked child: a new file mapped over the parent's, with its call tree,
 * accounts and modules but counters of zero.  False: detach, and touch the
 * profile no more.
 */
bool mapping_fork(const struct options *options, const char *name, const char *temporary);

/*
 * In a leak check's child, which shares the file with its parent: what locks its
 * parent's threads held is not held here.
 */
void mapping_leak_child(void);

/* This process's resident bytes, as the kernel has them; 0: not known. */
uint64_t mapping_process_rss(void);

/* Write a fresh header's facts about this process. */
void mapping_describe_process(const struct options *options, bool forked);

#endif
