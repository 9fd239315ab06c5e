#include "cli/adapter_make.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "cli/make_graph.h"
#include "cli/profile_nodes.h"
#include "cli/tracer_setup.h"

struct adapter_make {
	const char *folder, *makefile, *recipes;        /* paths; recipes: what make writes */
};

/*
 * DAGMEM_TOP is the folder of the outermost make: names are relative to it.
 * $(file) writes a line when the value is computed, which is once a recipe.
 * The makefile takes itself out of MAKEFILE_LIST, and has an empty recipe so
 * that no pattern rule is tried to make it anew.  "override": for make -e.
 */
static const char MAKEFILE[] =
	"# Written by dagmem: the processes of a recipe get its target in $DAGMEM_NODE.\n"
	"ifeq ($(origin DAGMEM_TOP),undefined)\n"
	"override DAGMEM_TOP := $(CURDIR)\n"
	"endif\n"
	"export DAGMEM_TOP\n"
	"override DAGMEM_OUTER := $(value DAGMEM_NODE)\n"
	"override dagmem_name = $(subst $(DAGMEM_TOP)/,,$(abspath $1))\n"
	"override dagmem_write = $(file >>%s,$1)\n"
	"override dagmem_edge = $(call dagmem_write,E\t$1\t$2)\n"
	"override dagmem_recipe = $(call dagmem_write,N\t$1)"
	"$(if $(DAGMEM_OUTER),$(call dagmem_edge,$(DAGMEM_OUTER),$1))"
	"$(foreach need,$2,$(call dagmem_edge,$1,$(call dagmem_name,$(need))))\n"
	"override DAGMEM_NODE = $(if $@,$(call dagmem_name,$@)"
	"$(strip $(call dagmem_recipe,$(call dagmem_name,$@),$^ $|)),$(DAGMEM_OUTER))\n"
	"export DAGMEM_NODE\n"
	"unexport DAGMEM_OUTER dagmem_name dagmem_write dagmem_edge dagmem_recipe\n"
	"%s: ;\n"
	"MAKEFILE_LIST :=\n";

/* A path that stands in a makefile and in $MAKEFILES as it is. */
static bool is_plain(const char *path)
{
	return path && path[0] == '/' && strlen(path) < 3000 && !strpbrk(path, " \t\n\\$#:;|&*?[]%=()<>'\"`~,");
}

static const char *make_folder(struct arena *arena, struct error *err)
{
	const char *temporary = getenv("TMPDIR");
	char *folder = arena_printf(arena, "%s/dagmem-make.XXXXXX",
				    is_plain(temporary) ? temporary : "/tmp");

	if (!folder) {
		error_set(err, ERROR_NO_MEMORY, "out of memory");
		return NULL;
	}
	if (!mkdtemp(folder)) {
		error_system(err, errno, "%s", folder);
		return NULL;
	}
	return folder;
}

static int write_file(const char *path, const char *text, struct error *err)
{
	FILE *file = fopen(path, "we");
	bool failed = !file || fputs(text, file) < 0;

	if (file && fclose(file) != 0)
		failed = true;
	return failed ? error_system(err, errno, "%s", path) : 0;
}

/* Recipes may run make as another user. */
static int write_files(const struct adapter_make *make, struct arena *arena, struct error *err)
{
	const char *text = arena_printf(arena, MAKEFILE, make->recipes, make->makefile);

	if (!text)
		return error_set(err, ERROR_NO_MEMORY, "out of memory");
	if (write_file(make->makefile, text, err) != 0 || write_file(make->recipes, "", err) != 0)
		return err->code;
	if (chmod(make->folder, 0711) != 0 || chmod(make->makefile, 0644) != 0 ||
	    chmod(make->recipes, 0666) != 0)
		return error_system(err, errno, "%s", make->folder);
	return 0;
}

static void remove_files(const struct adapter_make *make)
{
	(void)unlink(make->makefile);
	(void)unlink(make->recipes);
	(void)rmdir(make->folder);
}

struct adapter_make *adapter_make_begin(struct arena *arena, struct tracer_setup *setup,
					struct error *err)
{
	struct adapter_make *make = arena_alloc(arena, sizeof *make);
	const char *theirs = getenv("MAKEFILES"), *variable = NULL;

	if (!make) {
		error_set(err, ERROR_NO_MEMORY, "out of memory");
		return NULL;
	}
	make->folder = make_folder(arena, err);
	if (!make->folder)
		return NULL;
	make->makefile = arena_printf(arena, "%s/first.mk", make->folder);
	make->recipes = arena_printf(arena, "%s/recipes", make->folder);
	if (make->makefile)
		variable = arena_printf(arena, "MAKEFILES=%s%s%s", make->makefile, theirs ? " " : "",
					theirs ? theirs : "");
	if (!variable || !make->recipes || write_files(make, arena, err) != 0) {
		if (!variable || !make->recipes)
			error_set(err, ERROR_NO_MEMORY, "out of memory");
		else
			remove_files(make);
		return NULL;
	}
	setup->variable = variable;
	setup->follow = true;
	return make;
}

static int read_file(const char *path, struct text *text, struct error *err)
{
	FILE *file = fopen(path, "re");
	char buffer[1 << 14];
	size_t bytes;

	while (file && (bytes = fread(buffer, 1, sizeof buffer, file)) > 0)
		text_add_bytes(text, buffer, bytes);
	if (!file || ferror(file)) {
		int number = errno;

		if (file)
			fclose(file);
		return error_system(err, number, "%s", path);
	}
	fclose(file);
	return text_failed(text) ? error_set(err, ERROR_NO_MEMORY, "no memory for the build's graph") : 0;
}

static int append_graph(const struct adapter_make *make, int fd, struct error *err)
{
	struct arena arena = ARENA_INIT;
	struct make_graph graph;
	struct text text;

	text_init(&text);
	int code = read_file(make->recipes, &text, err);

	if (code == 0)
		code = make_graph_read(text.data, text.length, &arena, &graph, err);
	if (code == 0 && graph.count)
		code = profile_nodes_append(fd, &graph, err);
	text_release(&text);
	arena_release(&arena);
	return code;
}

int adapter_make_finish(struct adapter_make *make, int fd, struct error *err)
{
	int code = make && fd >= 0 ? append_graph(make, fd, err) : 0;

	if (make)
		remove_files(make);
	return code;
}
