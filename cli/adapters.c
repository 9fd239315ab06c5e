#include "cli/adapters.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "cli/adapter_openmp.h"
#include "cli/findings.h"
#include "cli/inspect.h"
#include "cli/loader_list.h"
#include "cli/tracer_setup.h"

/* --- Names ------------------------------------------------------------------- */

static const struct { const char *name; enum adapter adapter; } NAMES[] = {
	{ "auto", ADAPTER_AUTO },
	{ "make", ADAPTER_MAKE },
	{ "openmp", ADAPTER_OPENMP },
	{ "starpu", ADAPTER_STARPU },
};

enum { NAMES_COUNT = sizeof NAMES / sizeof *NAMES };

static unsigned adapter_named(const char *name, size_t length)
{
	for (size_t i = 0; i < NAMES_COUNT; i++)
		if (strlen(NAMES[i].name) == length && strncmp(NAMES[i].name, name, length) == 0)
			return NAMES[i].adapter;
	return 0;
}

int adapters_parse(const char *text, unsigned *set, struct error *err)
{
	unsigned named = 0;

	for (const char *name = text;; name++) {
		size_t length = strcspn(name, ",");
		unsigned adapter = adapter_named(name, length);

		if (!adapter)
			return error_set(err, ERROR_USAGE, "no adapter '%.*s': auto, make, openmp or starpu",
					 (int)length, name);
		named |= adapter;
		name += length;
		if (!*name)
			break;
	}
	*set |= named;
	return 0;
}

/* --- Engines ------------------------------------------------------------------ */

static const char *base_name(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return slash ? slash + 1 : path;
}

static bool begins(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

static void look(void *context, const char *path)
{
	struct engines *engines = context;
	const char *name = base_name(path);

	engines->llvm_openmp |= begins(name, "libomp.so") || begins(name, "libomp-") ||
		begins(name, "libiomp5.so");
	engines->gnu_openmp |= begins(name, "libgomp.so");
	engines->starpu |= begins(name, "libstarpu-1");
}

void engines_find(const struct inspection *inspection, struct engines *engines)
{
	const char *name = inspection->script ? NULL : base_name(inspection->path);

	*engines = (struct engines){
		.make = name && (strcmp(name, "make") == 0 || strcmp(name, "gmake") == 0),
	};
	if (inspection->elf && !inspection->foreign && !inspection->static_linked &&
	    !inspection->privileged && strstr(inspection->interpreter, "/ld-linux"))
		loader_list(inspection->interpreter, NULL, inspection->path, look, engines);
}

void findings_of_engines(struct findings *findings, const struct engines *engines)
{
	if (engines->llvm_openmp)
		findings_add(findings, FINDING_GOOD,
			     "OpenMP (libomp): run --adapter openmp makes its tasks nodes");
	else if (engines->gnu_openmp)
		findings_add(findings, FINDING_NOTE,
			     "OpenMP (libgomp, which tells nobody of its tasks): run --adapter openmp "
			     "runs it with LLVM's libomp and makes its tasks nodes");
	if (engines->starpu)
		findings_add(findings, FINDING_GOOD, "StarPU: run --adapter starpu makes its tasks nodes");
	if (engines->make)
		findings_add(findings, FINDING_GOOD,
			     "GNU make: run --adapter make makes its recipes nodes");
}

/* --- Preparing ----------------------------------------------------------------- */

static void prepare_openmp(bool asked, const struct engines *engines,
			   const struct inspection *inspection, struct tracer_setup *setup,
			   struct arena *arena, struct findings *findings)
{
	const char *tools = getenv("OMP_TOOL_LIBRARIES");
	bool only_gnu = engines->gnu_openmp && !engines->llvm_openmp;

	if (only_gnu && !asked) {
		findings_add(findings, FINDING_WARNING,
			     "gcc's OpenMP runtime tells nobody of its tasks: --adapter openmp runs the "
			     "program with LLVM's instead");
		return;
	}
	if (tools && *tools)
		findings_add(findings, FINDING_WARNING,
			     "OpenMP loads one tool: it is ours, not those in OMP_TOOL_LIBRARIES");
	if (!tracer_setup_adapter(arena, setup, "libdagmem-ompt.so"))
		findings_add(findings, FINDING_REFUSED, "libdagmem-ompt.so is missing beside libdagmem.so");
	/* After ours, which stands in front of some of its functions. */
	if (only_gnu)
		adapter_openmp_replace(inspection, setup, arena, findings);
}

static void prepare_starpu(struct tracer_setup *setup, struct arena *arena, struct findings *findings)
{
	if (!tracer_setup_adapter(arena, setup, "libdagmem-starpu.so"))
		findings_add(findings, FINDING_REFUSED,
			     "this dagmem was built without StarPU: there is no libdagmem-starpu.so");
}

bool adapters_prepare(unsigned set, const struct inspection *inspection, struct tracer_setup *setup,
		      struct arena *arena, struct findings *findings)
{
	struct engines engines;

	if (!set)
		return false;
	engines_find(inspection, &engines);
	if (set & ADAPTER_OPENMP ||
	    (set & ADAPTER_AUTO && (engines.llvm_openmp || engines.gnu_openmp)))
		prepare_openmp(set & ADAPTER_OPENMP, &engines, inspection, setup, arena, findings);
	if (set & ADAPTER_STARPU || (set & ADAPTER_AUTO && engines.starpu))
		prepare_starpu(setup, arena, findings);
	return set & ADAPTER_MAKE || (set & ADAPTER_AUTO && engines.make);
}
