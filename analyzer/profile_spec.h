/*
 * profile_spec: `PROFILE[@LABEL]`, a profile and perhaps a moment of it, as
 * the user names them.  diff and the command line take them apart.
 */
#ifndef DAGMEM_ANALYZER_PROFILE_SPEC_H
#define DAGMEM_ANALYZER_PROFILE_SPEC_H

struct arena;
struct error;

struct profile_spec {
	const char *path;
	const char *label;      /* NULL: none was named */
};

/* The last '@' splits, unless a file of the whole name exists.  Texts are `text`'s or in `arena`. */
int profile_spec_split(struct profile_spec *spec, const char *text, struct arena *arena,
		       struct error *err);

#endif
