/*
 * adapter_make: a build that GNU make runs, each recipe a node.
 *
 * Every make of the tree reads a makefile of ours before its own (it stands in
 * $MAKEFILES).  That exports $DAGMEM_NODE, whose value make computes for each
 * recipe: the target, which the tracer of each process of the recipe keeps in
 * its profile.  On the way make writes the target and its prerequisites into a
 * file, from which the graph comes when the build has ended.  No shell, recipe
 * or variable of the makefiles is touched.
 */
#ifndef DAGMEM_CLI_ADAPTER_MAKE_H
#define DAGMEM_CLI_ADAPTER_MAKE_H

struct arena;
struct error;
struct tracer_setup;

struct adapter_make;

/*
 * Write the makefile, into a folder of its own under $TMPDIR or /tmp, and have
 * `setup` name it.  NULL with `err` when that fails.  `arena` must outlive it.
 */
struct adapter_make *adapter_make_begin(struct arena *arena, struct tracer_setup *setup,
					struct error *err);

/*
 * The build has ended: append its graph to the profile behind `fd` (-1: there
 * is none), and remove the folder.  Accepts NULL.
 */
int adapter_make_finish(struct adapter_make *make, int fd, struct error *err);

#endif
